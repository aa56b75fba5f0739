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
from core.files import NotAFileError, TooBigError, is_file, read_file, write_atomically

BACKUP_SUFFIX, DAMAGED_SUFFIX = ".bak", ".damaged"


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


def backup_of(path: Path) -> Path:
    """Where the version before is kept; beside the file itself where ``path`` is a link."""
    real = Path(os.path.realpath(path))
    return real.with_name(f"{real.name}{BACKUP_SUFFIX}")


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
        backup = backup_of(path)
        if not is_file(backup) or backup == path:
            raise
        expected = f"{error.expected}; the version before is kept in {backup.name}"
        raise InputError(error.field, error.value, expected) from error
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
