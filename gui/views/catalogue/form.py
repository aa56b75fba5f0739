"""A form that writes one of the person's own rows; what cannot be used is said at its field."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.errors import InputError
from gui.translate import translated
from gui.views.catalogue.fields import Field, FieldRow
from gui.widgets.notice import NoticeList
from gui.widgets.text import text_label

Group = tuple[str, Sequence[Field]]
_MARGIN, _BAR_ROOM = 16, 12


class RowForm(QDialog):
    """Groups of fields in columns, and a Save that only closes the form when it worked.

    Subclasses say what is written by `write`.
    """

    saved = Signal(object)  # the row as it was written

    def __init__(self, title: str, columns: Sequence[Sequence[Group]], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.rows: dict[str, FieldRow] = {}
        self.notices = NoticeList()
        content = QWidget()
        self._columns = QHBoxLayout()
        self._columns.setSpacing(16)
        for groups in columns:
            self._columns.addLayout(self._column(groups))
        self.below = QVBoxLayout(content)
        self.below.setContentsMargins(0, 0, 8, 0)
        self.below.setSpacing(12)
        self.below.addLayout(self._columns)
        scroll = QScrollArea()
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(content)
        self._scroll = scroll
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.save_button = self.buttons.addButton(
            self.tr("Save"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.save_button.setProperty("role", "primary")
        self.save_button.setDefault(True)
        for button in self.buttons.buttons():
            button.setIcon(QIcon())  # Fusion's icons are of another world
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, 14)
        layout.setSpacing(12)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.notices)
        layout.addWidget(self.buttons)
        self.buttons.accepted.connect(self.save)
        self.buttons.rejected.connect(self.reject)

    def write(self, cells: dict[str, str]) -> object:
        """Write the row; returns it.

        Raises:
            InputError: a cell cannot be used; its field says which.
        """
        raise NotImplementedError

    def fill(self, cells: Mapping[str, str]) -> None:
        """Show the cells of a row."""
        for name, row in self.rows.items():
            row.set_text(cells.get(name, ""))

    def cells(self) -> dict[str, str]:
        """What stands in the fields."""
        return {name: row.text() for name, row in self.rows.items()}

    def save(self) -> None:
        """Write the row and close, or say what is wrong and keep everything."""
        for row in self.rows.values():
            row.set_error("")
        try:
            written = self.write(self.cells())
        except InputError as error:
            self.show_error(error)
            return
        self.saved.emit(written)
        self.accept()

    def show_error(self, error: InputError) -> None:
        """Say it at the field that it is about; in general where there is none."""
        row = self.rows.get(error.field)
        if row is None:
            sentence = self.tr("{0} must be {1}").format(error.field, translated(error.message))
            self.notices.set_notices([("error", sentence)])
            return
        sentence = self.tr("{0} must be {1}").format(row.name, translated(error.message))
        row.set_error(sentence)
        row.edit.setFocus()
        self._scroll.ensureWidgetVisible(row)

    def add_wide(self, title: str, fields: Sequence[Field]) -> None:
        """A card over the whole width under the columns."""
        self.below.addWidget(self._card(title, fields, wide=True))

    def fit(self, width: int) -> None:
        """Become as high as the fields, if the screen has room."""
        room = self.screen().availableSize()
        wanted = self.below.sizeHint().height() + 110
        least = self.below.minimumSize().width() + 2 * _MARGIN + _BAR_ROOM
        self.setMinimumWidth(least)
        self.resize(max(least, min(width, room.width() - 40)), min(wanted, room.height() - 80))

    def _column(self, groups: Sequence[Group]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(12)
        for title, fields in groups:
            column.addWidget(self._card(title, fields))
        column.addStretch(1)
        return column

    def _card(self, title: str, fields: Sequence[Field], *, wide: bool = False) -> QFrame:
        card = QFrame()
        card.setProperty("role", "card")
        layout = QVBoxLayout(card)
        layout.setContentsMargins(14, 12, 14, 14)
        layout.setSpacing(6)
        layout.addWidget(text_label(title, "title"))
        for field in fields:
            row = FieldRow(field, wide=wide)
            row.edited.connect(self.on_edited)
            self.rows[field.name] = row
            layout.addWidget(row)
        return card

    def on_edited(self) -> None:
        """Something was typed: what was said in general may no longer hold."""
        self.notices.set_notices([])
