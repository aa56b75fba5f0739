"""The comparison's table in another order, and parts of it; what has no value stays last."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QObject, QSortFilterProxyModel, Qt

from core.planner.joint.compare import Row
from gui.views.compare.model import SORT_ROLE, Col, CompareModel, Index


class CompareOrder(QSortFilterProxyModel):
    """Sorts by bare values, what has none last whichever way; filters by words and providers."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self._one_each = False
        self._first_of: set[int] = set()

    def set_words(self, text: str) -> None:
        """Show the rows whose GPU, provider or remarks hold every word."""
        self._words = tuple(text.casefold().split())
        self.invalidate()

    def set_one_each(self, one_each: bool) -> None:
        """Show the best provider of each GPU only."""
        self._one_each = one_each
        self.invalidate()

    def setSourceModel(self, model: QAbstractTableModel) -> None:  # type: ignore[override]
        """Sort this model."""
        super().setSourceModel(model)
        model.modelReset.connect(self._find_first)

    def filterAcceptsRow(self, number: int, parent: Index) -> bool:
        """Whether a row is wanted."""
        model = self.sourceModel()
        if self._one_each and number not in self._first_of:
            return False
        texts = (
            str(model.index(number, column, parent).data())
            for column in (Col.GPU, Col.PROVIDER, Col.REMARKS)
        )
        line = " ".join(texts).casefold()
        return all(word in line for word in self._words)

    def lessThan(self, left: Index, right: Index) -> bool:
        """Whether ``left`` comes first in ascending order."""
        one, other = (self.sourceModel().data(index, SORT_ROLE) for index in (left, right))
        if one is None or other is None:
            ascending = self.sortOrder() == Qt.SortOrder.AscendingOrder
            return (other is None and one is not None) == ascending and one is not other
        if isinstance(one, str):
            return one.casefold() < str(other).casefold()
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
        return f"{found} {'↑' if self.sortOrder() == Qt.SortOrder.AscendingOrder else '↓'}"

    def shown(self) -> list[Row]:
        """The rows on show, in their order."""
        model = self.sourceModel()
        assert isinstance(model, CompareModel)
        places = (self.mapToSource(self.index(number, 0)) for number in range(self.rowCount()))
        return [model.rows[place.row()] for place in places]

    def as_tsv(self, numbers: Sequence[int] | None = None) -> str:
        """The rows on show, or some of them, with full numbers, as spreadsheets paste it."""
        header = Qt.Orientation.Horizontal
        lines = [[str(self.sourceModel().headerData(column, header)) for column in Col]]
        for number in range(self.rowCount()) if numbers is None else numbers:
            lines.append([_full(self.index(number, column)) for column in Col])
        return "\n".join("\t".join(line) for line in lines) + "\n"

    def _find_first(self) -> None:
        """The best row of each GPU."""
        model = self.sourceModel()
        assert isinstance(model, CompareModel)
        first: dict[str, int] = {}
        for number, row in enumerate(model.rows):
            first.setdefault(row.gpu, number)
        self._first_of = set(first.values())
        self.invalidate()


def _full(index: Index) -> str:
    value = index.data(SORT_ROLE)
    if index.column() == Col.INTERVAL:
        value = index.data()
    if isinstance(value, float):
        return f"{value:.6g}"
    return " ".join(str(value or "").split())
