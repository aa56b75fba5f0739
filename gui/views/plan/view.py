"""The plan view: inputs, charts and answer, laid out for the width there is."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.session import Session
from gui.theme import Theme
from gui.views.plan.answer import AnswerPanel
from gui.views.plan.charts import ChartsPanel
from gui.views.plan.inputs import InputsPanel
from gui.widgets.column import scroll_column

COLUMN_WIDTH, SLIM_ANSWER_WIDTH = 300, 276
SLIM_BELOW = 1180
STACKED_BELOW = 1000
_LEAST_CHARTS_HEIGHT = 440
_GAP = 14
_GUTTER = 10  # kept free for a scroll bar, so that nothing moves when one comes
_MARGIN = 16
_UNBOUNDED = 16_777_215  # QWIDGETSIZE_MAX, which PySide does not export


class PlanView(QWidget):
    """Three columns; below `STACKED_BELOW` pixels the answer lies over the charts."""

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.inputs = InputsPanel(session)
        self.charts = ChartsPanel(session, theme)
        self.answer = AnswerPanel(session)
        self._stacked: bool | None = None
        self._inputs_area, left = scroll_column()
        self._middle_area, self._middle = scroll_column()
        self._answer_area, self._right = scroll_column()
        left.addWidget(self.inputs)
        self._middle.setContentsMargins(0, 0, _GUTTER, 0)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_MARGIN, 2, _MARGIN - _GUTTER, 10)
        layout.setSpacing(_GAP - _GUTTER)
        layout.addWidget(self._inputs_area)
        layout.addWidget(self._middle_area, 1)
        layout.addWidget(self._answer_area)
        self._inputs_area.setFixedWidth(COLUMN_WIDTH + _GUTTER)
        self.inputs.setFixedWidth(COLUMN_WIDTH)
        self._arrange(SLIM_BELOW)

    def minimumSizeHint(self) -> QSize:
        """Small enough for the smallest window; the columns scroll."""
        return QSize(760, 400)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Move the answer where it has room."""
        super().resizeEvent(event)
        self._arrange(event.size().width())

    def _arrange(self, width: int) -> None:
        answer = SLIM_ANSWER_WIDTH if width < SLIM_BELOW else COLUMN_WIDTH
        self._answer_area.setFixedWidth(answer + _GUTTER)
        stacked = width < STACKED_BELOW
        self.answer.setMinimumWidth(0 if stacked else answer)
        self.answer.setMaximumWidth(_UNBOUNDED if stacked else answer)
        if stacked == self._stacked:
            return
        self._stacked = stacked
        self.answer.set_lying(stacked)
        self._answer_area.setVisible(not stacked)
        (self._middle if stacked else self._right).addWidget(self.answer)
        self._middle.addWidget(self.charts)
        self.charts.setMinimumHeight(_LEAST_CHARTS_HEIGHT if stacked else 0)
