"""The views behind the tabs, and what menus ask of whichever is on show."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from gui.jobs import Jobs
from gui.session import Session
from gui.settings import Settings
from gui.theme import Theme
from gui.views.plan.view import PlanView

if TYPE_CHECKING:
    from gui.views.calibrate.charts import CalibrateCharts
    from gui.views.calibrate.view import CalibrateView
    from gui.views.compare.charts import CompareCharts
    from gui.views.compare.view import CompareView
    from gui.views.fit.charts import FitCharts
    from gui.views.fit.view import FitView
    from gui.views.plan.charts import ChartsPanel

PLAN, COMPARE, FIT, CALIBRATE = range(4)
_ZOOM = 0.8


class ViewStack(QStackedWidget):
    """The plan, the comparison of GPUs, the fit of one's own runs, the calibration of a GPU.

    All but the plan are built when somebody first goes there: the first plan must not wait
    for them.
    """

    fit_built = Signal()
    compare_built = Signal()
    calibrate_built = Signal()

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        theme: Theme,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._theme = theme
        self._settings = settings
        self._has_legend = True
        self._session = session
        self._fit: FitView | None = None
        self._compare: CompareView | None = None
        self._calibrate: CalibrateView | None = None
        self.plan = PlanView(session, theme)
        self.plan.charts_built.connect(self._dress_plan)
        self.addWidget(self.plan)

    @property
    def fit(self) -> "FitView":
        """The fit view, built the first time that it is asked for."""
        if self._fit is None:
            from gui.views.fit.view import FitView

            self._fit = FitView(self._jobs, self._theme, self._settings)
            self._fit.charts.set_legend_visible(self._has_legend)
            self.addWidget(self._fit)
            self.fit_built.emit()
        return self._fit

    @property
    def compare(self) -> "CompareView":
        """The comparison, built the first time that it is asked for."""
        if self._compare is None:
            from gui.views.compare.view import CompareView

            self._compare = CompareView(self._session, self._jobs, self._theme)
            self._compare.charts.set_legend_visible(self._has_legend)
            self.addWidget(self._compare)
            self.compare_built.emit()
        return self._compare

    @property
    def calibrate(self) -> "CalibrateView":
        """The calibrate view, built the first time that it is asked for."""
        if self._calibrate is None:
            from gui.views.calibrate.view import CalibrateView

            self._calibrate = CalibrateView(self._theme, self._settings)
            self._calibrate.charts.set_legend_visible(self._has_legend)
            self.addWidget(self._calibrate)
            self.calibrate_built.emit()
        return self._calibrate

    @property
    def charts(self) -> "ChartsPanel | CompareCharts | FitCharts | CalibrateCharts":
        """The plots on show."""
        shown = self.currentWidget()
        if self._calibrate is not None and shown is self._calibrate:
            return self._calibrate.charts
        if self._fit is not None and shown is self._fit:
            return self._fit.charts
        if self._compare is not None and shown is self._compare:
            return self._compare.charts
        return self.plan.charts

    @property
    def table(self) -> "CompareView | None":
        """The view on show if its answer is a table."""
        return self._compare if self.currentWidget() is self._compare else None

    def show_view(self, index: int) -> None:
        """Go to `PLAN`, `COMPARE`, `FIT` or `CALIBRATE`."""
        if index == CALIBRATE:
            self.setCurrentWidget(self.calibrate)
        elif index == COMPARE:
            self.setCurrentWidget(self.compare)
        else:
            self.setCurrentWidget(self.fit if index == FIT else self.plan)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.plan.set_theme(theme)
        for charts in self._later_charts():
            charts.set_theme(theme)

    def set_legend_visible(self, visible: bool) -> None:
        """Show or hide colour bars and the names at the curves."""
        self._has_legend = visible
        for charts in self._all_charts():
            charts.set_legend_visible(visible)

    def reset_zoom(self) -> None:
        """The plots on show back to their data."""
        self.charts.reset_view()

    def zoom_in(self) -> None:
        """The plots on show closer."""
        self.charts.zoom(_ZOOM)

    def zoom_out(self) -> None:
        """The plots on show further."""
        self.charts.zoom(1 / _ZOOM)

    def go_to_budget(self) -> None:
        """Put the cursor into the budget of the view on show."""
        if self._fit is not None and self.currentWidget() is self._fit:
            self._fit.inputs.budget.budget.select()
        elif self._compare is not None and self.currentWidget() is self._compare:
            self._compare.ask.go_to_budget()
        else:
            self.plan.inputs.hours.select()

    def shut_down(self) -> None:
        """End what the views run on their own, and wait for it."""
        if self._calibrate is not None:
            self._calibrate.shut_down()

    def _dress_plan(self) -> None:
        self.plan.charts.set_legend_visible(self._has_legend)

    def _all_charts(
        self,
    ) -> "list[ChartsPanel | CompareCharts | FitCharts | CalibrateCharts]":
        return [*([self.plan.charts] if self.plan.has_charts else []), *self._later_charts()]

    def _later_charts(self) -> "list[CompareCharts | FitCharts | CalibrateCharts]":
        views = (self._compare, self._fit, self._calibrate)
        return [view.charts for view in views if view is not None]
