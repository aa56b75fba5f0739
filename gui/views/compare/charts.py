"""The plot of the comparison and the table of all rows, one over the other."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QLineEdit,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.planner.joint.compare import Row
from gui.plots.compare_plot import ComparePlot, Group
from gui.plots.group_legend import GroupLegend
from gui.plots.log_plot import LogPlot
from gui.theme import Theme
from gui.views.compare.model import Col, CompareModel
from gui.views.compare.order import CompareOrder
from gui.views.compare.points import axes_for, axis_titles, group_names, points_of
from gui.views.compare.state import CompareState
from gui.widgets.card import Card
from gui.widgets.choice_field import FocusedWheelComboBox

_WIDTHS = {
    Col.GPU: 226,
    Col.PROVIDER: 104,
    Col.COUNT: 50,
    Col.LOSS: 72,
    Col.INTERVAL: 112,
    Col.SIZE: 62,
    Col.HOURS: 62,
    Col.USD: 70,
    Col.ENERGY: 62,
    Col.CO2: 68,
    Col.REMARKS: 240,
    Col.PRICE: 88,
}
_WIDER = {Col.PROVIDER: 56, Col.GPU: 24, Col.REMARKS: 400}  # pixels more, where there is room
_ROW_HEIGHT = 26
_FILTER_WIDTH = 190


def _centre_title(card: Card) -> None:
    """Put the title on one line with what stands behind it."""
    if (title := card.header.itemAt(0)) is not None:
        title.setAlignment(Qt.AlignmentFlag.AlignVCenter)


class _Table(QTableView):
    """Gives what room there is to the columns with words."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the width."""
        super().resizeEvent(event)
        left = max(0, self.viewport().width() - sum(_WIDTHS.values()))
        for column, most in _WIDER.items():
            extra = min(left, most)
            self.setColumnWidth(column, _WIDTHS[column] + extra)
            left -= extra


