"""The comparison as a table: one row a GPU and provider, sortable, what has no plan at the end."""

from collections.abc import Callable
from datetime import date
from enum import IntEnum

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QFont, QGuiApplication, QPalette

from core.export.compare import marks
from core.messages import Message
from core.planner.joint.compare import Comparison, Row
from core.quantities import Estimate, format_count, format_number
from gui.translate import translated, wrapped
from gui.widgets.text import tabular

Index = QModelIndex | QPersistentModelIndex
Cell = str | float | None

translate = QCoreApplication.translate

NONE = "–"
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
SORT_ROLE = Qt.ItemDataRole.UserRole


class Col(IntEnum):
    """The columns."""

    GPU = 0
    PROVIDER = 1
    COUNT = 2
    LOSS = 3
    INTERVAL = 4
    SIZE = 5
    HOURS = 6
    USD = 7
    ENERGY = 8
    CO2 = 9
    REMARKS = 10
    PRICE = 11


class CompareModel(QAbstractTableModel):
    """Rows of a `Comparison`; `SORT_ROLE` gives bare values, None where there is none."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Row, ...] = ()
        self._best: Row | None = None
        self._spot = False
        self._ranked_by = "loss"
        self._today = date.today()
        self._titles = {
            Col.GPU: self.tr("GPU"),
            Col.PROVIDER: self.tr("provider"),
            Col.COUNT: self.tr("GPUs"),
            Col.LOSS: self.tr("loss, nats"),
            Col.INTERVAL: self.tr("80 %, nats"),
            Col.SIZE: self.tr("size"),
            Col.HOURS: self.tr("time, h"),
            Col.USD: self.tr("USD"),
            Col.ENERGY: self.tr("kWh"),
            Col.CO2: self.tr("CO₂, kg"),
            Col.PRICE: self.tr("USD/GPU-h"),
            Col.REMARKS: self.tr("remarks"),
        }

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is shown, in the order of the comparison."""
        return self._rows

    def set_comparison(self, comparison: Comparison | None, today: date) -> None:
        """Show the rows of a comparison, or none."""
        self.beginResetModel()
        self._rows = () if comparison is None else comparison.rows
        self._best = None if comparison is None else comparison.best
        self._spot = comparison is not None and comparison.request.spot
        self._ranked_by = "loss" if comparison is None else comparison.ranked_by
        by_loss = self._ranked_by == "loss"
        self._titles[Col.INTERVAL] = self.tr("80 %, nats") if by_loss else self.tr("80 %, USD")
        self._today = today
        self.endResetModel()

    def place_of(self, row: Row | None) -> Index:
        """The first cell of a row; invalid where it is not there."""
        for number, other in enumerate(self._rows):
            if other is row:
                return self.index(number, 0)
        return QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Number of columns."""
        return 0 if parent.isValid() else len(Col)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Text, bare value, tooltip or look of a cell."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], Col(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case _ if role == SORT_ROLE:
                return self._cell(row, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._titles[column]}: {self._text(row, column)}"
            case Qt.ItemDataRole.ToolTipRole:
                return wrapped(self._details(row))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column in _NUMBERS else _LEFT
            case Qt.ItemDataRole.FontRole:
                return _font(strong=row is self._best)
            case Qt.ItemDataRole.ForegroundRole if row.plan is None:
                palette = QGuiApplication.palette()
                return palette.color(QPalette.ColorRole.PlaceholderText)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Titles with their units; rows by number."""
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[Col(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in _NUMBERS else _LEFT
        return None

    def remarks(self, row: Row, short: bool = False) -> str:
        """What to know of a row, in a word each or in full, or why it has no plan."""
        found = marks(row, self._today)
        words = [_word(mark) if short else translated(mark) for mark in found]
        if row.reason is not None:
            reason = translated(row.reason)
            words = [reason, *words] if row.offer is not None else [reason]
        return " · ".join(words)

    def _cell(self, row: Row, column: Col) -> Cell:
        plan = row.plan
        match column:
            case Col.GPU:
                return row.name
            case Col.PROVIDER:
                return row.provider or None
            case Col.REMARKS:
                return self.remarks(row, short=True) or None
            case Col.PRICE:
                return None if row.offer is None else row.offer.usd_per_gpu_hour(self._spot)
            case _ if plan is None:
                return None
            case Col.COUNT:
                return float(plan.known.n_gpus)
            case Col.INTERVAL:
                decides: Estimate | None = getattr(plan, self._ranked_by)
                if decides is None or decides.low is None or decides.high is None:
                    return None
                return decides.high - decides.low
        found: Estimate | None = getattr(plan, _QUANTITIES[column])
        return None if found is None else found.value

    def _text(self, row: Row, column: Col) -> str:
        value = self._cell(row, column)
        if value is None:
            return "" if column is Col.REMARKS else NONE
        if isinstance(value, str):
            return value
        if column is Col.INTERVAL:
            return interval_of(row, self._ranked_by)
        return _NUMBERS[column](value)

    def _details(self, row: Row) -> str:
        lines = [row.full_name, self.remarks(row)]
        if row.plan is not None:
            lines += [row.plan.known.price_source, row.plan.known.watts_source]
            warnings = [translated(warning) for warning in row.plan.warnings]
            lines += warnings
        return "\n".join(line for line in lines if line)


def interval_of(row: Row, name: str) -> str:
    """The interval of a quantity: ``2.293 – 2.349``; empty without one or without a doubt."""
    found: Estimate | None = getattr(row.plan, name, None)
    if found is None or found.low is None or found.high is None:
        return ""
    write = _loss if name == "loss" else _money
    low, high = write(found.low), write(found.high)
    return "" if low == high else f"{low} – {high}"


def _word(mark: Message) -> str:
    """A mark in as few words as a narrow column has room for."""
    match mark.code:
        case "measured":
            return translate("Compare", "measured by you")
        case "tie":
            return translate("Compare", "tie")
        case "late":
            return translate("Compare", "may be late")
        case "no_price":
            return translate("Compare", "no price")
        case "unverified":
            return translate("Compare", "unverified")
        case "host_out":
            return translate("Compare", "host extra")
        case "of_2020":
            return translate("Compare", "of 2020")
        case "price_stale":
            return translate("Compare", "stale: {0}").format(mark.parts["as_of"])
        case "price_maybe_stale":
            return translate("Compare", "maybe stale")
        case "price_undated":
            return translate("Compare", "no date")
        case _:
            return translated(mark)


def _font(strong: bool) -> QFont:
    font = tabular(QGuiApplication.font())
    font.setPixelSize(12)
    if strong:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def _count(value: float) -> str:
    return f"{value:,.0f}"


def _loss(value: float) -> str:
    return f"{value:.3f}"


def _money(value: float) -> str:
    return f"{value:,.2f}" if value < 1000 else f"{value:,.0f}"


def _number(value: float) -> str:
    return format_number(value, 3) if value < 1000 else f"{value:,.0f}"


_QUANTITIES = {
    Col.LOSS: "loss",
    Col.SIZE: "non_embedding_params",
    Col.HOURS: "hours",
    Col.USD: "usd",
    Col.ENERGY: "energy_kwh",
    Col.CO2: "co2_kg",
}
_NUMBERS: dict[int, Callable[[float], str]] = {
    Col.COUNT: _count,
    Col.LOSS: _loss,
    Col.INTERVAL: _loss,
    Col.SIZE: format_count,
    Col.HOURS: _number,
    Col.USD: _money,
    Col.ENERGY: _number,
    Col.CO2: _number,
    Col.PRICE: _money,
}
