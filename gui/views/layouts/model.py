"""Layouts as a table that sorts by bare values and copies with full numbers."""

from collections.abc import Callable
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
from PySide6.QtGui import QFont, QGuiApplication

from core.families.architecture import Recompute
from core.planner.layouts import RankedLayout, Ranking
from core.quantities import format_count, format_number
from core.training import Setup, Sharding
from gui.translate import wrapped

Index = QModelIndex | QPersistentModelIndex
Cell = str | float
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter

translate = QCoreApplication.translate


class Col(IntEnum):
    """What the columns hold."""

    PLACE = 0
    STEP = 1
    RATE = 2
    FILL = 3
    TP = 4
    PP = 5
    VP = 6
    DP = 7
    SHARDING = 8
    RECOMPUTE = 9
    MICRO_BATCH = 10
    GRAD_ACCUM = 11


_CELLS: dict[Col, Callable[[RankedLayout], float]] = {
    Col.PLACE: lambda row: row.slower,
    Col.TP: lambda row: row.setup.tp,
    Col.PP: lambda row: row.setup.pp,
    Col.VP: lambda row: row.setup.vp,
    Col.DP: lambda row: row.setup.dp,
    Col.MICRO_BATCH: lambda row: float(row.setup.micro_batch),
    Col.GRAD_ACCUM: lambda row: float(row.setup.grad_accum),
    Col.STEP: lambda row: row.step_s,
    Col.RATE: lambda row: row.tokens_per_s_per_gpu,
    Col.FILL: lambda row: row.fill,
}


class LayoutsModel(QAbstractTableModel):
    """The layouts of a ranking; ``EditRole`` gives bare values."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: tuple[RankedLayout, ...] = ()
        self._planned: Setup | None = None
        self._titles = {
            Col.PLACE: self.tr("Against the fastest"),
            Col.TP: self.tr("TP"),
            Col.PP: self.tr("PP"),
            Col.VP: self.tr("VP"),
            Col.DP: self.tr("Copies"),
            Col.SHARDING: self.tr("Copies share"),
            Col.RECOMPUTE: self.tr("Recompute"),
            Col.MICRO_BATCH: self.tr("Micro-batch"),
            Col.GRAD_ACCUM: self.tr("Accumulated"),
            Col.STEP: self.tr("Step, s"),
            Col.RATE: self.tr("Tokens/s a GPU"),
            Col.FILL: self.tr("Memory"),
        }
        self._hints = {
            Col.PLACE: self.tr("How much longer a token takes; a tie cannot be told apart"),
            Col.TP: self.tr("GPUs that share every matrix (tensor parallel)"),
            Col.PP: self.tr("Stages that share the layers (pipeline parallel)"),
            Col.VP: self.tr("Parts of the layers that a stage holds (virtual stages)"),
            Col.DP: self.tr("Copies of the model that share the batch (data parallel)"),
            Col.SHARDING: self.tr("What the copies hold once for all: optimizer (ZeRO-1) or all"),
            Col.RECOMPUTE: self.tr("Activations that are thrown away and computed again"),
            Col.MICRO_BATCH: self.tr("Sequences of one forward pass of a copy"),
            Col.GRAD_ACCUM: self.tr("Micro-batches that a copy computes in a step"),
            Col.STEP: self.tr(
                "Predicted seconds of an optimizer step. Batches differ by up to 10 %, as copies "
                "and micro-batches divide them: compare tokens a second."
            ),
            Col.RATE: self.tr("Predicted tokens a second and GPU"),
            Col.FILL: self.tr("Memory of the fullest GPU; layouts above 90 % are left out"),
        }

    def show_ranking(self, ranking: Ranking, planned: Setup) -> None:
        """Replace the rows.

        Args:
            ranking: what was found.
            planned: the plan's own layout, which is marked.
        """
        self.beginResetModel()
        self.rows, self._planned = ranking.layouts, planned
        self.endResetModel()

    def clear(self) -> None:
        """No rows."""
        self.beginResetModel()
        self.rows = ()
        self.endResetModel()

    def is_planned(self, row: RankedLayout) -> bool:
        """Whether the plan splits the GPUs like that."""
        plan = self._planned
        mine = row.setup
        if plan is None or (mine.tp, mine.pp) != (plan.tp, plan.pp):
            return False
        return mine.dp == 1 or (mine.sharding is Sharding.FSDP) == _shares_all(plan)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of layouts."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of columns."""
        return 0 if parent.isValid() else len(Col)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text, bare value, alignment, weight, and what a screen reader says."""
        if not index.isValid():
            return None
        row, column = self.rows[index.row()], Col(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.EditRole:
                return self._cell(row, column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(column)
            case Qt.ItemDataRole.FontRole:
                font = QFont(QGuiApplication.font())
                font.setFeature(QFont.Tag("tnum"), 1)
                if row.is_tie and column is Col.PLACE:
                    font.setWeight(QFont.Weight.DemiBold)
                return font
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._titles[column]}: {self._text(row, column)}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles and what they mean."""
        if orientation == Qt.Orientation.Vertical:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._titles[Col(section)]
            case Qt.ItemDataRole.ToolTipRole:
                return wrapped(self._hints[Col(section)])
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(Col(section))
        return None

    def _cell(self, row: RankedLayout, column: Col) -> Cell:
        number = _CELLS.get(column)
        return self._text(row, column) if number is None else number(row)

    def _text(self, row: RankedLayout, column: Col) -> str:
        match column:
            case Col.PLACE:
                return self._place(row)
            case Col.SHARDING:
                return sharding_text(row.setup)
            case Col.RECOMPUTE:
                return recompute_text(row.setup.recompute)
            case Col.STEP:
                return format_count(row.step_s)  # keeps trailing zeros, so figures line up
            case Col.RATE:
                return format_number(row.tokens_per_s_per_gpu, 3)
            case Col.FILL:
                return f"{100 * row.fill:.0f} %"
        return f"{_CELLS[column](row):,.0f}"

    def _place(self, row: RankedLayout) -> str:
        if row.slower == 0:
            place = self.tr("fastest")
        elif row.is_tie:
            place = self.tr("tie")
        else:
            place = f"+{100 * row.slower:.0f} %"
        return self.tr("{0}, in the plan").format(place) if self.is_planned(row) else place


