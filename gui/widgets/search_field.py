"""A choice among many: groups under headings, and a search while typing."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QKeyEvent,
    QResizeEvent,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QCompleter, QLineEdit, QWidget

from gui.widgets.choice_field import Choice, ChoiceField, FocusedWheelComboBox
from gui.widgets.number_edit import is_for_the_window

Group = tuple[str, Sequence[Choice]]

_MOST_SHOWN = 14
_ARROW, _PADDING = 28, 14
_LEAST_POPUP_WIDTH = 272
_LIKE_THE_LIST = """
    QListView { padding: 0 4px; outline: none; }
    QListView:focus { border-width: 1px; border-color: palette(mid); }
    QListView::item { min-height: 28px; padding: 0 6px; }
"""


class SearchField(ChoiceField):
    """A `ChoiceField` whose text can be typed: what contains it is offered.

    The full list may be asked for late, when the field first gets the focus or opens: until
    then only what was set stands in it.

    Args:
        label: translated name.
        tooltip: one translated sentence that says what is chosen.
        fill: called once before the list is needed; it calls `set_groups`.
        parent: owner.
    """

    def __init__(
        self,
        label: str,
        *,
        tooltip: str,
        fill: Callable[[], None] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(label, tooltip=tooltip, parent=parent)
        self._fill = fill

    def set_groups(self, groups: Sequence[Group]) -> None:
        """Offer (heading, choices) without emitting; an empty heading is not shown."""
        choices = [choice for _, group in groups for choice in group]
        headings = {group[0][0]: heading for heading, group in groups if heading and group}
        if choices == self._choices and headings == self._headings():
            return
        wanted = self._current
        self._choices = choices
        model = QStandardItemModel(self._combo)
        for identity, text in choices:
            if identity in headings:
                model.appendRow(_heading(headings[identity]))
            item = QStandardItem(text)
            item.setData(identity, Qt.ItemDataRole.UserRole)
            model.appendRow(item)
        self._combo.setModel(model)
        self._current = None
        if wanted is not None and self._combo.findData(wanted) >= 0:
            self.set_choice(wanted)

    def set_choices(self, choices: Sequence[Choice]) -> None:
        """Offer choices without headings."""
        self.set_groups([("", choices)])

    def offers(self, identity: str) -> bool:
        """Whether it can be chosen."""
        return self._combo.findData(identity) >= 0

    def fill(self) -> None:
        """Have the full list, if that has not been so."""
        wanted, self._fill = self._fill, None
        if wanted is not None:
            wanted()

    def set_choice(self, identity: str) -> None:
        """Choose without emitting.

        Raises:
            ValueError: ``identity`` is not among the choices.
        """
        super().set_choice(identity)
        self._search.show_current()

    def _make_combo(self) -> FocusedWheelComboBox:
        self._search = combo = _SearchCombo()
        combo.asked.connect(self.fill)
        combo.picked.connect(self._on_picked)
        return combo

    def _headings(self) -> dict[str, str]:
        model = self._combo.model()
        found = {}
        for row in range(1, model.rowCount()):
            index, above = model.index(row, 0), model.index(row - 1, 0)
            if above.data(Qt.ItemDataRole.UserRole) is None:
                found[index.data(Qt.ItemDataRole.UserRole)] = above.data()
        return found

    def _on_activated(self, index: int) -> None:
        identity = self._combo.itemData(index)
        if identity is not None and identity != self._current:
            self._current = identity
            self.chosen.emit(identity)

    def _on_picked(self, identity: str) -> None:
        if identity != self._current:
            self._combo.setCurrentIndex(self._combo.findData(identity))
            self._current = identity
            self.chosen.emit(identity)


class _SearchCombo(FocusedWheelComboBox):
    """An editable combo box that takes nothing but its own items."""

    asked = Signal()
    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._edit = edit = QLineEdit()  # first: events come before the box is ready
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setMaxVisibleItems(_MOST_SHOWN)
        self.setLineEdit(edit)
        edit.setTextMargins(-2, 0, 0, 0)  # in line with the texts of other fields
        edit.setStyleSheet("QLineEdit { border: none; background: transparent; padding: 0; }")
        self._completer = completer = QCompleter(self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        completer.setMaxVisibleItems(_MOST_SHOWN)
        self.setCompleter(completer)
        if (popup := completer.popup()) is not None:
            popup.setStyleSheet(_LIKE_THE_LIST)
            popup.setMinimumWidth(_LEAST_POPUP_WIDTH)
        completer.activated[QModelIndex].connect(self._on_completed)  # type: ignore[index]
        edit.returnPressed.connect(self._take_first)

    def event(self, event: QEvent) -> bool:
        """Leave the window its shortcuts: the box hands every key to its line edit first."""
        if is_for_the_window(event, self._edit):
            event.ignore()
            return False
        return super().event(event)

    def setModel(self, model: QAbstractItemModel) -> None:
        """Items to choose from; the completer looks into the same."""
        super().setModel(model)
        self._completer.setModel(model)

    def show_current(self) -> None:
        """The chosen text, cut where it does not fit, unless somebody is typing."""
        edit = self._edit
        if self.hasFocus() and edit.isModified():
            return
        text = self.itemText(self.currentIndex())
        if not self.hasFocus():
            # by hand: the style sheet's own field is not told how wide it is before it is shown
            room = self.width() - _ARROW - _PADDING
            text = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        edit.setText(text)
        edit.setCursorPosition(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self.show_current()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Fill the list, and select the text so that typing replaces it."""
        self.asked.emit()
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.show_current()
            self._edit.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leave no half-typed text behind."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            found = self._found()
            self._take(found if len(found) == 1 else [])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives a half-typed text up."""
        if event.key() == Qt.Key.Key_Escape and self._edit.isModified():
            self._take([])
            self._edit.selectAll()
        else:
            super().keyPressEvent(event)

    def showPopup(self) -> None:
        """The full list."""
        self.asked.emit()
        super().showPopup()
        row = self.currentIndex()
        if row < _MOST_SHOWN - 2:
            self.view().scrollToTop()  # Qt would hide the first of a list that begins with it
        else:
            here = self.model().index(row, 0)
            self.view().scrollTo(here, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _on_completed(self, index: QModelIndex) -> None:
        identity = index.data(Qt.ItemDataRole.UserRole)
        if identity is not None:
            self._edit.setModified(False)
            self.picked.emit(identity)
            self.show_current()

    def _found(self) -> list[str]:
        """Ids of what the typed text names, else of what contains it."""
        typed = self._edit.text().strip().casefold()
        if not self._edit.isModified() or not typed:
            return []
        items = [
            (self.itemText(row).casefold(), self.itemData(row))
            for row in range(self.count())
            if self.itemData(row) is not None
        ]
        exact = [identity for text, identity in items if text == typed]
        return exact or [identity for text, identity in items if typed in text]

    def _take_first(self) -> None:
        self._take(self._found())

    def _take(self, found: list[str]) -> None:
        self._edit.setModified(False)
        if found:
            self.picked.emit(found[0])
        self.show_current()


def _heading(text: str) -> QStandardItem:
    item = QStandardItem(text)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    font = QFont(item.font())
    font.setPixelSize(12)
    font.setWeight(QFont.Weight.DemiBold)
    item.setFont(font)
    return item
