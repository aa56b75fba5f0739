"""The fit view: inputs, charts and answer, laid out for the width there is."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.jobs import Jobs
from gui.settings import Settings
from gui.theme import Theme
from gui.views.fit.answer import FitAnswer
from gui.views.fit.charts import FitCharts
from gui.views.fit.files import FitFiles
from gui.views.fit.inputs import SCROLL_BAR, FitInputs
from gui.views.fit.state import FitState
from gui.views.plan.view import COLUMN_WIDTH, SLIM_ANSWER_WIDTH, SLIM_BELOW, STACKED_BELOW
from gui.widgets.column import scroll_column

_LEAST_CHARTS_HEIGHT = 520
_GAP = 14
_MARGIN = 16


class FitView(QWidget):
    """Three columns; in a narrow window the answer lies over the charts."""

    def __init__(
        self, jobs: Jobs, theme: Theme, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.state = FitState(jobs, self)
        self.files = FitFiles(self.state, jobs, settings, self)
        self.inputs = FitInputs(self.state)
        self.charts = FitCharts(self.state, theme)
        self.answer = FitAnswer(self.state)
        self._stacked: bool | None = None
        self._middle_area, self._middle = scroll_column()
        self._answer_area, self._right = scroll_column()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_MARGIN, 2, _MARGIN, 10)
        layout.setSpacing(0)
        layout.addWidget(self.inputs)
        layout.addSpacing(_GAP - SCROLL_BAR)
        layout.addWidget(self._middle_area, 1)
        layout.addSpacing(_GAP)
        layout.addWidget(self._answer_area)
        self._connect()
        self._arrange(SLIM_BELOW)

    def minimumSizeHint(self) -> QSize:
        """Small enough for the smallest window; the columns scroll."""
        return QSize(760, 400)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Move the answer where it has room."""
        super().resizeEvent(event)
        self._arrange(event.size().width())

    def focus_first(self) -> None:
        """Put the keyboard where one begins."""
        self.inputs.data.open_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _connect(self) -> None:
        data, answer = self.inputs.data, self.answer
        data.open_requested.connect(self.files.ask_open)
        data.columns_requested.connect(self.files.ask_columns)
        data.problems_requested.connect(self.files.show_problems)
        answer.save_requested.connect(self.files.ask_save)
        answer.use_requested.connect(self.files.use_in_plan)
        for key, act in (("Ctrl+Return", self.state.fit), ("Escape", self.state.cancel)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _arrange(self, width: int) -> None:
        self._answer_area.setFixedWidth(SLIM_ANSWER_WIDTH if width < SLIM_BELOW else COLUMN_WIDTH)
        stacked = width < STACKED_BELOW
        if stacked == self._stacked:
            return
        self._stacked = stacked
        self.answer.set_lying(stacked)
        self._answer_area.setVisible(not stacked)
        (self._middle if stacked else self._right).addWidget(self.answer)
        self._middle.addWidget(self.charts)
        self.charts.setMinimumHeight(_LEAST_CHARTS_HEIGHT if stacked else 0)
