"""Why this GPU: shown where the choice was left open."""

from PySide6.QtWidgets import QWidget

from core.planner import AnyPlan, Plan
from core.planner.request import ANY_GPU
from gui.session import Session
from gui.translate import translated
from gui.widgets.card import Card
from gui.widgets.text import text_label

_MOST_REASONS = 4


class WhyCard(Card):
    """The best GPU, its provider, and what puts it before the runner-up."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("On this GPU"))
        self._session = session
        self._name = text_label("", "question", wraps=True)
        self._why = tuple(text_label("", "note", wraps=True) for _ in range(_MOST_REASONS))
        self.add(self._name, *self._why)

    def show_plan(self, plan: AnyPlan) -> None:
        """Name it; say why once the comparison is done."""
        left_open = self._session.request.gpu == ANY_GPU and not isinstance(plan, Plan)
        self.setVisible(left_open)
        if isinstance(plan, Plan) or not left_open:
            return
        name, provider = plan.known.gpu.name, plan.request.provider
        if plan.known.n_gpus > 1:
            name = self.tr("{0} × {1}").format(f"{plan.known.n_gpus:,}", name)
        self._name.setText(self.tr("{0} at {1}").format(name, provider) if provider else name)
        reasons = self._reasons()
        for number, label in enumerate(self._why):
            label.setText(reasons[number] if number < len(reasons) else "")
            label.setVisible(number < len(reasons))

    def _reasons(self) -> list[str]:
        comparison = self._session.comparison
        if comparison is not None:
            return [translated(message) for message in comparison.why]
        if self._session.is_choosing:
            return [self.tr("The best for the budget before; comparing again…")]
        return [self.tr("The best for the budget before; not compared again.")]
