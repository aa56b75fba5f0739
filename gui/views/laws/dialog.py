"""The window with every law's answer, which follows the plan while it stays open."""

from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QKeySequence, QShortcut, QShowEvent
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
from core.families.counting import Counting
from core.laws.compare import compare
from core.laws.frontier import FrontierLaw
from core.laws.law_file import load_law
from core.laws.library import law_stamp, laws
from core.laws.parametric import ParametricLaw
from core.planner import AnyPlan
from core.quantities import format_count, format_number, format_scientific
from gui.session import Session
from gui.translate import translated
from gui.views.laws.dots import DotDelegate, DotHeader, RowDelegate
from gui.views.laws.model import Col, LawsModel, LawsOrder
from gui.views.plan.law_text import compute_unit
from gui.widgets.choice_field import FocusedWheelComboBox
from gui.widgets.text import text_label

_WIDTHS = {
    Col.LAW: 192,
    Col.SIZE: 102,
    Col.PLACE: 220,
    Col.TOKENS: 84,
    Col.RATIO: 68,
    Col.LOSS: 86,
    Col.COUNTS: 190,
    Col.REMARKS: 266,
    Col.SOURCE: 460,
}
_ROW_HEIGHT = 28


class LawsDialog(QDialog):
    """A table to read beside the plan, to sort and to copy."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Compare laws"))
        self.model = LawsModel(self)
        self.order = LawsOrder(self)
        self.order.setSourceModel(self.model)
        self._question = text_label("", "question", wraps=True)
        self.spread = text_label("", "note", wraps=True)
        self.counting = self._make_chooser()
        self.table = self._make_table()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 14, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(self._question)
        layout.addWidget(self.spread)
        layout.addLayout(self._chooser_row())
        layout.addWidget(self.table, 1)
        layout.addWidget(self._make_buttons())
        room = parent.screen().availableSize() - QSize(40, 80)
        self.resize(QSize(1220, 720).boundedTo(room))
        self.table.setFocus()
        session.changed.connect(self._on_changed)

    def show_plan(self, plan: AnyPlan) -> None:
        """Ask every law for the plan's compute."""
        compute, law = plan.compute_neflo.value, plan.known.law
        chosen = self.counting.currentData()  # Qt gives an enumeration of texts back as text
        counting = None if chosen is None else Counting(chosen)
        try:
            rows = compare(compute, counting=counting, own=_own_laws(law))
        except InputError as error:  # no law says anything about such a budget
            sentence = self.tr("No comparison: the compute must be {0}")
            self.spread.setText(sentence.format(translated(error.message)))
            return
        self.model.set_rows(rows, law.id)
        self.table.horizontalHeader().viewport().update()
        amount = f"{format_scientific(compute)} {compute_unit(law)}"
        self._question.setText(self.tr("What the laws make of {0}").format(amount))
        self.spread.setText(self._spread_text())

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the plan."""
        super().showEvent(event)
        self.show_plan(self._session.plan)

    def changeEvent(self, event: QEvent) -> None:
        """The dots take their colours from the palette of the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.table.viewport().update()

    def _on_changed(self, plan: AnyPlan) -> None:
        if self.isVisible():
            self.show_plan(plan)

    def _spread_text(self) -> str:
        sizes = [row.params for row in self.model.rows if row.params is not None]
        caution = self.tr(
            "Losses belong to each law's own data and vocabulary and are not to be compared. A "
            "hollow dot lies outside of the law's own runs; the line is the plan's law."
        )
        if not sizes:
            return caution
        low, high = min(sizes), max(sizes)
        spread = self.tr(
            "{0} laws give a size, from {1} to {2} parameters, {3} times apart: such a spread is "
            "part of the honest answer."
        )
        ends = (format_count(low, 2), format_count(high, 2), format_number(high / low, 2))
        return f"{spread.format(len(sizes), *ends)} {caution}"

    def _make_chooser(self) -> FocusedWheelComboBox:
        chooser = FocusedWheelComboBox()
        tooltip = self.tr(
            "What a parameter count includes. Sizes are converted through a plain decoder of the "
            "law's vocabulary whose width is 128 times its depth."
        )
        chooser.setToolTip(tooltip)
        chooser.setAccessibleName(self.tr("What N counts"))
        chooser.setAccessibleDescription(tooltip)
        chooser.addItem(self.tr("as each law does"), None)
        names = {
            Counting.NON_EMBEDDING: self.tr("non-embedding"),
            Counting.WITH_HEAD: self.tr("non-embedding and head"),
            Counting.TIED: self.tr("with embeddings, tied"),
            Counting.UNTIED: self.tr("with embeddings, untied"),
            Counting.FLOPS_OVER_SIX: self.tr("FLOP per token / 6, attention included"),
        }
        for counting, name in names.items():
            chooser.addItem(name, counting)
        chooser.currentIndexChanged.connect(self._on_counting_chosen)
        return chooser

    def _chooser_row(self) -> QHBoxLayout:
        label = QLabel(self.tr("Count &parameters"))
        label.setBuddy(self.counting)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.counting)
        row.addStretch(1)
        return row

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self.order)
        header = DotHeader(self.model, table)
        table.setHorizontalHeader(header)
        table.setItemDelegate(RowDelegate(table))
        table.setItemDelegateForColumn(Col.PLACE, DotDelegate(self.model, table))
        table.setAccessibleName(self.windowTitle())
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        for column, width in _WIDTHS.items():
            table.setColumnWidth(column, width)
        header.setMinimumSectionSize(56)
        table.setSortingEnabled(True)
        header.setSortIndicatorShown(False)  # it is drawn over the title, which has an arrow
        table.sortByColumn(Col.SIZE, Qt.SortOrder.AscendingOrder)
        keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), table)
        keys.setContext(Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self._copy)
        return table

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # Fusion's icons are of another world
        copy = QPushButton(self.tr("Copy as table"))
        copy.setToolTip(self.tr("Copy every row with full numbers, for a spreadsheet (Ctrl+C)"))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        copy.clicked.connect(self._copy)
        return buttons

    def _on_counting_chosen(self, _index: int) -> None:
        self.show_plan(self._session.plan)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.order.as_tsv())


def compare_laws(parent: QWidget, session: Session) -> LawsDialog:
    """Show the comparison, or bring the one that is open to the front."""
    dialog = parent.findChild(LawsDialog) or LawsDialog(session, parent)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


def _own_laws(law: FrontierLaw) -> tuple[FrontierLaw | ParametricLaw, ...]:
    """The plan's law where it is a person's own."""
    return () if law.id in laws() else (_loaded(law.id, law_stamp(law.id)) or law,)


@lru_cache(maxsize=4)
def _loaded(path: str, stamp: object) -> FrontierLaw | ParametricLaw | None:
    """The law as its file has it, which says more of its counting than the planner's."""
    try:
        return load_law(Path(path)).law
    except InputError:
        return None
