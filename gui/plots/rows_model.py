"""A table of numbers with their texts: the twin of a plot, and the coefficients of a fit."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
Cell = str | float
_MOST_COPIED = 200_000


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        title: translated, with its unit.
        cell: the value of a row, a text or a number.
        write: how a number is shown; None for a column of texts.
    """

    title: str
    cell: Callable[[int], Cell]
    write: Callable[[float], str] | None = None

    @property
    def side(self) -> Qt.AlignmentFlag:
        """Texts stand left, numbers right."""
        side = Qt.AlignmentFlag.AlignLeft if self.write is None else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter


class RowsModel(QAbstractTableModel):
    """Rows that are looked up when they are shown, so that ten million cost nothing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[Column, ...] = ()
        self._n_rows = 0
        self._hints: Sequence[str] = ()

    def set_rows(self, columns: Sequence[Column], n_rows: int, hints: Sequence[str] = ()) -> None:
        """Replace everything; ``hints`` are tooltips of the first rows."""
        self.beginResetModel()
        self._columns, self._n_rows, self._hints = tuple(columns), n_rows, tuple(hints)
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of rows."""
        return 0 if parent.isValid() else self._n_rows

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text to show; the bare value in the edit role."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.ToolTipRole and index.row() < len(self._hints):
            return self._hints[index.row()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._columns[index.column()].side
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return None
        column = self._columns[index.column()]
        cell = column.cell(index.row())
        if role == Qt.ItemDataRole.EditRole or isinstance(cell, str) or column.write is None:
            return cell
        return "–" if math.isnan(cell) else column.write(cell)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles; rows by number."""
        if orientation == Qt.Orientation.Horizontal and section < len(self._columns):
            if role == Qt.ItemDataRole.DisplayRole:
                return self._columns[section].title
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return self._columns[section].side
            return None
        return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None

    def as_tsv(self) -> str:
        """The table with full numbers, as spreadsheets paste it; very long ones are cut."""
        rows = [
            "\t".join(_full(column.cell(row)) for column in self._columns)
            for row in range(min(self._n_rows, _MOST_COPIED))
        ]
        return "\n".join(["\t".join(column.title for column in self._columns), *rows]) + "\n"


def _full(cell: Cell) -> str:
    return cell if isinstance(cell, str) else f"{cell:.6g}"
