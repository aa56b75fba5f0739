"""The window that ranks the ways to split the plan's training over its GPUs."""

from dataclasses import dataclass

from PySide6.QtCore import QItemSelection, QSize, Qt
from PySide6.QtGui import QGuiApplication, QHideEvent, QIcon, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.errors import InputError
from core.families.architecture import Architecture
from core.planner import AnyPlan
from core.planner.joint.plan import JointPlan
from core.planner.layouts import RankedLayout, Ranking, rank_layouts
from core.quantities import Kind, format_number
from core.speed.stacks import Stack
from core.speed.stages import network_bytes_per_s
from core.training import Setup
from gui.jobs import Job, Jobs, Progress
from gui.session import Session
from gui.translate import translated
from gui.views.laws.dots import RowDelegate
from gui.views.layouts.model import Col, LayoutsModel, LayoutsOrder
from gui.widgets.choice_field import FocusedWheelComboBox
from gui.widgets.quantity_field import QuantityField
from gui.widgets.text import text_label

_WIDTHS = {
    Col.PLACE: 152,
    Col.STEP: 84,
    Col.RATE: 118,
    Col.FILL: 84,
    Col.TP: 52,
    Col.PP: 52,
    Col.VP: 52,
    Col.DP: 78,
    Col.SHARDING: 146,
    Col.RECOMPUTE: 94,
    Col.MICRO_BATCH: 100,
    Col.GRAD_ACCUM: 106,
}
_ROW_HEIGHT = 28
_BITS = 8
_WIDE, _NARROW = 0, 1


@dataclass(frozen=True, slots=True)
class _Ranks:
    """The search, away from the window."""

    arch: Architecture
    setup: Setup
    stack: Stack
    batch: float
    node_gb_s: float | None

    def __call__(self, progress: Progress) -> Ranking:
        return rank_layouts(self.arch, self.setup, self.stack, self.batch, self.node_gb_s)


