"""What one decides about a fit: the runs, the method, how sure, the budget."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.views.fit.data_card import DataCard
from gui.views.fit.method_card import MethodCard
from gui.views.fit.run_bar import RunBar
from gui.views.fit.state import FitState
from gui.views.fit.sureness_cards import BudgetCard, UncertaintyCard
from gui.widgets.column import scroll_column

COLUMN_WIDTH, SCROLL_BAR = 300, 12


class FitInputs(QWidget):
    """The left column: cards that scroll, and the button under them that does not."""

    def __init__(self, state: FitState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.data = DataCard(state)
        self.method = MethodCard(state)
        self.sureness = UncertaintyCard(state)
        self.budget = BudgetCard(state)
        self.run_bar = RunBar(state)
        area, column = scroll_column()
        content = area.widget()
        if content is not None:  # the bar comes beside the cards, in the gap of the columns
            content.setFixedWidth(COLUMN_WIDTH)
        for card in (self.data, self.method, self.sureness, self.budget):
            column.addWidget(card)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(area, 1)
        layout.addWidget(self.run_bar)
        self.run_bar.setFixedWidth(COLUMN_WIDTH)
        self.setFixedWidth(COLUMN_WIDTH + SCROLL_BAR)
        self._state = state
        state.request_changed.connect(self._show_cards)

    def _show_cards(self) -> None:
        """The procedure of 2020 knows no bootstrap, repetitions know no budget."""
        method = self._state.request.method
        self.sureness.setVisible(method != "frontier-2020")
        self.budget.setVisible(method != "data-constrained")
