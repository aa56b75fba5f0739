"""What every GPU is asked: budget or target, deadline, how many, spot or not."""

from datetime import datetime, time, timedelta

from PySide6.QtCore import QDateTime, Qt
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QDateTimeEdit,
    QGridLayout,
    QLabel,
    QStackedWidget,
    QWidget,
)

from core.errors import InputError
from core.laws.library import find_law
from core.planner import QUANTITY_OF, By
from core.quantities import Kind, format_duration
from gui.translate import translated
from gui.views.compare.state import CompareState
from gui.views.plan.law_text import law_label
from gui.widgets.card import Card
from gui.widgets.choice_field import ChoiceField
from gui.widgets.quantity_field import COLUMN_GAP, EDIT_WIDTH, UNIT_WIDTH, QuantityField
from gui.widgets.text import text_label

_NONE, _WITHIN, _UNTIL = "none", "within", "until"
_AUTOMATIC, _NUMBER = "automatic", "number"
_USUAL_HOURS = 72.0
_USUAL_COUNT = 8
_END_OF_DAY = time(18, 0)
_FRIDAY = 4


class AskCard(Card):
    """Inputs of the comparison; each edits its state."""

    def __init__(self, state: CompareState, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Asked of every GPU"))
        self._state = state
        self._makes_budget()
        self._makes_deadline()
        self._makes_count()
        self.spot = QCheckBox(self.tr("&Spot prices"))
        tip = self.tr("Compare prices of spare capacity, which can be taken away at any time.")
        self.spot.setToolTip(tip)
        self.spot.setAccessibleDescription(tip)
        self.note = text_label("", "note", wraps=True)
        self.error = text_label("", "error", wraps=True)
        self.error.hide()
        self.add(self.by, self.amounts, self.deadline, self.limits)
        self.add(self.each, self.count, self.spot, self.error, self.note)
        self.spot.toggled.connect(self._edit_spot)
        state.asked_changed.connect(self.show_asked)
        state.compared.connect(self._clear_error)
        state.refused.connect(self._show_refusal)
        self.show_asked()

    def show_asked(self) -> None:
        """Show what is asked; fields that are being typed in keep their text."""
        asked, state = self._state.asked, self._state
        self.by.set_choice(asked.by.value)
        field = self.field_of(asked.by)
        self.amounts.setCurrentWidget(field)
        field.set_value(asked.value)
        kind = _NONE if asked.deadline_hours is None else _WITHIN
        self.deadline.set_choice(kind if state.until is None else _UNTIL)
        self.limits.setVisible(asked.deadline_hours is not None)
        self.limits.setCurrentWidget(self.within if state.until is None else self._until_row)
        if asked.deadline_hours is not None:
            self.within.set_value(asked.deadline_hours)
            self._left.setText(
                self.tr("{0} from now").format(format_duration(asked.deadline_hours))
            )
        self.each.set_choice(_AUTOMATIC if state.n_gpus is None else _NUMBER)
        self.count.setVisible(state.n_gpus is not None)
        if state.n_gpus is not None:
            self.count.set_value(float(state.n_gpus))
        self.each.set_note(self._count_note())
        self.spot.setChecked(asked.spot)
        self.note.setText(self._note_text())

    def go_to_budget(self) -> None:
        """Put the cursor into the budget."""
        self.field_of(self._state.asked.by).select()

    def field_of(self, by: By) -> QuantityField:
        """The field of a budget or target."""
        return self._amounts[by]

    def _makes_budget(self) -> None:
        names = {
            By.USD: (
                self.tr("Money"),
                self.tr("USD"),
                self.tr("What may be spent, in US dollars."),
            ),
            By.HOURS: (self.tr("Time"), self.tr("h"), self.tr("Training time, in hours.")),
            By.LOSS: (
                self.tr("Target loss"),
                self.tr("nats"),
                self.tr("Validation loss to reach as cheaply as possible, in nats per token."),
            ),
            By.ENERGY_KWH: (
                self.tr("Energy"),
                self.tr("kWh"),
                self.tr("Energy from the grid that may be used, in kWh."),
            ),
            By.CO2_KG: (
                self.tr("Emissions"),
                self.tr("kg"),
                self.tr("CO2e that may be emitted, in kg."),
            ),
            By.PARAMS: (
                self.tr("Size"),
                self.tr("params"),
                self.tr("Size of the model, in parameters as the law counts them."),
            ),
            By.COMPUTE_NEFLO: (
                self.tr("Compute"),
                self.tr("FLOP"),
                self.tr("Compute of the training, in floating-point operations."),
            ),
        }
        self.by = ChoiceField(
            self.tr("Compare &for"),
            tooltip=self.tr("The budget or target that every GPU is given."),
        )
        self.by.set_choices([(by.value, name) for by, (name, _, _) in names.items()])
        self.amounts = QStackedWidget()
        self._amounts = {
            by: QuantityField(name, by.kind, unit, tooltip=tip)
            for by, (name, unit, tip) in names.items()
        }
        for field in self._amounts.values():
            self.amounts.addWidget(field)
            field.edited.connect(self._edit_amount)
        self.by.chosen.connect(self._choose_by)

    def _makes_deadline(self) -> None:
        self.deadline = ChoiceField(
            self.tr("&Deadline"),
            tooltip=self.tr("Until when the training must be through."),
        )
        self.deadline.set_choices(
            [
                (_NONE, self.tr("none")),
                (_WITHIN, self.tr("within a time")),
                (_UNTIL, self.tr("by a date")),
            ]
        )
        self.within = QuantityField(
            self.tr("Within"),
            Kind.HOURS,
            self.tr("h"),
            tooltip=self.tr("Time that the training may take at most, in hours."),
        )
        self.until = QDateTimeEdit()
        self.until.setDisplayFormat("ddd d MMM yyyy, HH:mm")
        self.until.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.until.setFrame(False)
        self.until.setKeyboardTracking(False)
        self.until.setAccessibleName(self.tr("By"))
        tip = self.tr("Date and time by which the training must be through.")
        self.until.setToolTip(tip)
        self.until.setAccessibleDescription(tip)
        self.until.setFixedWidth(EDIT_WIDTH + COLUMN_GAP + UNIT_WIDTH)
        label = QLabel(self.tr("B&y"))
        label.setBuddy(self.until)
        self._left = text_label("", "note")
        self._until_row = QWidget()
        row = QGridLayout(self._until_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setHorizontalSpacing(COLUMN_GAP)
        row.setVerticalSpacing(4)
        row.setColumnStretch(0, 1)
        row.addWidget(label, 0, 0)
        row.addWidget(self.until, 0, 1)
        row.addWidget(self._left, 1, 1, Qt.AlignmentFlag.AlignRight)
        self.limits = QStackedWidget()
        self.limits.addWidget(self.within)
        self.limits.addWidget(self._until_row)
        self.deadline.chosen.connect(self._choose_deadline)
        self.within.edited.connect(self._state.ask_within)
        self.until.dateTimeChanged.connect(self._edit_until)

    def _makes_count(self) -> None:
        self.each = ChoiceField(
            self.tr("GP&Us of each"),
            tooltip=self.tr("How many of each GPU: as many as help, or the same number of all."),
        )
        self.each.set_choices([(_AUTOMATIC, self.tr("automatic")), (_NUMBER, self.tr("a number"))])
        self.count = QuantityField(
            self.tr("Number"),
            Kind.NUMBER,
            self.tr("GPUs"),
            tooltip=self.tr("How many of each GPU, a whole number."),
        )
        self.each.chosen.connect(self._choose_each)
        self.count.edited.connect(self._edit_count)

    def _count_note(self) -> str:
        asked, state = self._state.asked, self._state
        if state.n_gpus is not None:
            return ""
        if asked.deadline_hours is None or asked.by is By.HOURS:
            return self.tr("as in the plan: {0}; a deadline would ask for more").format(
                asked.n_gpus
            )
        return self.tr("as many as help to meet the deadline")

    def _note_text(self) -> str:
        try:
            name = law_label(find_law(self._state.asked.law))
        except InputError:  # its file is gone
            name = self._state.asked.law
        return self.tr("Law {0}, and all else as in the plan.").format(name)

    def _choose_by(self, name: str) -> None:
        """Another quantity, beginning with what the best row or the field has of it."""
        by = By(name)
        value = self.field_of(by).value()
        row = self._state.row
        if row is not None and row.plan is not None:
            found = getattr(row.plan, QUANTITY_OF[by])
            value = value if found is None else float(f"{found.value:.3g}")
        usual = {By.USD: 1000.0, By.LOSS: 3.0}
        self._state.ask(by=by, value=value or usual.get(by, 100.0))

    def _edit_amount(self, value: float) -> None:
        self._state.ask(value=value)

    def _choose_deadline(self, kind: str) -> None:
        if kind == _NONE:
            self._state.ask_within(None)
        elif kind == _WITHIN:
            self._state.ask_within(self.within.value() or _USUAL_HOURS)
        else:
            self.until.blockSignals(True)
            self.until.setMinimumDateTime(QDateTime.currentDateTime())
            self.until.setDateTime(_as_qt(next_friday(datetime.now())))
            self.until.blockSignals(False)
            self._state.ask_until(self._moment())

    def _edit_until(self) -> None:
        self._state.ask_until(self._moment())

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self.until.dateTime().toSecsSinceEpoch())

    def _choose_each(self, kind: str) -> None:
        count = round(self.count.value() or _USUAL_COUNT)
        self._state.set_n_gpus(None if kind == _AUTOMATIC else count)

    def _edit_count(self, count: float) -> None:
        if count == int(count):
            self._state.set_n_gpus(int(count))
        else:
            self.count.set_error(self.tr("the number of GPUs must be whole"))

    def _edit_spot(self, spot: bool) -> None:
        self._state.ask(spot=spot)

    def _clear_error(self) -> None:
        self.error.hide()

    def _show_refusal(self, error: InputError) -> None:
        names = {
            "law": self.tr("The law"),
            "deadline_hours": self.within.name,
            "n_gpus": self.count.name,
            **{by.value: field.name for by, field in self._amounts.items()},
        }
        name = names.get(error.field, error.field)
        sentence = self.tr('{0} must be {1}, got "{2}"')
        self.error.setText(sentence.format(name, translated(error.message), error.value))
        self.error.show()


def next_friday(now: datetime) -> datetime:
    """The evening of the next Friday that is at least a day off."""
    day = now.date() + timedelta(days=(_FRIDAY - now.weekday()) % 7)
    moment = datetime.combine(day, _END_OF_DAY)
    return moment if moment - now >= timedelta(days=1) else moment + timedelta(days=7)


def _as_qt(moment: datetime) -> QDateTime:
    return QDateTime.fromSecsSinceEpoch(int(moment.timestamp()))
