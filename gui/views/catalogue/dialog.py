"""The window with the catalogue, which everything that shows a GPU or a price follows."""

from collections.abc import Callable
from datetime import date
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from core.calibration.measured import profiles_stamp
from core.errors import InputError
from core.hardware import devices, prices
from core.hardware.offers import Fetch, fetch_offers
from core.hardware.tables import stamp, user_folder
from gui.jobs import Jobs
from gui.session import Session
from gui.translate import translated
from gui.views.catalogue.own_page import GpuPage, OwnPage, PricePage
from gui.views.catalogue.page import CataloguePage
from gui.views.catalogue.problems import FilesBar
from gui.views.catalogue.table import Sheet
from gui.widgets.text import text_label

_FILES = (devices.OWN_FILE, prices.OWN_FILE, prices.REFRESHED_FILE)

GPUS, PRICES, GRIDS, FACTORS, RUNS = range(5)


class CatalogueDialog(QDialog):
    """A tab each for GPUs, prices, grids, factors and published runs.

    Args:
        session: whose plan follows every change.
        jobs: where prices are refreshed.
        parent: owner.
        today: what the ages of prices are counted from.
        fetch: asks one provider for its prices.
    """

    changed = Signal()  # a GPU or a price

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        parent: QWidget,
        *,
        today: Callable[[], date] = date.today,
        fetch: Fetch = fetch_offers,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Catalogue"))
        self._session, self._jobs, self._today, self._fetch = session, jobs, today, fetch
        self._seen: tuple[object, ...] = ()
        self._undoes: OwnPage | None = None
        self.gpus = GpuPage(today, self._planned_gpu)
        self.prices = PricePage(today)
        self._built: dict[int, CataloguePage] = {GPUS: self.gpus, PRICES: self.prices}
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its bar has the focus
        self.tabs.tabBar().setAccessibleName(self.tr("Sheets of the catalogue"))
        self.tabs.addTab(self.gpus, self.tr("GPUs"))
        self.tabs.addTab(self.prices, self.tr("Prices"))
        self._places: dict[int, QVBoxLayout] = {}
        for title in (self.tr("Grids"), self.tr("Factors"), self.tr("Published runs")):
            place = QWidget()
            layout = QVBoxLayout(place)
            layout.setContentsMargins(0, 0, 0, 0)
            self._places[self.tabs.addTab(place, title)] = layout
        self.files = FilesBar()
        self.said = text_label("", "note")
        self.undo_button = QPushButton(self.tr("&Undo"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 8, 16, 14)
        layout.setSpacing(10)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.files)
        self._fill_bottom()
        for own in (self.gpus, self.prices):
            own.changed.connect(self._on_changed)
            own.said.connect(self._say)
            own.refused.connect(self._complain)
        self.prices.refresh_button.clicked.connect(self.refresh_prices)
        self.tabs.currentChanged.connect(self._go_to)
        self.changed.connect(self._plan_again)
        room = parent.screen().availableSize() - QSize(40, 80)
        self.resize(QSize(1240, 740).boundedTo(room))
        self._read()
        gpu = session.plan.request.gpu
        planned = (row for row in self.gpus.model.rows if row.is_called(gpu))
        if (device := next(planned, None)) is not None:
            self.gpus.choose(device.id)
        self.gpus.table.setFocus()

    def page(self, index: int) -> CataloguePage:
        """The page behind a tab, built the first time that it is asked for."""
        self._build(index)
        return self._built[index]

    def refresh_prices(self) -> None:
        """Ask which providers to ask."""
        from gui.views.catalogue.refresh_dialog import RefreshDialog

        dialog = RefreshDialog(self._jobs, self._fetch, self._today, self)
        dialog.saved.connect(self._on_refreshed)
        dialog.open()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with the files."""
        super().showEvent(event)
        self._follow_files()

    def changeEvent(self, event: QEvent) -> None:
        """Somebody may have changed the files in another program."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._follow_files()

    def _fill_bottom(self) -> None:
        self.undo_button.setProperty("role", "link")
        self.undo_button.setToolTip(self.tr("Bring back what was removed last"))
        self.undo_button.setAccessibleName(self.tr("Undo the removal"))
        self.undo_button.setAutoDefault(False)
        self.undo_button.hide()
        self.undo_button.clicked.connect(self._undo)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # Fusion's icons are of another world
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)  # Return in the search must not close the window
        buttons.rejected.connect(self.close)
        row = self.files.row
        row.addSpacing(12)
        row.addWidget(self.said)
        row.addWidget(self.undo_button)
        row.addStretch(1)
        row.addWidget(buttons)

    def _go_to(self, index: int) -> None:
        page = self.page(index)
        if not self.tabs.tabBar().hasFocus():  # else the focus falls on whatever comes next
            page.table.setFocus()

    def _build(self, index: int) -> None:
        if index in self._built:
            return
        page = CataloguePage(_sheet(index))
        page.table.setAccessibleName(self.tabs.tabText(index))
        page.read()
        self._built[index] = page
        self._places[index].addWidget(page)

    def _planned_gpu(self) -> str:
        return self._session.request.gpu

    def _plan_again(self) -> None:
        self._session.restore(self._session.asked)

    def _read(self) -> None:
        self._seen = _stamps()
        self.gpus.read()
        self.prices.read()
        self.files.read()

    def _follow_files(self) -> None:
        if _stamps() != self._seen:
            self._on_changed()

    def _on_changed(self) -> None:
        self._read()
        self.changed.emit()

    def _on_refreshed(self, written: int) -> None:
        self._on_changed()
        self._say(self.tr("Refreshed prices saved: {0}.").format(written), False)

    def _say(self, sentence: str, undoable: bool) -> None:
        sender = self.tabs.currentWidget()
        self._undoes = sender if undoable and isinstance(sender, OwnPage) else None
        self.said.setText(sentence)
        self.undo_button.setVisible(undoable)

    def _undo(self) -> None:
        self.undo_button.hide()
        if self._undoes is not None:
            self._undoes.undo()

    def _complain(self, error: InputError) -> None:
        sentence = self.tr("{0} must be {1}").format(error.field, translated(error.message))
        self.files.notices.set_notices([("error", sentence)])


def show_catalogue(parent: QWidget, session: Session, jobs: Jobs) -> CatalogueDialog:
    """Show the catalogue, or bring the one that is open to the front."""
    dialog = parent.findChild(CatalogueDialog) or CatalogueDialog(session, jobs, parent)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


def _sheet(index: int) -> Sheet[Any]:
    """The sheets that nobody may ever look at are imported when somebody does."""
    if index == RUNS:
        from gui.views.catalogue.runs import runs_sheet

        return runs_sheet()
    from gui.views.catalogue.figures import factor_sheet, grid_sheet

    return grid_sheet() if index == GRIDS else factor_sheet()


def _stamps() -> tuple[object, ...]:
    folder = user_folder()
    return (*(stamp(folder / name) for name in _FILES), profiles_stamp())
