"""Measured steps beside what a fit says of them: what a plot and its table show."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.calibration.fit import Group, GroupFit, RooflineFit, groups_of
from core.calibration.forms import FORMS, predicted, solve
from core.calibration.messages import StepMeasurement
from core.calibration.points import points_of
from core.calibration.profile import Profile
from core.messages import Message

LEAST_SO_FAR = 6  # points of a stack and precision before any of them is predicted
_SIMPLEST = FORMS[0]


@dataclass(frozen=True, slots=True)
class Prediction:
    """One measured step.

    Attributes:
        place: among the steps of its profile.
        step: as it was measured.
        tokens_per_s: predicted; by a fit that has not seen the shape where it is part of one.
            None without a fit.
        is_excluded: whether a person left it out.
        is_misfit: whether it is far off the fit.
        reasons: why a person should look at it, worst first.
    """

    place: int
    step: StepMeasurement
    tokens_per_s: float | None = None
    is_excluded: bool = False
    is_misfit: bool = False
    reasons: tuple[Message, ...] = ()

    @property
    def error(self) -> float | None:
        """Predicted over measured speed, less 1."""
        return None if self.tokens_per_s is None else self.tokens_per_s / self.step.tokens_per_s - 1


def predictions(profile: Profile) -> tuple[Prediction, ...]:
    """Every step of a profile, in the order in which they were measured."""
    found: dict[int, Prediction] = {}
    groups = groups_of(profile.steps, profile.excluded)
    for group, fitted in zip(groups, profile.fits, strict=True):
        speeds = _speeds(profile, group, fitted)
        doubts = {suspect.point: suspect for suspect in fitted.suspects}
        for place in (*group.kept, *group.excluded):
            doubt = doubts.get(place)
            found[place] = Prediction(
                place,
                profile.steps[place],
                speeds.get(place),
                is_excluded=place in group.excluded,
                is_misfit=doubt is not None and doubt.misfit,
                reasons=() if doubt is None else doubt.reasons,
            )
    return tuple(found[place] for place in sorted(found))


def so_far(steps: Sequence[StepMeasurement]) -> tuple[Prediction, ...]:
    """The steps of a run that goes on, by a quick fit of the simplest form to all of them."""
    speeds: dict[int, float] = {}
    for group in groups_of(steps, ()):
        numbers = group.numbers
        if numbers is None or len(group.kept) < LEAST_SO_FAR:
            continue
        each = solve(_SIMPLEST, numbers.counted, numbers.seconds, numbers.weights)
        says = predicted(numbers.counted, each, _SIMPLEST.overlap)
        for place, seconds in zip(group.kept, says.tolist(), strict=True):
            if math.isfinite(seconds) and seconds > 0:
                speeds[place] = steps[place].tokens / seconds
    return tuple(Prediction(place, step, speeds.get(place)) for place, step in enumerate(steps))


def _speeds(profile: Profile, group: Group, fitted: GroupFit) -> dict[int, float]:
    """Predicted tokens a second by place; nothing without a fit."""
    roofline = fitted.roofline
    if not isinstance(roofline, RooflineFit):
        return {}
    found = {
        place: profile.steps[place].tokens_per_s * math.exp(error)
        for place, error in zip(group.kept, roofline.held_out.errors, strict=True)
    }
    if group.excluded:
        left = [profile.steps[place] for place in group.excluded]
        says = predicted(points_of(left).counted, np.array(roofline.seconds), roofline.overlap)
        for place, step, seconds in zip(group.excluded, left, says.tolist(), strict=True):
            found[place] = step.tokens / seconds
    return found
