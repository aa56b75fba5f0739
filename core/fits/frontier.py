"""Frontier and optimal size from the runs' lower envelope (approach 1).

`fit_frontier_2020` repeats the procedure of T. Le Scao (2020) step by step; `fit_frontier` is
the robust one: hull in logarithms, no arbitrary bounds, Huber losses, bootstrap by run.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import CancelledError, InputError
from core.fits.envelope import lower_hull
from core.fits.logsumexp import Terms, minimise
from core.fits.resampling import Resampling
from core.ops import FloatArray

UNIT_2020 = 86_400.0
_DELTA = 1e-3
_SIZE_DELTA = 0.1  # sizes scatter by tens of per cent around the law, losses by tenths
_LEAST_RUNS, _LEAST_HULL = 4, 4


@dataclass(frozen=True, slots=True, eq=False)
class FrontierFit:
    """loss = a (C/unit)^-b + c and params = d (C/unit)^e + f.

    Attributes:
        a, b, c, d, e, f: coefficients; f is 0 in the robust fit.
        compute_unit: unit of C in both formulas, FLOP.
        ensemble: (resamples, 6) the same of every resample; NaN where one had no envelope.
        hull: indices of the points on the envelope.
        best: indices of the points that the size law rests on, one a run.
        n_points, n_runs: what went in.
        worst_residual: largest |ln predicted - ln seen| on the envelope.
    """

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float
    compute_unit: float
    ensemble: FloatArray
    hull: npt.NDArray[np.intp]
    best: npt.NDArray[np.intp]
    n_points: int
    n_runs: int
    worst_residual: float

    @property
    def coefficients(self) -> dict[str, float]:
        """The six numbers by name."""
        return {name: getattr(self, name) for name in ("a", "b", "c", "d", "e", "f")}


def fit_frontier_2020(
    params: FloatArray, compute: FloatArray, loss: FloatArray, run_index: npt.NDArray[np.intp]
) -> FrontierFit:
    """The 2020 procedure.

    Keeps the points between the first compute of the third-smallest run and the last of the
    second-largest, takes the hull in linear axes, fits the frontier to it by least squares,
    takes from each run that touches it the point with the largest excess over the frontier,
    and fits ln(params) there.

    Args:
        params: (n,) size of the run of each point.
        compute: (n,) FLOP.
        loss: (n,) nats per token.
        run_index: (n,) which run each point is of.

    Raises:
        InputError: fewer than four runs, or an envelope of fewer than four points.
    """
    from scipy.optimize import curve_fit, least_squares

    _check_runs(run_index)
    x = compute / UNIT_2020
    sizes = params[np.unique(run_index, return_index=True)[1]]
    order = np.argsort(sizes, kind="stable")
    first, last = x[run_index == order[2]].min(), x[run_index == order[-2]].max()
    kept = np.flatnonzero((x >= first) & (x <= last))
    hull = kept[lower_hull(x[kept], loss[kept])]
    _check_hull(hull)
    (a, b, c), _ = curve_fit(_power, x[hull], loss[hull], p0=(20.0, 0.1, 2.0), maxfev=20_000)
    excess = np.full(x.size, -np.inf)
    excess[kept] = np.log(a / (np.maximum(loss[kept] - c, 1e-12) * x[kept] ** b))
    best = _largest_excess(excess, run_index, hull)
    ln_size = np.log(params[best])

    def misses(theta: FloatArray) -> FloatArray:
        size = theta[0] * x[best] ** theta[1] + theta[2]
        return np.asarray(np.log(np.maximum(size, 1.0)) - ln_size)

    start = np.polyfit(np.log(x[best]), ln_size, 1)
    guess = np.array([np.exp(start[1]), start[0], 0.0])
    scale = np.array([abs(guess[0]), 0.1, float(params.min())])
    d, e, f = least_squares(misses, guess, x_scale=scale, max_nfev=100_000).x
    return FrontierFit(
        a=float(a),
        b=float(b),
        c=float(c),
        d=float(d),
        e=float(e),
        f=float(f),
        compute_unit=UNIT_2020,
        ensemble=np.empty((0, 6)),
        hull=hull,
        best=best,
        n_points=compute.size,
        n_runs=int(run_index.max()) + 1,
        worst_residual=_worst(_power(x[hull], a, b, c), loss[hull]),
    )


def fit_frontier(
    params: FloatArray,
    compute: FloatArray,
    loss: FloatArray,
    run_index: npt.NDArray[np.intp],
    resampling: Resampling,
    progress: Callable[[float], bool] | None = None,
) -> FrontierFit:
    """The robust fit; arguments as in `fit_frontier_2020`.

    Every resample draws whole runs and finds its own envelope, so that the interval knows
    how much the frontier hangs on single runs.

    Raises:
        InputError: fewer than four runs, or an envelope of fewer than four points.
        CancelledError: ``progress`` returned False.
    """
    _check_runs(run_index)
    unit = float(np.exp(np.log(compute).mean()))  # centred: the fit is well conditioned
    x, y = np.log(compute / unit), np.log(loss)
    own = _on_own_hulls(x, y, run_index)
    x, y, run_index, ln_params = x[own], y[own], run_index[own], np.log(params[own])
    members = _members(run_index)
    hull = lower_hull(x, y)
    _check_hull(hull)
    rng = np.random.default_rng(resampling.seed)
    on_hull = np.zeros((1 + resampling.resamples, x.size))
    on_hull[0, hull] = 1.0
    for number in range(1, len(on_hull)):
        if progress is not None and number % 50 == 0 and not progress(number / len(on_hull)):
            raise CancelledError
        drawn = np.unique(rng.integers(0, len(members), len(members)))
        points = np.concatenate([members[i] for i in drawn])
        on_hull[number, points[lower_hull(x[points], y[points])]] = 1.0
    used = np.flatnonzero(on_hull.any(axis=0))
    curves = _frontiers(x[used], y[used], on_hull[:, used])
    sizes, best = _size_laws(x, y, ln_params, run_index, on_hull, curves)
    table = np.concatenate([curves, sizes, np.zeros((len(curves), 1))], axis=1)
    table[on_hull.sum(axis=1) < _LEAST_HULL] = np.nan
    a, b, c, d, e, f = table[0].tolist()
    return FrontierFit(
        a=a,
        b=b,
        c=c,
        d=d,
        e=e,
        f=f,
        compute_unit=unit,
        ensemble=table[1:],
        hull=own[hull],
        best=own[best],
        n_points=compute.size,
        n_runs=len(members),
        worst_residual=_worst(a * np.exp(-b * x[hull]) + c, loss[own[hull]]),
    )


def _members(run_index: npt.NDArray[np.intp]) -> list[npt.NDArray[np.intp]]:
    """Indices of each run's points."""
    ends = np.cumsum(np.bincount(run_index))
    return np.split(np.argsort(run_index, kind="stable"), ends[:-1])


