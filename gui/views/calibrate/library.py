"""The saved profiles: read, kept, renamed, imported, deleted and brought back."""

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from core.calibration.measured import FolderStamp, profiles_stamp
from core.calibration.profile import Profile, rename
from core.calibration.profile_file import save_profile
from core.calibration.profiles import (
    Kept,
    delete_profile,
    import_profile,
    keep_profile,
    profiles_folder,
)
from core.hardware.tables import Problem
from gui.jobs import Jobs
from gui.views.calibrate import work

_PAUSE_MS = 200  # whoever writes several profiles is followed once


class Library(QObject):
    """What is in the folder of profiles; the newest first. One deletion can be taken back."""

    changed = Signal()
    removed = Signal(object)  # Path
    put = Signal(object)  # Kept: new, or another one in the same file
    reread = Signal()  # another program has written, or removed, profiles

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self)
        self._profiles: tuple[Kept, ...] = ()
        self._problems: tuple[Problem, ...] = ()
        self._is_read = False
        self._deleted: Kept | None = None
        self._seen: FolderStamp = ()
        self._watcher = QFileSystemWatcher(self)
        self._settled = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._watcher.directoryChanged.connect(self._settled.start)
        self._settled.timeout.connect(self.follow)

    @property
    def profiles(self) -> tuple[Kept, ...]:
        """Every profile that could be read."""
        return self._profiles

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Files that could not be."""
        return self._problems

    @property
    def is_read(self) -> bool:
        """Whether the folder has been looked into."""
        return self._is_read

    @property
    def deleted(self) -> Kept | None:
        """What was deleted last and can be brought back."""
        return self._deleted

    def read(self) -> None:
        """Look into the folder, beside the window, and again whenever something happens there."""
        folder = profiles_folder()
        with suppress(OSError):  # whoever saves a profile is told
            folder.mkdir(parents=True, exist_ok=True)
        if folder.is_dir() and not self._watcher.directories():
            self._watcher.addPath(str(folder))
        self._seen = profiles_stamp()
        self._jobs.start(work.read_profiles).done.connect(self._take)

    def follow(self) -> None:
        """Read again if another program has written or removed profiles."""
        if self._is_read and profiles_stamp() != self._seen:
            self.read()

    def keep(self, profile: Profile, path: Path | None) -> Kept:
        """Save a profile, in place of the one in ``path`` if there is one.

        Raises:
            InputError: it cannot be written.
        """
        return self._put(keep_profile(profile, path))

    def rename(self, kept: Kept, name: str) -> Kept:
        """Give a profile another name; its file stays where it is.

        Raises:
            InputError: a name that is none, or the file cannot be written.
        """
        return self._put(keep_profile(rename(kept.profile, name), kept.path))

    def add(self, path: Path) -> Kept:
        """Copy a profile of another place into the folder.

        Raises:
            InputError: it is none, or cannot be written.
        """
        return self._put(import_profile(path))

    def export(self, kept: Kept, path: Path) -> None:
        """Write a profile to another place.

        Raises:
            InputError: it cannot be written there.
        """
        save_profile(kept.profile, path)

    def delete(self, kept: Kept) -> None:
        """Remove a profile; `bring_back` undoes it.

        Raises:
            InputError: it cannot be removed.
        """
        delete_profile(kept.path)
        self._profiles = tuple(one for one in self._profiles if one.path != kept.path)
        self._deleted = kept
        self._seen = profiles_stamp()
        self.removed.emit(kept.path)
        self.changed.emit()

    def bring_back(self) -> Kept | None:
        """Save what was deleted last under its old path.

        Raises:
            InputError: it cannot be written.
        """
        kept, self._deleted = self._deleted, None
        return None if kept is None else self._put(keep_profile(kept.profile, kept.path))

    def forget(self) -> None:
        """Something else can be undone now."""
        self._deleted = None

    def announce(self) -> None:
        """What is known of the devices has changed."""
        self.changed.emit()

    def shut_down(self) -> None:
        """Stop, and wait."""
        self._jobs.shut_down()

    def _take(self, found: tuple[tuple[Kept, ...], tuple[Problem, ...]]) -> None:
        was_read, before = self._is_read, self._profiles
        self._profiles, self._problems = found
        self._is_read = True
        there = {kept.path for kept in self._profiles}
        for kept in before:
            if kept.path not in there:
                self.removed.emit(kept.path)
        self.changed.emit()
        if was_read:
            self.reread.emit()

    def _put(self, kept: Kept) -> Kept:
        others = [one for one in self._profiles if one.path != kept.path]
        newest_first = sorted([kept, *others], key=_date, reverse=True)
        self._profiles = tuple(newest_first)
        self._seen = profiles_stamp()
        self.put.emit(kept)
        self.changed.emit()
        return kept


def _date(kept: Kept) -> str:
    return kept.profile.device.date
