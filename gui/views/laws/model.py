"""The comparison as a table: one row a law, sortable, with what has no number at the end."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QFont

from core.laws.about import Gives
from core.laws.compare import LawRow
from core.messages import Message
from core.quantities import format_count, format_number
from gui.translate import translated, wrapped

Index = QModelIndex | QPersistentModelIndex
Cell = str | float | None

translate = QCoreApplication.translate

NONE = "–"
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROOM = 0.08  # of the range of sizes, to either side
_LEAST_DECADES = 0.5


class Col(IntEnum):
    """The columns."""

    LAW = 0
    SIZE = 1
    PLACE = 2  # the size again, as a dot on an axis
    TOKENS = 3
    RATIO = 4
    LOSS = 5
    COUNTS = 6
    REMARKS = 7
    SOURCE = 8


@dataclass(frozen=True, slots=True)
class Dot:
    """A size on the axis: log10 of it, and how it is drawn."""

    position: float
    is_chosen: bool
    is_extrapolated: bool


class LawsModel(QAbstractTableModel):
    """Rows of `core.laws.compare`; ``EditRole`` gives bare numbers, None where there is none."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[LawRow, ...] = ()
        self._chosen = ""
        self._titles = {
            Col.LAW: self.tr("law"),
            Col.SIZE: self.tr("best size N"),
            Col.PLACE: self.tr("best size on an axis"),
            Col.TOKENS: self.tr("tokens D"),
            Col.RATIO: self.tr("D / N"),
            Col.LOSS: self.tr("loss, nats"),
            Col.COUNTS: self.tr("N counts"),
            Col.REMARKS: self.tr("remarks"),
            Col.SOURCE: self.tr("source"),
        }
        self._cells: dict[Col, Callable[[LawRow], Cell]] = {
            Col.LAW: lambda row: row.short_name,
            Col.SIZE: lambda row: row.params,
            Col.PLACE: lambda row: row.params,
            Col.TOKENS: lambda row: row.tokens,
            Col.RATIO: lambda row: row.tokens_per_param,
            Col.LOSS: lambda row: row.loss,
            Col.COUNTS: lambda row: translate("core", row.params_counted),
            Col.REMARKS: lambda row: ", ".join(remarks(row)),
            Col.SOURCE: lambda row: row.source,
        }

    @property
    def rows(self) -> tuple[LawRow, ...]:
        """What is shown, in the order of the comparison."""
        return self._rows

    @property
    def chosen(self) -> LawRow | None:
        """The row of the plan's own law."""
        return next((row for row in self._rows if row.id == self._chosen), None)

    def set_rows(self, rows: Sequence[LawRow], chosen: str) -> None:
        """Show these; the same laws keep their places, so that a selection stays."""
        same_laws = [row.id for row in rows] == [row.id for row in self._rows]
        if not same_laws:
            self.beginResetModel()
        self._rows, self._chosen = tuple(rows), chosen
        if not same_laws:
            self.endResetModel()
        elif rows:
            last = self.index(len(self._rows) - 1, max(Col))
            self.dataChanged.emit(self.index(0, 0), last)

    def log_range(self) -> tuple[float, float]:
        """The axis of the sizes in log10, with room at both ends."""
        sizes = [math.log10(row.params) for row in self._rows if row.params]
        low, high = (min(sizes), max(sizes)) if sizes else (6.0, 6.0)
        room = max((high - low) * _ROOM, (_LEAST_DECADES - (high - low)) / 2)
        return low - room, high + room

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of laws."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of columns."""
        return 0 if parent.isValid() else len(Col)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text, bare value, dot, tooltip or look of a cell."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], Col(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return "" if column is Col.PLACE else self._text(row, column)
            case Qt.ItemDataRole.EditRole:
                return self._cells[column](row)
            case Qt.ItemDataRole.UserRole if row.params:
                outside = any(flag.code == "extrapolated" for flag in row.flags)
                return Dot(math.log10(row.params), row.id == self._chosen, outside)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._titles[column]}: {self._text(row, column)}"
            case Qt.ItemDataRole.ToolTipRole:
                return wrapped(_details(row))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column in _WRITERS else _LEFT
            case Qt.ItemDataRole.FontRole if row.id == self._chosen and column is Col.LAW:
                font = QFont()
                font.setWeight(QFont.Weight.DemiBold)
                return font
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles; rows by number."""
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[Col(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in _WRITERS else _LEFT
        return None

    def _text(self, row: LawRow, column: Col) -> str:
        cell = self._cells[column](row)
        if cell is None:
            return NONE
        return cell if isinstance(cell, str) else _WRITERS[column](cell)


class LawsOrder(QSortFilterProxyModel):
    """Sorts by the bare values; what has none stays at the end, whichever way."""

    def lessThan(self, left: Index, right: Index) -> bool:
        """Whether ``left`` comes first in ascending order."""
        one, other = (
            self.sourceModel().data(index, Qt.ItemDataRole.EditRole) for index in (left, right)
        )
        if one is None or other is None:
            ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
            return (other is None and one is not None) == ascending and one is not other
        if isinstance(one, str):
            return one.casefold() < other.casefold()
        return bool(one < other)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort, and say so in the titles."""
        super().sort(column, order)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, max(Col))

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles, with an arrow in the column that is sorted by."""
        found = super().headerData(section, orientation, role)
        sorted_by = orientation == Qt.Orientation.Horizontal and section == self.sortColumn()
        if not sorted_by or role != Qt.ItemDataRole.DisplayRole:
            return found
        arrow = "↑" if self.sortOrder() == Qt.SortOrder.AscendingOrder else "↓"
        return f"{found} {arrow}"

    def as_tsv(self) -> str:
        """The table in the order on show, with full numbers, as spreadsheets paste it."""
        columns = [column for column in Col if column is not Col.PLACE]
        header = Qt.Orientation.Horizontal
        lines = [[str(self.sourceModel().headerData(column, header)) for column in columns]]
        for row in range(self.rowCount()):
            cells = (self.index(row, column).data(Qt.ItemDataRole.EditRole) for column in columns)
            lines.append([_full(cell) for cell in cells])
        return "\n".join("\t".join(line) for line in lines) + "\n"


def remarks(row: LawRow) -> list[str]:
    """The flags in a word each."""
    words = [] if row.gives is Gives.LOSS_AND_ALLOCATION else [translate("core", row.gives.value)]
    for flag in row.flags:
        word = _word(flag)
        if word and word not in words:
            words.append(word)
    return words


def _word(flag: Message) -> str:
    match flag.code:
        case "rounded":
            return translate("Laws", "rounded")
        case "extrapolated":
            return translate("Laws", "extrapolated")
        case "below_law":
            return translate("Laws", "below the law")
        case "not_converted":
            return translate("Laws", "not converted")
        case _:
            return ""


def _details(row: LawRow) -> str:
    """Everything that is known of a row, for a tooltip."""
    flags = [translated(flag) for flag in row.flags]
    note = "" if any(row.note and row.note in flag for flag in flags) else row.note
    counted = translate("Laws", "N counts: {0}").format(translate("core", row.params_counted))
    lines = (row.name, row.source, counted, *flags, note, row.licence)
    return "\n".join(line for line in lines if line)


def _full(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:.6g}"
    return " ".join((cell or "").split())


_WRITERS: dict[int, Callable[[float], str]] = {
    Col.SIZE: format_count,
    Col.PLACE: format_count,
    Col.TOKENS: format_count,
    Col.RATIO: lambda ratio: format_number(ratio, 3),
    Col.LOSS: lambda loss: f"{loss:.3f}",
}
