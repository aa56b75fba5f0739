"""The same runs under every defensible choice: how much the answer hangs on taste."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.errors import CancelledError, InputError
from core.families.counting import Counting, Decoder
from core.fits.parametric import NAMES, Choices, fit_parametric, optimum
from core.fits.resampling import Resampling
from core.runs.points import RunsTable

OUTLIERS = 5
_COUNTED = {
    "non-embedding": Counting.NON_EMBEDDING,
    "with-head": Counting.WITH_HEAD,
    "with-embeddings": Counting.UNTIED,
}
_OTHERS = tuple(_COUNTED.values())


@dataclass(frozen=True, slots=True)
class Row:
    """One choice and what it makes of the budget.

    Attributes:
        choice: what differs from the fit itself.
        params, tokens, loss: optimum at the budget.
        exponent: beta / (alpha + beta), of N* in compute.
        not_identified: why the row should not be believed; empty is well.
    """

    choice: str
    params: float
    tokens: float
    loss: float
    exponent: float
    not_identified: str


def sensitivity(
    table: RunsTable,
    choices: Choices,
    compute_flops: float,
    progress: Callable[[float], bool] | None = None,
) -> tuple[Row, ...]:
    """N* for the budget under each loss function, without outliers, tied, and each count of N.

    Where the table says what its N counts, it is also fitted with N counted otherwise (GPT-2's
    vocabulary, d / L = 128); such a row is given back in the table's own count.

    Args:
        table: the runs.
        choices: the fit that the rows are compared with.
        compute_flops: budget, C = 6 N D.
        progress: called with the fraction done; returning False cancels.

    Raises:
        CancelledError: ``progress`` returned False.
    """
    quick = replace(choices, resampling=Resampling(0, choices.resampling.seed), starts=16)
    drop = quick.drop_highest_loss
    variants = [
        ("as fitted", quick),
        ("Huber on the log", replace(quick, objective="huber")),
        ("least absolute deviation", replace(quick, objective="lad")),
        ("least squares on the log", replace(quick, objective="log-ls")),
        ("alpha = beta", replace(quick, tied=True)),
        (
            f"without the {OUTLIERS} highest losses more",
            replace(quick, drop_highest_loss=drop + OUTLIERS),
        ),
    ]
    if drop:
        variants.append(("with all points", replace(quick, drop_highest_loss=0)))
    given = _COUNTED.get(table.params_counted)
    others = [other for other in _OTHERS if given is not None and other is not given]
    rows: list[Row] = []
    total = len(variants) + len(others)
    for name, variant in variants:
        _check(progress, len(rows) / total)
        rows.append(_row(name, table, variant, compute_flops))
    for other in others:
        _check(progress, len(rows) / total)
        rows.append(_recounted(table, quick, compute_flops, given or other, other))
    _check(progress, 1.0)
    return tuple(rows)


def _check(progress: Callable[[float], bool] | None, fraction: float) -> None:
    if progress is not None and not progress(fraction):
        raise CancelledError


def _recounted(
    table: RunsTable, choices: Choices, compute_flops: float, given: Counting, other: Counting
) -> Row:
    """The fit with N counted as ``other``, its N* counted back."""
    decoder = Decoder()
    params = np.asarray(decoder.convert(table.params, given, other))
    row = _row(f"N counted {other.value}", replace(table, params=params), choices, compute_flops)
    if not np.isfinite(row.params):
        return row
    return replace(row, params=float(decoder.convert(row.params, other, given)))


def _row(name: str, table: RunsTable, choices: Choices, compute_flops: float) -> Row:
    nothing = float("nan")
    try:
        fit = fit_parametric(table.params, table.tokens, table.loss, table.run_index, choices)
    except InputError as error:
        return Row(name, nothing, nothing, nothing, nothing, str(error))
    coefficients = np.array([[fit.coefficients[key] for key in NAMES]])
    params, tokens, loss = (float(part[0]) for part in optimum(coefficients, compute_flops))
    alpha, beta = fit.coefficients["alpha"], fit.coefficients["beta"]
    reasons = "; ".join(sorted(set(fit.not_identified.values())))
    return Row(name, params, tokens, loss, beta / (alpha + beta), reasons)
