"""One door to every fit: a runs table and choices in, a report that says how sure it is out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

import core
from core.errors import InputError
from core.fits.data_constrained import FreshLaw, fit_data_constrained
from core.fits.frontier import FrontierFit, fit_frontier, fit_frontier_2020
from core.fits.isoflop import Valley, fit_isoflop
from core.fits.parametric import NAMES, Choices, fit_parametric, optimum
from core.fits.resampling import interval, standard_error
from core.ops import FloatArray
from core.quantities import Estimate, format_number, format_scientific
from core.runs.points import RunsTable

Method = Literal["parametric", "frontier", "frontier-2020", "isoflop", "data-constrained"]
METHODS: tuple[Method, ...] = (
    "parametric",
    "frontier",
    "frontier-2020",
    "isoflop",
    "data-constrained",
)
Progress = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class FitRequest:
    """What is to be fitted, and how.

    Attributes:
        method: which approach.
        choices: objective, constraints and bootstrap; only the bootstrap counts outside of
            the parametric fit.
        valley: polynomial of an isoFLOP profile.
        fresh: law of data seen once, for the data-constrained fit.
        target_flops: budget that the optimum is worked out for; None for the largest seen.
    """

    method: Method = "parametric"
    choices: Choices = field(default_factory=Choices)
    valley: Valley = "cubic"
    fresh: FreshLaw | None = None
    target_flops: float | None = None


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A fitted number.

    Attributes:
        estimate: value and interval; None where the runs cannot tell it.
        se: bootstrap standard error.
        reason: why there is no value; empty where there is one.
    """

    estimate: Estimate | None
    se: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class FitReport:
    """A fit with everything needed to believe it or not.

    Attributes:
        request: what was asked.
        coefficients: by name, in the method's order.
        objective: the sum that was minimised; None where the method minimises none.
        n_points, n_runs: what the fit rests on.
        starts_agreeing, starts: certificate of the parametric fit, None elsewhere.
        gradient_norm: at the minimum, likewise.
        exponent_n: exponent of N* in compute; None where it is not identified.
        target_flops: the budget of ``optimum``.
        optimum: ``params``, ``tokens`` and ``loss`` at the budget, those that are known.
        warnings: sentences.
        ensemble: (resamples, n_coefficients) in the order of ``coefficients``.
        compute_range: least and greatest compute of the runs, FLOP.
        params_range: smallest and largest size.
        params_counted, source, data_hash, version: what was fitted, by what.
        detail: the method's own result, for plots.
    """

    request: FitRequest
    coefficients: dict[str, Coefficient]
    objective: float | None
    n_points: int
    n_runs: int
    starts_agreeing: int | None
    starts: int | None
    gradient_norm: float | None
    exponent_n: Estimate | None
    target_flops: float
    optimum: dict[str, Estimate]
    warnings: tuple[str, ...]
    ensemble: FloatArray
    compute_range: tuple[float, float]
    params_range: tuple[float, float]
    params_counted: str
    source: str
    data_hash: str
    version: str
    detail: object

    def value(self, name: str) -> float:
        """The value of a coefficient, NaN where it is not identified."""
        estimate = self.coefficients[name].estimate
        return float("nan") if estimate is None else estimate.value


