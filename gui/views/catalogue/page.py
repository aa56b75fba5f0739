"""One tab of the catalogue: search, table, and the details of the row that is chosen."""

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSplitter,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from gui.views.catalogue.detail import DetailPane
from gui.views.catalogue.table import DoubtRole, Row, Sheet, SheetModel, SheetOrder
from gui.widgets.text import tabular, text_label

Index = QModelIndex | QPersistentModelIndex
_ROW_HEIGHT = 28
_NARROWEST = 56
_ARROW_ROOM = 6  # the arrow of the sorted column comes and goes
_DETAIL_WIDTH = 330
_SAMPLED_ROWS = 80


class CataloguePage(QWidget):
    """A sheet to search, sort and read; what can be changed is added by those who can."""

    row_chosen = Signal()

    def __init__(self, sheet: Sheet[Any], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sheet = sheet
        self.model = SheetModel(sheet, self)
        self.order = SheetOrder(self.model, self)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("name, provider, source…"))
        self.search.setAccessibleName(self.tr("Search"))
        hint = self.tr("Shows the rows with all of these words in any column or in their details")
        self.search.setToolTip(hint)
        self.search.setAccessibleDescription(hint)
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(160)
        self.search.setMaximumWidth(300)
        self.count = text_label("", "note")
        self.tools = QHBoxLayout()
        self.tools.setSpacing(8)
        self.table = self._make_table()
        self.empty = text_label("", "empty", wraps=True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.hide()
        self.detail = DetailPane()
        self.footnote = text_label(sheet.footnote, "note", wraps=True)
        self._lay_out()
        self.search.textChanged.connect(self._search)
        self.table.selectionModel().selectionChanged.connect(self._show_choice)
        self.table.selectionModel().currentChanged.connect(self._show_choice)

    @property
    def chosen(self) -> Row | None:
        """The row that is chosen, if any."""
        found = self.table.selectionModel().selectedRows()
        return self.order.row_at(found[0]) if found else None

    def read(self) -> None:
        """Read the rows again; what was chosen stays chosen."""
        before = self.chosen
        first = not self.model.rows
        self.model.read()
        if first:
            self._set_widths()
        if first and self.order.rowCount():
            self.table.selectRow(0)
        elif before is None or not self.choose(self.sheet.key(before)):
            self._show_choice()
        self._show_count()

    def choose(self, key: object) -> bool:
        """Choose the row with a key and bring it into view; whether it is on show."""
        place = self.order.place_of(key)
        if place is None:
            return False
        self.table.selectRow(place)
        self.table.scrollTo(self.order.index(place, 0))
        return True

    def go_to(self, key: object) -> None:
        """Choose the row with a key, giving up a search that hides it."""
        if not self.choose(key):
            self.search.clear()
            self.choose(key)

    def copy(self) -> None:
        """Put the chosen rows, or all that are on show, on the clipboard."""
        chosen = [index.row() for index in self.table.selectionModel().selectedRows()]
        rows = chosen or range(self.order.rowCount())
        QGuiApplication.clipboard().setText(self.order.as_tsv(rows))

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.order)
        table.setAccessibleName(self.tr("Rows"))
        table.setFont(tabular(table.font()))
        table.setItemDelegate(_Delegate(table))
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = table.horizontalHeader()
        header.setMinimumSectionSize(_NARROWEST)
        header.setHighlightSections(False)
        header.setResizeContentsPrecision(_SAMPLED_ROWS)
        table.setSortingEnabled(True)
        header.setSortIndicatorShown(False)  # it is drawn over the title, which has an arrow
        self.order.sort(-1)  # the sheet's own order
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.copy)
        return table

    def _lay_out(self) -> None:
        label = QLabel(self.tr("&Search"))
        label.setBuddy(self.search)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.search, 1)
        row.addWidget(self.count)
        row.addStretch(1)
        row.addLayout(self.tools)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(12)
        splitter.addWidget(left)
        splitter.addWidget(self.detail)
        splitter.setStretchFactor(0, 1)
        self.detail.setMinimumWidth(_DETAIL_WIDTH - 60)
        splitter.setSizes([10_000, _DETAIL_WIDTH])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(10)
        layout.addLayout(row)
        layout.addWidget(splitter, 1)
        layout.addWidget(self.footnote)

    def _set_widths(self) -> None:
        self.table.resizeColumnsToContents()
        for column in range(self.order.columnCount()):
            width = self.table.columnWidth(column) + _ARROW_ROOM
            self.table.setColumnWidth(column, min(width, self.model.columns[column].widest))

    def _search(self, text: str) -> None:
        self.order.search(text)
        self._show_count()
        chosen = self.table.selectionModel().selectedRows()
        if chosen:
            self.table.scrollTo(chosen[0])

    def _show_count(self) -> None:
        shown, total = self.order.rowCount(), len(self.model.rows)
        if shown == total:
            self.count.setText(self.tr("{0} rows").format(total))
        else:
            self.count.setText(self.tr("{0} of {1} rows").format(shown, total))
        nothing = self.tr("No row has all of these words: {0}").format(self.search.text())
        self.empty.setText(nothing if total else self.tr("No rows."))
        self.empty.setVisible(shown == 0)
        self.table.setVisible(shown > 0)

    def _show_choice(self) -> None:
        row = self.chosen
        if row is None:
            self.detail.show_nothing()
        else:
            self.detail.show_row(self.sheet, row)
        self.row_chosen.emit()


class _Delegate(QStyledItemDelegate):
    """Cells without a focus frame of their own, in the ink of a caution where in doubt."""

    def __init__(self, table: QTableView) -> None:
        super().__init__(table)
        self._ink = text_label("", "caution")  # dressed by the style sheet, as the theme is
        self._ink.setParent(table)
        self._ink.hide()

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """As the base does, without the frame, and with the ink."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if index.data(DoubtRole):
            self._ink.ensurePolished()
            colour = self._ink.palette().windowText().color()
            for role in (option.palette.ColorRole.Text, option.palette.ColorRole.HighlightedText):
                option.palette.setColor(role, colour)
