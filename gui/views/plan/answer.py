"""The answer: size, loss, when to stop, shapes, costs, and what to doubt."""

from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from core.planner import AnyPlan, Plan
from gui.session import Session
from gui.translate import translated
from gui.views.plan.costs_card import CostsCard
from gui.views.plan.run_card import RunCard
from gui.views.plan.shape_pair import ShapePair
from gui.views.plan.train_card import TrainCard
from gui.views.plan.why_card import WhyCard
from gui.widgets.notice import NoticeList

_GAP = 12


class AnswerPanel(QWidget):
    """The right column; in a narrow window it lies under the plots as a row."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.why = WhyCard(session)
        self.train = TrainCard()
        self.shapes = ShapePair(session)
        self.costs = CostsCard()
        self.run = RunCard()
        self.wide, self.narrow = self.shapes.wide, self.shapes.narrow
        self.notices = NoticeList()
        self._cards = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._cards.setSpacing(_GAP)
        for widget in (self.train, self.why, self.shapes, self.costs):
            self._cards.addWidget(widget)
        self._below = layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        layout.addLayout(self._cards)
        layout.addWidget(self.run)
        layout.addWidget(self.notices)
        layout.addStretch(1)
        session.changed.connect(self.show_plan)
        session.choosing_changed.connect(self._on_choosing)
        self.show_plan(session.plan)

    def set_lying(self, lying: bool) -> None:
        """Lay the cards beside each other instead of under each other."""
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._cards.setDirection(across if lying else down)
        if lying:  # a column of its own would be too narrow for sentences
            self._below.insertWidget(1, self.why)
        else:
            self._cards.insertWidget(1, self.why)
        self.shapes.set_direction(down if lying else across)

    def show_plan(self, plan: AnyPlan) -> None:
        """Show every number of the plan."""
        self.why.show_plan(plan)
        self.train.show_plan(plan)
        self.shapes.show_plan(plan)
        self.costs.show_plan(plan)
        self.run.setVisible(not isinstance(plan, Plan))
        if not isinstance(plan, Plan):
            self.run.show_plan(plan)
        self.notices.set_notices([("warning", translated(message)) for message in plan.warnings])

    def _on_choosing(self, _busy: bool) -> None:
        self.why.show_plan(self._session.plan)
