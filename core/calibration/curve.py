"""The speed curve of 2020 fitted to measured steps of the Transformer-XL stack.

    speed [neFLO/s] = k d_model^a L/(L + b) ln(batch + 1)^c

(T. Le Scao 2020; the article states about 15 % error for it.) neFLO are 6 FLOP a token and
parameter of the layers. For a fixed b the logarithm is linear in ln k, a and c.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.calibration.points import Points
from core.messages import QT_TRANSLATE_NOOP, Message
from core.ops import FloatArray

ARTICLE_ERROR = 0.15
COEFFICIENTS = ("k", "a", "b", "c")
_NEFLO = 6.0
_KNEE = 0.03  # beyond it an error counts linearly
_LIMIT = QT_TRANSLATE_NOOP(
    "core",
    "Not identified by these points: {names} of the curve of 2020 stands at the end of its range, "
    "so the curve says nothing beyond the shapes measured.",
)
_STARTS = np.array([0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0])
LIMITS = {"k": 1e30, "a": 5.0, "b": 1e3, "c": 5.0}
_AT_LIMIT = 0.99


@dataclass(frozen=True, slots=True)
class Curve:
    """The four coefficients; k in neFLO/s, a, b and c at least 0."""

    k: float
    a: float
    b: float
    c: float

    @property
    def at_limit(self) -> tuple[str, ...]:
        """Coefficients that the fit stopped at the end of what it may try: not identified."""
        return tuple(
            name for name, most in LIMITS.items() if getattr(self, name) > _AT_LIMIT * most
        )

    def neflo_per_s(
        self, d_model: FloatArray, n_layers: FloatArray, batch: FloatArray
    ) -> FloatArray:
        """Speed at widths, depths and batches (sequences)."""
        found: FloatArray = (
            self.k * d_model**self.a * n_layers / (n_layers + self.b) * np.log(batch + 1) ** self.c
        )
        return found


def limit_message(curve: Curve) -> Message:
    """What the points of a curve that stands `at_limit` do not say."""
    return Message("curve_at_limit", _LIMIT, {"names": ", ".join(curve.at_limit)})


def fit_curve(points: Points, seen: npt.NDArray[np.bool_]) -> Curve:
    """The curve through the points in a mask."""
    from scipy.optimize import least_squares

    speeds, terms, layers, root = _numbers(points)
    speeds, terms, layers, root = speeds[seen], terms[seen], layers[seen], root[seen]

    def errors(values: FloatArray) -> FloatArray:
        found: FloatArray = root * (_log_speed(values, terms, layers) - speeds)
        return found

    def slopes(values: FloatArray) -> FloatArray:
        depth = -1 / (layers + values[3])
        found: FloatArray = root[:, None] * np.column_stack((terms, depth))
        return found

    low = [-np.inf, 0.0, 0.0, 0.0]
    high = [np.inf, LIMITS["a"], LIMITS["c"], LIMITS["b"]]
    best = least_squares(
        errors,
        _start(speeds, terms, layers, root),
        slopes,
        bounds=(low, high),
        loss="huber",
        f_scale=_KNEE,
    )
    ln_k, a, c, b = best.x.tolist()
    return Curve(float(np.exp(ln_k)), a, b, c)


def curve_seconds(curve: Curve, points: Points) -> FloatArray:
    """(points,) seconds of a step by the curve."""
    width, layers, batch = _sizes(points)
    return _work(points) / curve.neflo_per_s(width, layers, batch)


def _start(
    speeds: FloatArray, terms: FloatArray, layers: FloatArray, root: FloatArray
) -> FloatArray:
    """The best of a few depths at which the layers are half as fast as they can be."""
    found: list[tuple[float, FloatArray]] = []
    for b in _STARTS:
        goal = root * (speeds - np.log(layers / (layers + b)))
        values = np.linalg.lstsq(root[:, None] * terms, goal, rcond=None)[0]
        values[1:] = np.clip(values[1:], 0.01, LIMITS["a"] - 0.01)
        values = np.append(values, max(b, 1e-3))
        off = np.abs(root * (_log_speed(values, terms, layers) - speeds))
        found.append((float(off.sum()), values))
    return min(found, key=lambda pair: pair[0])[1]


def _log_speed(values: FloatArray, terms: FloatArray, layers: FloatArray) -> FloatArray:
    found: FloatArray = terms @ values[:3] + np.log(layers / (layers + values[3]))
    return found


def _numbers(points: Points) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """ln(neFLO/s), the linear terms, layers, and roots of the weights."""
    width, layers, batch = _sizes(points)
    terms = np.column_stack((np.ones(width.size), np.log(width), np.log(np.log(batch + 1))))
    return np.log(_work(points) / points.seconds), terms, layers, np.sqrt(points.weights)


def _work(points: Points) -> FloatArray:
    """(points,) neFLO of a step."""
    return np.array([_NEFLO * step.params_non_embedding * step.tokens for step in points.steps])


def _sizes(points: Points) -> tuple[FloatArray, FloatArray, FloatArray]:
    columns = ([step.d_model, step.n_layers, step.micro_batch] for step in points.steps)
    width, layers, batch = np.array(list(columns), dtype=np.float64).T
    return width, layers, batch
