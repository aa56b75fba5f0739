"""The speed of a training with its interval: what the roofline says, and how far it is off.

The width of an interval is the 80 % quantile of held-out errors of its class (see
`core.speed.heldout.error_widths`), on a calibrated device of that device's own.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.errors import InputError
from core.families.architecture import Architecture, Recompute
from core.families.counting import FlopRule
from core.messages import QT_TRANSLATE_NOOP, Message
from core.quantities import Estimate, check_positive, format_number
from core.speed.constants import (
    chip_of,
    constants,
    fitted_file,
    has_measured_matmul,
    is_on_pcie,
    linked_gpus,
    peak_flops,
)
from core.speed.pressure import estimated_fill, memory_pressure, state_share
from core.speed.roofline import LINKS, gpu_seconds_per_token, time_parts
from core.speed.stacks import EARLY_CHIPS, Stack
from core.training import Setup

LEVEL = 0.8
_FITTED_CHIPS = ("a100", "h100")
_NEAR_FULL_STATES, _NEAR_FULL_FILL = 0.55, 0.91
_NEAR_FULL_SLOWER = (1.08, 1.29)  # seven published runs against their neighbours
_SIMILAR = 2.0  # times
_UNSURE_LINKS = math.log(2)  # of the links' speed where machines are wired as they please
PHI_LIMITS = (0.3, 30.0)  # Hugging Face's eager code of 2022 has 2.7
_SLOWEST = 100.0  # times the roofline

_LOW_MATMUL = QT_TRANSLATE_NOOP(
    "core",
    "Nobody has published the matrix speed of the {gpu}: a share of its peak is assumed.",
)
_OTHER_VENDOR = QT_TRANSLATE_NOOP(
    "core", "The speed model was fitted to NVIDIA's A100 and H100, not to the {gpu}."
)
_EARLY = QT_TRANSLATE_NOOP(
    "core", "Published trainings on the {gpu} are early and vary: take this speed as rough."
)
_NO_BF16 = QT_TRANSLATE_NOOP(
    "core", "The {gpu} has no {precision}: the speed of its nearest format is used."
)
_NEAR_FULL = QT_TRANSLATE_NOOP(
    "core",
    "Memory is nearly full ({fill} %): published runs like this were 8 to 29 % slower.",
)
_ON_PCIE = QT_TRANSLATE_NOOP(
    "core",
    "Between {gpus} x {gpu} there is only PCIe: what their traffic costs is assumed, not measured.",
)
_BEYOND = {
    "d_model": QT_TRANSLATE_NOOP(
        "core", "The width of {size} is outside of what was measured here, {low} to {high}."
    ),
    "n_layers": QT_TRANSLATE_NOOP(
        "core", "The depth of {size} is outside of what was measured here, {low} to {high}."
    ),
    "seq_len": QT_TRANSLATE_NOOP(
        "core", "The context of {size} is outside of what was measured here, {low} to {high}."
    ),
    "vocab": QT_TRANSLATE_NOOP(
        "core", "The vocabulary of {size} is outside of what was measured here, {low} to {high}."
    ),
    "tokens": QT_TRANSLATE_NOOP(
        "core",
        "The micro-batch of {size} tokens is outside of what was measured here, {low} to {high}.",
    ),
}
_BEYOND_THE_INTERVAL = QT_TRANSLATE_NOOP(
    "core",
    "No measurement says how wide the interval of the speed is so far outside: take it as rough, "
    "or calibrate for longer.",
)
_OTHER_STACK = QT_TRANSLATE_NOOP(
    "core", "Measured was another architecture than {family}: its speed is carried over."
)
_TXL = "transformer_xl"


class Confidence(StrEnum):
    """Which held-out errors an interval is made of."""

    FITTED = "fitted"
    MEASURED = "measured"
    FP8 = "fp8"
    CALIBRATED_SIMILAR = "calibrated_similar"
    CALIBRATED = "calibrated"
    CALIBRATED_HERE = "calibrated_here"
    PRESET = "preset"
    LOW = "low_confidence"


@dataclass(frozen=True, slots=True)
class SpeedEstimate:
    """How fast a training runs.

    Attributes:
        tokens_per_s_per_gpu: tokens a second and GPU.
        step_time_s: seconds of an optimizer step.
        mfu: model FLOP over peak, with full attention (PaLM's convention).
        mfu_causal: the same counting the causal half of attention.
        hfu: the same with what is computed again.
        model_tflops_per_gpu: model FLOP with full attention, 1e12 a second and GPU.
        confidence: class of the interval.
        phi: multiplier of the stack that was used.
        warnings: what a person should know.
    """

    tokens_per_s_per_gpu: Estimate
    step_time_s: Estimate
    mfu: float
    mfu_causal: float
    hfu: float
    model_tflops_per_gpu: float
    confidence: Confidence
    phi: float
    warnings: tuple[Message, ...]


def estimate_speed(
    arch: Architecture,
    setup: Setup,
    stack: Stack,
    measured_tokens_per_s_per_gpu: float | None = None,
    phi: float | None = None,
    memory_fill: float | None = None,
    *,
    similar: bool = False,
) -> SpeedEstimate:
    """The speed of one training.

    Args:
        arch: the model, scalars only.
        setup: GPUs, batch and layout, scalars only.
        stack: the training program.
        measured_tokens_per_s_per_gpu: what the person measured of this very training.
        phi: multiplier from the person's own run (`phi_of_run`) instead of the stack's.
        memory_fill: memory needed over the device's, where it is known.
        similar: whether ``phi`` comes from a run that `is_similar`.

    Raises:
        InputError: both a measured speed and a phi, a phi that is not positive, a speed that
            `phi_of_run` refuses.
    """
    usual = stack.phi_on(setup.gpu)
    if measured_tokens_per_s_per_gpu is not None:
        if phi is not None:
            raise InputError("phi", phi, "left out where a speed was measured")
        phi, similar = phi_of_run(arch, setup, stack, measured_tokens_per_s_per_gpu), True
    elif phi is not None:
        check_positive(phi, "phi")
    seconds = float(gpu_seconds_per_token(arch, setup, stack))
    if phi is not None:
        seconds *= phi / usual
    warnings = _warnings(arch, setup, stack)
    confidence = _confidence(setup, stack, phi is not None, similar)
    if confidence is Confidence.CALIBRATED_HERE and (warnings or _is_carried_over(setup)):
        confidence = Confidence.CALIBRATED
    speed = 1 / seconds
    half = _half_width(confidence, stack)
    if confidence is Confidence.LOW and _is_on_pcie(setup):
        half = math.hypot(half, _UNSURE_LINKS * _share_of_links(arch, setup, stack))
    width = math.exp(half)
    low, high = speed / width, speed * width
    if confidence in (Confidence.PRESET, Confidence.LOW):
        # figures that were published of one stack may lie further apart
        low = min(low, speed * usual / max(usual, stack.phi_high))
        high = max(high, speed * usual / min(usual, stack.phi_low))
    if _is_near_full(arch, setup, memory_fill) and measured_tokens_per_s_per_gpu is None:
        roomy = speed * (1 + constants().pressure * float(memory_pressure(arch, setup)))
        low = min(low, roomy / _NEAR_FULL_SLOWER[1])
        high = max(speed, min(high, width * roomy / _NEAR_FULL_SLOWER[0]))
        fill = estimated_fill(arch, setup) if memory_fill is None else memory_fill
        shown = format_number(100 * float(fill), 2)
        warnings.append(Message("near_full_memory", _NEAR_FULL, {"fill": shown}))
    step_tokens = setup.micro_batch * setup.grad_accum * setup.dp * arch.seq_len / setup.n_gpus
    peak = peak_flops(setup.gpu, setup.precision)
    full = float(arch.flops_per_token(FlopRule.FULL_ATTENTION))
    return SpeedEstimate(
        tokens_per_s_per_gpu=Estimate(speed, low, high, LEVEL, stack.name),
        step_time_s=Estimate(
            float(step_tokens / speed),
            float(step_tokens / high),
            float(step_tokens / low),
            LEVEL,
            stack.name,
        ),
        mfu=full * speed / peak,
        mfu_causal=float(arch.flops_per_token(FlopRule.CAUSAL_ATTENTION)) * speed / peak,
        hfu=float(arch.flops_per_token(FlopRule.FULL_ATTENTION, setup.recompute)) * speed / peak,
        model_tflops_per_gpu=full * speed / 1e12,
        confidence=confidence,
        phi=usual if phi is None else phi,
        warnings=tuple(warnings),
    )


def check_phi(arch: Architecture, setup: Setup, stack: Stack, phi: float) -> None:
    """Whether a multiplier that a person typed can be true.

    Raises:
        InputError: it is outside of `PHI_LIMITS`, or the device would beat its peak.
    """
    if not PHI_LIMITS[0] <= phi <= PHI_LIMITS[1]:
        raise InputError("phi", phi, f"between {PHI_LIMITS[0]:g} and {PHI_LIMITS[1]:g}")
    seconds = float(gpu_seconds_per_token(arch, setup, stack)) * phi / stack.phi_on(setup.gpu)
    if _beats_its_peak(arch, setup, stack, 1 / seconds):
        raise InputError("phi", phi, "larger: this is faster than the card's peak")


def phi_of_run(
    arch: Architecture, setup: Setup, stack: Stack, tokens_per_s_per_gpu: float
) -> float:
    """The multiplier that a measured run has over the stack's roofline.

    Raises:
        InputError: the speed is not positive, above the device's peak, or next to nothing.
    """
    field = "measured_tokens_per_s_per_gpu"
    check_positive(tokens_per_s_per_gpu, field)
    if _beats_its_peak(arch, setup, stack, tokens_per_s_per_gpu):
        expected = "tokens/s per GPU, not of all: this is faster than the card's peak"
        raise InputError(field, tokens_per_s_per_gpu, expected)
    seconds = float(gpu_seconds_per_token(arch, setup, stack))
    if 1 / seconds > _SLOWEST * tokens_per_s_per_gpu:
        expected = f"tokens/s per GPU: the card can do {1 / seconds:.3g}"
        raise InputError(field, tokens_per_s_per_gpu, expected)
    return stack.phi_on(setup.gpu) / (tokens_per_s_per_gpu * seconds)


def is_similar(setup: Setup, measured: Setup) -> bool:
    """Whether a run tells the speed of another: device, layout, and a batch and GPUs within x2."""
    alike = (measured.gpu.id, measured.precision, measured.recompute, measured.sharding)
    layout = (measured.tp, measured.pp, measured.cp)
    if alike != (setup.gpu.id, setup.precision, setup.recompute, setup.sharding):
        return False
    if layout != (setup.tp, setup.pp, setup.cp):
        return False
    ratios = (setup.n_gpus / measured.n_gpus, setup.micro_batch / measured.micro_batch)
    return all(1 / _SIMILAR <= ratio <= _SIMILAR for ratio in ratios)


def _confidence(setup: Setup, stack: Stack, calibrated: bool, similar: bool) -> Confidence:
    if calibrated:
        return Confidence.CALIBRATED_SIMILAR if similar else Confidence.CALIBRATED
    if stack.calibrated is not None:
        return Confidence.CALIBRATED_HERE
    if _is_on_pcie(setup):
        return Confidence.LOW
    chip = chip_of(setup.gpu)
    chips = _FITTED_CHIPS if stack.error_class == "fitted" else tuple(dict(stack.by_chip))
    if stack.error_class != "preset" and chip in chips:
        return Confidence.FP8 if setup.precision == "fp8" else Confidence(stack.error_class)
    rough = chip in EARLY_CHIPS or setup.gpu.vendor != "NVIDIA"
    if rough or not has_measured_matmul(setup.gpu):
        return Confidence.LOW
    return Confidence.PRESET


def _beats_its_peak(arch: Architecture, setup: Setup, stack: Stack, tokens_per_s: float) -> bool:
    if stack.calibrated is not None and stack.calibrated.card is None:
        return False  # the peak of such a device is what was measured, not what it could
    flop = float(arch.flops_per_token(FlopRule.CAUSAL_ATTENTION))
    return flop * tokens_per_s > peak_flops(setup.gpu, setup.precision)


def _share_of_links(arch: Architecture, setup: Setup, stack: Stack) -> float:
    parts = time_parts(arch, setup, stack)
    return float(sum(parts[name] for name in LINKS) / sum(parts.values()))


def _is_on_pcie(setup: Setup) -> bool:
    together = linked_gpus(setup.gpu, setup.n_gpus, setup.gpus_per_node)
    return setup.n_gpus > 1 and is_on_pcie(setup.gpu, together)


def _half_width(confidence: Confidence, stack: Stack) -> float:
    """Of the interval in ln(speed)."""
    own = stack.calibrated.error if stack.calibrated is not None else 0.0
    if confidence is Confidence.CALIBRATED_HERE:
        return own
    known = float(fitted_file()["errors"][confidence.value])
    return math.hypot(own, known) if confidence is Confidence.CALIBRATED else known


def _is_carried_over(setup: Setup) -> bool:
    """Whether it has links or recomputation, which no calibration measures."""
    return setup.n_gpus > 1 or setup.recompute is not Recompute.NONE


def _warnings(arch: Architecture, setup: Setup, stack: Stack) -> list[Message]:
    measured = stack.calibrated
    if measured is None:
        return _device_warnings(setup)
    found = []
    if (measured.stack == "txl") != (arch.family == _TXL):
        found.append(Message("other_stack", _OTHER_STACK, {"family": arch.family}))
    for name, sizes in measured.beyond(arch, setup).items():
        size, low, high = (f"{value:,.0f}" for value in sizes)
        parts = {"size": size, "low": low, "high": high}
        found.append(Message(f"beyond_{name}", _BEYOND[name], parts))
    if any(message.code.startswith("beyond_") for message in found):
        found.append(Message("beyond_the_interval", _BEYOND_THE_INTERVAL))
    return found


def _device_warnings(setup: Setup) -> list[Message]:
    device = setup.gpu
    parts = {"gpu": device.name}
    found = []
    if not has_measured_matmul(device):
        found.append(Message("assumed_matmul", _LOW_MATMUL, parts))
    if device.vendor != "NVIDIA":
        found.append(Message("other_vendor", _OTHER_VENDOR, parts))
    if _is_on_pcie(setup):
        found.append(Message("on_pcie", _ON_PCIE, {**parts, "gpus": f"{setup.n_gpus:,}"}))
    if chip_of(device) in EARLY_CHIPS:
        found.append(Message("early_figures", _EARLY, parts))
    rates = {"bf16": device.bf16_tflops, "fp16": device.fp16_tflops, "fp8": device.fp8_tflops}
    if setup.precision in rates and rates[setup.precision] is None:
        precise = {**parts, "precision": setup.precision}
        found.append(Message("precision_missing", _NO_BF16, precise))
    return found


def _is_near_full(arch: Architecture, setup: Setup, fill: float | None) -> bool:
    if float(state_share(arch, setup)) <= _NEAR_FULL_STATES:
        return False
    if fill is None:
        return float(memory_pressure(arch, setup)) > 0.5
    return fill >= _NEAR_FULL_FILL
