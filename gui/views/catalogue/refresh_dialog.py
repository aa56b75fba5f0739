"""Asking providers for today's prices: which ones, then what came of it, then what is kept."""

from collections.abc import Callable
from datetime import date
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from core.errors import InputError
from core.hardware.offers import PROVIDERS, Fetch
from core.hardware.refresh import Refresh, refresh_prices, save_refresh
from gui.jobs import Job, Jobs
from gui.plots.rows_model import RowsModel
from gui.translate import translated
from gui.views.catalogue.refresh_tables import (
    ChangesModel,
    TickDelegate,
    fill_dropped,
    fill_kept,
    kept_if,
    plain_table,
    stretch,
)
from gui.views.catalogue.refresh_work import (
    install_command,
    is_missing,
    missing_text,
    refusal,
)
from gui.widgets.notice import NoticeList
from gui.widgets.text import text_label

_CHOOSE, _ASKING, _RESULT = range(3)
_STEPS = 1000
_COLUMNS = 3


class RefreshDialog(QDialog):
    """Nothing is asked of anybody who is not ticked, and nothing is saved before it was shown.

    Args:
        jobs: where the asking runs.
        fetch: asks one provider.
        today: date that the prices carry.
        parent: owner.
    """

    saved = Signal(int)  # how many prices

    def __init__(
        self, jobs: Jobs, fetch: Fetch, today: Callable[[], date], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Refresh prices"))
        self._jobs, self._fetch, self._today = jobs, fetch, today
        self._job: Job | None = None
        self.refresh: Refresh | None = None
        self.notices = NoticeList()
        self.providers: dict[str, QCheckBox] = {}
        self.changes = ChangesModel(self)
        self._kept, self._dropped = RowsModel(self), RowsModel(self)
        self.summary = text_label("", "strong", wraps=True)
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.stack = QStackedWidget()
        for page in (self._choosing(), self._asking(), self._result()):
            self.stack.addWidget(page)
        self._make_buttons()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 14)
        layout.setSpacing(12)
        layout.addWidget(self.notices)
        layout.addLayout(self._command_row)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.buttons)
        self.resize(860, 560)
        if is_missing(fetch):
            self._say_missing()
        self._go_to(_CHOOSE)

    def ask(self) -> None:
        """Ask the providers that are ticked."""
        chosen = [name for name, box in self.providers.items() if box.isChecked()]
        if not chosen or self._job is not None:
            return
        self.notices.set_notices([])
        self.bar.setRange(0, 0)
        self._go_to(_ASKING)
        work = partial(refresh_prices, chosen, self._today(), self._fetch)
        self._job = job = self._jobs.start(work)
        job.progressed.connect(self._show_progress)
        job.done.connect(self._show_result)
        job.refused.connect(self._show_refusal)

    def cancel(self) -> None:
        """Stop asking; what was there stays."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self._go_to(_CHOOSE)

    def save(self) -> None:
        """Write what passed the checks and was agreed to."""
        if self.refresh is None:
            return
        try:
            written = save_refresh(self.refresh, self.changes.accepted)
        except InputError as error:
            sentence = self.tr("Nothing was saved: {0} must be {1}.")
            sentence = sentence.format(error.field, translated(error.message))
            self.notices.set_notices([("error", sentence)])
            return
        self.saved.emit(written)
        self.accept()

    def done(self, result: int) -> None:
        """Stop what runs, and close."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        super().done(result)

    def _choosing(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(text_label(self.tr("Whom shall we ask?"), "question"))
        layout.addWidget(
            text_label(
                self.tr(
                    "Only the providers that you tick are asked, over the network and without an "
                    "account. Their answers are checked and shown before anything is saved; your "
                    "own and the shipped prices are never changed."
                ),
                "note",
                wraps=True,
            )
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        for place, (name, provider) in enumerate(PROVIDERS.items()):
            box = QCheckBox(provider)
            box.setToolTip(self.tr("Ask {0} for its prices").format(provider))
            box.setAccessibleName(self.tr("Ask {0}").format(provider))
            box.toggled.connect(self._allow)
            self.providers[name] = box
            grid.addWidget(box, place // _COLUMNS, place % _COLUMNS)
        grid.setColumnStretch(_COLUMNS, 1)
        layout.addLayout(grid)
        layout.addStretch(1)
        return page

    def _asking(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.addStretch(1)
        self._sentence = text_label(self.tr("Asking…"), "note")
        layout.addWidget(self._sentence)
        layout.addWidget(self.bar)
        layout.addStretch(1)
        return page

    def _result(self) -> QWidget:
        page = QWidget()
        changes = QWidget()
        column = QVBoxLayout(changes)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        question = self.tr(
            "These moved by more than a factor of 2. Tick those that you believe; the others stay "
            "as they were."
        )
        row.addWidget(text_label(question, "note", wraps=True), 1)
        for text, run in (
            (self.tr("Tick all"), self._tick_all),
            (self.tr("None"), self._tick_none),
        ):
            button = QPushButton(text)
            button.setProperty("role", "link")
            button.setAutoDefault(False)
            button.clicked.connect(run)
            row.addWidget(button)
        column.addLayout(row)
        self.changes_table = plain_table(self.changes, self.tr("Prices that moved"))
        self.changes_table.setItemDelegateForColumn(0, TickDelegate(self.changes_table))
        column.addWidget(self.changes_table, 1)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its bar has the focus
        self.tabs.addTab(changes, "")
        self.kept_table = plain_table(self._kept, self.tr("Prices that passed the checks"))
        self.dropped_table = plain_table(self._dropped, self.tr("Offers that are not used"))
        self.tabs.addTab(self.kept_table, "")
        self.tabs.addTab(self.dropped_table, "")
        self.tabs.tabBar().setAccessibleName(self.tr("What came of it"))
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.summary)
        layout.addWidget(self.tabs, 1)
        self.changes.ticked.connect(self._allow)
        return page

    def _make_buttons(self) -> None:
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.ask_button = self.buttons.addButton(self.tr("Ask them"), role)
        self.cancel_button = self.buttons.addButton(self.tr("Cancel"), role)
        self.back_button = self.buttons.addButton(self.tr("Ask again"), role)
        self.save_button = self.buttons.addButton(self.tr("Save"), role)
        for button in self.buttons.buttons():
            button.setIcon(QIcon())  # Fusion's icons are of another world
        for button in (self.ask_button, self.save_button):
            button.setProperty("role", "primary")
        self.ask_button.clicked.connect(self.ask)
        self.cancel_button.clicked.connect(self.cancel)
        self.back_button.clicked.connect(self.cancel)
        self.save_button.clicked.connect(self.save)
        self.buttons.rejected.connect(self.reject)
        self.copy_command = QPushButton(self.tr("Copy the command"))
        self.copy_command.setAutoDefault(False)
        self.copy_command.clicked.connect(self._copy_command)
        self.copy_command.hide()
        self._command_row = QHBoxLayout()
        self._command_row.addWidget(self.copy_command)
        self._command_row.addStretch(1)

    def _go_to(self, step: int) -> None:
        self.stack.setCurrentIndex(step)
        for button, at in (
            (self.ask_button, _CHOOSE),
            (self.cancel_button, _ASKING),
            (self.back_button, _RESULT),
            (self.save_button, _RESULT),
        ):
            button.setVisible(step == at)
        if step != _ASKING:
            (self.ask_button if step == _CHOOSE else self.save_button).setDefault(True)
        self._allow()

    def _allow(self, _on: bool = False) -> None:
        self.ask_button.setEnabled(any(box.isChecked() for box in self.providers.values()))
        if self.refresh is not None:
            kept = kept_if(self.refresh, self.changes.accepted)
            self.save_button.setText(self.tr("Save prices: {0}").format(kept))
            self.save_button.setEnabled(kept > 0)

    def _show_progress(self, fraction: float, _seconds_left: float) -> None:
        self.bar.setRange(0, _STEPS)
        self.bar.setValue(round(fraction * _STEPS))
        asked = sum(box.isChecked() for box in self.providers.values())
        sentence = self.tr("Asking provider {0} of {1}…")
        self._sentence.setText(sentence.format(min(asked, round(fraction * asked) + 1), asked))

    def _show_result(self, refresh: Refresh) -> None:
        self._job = None
        self.refresh = refresh
        self.changes.set_changes(refresh.changes)
        fill_kept(self._kept, refresh.kept)
        fill_dropped(self._dropped, refresh.dropped)
        for table, column in (
            (self.changes_table, 2),
            (self.kept_table, 2),
            (self.dropped_table, 4),
        ):
            stretch(table, column)
        counts = len(refresh.changes), len(refresh.kept), len(refresh.dropped)
        titles = (self.tr("To be agreed to"), self.tr("Passed the checks"), self.tr("Dropped"))
        for tab, (title, count) in enumerate(zip(titles, counts, strict=True)):
            self.tabs.setTabText(tab, f"{title} ({count})")
            self.tabs.setTabEnabled(tab, count > 0)
        self.tabs.setCurrentIndex(next((tab for tab, count in enumerate(counts) if count), 0))
        self.summary.setText(
            self.tr("Passed the checks: {0}; of these moved a lot: {1}; dropped: {2}.").format(
                counts[1], len({change.price.key for change in refresh.changes}), counts[2]
            )
        )
        self.notices.set_notices([("warning", refusal(error)) for error in refresh.failed])
        self._go_to(_RESULT)
        (self.changes_table if refresh.changes else self.save_button).setFocus()

    def _show_refusal(self, error: InputError) -> None:
        self._job = None
        self.notices.set_notices([("error", refusal(error))])
        if error.message.code == "no_gpuhunt":
            self._say_missing()
        self._go_to(_CHOOSE)

    def _say_missing(self) -> None:
        self.notices.set_notices([("info", missing_text())])
        self.copy_command.setVisible(bool(install_command()))

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(install_command())

    def _tick_all(self) -> None:
        self.changes.tick_all(True)

    def _tick_none(self) -> None:
        self.changes.tick_all(False)
