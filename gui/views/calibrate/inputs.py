"""What one decides about a calibration, and under it the button."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.views.calibrate.ask_card import AskCard
from gui.views.calibrate.python_card import PythonCard
from gui.views.calibrate.run_bar import RunBar
from gui.views.calibrate.state import CalibrateState
from gui.views.calibrate.wording import problem_text
from gui.widgets.column import scroll_column
from gui.widgets.notice import NoticeList

COLUMN_WIDTH, SCROLL_BAR = 300, 12


class CalibrateInputs(QWidget):
    """The left column: cards that scroll, what went wrong, and the button."""

    def __init__(self, state: CalibrateState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.python = PythonCard(state)
        self.ask = AskCard(state)
        self.run_bar = RunBar(state)
        self.notices = NoticeList()
        area, column = scroll_column()
        content = area.widget()
        if content is not None:  # the bar comes beside the cards, in the gap of the columns
            content.setFixedWidth(COLUMN_WIDTH)
        column.addWidget(self.python)
        column.addWidget(self.ask)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(area, 1)
        layout.addWidget(self.notices)
        layout.addWidget(self.run_bar)
        for widget in (self.notices, self.run_bar):
            widget.setFixedWidth(COLUMN_WIDTH)
        self.setFixedWidth(COLUMN_WIDTH + SCROLL_BAR)
        state.problem_changed.connect(self._show_problem)

    def _show_problem(self) -> None:
        problem = self._state.problem
        if problem is None:
            self.notices.set_notices([])
            return
        is_calm = getattr(problem, "code", "") == "cancelled"
        self.notices.set_notices([("info" if is_calm else "error", problem_text(problem))])
