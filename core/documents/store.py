"""Plan files on the disk: read with care, saved whole, and the version before kept beside.

The backup of ``name.isoloss`` is ``name.isoloss.bak`` in the same folder.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from core.documents.document import (
    MOST_BYTES,
    SUFFIX,
    NewerError,
    PlanDocument,
    document_from_bytes,
    document_to_bytes,
    too_big,
)
from core.errors import InputError
from core.files import NotAFileError, TooBigError, is_file, read_file, sweep, write_atomically

_STALE_S = 3600.0  # a save takes less than a second
BACKUP_SUFFIX, DAMAGED_SUFFIX = ".bak", ".damaged"
_LONGEST_NAME = 255 - len(DAMAGED_SUFFIX)  # bytes; what file systems usually take


class DamagedError(InputError):
    """A plan file that cannot be used, beside one of the version before.

    Args:
        error: what is wrong with it.
        backup: name of the other.
    """

    def __init__(self, error: InputError, backup: str) -> None:
        super().__init__(error.field, error.value, error.message)
        self.backup = backup

    def __str__(self) -> str:
        return f"{super().__str__()}; the version before is kept in {self.backup}"

    def renamed(self, field: str) -> "DamagedError":
        """The same error under the name that the user typed."""
        return DamagedError(super().renamed(field), self.backup)


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file was when it was read or written: time and size, and what it says."""

    mtime_ns: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A plan with the stamp of the file that it came from."""

    document: PlanDocument
    stamp: Stamp


def is_plan_file(name: str) -> bool:
    """Whether a name is that of a plan file, or of the backup of one."""
    return name.casefold().endswith((SUFFIX, f"{SUFFIX}{BACKUP_SUFFIX}"))


def with_plan_suffix(path: Path) -> Path:
    """A name as a person has typed it, ``budget v1.5``, as that of a plan file."""
    if path.name.casefold().endswith(SUFFIX):
        return path
    return path.with_name(f"{path.name.rstrip('. ')}{SUFFIX}")


def backup_of(path: Path) -> Path:
    """Where the version before is kept; beside the file itself where ``path`` is a link.

    A name that leaves no room for another suffix is cut, and told from its like by a hash.
    """
    real = Path(os.path.realpath(path))
    name = real.name
    if len(as_bytes := os.fsencode(name)) > _LONGEST_NAME:
        end = f"~{hashlib.sha256(as_bytes).hexdigest()[:8]}{SUFFIX}"
        name = f"{as_bytes[: _LONGEST_NAME - len(end)].decode('utf-8', 'ignore')}{end}"
    return real.with_name(f"{name}{BACKUP_SUFFIX}")


def has_backup(path: Path) -> bool:
    """Whether there is a version before; none where nobody may look."""
    return is_file(backup_of(path))


def open_plan(path: Path) -> Opened:
    """The plan of a file.

    Raises:
        NewerError: a newer version wrote it.
        InputError: it cannot be read, is not such a file, is too big, or is damaged; where
            there is a backup the error says so.
    """
    content = _read(path)
    try:
        document = document_from_bytes(content, path.name)
    except NewerError:
        raise
    except InputError as error:
        if not has_backup(path):
            raise
        raise DamagedError(error, backup_of(path).name) from error
    return Opened(document, _stamp(path, content))


def save_plan(path: Path, document: PlanDocument) -> Stamp:
    """Write the file whole or not at all, the version before being kept as its backup.

    Raises:
        InputError: it cannot be written; what stood there is untouched.
    """
    content = document_to_bytes(document)
    document_from_bytes(content, path.name)
    try:
        if path.is_dir() or (path.exists() and not path.is_file()):
            raise InputError("file", path, "a file, not a folder, a pipe or a device")
        before = _content_now(path)
        if content != before:
            if before is not None:
                _back_up(path, before)
            write_atomically(path, content)
            sweep(Path(os.path.realpath(path)).parent, _STALE_S)
        return _stamp(path, content)
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise _unwritable(path, error) from error


def stamp_of(path: Path) -> Stamp | None:
    """What stands at ``path`` now, whatever it says; None where nothing can be read."""
    try:
        return _stamp(path, read_file(path, MOST_BYTES))
    except (OSError, ValueError):
        return None


def changed_since(path: Path, stamp: Stamp | None) -> bool:
    """Whether somebody else has written the file; a file that is gone has not been written.

    Args:
        path: of the file.
        stamp: of when it was read or written; None where it was not there.
    """
    try:
        found = path.stat()
        if stamp is not None and (found.st_mtime_ns, found.st_size) == (
            stamp.mtime_ns,
            stamp.size,
        ):
            return False
        return stamp is None or _digest(read_file(path, MOST_BYTES)) != stamp.digest
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True


def _read(path: Path) -> bytes:
    try:
        return read_file(path, MOST_BYTES)
    except NotAFileError as error:
        raise InputError("plan", path, "a file, not a folder, a pipe or a device") from error
    except TooBigError as error:
        raise too_big(path.name) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such path"
        raise InputError("plan", path, f"a file that can be read ({reason})") from error


def _content_now(path: Path) -> bytes | None:
    """What stands there; None where nothing does.

    Raises:
        InputError: it is too big to be a plan, so not ours to replace.
    """
    try:
        return read_file(path, MOST_BYTES)
    except FileNotFoundError:
        return None
    except TooBigError as error:
        raise InputError("file", path, "one that is no other program's (it is too big)") from error


def _back_up(path: Path, before: bytes) -> None:
    """Keep the version before; what is no plan does not take a good backup's place."""
    backup = backup_of(path)
    try:
        document_from_bytes(before, path.name)
    except NewerError:
        pass
    except InputError:
        if backup.exists():
            backup = backup.with_suffix(DAMAGED_SUFFIX)
    write_atomically(backup, before, stat.S_IMODE(path.stat().st_mode))


def _stamp(path: Path, content: bytes) -> Stamp:
    try:
        mtime_ns = path.stat().st_mtime_ns
    except OSError:  # gone again
        mtime_ns = 0
    return Stamp(mtime_ns, len(content), _digest(content))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _unwritable(path: Path, error: Exception) -> InputError:
    reason = getattr(error, "strerror", None) or "no such path"
    return InputError("file", path, f"one that can be written ({reason})")
