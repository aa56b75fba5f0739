"""Further limits: data, use after training, deadline, caps, and what time and money go to waste."""

from dataclasses import fields
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from core.planner import PlanRequest
from core.quantities import Kind
from gui.session import Session
from gui.widgets.choice_field import ChoiceField
from gui.widgets.fold_card import FoldCard
from gui.widgets.quantity_field import QuantityField
from gui.widgets.text import text_label

if TYPE_CHECKING:
    from core.planner.joint.plan import JointPlan

_USUAL = {field.name: field.default for field in fields(PlanRequest)}
_OWN = ""  # the choice of no published goodput
_TOKEN_UNITS = "k, M, B, T"


class LimitsCard(FoldCard):
    """Folded by default; it opens when a limit is set. An empty field is no limit."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Limits"))
        self._session = session
        self._fields = self._make_fields()
        self._names = {field: name for name, field in self._fields.items()}
        self.goodput = self._fields["goodput"]
        self.preset = ChoiceField(
            self.tr("as in"), tooltip=self.tr("Published trainings and their goodput, as a share.")
        )
        self._note = text_label("", "note", wraps=True)
        self._had_limits = False
        for name, field in self._fields.items():
            self.add(field)
            if name == "goodput":
                self.add(self.preset, self._note)
            field.edited.connect(self._edit)
            field.cleared.connect(self._clear)
            field.reset_requested.connect(self._reset)
        self.preset.chosen.connect(self._choose_preset)

    def inputs(self) -> dict[str, QuantityField]:
        """Fields by the name that an `InputError` carries."""
        return self._fields

    def show_plan(self, plan: "JointPlan") -> None:
        """Show the limits of a plan; open where there is one that was not there before."""
        request = plan.request
        for name, field in self._fields.items():
            value = getattr(request, name)
            empty = value == _USUAL[name] and name != "goodput"
            field.set_value(None if empty else value)
        self._show_goodput(request.goodput)
        held = [field.name for name, field in self._fields.items() if self._is_set(request, name)]
        self.set_summary(", ".join(held) if held else self.tr("none"))
        if held and not self._had_limits:
            self.set_open(True)
        self._had_limits = bool(held)

    def _is_set(self, request: PlanRequest, name: str) -> bool:
        return bool(getattr(request, name) != _USUAL[name])

    def _show_goodput(self, share: float) -> None:
        from core.hardware.goodput import goodput_presets

        presets = goodput_presets()
        own = (_OWN, self.tr("your own share"))
        self.preset.set_choices([own, *((preset.id, preset.name) for preset in presets.values())])
        found = next((p for p in presets.values() if p.goodput == share), None)
        self.preset.set_choice(_OWN if found is None else found.id)
        self._note.setText("" if found is None else found.source)
        self._note.setVisible(found is not None and bool(share != 1))
        self._note.setToolTip("" if found is None else found.notes)

    def _make_fields(self) -> dict[str, QuantityField]:
        none = self.tr("no limit")
        tokens, count = self.tr("tokens"), Kind.PARAMETERS

        def field(
            label: str,
            kind: Kind,
            unit: str,
            tooltip: str,
            nothing: str = none,
            units: str | None = None,
        ) -> QuantityField:
            return QuantityField(label, kind, unit, tooltip=tooltip, nothing=nothing, units=units)

        return {
            "unique_tokens": field(
                self.tr("Data"),
                count,
                tokens,
                self.tr("Different tokens that there are; more are repeated in epochs."),
                self.tr("ample"),
                _TOKEN_UNITS,
            ),
            "inference_tokens": field(
                self.tr("Use after"),
                count,
                tokens,
                self.tr("Tokens to read and write after training, paid by the same budget."),
                self.tr("none"),
                _TOKEN_UNITS,
            ),
            "deadline_hours": field(
                self.tr("Deadline"),
                Kind.HOURS,
                self.tr("h"),
                self.tr("Hours of the wall clock that the training may take."),
            ),
            "cap_usd": field(
                self.tr("Money cap"), Kind.USD, self.tr("USD"), self.tr("Most US dollars in all.")
            ),
            "cap_kwh": field(
                self.tr("Energy cap"), Kind.ENERGY_KWH, self.tr("kWh"), self.tr("Most kWh in all.")
            ),
            "cap_co2_kg": field(
                self.tr("CO₂ cap"), Kind.CO2_KG, self.tr("kg"), self.tr("Most kg of CO2e in all.")
            ),
            "goodput": QuantityField(
                self.tr("Goodput"),
                Kind.NUMBER,
                self.tr("of time"),
                tooltip=self.tr(
                    "Share of the paid time that trains: restarts, evaluation and stragglers take "
                    "the rest."
                ),
            ),
            "idle_hours": field(
                self.tr("Idle"),
                Kind.HOURS,
                self.tr("h"),
                self.tr("Hours that every GPU is paid for beside the training."),
                self.tr("none"),
            ),
            "storage_gb_months": field(
                self.tr("Storage"),
                Kind.NUMBER,
                self.tr("GB mo"),
                self.tr("Storage that is paid, in gigabytes times months."),
                self.tr("none"),
            ),
        }

    def _name_of_sender(self) -> str:
        return self._names[self.sender()]  # type: ignore[index]

    def _edit(self, value: float) -> None:
        self._set(self._name_of_sender(), value)

    def _clear(self) -> None:
        name = self._name_of_sender()
        self._set(name, _USUAL[name])

    def _reset(self) -> None:
        self._clear()

    def _choose_preset(self, preset: str) -> None:
        from core.hardware.goodput import goodput_presets

        if preset != _OWN:
            self._set("goodput", goodput_presets()[preset].goodput)

    def _set(self, name: str, value: object) -> None:
        field = self._fields[name]
        step = self.tr("change of {0}").format(field.name)
        self._session.edit(step, **{name: value})
