"""Residuals, back-test and sensitivity of a fit, each as a plot and as a table."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPushButton, QStackedWidget, QTabBar, QTableView, QWidget

from core.errors import InputError
from core.fits.backtest import Backtest
from core.quantities import format_number
from gui.plots.backtest_plot import BacktestPlot
from gui.plots.colours import SizeScale
from gui.plots.fan_plot import FanPlot
from gui.plots.log_plot import LogPlot
from gui.plots.residual_plot import ResidualPlot
from gui.plots.rows_model import RowsModel
from gui.theme import Theme
from gui.views.fit import tables
from gui.views.fit.data_card import refusal_text
from gui.views.fit.state import HIDDEN_SHARE, FitState
from gui.widgets.card import Card
from gui.widgets.choice_field import FocusedWheelComboBox
from gui.widgets.text import text_label

RESIDUALS, BACKTEST, FAN = range(3)
_SHARES = (0.1, 0.2, 0.3, 0.5)
_MOST_DRAWN = 20_000


class TrustCard(Card):
    """Three tabs in the title line; a switch turns each plot into its table."""

    def __init__(self, state: FitState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.setAccessibleName(self.tr("How far to trust the fit"))
        self._state = state
        self.residuals = ResidualPlot(theme)
        self.backtest = BacktestPlot(theme)
        self.fan = FanPlot(theme)
        self._models = tuple(RowsModel(self) for _ in range(3))
        self.empty = text_label("", "empty", wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.table = QTableView()
        self._prepare_table()
        self._stack = QStackedWidget()
        for page in (self.residuals, self.backtest, self.fan, self.table, self.empty):
            self._stack.addWidget(page)
        self._make_header()
        self.add(self._stack)
        self.setMinimumHeight(170)
        self.tabs.currentChanged.connect(self._on_tab)
        self.as_table.toggled.connect(self._show_page)
        self.share.activated.connect(self._on_share)
        state.data_changed.connect(self._show_residuals)
        state.report_changed.connect(self._on_report)
        state.fan_changed.connect(self._show_fan)
        state.backtest_changed.connect(self._show_backtest)
        self._shown: object = None
        self._show_residuals()
        self._show_fan()
        self._show_backtest()

    @property
    def plot(self) -> LogPlot | None:
        """The plot on show, if it is one that can be zoomed and saved."""
        page = self._stack.currentWidget()
        return page if isinstance(page, LogPlot) else None

    @property
    def points(self) -> RowsModel:
        """The table twin of what is on show."""
        return self._models[self.tabs.currentIndex()]

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        for widget in (self.residuals, self.backtest, self.fan):
            widget.set_theme(theme)

    def _make_header(self) -> None:
        self._title.hide()
        self.tabs = QTabBar()
        self.tabs.setProperty("role", "small")
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("How far to trust the fit"))
        for text, tip in (
            (self.tr("Residuals"), self.tr("What the fit leaves over, point by point")),
            (self.tr("Back-test"), self.tr("Hide the largest computes, refit, and forecast them")),
            (self.tr("Sensitivity"), self.tr("The same runs under every defensible choice")),
        ):
            self.tabs.setTabToolTip(self.tabs.addTab(text), tip)
        self.share: QComboBox = FocusedWheelComboBox()
        self.share.setAccessibleName(self.tr("Part of the points that is hidden"))
        self.share.setToolTip(self.tr("Part of the points, by compute, that the fit must forecast"))
        for value in _SHARES:
            self.share.addItem(self.tr("hide {0}\u00a0%").format(f"{value:.0%}"[:-1]), value)
        self.share.setCurrentIndex(_SHARES.index(HIDDEN_SHARE))
        self.as_table = QPushButton(self.tr("Table"))
        self.as_table.setProperty("role", "link")
        self.as_table.setCheckable(True)
        self.as_table.setToolTip(self.tr("Show the points as a table"))
        self.as_table.setAccessibleName(self.tr("Show the points as a table"))
        self.header.insertWidget(0, self.tabs)
        self.header.addStretch(1)
        self.header.addWidget(self.share)
        self.header.addWidget(self.as_table)

    def _prepare_table(self) -> None:
        self.table.setAccessibleName(self.tr("Points as a table"))
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(26)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.horizontalHeader().setResizeContentsPrecision(100)
        self.table.setTabKeyNavigation(False)

    def _on_tab(self) -> None:
        self._show_page()

    def _on_share(self, index: int) -> None:
        self._state.set_hidden_share(_SHARES[index])

    def _on_report(self) -> None:
        """Another budget moves the fan's band; another fit changes everything."""
        if self._state.fitted is not self._shown:
            self._show_residuals()
            self._show_backtest()
        self._show_fan()

    def _show_residuals(self) -> None:
        fitted, data = self._state.fitted, self._state.data
        self._shown = fitted
        found = None if fitted is None else fitted.residuals
        tables.fill_points(self._models[RESIDUALS], data.table, found)
        if found is not None:
            step = -(-found.points.size // _MOST_DRAWN)  # drawn thinned, listed whole
            rows, values = found.points[::step], found.ln_ratio[::step]
            table = data.table
            names = [table.run_names[i] for i in table.run_index[rows].tolist()]
            scale = SizeScale.covering([run.non_embedding_params for run in data.drawn])
            self.residuals.set_residuals(
                names, table.params[rows], table.compute_flops[rows], values, scale
            )
        self._show_page()

    def _show_backtest(self) -> None:
        found = self._state.backtest
        tables.fill_backtest(self._models[BACKTEST], found if isinstance(found, Backtest) else None)
        if isinstance(found, Backtest):
            note = [
                self.tr("{0} off per decade of compute").format(_percent(found.error_per_decade)),
                self.tr("median {0}, largest {1}, over {2} decades").format(
                    _percent(found.median_error),
                    _percent(found.largest_error),
                    format_number(found.decades, 2),
                ),
            ]
            self.backtest.set_forecast(
                found.compute_flops, found.seen, found.predicted, found.cut_flops, note
            )
        self._show_page()

    def _show_fan(self) -> None:
        rows = tables.fan_rows(self._state.rows)
        report = self._state.report
        size = None if report is None else report.optimum.get("params")
        band = None
        if rows and size is not None and size.low is not None and size.high is not None:
            band = size.low, size.high
        self.fan.set_rows(rows, band)
        tables.fill_fan(self._models[FAN], self._state.rows, rows)
        self._show_page()

    def _show_page(self) -> None:
        index = self.tabs.currentIndex()
        self.share.setVisible(index == BACKTEST)
        why = self._missing(index)
        as_table = self.as_table.isChecked()
        self.as_table.setEnabled(not why or index == RESIDUALS)
        if why and not (as_table and index == RESIDUALS):
            self.empty.setText(why)
            self._stack.setCurrentWidget(self.empty)
        elif as_table:
            if self.table.model() is not self._models[index]:
                self.table.setModel(self._models[index])
                self.table.resizeColumnsToContents()
            self._stack.setCurrentWidget(self.table)
        else:
            self._stack.setCurrentIndex(index)

    def _missing(self, index: int) -> str:
        """Why a tab has nothing to draw; empty where it has."""
        fitted = self._state.fitted
        if fitted is None:
            return self._invitation(index)
        if index == RESIDUALS:
            if fitted.residuals is None:
                return self.tr("This method leaves no residuals to show.")
            return ""
        if fitted.request.method != "parametric":
            return self.tr("Only the parametric method has this.")
        if index == FAN:
            return "" if self._state.rows else self.tr("Fitting under each choice…")
        found = self._state.backtest
        if isinstance(found, InputError):
            return refusal_text(found)
        return "" if found is not None else self.tr("Refitting without the hidden points…")

    def _invitation(self, index: int) -> str:
        if index == RESIDUALS:
            return self.tr("Fit the runs to see what the fit leaves over, point by point.")
        if index == BACKTEST:
            return self.tr("Fit the runs to see how well the small ones forecast the large ones.")
        return self.tr("Fit the runs to see how much the answer hangs on each choice.")


def _percent(share: float) -> str:
    return f"{format_number(share * 100, 2)}\u00a0%"
