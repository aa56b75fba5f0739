"""The same runs under every defensible choice: how much the answer hangs on taste."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.errors import InputError
from core.fits.parametric import NAMES, Choices, fit_parametric, optimum
from core.fits.resampling import Resampling
from core.runs.points import RunsTable

OUTLIERS = 5


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


def sensitivity(table: RunsTable, choices: Choices, compute_flops: float) -> tuple[Row, ...]:
    """N* for the budget under each loss function, without outliers, and tied.

    Args:
        table: the runs.
        choices: the fit that the rows are compared with.
        compute_flops: budget, C = 6 N D.
    """
    quick = replace(choices, resampling=Resampling(0, choices.resampling.seed), starts=16)
    drop = quick.drop_highest_loss
    variants: list[tuple[str, Callable[[], Choices]]] = [
        ("as fitted", lambda: quick),
        ("Huber on the log", lambda: replace(quick, objective="huber")),
        ("least absolute deviation", lambda: replace(quick, objective="lad")),
        ("least squares on the log", lambda: replace(quick, objective="log-ls")),
        ("alpha = beta", lambda: replace(quick, tied=True)),
        (
            f"without the {OUTLIERS} highest losses more",
            lambda: replace(quick, drop_highest_loss=drop + OUTLIERS),
        ),
    ]
    if drop:
        variants.append(("with all points", lambda: replace(quick, drop_highest_loss=0)))
    return tuple(_row(name, table, make(), compute_flops) for name, make in variants)


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
