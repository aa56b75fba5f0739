"""Keeps unsaved work some seconds behind the hands, and offers it after an unclean end."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import InputError
from gui import crash
from gui.jobs import Jobs, Progress

if TYPE_CHECKING:
    from core.documents.recovery import Autosave, LeftBehind, Unsaved

PAUSE_MS = 3000


class Autosaver(QObject):
    """Writes what `unsaved` gives, in a thread of its own, while there is something unsaved.

    Args:
        unsaved: the plan as it is now; None while it is as in its file.
        parent: owner.
    """

    failed = Signal(str)  # why, once until it works again

    def __init__(
        self, unsaved: "Callable[[datetime], Unsaved | None]", parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._unsaved = unsaved
        self._jobs = Jobs(self)
        self._file: Autosave | None = None
        self._has_failed = False
        self._offered: list[LeftBehind] = []
        self.timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self.timer.timeout.connect(self._write_beside)
        crash.keep_first(self.write_now)

    def notice(self, is_modified: bool) -> None:
        """The plan has changed: keep it soon, or drop what was kept of it."""
        if is_modified:
            if not self.timer.isActive():  # a long drag must not put it off
                self.timer.start()
            return
        self.timer.stop()
        if self._file is not None:
            self._jobs.shut_down()
            self._file.clear()

    def write_now(self) -> None:
        """Keep it before anything else happens.

        Raises:
            InputError: an own law or profile of the plan cannot be read.
            OSError: it cannot be written.
        """
        self._jobs.shut_down()
        unsaved = self._unsaved(datetime.now())
        if unsaved is not None:
            self._file_of_ours().write(unsaved)

    def left_behind(self) -> "LeftBehind | None":
        """The latest that an Isoloss has left which did not close; nobody else is offered it."""
        from core.documents.places import autosave_folder

        if not self._offered and autosave_folder().is_dir():
            from core.documents.recovery import left_behind

            self._offered = list(left_behind())
        return self._offered[0] if self._offered else None

    def settle(self, one: "LeftBehind") -> None:
        """It is restored, or not wanted: it goes."""
        self._offered.remove(one)
        one.discard()

    def shut_down(self) -> None:
        """The window closes: nothing is unsaved; what was not answered is offered again."""
        self.timer.stop()
        self._jobs.shut_down()
        if self._file is not None:
            self._file.close()
        for one in self._offered:
            one.release()
        self._offered = []

    def _file_of_ours(self) -> "Autosave":
        if self._file is None:
            from core.documents.recovery import Autosave

            self._file = Autosave()
        return self._file

    def _write_beside(self) -> None:
        unsaved = self._unsaved(datetime.now())
        if unsaved is None:
            return
        job = self._jobs.start(_Writing(self._file_of_ours(), unsaved))
        job.done.connect(self._on_done)

    def _on_done(self, reason: str) -> None:
        if reason and not self._has_failed:
            self.failed.emit(reason)
        self._has_failed = bool(reason)


class _Writing:
    """One autosave, for the worker thread; the result is why it failed, or nothing."""

    def __init__(self, file: "Autosave", unsaved: "Unsaved") -> None:
        self._file = file
        self._unsaved = unsaved

    def __call__(self, progress: Progress) -> object:
        """Write."""
        try:
            self._file.write(self._unsaved)
        except InputError as error:
            return str(error)
        except OSError as error:
            return error.strerror or str(error)
        return ""
