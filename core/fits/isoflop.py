"""Optimal size from runs of equal compute (approach 2; Hoffmann et al. 2022, section 3.2).

At each budget the loss against ln(size) is a valley; its bottom is the optimal size. A
parabola is the paper's choice but leans by about 5 % where sizes span a factor of 16 to
either side; a cubic leans by 0.14 % (both measured on noise-free data of a known law).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.errors import CancelledError, InputError
from core.fits.resampling import Resampling
from core.ops import FloatArray

Valley = Literal["cubic", "parabola"]
_SAME_COMPUTE = 0.1  # runs whose computes differ by less belong to one budget, in log units
_DEGREE = {"cubic": 3, "parabola": 2}


@dataclass(frozen=True, slots=True)
class Budget:
    """One isoFLOP profile.

    Attributes:
        compute: geometric mean of its runs, FLOP.
        n_points: runs in it.
        params, loss: bottom of the valley; NaN where there is none inside.
        problem: why it is not used; empty if it is.
    """

    compute: float
    n_points: int
    params: float
    loss: float
    problem: str


@dataclass(frozen=True, slots=True, eq=False)
class IsoflopFit:
    """N* = d C^e.

    Attributes:
        d, e: coefficients, C in FLOP.
        ensemble: (resamples, 2) the same of every resample of the budgets' points.
        budgets: every profile, used or not.
        valley: which polynomial.
    """

    d: float
    e: float
    ensemble: FloatArray
    budgets: tuple[Budget, ...]
    valley: Valley


def fit_isoflop(
    params: FloatArray,
    compute: FloatArray,
    loss: FloatArray,
    resampling: Resampling,
    valley: Valley = "cubic",
    progress: Callable[[float], bool] | None = None,
) -> IsoflopFit:
    """Fit a valley to each budget and a power law through their bottoms.

    Args:
        params: (n,) size of each run.
        compute: (n,) FLOP; runs within 10 % count as one budget.
        loss: (n,) final loss, nats per token.
        resampling: the bootstrap, by point within each budget.
        valley: polynomial of ln(size) that the loss follows at a budget.
        progress: called with the fraction done; returning False cancels.

    Raises:
        InputError: fewer than two budgets have a valley whose bottom lies inside.
        CancelledError: ``progress`` returned False.
    """
    ln_c, x = np.log(compute), np.log(params)
    groups = budget_groups(ln_c)
    budgets = tuple(_budget(x[g], loss[g], float(np.exp(ln_c[g].mean())), valley) for g in groups)
    used = [b for b in budgets if not b.problem]
    if len({b.compute for b in used}) < 2:
        reasons = "; ".join(sorted({b.problem for b in budgets if b.problem})) or "one budget"
        raise InputError("runs", reasons, "at least two budgets with the best size inside")
    d, e = _line(used)
    rng = np.random.default_rng(resampling.seed)
    ensemble = np.full((resampling.resamples, 2), np.nan)
    for number, row in enumerate(ensemble):
        if progress is not None and number % 20 == 0 and not progress(number / len(ensemble)):
            raise CancelledError
        drawn = []
        for g in groups:
            sample = rng.choice(g, g.size)
            drawn.append(_budget(x[sample], loss[sample], float(np.exp(ln_c[g].mean())), valley))
        good = [b for b in drawn if not b.problem]
        if len(good) >= 2:
            row[:] = _line(good)
    return IsoflopFit(d, e, ensemble, budgets, valley)


def budget_groups(ln_compute: FloatArray) -> list[npt.NDArray[np.intp]]:
    """Indices of the runs of each budget, budgets ascending."""
    order = np.argsort(ln_compute, kind="stable")
    gaps = np.flatnonzero(np.diff(ln_compute[order]) > _SAME_COMPUTE) + 1
    return [np.asarray(group) for group in np.split(order, gaps)]


def _line(budgets: list[Budget]) -> tuple[float, float]:
    """Coefficients of ln params against ln compute by least squares."""
    x = np.log([b.compute for b in budgets])
    centre = float(x.mean())
    e, level = np.polyfit(x - centre, np.log([b.params for b in budgets]), 1)
    return float(np.exp(level - e * centre)), float(e)


def _budget(x: FloatArray, loss: FloatArray, compute: float, valley: Valley) -> Budget:
    degree = _DEGREE[valley]
    sizes = np.unique(x)
    nothing = float("nan")
    if sizes.size <= degree:
        problem = f"fewer than {degree + 1} sizes"
        return Budget(compute, x.size, nothing, nothing, problem)
    centre = float(x.mean())
    curve = np.polynomial.Polynomial.fit(x - centre, loss, degree)
    grid = np.linspace(float(sizes[0]) - centre, float(sizes[-1]) - centre, 401)
    lowest = int(curve(grid).argmin())
    if lowest in (0, grid.size - 1):
        return Budget(compute, x.size, nothing, nothing, "the best size lies at the edge")
    best = float(grid[lowest])
    slope, bend = curve.deriv(), curve.deriv(2)
    for _ in range(20):  # roots() loses the bottom where the cubic is nearly a parabola
        best -= float(slope(best) / bend(best))
    return Budget(compute, x.size, float(np.exp(best + centre)), float(curve(best)), "")
