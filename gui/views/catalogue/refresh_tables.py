"""What came of a refresh as tables: prices that moved, to be agreed to; kept; dropped."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionButton,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from core.hardware.prices import Price
from core.hardware.refresh import Change, Dropped, Refresh
from gui.plots.rows_model import Column, RowsModel
from gui.translate import translated, wrapped
from gui.views.catalogue.prices import gpu_name, usd_text
from gui.views.catalogue.table import Index
from gui.widgets.text import tabular

translate = QCoreApplication.translate

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ChangesModel(QAbstractTableModel):
    """Prices that moved by more than a factor of 2, each with a tick that is off at first."""

    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._changes: tuple[Change, ...] = ()
        self._accepted: set[int] = set()
        self._titles = (
            self.tr("take it: GPU"),
            self.tr("provider"),
            self.tr("instance"),
            self.tr("kind"),
            self.tr("was, USD/GPU-h"),
            self.tr("now, USD/GPU-h"),
            self.tr("times"),
        )

    @property
    def accepted(self) -> tuple[Change, ...]:
        """Those that are ticked."""
        return tuple(change for n, change in enumerate(self._changes) if n in self._accepted)

    def set_changes(self, changes: Sequence[Change]) -> None:
        """Show these, none of them ticked."""
        self.beginResetModel()
        self._changes, self._accepted = tuple(changes), set()
        self.endResetModel()

    def tick_all(self, ticked: bool) -> None:
        """Tick every change, or none."""
        self._accepted = set(range(len(self._changes))) if ticked else set()
        if self._changes:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._changes) - 1, 0))
        self.ticked.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of changes."""
        return 0 if parent.isValid() else len(self._changes)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of columns."""
        return 0 if parent.isValid() else len(self._titles)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The first cell of a row carries its tick."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Texts, the tick, and the whole sentence as a tooltip."""
        if not index.isValid():
            return None
        change = self._changes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._cells(change)[index.column()]
            case Qt.ItemDataRole.CheckStateRole if index.column() == 0:
                on = index.row() in self._accepted
                return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.ToolTipRole:
                return wrapped(translated(change.message))
            case Qt.ItemDataRole.AccessibleTextRole if index.column() == 0:
                return translated(change.message)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if index.column() >= 4 else _LEFT
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tick or untick."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            self._accepted.add(index.row())
        else:
            self._accepted.discard(index.row())
        self.dataChanged.emit(index, index)
        self.ticked.emit()
        return True

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section >= 4 else _LEFT
        return None

    def _cells(self, change: Change) -> tuple[str, ...]:
        price = change.price
        place = " ".join(filter(None, (price.instance, price.region)))
        kind = self.tr("spot") if change.spot else self.tr("on demand")
        times = f"× {change.now / change.was:.2f}"
        was, now = usd_text(change.was), usd_text(change.now)
        return (gpu_name(price), price.provider, place, kind, was, now, times)


def fill_kept(model: RowsModel, prices: Sequence[Price]) -> None:
    """Prices that passed the checks."""

    def usd(row: int, spot: bool) -> float:
        value = prices[row].usd_per_gpu_hour(spot)
        return float("nan") if value is None else value

    model.set_rows(
        [
            Column(translate("Catalogue", "GPU"), lambda row: gpu_name(prices[row])),
            Column(translate("Catalogue", "provider"), lambda row: prices[row].provider),
            Column(translate("Catalogue", "instance"), lambda row: prices[row].instance),
            Column(translate("Catalogue", "region"), lambda row: prices[row].region),
            Column(
                translate("Catalogue", "on demand, USD/GPU-h"),
                lambda row: usd(row, False),
                usd_text,
            ),
            Column(translate("Catalogue", "spot, USD/GPU-h"), lambda row: usd(row, True), usd_text),
        ],
        len(prices),
    )


def fill_dropped(model: RowsModel, dropped: Sequence[Dropped]) -> None:
    """Offers that are not used, and why."""
    model.set_rows(
        [
            Column(translate("Catalogue", "GPU"), lambda row: dropped[row].gpu_name),
            Column(translate("Catalogue", "provider"), lambda row: dropped[row].provider),
            Column(translate("Catalogue", "instance"), lambda row: dropped[row].instance),
            Column(translate("Catalogue", "region"), lambda row: dropped[row].region),
            Column(
                translate("Catalogue", "why it is dropped"),
                lambda row: translated(dropped[row].reason),
            ),
        ],
        len(dropped),
        [translated(each.reason) for each in dropped],
    )


def kept_if(refresh: Refresh, accepted: Sequence[Change]) -> int:
    """How many prices would be saved."""
    refused = {change.price.key for change in refresh.changes if change not in accepted}
    return sum(price.key not in refused for price in refresh.kept)


def plain_table(model: QAbstractTableModel, name: str) -> QTableView:
    """A table to read; `stretch` gives one of its columns the room that is left."""
    table = QTableView()
    table.setModel(model)
    table.setFont(tabular(table.font()))
    table.setAccessibleName(name)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(28)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setResizeContentsPrecision(200)
    return table


class TickDelegate(QStyledItemDelegate):
    """Ticks drawn as those of a check box, which the style sheet dresses for both themes."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._box = QCheckBox(parent)
        self._box.hide()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """The cell, then the tick over its own."""
        super().paint(painter, option, index)
        cell = QStyleOptionViewItem(option)
        self.initStyleOption(cell, index)
        style = self._box.style()
        box = QStyleOptionButton()
        box.rect = style.subElementRect(
            QStyle.SubElement.SE_ItemViewItemCheckIndicator, cell, option.widget
        )
        on = cell.checkState == Qt.CheckState.Checked
        state = QStyle.StateFlag.State_On if on else QStyle.StateFlag.State_Off
        box.state = QStyle.StateFlag.State_Enabled | state
        style.drawPrimitive(QStyle.PrimitiveElement.PE_IndicatorCheckBox, box, painter, self._box)


def stretch(table: QTableView, column: int) -> None:
    """Give the room that is left to a column; the table must have it already."""
    table.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
