"""A row that chooses several of a few; its columns are those of a choice field."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QVBoxLayout, QWidget

from gui.widgets.choice_field import Choice
from gui.widgets.quantity_field import COLUMN_GAP, EDIT_WIDTH, UNIT_WIDTH
from gui.widgets.text import text_label

_ACROSS, _LOWER = 2, 4


class TicksField(QWidget):
    """A label and a box for each (id, translated text); at least one stays ticked.

    Args:
        label: translated name.
        tooltip: one translated sentence that says what is chosen.
        parent: owner.
    """

    chosen = Signal(object)  # tuple of ids, in the order of the choices

    def __init__(self, label: str, *, tooltip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._tooltip = label, tooltip
        self._choices: list[Choice] = []
        self.boxes: list[QCheckBox] = []
        self._label = QLabel(label)
        self._label.setToolTip(tooltip)
        self._label.setContentsMargins(0, _LOWER, 0, 0)  # on the line of the first boxes
        self._note = text_label("", "note", wraps=True)
        self._note.hide()
        self._boxes = QWidget()
        self._boxes.setFixedWidth(EDIT_WIDTH + COLUMN_GAP + UNIT_WIDTH)
        self._grid = QGridLayout(self._boxes)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(2)
        row = QGridLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setHorizontalSpacing(COLUMN_GAP)
        row.setColumnStretch(0, 1)
        row.addWidget(self._label, 0, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._boxes, 0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(row)
        layout.addWidget(self._note)

    def choices(self) -> tuple[str, ...]:
        """Ids of what is offered."""
        return tuple(identity for identity, _ in self._choices)

    def ticked(self) -> tuple[str, ...]:
        """Ids of what is chosen."""
        pairs = zip(self._choices, self.boxes, strict=True)
        return tuple(identity for (identity, _), box in pairs if box.isChecked())

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Offer (id, text) pairs, without emitting."""
        if list(choices) == self._choices:
            return
        for box in self.boxes:
            self._grid.removeWidget(box)
            box.deleteLater()
        self._choices, self.boxes = list(choices), []
        before: QWidget | None = None
        for place, (_, text) in enumerate(self._choices):
            box = QCheckBox(text)
            box.setAccessibleName(f"{self._name}: {text}")
            box.setAccessibleDescription(self._tooltip)
            box.setToolTip(self._tooltip)
            box.clicked.connect(self._on_clicked)
            self._grid.addWidget(box, place // _ACROSS, place % _ACROSS)
            if before is not None:
                QWidget.setTabOrder(before, box)
            self.boxes.append(box)
            before = box

    def set_ticked(self, identities: Collection[str]) -> None:
        """Tick these, without emitting."""
        for (identity, _), box in zip(self._choices, self.boxes, strict=True):
            box.setChecked(identity in identities)

    def set_note(self, text: str) -> None:
        """Say something about the choice, or nothing with an empty text."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _on_clicked(self) -> None:
        if not self.ticked():  # the last one stays
            box = self.sender()
            if isinstance(box, QCheckBox):
                box.setChecked(True)
            return
        self.chosen.emit(self.ticked())
