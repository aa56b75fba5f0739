"""Why: the runs and the frontier above, the optimal size below, on one axis of compute."""

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from core.laws.frontier import FrontierLaw
from core.planner import By, Plan, curves
from core.runs.table import Run, best_points, load_runs
from gui.plots.color_bar import ColorBar
from gui.plots.log_plot import LogPlot
from gui.plots.loss_plot import LossPlot
from gui.plots.size_plot import SizePlot
from gui.plots.table_model import PointsModel
from gui.session import Session
from gui.theme import Theme
from gui.widgets.card import Card
from gui.widgets.text import text_label

DRAWN_NEFLO = (1e10, 1e30)  # the lines go on past the home range, for whoever zooms out
_DRAWN_POINTS = 800
_ROOM_BELOW, _ROOM_ABOVE = 1.3, 7.0  # factors of compute around the runs
_LOSS_ROOM = 1.04
_LONG_HINT_FROM_WIDTH = 560


class ChartsPanel(QWidget):
    """The middle column. Drags and clicks on the plots become edits of the budget."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._drawn: tuple[str, str, str] | None = None
        self._line_dragged = False
        self._runs: tuple[Run, ...] = ()
        self._home: tuple[float, float] | None = None
        self.loss_plot = LossPlot(theme)
        self.size_plot = SizePlot(theme)
        self.size_plot.setXLink(self.loss_plot)
        self.color_bar = ColorBar(theme)
        self.points = PointsModel(self)
        self._loss_card = Card(self.tr("Loss against compute"))
        self._loss_card.header.addWidget(self.color_bar, 0, Qt.AlignmentFlag.AlignTop)
        self._loss_card.add(self.loss_plot)
        self._size_card = Card(self.tr("Optimal size against compute"))
        self._size_card.add(self.size_plot)
        self._hint = text_label("", "unit")
        self._size_card.header.addWidget(self._hint)
        for card in (self._loss_card, self._size_card):
            card.keep_title_on_one_line()
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(12)
        self.splitter.addWidget(self._loss_card)
        self.splitter.addWidget(self._size_card)
        self.splitter.setStretchFactor(0, 5)
        self.splitter.setStretchFactor(1, 3)
        self.splitter.setSizes([500, 300])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        for plot in (self.loss_plot, self.size_plot):
            plot.compute_dragged.connect(self._drag)
            plot.drag_started.connect(self._begin_drag)
            plot.drag_finished.connect(self._end_drag)
        self.loss_plot.loss_picked.connect(self._pick_loss)
        self.size_plot.params_picked.connect(self._pick_params)
        session.changed.connect(self.show_plan)
        self.show_plan(session.plan)

    @property
    def plots(self) -> tuple[LogPlot, LogPlot]:
        """Both plots, from the top."""
        return self.loss_plot, self.size_plot

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say what to drag as fully as there is room for."""
        super().resizeEvent(event)
        long = self.tr("drag the blue line, or click a loss or a size")
        roomy = event.size().width() >= _LONG_HINT_FROM_WIDTH
        self._hint.setText(long if roomy else self.tr("drag the blue line"))

    def show_plan(self, plan: Plan) -> None:
        """Move line and markers; draw the curves anew only where the law or the GPU changed."""
        known = plan.known
        drawn = (known.law.id, known.gpu.id, known.precision.value)
        if self._drawn is None or self._drawn[0] != drawn[0]:
            self._draw_runs(known.law)
        if drawn != self._drawn:
            self._draw_law(plan)
            self._drawn = drawn
        compute = plan.compute_neflo.value
        self.loss_plot.set_plan(compute, plan.loss.value)
        self.size_plot.set_plan(compute, plan.non_embedding_params.value)
        if not self._line_dragged:  # or the line would run away from the hand that holds it
            self._keep_in_view(plan)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        for widget in (self.loss_plot, self.size_plot, self.color_bar):
            widget.set_theme(theme)

    def set_legend_visible(self, visible: bool) -> None:
        """Show or hide the colour bar and the names at the curves."""
        self.color_bar.setVisible(visible)
        for plot in (self.loss_plot, self.size_plot):
            plot.set_legend_visible(visible)

    def legend(self) -> ColorBar | None:
        """The colour bar, if it is shown."""
        return self.color_bar if self.color_bar.isVisibleTo(self) else None

    def reset_view(self) -> None:
        """Both plots back to the data and the plan."""
        for plot in self.plots:
            plot.reset_view()

    def zoom(self, factor: float) -> None:
        """Both plots closer (below 1) or further."""
        for plot in self.plots:
            plot.zoom(factor)

    def _draw_runs(self, law: FrontierLaw) -> None:
        self._runs = load_runs(law.runs_file, law.run_names)
        best = best_points(self._runs, law.loss)
        self.loss_plot.set_runs(self._runs)
        self.color_bar.set_scale(self.loss_plot.size_scale)
        self.size_plot.set_points(
            best.names, best.compute_neflo, best.non_embedding_params, self.loss_plot.size_scale
        )
        self.points.set_runs(self._runs)

    def _draw_law(self, plan: Plan) -> None:
        lines = curves(plan.request, *DRAWN_NEFLO, _DRAWN_POINTS)
        inside = plan.known.law.compute_range_neflo
        self.loss_plot.set_frontier(lines.compute_neflo, lines.loss, inside)
        # under the tipping point the line is no longer the law's, so it must not look like it
        followed = (max(inside[0], math.exp(plan.known.path.floor_ln_compute)), inside[1])
        self.size_plot.set_law(lines.compute_neflo, lines.non_embedding_params, followed)
        coarse = curves(plan.request, *inside, points=29)
        self.points.set_frontier(coarse.compute_neflo, coarse.loss, coarse.non_embedding_params)
        self._home = None

    def _keep_in_view(self, plan: Plan) -> None:
        """Home is the runs with room around; it grows by decades where the plan leaves it."""
        low, high = plan.known.law.compute_range_neflo
        compute = plan.compute_neflo.value
        first, last = low / _ROOM_BELOW, high * _ROOM_ABOVE
        if compute < first:
            first = 10.0 ** math.floor(math.log10(compute) - 0.5)
        if compute > last:
            last = 10.0 ** math.ceil(math.log10(compute) + 0.5)
        if self._session.in_gesture and self._home is not None:  # grow now, shrink afterwards
            first, last = min(first, self._home[0]), max(last, self._home[1])
        if (first, last) == self._home:
            return
        self._home = (first, last)
        ends = curves(plan.request, first, last, points=2)
        worst = max(float(ends.loss[0]), *(float(run.loss.max()) for run in self._runs))
        best = float(ends.loss[1])
        self.loss_plot.set_home_range(first, last, best / _LOSS_ROOM, worst * _LOSS_ROOM)
        sizes = ends.non_embedding_params
        self.size_plot.set_home_range(first, last, float(sizes[0]) / 2, float(sizes[1]) * 2)

    def _begin_drag(self) -> None:
        self._line_dragged = True
        self._session.begin_gesture()

    def _end_drag(self) -> None:
        self._line_dragged = False
        self._session.end_gesture()

    def _drag(self, compute: float) -> None:
        self._session.drag_to(self.tr("drag of the budget"), compute)

    def _pick_loss(self, loss: float) -> None:
        self._session.set_budget(self.tr("choice of a loss"), By.LOSS, loss)

    def _pick_params(self, params: float) -> None:
        self._session.set_budget(self.tr("choice of a size"), By.PARAMS, params)
