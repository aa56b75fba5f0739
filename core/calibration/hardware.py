"""A profile as a plan takes it: a device, a training program with its own speeds, a precision."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from core.calibration.fit import GroupFit, RooflineFit
from core.calibration.messages import BandwidthMeasurement, MatmulMeasurement, Stack
from core.calibration.profile import Profile
from core.calibration.profile_file import SUFFIX, load_profile
from core.errors import InputError
from core.hardware.devices import Device, devices
from core.hardware.tables import stamp as stamp_of
from core.speed import stacks
from core.speed.calibrated import Calibrated
from core.speed.device_names import device_called
from core.training import NumberFormat

_GIB = 2.0**30
_SAME_MEMORY = 0.15  # relative: a card of the same name with other memory is another card
_UNKNOWN_MEMORY_GIB = 8.0
_UNKNOWN_BYTES_PER_S = 20e9
_ON_CARDS = ("cuda", "rocm")
# Five shapes between those of the grid, timed by a loop of their own on the CPU that the tests
# run on, were off by 0.1 to 10.5 %: the held-out error of one quiet run is not all there is.
_LEAST_WIDTH = 0.12
_TXL_FAMILY = "transformer_xl"
_NAMES = {Stack.DECODER: "decoder", Stack.TXL: "Transformer-XL"}
_RATES = ("fp32", "tf32", "fp16", "bf16")


@dataclass(frozen=True, slots=True)
class Hardware:
    """What a plan needs of a calibrated device.

    Attributes:
        device: with the profile's path for an id and its name.
        stack: what was measured, or the shipped program that was asked for.
        precision: what it was measured in; ``tf32`` is fp32 to the memory.
        card: the same device in the catalogue, which has the price; None where it is not there.
        power_w: measured while training; None where it was not.
    """

    device: Device
    stack: stacks.Stack
    precision: NumberFormat
    card: Device | None = None
    power_w: float | None = None


def is_profile_file(name: str) -> bool:
    """Whether ``name`` is meant as a file: it ends like one, or there is one and no such GPU."""
    if name.endswith(SUFFIX):
        return True
    try:
        return name not in devices() and Path(name).is_file()
    except (OSError, ValueError):
        return False


def profile_stamp(name: str) -> object:
    """What changes when a profile's file does; None for a GPU of the catalogue."""
    if not is_profile_file(name):
        return None
    try:
        return stamp_of(Path(name))
    except ValueError:
        return None


def find_profile(name: str) -> Profile:
    """The profile in the file called ``name``, read again when it changes.

    Raises:
        InputError: there is none; the field is ``gpu``.
    """
    try:
        return _from_file(name, profile_stamp(name))
    except InputError as error:
        raise error.renamed("gpu") from error


def hardware_of(
    name: str, precision: str = "auto", stack: str | None = None, family: str | None = None
) -> Hardware:
    """The calibrated device in the file called ``name``.

    Args:
        name: path of a profile.
        precision: one that was measured; ``auto`` for the device's usual one.
        stack: ``decoder`` or ``txl``, or a shipped program; None for what suits the family.
        family: id of the model family that is planned.

    Raises:
        InputError: no such profile, precision or stack; or one without a fit.
    """
    profile = find_profile(name)
    card = card_of(profile)
    device = device_of(profile, name, card)
    if stack is not None and stack not in set(Stack):
        found = stacks.find_stack(stack)
        format_ = _format(_choose(profile, name, precision, None).precision)
        return Hardware(device, found, format_, card, profile.power_w)
    wanted = Stack(stack) if stack else Stack.TXL if family == _TXL_FAMILY else Stack.DECODER
    group = _choose(profile, name, precision, wanted, exactly=stack is not None)
    format_ = _format(group.precision)
    return Hardware(device, stack_of(profile, group, card), format_, card, profile.power_w)


def stack_of(profile: Profile, group: GroupFit, card: Device | None) -> stacks.Stack:
    """The measured program as the speed model takes it; ``group`` must be fitted."""
    roofline = group.roofline
    assert isinstance(roofline, RooflineFit)
    calibrated = Calibrated(
        name=profile.name,
        stack=group.stack,
        precision=group.precision,
        seconds=roofline.seconds,
        overlap=roofline.overlap,
        error=_width(roofline),
        ranges=roofline.ranges,
        card=card,
    )
    device = profile.device
    software = ", ".join(
        f"{what} {value}"
        for what, value in (("PyTorch", device.torch), ("driver", device.driver))
        if value
    )
    how = "compiled " if group.compile else ""
    return stacks.Stack(
        id=str(group.stack),
        name=f"{profile.name}: {how}{_NAMES[group.stack]} in {group.precision}",
        phi=1.0,
        phi_low=1.0,
        phi_high=1.0,
        by_chip=(),
        n_measurements=len(group.points),
        kernels="today",
        kappa_bytes=0.0,
        gamma_bytes=0.0,
        selective_recompute=stacks.SELECTIVE_RECOMPUTE,
        own_constants=False,
        node_cost=None,
        exposed_sync=0.0,
        error_class="preset",
        source=f"measured here on {profile.date} with {software}",
        calibrated=calibrated,
    )


