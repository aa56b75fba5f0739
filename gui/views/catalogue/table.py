"""One sheet of the catalogue as a table: marked where not verified, sorted, searched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from core.quantities import format_number
from gui.translate import wrapped
from gui.widgets.glyphs import NoticeKind

Index = QModelIndex | QPersistentModelIndex
Cell = str | float | None
T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)
Row = Any  # of whatever kind a sheet has

translate = QCoreApplication.translate

NONE = "–"
MARK = "*"
DoubtRole = Qt.ItemDataRole.UserRole + 1
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def no_doubt(_row: object) -> str:
    """Nothing speaks against the cell."""
    return ""


@dataclass(frozen=True, slots=True)
class Column(Generic[T_contra]):
    """One figure of a row.

    Attributes:
        title: translated.
        hint: what it is, one sentence.
        cell: the value of a row; None where it is not known.
        doubt: why the cell must not be taken as it stands, translated; empty where it may.
        write: how a number is shown; None for a column of texts.
        marked: whether a doubted cell gets the sign for "not verified", not only its colour.
        about_source: whether it says where the row is from, not what it says.
        in_table: False for what only the details show.
        unit: of a number; it stands under the title.
        widest: pixels that the column takes at most before somebody drags it.
    """

    title: str
    hint: str
    cell: Callable[[T_contra], Cell]
    doubt: Callable[[T_contra], str] = no_doubt
    write: Callable[[float], str] | None = None
    marked: bool = True
    about_source: bool = False
    in_table: bool = True
    unit: str = ""
    widest: int = 190

    @property
    def name(self) -> str:
        """Title and unit on one line."""
        return f"{self.title}, {self.unit}" if self.unit else self.title

    def text(self, row: T_contra) -> str:
        """What is shown, without a mark."""
        cell = self.cell(row)
        if cell is None or cell == "":
            return NONE
        return cell if isinstance(cell, str) else (self.write or format_number)(cell)

    def marked_text(self, row: T_contra) -> str:
        """What is shown; the mark stands outside of the figures, which so stay aligned."""
        text = self.text(row)
        if text == NONE or not self.marked or not self.doubt(row):
            return text
        return f"{text} {MARK}" if self.write is None else f"{MARK} {text}"


@dataclass(frozen=True, slots=True)
class Sheet(Generic[T]):
    """One tab: what its rows are, and what is said of them.

    Attributes:
        rows: reads them.
        key: what stays when a row changes.
        title: name of a row for people.
        notices: sentences about a row, most important first.
        footnote: attribution and what the marks mean, translated.
    """

    columns: tuple[Column[T], ...]
    rows: Callable[[], Sequence[T]]
    key: Callable[[T], object]
    title: Callable[[T], str]
    notices: Callable[[T], Sequence[tuple[NoticeKind, str]]]
    footnote: str


class SheetModel(QAbstractTableModel):
    """The rows of a sheet; ``EditRole`` gives bare values, None where there is none."""

    def __init__(self, sheet: Sheet[Any], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sheet = sheet
        self.columns: tuple[Column[Any], ...] = tuple(c for c in sheet.columns if c.in_table)
        self._rows: tuple[Any, ...] = ()
        self._words: list[str] = []

    @property
    def rows(self) -> tuple[Any, ...]:
        """Everything that the sheet has, in its own order."""
        return self._rows

    def read(self) -> None:
        """Read the rows again."""
        self.beginResetModel()
        self._rows = tuple(self.sheet.rows())
        self._words = [
            " ".join(column.text(row) for column in self.sheet.columns).casefold()
            for row in self._rows
        ]
        self.endResetModel()

    def has_words(self, row: int, words: Sequence[str]) -> bool:
        """Whether each of the words, in small letters, is somewhere in a row or its details."""
        return all(word in self._words[row] for word in words)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of columns."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text, bare value, doubt, or what a screen reader says."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.marked_text(row)
            case Qt.ItemDataRole.EditRole:
                cell = column.cell(row)
                return None if cell == "" else cell
            case Qt.ItemDataRole.TextAlignmentRole:
                return _LEFT if column.write is None else _RIGHT
            case Qt.ItemDataRole.ToolTipRole:
                lines = (column.text(row), self._doubt(row, column))
                return wrapped("\n".join(line for line in lines if line not in ("", NONE)))
            case Qt.ItemDataRole.AccessibleTextRole:
                said = f"{column.name}: {column.text(row)}"
                doubt = self._doubt(row, column)
                return f"{said}, {doubt}" if doubt else said
        return self._doubt(row, column) if role == DoubtRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        column = self.columns[section]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{column.title}\n{column.unit}"
            case Qt.ItemDataRole.AccessibleTextRole:
                return column.name
            case Qt.ItemDataRole.ToolTipRole:
                return wrapped(column.hint)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _LEFT if column.write is None else _RIGHT
        return None

    def _doubt(self, row: object, column: Column[Any]) -> str:
        return "" if column.text(row) == NONE else column.doubt(row)


class SheetOrder(QSortFilterProxyModel):
    """Sorts by bare values, what has none last whichever way; keeps rows with all the words."""

    def __init__(self, model: SheetModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.model = model
        self._wanted: tuple[str, ...] = ()
        self.setSourceModel(model)
        self.setDynamicSortFilter(True)

    def search(self, text: str) -> None:
        """Keep the rows that have every word of ``text`` somewhere; all of them for none."""
        self._wanted = tuple(text.casefold().split())
        self.invalidate()

    def row_at(self, index: Index) -> Row:
        """The row that an index of this order is of."""
        return self.model.rows[self.mapToSource(index).row()]

    def place_of(self, key: object) -> int | None:
        """Where the row with a key is; None while it is not on show."""
        for number, row in enumerate(self.model.rows):
            if self.model.sheet.key(row) == key:
                place = self.mapFromSource(self.model.index(number, 0))
                return place.row() if place.isValid() else None
        return None

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Whether a row has every word."""
        return self.model.has_words(source_row, self._wanted)

    def lessThan(self, left: Index, right: Index) -> bool:
        """Whether ``left`` comes first in ascending order."""
        one, other = (self.model.data(index, Qt.ItemDataRole.EditRole) for index in (left, right))
        if one is None or other is None:
            ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
            return (other is None and one is not None) == ascending and one is not other
        if isinstance(one, str) or isinstance(other, str):
            return str(one).casefold() < str(other).casefold()
        return bool(one < other)  # type: ignore[operator]

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort, and say so in the titles."""
        super().sort(column, order)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.columnCount() - 1)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles, with an arrow in the column that is sorted by."""
        found = super().headerData(section, orientation, role)
        sorted_by = orientation == Qt.Orientation.Horizontal and section == self.sortColumn()
        if not sorted_by or role != Qt.ItemDataRole.DisplayRole:
            return found
        arrow = "↑" if self.sortOrder() == Qt.SortOrder.AscendingOrder else "↓"
        title, _, unit = str(found).partition("\n")
        return f"{title} {arrow}\n{unit}"

    def as_tsv(self, rows: Sequence[int]) -> str:
        """These rows with full numbers and all that the details say, as spreadsheets paste it."""
        columns = self.model.sheet.columns
        mark = translate("Catalogue", "not verified")
        lines = [[*(column.name for column in columns), mark]]
        for place in rows:
            row = self.row_at(self.index(place, 0))
            doubted = [c.name for c in columns if c.marked and c.text(row) != NONE and c.doubt(row)]
            lines.append([*(_full(column.cell(row)) for column in columns), ", ".join(doubted)])
        return "\n".join("\t".join(line) for line in lines) + "\n"


def _full(cell: Cell) -> str:
    return f"{cell:.10g}" if isinstance(cell, float) else " ".join(str(cell or "").split())
