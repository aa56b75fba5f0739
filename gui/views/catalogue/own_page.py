"""The tabs whose rows a person can add to: GPUs and prices."""

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QWidget

from core.calibration.measured import ORIGIN as MEASURED
from core.errors import InputError
from core.hardware.devices import Device
from core.hardware.prices import Price
from core.hardware.rows import add_device, add_price, remove_device, remove_price
from gui.views.catalogue.form import RowForm
from gui.views.catalogue.gpu_form import GpuForm
from gui.views.catalogue.gpus import gpu_sheet
from gui.views.catalogue.page import CataloguePage
from gui.views.catalogue.price_form import PriceForm
from gui.views.catalogue.prices import price_sheet
from gui.views.catalogue.table import Row, Sheet

Today = Callable[[], date]


class OwnPage(CataloguePage):
    """Adds, changes and takes out the person's own rows; the shipped ones can be copied."""

    changed = Signal()
    said = Signal(str, bool)  # what was done, and whether it can be undone
    refused = Signal(object)  # InputError

    def __init__(self, sheet: Sheet[Any], parent: QWidget | None = None) -> None:
        super().__init__(sheet, parent)
        self._undo_row: Row | None = None
        self.add_button = self._tool(self.tr("Add…"), self.tr("Add a row of your own (Insert)"))
        self.copy_button = self._tool(
            self.tr("Add a copy…"), self.tr("Add a row of your own that begins with this one")
        )
        self.edit_button = self._tool(
            self.tr("Edit…"), self.tr("Change this row (F2); only your own rows can be changed")
        )
        self.remove_button = self._tool(
            self.tr("Remove"), self.tr("Take this row out (Delete); only your own rows can be")
        )
        self.add_button.setProperty("role", "quiet")
        self.add_button.clicked.connect(self.add)
        self.copy_button.clicked.connect(self.add_copy)
        self.edit_button.clicked.connect(self.edit)
        self.remove_button.clicked.connect(self.remove)
        for key, run in (
            (Qt.Key.Key_Insert, self.add),
            (Qt.Key.Key_F2, self.edit),
            (Qt.Key.Key_Delete, self.remove),
        ):
            shortcut = QShortcut(QKeySequence(key), self.table)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(run)
        self.table.doubleClicked.connect(self.edit)
        self.row_chosen.connect(self._allow)
        self._allow()

    def form(self, row: Row | None, replaces: bool) -> RowForm:
        """The form for a row."""
        raise NotImplementedError

    def put(self, row: Row) -> object:
        """Write a row of the person's own."""
        raise NotImplementedError

    def take(self, row: Row) -> bool:
        """Take a row of the person's own out; whether it was there."""
        raise NotImplementedError

    def keeps(self, row: Row) -> str:
        """Why a row of the person's own cannot go now; empty where it can."""
        raise NotImplementedError

    def add(self) -> None:
        """Ask for a new row."""
        self._open(self.form(None, False))

    def add_copy(self) -> None:
        """Ask for a new row that begins as the chosen one."""
        if self._can_be_copied():
            self._open(self.form(self.chosen, False))

    def edit(self) -> None:
        """Ask for changes of the chosen row, if it is the person's own."""
        if self._is_own():
            self._open(self.form(self.chosen, True))

    def remove(self) -> None:
        """Take the chosen row out, if it is the person's own; it can be undone."""
        row = self.chosen
        if row is None or not self._is_own() or self.keeps(row):
            return
        try:
            self.take(row)
        except InputError as error:
            self.refused.emit(error)
            return
        self._undo_row = row
        self.changed.emit()
        self.said.emit(self.tr("Removed: {0}.").format(self.sheet.title(row)), True)

    def undo(self) -> None:
        """Bring back the row that was removed last."""
        row, self._undo_row = self._undo_row, None
        if row is None:
            return
        try:
            self.put(row)
        except InputError as error:
            self.refused.emit(error)
            return
        self.changed.emit()
        self.go_to(self.sheet.key(row))
        self.said.emit(self.tr("Brought back: {0}.").format(self.sheet.title(row)), False)

    def _open(self, form: RowForm) -> None:
        form.saved.connect(self._on_saved)
        form.open()

    def _on_saved(self, row: object) -> None:
        self.changed.emit()
        self.go_to(self.sheet.key(row))
        self.said.emit(self.tr("Saved: {0}.").format(self.sheet.title(row)), False)

    def _is_own(self) -> bool:
        return self.chosen is not None and self.chosen.origin == "yours"

    def _can_be_copied(self) -> bool:
        """Whether its figures stand for themselves; those of a profile come from its file."""
        return self.chosen is not None and self.chosen.origin != MEASURED

    def _allow(self) -> None:
        own = self._is_own()
        kept = self.keeps(self.chosen) if own else ""
        self.copy_button.setEnabled(self._can_be_copied())
        self.edit_button.setEnabled(own)
        self.remove_button.setEnabled(own and not kept)
        self.remove_button.setToolTip(
            kept or self.tr("Take this row out (Delete); only your own rows can be")
        )

    def _tool(self, text: str, hint: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        button.setAccessibleName(text.rstrip("…"))
        button.setAutoDefault(False)
        self.tools.addWidget(button)
        return button


class GpuPage(OwnPage):
    """The tab of GPUs.

    Args:
        today: what the ages of prices are counted from.
        planned: id or name of the GPU that the plan is on.
        parent: owner.
    """

    def __init__(
        self, today: Today, planned: Callable[[], str], parent: QWidget | None = None
    ) -> None:
        self._planned = planned
        super().__init__(gpu_sheet(today), parent)
        self.table.setAccessibleName(self.tr("GPUs"))
        self.add_button.setText(self.tr("Add a &GPU…"))
        self.add_button.setAccessibleName(self.tr("Add a GPU"))

    def form(self, row: Device | None, replaces: bool) -> RowForm:
        """The form for a GPU."""
        return GpuForm(row, replaces, self)

    def put(self, row: Device) -> object:
        """Write a GPU."""
        return add_device(row)

    def take(self, row: Device) -> bool:
        """Take a GPU out."""
        return remove_device(row.id)

    def keeps(self, row: Device) -> str:
        """The plan must not lose its GPU."""
        if row.is_called(self._planned()):
            return self.tr("The plan is on this GPU; choose another one there first")
        return ""


class PricePage(OwnPage):
    """The tab of prices.

    Args:
        today: what the ages of prices are counted from, and the date of new ones.
        parent: owner.
    """

    def __init__(self, today: Today, parent: QWidget | None = None) -> None:
        self._today = today
        super().__init__(price_sheet(today), parent)
        self.table.setAccessibleName(self.tr("Prices"))
        self.add_button.setText(self.tr("Add a &price…"))
        self.add_button.setAccessibleName(self.tr("Add a price"))
        self.refresh_button = self._tool(
            self.tr("&Refresh prices…"),
            self.tr("Ask providers that you name for today's prices, over the network"),
        )

    def form(self, row: Price | None, replaces: bool) -> RowForm:
        """The form for a price; a new one begins with the GPU of the chosen row."""
        gpu = self.chosen.gpu if self.chosen is not None else ""
        return PriceForm(row, replaces, self._today(), self, gpu)

    def put(self, row: Price) -> object:
        """Write a price."""
        return add_price(row)

    def take(self, row: Price) -> bool:
        """Take a price out."""
        return remove_price(row)

    def keeps(self, row: Price) -> str:
        """Nothing needs a price: a plan takes the next one."""
        return ""