def plan_ends(fit: RooflineFit) -> tuple[float, float]:
    """Factors of a predicted speed between which plans say it is, with 80 %."""
    return math.exp(-_width(fit)), math.exp(_width(fit))


def card_of(profile: Profile) -> Device | None:
    """The measured device in the catalogue, by the name that its driver gives; None for others."""
    info = profile.device
    if info.kind not in _ON_CARDS:
        return None
    try:
        card = device_called(info.name)
    except InputError:
        return None
    if info.memory_bytes and abs(info.memory_bytes / _GIB / card.memory_gib - 1) > _SAME_MEMORY:
        return None
    return card


def device_of(profile: Profile, name: str, card: Device | None) -> Device:
    """The device, by its row of the catalogue, else by what was measured of it."""
    info = profile.device
    if card is not None:
        memory = info.memory_bytes / _GIB if info.memory_bytes else card.memory_gb
        return replace(card, id=name, name=profile.name, aliases=(), memory_gb=memory)
    bandwidths = [
        entry.bytes_per_s
        for entry in profile.calibration.measurements
        if isinstance(entry, BandwidthMeasurement)
    ]
    rates = _matmul_tflops(profile)
    return Device(
        id=name,
        name=profile.name,
        aliases=(),
        vendor="",
        release="",
        form_factor="",
        memory_gb=info.memory_bytes / _GIB if info.memory_bytes else _UNKNOWN_MEMORY_GIB,
        memory_type="",
        mem_bw_gb_s=max(bandwidths, default=_UNKNOWN_BYTES_PER_S) / 1e9,
        fp32_tflops=rates["fp32"],
        tf32_tflops=rates["tf32"],
        fp16_tflops=rates["fp16"],
        bf16_tflops=rates["bf16"],
        fp8_tflops=None,
        tdp_w=None,
        interconnect="",
        interconnect_gb_s=None,
        measured_bf16_matmul_tflops=rates["bf16"],
        verified=True,
        unverified_fields="" if info.memory_bytes else "memory_gb",
        notes="",
        source=f"measured on {profile.date}",
        origin="yours",
    )


def _width(fit: RooflineFit) -> float:
    return max(fit.held_out.width, _LEAST_WIDTH)


def _matmul_tflops(profile: Profile) -> dict[str, float | None]:
    """The fastest matrix product by precision; that of whole steps where none was measured."""
    found: dict[str, float] = {}
    for entry in profile.calibration.measurements:
        if isinstance(entry, MatmulMeasurement):
            found[entry.precision] = max(found.get(entry.precision, 0.0), entry.flop_per_s / 1e12)
    for step in profile.steps:
        if step.precision not in found:
            alike = [other for other in profile.steps if other.precision == step.precision]
            work = (6 * e.params_non_embedding * e.tokens / e.step_time_s for e in alike)
            found[step.precision] = max(work) / 1e12
    return {name: found.get(name) for name in _RATES}


def _choose(
    profile: Profile, name: str, precision: str, stack: Stack | None, exactly: bool = False
) -> GroupFit:
    """The fit of a precision, of the stack if it was measured, or else of the other."""
    fitted = [group for group in profile.fits if isinstance(group.roofline, RooflineFit)]
    if not fitted:
        reasons = {str(getattr(group.roofline, "reason", "")) for group in profile.fits}
        why = " ".join(sorted(reasons)) or "it has no training steps"
        raise InputError("gpu", name, f"a profile with a fit ({why})")
    wanted = fitted[0].precision if precision == "auto" else precision.lower()
    alike = [group for group in fitted if group.precision == wanted]
    if not alike:
        has = dict.fromkeys(group.precision for group in fitted)
        raise InputError("precision", precision, f"one of {', '.join(has)}, measured in {name}")
    same = [group for group in alike if group.stack is stack]
    if exactly and not same:
        has = dict.fromkeys(str(group.stack) for group in alike)
        raise InputError("stack", str(stack), f"one of {', '.join(has)}, measured in {name}")
    return (same or alike)[0]


def _format(precision: str) -> NumberFormat:
    return NumberFormat.FP32 if precision == "tf32" else NumberFormat(precision)


@lru_cache(maxsize=16)
def _from_file(name: str, stamp: object) -> Profile:
    """The profile of a file, read again when ``stamp`` says that it is another."""
    return load_profile(Path(name))
