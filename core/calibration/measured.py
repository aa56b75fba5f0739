"""Kept profiles among the GPUs: a device each, with how far its speeds are off."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from core.calibration.fit import GroupFit, RooflineFit
from core.calibration.hardware import card_of, device_of, find_profile, plan_ends, stack_of
from core.calibration.profile import Profile
from core.calibration.profile_file import SUFFIX
from core.calibration.profiles import profiles_folder
from core.errors import InputError
from core.hardware.devices import Device
from core.hardware.tables import Stamp, stamp

ORIGIN = "measured"

FolderStamp = tuple[tuple[str, Stamp], ...]


@dataclass(frozen=True, slots=True)
class MeasuredGpu:
    """A profile that a plan can use.

    Attributes:
        device: the file's path for an id, the profile's name, `ORIGIN` for an origin; the other
            figures are the catalogue's where the card is in it, else measured.
        card: the same device in the catalogue; None where it is not there.
        profile: what was measured and fitted.
        fit: of the profile's first stack and precision that have one.
    """

    device: Device
    card: Device | None
    profile: Profile
    fit: GroupFit

    @property
    def median_error(self) -> float:
        """Of tokens a second on shapes that the fit has not seen, as a share."""
        return self._roofline.held_out.median

    @property
    def largest_error(self) -> float:
        """The same, the worst point's."""
        return self._roofline.held_out.largest

    @property
    def ends(self) -> tuple[float, float]:
        """Factors of a predicted speed between which plans say it is, with 80 %."""
        return plan_ends(self._roofline)

    @property
    def _roofline(self) -> RooflineFit:
        assert isinstance(self.fit.roofline, RooflineFit)
        return self.fit.roofline


def measured_gpus(folder: Path | None = None) -> tuple[MeasuredGpu, ...]:
    """Every kept profile that has a fit, the newest first; files that are none are left out.

    Args:
        folder: default `profiles_folder`.
    """
    folder = folder or profiles_folder()
    return _measured(folder, profiles_stamp(folder))


def profiles_stamp(folder: Path | None = None) -> FolderStamp:
    """What changes when a kept profile comes, goes or becomes another.

    Args:
        folder: default `profiles_folder`.
    """
    try:
        paths = sorted((folder or profiles_folder()).glob(f"*{SUFFIX}"))
    except OSError:
        return ()
    return tuple((path.name, stamp(path)) for path in paths)


@lru_cache(maxsize=4)
def _measured(folder: Path, stamps: FolderStamp) -> tuple[MeasuredGpu, ...]:
    found = [gpu for name, _ in stamps if (gpu := _read(str(folder / name))) is not None]
    return tuple(sorted(found, key=_date, reverse=True))


def _read(name: str) -> MeasuredGpu | None:
    try:
        profile = find_profile(name)
    except InputError:
        return None
    fit = next((group for group in profile.fits if isinstance(group.roofline, RooflineFit)), None)
    if fit is None:
        return None
    card = card_of(profile)
    device = device_of(profile, name, card)
    said = stack_of(profile, fit, card).source
    if card is not None:
        said = f"speeds {said}; other figures as of {card.name}: {card.source}"
    return MeasuredGpu(replace(device, origin=ORIGIN, source=said), card, profile, fit)


def _date(gpu: MeasuredGpu) -> str:
    return gpu.profile.device.date
