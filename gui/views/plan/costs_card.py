"""What a plan costs: money, energy, CO2, and what that is in everyday terms."""

from PySide6.QtWidgets import QWidget

from core.planner import AnyPlan
from core.quantities import Estimate, format_energy, format_mass, format_number
from gui.translate import wrapped
from gui.views.plan.wording import money_text, stat_texts
from gui.widgets.card import Card
from gui.widgets.stat_row import StatRow
from gui.widgets.text import text_label


class CostsCard(Card):
    """A cost that nobody knows says so; it is never 0."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("What it costs"))
        self._money = StatRow(self.tr("Money"))
        self._energy = StatRow(self.tr("Energy"))
        self._co2 = StatRow(self.tr("CO₂"))
        self._everyday = text_label("", "note", wraps=True)
        self.add(self._money, self._energy, self._co2, self._everyday)
        self.body.addStretch(1)

    def show_plan(self, plan: AnyPlan) -> None:
        """Show the costs."""
        if plan.usd is None:
            self._money.set_value("", self.tr("no price known"))
        else:
            self._money.set_value(*stat_texts(plan.usd, money_text, self.tr("USD")))
        for row, estimate, write in (
            (self._energy, plan.energy_kwh, _energy_text),
            (self._co2, plan.co2_kg, _mass_text),
        ):
            if estimate is None:
                row.set_value("", self.tr("no power known"))
            else:
                row.set_value(*stat_texts(estimate, write))
        self._show_everyday(plan.car_km, plan.tree_days)

    def _show_everyday(self, car: Estimate | None, tree: Estimate | None) -> None:
        known = car is not None and tree is not None
        self._everyday.setVisible(known)
        if car is None or tree is None:
            return
        self._everyday.setText(
            self.tr("as a car over {0} km\none tree takes it up in {1} days").format(
                format_number(car.value, 2), format_number(tree.value, 2)
            )
        )
        self._everyday.setToolTip(wrapped(f"{car.source}\n{tree.source}"))


def _energy_text(kwh: float) -> str:
    return " ".join(format_energy(kwh))


def _mass_text(kg: float) -> str:
    return " ".join(format_mass(kg))
