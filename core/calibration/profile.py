"""A calibrated device as a value: what was measured, what was left out, what was fitted to it."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import core
from core.calibration.fit import GroupFit, Progress, RooflineFit, fit
from core.calibration.messages import DeviceInfo, PowerMeasurement, StepMeasurement
from core.calibration.result import Calibration
from core.errors import InputError
from core.messages import QT_TRANSLATE_NOOP, Message
from core.quantities import format_number

if TYPE_CHECKING:
    from core.calibration.pythons import TorchDevice

LONGEST_NAME = 200
_NOISE = re.compile(r"\b(NVIDIA|GeForce)\b|\((R|TM|C)\)|\bCPU\b|@.*|\d+-Core Processor", re.I)
_SAME_CLOCK = 0.02

_OTHER_DEVICE = QT_TRANSLATE_NOOP("core", "The device is another one: {now}, not {then}.")
_CHANGES = {
    "driver": QT_TRANSLATE_NOOP("core", "The driver was {then} and is {now}."),
    "torch": QT_TRANSLATE_NOOP("core", "PyTorch was {then} and is {now}."),
    "runtime": QT_TRANSLATE_NOOP("core", "The GPU's runtime library was {then} and is {now}."),
    "threads": QT_TRANSLATE_NOOP("core", "PyTorch used {then} threads and uses {now}."),
}
_CLOCKS = {
    "clock_max_mhz": QT_TRANSLATE_NOOP("core", "The highest clock was {then} MHz and is {now}."),
    "power_limit_w": QT_TRANSLATE_NOOP("core", "The power limit was {then} W and is {now}."),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """A device's own speeds.

    Attributes:
        name: for people.
        calibration: all that was measured, with the device and its software.
        excluded: places in ``calibration.steps`` that a person left out.
        fits: of each stack and precision.
        app_version: of the Isoloss that fitted it.
    """

    name: str
    calibration: Calibration
    excluded: tuple[int, ...]
    fits: tuple[GroupFit, ...]
    app_version: str = core.__version__

    @property
    def device(self) -> DeviceInfo:
        """What was measured, with what software."""
        return self.calibration.device

    @property
    def steps(self) -> tuple[StepMeasurement, ...]:
        """The measured steps that fits number."""
        return self.calibration.steps

    @property
    def date(self) -> str:
        """Day of the measurement."""
        return self.device.date[:10]

    @property
    def precisions(self) -> tuple[str, ...]:
        """What was measured, in that order."""
        return tuple(dict.fromkeys(group.precision for group in self.fits))

    @property
    def has_fit(self) -> bool:
        """Whether a plan can use it: with too few points there is no fit."""
        return any(isinstance(group.roofline, RooflineFit) for group in self.fits)

    @property
    def power_w(self) -> float | None:
        """Measured while training; None where it was not."""
        found = (e for e in self.calibration.measurements if isinstance(e, PowerMeasurement))
        return next((entry.power_w for entry in found if entry.power_w > 0), None)


def make_profile(
    calibration: Calibration,
    name: str | None = None,
    excluded: Collection[int] = (),
    progress: Progress | None = None,
) -> Profile:
    """Fit what was measured.

    Args:
        calibration: of one device.
        name: for people; one of device, precision and date where None.
        excluded: places in ``calibration.steps`` to leave out.
        progress: called with the share that is done.

    Raises:
        InputError: a name that is none, no such step, or a step of no model.
    """
    name = checked_name(default_name(calibration) if name is None else name)
    left = checked_places(excluded, len(calibration.steps))
    return Profile(name, calibration, left, fit(calibration.steps, left, progress))


def refit(profile: Profile, excluded: Collection[int], progress: Progress | None = None) -> Profile:
    """The same measurements with other points left out.

    Raises:
        InputError: no such step.
    """
    return make_profile(profile.calibration, profile.name, excluded, progress)


def rename(profile: Profile, name: str) -> Profile:
    """The same profile under another name.

    Raises:
        InputError: a name that is none.
    """
    return replace(profile, name=checked_name(name))


def default_name(calibration: Calibration, here: bool = False) -> str:
    """``RTX 4090, bf16, 2026-11-22``, with ``This PC: `` before it for a run ``here``."""
    device = calibration.device
    short = " ".join(_NOISE.sub("", device.name).split()) or device.name or device.device
    precisions = dict.fromkeys(step.precision for step in calibration.steps)
    parts = (short, *precisions, device.date[:10])
    name = "".join(c for c in ", ".join(part for part in parts if part) if c.isprintable())
    return f"{'This PC: ' if here else ''}{name}"[:LONGEST_NAME]


def changes(profile: Profile, now: "DeviceInfo | TorchDevice") -> tuple[Message, ...]:
    """What is no longer as it was measured; empty where all of it is.

    Args:
        profile: what was measured.
        now: the device as it is; what either of the two does not know is not compared.
    """
    then = profile.device
    if then.name and now.name and then.name != now.name:
        parts = {"then": then.name, "now": now.name}
        return (Message("other_device", _OTHER_DEVICE, parts),)
    found = []
    for field, template in _CHANGES.items():
        old, new = getattr(then, field), getattr(now, field)
        if old and new and old != new:
            found.append(Message(f"{field}_changed", template, {"then": str(old), "now": str(new)}))
    for field, template in _CLOCKS.items():
        old, new = getattr(then, field), getattr(now, field)
        if old and new and abs(new / old - 1) > _SAME_CLOCK:
            parts = {"then": format_number(old), "now": format_number(new)}
            found.append(Message(f"{field}_changed", template, parts))
    return tuple(found)


def changes_since(
    profile: Profile, seen: "Iterable[DeviceInfo | TorchDevice]"
) -> tuple[Message, ...]:
    """What is no longer as it was measured; empty where it is, or where the device is not seen.

    Args:
        profile: what was measured.
        seen: devices as they are, in all Pythons; of those with the same name the one that
            matches best counts.
    """
    found = [changes(profile, now) for now in seen if now.name == profile.device.name]
    return min(found, key=len, default=())


def checked_name(name: str) -> str:
    """The name without spaces around it.

    Raises:
        InputError: it is empty, too long, or has characters that are not shown.
    """
    found = name.strip()
    if not found or len(found) > LONGEST_NAME or not found.isprintable():
        raise InputError("name", name, f"a line of 1 to {LONGEST_NAME} characters")
    return found


def checked_places(places: Collection[int], count: int) -> tuple[int, ...]:
    """Places of measured steps, each once, in order.

    Raises:
        InputError: there is no such step.
    """
    for place in places:
        if not 0 <= place < count:
            raise InputError("exclude", place, f"from 0 to {count - 1}, a measured step")
    return tuple(sorted(set(places)))