@dataclass(slots=True)
class _Parts:
    """What differs between the methods."""

    coefficients: dict[str, Coefficient]
    ensemble: FloatArray
    detail: object
    objective: float | None = None
    starts_agreeing: int | None = None
    starts: int | None = None
    gradient_norm: float | None = None
    exponent_n: Estimate | None = None
    n_points: int | None = None
    n_runs: int | None = None
    optimum: dict[str, Estimate] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def fit(table: RunsTable, request: FitRequest, progress: Progress | None = None) -> FitReport:
    """Fit the table; the same table, request and version give the same report.

    Raises:
        InputError: the runs cannot carry the fit; says what is missing.
        CancelledError: ``progress`` returned False.
    """
    target = request.target_flops
    if target is None:
        target = float(table.compute_flops.max())
    elif not 0 < target < np.inf:
        raise InputError("target_flops", target, "a positive number of FLOP")
    source = f"{request.method} fit of {table.source}"
    if request.method == "parametric":
        parts = _parametric(table, request, target, source, progress)
    elif request.method in ("frontier", "frontier-2020"):
        parts = _frontier(table, request, target, source, progress)
    elif request.method == "isoflop":
        parts = _isoflop(table, request, target, source, progress)
    else:
        parts = _data_constrained(table, request, progress)
    parts.warnings += _extrapolation(table, target)
    return FitReport(
        request=request,
        coefficients=parts.coefficients,
        objective=parts.objective,
        n_points=table.n_points if parts.n_points is None else parts.n_points,
        n_runs=table.n_runs if parts.n_runs is None else parts.n_runs,
        starts_agreeing=parts.starts_agreeing,
        starts=parts.starts,
        gradient_norm=parts.gradient_norm,
        exponent_n=parts.exponent_n,
        target_flops=target,
        optimum=parts.optimum,
        warnings=tuple(parts.warnings),
        ensemble=parts.ensemble,
        compute_range=(float(table.compute_flops.min()), float(table.compute_flops.max())),
        params_range=(float(table.params.min()), float(table.params.max())),
        params_counted=table.params_counted,
        source=table.source,
        data_hash=table.data_hash,
        version=core.__version__,
        detail=parts.detail,
    )


def _parametric(
    table: RunsTable, request: FitRequest, target: float, source: str, progress: Progress | None
) -> _Parts:
    found = fit_parametric(
        table.params, table.tokens, table.loss, table.run_index, request.choices, progress
    )
    coefficients = {
        name: _coefficient(
            found.coefficients[name], found.ensemble[:, i], source, found.not_identified.get(name)
        )
        for i, name in enumerate(NAMES)
    }
    parts = _Parts(
        coefficients,
        found.ensemble,
        found,
        found.objective,
        found.starts_agreeing,
        found.starts,
        found.gradient_norm,
        n_points=found.n_points,
        n_runs=found.n_runs,
    )
    for reason in sorted(set(found.not_identified.values())):
        names = ", ".join(n for n in NAMES if found.not_identified.get(n) == reason)
        parts.warnings.append(f"Not identified: {names}, because {reason}.")
    if found.starts_agreeing < found.starts:
        parts.warnings.append(
            f"Only {found.starts_agreeing} of {found.starts} starts agree on the minimum."
        )
    resampling = request.choices.resampling
    if resampling.resamples and not len(found.ensemble):
        parts.warnings.append(
            "No interval: all points are of one run, and runs are drawn; draw points instead."
        )
    if set(found.not_identified) <= {"E"}:
        whole = np.array([[found.coefficients[name] for name in NAMES]])
        centre, cloud = optimum(whole, target), optimum(found.ensemble, target)
        for i, name in enumerate(("params", "tokens", "loss")):
            parts.optimum[name] = interval(float(centre[i][0]), cloud[i], source)
        share = _exponent(whole)[0]
        parts.exponent_n = interval(float(share), _exponent(found.ensemble), source)
    return parts


def _exponent(coefficients: FloatArray) -> FloatArray:
    """N* grows as C to the beta / (alpha + beta) (Hoffmann et al. 2022, eq. 4)."""
    return np.asarray(coefficients[:, 4] / (coefficients[:, 3] + coefficients[:, 4]))


