"""The middle column: the runs with the fit over them; below, how far to trust it."""

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from gui.plots.color_bar import ColorBar
from gui.plots.fit_plot import FitPlot
from gui.plots.log_plot import LogPlot
from gui.plots.rows_model import RowsModel
from gui.theme import Theme
from gui.views.fit.state import FitState
from gui.views.fit.trust_card import TrustCard
from gui.widgets.card import Card
from gui.widgets.notches import tidy

_ROOM_BELOW, _ROOM_ABOVE = 1.6, 10.0  # factors of compute around the runs
_LOSS_ROOM = 1.04
_MOST_FALL = 3.0  # a run that began with a huge loss must not press the rest together
_DRAG_DIGITS = 3


class FitCharts(QWidget):
    """Loss against compute, and the card of residuals, back-test and sensitivity."""

    def __init__(self, state: FitState, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._is_dragging = False
        self.fit_plot = FitPlot(theme)
        self.color_bar = ColorBar(theme)
        self.color_bar.set_title(self.tr("parameters"))
        self._loss_card = Card(self.tr("Loss against compute"))
        self._loss_card.keep_title_on_one_line()
        self._loss_card.header.setSpacing(16)
        self._loss_card.header.addWidget(self.color_bar, 0, Qt.AlignmentFlag.AlignTop)
        self._loss_card.add(self.fit_plot)
        self.trust = TrustCard(state, theme)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(12)
        self.splitter.addWidget(self._loss_card)
        self.splitter.addWidget(self.trust)
        self.splitter.setStretchFactor(0, 5)
        self.splitter.setStretchFactor(1, 3)
        self.splitter.setSizes([440, 300])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        self.fit_plot.compute_dragged.connect(self._drag)
        self.fit_plot.drag_started.connect(self._begin_drag)
        self.fit_plot.drag_finished.connect(self._end_drag)
        state.data_changed.connect(self._show_data)
        state.report_changed.connect(self._show_report)
        # not pyqtgraph's link, which also counts pixels and goes astray while a plot is hidden
        self.fit_plot.view.sigXRangeChanged.connect(self._pass_down)
        self.trust.residuals.view.sigXRangeChanged.connect(self._pass_up)
        self._drawn: object = None
        self._show_data()

    @property
    def plots(self) -> tuple[LogPlot, ...]:
        """What is drawn now, from the top."""
        below = self.trust.plot
        return (self.fit_plot,) if below is None else (self.fit_plot, below)

    @property
    def points(self) -> RowsModel:
        """The table twin of the lower plot; that of the residuals holds every point."""
        return self.trust.points

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        for widget in (self.fit_plot, self.color_bar, self.trust):
            widget.set_theme(theme)

    def set_legend_visible(self, visible: bool) -> None:
        """Show or hide the colour bar and the names at the curves."""
        self.color_bar.setVisible(visible)
        self.fit_plot.set_legend_visible(visible)

    def legend(self) -> ColorBar | None:
        """What a picture needs to tell sizes by colour; None while it is hidden."""
        return None if self.color_bar.isHidden() else self.color_bar

    def reset_view(self) -> None:
        """Every plot back to its data."""
        for plot in self.plots:
            plot.reset_view()

    def zoom(self, factor: float) -> None:
        """Every plot closer (below 1) or further."""
        for plot in self.plots:
            plot.zoom(factor)

    def _show_data(self) -> None:
        self.fit_plot.set_runs(self._state.data.drawn)
        self.color_bar.set_scale(self.fit_plot.size_scale)
        self._show_report()
        self._show_home()

    def _show_report(self) -> None:
        fitted, report = self._state.fitted, self._state.report
        if fitted is None or report is None:
            self._drawn = None
            self.fit_plot.clear_fit()
            return
        if fitted is not self._drawn:
            self._drawn = fitted
            self._draw_fit()
        loss = report.optimum.get("loss")
        if loss is None:
            self.fit_plot.clear_plan()
        else:
            self.fit_plot.set_plan(report.target_flops, loss.value)
        if not self._is_dragging:
            self._show_home()

    def _draw_fit(self) -> None:
        fitted = self._state.fitted
        if fitted is None:
            return
        self.fit_plot.clear_fit()
        self.fit_plot.set_fitted([(line.compute_flops, line.loss) for line in fitted.sizes])
        line = fitted.frontier
        if line is None or line.loss is None:
            return
        inside = fitted.report.compute_range
        self.fit_plot.set_frontier(line.compute_flops, line.loss, inside)
        if line.loss_low is not None and line.loss_high is not None:
            self.fit_plot.set_band(line.compute_flops, line.loss_low, line.loss_high)

    def _show_home(self) -> None:
        """The runs with room around; by decades further where the budget leaves them."""
        table = self._state.data.table
        low, high = float(table.compute_flops.min()), float(table.compute_flops.max())
        best, worst = float(table.loss.min()), float(table.loss.max())
        first, last = low / _ROOM_BELOW, high * _ROOM_ABOVE
        report = self._state.report
        if report is not None:
            budget = report.target_flops
            if budget > last:
                last = 10.0 ** math.ceil(math.log10(budget) + 0.5)
            if budget < first:
                first = 10.0 ** math.floor(math.log10(budget) - 0.5)
            loss = report.optimum.get("loss")
            if loss is not None:
                ends = [end for end in (loss.value, loss.low) if end is not None]
                best, worst = min(best, *ends), max(worst, loss.value)
        worst = min(worst, best * _MOST_FALL)
        self.fit_plot.set_home_range(first, last, best / _LOSS_ROOM, worst * _LOSS_ROOM)
        self.trust.residuals.set_compute_range(first, last)

    def _pass_down(self, _view: object, ends: tuple[float, float]) -> None:
        self.trust.residuals.view.setXRange(*ends, padding=0)

    def _pass_up(self, _view: object, ends: tuple[float, float]) -> None:
        if self.trust.residuals.isVisible():
            self.fit_plot.view.setXRange(*ends, padding=0)

    def _drag(self, compute: float) -> None:
        self._state.set_budget(tidy(compute, _DRAG_DIGITS))

    def _begin_drag(self) -> None:
        self._is_dragging = True

    def _end_drag(self) -> None:
        self._is_dragging = False
        self._show_report()
