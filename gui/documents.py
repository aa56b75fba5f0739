"""The plan as a file of the person's: new, open, save, revert, and never lost."""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox

from core import crash_log
from core.errors import InputError
from core.files import is_gone
from core.planner import PlanRequest
from gui import recent
from gui.autosave import Autosaver
from gui.session import Session
from gui.settings import Settings

if TYPE_CHECKING:
    from core.documents.document import PlanDocument
    from core.documents.recovery import LeftBehind, Unsaved
    from core.documents.store import Opened, Stamp
    from gui.document_notices import DocumentNotices
    from gui.main_window import MainWindow
    from gui.save_as import SaveAs

_BACKUP = ".bak"
Button = QMessageBox.StandardButton


def is_plan_name(path: Path) -> bool:
    """Whether a file is called like a plan, or like the backup of one."""
    from core.documents.store import is_plan_file

    return is_plan_file(path.name)


class Documents(QObject):
    """Knows the file of the plan in the window, and whether the two are the same.

    The plan is modified when its request is another than in the file, or than the one that the
    window began with; undo and redo lead across that as any edit does.
    """

    changed = Signal()  # name or modified
    said = Signal(str)  # a sentence for the status line

    def __init__(self, session: Session, settings: Settings, window: "MainWindow") -> None:
        super().__init__(window)
        self._session = session
        self._settings = settings
        self._window = window
        self._blank = session.request
        self.path: Path | None = None
        self._stamp: Stamp | None = None
        self._saved: PlanRequest | None = session.request
        self._is_gone = False
        self._wanted: Path | None = None
        self._save_as: SaveAs | None = None
        self._offered: LeftBehind | None = None
        self._then: Callable[[], None] | None = None
        self._question: QMessageBox | None = None
        self._may_close = False
        self._shown: tuple[Path | None, bool] | None = None
        self._notices: DocumentNotices | None = None
        self.autosave = Autosaver(self._unsaved, self)
        self.autosave.failed.connect(self._on_autosave_failed)
        session.changed.connect(self._refresh)
        session.choosing_changed.connect(self._refresh)

    @property
    def notices(self) -> "DocumentNotices":
        """What the window says about the file; the first window has nothing to say."""
        if self._notices is None:
            from gui.document_notices import DocumentNotices

            self._notices = DocumentNotices(self, self._window)
        return self._notices

    @property
    def name(self) -> str:
        """What the title calls the plan."""
        return self.path.name if self.path is not None else self.tr("Untitled")

    @property
    def is_modified(self) -> bool:
        """Whether closing would lose something."""
        return self._is_gone or self._session.asked != self._saved

    def new(self) -> None:
        """Begin again with the plan that the window began with."""
        self._guarded(self._new_now)

    def ask_open(self) -> None:
        """Ask for a plan file, and open it."""
        from gui.document_dialogs import file_dialog

        dialog = file_dialog(self._window, self._settings.folder)
        dialog.fileSelected.connect(self._on_open_chosen)
        dialog.open()

    def open(self, path: Path) -> None:
        """Open a plan file, or the backup of one; a plan with changes is saved first, or not."""
        self._wanted = path
        self._guarded(self._open_now)

    def open_recent(self, name: str) -> None:
        """Open a file of the list; one that is gone is named, and leaves the list."""
        path = Path(name)
        if is_gone(path):
            recent.forget(self._settings, path)
            self.notices.say_gone(path)
            self.changed.emit()
            return
        self.open(path)

    def save(self) -> None:
        """Save the plan to its file; one that somebody else has changed is not overwritten."""
        if self.path is None:
            self.save_as()
            return
        from core.documents.store import changed_since

        if changed_since(self.path, self._stamp):
            from gui.document_dialogs import changed_question

            self._ask(changed_question(self._window, self.path), self._on_changed_answer)
            return
        self._write(self.path)

    def save_as(self) -> None:
        """Ask for a file, and save the plan to it."""
        if self._save_as is None:
            from gui.save_as import SaveAs

            self._save_as = SaveAs(self._window)
            self._save_as.chosen.connect(self._on_save_chosen)
            self._save_as.given_up.connect(self._forget_then)
        folder = str(self.path.parent) if self.path is not None else self._settings.folder
        self._save_as.ask(folder, self.name if self.path is not None else self.tr("plan.isoloss"))

    def revert(self) -> None:
        """Go back to what is in the file, as a step that can be undone."""
        if self.path is None:
            return
        opened = self._read(self.path)
        if opened is None:
            return
        request = opened.document.request
        values = {field.name: getattr(request, field.name) for field in fields(request)}
        self._session.end_step()
        self._session.edit(self.tr("revert to saved"), **values)
        self._session.end_step()
        if self._session.asked != request:  # refused: the file is still not what the window shows
            return
        self._saved, self._stamp = request, opened.stamp
        self._session.undo_stack.setClean()
        self._refresh()

    def may_close(self) -> bool:
        """Whether nothing would be lost; if it would, the person is asked, and it closes later."""
        self._look_whether_gone()
        if self._may_close or not self.is_modified:
            return True
        self._guarded(self._close_now)
        return False

    def let_go(self) -> None:
        """Close without asking, whatever has changed."""
        self._may_close = True

    def shut_down(self) -> None:
        """The window closes: what was unsaved is not wanted."""
        self._may_close = True
        self.autosave.shut_down()

    def look_at_disk(self) -> None:
        """Say so if somebody else has changed the file since, or has taken it away."""
        if self.path is None:
            return
        from core.documents.store import changed_since

        self._look_whether_gone()
        self.notices.say_changed(self.path, changed_since(self.path, self._stamp))

    def offer_recovery(self) -> None:
        """Offer what an Isoloss has left that did not close."""
        self._offered = self.autosave.left_behind()
        if self._offered is not None:
            self.notices.offer_recovery(self._offered.unsaved)

    def restore(self) -> None:
        """Take what is offered into the window."""
        self._guarded(self._restore_now)

    def discard_recovery(self) -> None:
        """It is not wanted; there may be more."""
        if self._offered is not None:
            self.autosave.settle(self._offered)
        self.offer_recovery()

    def open_backup(self) -> None:
        """Open the version before of the file that could not be opened."""
        from core.documents.store import backup_of

        if self._wanted is not None:
            self.open(backup_of(self._wanted))

    def _look_whether_gone(self) -> None:
        """A plan whose file is gone stands in the window alone: it counts as not saved."""
        if self.path is None:
            return
        was_gone, self._is_gone = self._is_gone, is_gone(self.path)
        if self._is_gone != was_gone:
            self.notices.say_missing(self.path, self._is_gone)
            self._refresh()

    def _guarded(self, then: Callable[[], None]) -> None:
        """Go on at once if nothing would be lost, else when the person has decided."""
        self._look_whether_gone()
        if not self.is_modified:
            then()
            return
        self._then = then
        from gui.document_dialogs import unsaved_question

        self._ask(unsaved_question(self._window, self.name), self._on_unsaved_answer)

    def _ask(self, box: QMessageBox, on_answer: Callable[[int], None]) -> None:
        if self._question is not None:  # a second Ctrl+W while the first is being answered
            self._question.finished.disconnect()
            self._question.deleteLater()
        self._question = box
        box.finished.connect(on_answer)
        box.open()

    def _on_unsaved_answer(self, answer: int) -> None:
        self._question = None
        if answer == Button.Save:
            self.save()
        elif answer == Button.Discard:
            self._go_on()
        else:
            self._forget_then()

    def _on_changed_answer(self, answer: int) -> None:
        self._question = None
        if answer == Button.Save and self.path is not None:
            self._write(self.path)
        elif answer == Button.SaveAll:
            self.save_as()
        else:
            self._forget_then()

    def _go_on(self) -> None:
        then, self._then = self._then, None
        if then is not None:
            then()

    def _forget_then(self) -> None:
        self._then = None
        if self._offered is not None:  # its notice went when the question came
            self.notices.offer_recovery(self._offered.unsaved)

    def _close_now(self) -> None:
        self._may_close = True
        self._window.close()

    def _new_now(self) -> None:
        try:
            self._session.open(self._blank)
        except InputError:  # the profile that the window began with is gone
            self._blank = PlanRequest()
            self._session.open(self._blank)
        self._adopt(None, None, self._blank)

    def _on_open_chosen(self, name: str) -> None:
        self._settings.folder = str(Path(name).parent)
        self.open(Path(name))

    def _on_save_chosen(self, path: Path) -> None:
        self._settings.folder = str(path.parent)
        self._write(path)

    def _open_now(self) -> None:
        path = self._wanted
        opened = None if path is None else self._read(path)
        if path is None or opened is None:
            return
        if not self._show(path, opened.document.request):
            return
        if path.name.casefold().endswith(f".isoloss{_BACKUP}"):
            from core.documents.store import stamp_of

            original = path.with_name(path.name[: -len(_BACKUP)])
            self._adopt(original, stamp_of(original), None)
        else:
            self._adopt(path, opened.stamp, opened.document.request)
            recent.remember(self._settings, path)
        crash_log.note(f"opened {path.name}")
        self.notices.expect(opened.document)
        self._refresh()

    def _restore_now(self) -> None:
        one = self._offered
        if one is None:
            return
        unsaved = one.unsaved
        if not self._show(unsaved.path or Path(self.name), unsaved.document.request):
            self.notices.offer_recovery(unsaved)
            return
        self._adopt(unsaved.path, unsaved.stamp, None)
        try:
            self.autosave.write_now()
        except (InputError, OSError):  # it stays where it is, to be offered again
            return
        self.autosave.settle(one)
        self.offer_recovery()

    def _read(self, path: Path) -> "Opened | None":
        from core.documents.store import open_plan

        try:
            return open_plan(path)
        except InputError as error:
            self._wanted = path
            self.notices.say_unreadable(path, error)
            return None

    def _show(self, path: Path, request: PlanRequest) -> bool:
        from core.documents.request_fields import in_file

        try:
            self._session.open(request)
        except InputError as error:
            self.notices.say_unreadable(path, in_file(error, path.name))
            return False
        return True

    def _write(self, path: Path) -> None:
        from core.documents.store import save_plan

        document = self._document()
        try:
            stamp = save_plan(path, document)
        except InputError as error:
            from gui.document_dialogs import failure

            self._forget_then()
            failure(self._window, path, error).open()
            return
        recent.remember(self._settings, path)
        self._adopt(path, stamp, document.request)
        self.said.emit(self.tr("Saved {0}").format(path))
        self._go_on()

    def _document(self) -> "PlanDocument":
        from core.documents.answers import answers_of
        from core.documents.document import PlanDocument

        session = self._session
        is_answered = session.asked == session.request and not session.is_choosing
        return PlanDocument(session.asked, answers_of(session.plan) if is_answered else {})

    def _unsaved(self, now: datetime) -> "Unsaved | None":
        if self._may_close or not self.is_modified:
            return None
        from core.documents.recovery import Unsaved

        return Unsaved(self._document(), now, self.path, self._stamp)

    def _adopt(self, path: Path | None, stamp: "Stamp | None", saved: PlanRequest | None) -> None:
        """From now on the plan in the window is that of this file."""
        self.path, self._stamp, self._saved = path, stamp, saved
        self._is_gone = False
        self._session.end_step()  # the next edit is a step of its own, back to what is saved
        if saved is not None:
            self._session.undo_stack.setClean()
        if self._notices is not None:
            self._notices.clear()
        self._refresh()

    def _refresh(self) -> None:
        modified = self.is_modified
        self.autosave.notice(modified)
        if self._notices is not None and not modified and not self._session.is_choosing:
            self._notices.compare(self._session.plan)
        if (self.path, modified) != self._shown:
            self._shown = self.path, modified
            self.changed.emit()

    def _on_autosave_failed(self, reason: str) -> None:
        self.said.emit(self.tr("Unsaved changes could not be kept safe: {0}").format(reason))
