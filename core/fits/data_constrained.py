"""How fast repeated data lose their worth (Muennighoff et al. 2023, arXiv 2305.16264).

Given L = E + A / N^alpha + B / D^beta for fresh data, repeated data and excess parameters
count as if they were (eqs. 5 and 6, appendix A)

    D' = U_D + U_D R_D* (1 - exp(-R_D / R_D*)),   R_D = D / U_D - 1
    N' = U_N + U_N R_N* (1 - exp(-R_N / R_N*)),   R_N = N / U_N - 1

with U_D the unique tokens and U_N the size that is optimal for them. Only R_D* and R_N* are
fitted. Their objective is a ragged, nearly flat valley: on the paper's own 182 runs minima at
R_D* = 15, 47 and 95 differ by 0.1 %. So the descent starts from the paper's constants, the
grid that every resample shares looks for lower minima, and what it finds is reported.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.errors import CancelledError, InputError
from core.fits.logsumexp import huber
from core.fits.resampling import Resampling, interval
from core.ops import FloatArray
from core.quantities import Estimate

PUBLISHED_STARS = (15.387756, 5.309743)  # Muennighoff et al. 2023, table 9's unrounded values
_DELTA = 1e-3
_AS_GOOD = 1.002  # objectives within 0.2 % cannot be told apart on such a valley
_LN_RANGE = (np.log(0.1), np.log(1e10))
_COARSE, _ROUNDS, _SHRINK = 48, 14, 0.45


@dataclass(frozen=True, slots=True)
class FreshLaw:
    """The law of data seen once, held fixed."""

    e: float
    a: float
    b: float
    alpha: float
    beta: float

    @property
    def g(self) -> float:
        """Scale of the optimum: N* = G (C / 6)^(beta / (alpha + beta))."""
        return float((self.alpha * self.a / (self.beta * self.b)) ** (1 / (self.alpha + self.beta)))


@dataclass(frozen=True, slots=True, eq=False)
class DataConstrainedFit:
    """R_D* and R_N* with their 95 % intervals.

    Attributes:
        r_d_star, r_n_star: repetitions after which most of the worth is gone.
        objective: Huber sum over the log residuals.
        ensemble: (resamples, 2).
        n_points: runs fitted.
        not_identified: why a constant cannot be told from these runs; empty is well.
    """

    r_d_star: Estimate
    r_n_star: Estimate
    objective: float
    ensemble: FloatArray
    n_points: int
    not_identified: tuple[str, ...]


def effective(total: FloatArray, unique: FloatArray, r_star: FloatArray | float) -> FloatArray:
    """Worth of ``total`` tokens (or parameters) of which ``unique`` are new."""
    repeats = np.maximum(total / unique - 1, 0.0)
    return np.asarray(unique * (1 - r_star * np.expm1(-repeats / r_star)))


def unique_params(law: FreshLaw, params: FloatArray, unique_tokens: FloatArray) -> FloatArray:
    """U_N: the optimal size for the unique tokens, never more than the size itself."""
    best = law.g * (law.g * unique_tokens) ** (law.beta / law.alpha)
    return np.minimum(params, best)


def predicted_loss(
    law: FreshLaw,
    params: FloatArray,
    tokens: FloatArray,
    unique_tokens: FloatArray,
    r_d_star: FloatArray | float,
    r_n_star: FloatArray | float,
) -> FloatArray:
    """Loss with repeated data; arrays broadcast."""
    fresh = np.minimum(unique_tokens, tokens)
    d = effective(tokens, fresh, r_d_star)
    n = effective(params, unique_params(law, params, fresh), r_n_star)
    return np.asarray(law.e + law.a * n**-law.alpha + law.b * d**-law.beta)


def fit_data_constrained(
    law: FreshLaw,
    params: FloatArray,
    tokens: FloatArray,
    unique_tokens: FloatArray,
    loss: FloatArray,
    resampling: Resampling,
    progress: Callable[[float], bool] | None = None,
) -> DataConstrainedFit:
    """Fit R_D* and R_N*.

    Args:
        law: of fresh data, held fixed.
        params: (n,) sizes.
        tokens: (n,) tokens seen, repeats included.
        unique_tokens: (n,) tokens in the data.
        loss: (n,) nats per token.
        resampling: the bootstrap by point.
        progress: called with the fraction done; returning False cancels.

    Raises:
        InputError: fewer than three runs repeat their data.
        CancelledError: ``progress`` returned False.
    """
    if int((tokens > 1.01 * unique_tokens).sum()) < 3:
        raise InputError("unique_tokens", "no repeated data", "runs of more than one epoch")

    def losses(ln_d: FloatArray, ln_n: FloatArray) -> FloatArray:
        """(candidates, points) Huber losses."""
        fitted = predicted_loss(
            law, params, tokens, unique_tokens, np.exp(ln_d)[:, None], np.exp(ln_n)[:, None]
        )
        return huber(np.log(fitted) - np.log(loss), _DELTA)

    rng = np.random.default_rng(resampling.seed)
    n = loss.size
    counts = rng.multinomial(n, np.full(n, 1 / n), size=resampling.resamples)
    weights = np.concatenate([np.ones((1, n)), counts.astype(np.float64)])
    found = _grid_minimum(losses, weights, progress)
    here = _descend(losses)
    objective = float(losses(here[:1], here[1:]).sum())
    lower = float(losses(found[:1, 0], found[:1, 1]).sum())
    stars, cloud = np.exp(here), np.exp(found[1:])
    d, m = (
        interval(float(stars[i]), cloud[:, i], "bootstrap by point", level=0.95) for i in (0, 1)
    )
    reasons = []
    if lower < objective and abs(found[0, 0] - here[0]) > 0.01:
        words = "as well" if lower * _AS_GOOD > objective else "better"
        reasons.append(
            f"R_D* = {np.exp(found[0, 0]):.3g} with R_N* = {np.exp(found[0, 1]):.3g} fits {words}"
        )
    for name, estimate in (("R_D*", d), ("R_N*", m)):
        top = estimate.high if estimate.high is not None else estimate.value
        if top > np.exp(_LN_RANGE[1]) / 20:
            reasons.append(f"{name} is barely identified: its interval has no upper end")
    return DataConstrainedFit(d, m, objective, cloud, n, tuple(reasons))


def _descend(losses: Callable[[FloatArray, FloatArray], FloatArray]) -> FloatArray:
    """The minimum below the published constants, as ln R_D* and ln R_N*."""
    from scipy.optimize import minimize

    start = np.log(PUBLISHED_STARS)
    simplex = start + np.array([[0, 0], [0.1, 0], [0, 0.1]])

    def objective(point: FloatArray) -> float:
        return float(losses(point[:1], point[1:]).sum())

    options = {"xatol": 1e-9, "fatol": 1e-16, "initial_simplex": simplex, "maxiter": 4000}
    return np.asarray(minimize(objective, start, method="Nelder-Mead", options=options).x)


def _grid_minimum(
    losses: Callable[[FloatArray, FloatArray], FloatArray],
    weights: FloatArray,
    progress: Callable[[float], bool] | None,
) -> FloatArray:
    """Lowest place of each weighting, (problems, 2): a shared grid, then one each that shrinks."""
    axis = np.linspace(*_LN_RANGE, _COARSE)
    ln_d, ln_n = (part.ravel() for part in np.meshgrid(axis, axis, indexing="ij"))
    best = (weights @ losses(ln_d, ln_n).T).argmin(axis=1)
    found = np.stack([ln_d[best], ln_n[best]], axis=1)
    width = np.full(len(found), axis[1] - axis[0])
    offsets = np.stack(np.meshgrid([-1, -0.5, 0, 0.5, 1], [-1, -0.5, 0, 0.5, 1]), -1).reshape(-1, 2)
    for number in range(_ROUNDS * 4):
        if progress is not None and not progress(number / (_ROUNDS * 4)):
            raise CancelledError
        trial = np.clip(found[:, None] + offsets * width[:, None, None], *_LN_RANGE)
        flat = trial.reshape(-1, 2)
        table = losses(flat[:, 0], flat[:, 1]).reshape(len(found), len(offsets), -1)
        best = np.einsum("pgi,pi->pg", table, weights).argmin(axis=1)
        found = trial[np.arange(len(found)), best]
        centre = (offsets[best] == 0).all(axis=1)
        width = np.where(centre, width * _SHRINK, width)
        if width.max() < 1e-10:
            break
    return found
