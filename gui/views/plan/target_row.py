"""The other ways to fix a plan: loss, size, compute, energy, CO2; the plots' clicks by key."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QStackedWidget, QWidget

from core.planner import AnyPlan, By
from gui.views.plan.law_text import compute_unit, counts_otherwise
from gui.widgets.choice_field import FocusedWheelComboBox
from gui.widgets.quantity_field import COLUMN_GAP, QuantityField


def asked_or_planned(plan: AnyPlan, by: By) -> float | None:
    """The budget as it was asked, for a cap may leave some of it over; else the plan's value."""
    if plan.request.by is by:
        return plan.request.value
    estimate = plan.quantity(by)
    return None if estimate is None else estimate.value


class TargetRow(QWidget):
    """A combo box that says which quantity, and its field, in the columns of the other fields."""

    edited = Signal(object, float)  # By, value

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        names = {
            By.LOSS: (
                self.tr("Loss"),
                self.tr("nats"),
                self.tr("Validation loss to reach, in nats per token."),
            ),
            By.PARAMS: (
                self.tr("Size"),
                self.tr("params"),
                self.tr("Non-embedding parameters of the model."),
            ),
            By.COMPUTE_NEFLO: (
                self.tr("Compute"),
                self.tr("neFLO"),
                self.tr("Non-embedding floating-point operations of the whole training."),
            ),
            By.ENERGY_KWH: (
                self.tr("Energy"),
                self.tr("kWh"),
                self.tr("Electric energy of the GPU, in kWh."),
            ),
            By.CO2_KG: (
                self.tr("CO₂"),
                self.tr("kg"),
                self.tr("Emissions of that energy, in kg of CO2e."),
            ),
        }
        self.choice: QComboBox = FocusedWheelComboBox()
        self.choice.setAccessibleName(self.tr("Quantity to plan for"))
        self.choice.setToolTip(
            self.tr("Plan for another quantity: choose it here and type its value beside it.")
        )
        # the label column is as wide as the panel leaves it, not as the longest name asks
        self.choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._stack = QStackedWidget()
        self._fields: dict[By, QuantityField] = {}
        for by, (name, unit, tooltip) in names.items():
            self.choice.addItem(name, by)
            field = QuantityField(name, by.kind, unit, tooltip=tooltip)
            field.hide_label()
            field.set_placeholder(self.tr("not known"))
            field.edited.connect(self._on_edited)
            self._fields[by] = field
            self._stack.addWidget(field)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(COLUMN_GAP)
        layout.addWidget(self.choice, 1)
        layout.addWidget(self._stack)
        self.choice.currentIndexChanged.connect(self._stack.setCurrentIndex)
        self.setTabOrder(self.choice, self.field)

    @property
    def field(self) -> QuantityField:
        """The field on show."""
        return self._fields[self.by]

    def fields(self) -> tuple[QuantityField, ...]:
        """Every field, shown or not."""
        return tuple(self._fields.values())

    @property
    def by(self) -> By:
        """The quantity on show."""
        return By(self.choice.currentData())

    def field_of(self, by: By) -> QuantityField:
        """The field of a quantity."""
        return self._fields[by]

    def name_of(self, by: By) -> str:
        """How a quantity of this row is called."""
        return self._fields[by].name.lower()

    def choose(self, by: By) -> None:
        """Show the field of ``by``."""
        self.choice.setCurrentIndex(list(self._fields).index(by))

    def show_plan(self, plan: AnyPlan) -> None:
        """Show every quantity, and first of all the one that the plan was asked by."""
        if plan.request.by in self._fields:
            self.choose(plan.request.by)
        self._show_units(plan)
        for by, field in self._fields.items():
            field.set_value(asked_or_planned(plan, by))

    def _show_units(self, plan: AnyPlan) -> None:
        law = plan.known.law
        size = self.tr("Non-embedding parameters of the model.")
        compute = self.tr("Non-embedding floating-point operations of the whole training.")
        if counts_otherwise(law):
            size = self.tr("Parameters of the model, as the law counts them.")
            compute = self.tr("Floating-point operations of the whole training, 6 N D.")
        self._fields[By.PARAMS].set_unit(self.tr("params"), size)
        self._fields[By.COMPUTE_NEFLO].set_unit(compute_unit(law), compute)

    def _on_edited(self, value: float) -> None:
        self.edited.emit(self.by, value)
