"""The table twins of the fit view's plots."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QCoreApplication

from core.fits.backtest import Backtest
from core.fits.lines import Residuals
from core.fits.sensitivity import Row
from core.quantities import format_count, format_number, format_scientific
from core.runs.points import RunsTable
from gui.plots.fan_plot import FanRow
from gui.plots.rows_model import Column, RowsModel

translate = QCoreApplication.translate


def fill_points(model: RowsModel, table: RunsTable, residuals: Residuals | None) -> None:
    """Every point of the runs, and what a fit leaves over of it."""

    def name(row: int) -> str:
        return table.run_names[int(table.run_index[row])]

    columns = [
        Column(translate("Fit", "run"), name),
        Column(translate("Fit", "parameters"), _cells(table.params), format_count),
        Column(translate("Fit", "tokens"), _cells(table.tokens), format_count),
        Column(translate("Fit", "compute, FLOP"), _cells(table.compute_flops), format_scientific),
        Column(translate("Fit", "loss, nats"), _cells(table.loss), _three_decimals),
    ]
    if residuals is not None:
        left = np.full(table.n_points, np.nan)
        left[residuals.points] = residuals.ln_ratio
        columns.append(Column(translate("Fit", "residual"), _cells(left), _percent))
    model.set_rows(columns, table.n_points)


def fill_backtest(model: RowsModel, found: Backtest | None) -> None:
    """Every hidden point."""
    if found is None:
        model.set_rows([], 0)
        return
    columns = [
        Column(translate("Fit", "compute, FLOP"), _cells(found.compute_flops), format_scientific),
        Column(translate("Fit", "seen, nats"), _cells(found.seen), _three_decimals),
        Column(translate("Fit", "forecast, nats"), _cells(found.predicted), _three_decimals),
        Column(translate("Fit", "error"), _cells(found.relative_error), _percent),
    ]
    model.set_rows(columns, found.seen.size)


def fan_rows(rows: Sequence[Row]) -> list[FanRow]:
    """The rows of a sensitivity, in the language of the window."""
    return [
        FanRow(translate("core", row.choice), row.params, row.not_identified, number == 0)
        for number, row in enumerate(rows)
    ]


def fill_fan(model: RowsModel, rows: Sequence[Row], shown: Sequence[FanRow]) -> None:
    """Every choice."""

    def label(row: int) -> str:
        return shown[row].label

    def remark(row: int) -> str:
        return shown[row].problem

    def numbers(name: str) -> npt.NDArray[np.float64]:
        # a row that is not identified has no number to copy or to believe
        return np.array([np.nan if row.not_identified else getattr(row, name) for row in rows])

    columns = [
        Column(translate("Fit", "choice"), label),
        Column(translate("Fit", "optimal parameters"), _cells(numbers("params")), format_count),
        Column(translate("Fit", "tokens"), _cells(numbers("tokens")), format_count),
        Column(translate("Fit", "loss, nats"), _cells(numbers("loss")), _three_decimals),
        Column(translate("Fit", "exponent of N"), _cells(numbers("exponent")), _three_decimals),
        Column(translate("Fit", "remark"), remark),
    ]
    model.set_rows(columns if rows else [], len(rows), [row.problem for row in shown])


def _cells(values: npt.NDArray[np.float64]) -> Callable[[int], float]:
    """Looks a row up when it is shown."""
    return values.item


def _three_decimals(value: float) -> str:
    return f"{value:.3f}"


def _percent(share: float) -> str:
    sign = "+" if share > 0 else "−" if share < 0 else ""
    return f"{sign}{format_number(abs(share) * 100, 3)}\u00a0%"
