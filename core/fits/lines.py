"""What a fit says along compute, to draw or to read off at another budget without refitting."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from core.fits.frontier import FrontierFit
from core.fits.isoflop import IsoflopFit
from core.fits.parametric import NAMES, ParametricFit, optimum
from core.fits.report import FitReport
from core.fits.resampling import LEVEL, interval
from core.ops import FloatArray
from core.quantities import Estimate, format_number
from core.runs.points import RunsTable

MOST_SIZES = 60  # lines of single sizes; more than an eye can follow
_POINTS_OF_SIZE = 32
_LEAST_REACH = 1.5  # a size seen at one compute gets a line this far to either side
_SAME_SIZE = 0.001  # in ln N: rounded counts of one model
_BUDGET_WARNING = "The budget lies "
_QUANTITIES = ("params", "tokens", "loss")


@dataclass(frozen=True, slots=True, eq=False)
class SizeLine:
    """Fitted loss of one model size along compute.

    Attributes:
        params: the size.
        compute_flops, loss: (n,), compute rising.
    """

    params: float
    compute_flops: FloatArray
    loss: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FrontierLine:
    """The optimum along compute with its interval.

    Attributes:
        compute_flops: (n,), rising.
        params, loss: (n,) N* and its loss; None where the method gives none.
        params_low, params_high, loss_low, loss_high: (n,) interval; None without a bootstrap.
    """

    compute_flops: FloatArray
    params: FloatArray | None
    params_low: FloatArray | None
    params_high: FloatArray | None
    loss: FloatArray | None
    loss_low: FloatArray | None
    loss_high: FloatArray | None


@dataclass(frozen=True, slots=True, eq=False)
class Residuals:
    """How far the fit is from the points that it rests on.

    Attributes:
        points: (n,) rows of the table.
        ln_ratio: (n,) ln(predicted) - ln(seen).
    """

    points: npt.NDArray[np.intp]
    ln_ratio: FloatArray


def frontier_line(report: FitReport, low: float, high: float, n: int = 160) -> FrontierLine | None:
    """The optimum from compute ``low`` to ``high``; None where the runs do not give one."""
    evaluate = _evaluator(report)
    if evaluate is None:
        return None
    compute = np.geomspace(low, high, n)
    centre = evaluate(_centre(report), compute)
    clouds = evaluate(report.ensemble, compute) if len(report.ensemble) else (None,) * 3
    params, loss = (None if part is None else part[0] for part in (centre[0], centre[2]))
    return FrontierLine(
        compute, params, *_band(clouds[0], params), loss, *_band(clouds[2], loss)
    )  # fmt: skip


def size_lines(report: FitReport, table: RunsTable) -> tuple[SizeLine, ...]:
    """Fitted loss of the sizes in the table, at most `MOST_SIZES` of them evenly by rank."""
    if not isinstance(report.detail, ParametricFit):
        return ()
    a, b, e, alpha, beta = (report.detail.coefficients[name] for name in NAMES)
    order = np.argsort(table.params, kind="stable")
    ln_n = np.log(table.params[order])
    groups = np.split(order, np.flatnonzero(np.diff(ln_n) > _SAME_SIZE) + 1)
    if len(groups) > MOST_SIZES:
        groups = [groups[i] for i in np.linspace(0, len(groups) - 1, MOST_SIZES).astype(int)]
    lines = []
    for group in groups:
        size = float(np.median(table.params[group]))
        # C / D of the points, not 6 N: a table may count its own compute
        per_token = float(np.median(table.compute_flops[group] / table.tokens[group]))
        first, last = table.compute_flops[group].min(), table.compute_flops[group].max()
        if last < first * _LEAST_REACH:
            first, last = first / _LEAST_REACH, last * _LEAST_REACH
        compute = np.geomspace(first, last, _POINTS_OF_SIZE)
        loss = e + a * size**-alpha + b * (compute / per_token) ** -beta
        lines.append(SizeLine(size, compute, loss))
    return tuple(lines)


def fit_residuals(report: FitReport, table: RunsTable) -> Residuals | None:
    """The points that were fitted and how far off; None where the method predicts no loss."""
    detail = report.detail
    if isinstance(detail, ParametricFit):
        return Residuals(detail.kept, detail.residuals)
    if isinstance(detail, FrontierFit):
        x = table.compute_flops[detail.hull] / detail.compute_unit
        predicted = detail.a * x**-detail.b + detail.c
        return Residuals(detail.hull, np.log(predicted / table.loss[detail.hull]))
    return None


def at_budget(report: FitReport, target_flops: float) -> FitReport:
    """The same fit read off at another budget; nothing is fitted again."""
    evaluate = _evaluator(report)
    found: dict[str, Estimate] = {}
    if evaluate is not None:
        source = next(iter(report.optimum.values())).source if report.optimum else report.source
        compute = np.array([target_flops])
        centre, cloud = evaluate(_centre(report), compute), evaluate(report.ensemble, compute)
        for name, value, spread in zip(_QUANTITIES, centre, cloud, strict=True):
            if value is not None and spread is not None:
                found[name] = interval(float(value[0, 0]), spread[:, 0], source)
    others = [text for text in report.warnings if not text.startswith(_BUDGET_WARNING)]
    return replace(
        report,
        target_flops=target_flops,
        optimum=found,
        warnings=(*others, *_beyond(report.compute_range, target_flops)),
    )


def _beyond(seen: tuple[float, float], target: float) -> tuple[str, ...]:
    low, high = seen
    decades = float(np.log10(target / high) if target > high else np.log10(low / target))
    if low <= target <= high or decades < 0.05:
        return ()
    side = "beyond the largest" if target > high else "below the smallest"
    number = format_number(decades, 2)
    return (f"{_BUDGET_WARNING}{number} decades {side} compute of the runs.",)


_Optimum = tuple[FloatArray | None, FloatArray | None, FloatArray | None]
_Evaluator = Callable[[FloatArray, FloatArray], _Optimum]


def _evaluator(report: FitReport) -> _Evaluator | None:
    """N*, D* and loss, each (p, n), of (p, k) coefficients at (n,) compute."""
    detail = report.detail
    if isinstance(detail, ParametricFit):
        return _parametric if set(detail.not_identified) <= {"E"} else None
    if isinstance(detail, FrontierFit):
        unit = detail.compute_unit

        def frontier(table: FloatArray, compute: FloatArray) -> _Optimum:
            a, b, c, d, e, f = table.T[:, :, None]
            x = compute / unit
            params = d * x**e + f
            return params, compute / 6 / params, a * x**-b + c

        return frontier
    return _isoflop if isinstance(detail, IsoflopFit) else None


def _parametric(table: FloatArray, compute: FloatArray) -> _Optimum:
    params, tokens, loss = np.empty((3, len(table), compute.size))
    for i, budget in enumerate(compute.tolist()):
        params[:, i], tokens[:, i], loss[:, i] = optimum(table, budget)
    return params, tokens, loss


def _isoflop(table: FloatArray, compute: FloatArray) -> _Optimum:
    params = table[:, :1] * compute ** table[:, 1:]
    return params, compute / 6 / params, None


def _centre(report: FitReport) -> FloatArray:
    detail = report.detail
    if isinstance(detail, ParametricFit):
        return np.array([[detail.coefficients[name] for name in NAMES]])
    if isinstance(detail, FrontierFit):
        return np.array([list(detail.coefficients.values())])
    return np.array([[report.value(name) for name in report.coefficients]])


def _band(
    cloud: FloatArray | None, centre: FloatArray | None
) -> tuple[FloatArray | None, FloatArray | None]:
    if cloud is None or centre is None:
        return None, None
    usable = cloud[np.isfinite(cloud).all(axis=1)]
    if len(usable) < 20:
        return None, None
    low, high = np.quantile(usable, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return np.asarray(low), np.asarray(high)
