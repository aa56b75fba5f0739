"""The table of the measured points, each with a tick: part of the fit or left out."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from core.calibration.predictions import Prediction
from gui.plots.rows_model import Column, RowsModel
from gui.views.calibrate.wording import (
    batch_text,
    rate_text,
    reasons_text,
    shape_text,
    signed_percent,
    stack_text,
)

Index = QModelIndex | QPersistentModelIndex
TICK, PRECISION, MODEL = 0, 3, 4
_NOTHING = float("nan")


class PointsModel(RowsModel):
    """Rows in the order of the measurement; the first column can be ticked once there is a fit."""

    ticked = Signal(int, bool)  # place of a point, whether it is part of the fit

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._points: Sequence[Prediction] = ()
        self._excluded: frozenset[int] = frozenset()
        self._can_be_ticked = False

    def set_points(
        self, points: Sequence[Prediction], excluded: frozenset[int], can_be_ticked: bool
    ) -> None:
        """Show these; what is the same stays where it is."""
        self._points, self._excluded = points, excluded
        self._can_be_ticked = can_be_ticked
        columns = [
            Column(self.tr("fitted"), self._fitted),
            Column(self.tr("layers × width"), self._shape),
            Column(self.tr("batch × tokens"), self._batch),
            Column(self.tr("precision"), self._precision),
            Column(self.tr("model"), self._stack),
            Column(self.tr("measured, tok/s"), self._measured, rate_text),
            Column(self.tr("predicted, tok/s"), self._predicted, rate_text),
            Column(self.tr("off"), self._off, signed_percent),
            Column(self.tr("remark"), self._remark),
        ]
        self.set_rows(columns, len(points), [reasons_text(point) for point in points])

    def set_excluded(self, excluded: frozenset[int]) -> None:
        """Other ticks on the same points."""
        self._excluded = excluded
        if self._points:
            last = self.index(len(self._points) - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles without units, which the title of the card has; the whole one as a tooltip."""
        is_title = role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        if orientation != Qt.Orientation.Horizontal or not is_title:
            return super().headerData(section, orientation, role)
        title = str(super().headerData(section, orientation, Qt.ItemDataRole.DisplayRole))
        return title if role == Qt.ItemDataRole.ToolTipRole else title.split(",", maxsplit=1)[0]

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The first column has a box."""
        found = super().flags(index)
        if index.column() == TICK and self._can_be_ticked:
            found |= Qt.ItemFlag.ItemIsUserCheckable
        return found

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A box in place of the first column's word."""
        if index.isValid() and index.column() == TICK and self._can_be_ticked:
            if role == Qt.ItemDataRole.CheckStateRole:
                is_out = self._points[index.row()].place in self._excluded
                return Qt.CheckState.Unchecked if is_out else Qt.CheckState.Checked
            if role == Qt.ItemDataRole.DisplayRole:
                return None
            if role == Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._shape(index.row())}: {self._fitted(index.row())}"
        return super().data(index, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick a point, or take its tick away."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != TICK:
            return False
        if not self._can_be_ticked:
            return False
        is_in = Qt.CheckState(value) == Qt.CheckState.Checked
        self.ticked.emit(self._points[index.row()].place, is_in)
        return True

    def _fitted(self, row: int) -> str:
        if self._points[row].place in self._excluded:
            return self.tr("left out")
        return self.tr("yes") if self._can_be_ticked else ""

    def _shape(self, row: int) -> str:
        return shape_text(self._points[row].step)

    def _batch(self, row: int) -> str:
        return batch_text(self._points[row].step)

    def _precision(self, row: int) -> str:
        return self._points[row].step.precision

    def _stack(self, row: int) -> str:
        return stack_text(self._points[row].step.stack)

    def _measured(self, row: int) -> float:
        return self._points[row].step.tokens_per_s

    def _predicted(self, row: int) -> float:
        found = self._points[row].tokens_per_s
        return _NOTHING if found is None else found

    def _off(self, row: int) -> float:
        found = self._points[row].error
        return _NOTHING if found is None else found

    def _remark(self, row: int) -> str:
        return reasons_text(self._points[row])
