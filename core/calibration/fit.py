"""From measured steps to what a plan needs: one fit for each stack and precision.

What cannot be fitted says why. No point is left out but by hand; `core.calibration.suspects`
names those that a person should look at.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np

from core.calibration.curve import Curve, curve_seconds, fit_curve
from core.calibration.forms import predicted, solve
from core.calibration.held_out import HeldOut, Mask, choose, left_out
from core.calibration.messages import Stack, StepMeasurement
from core.calibration.points import Points, points_of
from core.calibration.suspects import Suspect, suspects
from core.messages import QT_TRANSLATE_NOOP, Message
from core.ops import FloatArray

LEAST_POINTS, LEAST_SHAPES = 8, 6
_FOR_THE_CURVE = ("d_model", "n_layers", "micro_batch")

_ONE_SHAPE = QT_TRANSLATE_NOOP(
    "core", "Not identified: all {points} points have one shape. Shapes must differ."
)
_TOO_FEW = QT_TRANSLATE_NOOP(
    "core",
    "Not identified: {points} points of {shapes} shapes. A fit needs {least_points} points of "
    "{least_shapes} shapes.",
)
_NEVER_VARIED = QT_TRANSLATE_NOOP(
    "core", "Not identified: all points have the same {what}, {size}."
)
NOT_FITTED = Message("not_fitted", QT_TRANSLATE_NOOP("core", "Not fitted: fit it again."))

Progress = Callable[[float], object]


@dataclass(frozen=True, slots=True)
class RooflineFit:
    """The form of `core.speed.calibrated` for one stack in one precision.

    Attributes:
        form: id of the form that predicts unseen shapes best.
        seconds: by `core.speed.calibrated.TERMS`.
        overlap: exponent of host and device.
        ranges: of what was fitted, by `core.speed.calibrated.DIMENSIONS`.
        held_out: errors, in the order of the group's points.
    """

    form: str
    seconds: tuple[float, ...]
    overlap: float
    ranges: tuple[tuple[float, float], ...]
    held_out: HeldOut


@dataclass(frozen=True, slots=True)
class CurveFit:
    """The curve of 2020 with its errors on shapes left out."""

    curve: Curve
    held_out: HeldOut


@dataclass(frozen=True, slots=True)
class NotIdentified:
    """Why there is no fit."""

    reason: Message


@dataclass(frozen=True, slots=True)
class GroupFit:
    """What one stack in one precision says.

    Attributes:
        stack, precision, compile: what was measured.
        points: places in the profile's steps of what was fitted.
        roofline: for plans.
        curve: of 2020; None for another stack than its own.
        suspects: points to look at, those left out included.
    """

    stack: Stack
    precision: str
    compile: bool
    points: tuple[int, ...]
    roofline: RooflineFit | NotIdentified
    curve: CurveFit | NotIdentified | None
    suspects: tuple[Suspect, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Steps that one fit is made of.

    Attributes:
        stack, precision, compile: what was measured.
        kept: places of the steps that are fitted.
        excluded: places of those left out by hand.
        numbers: of the steps that are fitted; None where there are none.
    """

    stack: Stack
    precision: str
    compile: bool
    kept: tuple[int, ...]
    excluded: tuple[int, ...]
    numbers: Points | None


def fit(
    steps: Sequence[StepMeasurement],
    excluded: Collection[int] = (),
    progress: Progress | None = None,
) -> tuple[GroupFit, ...]:
    """Both fits of every stack and precision, in the order in which they were first measured.

    Args:
        steps: of one process each, as measured.
        excluded: places of steps that a person left out.
        progress: called with the share that is done.
    """
    groups = groups_of(steps, excluded)
    found: list[GroupFit] = []
    for group in groups:
        if progress is not None:
            progress(len(found) / len(groups))
        found.append(assembled(group, steps, _roofline(group.numbers), _curve(group)))
    return tuple(found)