class CompareCharts(QWidget):
    """Renders a comparison; a row that is chosen here or there is chosen everywhere."""

    copied = Signal(str)  # a sentence for the status line

    def __init__(
        self, state: CompareState, model: CompareModel, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._state = state
        self._rows: list[Row] = []
        self.model = model
        self.points = CompareOrder(self)
        self.points.setSourceModel(model)
        self.plot = ComparePlot(theme)
        self.group_legend = GroupLegend(theme, group_names())
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(12)
        self.splitter.addWidget(self._plot_card())
        self.splitter.addWidget(self._table_card())
        self.splitter.setStretchFactor(0, 5)
        self.splitter.setStretchFactor(1, 5)
        self.splitter.setSizes([340, 340])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)
        state.compared.connect(self.show_comparison)
        state.row_chosen.connect(self._show_row)
        self.plot.point_picked.connect(self._pick_point)
        self.plot.point_activated.connect(self._use_point)

    @property
    def plots(self) -> tuple[LogPlot, ...]:
        """What is drawn."""
        return (self.plot,)

    def legend(self) -> GroupLegend | None:
        """What a picture needs to tell generations by colour; None while it is hidden."""
        return None if self.group_legend.isHidden() else self.group_legend

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        for widget in (self.plot, self.group_legend):
            widget.set_theme(theme)

    def set_legend_visible(self, visible: bool) -> None:
        """Show or hide the legend and the names at the points."""
        self.group_legend.setVisible(visible)
        self.plot.set_names_visible(visible)

    def reset_view(self) -> None:
        """The plot back to its points."""
        self.plot.reset_view()

    def zoom(self, factor: float) -> None:
        """The plot closer (below 1) or further."""
        self.plot.zoom(factor)

    def show_comparison(self) -> None:
        """Draw what came of it."""
        found = self._state.comparison
        offered = [] if found is None else axes_for(found)
        wanted = self.axis.currentData()
        titles = axis_titles()
        if offered != [self.axis.itemData(place) for place in range(self.axis.count())]:
            self.axis.clear()
            for name in offered:
                self.axis.addItem(titles[name], name)
            self.axis.setCurrentIndex(max(0, self.axis.findData(wanted)))
        self.axis.setEnabled(bool(offered))
        self._draw()

    def _draw(self) -> None:
        found, x_name = self._state.comparison, self.axis.currentData()
        if found is None or x_name is None:
            self._rows = []
            self.group_legend.set_groups(set())
            self.plot.set_gpus([], "", "")
            return
        titles = axis_titles()
        pairs = points_of(found, x_name)
        self._rows = [row for row, _ in pairs]
        groups: set[Group] = {point.group for _, point in pairs}
        self.group_legend.set_groups(groups)
        self.plot.set_gpus([point for _, point in pairs], titles[x_name], titles[found.ranked_by])
        by_loss = found.ranked_by == "loss"
        self._plot_card_.set_title(self.tr("Loss against") if by_loss else self.tr("Money against"))
        self.plot.set_note([] if pairs else [self.tr("no plan to draw")])
        self.plot.choose(self._place_of(self._state.row))

    def _plot_card(self) -> Card:
        self._plot_card_ = card = Card(self.tr("Loss against"))
        card.keep_title_on_one_line()
        card.header.setSpacing(12)
        self.axis = FocusedWheelComboBox()
        tip = self.tr("What the points are drawn against.")
        self.axis.setToolTip(tip)
        self.axis.setAccessibleName(self.tr("Drawn against"))
        self.axis.setAccessibleDescription(tip)
        self.axis.setMinimumWidth(160)
        self.axis.currentIndexChanged.connect(self._draw)
        _centre_title(card)
        card.header.setStretch(0, 0)
        card.header.addWidget(self.axis)
        card.header.addWidget(self.group_legend, 1)
        card.add(self.plot)
        return card

    def _table_card(self) -> Card:
        card = Card(self.tr("Every GPU and provider"))
        card.keep_title_on_one_line()
        card.header.setSpacing(12)
        _centre_title(card)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter: h100 lambda"))
        self.filter.setAccessibleName(self.tr("Filter of the table"))
        tip = self.tr("Show the rows whose GPU, provider or remarks hold every word.")
        self.filter.setToolTip(tip)
        self.filter.setAccessibleDescription(tip)
        self.filter.setClearButtonEnabled(True)
        self.filter.setMaximumWidth(_FILTER_WIDTH)
        self.filter.setMinimumWidth(80)
        self.one_each = QCheckBox(self.tr("Best offer &only"))
        tip = self.tr("Show each GPU once, at its best provider.")
        self.one_each.setToolTip(tip)
        self.one_each.setAccessibleDescription(tip)
        self.use = QPushButton(self.tr("Plan with this GPU"))
        self.use.setProperty("role", "quiet")
        self.use.setToolTip(
            self.tr("Make the GPU, provider and number of the chosen row those of the plan.")
        )
        self.use.setAccessibleName(self.tr("Plan with the chosen GPU"))
        self.use.setEnabled(False)
        for widget in (self.one_each, self.filter, self.use):
            card.header.addWidget(widget)
        self.table = self._make_table()
        card.add(self.table)
        self.filter.textChanged.connect(self.points.set_words)
        self.one_each.toggled.connect(self.points.set_one_each)
        self.use.clicked.connect(self._use_row)
        return card

    def _make_table(self) -> QTableView:
        table = _Table()
        table.setModel(self.points)
        table.setProperty("role", "small")
        table.setAccessibleName(self.tr("Every GPU and provider"))
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setMinimumHeight(120)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(48)
        for column, width in _WIDTHS.items():
            table.setColumnWidth(column, width)
        table.setSortingEnabled(True)
        header.setSortIndicatorShown(False)  # it is drawn over the title, which has an arrow
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)  # as ranked, until one sorts
        self.points.sort(-1)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.copy_rows)
        table.doubleClicked.connect(self._use_index)
        table.selectionModel().currentRowChanged.connect(self._on_current)
        return table

    def copy_rows(self) -> None:
        """The rows that are selected, as a spreadsheet pastes them; all if only one is."""
        chosen = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        QGuiApplication.clipboard().setText(self.points.as_tsv(chosen or None))
        self.copied.emit(self.tr("{0} rows copied as a table").format(len(chosen)))

    def _on_current(self, index: QModelIndex, _before: QModelIndex) -> None:
        place = self.points.mapToSource(index)
        self._state.choose_row(self.model.rows[place.row()] if place.isValid() else None)

    def _show_row(self, row: Row | None) -> None:
        self.use.setEnabled(row is not None and row.plan is not None)
        self.plot.choose(self._place_of(row))
        index = self.points.mapFromSource(self.model.place_of(row))
        if index.isValid() and index.row() != self.table.currentIndex().row():
            self.table.setCurrentIndex(index)
            self.table.scrollTo(index)

    def _place_of(self, row: Row | None) -> int | None:
        return next((place for place, other in enumerate(self._rows) if other is row), None)

    def _pick_point(self, place: int) -> None:
        self._state.choose_row(self._rows[place])

    def _use_point(self, place: int) -> None:
        self._state.plan_with(self._rows[place])

    def _use_index(self, index: QModelIndex) -> None:
        place = self.points.mapToSource(index)
        if place.isValid():
            self._state.plan_with(self.model.rows[place.row()])

    def _use_row(self) -> None:
        if self._state.row is not None:
            self._state.plan_with(self._state.row)
