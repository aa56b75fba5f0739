"""Why: the runs and the frontier above, the optimal size below, on one axis of compute."""

import math

import numpy as np
from PySide6.QtCore import QObject, Qt

from core.errors import InputError
from core.laws.frontier import FrontierLaw
from core.ops import FloatArray
from core.planner import AnyPlan, By, Plan, bands, curves
from core.planner.path import LEAST_COMPUTE, MOST_COMPUTE
from core.runs.table import Run, best_points, load_runs
from gui.plots.color_bar import ColorBar
from gui.plots.log_plot import LogPlot
from gui.plots.loss_plot import LossPlot
from gui.plots.size_plot import SizePlot
from gui.plots.table_model import PointsModel
from gui.session import Session
from gui.theme import Theme
from gui.views.plan.charts_frame import ChartsFrame
from gui.views.plan.law_text import compute_unit, counts_otherwise, size_title
from gui.widgets.text import text_label

HOME_NEFLO = (1e17, 1e26)  # where nobody says what the law was fitted on
_DRAWN_NEFLO = (1e10, 1e30)  # the lines go on past the home range, for whoever zooms out
_DRAWN_BEYOND = 1e4  # factor of compute past the home range; zoom ends at three decades
_DRAWN_POINTS, _BAND_POINTS, _END_POINTS = 800, 120, 25
_NOWHERE = (1e300, 1e300)  # a range of data that no line touches
_ROOM_BELOW, _ROOM_ABOVE = 1.3, 7.0  # factors of compute around the runs
_LOSS_ROOM = 1.04