class LayoutsOrder(QSortFilterProxyModel):
    """Sorts by bare values, equal ones fastest first."""

    def lessThan(self, left: Index, right: Index) -> bool:
        """Whether ``left`` comes first in ascending order."""
        one, other = (
            self.sourceModel().data(index, Qt.ItemDataRole.EditRole) for index in (left, right)
        )
        return bool(one < other)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort, and say so in the titles."""
        super().sort(column, order)
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Col) - 1)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles, with an arrow in the column that is sorted by."""
        found = super().headerData(section, orientation, role)
        sorted_by = orientation == Qt.Orientation.Horizontal and section == self.sortColumn()
        if not sorted_by or role != Qt.ItemDataRole.DisplayRole:
            return found
        return f"{found} {'↑' if self.sortOrder() == Qt.SortOrder.AscendingOrder else '↓'}"

    def as_tsv(self) -> str:
        """The table in the order on show, with full numbers, as spreadsheets paste it."""
        source = self.sourceModel()
        lines = [[str(source.headerData(c, Qt.Orientation.Horizontal)) for c in Col]]
        for row in range(self.rowCount()):
            cells = (self.index(row, column).data(Qt.ItemDataRole.EditRole) for column in Col)
            lines.append([cell if isinstance(cell, str) else f"{cell:.6g}" for cell in cells])
        return "\n".join("\t".join(line) for line in lines) + "\n"


def sharding_text(setup: Setup) -> str:
    """What copies share, in a word."""
    if setup.dp == 1:
        return translate("Layouts", "one copy")
    if _shares_all(setup):
        return translate("Layouts", "all (FSDP)")
    return translate("Layouts", "optimizer (ZeRO-1)")


def recompute_text(kind: Recompute) -> str:
    """What is computed again, in a word."""
    return {
        Recompute.NONE: translate("Layouts", "nothing"),
        Recompute.SELECTIVE: translate("Layouts", "some"),
        Recompute.FULL: translate("Layouts", "all"),
    }[kind]


def _shares_all(setup: Setup) -> bool:
    return setup.sharding in (Sharding.FSDP, Sharding.ZERO3)


def _alignment(column: Col) -> Qt.AlignmentFlag:
    return _LEFT if column in (Col.PLACE, Col.SHARDING, Col.RECOMPUTE) else _RIGHT
