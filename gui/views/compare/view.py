"""The comparison: what is asked and the verdict left, plot and table right."""

from datetime import date

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from core.export.compare import comparison_as_csv, comparison_as_text
from gui.jobs import Jobs
from gui.session import Session
from gui.theme import Theme
from gui.views.compare.ask_card import AskCard
from gui.views.compare.charts import CompareCharts
from gui.views.compare.model import CompareModel
from gui.views.compare.run_bar import RunBar
from gui.views.compare.state import CompareState
from gui.views.compare.verdict_card import VerdictCard
from gui.views.plan.view import COLUMN_WIDTH
from gui.widgets.column import scroll_column

_GAP = 14
_GUTTER = 10  # kept free for a scroll bar, so that nothing moves when one comes
_MARGIN = 16


class CompareView(QWidget):
    """Compares while it is on show; what is written to files is its table."""

    file_name = "isoloss-compare.csv"

    def __init__(
        self, session: Session, jobs: Jobs, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.state = CompareState(session, jobs, self)
        self.model = CompareModel(self)
        self.state.compared.connect(self._show_rows)  # before those who look rows up in it
        self.ask = AskCard(self.state)
        self.run_bar = RunBar(self.state)
        self.verdict = VerdictCard(self.state, self.model)
        self.charts = CompareCharts(self.state, self.model, theme)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_MARGIN, 2, _MARGIN, 10)
        layout.setSpacing(_GAP - _GUTTER)
        layout.addWidget(self._left())
        layout.addWidget(self.charts, 1)
        for key, act in (("Ctrl+Return", self.state.compare), ("Escape", self.state.cancel)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def minimumSizeHint(self) -> QSize:
        """Small enough for the smallest window; column and table scroll."""
        return QSize(760, 400)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the plan."""
        super().showEvent(event)
        self.state.set_active(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """What nobody sees need not be compared again."""
        super().hideEvent(event)
        self.state.set_active(False)

    def as_csv(self) -> bytes | None:
        """The table as a file; None while there is none."""
        found = self.state.comparison
        return None if found is None else comparison_as_csv(found, date.today())

    def as_text(self) -> str | None:
        """Verdict and table for a mail; None while there is none."""
        found = self.state.comparison
        return None if found is None else comparison_as_text(found, date.today())

    def _left(self) -> QWidget:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        area, content = scroll_column()
        for card in (self.ask, self.verdict):
            card.setFixedWidth(COLUMN_WIDTH)
            content.addWidget(card)
        content.addStretch(1)
        column.addWidget(area, 1)
        self.run_bar.setFixedWidth(COLUMN_WIDTH)
        column.addWidget(self.run_bar)
        left.setFixedWidth(COLUMN_WIDTH + _GUTTER)
        return left

    def _show_rows(self) -> None:
        self.model.set_comparison(self.state.comparison, date.today())
