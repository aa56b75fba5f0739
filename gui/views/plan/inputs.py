"""What one decides: budget, hardware, law, limits, energy. Renders a plan, edits the request."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.errors import InputError
from core.planner import AnyPlan, By, Plan
from gui.session import Session
from gui.translate import translated
from gui.views.plan.budget_card import BudgetCard
from gui.views.plan.energy_card import EnergyCard
from gui.views.plan.hardware_card import HardwareCard
from gui.views.plan.limits_card import LimitsCard
from gui.views.plan.task_card import TaskCard
from gui.views.plan.wording import value_text
from gui.widgets.fold_button import FoldButton
from gui.widgets.quantity_field import QuantityField

_GAP = 12


class InputsPanel(QWidget):
    """The left column."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.budget = BudgetCard(session)
        self.hardware = HardwareCard(session)
        self.task = TaskCard(session)
        self.limits = LimitsCard(session)
        self.energy = EnergyCard(session)
        self.hours, self.usd = self.budget.hours, self.budget.usd
        self.slider, self.target = self.budget.slider, self.budget.target
        self.gpu, self.precision = self.hardware.gpu, self.hardware.precision
        self.price, self.law = self.hardware.price, self.task.law
        self.watts, self.carbon = self.energy.watts, self.energy.carbon
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_GAP)
        self._cards = (self.budget, self.hardware, self.task, self.limits, self.energy)
        for card in self._cards:
            layout.addWidget(card)
        layout.addStretch(1)
        self._fields: dict[str, QuantityField] = {}
        for card in self._cards:
            self._fields |= card.inputs()
        for field in self._all_fields():
            field.committed.connect(session.end_step)
        session.changed.connect(self.show_plan)
        session.refused.connect(self._show_refusal)
        self.show_plan(session.plan)

    def folds(self) -> dict[str, FoldButton]:
        """What can be folded, by a name for the settings."""
        return {
            "hardware": self.hardware.more,
            "task": self.task.more,
            "limits": self.limits.fold,
            "energy": self.energy.fold,
        }

    def show_plan(self, plan: AnyPlan) -> None:
        """Show what is asked; fields that are being typed in keep their text."""
        for field in (*self._fields.values(), self.target.field):
            if not field.is_being_edited():  # its text is still the one that was refused
                field.set_error(None)
        for card in (self.budget, self.hardware, self.task, self.energy):
            card.show_plan(plan)
        self.limits.setVisible(not isinstance(plan, Plan))
        if not isinstance(plan, Plan):
            self.limits.show_plan(plan)

    def _all_fields(self) -> tuple[QuantityField, ...]:
        return (*self._fields.values(), *self.target.fields(), *self.hardware.other_fields())

    def _show_refusal(self, error: InputError) -> None:
        """Say it at the field that it is about, be it typed, chosen, clicked or from a file."""
        name = error.field
        field = self._fields.get(name)
        by = By(name) if field is None and name in set(By) else None
        label = field.name if field else "" if by is None else self.target.field_of(by).name
        if self.task.take_refusal(error, label):
            return
        sentence = self.tr('{0} must be {1}, got "{2}"')
        if field is None and by is None:
            self.show_plan(self._session.plan)  # a choice goes back to what it was
            self.hardware.show_error(
                sentence.format(
                    self._name_of(name), translated(error.message), value_text(error.value)
                )
            )
            return
        if by is not None:
            self.target.choose(by)
        field = field or self.target.field
        typed = field.text() if field.is_being_edited() else value_text(error.value)
        self.show_plan(self._session.plan)
        if by is not None:  # the plan may be fixed by another one
            self.target.choose(by)
        if field in self.limits.inputs().values():
            self.limits.set_open(True)
        if field in self.energy.inputs().values():
            self.energy.set_open(True)
        field.set_error(sentence.format(field.name, translated(error.message), typed))

    def _name_of(self, name: str) -> str:
        names = {
            "gpu": self.tr("GPU"),
            "precision": self.tr("Precision"),
            "provider": self.tr("Provider"),
            "stack": self.tr("Software"),
            "family": self.tr("Family"),
            "zone": self.tr("Zone"),
            "batch_tokens": self.tr("Tokens of a step"),
        }
        return names.get(name, name)
