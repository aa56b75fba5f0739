"""The coefficients of a fit with their intervals, and the certificate that it converged."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from core.fits.report import Coefficient, FitReport
from core.quantities import format_count, format_number, format_scientific
from gui.plots.rows_model import Cell, Column, RowsModel
from gui.widgets.card import Card
from gui.widgets.text import restyle, text_label

_ROW_HEIGHT = 24
_GREEK = {"alpha": "α", "beta": "β", "R_D_star": "R_D*", "R_N_star": "R_N*"}


class CoefficientsCard(Card):
    """A small table: name, value, interval, standard error."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Coefficients"))
        self.model = RowsModel(self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setProperty("role", "small")
        self.table.setAccessibleName(self.tr("Coefficients"))
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self.table.horizontalHeader().setMinimumSectionSize(24)
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.table)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._copy)
        self.certificate = text_label("", "note", wraps=True)
        self.add(self.table, self.certificate)

    def show_report(self, report: FitReport) -> None:
        """Show every coefficient; one that is not identified has no number."""
        found = report.coefficients
        names, parts = list(found), list(found.values())
        columns = [Column("", [_GREEK.get(name, name) for name in names].__getitem__)]
        for title, pick in (
            (self.tr("value"), _value),
            (self.tr("low"), _low),
            (self.tr("high"), _high),
            (self.tr("se"), _se),
        ):
            cells = [pick(part) for part in parts]
            columns.append(Column(title, cells.__getitem__, _rough if pick is _se else _short))
        self.model.set_rows(columns, len(names), [part.reason for part in parts])
        self.table.clearSpans()
        for row, part in enumerate(parts):
            if part.estimate is None:
                self.table.setSpan(row, 1, 1, 4)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        height = header.sizeHint().height() + len(names) * _ROW_HEIGHT + 4
        self.table.setFixedHeight(height)
        self._show_certificate(report)

    def _show_certificate(self, report: FitReport) -> None:
        lines = []
        caution = False
        if report.starts is not None and report.starts_agreeing is not None:
            caution = report.starts_agreeing < report.starts
            lines.append(
                self.tr("{0} of {1} starts agree · gradient {2}").format(
                    report.starts_agreeing,
                    report.starts,
                    _power(report.gradient_norm or 0.0),
                )
            )
        if report.objective is not None:
            lines.append(self.tr("objective {0}").format(format_number(report.objective, 5)))
        lines.append(
            self.tr("{0} points · {1} runs · data {2}").format(
                f"{report.n_points:,}", f"{report.n_runs:,}", report.data_hash[:8]
            )
        )
        self.certificate.setText("\n".join(lines))
        self.certificate.setToolTip(
            self.tr("Isoloss {0}, data SHA-256 {1}").format(report.version, report.data_hash)
        )
        self.certificate.setProperty("role", "caution" if caution else "note")
        restyle(self.certificate)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.model.as_tsv())


def _value(part: Coefficient) -> Cell:
    if part.estimate is None:
        return QCoreApplication.translate("Fit", "not identified")
    return part.estimate.value


def _low(part: Coefficient) -> Cell:
    return _or_nan(None if part.estimate is None or part.se == 0 else part.estimate.low)


def _high(part: Coefficient) -> Cell:
    return _or_nan(None if part.estimate is None or part.se == 0 else part.estimate.high)


def _se(part: Coefficient) -> Cell:
    return _or_nan(part.se or None)  # 0: held fixed, which is not the same as known for sure


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _short(value: float) -> str:
    size = abs(value)
    if size >= 1e6:
        return format_count(value)
    if size >= 1e4:
        return f"{value:,.0f}"
    return format_number(value, 4 if 1e-4 <= size < 1 else 3)


def _rough(value: float) -> str:
    return format_number(value, 2) if value < 1e4 else _short(value)


def _power(value: float) -> str:
    return format_scientific(value, 1) if value > 0 else "0"
