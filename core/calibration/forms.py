"""The form of `core.speed.calibrated` fitted to measured steps: robust, and never below zero.

The loss is Huber's on ln(predicted / measured seconds). Every step of the fit is a least-squares
problem with coefficients of at least 0 (Lawson and Hanson's NNLS) in the logarithm's tangent, so
no start has to be guessed: the first one minimises relative errors.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.ops import FloatArray
from core.speed.calibrated import ON_DEVICE, TERMS, joined

_HUBER = 1.345  # standard deviations: 95 % efficient on normal errors (Huber 1981)
_LEAST_SCALE = 0.01  # errors below it are all alike
_MOST_STEPS, _SCALING_STEPS = 60, 8
_SMALLEST_STEP = 1e-3
_SETTLED = 1e-9
_ATTENTION, _LAYERS = TERMS.index("attention"), TERMS.index("layers_memory")
_SAME_CONTEXT = 1.2
_SIDES = np.array([name in ON_DEVICE for name in TERMS])


@dataclass(frozen=True, slots=True)
class Form:
    """Which terms a step has, and how far the host's are hidden behind the device's.

    Attributes:
        id: name in files.
        terms: of `TERMS`; the others are 0.
        overlap: exponent p.
    """

    id: str
    terms: tuple[str, ...]
    overlap: float


_ON_A_GPU = tuple(name for name in TERMS if name != "fresh_memory")
# the simpler one first: the next must predict better to be taken
FORMS = (
    Form("few", ("matmul", "layers_memory", "parameters", "launch"), 1.0),
    Form("sum", _ON_A_GPU, 1.0),
    Form("fresh_memory", TERMS, 1.0),
    Form("overlap2", _ON_A_GPU, 2.0),
    Form("overlap4", _ON_A_GPU, 4.0),
    Form("overlap8", _ON_A_GPU, 8.0),
)


def solve(form: Form, counted: FloatArray, seconds: FloatArray, weights: FloatArray) -> FloatArray:
    """Seconds of each of the `TERMS`.

    Args:
        form: what is fitted.
        counted: (points, terms), at least 0, as `core.speed.calibrated.counts` has them.
        seconds: (points,) of a step.
        weights: (points,) of the errors.

    Returns:
        (terms,), 0 for what the form leaves out.
    """
    largest = np.max(counted / seconds[:, None], axis=0)
    unit = 1 / np.where(largest > 0, largest, 1.0)
    problem = _Problem(form, counted * unit, seconds, weights)
    return problem.solved() * unit


def predicted(counted: FloatArray, each: FloatArray, overlap: float) -> FloatArray:
    """(points,) seconds of a step."""
    device, host = counted[:, _SIDES] @ each[_SIDES], counted[:, ~_SIDES] @ each[~_SIDES]
    return np.asarray(joined(device, host, overlap))


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """One fit; columns are scaled so that all terms are of the size of a step."""

    form: Form
    counted: FloatArray
    seconds: FloatArray
    weights: FloatArray

    @property
    def used(self) -> npt.NDArray[np.bool_]:
        """The terms that are told apart: contexts of one length hide attention in the layers."""
        share = self.counted[:, _ATTENTION] / self.counted[:, _LAYERS]
        hidden = share.max() < _SAME_CONTEXT * share.min()
        return np.array(
            [name in self.form.terms and not (hidden and name == "attention") for name in TERMS]
        )

    def solved(self) -> FloatArray:
        each = self._nnls(self.counted / self.seconds[:, None], 1.0, self.weights)
        if self.form.overlap != 1 and not each[~_SIDES].any():
            each[-1] = 0.1  # a side of no time has no tangent
        errors = self._errors(each)
        knee = 0.0
        for step in range(_MOST_STEPS):
            if step < _SCALING_STEPS:
                scale = 1.4826 * float(np.median(np.abs(errors)))
                knee = _HUBER * max(_LEAST_SCALE, scale)
            towards = self._tangent(each, errors, knee) - each
            size = self._shortened(each, towards, knee)
            each = each + size * towards
            errors = self._errors(each)
            settled = size * float(np.abs(towards).max()) <= _SETTLED * float(each.max())
            if settled and step >= _SCALING_STEPS:
                break
        return each

    def _errors(self, each: FloatArray) -> FloatArray:
        found: FloatArray = np.log(predicted(self.counted, each, self.form.overlap) / self.seconds)
        return found

    def _tangent(self, each: FloatArray, errors: FloatArray, knee: float) -> FloatArray:
        """Where the least of the loss would be if the logarithm were straight."""
        power = self.form.overlap - 1
        device = self.counted[:, _SIDES] @ each[_SIDES]
        host = self.counted[:, ~_SIDES] @ each[~_SIDES]
        total = predicted(self.counted, each, self.form.overlap)
        slope = np.where(
            _SIDES, (device / total)[:, None] ** power, (host / total)[:, None] ** power
        )
        rows = slope * self.counted / total[:, None]
        robust = self.weights * np.minimum(1.0, knee / np.maximum(np.abs(errors), 1e-12))
        # times are of first degree in the coefficients, so that rows @ each = 1
        return self._nnls(rows, 1 - errors, robust)

    def _nnls(self, rows: FloatArray, goal: FloatArray | float, weights: FloatArray) -> FloatArray:
        from scipy.optimize import nnls

        root = np.sqrt(weights)
        each = np.zeros(len(TERMS))
        each[self.used] = nnls(rows[:, self.used] * root[:, None], goal * root)[0]
        return each

    def _shortened(self, each: FloatArray, towards: FloatArray, knee: float) -> float:
        """The share of a step that makes the loss smaller, 0 where none does."""
        now, size = self._loss(each, knee), 1.0
        while size > _SMALLEST_STEP:
            if self._loss(each + size * towards, knee) < now:
                return size
            size /= 2
        return 0.0

    def _loss(self, each: FloatArray, knee: float) -> float:
        if not np.any(each[_SIDES] > 0):
            return np.inf
        off = np.abs(self._errors(each))
        return float(self.weights @ np.where(off < knee, off * off / 2, knee * (off - knee / 2)))
