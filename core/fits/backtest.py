"""Hide the largest computes, refit, and see how far the forecast is off."""

from dataclasses import dataclass, replace

import numpy as np

from core.errors import InputError
from core.fits.parametric import NAMES, Choices, fit_parametric
from core.fits.resampling import Resampling
from core.ops import FloatArray
from core.runs.points import RunsTable


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """What a fit of the smaller runs says of the larger ones.

    Attributes:
        hidden_share: part of the points that was hidden.
        cut_flops: the largest compute that the fit saw.
        compute_flops, seen, predicted: (n_hidden,) the hidden points.
        relative_error: (n_hidden,) predicted / seen - 1.
        median_error, largest_error: of |relative_error|.
        error_per_decade: |relative error| gained per decade of compute beyond the cut.
        decades: how far the hidden points reach beyond the cut.
        coefficients: of the fit that saw only the smaller computes.
    """

    hidden_share: float
    cut_flops: float
    compute_flops: FloatArray
    seen: FloatArray
    predicted: FloatArray
    relative_error: FloatArray
    median_error: float
    largest_error: float
    error_per_decade: float
    decades: float
    coefficients: dict[str, float]


def backtest(table: RunsTable, hide: float, choices: Choices) -> Backtest:
    """Hide the points of the largest ``hide`` share of compute and forecast them.

    Raises:
        InputError: ``hide`` is no share, or too few points are left on either side.
    """
    if not 0 < hide < 1:
        raise InputError("hide", hide, "a share between 0 and 1")
    cut = float(np.quantile(table.compute_flops, 1 - hide))
    shown = table.compute_flops <= cut
    if (~shown).sum() < 2 or shown.sum() <= len(NAMES):
        raise InputError("hide", hide, f"a share that leaves more than {len(NAMES)} points to fit")
    quick = replace(choices, resampling=Resampling(0, choices.resampling.seed))
    small = table.subset(shown)
    fit = fit_parametric(small.params, small.tokens, small.loss, small.run_index, quick)
    a, b, e, alpha, beta = (fit.coefficients[name] for name in NAMES)
    hidden = ~shown
    seen = table.loss[hidden]
    predicted = e + a * table.params[hidden] ** -alpha + b * table.tokens[hidden] ** -beta
    error = predicted / seen - 1
    beyond = np.log10(table.compute_flops[hidden] / cut)
    per_decade = float(np.abs(error) @ beyond / (beyond @ beyond))
    return Backtest(
        hidden_share=hide,
        cut_flops=cut,
        compute_flops=table.compute_flops[hidden],
        seen=seen,
        predicted=np.asarray(predicted),
        relative_error=np.asarray(error),
        median_error=float(np.median(np.abs(error))),
        largest_error=float(np.abs(error).max()),
        error_per_decade=per_decade,
        decades=float(beyond.max()),
        coefficients=fit.coefficients,
    )