def _frontier(
    table: RunsTable, request: FitRequest, target: float, source: str, progress: Progress | None
) -> _Parts:
    columns = (table.params, table.compute_flops, table.loss, table.run_index)
    if request.method == "frontier-2020":
        found = fit_frontier_2020(*columns)
    else:
        found = fit_frontier(*columns, request.choices.resampling, progress)
    coefficients = {
        name: _coefficient(value, found.ensemble[:, i], source, None)
        for i, (name, value) in enumerate(found.coefficients.items())
    }
    parts = _Parts(coefficients, found.ensemble, found)
    parts.exponent_n = interval(found.e, found.ensemble[:, 4], source)
    whole = np.array([list(found.coefficients.values())])
    centre, cloud = _at(found, whole, target), _at(found, found.ensemble, target)
    for i, name in enumerate(("params", "tokens", "loss")):
        parts.optimum[name] = interval(float(centre[i][0]), cloud[i], source)
    if request.method == "frontier-2020":
        parts.warnings.append(
            "The 2020 procedure gives no interval, and its exponent is fragile: 0.87 on the "
            "first 19 runs of its own data, 0.72 on all 28."
        )
    return parts


def _at(fit: FrontierFit, table: FloatArray, target: float) -> tuple[FloatArray, ...]:
    """N*, D* and loss of (p, 6) coefficients at a compute."""
    a, b, c, d, e, f = table.T
    x = target / fit.compute_unit
    params = d * x**e + f
    return params, target / 6 / params, a * x**-b + c


def _isoflop(
    table: RunsTable, request: FitRequest, target: float, source: str, progress: Progress | None
) -> _Parts:
    resampling = request.choices.resampling
    columns = (table.params, table.compute_flops, table.loss)
    found = fit_isoflop(*columns, resampling, request.valley, progress)
    coefficients = {
        "d": _coefficient(found.d, found.ensemble[:, 0], source, None),
        "e": _coefficient(found.e, found.ensemble[:, 1], source, None),
    }
    parts = _Parts(coefficients, found.ensemble, found)
    parts.exponent_n = interval(found.e, found.ensemble[:, 1], source)
    params = found.d * target**found.e
    cloud = found.ensemble[:, 0] * target ** found.ensemble[:, 1]
    parts.optimum["params"] = interval(params, cloud, source)
    parts.optimum["tokens"] = interval(target / 6 / params, target / 6 / cloud, source)
    for budget in found.budgets:
        if budget.problem:
            at = format_scientific(budget.compute)
            parts.warnings.append(f"The budget of {at} FLOP is not used: {budget.problem}.")
    if request.valley == "parabola":
        parts.warnings.append(
            "A parabola leans by about 5 % in N* where sizes span a factor of 16 to either side."
        )
    return parts


def _data_constrained(table: RunsTable, request: FitRequest, progress: Progress | None) -> _Parts:
    if table.unique_tokens is None:
        raise InputError("unique_tokens", "no such column", "a column of unique tokens")
    if request.fresh is None:
        raise InputError("fresh", "none", "a law of fresh data, held fixed")
    found = fit_data_constrained(
        request.fresh,
        table.params,
        table.tokens,
        table.unique_tokens,
        table.loss,
        request.choices.resampling,
        progress,
    )
    coefficients = {
        "R_D_star": Coefficient(found.r_d_star, standard_error(np.log(found.ensemble[:, 0]))),
        "R_N_star": Coefficient(found.r_n_star, standard_error(np.log(found.ensemble[:, 1]))),
    }
    parts = _Parts(coefficients, found.ensemble, found, found.objective)
    parts.warnings += [f"{reason}." for reason in found.not_identified]
    return parts


def _coefficient(value: float, cloud: FloatArray, source: str, reason: str | None) -> Coefficient:
    if reason is not None:
        return Coefficient(None, None, reason)
    return Coefficient(interval(value, cloud, source), standard_error(cloud))


def _extrapolation(table: RunsTable, target: float) -> list[str]:
    low, high = float(table.compute_flops.min()), float(table.compute_flops.max())
    decades = np.log10(target / high) if target > high else np.log10(low / target)
    if low <= target <= high or decades < 0.05:
        return []
    side = "beyond the largest" if target > high else "below the smallest"
    return [
        f"The budget lies {format_number(float(decades), 2)} decades {side} compute of the runs."
    ]
