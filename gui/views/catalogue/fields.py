"""The fields of a form about one row: label, input, unit, and what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QCompleter,
    QGridLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QWidget,
)

from gui.widgets.choice_field import FocusedWheelComboBox
from gui.widgets.text import restyle, tabular, text_label, without_mnemonic

Choice = tuple[str, str]
_LABEL_WIDTH, _EDIT_WIDTH, _UNIT_WIDTH = 106, 156, 68
_GAP = 8
_SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Field:
    """What a field asks for.

    Attributes:
        name: column of the table, which errors name.
        label: translated, with an optional mnemonic.
        hint: one translated sentence that says what it is, with its unit.
        kind: a text, a number, one of ``choices``, a tick, or any number of ``choices``.
        unit: translated, behind the input.
        choices: (value, translated text) pairs; of a text, what is offered while typing.
    """

    name: str
    label: str
    hint: str
    kind: Literal["text", "number", "choice", "tick", "several"] = "text"
    unit: str = ""
    choices: Sequence[Choice] = ()


class FieldRow(QWidget):
    """One field; its value is the text of a table's cell."""

    edited = Signal()

    def __init__(self, field: Field, *, wide: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = field
        self.name = without_mnemonic(field.label)
        self.edit = self._make_edit()
        self.edit.setAccessibleName(self.name)
        self.edit.setAccessibleDescription(field.hint)
        self.edit.setToolTip(field.hint)
        self._message = text_label("", "error", wraps=True)
        self._message.hide()
        self._note = text_label("", "note", wraps=True)
        self._note.hide()
        self._label = QLabel(field.label)
        self._label.setBuddy(self.edit)
        self._label.setToolTip(field.hint)
        self._label.setFixedWidth(_LABEL_WIDTH)
        self._label.setWordWrap(True)
        unit = text_label(field.unit, "unit")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(_GAP)
        grid.setVerticalSpacing(2)
        if field.kind == "tick":
            self._label.hide()
        grid.addWidget(self._label, 0, 0)
        text_width = _EDIT_WIDTH + _GAP + _UNIT_WIDTH
        if field.unit:
            self.edit.setFixedWidth(_EDIT_WIDTH)
            unit.setFixedWidth(_UNIT_WIDTH)
            grid.addWidget(self.edit, 0, 1)
            grid.addWidget(unit, 0, 2)
        else:
            grid.addWidget(self.edit, 0, 1, 1, 2)
            if not (wide and field.kind in ("text", "tick")):
                self.edit.setFixedWidth(text_width)
        grid.setColumnStretch(2, 1)
        grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        grid.addWidget(self._message, 1, 1, 1, 2)
        grid.addWidget(self._note, 2, 1, 1, 2)
        self.setFocusProxy(self.edit)

    def text(self) -> str:
        """The cell."""
        edit = self.edit
        if isinstance(edit, QLineEdit):
            return edit.text().strip()
        if isinstance(edit, QComboBox):
            return str(edit.currentData() or "")
        if isinstance(edit, QCheckBox):
            return "true" if edit.isChecked() else "false"
        return edit.text_of_choices()

    def set_text(self, text: str) -> None:
        """Show the cell of a row."""
        edit = self.edit
        if isinstance(edit, QLineEdit):
            is_number = self.field.kind == "number"
            edit.setText(_short(text) if is_number else text)
            edit.setCursorPosition(len(edit.text()) if is_number else 0)
        elif isinstance(edit, QComboBox):
            if edit.findData(text) < 0 and text:
                edit.addItem(text, text)
            edit.setCurrentIndex(max(0, edit.findData(text)))
        elif isinstance(edit, QCheckBox):
            edit.setChecked(text == "true")
        else:
            edit.set_choices(text)

    def error(self) -> str:
        """What is wrong, as it is shown; empty where nothing is."""
        return self._message.text()

    def set_error(self, sentence: str) -> None:
        """Say what is wrong, or nothing."""
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))
        self.edit.setAccessibleDescription(sentence or self.field.hint)
        self.edit.setProperty("invalid", bool(sentence))
        restyle(self.edit)

    def note(self) -> str:
        """What is said about the value."""
        return self._note.text()

    def set_note(self, sentence: str) -> None:
        """Say something about the value, or nothing."""
        self._note.setText(sentence)
        self._note.setVisible(bool(sentence))

    def lock(self, reason: str) -> None:
        """Show it without letting it be changed."""
        self.edit.setEnabled(False)
        self.edit.setToolTip(reason)

    def _make_edit(self) -> "QLineEdit | QComboBox | QCheckBox | SeveralButton":
        field = self.field
        if field.kind == "choice":
            combo = FocusedWheelComboBox()
            combo.setMaxVisibleItems(14)
            for value, text in field.choices:
                combo.addItem(text, value)
            combo.activated.connect(self._on_edited)
            return combo
        if field.kind == "tick":
            box = QCheckBox(field.label)
            box.toggled.connect(self._on_edited)
            return box
        if field.kind == "several":
            button = SeveralButton(field.choices)
            button.edited.connect(self._on_edited)
            return button
        edit = QLineEdit()
        edit.setFont(tabular(edit.font()))
        if field.kind == "number":
            edit.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if field.choices:
            completer = QCompleter([text for _, text in field.choices], edit)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            edit.setCompleter(completer)
        edit.textEdited.connect(self._on_edited)
        return edit

    def _on_edited(self, _value: object = None) -> None:
        self.set_error("")
        self.edited.emit()


class SeveralButton(QPushButton):
    """A button whose menu ticks any number of choices; it says which ones are."""

    edited = Signal()

    def __init__(self, choices: Sequence[Choice], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAutoDefault(False)
        self._menu = QMenu(self)
        self._actions: dict[str, QAction] = {}
        self._others: list[str] = []  # what another program wrote there
        for value, text in choices:
            action = self._menu.addAction(text)
            action.setCheckable(True)
            action.toggled.connect(self._on_toggled)
            self._actions[value] = action
        self.setMenu(self._menu)
        self._write()

    def text_of_choices(self) -> str:
        """What is ticked, as the table has it."""
        ticked = [value for value, action in self._actions.items() if action.isChecked()]
        return f"{_SEPARATOR} ".join((*ticked, *self._others))

    def set_choices(self, text: str) -> None:
        """Tick what the table has; what is no choice stays as it is."""
        words = [word.strip() for word in text.split(_SEPARATOR) if word.strip()]
        names = {word: word.partition("(")[0].strip() for word in words}
        self._others = [word for word in words if names[word] not in self._actions]
        self.blockSignals(True)
        for value, action in self._actions.items():
            action.setChecked(value in names.values())
        self.blockSignals(False)
        self._write()

    def tick(self, value: str, ticked: bool = True) -> None:
        """Tick a choice as a person does."""
        self._actions[value].setChecked(ticked)

    def _on_toggled(self, _ticked: bool) -> None:
        self._write()
        self.edited.emit()

    def _write(self) -> None:
        ticked = [action.text() for action in self._actions.values() if action.isChecked()]
        text = ", ".join((*ticked, *self._others)) or self.tr("none")
        self.setText(text if len(text) < 20 else self.tr("{0} figures").format(len(ticked)))
        self.setToolTip(text)


def _short(text: str) -> str:
    """``"3350.0"`` -> ``"3350"``; what is no number stays."""
    try:
        return f"{float(text):.10g}"
    except ValueError:
        return text