class ChartsPanel(QObject):
    """What the cards of the middle column show. Drags and clicks become edits of the budget."""

    def __init__(self, session: Session, theme: Theme, frame: ChartsFrame) -> None:
        super().__init__(frame)
        self._session = session
        self._drawn_law: FrontierLaw | None = None
        self._drawn_on: tuple[object, ...] = ()  # what the lines hang on beside the law
        self._ends = _DRAWN_NEFLO
        self._legend_wanted = True
        self._line_dragged = False
        self._runs: tuple[Run, ...] = ()
        self._home: tuple[float, float] | None = None
        self.loss_plot = LossPlot(theme)
        self.size_plot = SizePlot(theme)
        self.size_plot.setXLink(self.loss_plot)
        self.color_bar = ColorBar(theme)
        self.points = PointsModel(self)
        self.splitter = frame.splitter
        frame.loss_card.header.addWidget(self.color_bar, 0, Qt.AlignmentFlag.AlignTop)
        self._no_runs = text_label(self.tr("the law alone, without its runs"), "unit")
        frame.loss_card.header.addWidget(self._no_runs, 0, Qt.AlignmentFlag.AlignTop)
        for plot in (self.loss_plot, self.size_plot):
            plot.compute_dragged.connect(self._drag)
            plot.drag_started.connect(self._begin_drag)
            plot.drag_finished.connect(self._end_drag)
        self.loss_plot.loss_picked.connect(self._pick_loss)
        self.size_plot.params_picked.connect(self._pick_params)
        session.changed.connect(self.show_plan)
        self.show_plan(session.plan)
        frame.loss_card.add(self.loss_plot)
        frame.size_card.add(self.size_plot)

    @property
    def plots(self) -> tuple[LogPlot, LogPlot]:
        """Both plots, from the top."""
        return self.loss_plot, self.size_plot

    def show_plan(self, plan: AnyPlan) -> None:
        """Move line and markers; draw the curves anew only where the law or the GPU changed."""
        try:
            self._draw(plan)
        except InputError:  # the law file went away since; its drawing stays
            return
        compute = plan.compute_neflo.value
        self.loss_plot.set_plan(compute, plan.loss.value)
        self.size_plot.set_plan(compute, plan.non_embedding_params.value)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        for widget in (self.loss_plot, self.size_plot, self.color_bar):
            widget.set_theme(theme)

    def set_legend_visible(self, visible: bool) -> None:
        """Show or hide the colour bar and the names at the curves."""
        self._legend_wanted = visible
        self._show_legend()
        for plot in (self.loss_plot, self.size_plot):
            plot.set_legend_visible(visible)

    def legend(self) -> ColorBar | None:
        """The colour bar, if it is shown."""
        return self.color_bar if self.color_bar.isVisibleTo(self.splitter) else None

    def reset_view(self) -> None:
        """Both plots back to the data and the plan."""
        for plot in self.plots:
            plot.reset_view()

    def zoom(self, factor: float) -> None:
        """Both plots closer (below 1) or further."""
        for plot in self.plots:
            plot.zoom(factor)

    def _draw(self, plan: AnyPlan) -> None:
        law, drawn_on = plan.known.law, _drawn_on(plan)
        if law is not self._drawn_law:
            self._draw_runs(law)
            self._name_axes(law)
            self._ends = _DRAWN_NEFLO
        if law is not self._drawn_law or drawn_on != self._drawn_on:
            self._draw_law(plan)
            self._drawn_law, self._drawn_on = law, drawn_on
        if not self._line_dragged:  # or the line would run away from the hand that holds it
            self._keep_in_view(plan)

    def _draw_runs(self, law: FrontierLaw) -> None:
        self._runs = () if law.runs_file is None else load_runs(law.runs_file, law.run_names)
        self.loss_plot.set_runs(self._runs)
        self.color_bar.set_scale(self.loss_plot.size_scale)
        self.points.set_runs(self._runs)
        self._show_legend()
        if not self._runs:
            self.size_plot.set_points((), (), ())
            return
        best = best_points(self._runs, law.loss)
        self.size_plot.set_points(
            best.names, best.compute_neflo, best.non_embedding_params, self.loss_plot.size_scale
        )

    def _show_legend(self) -> None:
        self.color_bar.setVisible(self._legend_wanted and bool(self._runs))
        self._no_runs.setVisible(not self._runs)

    def _name_axes(self, law: FrontierLaw) -> None:
        compute = self.tr("compute, {0}").format(compute_unit(law))
        for plot in self.plots:
            plot.x_axis.set_title(compute)
        self.size_plot.y_axis.set_title(size_title(law))
        sizes = self.tr("non-embedding parameters")
        self.points.set_titles(size_title(law) if counts_otherwise(law) else sizes, compute)
        frontier, size = self.tr("frontier"), self.tr("optimal size")
        beyond = (self.tr("extrapolated"), self.tr("extrapolated"))
        if law.compute_range_neflo is None:
            unknown = self.tr("{0}, range of its runs unknown")
            beyond = (unknown.format(frontier), unknown.format(size))
        self.loss_plot.frontier.set_texts(frontier, beyond[0])
        self.size_plot.law.set_texts(size, beyond[1])

    def _draw_law(self, plan: AnyPlan) -> None:
        lines = curves(plan.request, *self._ends, _DRAWN_POINTS)
        inside = followed = plan.known.law.compute_range_neflo or _NOWHERE
        self.loss_plot.set_frontier(lines.compute_neflo, lines.loss, inside)
        # under the tipping point the line is no longer the law's, so it must not look like it
        floor = plan.floor_compute
        if floor > inside[0]:
            followed = (floor, inside[1]) if floor < inside[1] else _NOWHERE
        self.size_plot.set_law(lines.compute_neflo, lines.non_embedding_params, followed)
        self._draw_bands(plan)
        listed = plan.known.law.compute_range_neflo or HOME_NEFLO
        coarse = curves(plan.request, *listed, points=29)
        self.points.set_frontier(coarse.compute_neflo, coarse.loss, coarse.non_embedding_params)
        self._home = None

    def _draw_bands(self, plan: AnyPlan) -> None:
        found = bands(plan.request, *self._ends, _BAND_POINTS)
        if found is None:
            self.loss_plot.set_band()
            self.size_plot.set_band()
            return
        compute = found.compute_neflo
        self.loss_plot.set_band(compute, _positive(found.loss_low), _positive(found.loss_high))
        self.size_plot.set_band(compute, _positive(found.params_low), _positive(found.params_high))

    def _keep_in_view(self, plan: AnyPlan) -> None:
        """Home is the runs with room around; it grows by decades where the plan leaves it."""
        first, last = HOME_NEFLO
        if plan.known.law.compute_range_neflo is not None:
            low, high = plan.known.law.compute_range_neflo
            first, last = low / _ROOM_BELOW, high * _ROOM_ABOVE
        compute = plan.compute_neflo.value
        if compute < first:
            first = 10.0 ** math.floor(math.log10(compute) - 0.5)
        if compute > last:
            last = 10.0 ** math.ceil(math.log10(compute) + 0.5)
        if self._session.in_gesture and self._home is not None:  # grow now, shrink afterwards
            first, last = min(first, self._home[0]), max(last, self._home[1])
        if (first, last) == self._home:
            return
        self._reach(plan, first, last)
        self._home = (first, last)
        ends = curves(plan.request, first, last, points=_END_POINTS)
        # a law may begin or end between the two; its plan is always there
        losses = np.append(ends.loss, plan.loss.value)
        sizes = np.append(ends.non_embedding_params, plan.non_embedding_params.value)
        worst = max([float(losses.max()), *(float(run.loss.max()) for run in self._runs)])
        best = float(losses.min())
        self.loss_plot.set_home_range(first, last, best / _LOSS_ROOM, worst * _LOSS_ROOM)
        if not isinstance(plan, Plan):  # its line ends where models do; smaller runs go on
            sizes = np.append(sizes, [run.non_embedding_params for run in self._runs])
        low, high = float(sizes.min()), float(sizes.max())
        self.size_plot.set_home_range(first, last, low / 2, high * 2)

    def _reach(self, plan: AnyPlan, first: float, last: float) -> None:
        """Draw the lines as far as one can zoom out from a home range."""
        low = max(min(self._ends[0], first / _DRAWN_BEYOND), LEAST_COMPUTE)
        high = min(max(self._ends[1], last * _DRAWN_BEYOND), MOST_COMPUTE)
        if (low, high) != self._ends:
            self._ends = (low, high)
            self._draw_law(plan)

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


def _drawn_on(plan: AnyPlan) -> tuple[object, ...]:
    """What moves the lines: the 2020 curve by its tipping point, the law alone by its data."""
    if isinstance(plan, Plan):
        return plan.known.gpu.id, plan.known.precision.value
    return (plan.request.unique_tokens,)


def _positive(values: FloatArray) -> FloatArray:
    """What a logarithm can take; a size law with a negative offset ends at no parameters."""
    return np.where(values > 0, values, np.nan)
