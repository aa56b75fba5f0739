"""The table twin of the plots: every point as a row, for screen readers, copying and tests."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from core.quantities import format_count, format_scientific
from core.runs.table import Run

Index = QModelIndex | QPersistentModelIndex
_COLUMNS = 4


@dataclass(frozen=True, slots=True)
class Point:
    """One row: a run's evaluation or a point of the frontier."""

    name: str
    params: float
    compute_neflo: float
    loss: float


class PointsModel(QAbstractTableModel):
    """Points of the runs, run after run, and then those of the frontier."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runs: list[Point] = []
        self._frontier: list[Point] = []
        self._size_title = self.tr("non-embedding parameters")
        self._compute_title = self.tr("compute, neFLO")

    def set_titles(self, size: str, compute: str) -> None:
        """What the sizes and the computes of a law are, translated and with their unit."""
        self._size_title, self._compute_title = size, compute
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, _COLUMNS - 1)

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Replace the rows of the runs."""
        self.beginResetModel()
        self._runs = [
            Point(run.name, run.non_embedding_params, float(compute), float(loss))
            for run in runs
            for compute, loss in zip(run.compute_neflo, run.loss, strict=True)
        ]
        self.endResetModel()

    def set_frontier(
        self, compute: Iterable[float], loss: Iterable[float], params: Iterable[float]
    ) -> None:
        """Replace the rows of the frontier: its loss and optimal size at each compute."""
        self.beginResetModel()
        self._frontier = [
            Point(self.tr("frontier"), float(n), float(c), float(value))
            for c, value, n in zip(compute, loss, params, strict=True)
        ]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of points."""
        return 0 if parent.isValid() else len(self._runs) + len(self._frontier)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Run, parameters, compute, loss."""
        return 0 if parent.isValid() else _COLUMNS

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text to show; the bare number in the edit role."""
        if not index.isValid():
            return None
        point = self._point(index.row())
        column = index.column()
        if role == Qt.ItemDataRole.EditRole:
            return (point.name, point.params, point.compute_neflo, point.loss)[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            return side | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            return (
                point.name,
                format_count(point.params),
                format_scientific(point.compute_neflo),
                f"{point.loss:.3f}",
            )[column]
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """What a column holds, with its unit; rows by number."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1)
        return (
            self.tr("run"),
            self._size_title,
            self._compute_title,
            self.tr("loss, nats"),
        )[section]

    def as_tsv(self) -> str:
        """The whole table with full numbers, tab separated, as spreadsheets paste it."""
        header = [str(self.headerData(i, Qt.Orientation.Horizontal)) for i in range(_COLUMNS)]
        rows = [
            [p.name, f"{p.params:.6g}", f"{p.compute_neflo:.6g}", f"{p.loss:.6g}"]
            for p in (*self._runs, *self._frontier)
        ]
        return "\n".join("\t".join(row) for row in (header, *rows)) + "\n"

    def _point(self, row: int) -> Point:
        if row < len(self._runs):
            return self._runs[row]
        return self._frontier[row - len(self._runs)]
