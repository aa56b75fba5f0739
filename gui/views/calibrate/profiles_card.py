"""The saved profiles, and what one does with them."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from core.calibration.profiles import Kept
from core.calibration.unsaved import Unsaved
from gui.translate import translated, wrapped
from gui.views.calibrate.links import center_title, link_button
from gui.views.calibrate.state import CalibrateState
from gui.views.calibrate.wording import short_path
from gui.widgets.card import Card
from gui.widgets.notice import NoticeList
from gui.widgets.text import text_label

_ROW, _MOST_ROWS, _FRAME = 30, 6, 6
_MARK = "⚠ "


class ProfilesCard(Card):
    """Last card of the right column: the newest profile first."""

    use_requested = Signal(object)  # Kept
    rename_requested = Signal(object)
    export_requested = Signal(object)
    delete_requested = Signal(object)
    undo_requested = Signal()
    discard_requested = Signal(object)  # Path of a run that is not saved
    undo_discard_requested = Signal()
    import_requested = Signal()

    def __init__(self, state: CalibrateState, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Profiles"))
        self._state = state
        self._default = ""
        self.import_button = link_button(
            self.tr("Import…"), self.tr("Read a profile, or what a probe measured by hand")
        )
        center_title(self, self.import_button)
        self.empty = text_label("", "note", wraps=True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Profiles and unsaved runs"))
        self.list.setToolTip(self.tr("Choose one to see its fit and its points"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setStyleSheet(f"QListView::item {{ height: {_ROW}px; padding: 0 6px; }}")
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.notices = NoticeList()
        self.use_button = link_button(
            self.tr("Plan with it"), self.tr("Make it the GPU of the plan")
        )
        self.rename_button = link_button(self.tr("Rename…"), self.tr("Give it another name (F2)"))
        self.export_button = link_button(
            self.tr("Export…"), self.tr("Write it to a file, for another computer")
        )
        self.delete_button = link_button(
            self.tr("Delete"), self.tr("Remove it (Delete); that can be undone")
        )
        self.discard_button = link_button(
            self.tr("Discard"), self.tr("Give the run up (Delete); that can be undone")
        )
        self._tools = QWidget()
        tools = QGridLayout(self._tools)
        tools.setContentsMargins(0, 0, 0, 0)
        tools.setSpacing(0)
        buttons = (
            *(self.use_button, self.rename_button, self.export_button, self.delete_button),
            self.discard_button,
        )
        for place, button in enumerate(buttons):
            tools.addWidget(button, place // 2, place % 2)
        tools.setColumnStretch(2, 1)
        self._deleted = text_label("", "note", wraps=True)
        self.undo_button = link_button(self.tr("Undo"), self.tr("Bring the profile back"))
        self._undo = QWidget()
        undo = QHBoxLayout(self._undo)
        undo.setContentsMargins(0, 0, 0, 0)
        undo.addWidget(self._deleted, 1)
        undo.addWidget(self.undo_button)
        self.add(self.empty, self.list, self._tools, self._undo, self.notices)
        self._connect()
        self.show_state()

    def chosen(self) -> Kept | None:
        """The profile that is marked."""
        name = self._marked()
        return next((k for k in self._state.library.profiles if str(k.path) == name), None)

    def chosen_draft(self) -> Path | None:
        """The file of the unsaved run that is marked."""
        name = self._marked()
        return next((d.path for d in self._state.drafts.runs if str(d.path) == name), None)

    def remove_chosen(self) -> None:
        """Delete the profile, or discard the run, that is marked."""
        if self._state.is_measuring:
            return
        if (draft := self.chosen_draft()) is not None:
            self.discard_requested.emit(draft)
        elif (kept := self.chosen()) is not None:
            self.delete_requested.emit(kept)

    def set_default(self, path: str) -> None:
        """Mark the profile that plans begin with."""
        self._default = path
        self.show_state()

    def show_state(self) -> None:
        """List what is kept, and mark the one on show."""
        state, library = self._state, self._state.library
        self.list.blockSignals(True)  # to fill it is not to choose
        self.list.clear()
        for run in state.drafts.runs:
            self._add_draft(run)
        for kept in library.profiles:
            self._add_profile(kept)
        self.list.blockSignals(False)
        count = self.list.count()
        self.list.setFixedHeight(min(_MOST_ROWS, max(1, count)) * _ROW + _FRAME)
        self.list.setVisible(count > 0)
        self.list.setEnabled(not state.is_measuring)
        self.import_button.setEnabled(not state.is_measuring)
        self.empty.setVisible(count == 0)
        self.empty.setText(
            self.tr("None yet. A profile that you save is listed first among the GPUs of a plan.")
            if library.is_read
            else self.tr("Reading…")
        )
        self._show_undo()
        self.notices.set_notices(
            [("warning", translated(problem.message)) for problem in library.problems]
        )
        self._show_tools()

    def _add_draft(self, run: Unsaved) -> None:
        short = run.name.rpartition(": ")[2]  # "This PC" goes without saying
        item = QListWidgetItem(self.tr("Unsaved: {0} points, {1}").format(run.points, short))
        item.setData(Qt.ItemDataRole.UserRole, str(run.path))
        font = item.font()
        font.setItalic(True)
        item.setFont(font)
        about = self.tr("{0} points, neither saved nor discarded").format(run.points)
        item.setToolTip(wrapped(f"{run.name}\n{about}"))
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, about)
        self.list.addItem(item)
        if run.path == self._state.draft:
            self.list.setCurrentItem(item)

    def _add_profile(self, kept: Kept) -> None:
        state = self._state
        stale = state.watch.changes_of(kept.profile)
        item = QListWidgetItem(f"{_MARK if stale else ''}{kept.profile.name}")
        item.setData(Qt.ItemDataRole.UserRole, str(kept.path))
        words = [kept.profile.name, short_path(kept.path)]
        if str(kept.path) == self._default:
            words.insert(1, self.tr("Plans begin with it."))
            font = item.font()
            font.setWeight(QFont.Weight.DemiBold)
            item.setFont(font)
        words += [translated(message) for message in stale]
        item.setToolTip(wrapped("\n".join(words)))
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, "\n".join(words[1:]))
        self.list.addItem(item)
        if state.kept is not None and kept.path == state.kept.path:
            self.list.setCurrentItem(item)

    def _show_undo(self) -> None:
        discarded, deleted = self._state.drafts.discarded, self._state.library.deleted
        self._undo.setVisible(discarded is not None or deleted is not None)
        if discarded is not None:
            self._deleted.setText(self.tr("Discarded: {0}").format(discarded.name))
            self.undo_button.setToolTip(self.tr("Bring the run back"))
        elif deleted is not None:
            self._deleted.setText(self.tr("Deleted: {0}").format(deleted.profile.name))
            self.undo_button.setToolTip(self.tr("Bring the profile back"))

    def _marked(self) -> str:
        item = self.list.currentItem() if self.list.currentRow() >= 0 else None
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def _connect(self) -> None:
        state = self._state
        self.list.currentItemChanged.connect(self._on_chosen)
        self.use_button.clicked.connect(self._on_use)
        self.rename_button.clicked.connect(self._on_rename)
        self.export_button.clicked.connect(self._on_export)
        self.delete_button.clicked.connect(self._on_delete)
        self.discard_button.clicked.connect(self.remove_chosen)
        self.undo_button.clicked.connect(self._on_undo)
        self.import_button.clicked.connect(self.import_requested)
        state.library.changed.connect(self.show_state)
        state.drafts.changed.connect(self.show_state)
        state.profile_changed.connect(self.show_state)
        state.busy_changed.connect(self.show_state)

    def _show_tools(self) -> None:
        is_profile, is_draft = self.chosen() is not None, self.chosen_draft() is not None
        self._tools.setVisible(is_profile or is_draft)
        self._tools.setEnabled(not self._state.is_measuring)
        for button in (self.use_button, self.rename_button, self.export_button, self.delete_button):
            button.setVisible(is_profile)
        self.discard_button.setVisible(is_draft)
        kept = self.chosen()
        self.use_button.setEnabled(kept is not None and kept.profile.has_fit)

    def _on_chosen(self) -> None:
        kept = self.chosen()
        self._show_tools()
        draft = self.chosen_draft()
        if kept is not None:
            self._state.open(kept)
        elif draft is not None:
            self._state.open_draft(draft)

    def _on_undo(self) -> None:
        if self._state.drafts.discarded is not None:
            self.undo_discard_requested.emit()
        else:
            self.undo_requested.emit()

    def _on_use(self) -> None:
        self.use_requested.emit(self.chosen())

    def _on_rename(self) -> None:
        self.rename_requested.emit(self.chosen())

    def _on_export(self) -> None:
        self.export_requested.emit(self.chosen())

    def _on_delete(self) -> None:
        self.delete_requested.emit(self.chosen())