class LayoutsDialog(QDialog):
    """A table to read beside the plan, to sort, to copy, and to take a layout from."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = Jobs(self)
        self._job: Job | None = None
        self._planned: Setup | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Layouts"))
        self.model = LayoutsModel(self)
        self.order = LayoutsOrder(self)
        self.order.setSourceModel(self.model)
        self.question = text_label("", "question", wraps=True)
        self.sureness = text_label("", "note", wraps=True)
        self.shape = self._make_chooser()
        self.network = QuantityField(
            self.tr("&Network of a machine"),
            Kind.NUMBER,
            self.tr("Gb/s"),
            tooltip=self.tr("All network cards of a machine together, in one direction, Gb/s."),
        )
        self.network.setMaximumWidth(360)
        self.table = self._make_table()
        self.use_button = QPushButton(self.tr("&Use this layout"))
        self.detail = text_label("", "note", wraps=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(self.question)
        layout.addLayout(self._inputs_row())
        layout.addWidget(self.table, 1)
        layout.addWidget(self.sureness)
        layout.addWidget(self._make_buttons())
        room = parent.screen().availableSize() - QSize(40, 80)
        self.resize(QSize(1180, 680).boundedTo(room))
        self.table.setFocus()
        self.network.edited.connect(self._on_network)
        self.network.reset_requested.connect(self._on_network_reset)
        session.changed.connect(self._on_changed)

    @property
    def chosen(self) -> RankedLayout | None:
        """The layout that is selected."""
        found = self.table.selectionModel().selectedRows()
        return self.model.rows[self.order.mapToSource(found[0]).row()] if found else None

    def show_plan(self, plan: AnyPlan) -> None:
        """Rank the layouts of the plan's shape; the answer follows."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if not isinstance(plan, JointPlan):
            self._say_nothing(
                self.tr("The speed curves of 2020 know one GPU alone. Choose a GPU of today.")
            )
            return
        self._planned = plan.layout
        setup = plan.layout
        usual = _BITS * network_bytes_per_s(setup) / 1e9
        own = self.network.value() if self._has_own_network else None
        if own is None:
            self.network.set_value(usual)
        arch = plan.shapes[self.shape.currentIndex()].architecture
        batch = plan.known.batch_tokens / plan.known.seq_len
        self.question.setText(
            self.tr("{0} layers × {1} on {2} × {3}, {4} sequences a step").format(
                f"{int(arch.n_layers)}",
                f"{int(arch.d_model):,}",
                f"{setup.n_gpus:,}",
                setup.gpu.name,
                format_number(batch, 3),
            )
        )
        node = None if own is None else own / _BITS
        self._job = job = self._jobs.start(_Ranks(arch, setup, plan.known.stack, batch, node))
        job.done.connect(self._on_ranked)
        job.refused.connect(self._on_refused)

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the plan."""
        super().showEvent(event)
        self.show_plan(self._session.plan)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop what runs: the window may be gone when it ends."""
        self._jobs.shut_down()
        super().hideEvent(event)

    @property
    def _has_own_network(self) -> bool:
        return bool(self.network.property("own"))

    def _on_changed(self, plan: AnyPlan) -> None:
        if self.isVisible():
            self.show_plan(plan)

    def _on_ranked(self, ranking: Ranking) -> None:
        if self._planned is None:
            return
        before = self.chosen
        self.model.show_ranking(ranking, self._planned)
        self._select_like(before)
        words = [translated(message) for message in ranking.messages]
        counted = self.tr("{0} of {1} layouts fit; of each split the fastest is listed.")
        if ranking.layouts:
            words.append(counted.format(f"{ranking.n_fit:,}", f"{ranking.n_searched:,}"))
        self.sureness.setText(" ".join(words))
        self._on_selected()

    def _on_refused(self, error: InputError) -> None:
        self._say_nothing(f"{error.field}: {translated(error.message)}")

    def _say_nothing(self, why: str) -> None:
        self._planned = None
        self.model.clear()
        self.question.setText(self.tr("No layouts"))
        self.sureness.setText(why)
        self._on_selected()

    def _select_like(self, before: RankedLayout | None) -> None:
        """Choose what was chosen, or the plan's own, or the fastest."""
        rows = self.model.rows
        if not rows:
            return
        wanted = next((p for p, row in enumerate(rows) if self.model.is_planned(row)), 0)
        if before is not None:
            split = (before.setup.tp, before.setup.pp, before.setup.sharding)
            same = (
                place
                for place, row in enumerate(rows)
                if (row.setup.tp, row.setup.pp, row.setup.sharding) == split
            )
            wanted = next(same, wanted)
        place = self.order.mapFromSource(self.model.index(wanted, 0)).row()
        self.table.selectRow(place)
        self.table.scrollTo(self.order.index(place, 0))

    def _on_selected(
        self, _now: QItemSelection | None = None, _before: QItemSelection | None = None
    ) -> None:
        row = self.chosen
        self.use_button.setEnabled(row is not None)
        words = ""
        if row is not None and row.setup.vp > 1:
            words = self.tr(
                "The plan itself has no virtual stages: its speed will be that of {0} plain ones."
            ).format(row.setup.pp)
        self.detail.setText(words)

    def _use(self) -> None:
        row = self.chosen
        if row is None:
            return
        setup = row.setup
        self._session.end_step()
        self._session.edit(
            self.tr("layout"),
            tp=setup.tp,
            pp=setup.pp,
            sharding=setup.sharding.value,
            recompute=setup.recompute.value,
            micro_batch=int(setup.micro_batch),
        )
        self._session.end_step()

    def _on_network(self, value: float) -> None:
        self._set_own_network(True)
        self.show_plan(self._session.plan)

    def _on_network_reset(self) -> None:
        self._set_own_network(False)
        self.show_plan(self._session.plan)

    def _set_own_network(self, own: bool) -> None:
        self.network.setProperty("own", own)
        self.network.set_reset(own, self.tr("Back to the usual network of this GPU"))

    def _on_shape_chosen(self, _index: int) -> None:
        self.show_plan(self._session.plan)

    def _make_chooser(self) -> FocusedWheelComboBox:
        chooser = FocusedWheelComboBox()
        tooltip = self.tr("Which of the plan's two whole shapes is split")
        chooser.setToolTip(tooltip)
        chooser.setAccessibleName(self.tr("Shape"))
        chooser.setAccessibleDescription(tooltip)
        chooser.addItem(self.tr("wide"), _WIDE)
        chooser.addItem(self.tr("narrow"), _NARROW)
        chooser.currentIndexChanged.connect(self._on_shape_chosen)
        return chooser

    def _inputs_row(self) -> QHBoxLayout:
        label = QLabel(self.tr("&Shape"))
        label.setBuddy(self.shape)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.shape)
        row.addSpacing(24)
        row.addWidget(self.network)
        row.addStretch(1)
        return row

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.order)
        table.setItemDelegate(RowDelegate(table))
        table.setAccessibleName(self.windowTitle())
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        header = table.horizontalHeader()
        header.setMinimumSectionSize(52)
        header.setHighlightSections(False)
        for column, width in _WIDTHS.items():
            table.setColumnWidth(column, width)
        table.setSortingEnabled(True)
        header.setSortIndicatorShown(False)  # it is drawn over the title, which has an arrow
        table.sortByColumn(Col.PLACE, Qt.SortOrder.AscendingOrder)
        table.selectionModel().selectionChanged.connect(self._on_selected)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self._copy)
        return table

    def _make_buttons(self) -> QWidget:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # Fusion's icons are of another world
        copy = QPushButton(self.tr("Copy as table"))
        copy.setToolTip(self.tr("Copy every row with full numbers, for a spreadsheet (Ctrl+C)"))
        self.use_button.setProperty("role", "primary")
        self.use_button.setToolTip(
            self.tr("Plan with these ranks, shares, recomputation and micro-batch")
        )
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        for button in (*buttons.buttons(), self.use_button):
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)  # Return in the network's field is not a click
        buttons.rejected.connect(self.close)
        copy.clicked.connect(self._copy)
        self.use_button.clicked.connect(self._use)
        bottom = QWidget()
        row = QHBoxLayout(bottom)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.use_button)
        row.addWidget(self.detail, 1)
        row.addWidget(buttons)
        return bottom

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.order.as_tsv())


def show_layouts(parent: QWidget, session: Session) -> LayoutsDialog:
    """Show the ranking, or bring the one that is open to the front."""
    dialog = parent.findChild(LayoutsDialog) or LayoutsDialog(session, parent)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
