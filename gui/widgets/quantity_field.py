"""A row that reads and shows one quantity: label, number, unit, and what is wrong with it."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from core.errors import InputError
from core.quantities import Kind, format_number, parse_quantity, units_understood
from gui.widgets.notches import next_notch, tidy
from gui.widgets.number_edit import NumberEdit
from gui.widgets.text import restyle, text_label, without_mnemonic

EDIT_WIDTH = 124
UNIT_WIDTH = 44
COLUMN_GAP = 8
_SHOWN_DIGITS = 5
_STEP = 1.1
_STEP_DIGITS = 4
_MANY = 1e9
_SENTENCE_DELAY_MS = 500  # "1e" on the way to "1e6" is not yet worth a sentence


class QuantityField(QWidget):
    """Edits one number in the base unit of its kind.

    Text that cannot be read keeps the last good value, outlines the field and says why.
    Up and Down change the value by a tenth, with Shift to the next 1, 2 or 5. Escape, and
    leaving a text that is wrong, bring back the value from before the typing. A text that
    is being typed is never overwritten from outside.

    Args:
        label: translated name, with an optional ``&`` mnemonic.
        kind: quantity, which decides the units understood.
        unit: translated base unit, shown behind the field.
        tooltip: one translated sentence that says what the number is, with its unit.
        zero_allowed: whether 0 is a sensible value.
        nothing: translated words for an empty field, which then is an answer too (``no limit``).
        units: units to name instead of those of the kind.
        parent: owner.
    """

    edited = Signal(float)
    cleared = Signal()  # the field was emptied; only where that is an answer
    committed = Signal()
    reset_requested = Signal()

    def __init__(
        self,
        label: str,
        kind: Kind,
        unit: str,
        *,
        tooltip: str,
        zero_allowed: bool = False,
        nothing: str = "",
        units: str | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._name = without_mnemonic(label)
        self._kind = kind
        self._may_be_empty = bool(nothing)
        self._units_named = units
        self._zero_allowed = zero_allowed
        self._value: float | None = None
        self._before: float | None = None
        self._prefix_heard = False
        self._typing_error: str | None = None
        self._outside_error: str | None = None

        self._edit = NumberEdit()
        self._edit.setAccessibleName(self._name)
        self._edit.setPlaceholderText(nothing)
        self._edit.reset_button.setAccessibleName(self.tr("Reset {name}").format(name=self._name))
        self._label = QLabel(label)
        self._label.setBuddy(self._edit)
        self._unit = text_label(unit, "unit")
        self._unit.setMinimumWidth(UNIT_WIDTH)
        self._message = text_label("", "error", wraps=True)
        self._message.hide()
        self._sentence_timer = QTimer(self)
        self._sentence_timer.setSingleShot(True)
        self._sentence_timer.setInterval(_SENTENCE_DELAY_MS)
        self._describe(tooltip)
        self._edit.setAccessibleDescription(tooltip)
        self._lay_out()

        self._edit.textEdited.connect(self._on_text_edited)
        self._edit.editingFinished.connect(self._on_editing_finished)
        self._edit.stepped.connect(self._on_stepped)
        self._edit.escaped.connect(self._restore)
        self._edit.reset_button.clicked.connect(self.reset_requested)
        self._sentence_timer.timeout.connect(self._show_sentence)

    @property
    def name(self) -> str:
        """What the field is called, without its mnemonic."""
        return self._name

    def set_unit(self, unit: str, tooltip: str) -> None:
        """Another translated unit of the same size, and the sentence that says what it is."""
        if unit == self._unit.text() and tooltip == self._description:
            return
        self._unit.setText(unit)
        self._describe(tooltip)
        self._show_error()

    def set_placeholder(self, text: str) -> None:
        """Translated words for when there is no value to show."""
        self._edit.setPlaceholderText(text)

    def hide_label(self) -> None:
        """Leave the naming to something beside the field; screen readers keep the name."""
        self._label.hide()

    def value(self) -> float | None:
        """The last good value; None before the first, and where the field is empty."""
        return self._value

    def set_value(self, value: float | None) -> None:
        """Show ``value`` without emitting; a text that is being typed stays."""
        self._value = value
        if self.is_being_edited():
            return
        self._before = value
        self._write()

    def text(self) -> str:
        """What stands in the field, as it was typed."""
        return self._edit.text()

    def is_being_edited(self) -> bool:
        """Whether somebody is typing in it right now."""
        return self._edit.hasFocus() and self._edit.isModified()

    def error(self) -> str | None:
        """What is wrong with the field, if anything."""
        return self._typing_error or self._outside_error

    def set_error(self, message: str | None) -> None:
        """Mark the field with a translated sentence from outside, or clear that mark."""
        if message != self._outside_error:
            self._outside_error = message
            self._show_error()

    def set_reset(self, available: bool, tooltip: str = "") -> None:
        """Offer the way back to a value from the catalogue: a button, and Ctrl+Backspace."""
        button = self._edit.reset_button
        if not available and button.hasFocus():
            self._edit.setFocus()
        button.setToolTip(tooltip)
        button.setVisible(available)

    def select(self) -> None:
        """Put the cursor into the field with its text selected."""
        self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._edit.selectAll()

    def _describe(self, tooltip: str) -> None:
        units = self.tr("Units understood: {units}.").format(units=self._units())
        hint = "\n".join((tooltip, *((units,) if self._units() else ()), self._steps_text()))
        self._label.setToolTip(hint)
        self._edit.setToolTip(hint)
        self._description = tooltip

    def _lay_out(self) -> None:
        row = QGridLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setHorizontalSpacing(COLUMN_GAP)
        row.setColumnStretch(0, 1)
        self._edit.setFixedWidth(EDIT_WIDTH)
        row.addWidget(self._label, 0, 0)
        row.addWidget(self._edit, 0, 1)
        row.addWidget(self._unit, 0, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._message)
        self.setFocusProxy(self._edit)

    def _units(self) -> str:
        if self._units_named is not None:
            return self._units_named
        return ", ".join(units_understood(self._kind))

    def _steps_text(self) -> str:
        return self.tr("Up and Down change it by a tenth, with Shift to the next 1, 2 or 5.")

    def _read(self, text: str) -> float:
        return parse_quantity(text, self._kind, self._name, zero_allowed=self._zero_allowed)

    def _write(self) -> None:
        if self._value is None:
            self._edit.clear()
        else:
            self._edit.setText(self._written(self._value))
        self._typing_error = self._outside_error = None
        self._show_error()

    def _written(self, value: float) -> str:
        # An integer part is never rounded: 1234567 must not come back as 1,234,600.
        integer_digits = len(str(int(value))) if value < _MANY else 0
        digits = max(_SHOWN_DIGITS, integer_digits)
        if value >= _MANY and self._kind is Kind.PARAMETERS:
            return _in_billions(value)
        return format_number(value, digits)

    def _on_text_edited(self, text: str) -> None:
        self._outside_error = None  # it was about the text before
        if self._may_be_empty and not text.strip():
            self._typing_error = None
            self._take(None)
            return
        try:
            value = self._read(text)
        except InputError:
            self._typing_error = self._sentence(text)
            self._show_error(later=self._message.isHidden())
            return
        self._typing_error = None
        self._take(value)

    def _take(self, value: float | None) -> None:
        self._value = value
        self._prefix_heard = True
        self._show_error()
        self._emit(value)

    def _emit(self, value: float | None) -> None:
        if value is None:
            self.cleared.emit()
        else:
            self.edited.emit(value)

    def _wanted(self) -> str:
        if self._zero_allowed:
            return self.tr('{name} must be a number of at least 0, got "{text}"')
        return self.tr('{name} must be a positive number, got "{text}"')

    def _sentence(self, text: str) -> str:
        sentence = self._wanted().format(name=self._name, text=text)
        has_unit = any(sign.isdigit() for sign in text) and text.rstrip()[-1].isalpha()
        if has_unit and self._units():
            units = self.tr("(units understood: {units})").format(units=self._units())
            sentence = f"{sentence} {units}"
        return sentence

    def _on_editing_finished(self) -> None:
        if self.error() is not None:
            self._give_up_prefix()
            self._show_error()
        elif self._edit.isModified():
            self._before = self._value
            self._prefix_heard = False
            self._write()
            self.committed.emit()

    def _on_stepped(self, direction: int, to_notch: bool) -> None:
        if self._value is None:
            return
        value = self._stepped(self._value, direction, to_notch)
        if value != self._value and 1e-300 < value < 1e300:
            self._value = self._before = value
            self._write()
            self.edited.emit(value)

    def _stepped(self, value: float, direction: int, to_notch: bool) -> float:
        if value == 0:
            return 1.0 if direction > 0 else 0.0
        if to_notch:
            return next_notch(value, direction)
        return tidy(value * _STEP**direction, _STEP_DIGITS)

    def _restore(self) -> None:
        self._give_up_prefix()
        self._write()
        self._edit.selectAll()

    def _give_up_prefix(self) -> None:
        """Back to the value before the typing: "1" on the way to "1:30" was never meant."""
        if self._prefix_heard and (self._before is not None or self._may_be_empty):
            self._value = self._before
            self._prefix_heard = False
            self._emit(self._before)

    def _show_error(self, *, later: bool = False) -> None:
        error = self.error()
        if self._edit.property("invalid") != (error is not None):
            self._edit.setProperty("invalid", error is not None)
            restyle(self._edit)
        self._edit.setAccessibleDescription(error or self._description)
        self._sentence_timer.stop()
        if later:
            self._sentence_timer.start()
        else:
            self._show_sentence()

    def _show_sentence(self) -> None:
        error = self.error()
        self._message.setText(error or "")
        self._message.setVisible(error is not None)


def _in_billions(count: float) -> str:
    """``2e10`` -> ``"20 B"``, as people count tokens and parameters."""
    for suffix, scale in (("T", 1e12), ("B", 1e9)):
        if scale <= count < 1e5 * scale:
            return f"{format_number(count / scale, _SHOWN_DIGITS)} {suffix}"
    return format_number(count, _SHOWN_DIGITS)
