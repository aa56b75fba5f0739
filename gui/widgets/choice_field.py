"""A row that chooses one of several; its columns are those of a quantity field."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QVBoxLayout,
    QWidget,
)

from gui.widgets.quantity_field import COLUMN_GAP, EDIT_WIDTH, UNIT_WIDTH
from gui.widgets.text import text_label, without_mnemonic

Choice = tuple[str, str]


class ChoiceField(QWidget):
    """A label and a combo box over (id, translated text) pairs, with a note under them.

    Args:
        label: translated name, with an optional ``&`` mnemonic.
        tooltip: one translated sentence that says what is chosen.
        parent: owner.
    """

    chosen = Signal(str)

    def __init__(self, label: str, *, tooltip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choices: list[Choice] = []
        self._current: str | None = None
        self._combo = self._make_combo()
        self._combo.setAccessibleName(without_mnemonic(label))
        self._combo.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._combo.setMinimumContentsLength(8)
        self._combo.setMinimumWidth(EDIT_WIDTH + COLUMN_GAP + UNIT_WIDTH)
        self._combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._label = QLabel(label)
        self._label.setBuddy(self._combo)
        self.set_tooltip(tooltip)
        self._note = text_label("", "note", wraps=True)
        self._note.hide()
        row = QGridLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setHorizontalSpacing(COLUMN_GAP)
        row.setColumnStretch(0, 1)
        row.addWidget(self._label, 0, 0)
        row.addWidget(self._combo, 0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._note)
        self.setFocusProxy(self._combo)
        self._combo.activated.connect(self._on_activated)

    def set_tooltip(self, tooltip: str) -> None:
        """Another sentence that says what is chosen."""
        self._label.setToolTip(tooltip)
        self._combo.setToolTip(tooltip)
        self._combo.setAccessibleDescription(tooltip)

    def choice(self) -> str | None:
        """Id of what is chosen; None while there is nothing to choose from."""
        return self._current

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Offer (id, text) pairs without emitting; a choice that is still offered stays."""
        if list(choices) == self._choices:
            return
        self._choices = list(choices)
        self._combo.clear()
        for identity, text in self._choices:
            self._combo.addItem(text, identity)
        wanted = self._current
        self._current = self._combo.currentData()
        if wanted is not None and self._combo.findData(wanted) >= 0:
            self.set_choice(wanted)

    def set_choice(self, identity: str) -> None:
        """Choose without emitting.

        Raises:
            ValueError: ``identity`` is not among the choices.
        """
        index = self._combo.findData(identity)
        if index < 0:
            raise ValueError(f'no choice "{identity}"')
        self._combo.setCurrentIndex(index)
        self._current = identity

    def set_note(self, text: str) -> None:
        """Say something about the choice, or nothing with an empty text."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _make_combo(self) -> "FocusedWheelComboBox":
        return FocusedWheelComboBox()

    def _on_activated(self, index: int) -> None:
        identity = self._choices[index][0]
        if identity != self._current:
            self._current = identity
            self.chosen.emit(identity)


class FocusedWheelComboBox(QComboBox):
    """Scrolling a panel must not change what the pointer happens to pass."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # by default the wheel takes the focus

    def showPopup(self) -> None:
        """Open the list as wide as its longest text, which the narrow field cuts."""
        view = self.view()
        margins = view.width() - view.viewport().width()
        view.setMinimumWidth(max(self.width(), view.sizeHintForColumn(0) + margins + 16))
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box with an ellipsis where its text does not fit, which Qt would just cut."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        field = self.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            self,
        )
        option.currentText = self.fontMetrics().elidedText(
            "" if self.isEditable() else self.currentText(),
            Qt.TextElideMode.ElideRight,
            field.width() - 2,
        )
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the panel unless focused."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
