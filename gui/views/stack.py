"""The views behind the tabs, and what menus ask of whichever is on show."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from gui.jobs import Jobs
from gui.session import Session
from gui.settings import Settings
from gui.theme import Theme
from gui.views.plan.charts import ChartsPanel
from gui.views.plan.view import PlanView

if TYPE_CHECKING:
    from gui.views.fit.charts import FitCharts
    from gui.views.fit.view import FitView

PLAN, FIT = range(2)
_ZOOM = 0.8


class ViewStack(QStackedWidget):
    """The plan, and the fit of one's own runs.

    The fit view is built when somebody first goes there: the first plan must not wait for it.
    """

    fit_built = Signal()

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
        self._fit: FitView | None = None
        self.plan = PlanView(session, theme)
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
    def charts(self) -> "ChartsPanel | FitCharts":
        """The plots on show."""
        return self._all_charts()[-1 if self.currentWidget() is self._fit else 0]

    def show_view(self, index: int) -> None:
        """Go to `PLAN` or `FIT`."""
        self.setCurrentWidget(self.fit if index == FIT else self.plan)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        for charts in self._all_charts():
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
        else:
            self.plan.inputs.hours.select()

    def _all_charts(self) -> "list[ChartsPanel | FitCharts]":
        return [self.plan.charts, *([] if self._fit is None else [self._fit.charts])]
