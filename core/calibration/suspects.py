"""Measured points that a person should look at, each with why; none is left out by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.calibration.messages import StepMeasurement
from core.messages import QT_TRANSLATE_NOOP, Message
from core.quantities import format_number

_ALIGNED = 64  # what matrix units want of a width (NVIDIA, Matrix Multiplication Background)
_SPREAD = 0.1  # standard deviation of a step over its median
_SLOW_CLOCK = 0.93  # of the usual clock
_OFF, _LEAST_OFF = 3.5, 0.1  # robust standard deviations (Iglewicz and Hoaglin 1993), and at least
_HOT = ("hardware_slowdown", "software_thermal", "hardware_thermal", "power_brake")

_SLOWER = QT_TRANSLATE_NOOP("core", "{error} % slower than the other points say")
_FASTER = QT_TRANSLATE_NOOP("core", "{error} % faster than the other points say")
_UNSTEADY = QT_TRANSLATE_NOOP("core", "its repeats differ by {spread} %")
_THROTTLED = QT_TRANSLATE_NOOP("core", "the device slowed itself down ({reasons})")
_CLOCK = QT_TRANSLATE_NOOP("core", "its clock was {clock} MHz, usually {usual}")
_ODD_SHAPE = QT_TRANSLATE_NOOP("core", "its {what}, {size}, is no multiple of {step}")


@dataclass(frozen=True, slots=True)
class Suspect:
    """A point with what is wrong with it.

    Attributes:
        point: place of the measured step in the profile.
        reasons: worst first.
        misfit: whether it is far off the fit, and not only measured badly.
    """

    point: int
    reasons: tuple[Message, ...]
    misfit: bool


def suspects(
    steps: Sequence[StepMeasurement],
    places: Sequence[int],
    errors: Sequence[float] | None = None,
    residuals: Sequence[float] | None = None,
) -> tuple[Suspect, ...]:
    """The points that do not fit or were not measured well.

    Args:
        steps: of one stack in one precision.
        places: of each of them in the profile.
        errors: ln(measured / predicted seconds) of each, its shape left out; None without a fit.
        residuals: the same of the fit to all of them. A point at the edge of what was measured
            may be far off when left out, and is no outlier if the fit to all goes through it.
    """
    found = []
    off = _far_off(errors, residuals) if errors and residuals else [0.0] * len(steps)
    usual = _usual_clock(steps)
    for step, place, error in zip(steps, places, off, strict=True):
        reasons = list(_measured_badly(step, usual))
        if error:
            parts = {"error": format_number(100 * float(np.expm1(abs(error))), 2)}
            way = _SLOWER if error > 0 else _FASTER
            reasons = [Message("misfit", way, parts), *reasons, *_odd(step)]
        if reasons:
            found.append(Suspect(place, tuple(reasons), bool(error)))
    return tuple(found)


def _far_off(errors: Sequence[float], residuals: Sequence[float]) -> list[float]:
    """The errors that stand out, 0 for all others."""
    scale = 1.4826 * float(np.median(np.abs(errors)))
    limit = max(_LEAST_OFF, _OFF * scale)
    return [
        error if abs(error) > limit and abs(residual) > limit / 2 else 0.0
        for error, residual in zip(errors, residuals, strict=True)
    ]


def _measured_badly(step: StepMeasurement, usual_clock: float | None) -> list[Message]:
    found = []
    hot = [reason.replace("_", " ") for reason in step.throttle or () if reason in _HOT]
    if hot:
        found.append(Message("throttled", _THROTTLED, {"reasons": ", ".join(hot)}))
    if usual_clock and step.clock_mhz and step.clock_mhz < _SLOW_CLOCK * usual_clock:
        clocks = {"clock": f"{step.clock_mhz:.0f}", "usual": f"{usual_clock:.0f}"}
        found.append(Message("slow_clock", _CLOCK, clocks))
    spread = step.step_time_spread / step.step_time_s
    if spread > _SPREAD:
        parts = {"spread": format_number(100 * spread, 2)}
        found.append(Message("unsteady", _UNSTEADY, parts))
    return found


def _odd(step: StepMeasurement) -> list[Message]:
    sizes = {"d_model": step.d_model, "d_ff": step.d_ff, "vocab": step.vocab}
    return [
        Message("odd_shape", _ODD_SHAPE, {"what": what, "size": str(size), "step": str(_ALIGNED)})
        for what, size in sizes.items()
        if size % _ALIGNED
    ]


def _usual_clock(steps: Sequence[StepMeasurement]) -> float | None:
    clocks = [step.clock_mhz for step in steps if step.clock_mhz]
    return float(np.median(clocks)) if clocks else None
