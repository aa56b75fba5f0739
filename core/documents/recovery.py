"""Unsaved plans of running windows, kept so that a crash loses seconds and not an evening.

Each running Isoloss has one file of its own in the autosave folder, beside a lock that ends with
the process however that ends. A file whose lock is free was left behind by one that did not
close; while it is being offered, whoever offers it holds the lock.
"""

import contextlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.calibration.lock import Lock
from core.documents.document import (
    MOST_BYTES,
    PlanDocument,
    document_from_bytes,
    document_to_bytes,
)
from core.documents.places import autosave_folder
from core.documents.store import Stamp
from core.errors import InputError
from core.files import read_file, write_atomically
from core.laws.reading import Fields, parse

FORMAT, VERSION = "isoloss-autosave", 1
_MOST_BYTES = MOST_BYTES + 10_000
_SUFFIX = ".autosave"


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A plan that is in a window and not in its file.

    Attributes:
        document: as it would be saved.
        at: local time of the autosave, to the second.
        path: its file; None where it has none yet.
        stamp: of that file when it was read; None where it was not there.
    """

    document: PlanDocument
    at: datetime
    path: Path | None = None
    stamp: Stamp | None = None


class Autosave:
    """The one file of this process; nothing is made before there is something to keep.

    Args:
        folder: default `autosave_folder`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock = Lock(folder or autosave_folder(), name)
        self._is_locked = False

    @property
    def path(self) -> Path:
        """The file."""
        return self._lock.path.with_suffix(_SUFFIX)

    def write(self, unsaved: Unsaved) -> None:
        """Keep this in place of what was kept before.

        Raises:
            InputError: an own law or profile of the plan cannot be read.
            OSError: it cannot be written.
        """
        content = _to_bytes(unsaved)
        if not self._is_locked:
            self._lock.take("autosave")
            self._is_locked = True
        write_atomically(self.path, content, 0o600)

    def clear(self) -> None:
        """There is nothing to keep; without a folder that can be written to, nothing happens."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """The window closes as it should."""
        self.clear()
        if self._is_locked:
            _remove_lock(self._lock)
            self._is_locked = False


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What an Isoloss that did not close has left; nobody else is offered it meanwhile."""

    unsaved: Unsaved
    path: Path
    lock: Lock

    def discard(self) -> None:
        """It is restored, or not wanted."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        _remove_lock(self.lock)

    def release(self) -> None:
        """Leave it for the next start."""
        self.lock.release()


def left_behind(folder: Path | None = None) -> tuple[LeftBehind, ...]:
    """What can be restored, the latest first.

    A file that cannot be read stays where it is; those of running processes, and of other
    machines that share the folder, are theirs.

    Args:
        folder: default `autosave_folder`.
    """
    folder = folder or autosave_folder()
    host = Lock(folder, "x").path.stem.removeprefix("x")
    found = []
    for path in sorted(folder.glob(f"*{host}{_SUFFIX}")):
        lock = Lock(folder, path.stem.removesuffix(host))
        try:
            if lock.take("recovery") is not None:
                continue
        except OSError:
            continue
        unsaved = _read(path)
        if unsaved is None:
            lock.release()
        else:
            found.append(LeftBehind(unsaved, path, lock))
    return tuple(sorted(found, key=lambda one: one.unsaved.at, reverse=True))


def _remove_lock(lock: Lock) -> None:
    """The name is of one process only, so that nobody else can be waiting for it."""
    lock.release()
    with contextlib.suppress(OSError):
        lock.path.unlink(missing_ok=True)


def _to_bytes(unsaved: Unsaved) -> bytes:
    stamp = unsaved.stamp
    values = {
        "format": FORMAT,
        "version": VERSION,
        "at": unsaved.at.isoformat(timespec="seconds"),
        "path": None if unsaved.path is None else str(unsaved.path),
        "stamp": None
        if stamp is None
        else {"mtime_ns": str(stamp.mtime_ns), "size": stamp.size, "digest": stamp.digest},
        "plan": json.loads(document_to_bytes(unsaved.document)),
    }
    return json.dumps(values).encode()


def _read(path: Path) -> Unsaved | None:
    try:
        fields = parse(read_file(path, _MOST_BYTES), path.name)
        if fields.values.get("format") != FORMAT or fields.values.get("version") != VERSION:
            return None
        content = json.dumps(fields.part("plan").values).encode()
        return Unsaved(
            document_from_bytes(content, path.name),
            datetime.fromisoformat(fields.text("at")),
            Path(fields.text("path")) if fields.has("path") else None,
            _stamp(fields.part("stamp")) if fields.has("stamp") else None,
        )
    except (InputError, OSError, ValueError, OverflowError, RecursionError):
        return None


def _stamp(fields: Fields) -> Stamp:
    return Stamp(
        int(fields.text("mtime_ns")), fields.integer("size", 0, MOST_BYTES), fields.text("digest")
    )
