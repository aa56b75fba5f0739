"""How far a fit is off on shapes that it has not seen: errors, the interval, the choice of form."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.calibration.forms import FORMS, Form, predicted, solve
from core.calibration.points import Points
from core.ops import FloatArray

LEVEL = 0.8
_BETTER = 0.97  # a less simple form must have so much of the simpler one's error
_MOST_ERROR = 0.5  # beyond it one more outlier is as bad as another

Mask = npt.NDArray[np.bool_]
Fitted = Callable[[Mask], FloatArray]


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Errors on points whose whole shape was left out of the fit.

    Attributes:
        errors: ln(measured / predicted seconds), in the order of the points.
        shapes: different ones.
    """

    errors: tuple[float, ...]
    shapes: int

    @property
    def median(self) -> float:
        """Of the relative errors of tokens a second, as a share."""
        return float(np.median(self._relative))

    @property
    def largest(self) -> float:
        """The same, the worst point's."""
        return float(np.max(self._relative))

    @property
    def width(self) -> float:
        """Half width in ln(seconds) of an interval that holds the next shape with 80 %.

        Of n exchangeable errors, the k-th smallest holds the next one with probability
        k / (n + 1) (Vovk et al. 2005; Lei et al. 2018, arXiv 1604.04173, section 2): with few
        shapes it is a larger one than the 80th percentile.
        """
        sizes = np.sort(np.abs(self.errors))
        share = math.ceil(LEVEL * (self.shapes + 1)) / self.shapes
        place = min(math.ceil(share * sizes.size), sizes.size)
        return float(sizes[place - 1])

    @property
    def ends(self) -> tuple[float, float]:
        """The interval as factors of a predicted speed."""
        return math.exp(-self.width), math.exp(self.width)

    @property
    def _relative(self) -> FloatArray:
        # predicted over measured speed is measured over predicted seconds
        return np.abs(np.expm1(self.errors), dtype=np.float64)


def choose(points: Points) -> tuple[Form, HeldOut]:
    """The form that predicts unseen shapes best, and how well.

    The error of a shape is that of the form which is best on all other shapes, so that it has
    no part in the choice, either.
    """
    errors = np.array([_left_out(form, points) for form in FORMS])
    sizes = np.minimum(np.abs(errors), _MOST_ERROR)
    found = np.zeros(points.seconds.size)
    for shape in dict.fromkeys(points.shapes):
        out = np.array([other == shape for other in points.shapes])
        found[out] = errors[_best(sizes[:, ~out]), out]
    return FORMS[_best(sizes)], HeldOut(tuple(found.tolist()), points.n_shapes)


def left_out(shapes: Sequence[object], fit: Callable[[Mask], Fitted]) -> FloatArray:
    """What a fit to the other shapes says of each point.

    Args:
        shapes: of the points.
        fit: from a mask of points to a function from a mask to what it predicts for them.
    """
    found = np.zeros(len(shapes))
    for shape in dict.fromkeys(shapes):
        out = np.array([other == shape for other in shapes])
        found[out] = fit(~out)(out)
    return found


def _left_out(form: Form, points: Points) -> FloatArray:
    def fit(seen: Mask) -> Fitted:
        each = solve(form, points.counted[seen], points.seconds[seen], points.weights[seen])
        return lambda out: predicted(points.counted[out], each, form.overlap)

    return np.log(points.seconds / left_out(points.shapes, fit))


def _best(sizes: FloatArray) -> int:
    """The place of the first form that no later one is clearly better than."""
    scores = sizes.mean(axis=1)
    best = 0
    for place in range(1, len(scores)):
        if scores[place] < _BETTER * scores[best]:
            best = place
    return best