def groups_of(steps: Sequence[StepMeasurement], excluded: Collection[int]) -> tuple[Group, ...]:
    """The steps by stack and precision, in the order in which they were first measured."""
    places: dict[tuple[Stack, str, bool], list[int]] = {}
    for place, step in enumerate(steps):
        places.setdefault((step.stack, step.precision, step.compile), []).append(place)
    found = []
    for key, own in places.items():
        kept = tuple(place for place in own if place not in excluded)
        gone = tuple(place for place in own if place in excluded)
        numbers = points_of([steps[place] for place in kept]) if kept else None
        found.append(Group(*key, kept, gone, numbers))
    return tuple(found)


def assembled(
    group: Group,
    steps: Sequence[StepMeasurement],
    roofline: RooflineFit | None,
    curve: CurveFit | None,
) -> GroupFit:
    """Fits with the reasons for those that there are not, and the points to look at."""
    errors = roofline.held_out.errors if roofline else None
    residuals = _residuals(roofline, group.numbers) if roofline and group.numbers else None
    doubted = suspects([steps[place] for place in group.kept], group.kept, errors, residuals)
    left = suspects([steps[place] for place in group.excluded], group.excluded)
    without = None if group.stack is not Stack.TXL else NotIdentified(_no_curve(group.numbers))
    return GroupFit(
        group.stack,
        group.precision,
        group.compile,
        group.kept,
        roofline or NotIdentified(_lack(group.numbers) or NOT_FITTED),
        curve or without,
        (*doubted, *left),
    )


def _roofline(points: Points | None) -> RooflineFit | None:
    if points is None or _lack(points) is not None:
        return None
    form, held_out = choose(points)
    each = solve(form, points.counted, points.seconds, points.weights)
    return RooflineFit(form.id, tuple(each.tolist()), form.overlap, points.ranges, held_out)


def _residuals(found: RooflineFit, points: Points) -> list[float]:
    """ln(measured / predicted seconds) of the points that were fitted."""
    says = predicted(points.counted, np.array(found.seconds), found.overlap)
    residuals: list[float] = np.log(points.seconds / says).tolist()
    return residuals


def _curve(group: Group) -> CurveFit | None:
    points = group.numbers
    if group.stack is not Stack.TXL or points is None or _never_varied(points) is not None:
        return None

    def to_others(seen: Mask) -> Callable[[Mask], FloatArray]:
        seconds = curve_seconds(fit_curve(points, seen), points)
        return lambda out: seconds[out]

    errors = np.log(points.seconds / left_out(points.shapes, to_others))
    whole = fit_curve(points, np.ones(errors.size, dtype=bool))
    return CurveFit(whole, HeldOut(tuple(errors.tolist()), points.n_shapes))


def _no_curve(points: Points | None) -> Message:
    """Why there is no curve of 2020."""
    return (None if points is None else _never_varied(points)) or _lack(points) or NOT_FITTED


def _never_varied(points: Points) -> Message | None:
    lack = _lack(points)
    if lack is not None:
        return lack
    for name in _FOR_THE_CURVE:
        sizes = {getattr(step, name) for step in points.steps}
        if len(sizes) == 1:
            parts = {"what": name, "size": str(sizes.pop())}
            return Message("never_varied", _NEVER_VARIED, parts)
    return None


def _lack(points: Points | None) -> Message | None:
    """What is missing for any fit."""
    if points is None:
        return _too_few(0, 0)
    count = len(points.steps)
    if points.n_shapes == 1 and count > 1:
        return Message("one_shape", _ONE_SHAPE, {"points": str(count)})
    if count < LEAST_POINTS or points.n_shapes < LEAST_SHAPES:
        return _too_few(count, points.n_shapes)
    return None


def _too_few(points: int, shapes: int) -> Message:
    parts = {
        "points": str(points),
        "shapes": str(shapes),
        "least_points": str(LEAST_POINTS),
        "least_shapes": str(LEAST_SHAPES),
    }
    return Message("too_few_points", _TOO_FEW, parts)
