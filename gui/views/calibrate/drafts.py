"""Runs that are not saved: listed until somebody saves or discards them."""

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.calibration.profile import Profile
from core.calibration.profile_file import save_profile
from core.calibration.unsaved import Unsaved, about_unsaved, new_unsaved
from core.errors import InputError
from core.files import write_atomically
from gui.jobs import Jobs
from gui.views.calibrate import work


class Drafts(QObject):
    """The newest first. One that was discarded can be brought back."""

    changed = Signal()
    was_read = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self)
        self._runs: tuple[Unsaved, ...] = ()
        self._discarded: tuple[Unsaved, bytes] | None = None

    @property
    def runs(self) -> tuple[Unsaved, ...]:
        """Every run that is not saved."""
        return self._runs

    @property
    def discarded(self) -> Unsaved | None:
        """What was discarded last and can be brought back."""
        return None if self._discarded is None else self._discarded[0]

    def read(self) -> None:
        """Look for what earlier sessions have left, beside the window."""
        self._jobs.start(work.read_drafts).done.connect(self._take)

    def add(self, path: Path) -> None:
        """List the run in a file, or what it is by now."""
        run = about_unsaved(path)
        self._runs = (*(() if run is None else (run,)), *self._without(path))
        self.changed.emit()

    def keep(self, profile: Profile) -> None:
        """Write a profile that somebody leaves without saving what was changed in it."""
        with suppress(OSError, InputError):  # the profile as it was is on the disk
            path = new_unsaved()
            save_profile(profile, path)
            self.add(path)

    def remove(self, path: Path) -> None:
        """Its content is a profile now."""
        with suppress(OSError):  # it would be listed again, which harms nobody
            path.unlink(missing_ok=True)
        self._runs = self._without(path)
        self.changed.emit()

    def discard(self, path: Path) -> None:
        """Remove a run; `bring_back` undoes it.

        Raises:
            InputError: it cannot be removed.
        """
        run = next((one for one in self._runs if one.path == path), None) or about_unsaved(path)
        try:
            content = path.read_bytes()
            path.unlink()
        except OSError as error:
            expected = f"a run that can be removed ({error.strerror})"
            raise InputError("file", path, expected) from error
        self._discarded = None if run is None else (run, content)
        self._runs = self._without(path)
        self.changed.emit()

    def bring_back(self) -> Path | None:
        """Write what was discarded last to where it was; its path.

        Raises:
            InputError: it cannot be written.
        """
        if self._discarded is None:
            return None
        run, content = self._discarded
        try:
            write_atomically(run.path, content)
        except OSError as error:
            expected = f"a file that can be written ({error.strerror})"
            raise InputError("file", run.path, expected) from error
        self.forget()
        self.add(run.path)
        return run.path

    def forget(self) -> None:
        """Something else can be undone now."""
        self._discarded = None

    def shut_down(self) -> None:
        """Stop, and wait."""
        self._jobs.shut_down()

    def _take(self, runs: tuple[Unsaved, ...]) -> None:
        self._runs = runs
        self.changed.emit()
        self.was_read.emit()

    def _without(self, path: Path) -> tuple[Unsaved, ...]:
        return tuple(run for run in self._runs if run.path != path)