def _on_own_hulls(
    x: FloatArray, y: FloatArray, run_index: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """The points on the hulls of single runs: no other can matter.

    A hull of several runs touches only points of their own hulls, and over a convex falling
    frontier a run's excess is largest at a corner of its hull.
    """
    corners = [run[lower_hull(x[run], y[run])] for run in _members(run_index)]
    return np.sort(np.concatenate(corners))


def _frontiers(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """(resamples, 3) a, b, c of ln loss = LSE(ln a - b x, ln c), all resamples together."""
    one, none = np.ones(x.size), np.zeros(x.size)
    designs = (np.stack([one, -x, none], axis=1), np.stack([none, none, one], axis=1))
    terms = Terms(designs, y, (0.0, 0.0))
    top = float(np.average(y, weights=weights[0]))
    starts = np.array(
        [[top + np.log(1 - s), 0.1 / (1 - s), top + np.log(s)] for s in (0.3, 0.6, 0.8)]
    )
    whole = minimise(terms, starts, weights[0], _DELTA)
    first = whole.theta[int(whole.objective.argmin())]
    theta = minimise(terms, np.repeat(first[None], len(weights), axis=0), weights, _DELTA).theta
    return np.stack([np.exp(theta[:, 0]), theta[:, 1], np.exp(theta[:, 2])], axis=1)


def _size_laws(
    x: FloatArray, y: FloatArray, ln_params: FloatArray, run_index: npt.NDArray[np.intp],
    on_hull: FloatArray, curves: FloatArray,
) -> tuple[FloatArray, npt.NDArray[np.intp]]:  # fmt: skip
    """(resamples, 2) d, e of ln params = ln d + e x, and the points of the first fit."""
    chosen = np.zeros_like(on_hull)
    for row, (a, b, c) in enumerate(curves):
        ln_frontier = np.log(a * np.exp(-b * x) + c)
        chosen[row, _largest_excess(ln_frontier - y, run_index, np.flatnonzero(on_hull[row]))] = 1
    used = np.flatnonzero(chosen.any(axis=0))
    terms = Terms((np.stack([np.ones(used.size), x[used]], axis=1),), ln_params[used], (0.0,))
    slope, level = np.polyfit(x[used], ln_params[used], 1)
    starts = np.repeat([[level, slope]], len(chosen), axis=0)
    theta = minimise(terms, starts, chosen[:, used], _SIZE_DELTA).theta
    return np.stack([np.exp(theta[:, 0]), theta[:, 1]], axis=1), np.flatnonzero(chosen[0])


def _largest_excess(
    excess: FloatArray, run_index: npt.NDArray[np.intp], hull: npt.NDArray[np.intp]
) -> npt.NDArray[np.intp]:
    """Of each run on the hull, the point that lies lowest against the frontier."""
    runs = np.unique(run_index[hull])
    order = np.lexsort((excess, run_index))
    ends = np.searchsorted(run_index[order], runs, side="right") - 1
    return order[ends]


def _power(x: FloatArray, a: float, b: float, c: float) -> FloatArray:
    return np.asarray(a * x**-b + c)


def _worst(predicted: FloatArray, seen: FloatArray) -> float:
    return float(np.abs(np.log(predicted / seen)).max())


def _check_runs(run_index: npt.NDArray[np.intp]) -> None:
    runs = int(run_index.max()) + 1
    if runs < _LEAST_RUNS:
        raise InputError("runs", f"{runs} runs", f"at least {_LEAST_RUNS} runs of different sizes")


def _check_hull(hull: npt.NDArray[np.intp]) -> None:
    if hull.size < _LEAST_HULL:
        raise InputError(
            "runs", f"an envelope of {hull.size} points", "runs that overtake each other"
        )
