"""The plan view: inputs, charts and answer, laid out for the width there is."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from gui.session import Session
from gui.theme import Theme
from gui.views.plan.answer import AnswerPanel
from gui.views.plan.charts_frame import ChartsFrame
from gui.views.plan.inputs import InputsPanel
from gui.widgets.column import scroll_column

if TYPE_CHECKING:
    from gui.views.plan.charts import ChartsPanel

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

    painted = Signal()  # the first time, before the plots are there
    charts_built = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.inputs = InputsPanel(session)
        self._session = session
        self._theme = theme
        self._charts: ChartsPanel | None = None
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._build_charts)
        self.frame = ChartsFrame()
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

    @property
    def has_charts(self) -> bool:
        """Whether the plots are there already."""
        return self._charts is not None

    @property
    def charts(self) -> "ChartsPanel":
        """The plots, built when they are asked for, or right after the first paint."""
        if self._charts is None:
            from gui.views.plan.charts import ChartsPanel

            self._charts = ChartsPanel(self._session, self._theme, self.frame)
            self.charts_built.emit()
        return self._charts

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        if self._charts is not None:
            self._charts.set_theme(theme)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Once this is on the screen, the plots may take their time."""
        super().paintEvent(event)
        if self._charts is None:
            self._soon.start()

    def minimumSizeHint(self) -> QSize:
        """Small enough for the smallest window; the columns scroll."""
        return QSize(760, 400)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Move the answer where it has room."""
        super().resizeEvent(event)
        self._arrange(event.size().width())

    def _build_charts(self) -> None:
        if self._charts is None:
            self.painted.emit()
            _ = self.charts

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
        self._middle.addWidget(self.frame)
        self.frame.setMinimumHeight(_LEAST_CHARTS_HEIGHT if stacked else 0)
