"""Files that are written whole or not at all, and read only if they are files."""

import contextlib
import errno
import os
import stat
import tempfile
import time
from pathlib import Path
from typing import IO

from core.errors import InputError

_PREFIX = ".isoloss-"


class NotAFileError(OSError):
    """A folder, a pipe or a device stands where a file should."""


class TooBigError(OSError):
    """A file is bigger than the caller will read."""


def write_atomically(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write ``content`` beside ``path`` and put it in its place in one step.

    Content and name are on the disk when it returns, as far as the system promises that.

    Args:
        path: a link stays a link, and a file keeps its permissions.
        content: all of it.
        mode: permissions of a file that is not there yet; None for the person's usual ones.

    Raises:
        OSError: it could not be written, or is read-only; what stood at ``path`` is untouched.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # a pipe or a device: nothing to put in place of it
        return
    path = Path(os.path.realpath(path))  # a link stays a link; unlike resolve, never a RuntimeError
    there = path.exists()
    if there and not os.access(path, os.W_OK):  # a folder alone would let it be replaced
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    if there:
        mode = stat.S_IMODE(path.stat().st_mode)
    handle, name = tempfile.mkstemp(prefix=_PREFIX, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask() if mode is None else mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def sweep(folder: Path, older_than_s: float) -> None:
    """Take away what `write_atomically` could not when it was killed; it never fails.

    Args:
        folder: where files are written.
        older_than_s: younger ones may be somebody's who is still writing.
    """
    with contextlib.suppress(OSError):
        for left in folder.glob(f"{_PREFIX}????????"):
            found = left.lstat()
            if stat.S_ISREG(found.st_mode) and time.time() - found.st_mtime > older_than_s:
                left.unlink(missing_ok=True)


def is_file(path: Path) -> bool:
    """Whether there is a file, or a link to one; False for a path that no system takes."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name too long, a folder that may not be entered
        return False


def is_gone(path: Path) -> bool:
    """Whether nothing is there; False where nobody can say."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        pass
    return False


def open_file(path: Path) -> IO[bytes]:
    """A file to read from; opening never waits, whatever stands at ``path``.

    Raises:
        NotAFileError: it is a folder, a pipe or a device.
        OSError: it is not there or cannot be read.
        ValueError: no path at all (a NUL in it).
    """
    if path.is_dir():  # Windows would call it a missing permission
        raise NotAFileError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise NotAFileError(errno.EINVAL, "Not a regular file", str(path))
    return file


def read_file(path: Path, most_bytes: int) -> bytes:
    """All of a file; opening never waits, whatever stands at ``path``.

    Raises:
        NotAFileError: it is a folder, a pipe or a device.
        TooBigError: it has more than ``most_bytes``; nothing of it was read.
        OSError: it is not there or cannot be read.
        ValueError: no path at all (a NUL in it).
    """
    with open_file(path) as file:
        if os.fstat(file.fileno()).st_size <= most_bytes:
            content = file.read(most_bytes + 1)  # it may be growing
            if len(content) <= most_bytes:
                return content
    raise TooBigError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))


def read_input(path: Path, most_bytes: int, field: str, what: str) -> bytes:
    """All of a file that a person gave.

    Args:
        path: of the file.
        most_bytes: beyond which nothing of it is read.
        field: name of the input, for the error.
        what: the file should be: ``a law of Isoloss``.

    Raises:
        InputError: it cannot be read, is no file, or is too big.
    """
    try:
        return read_file(path, most_bytes)
    except NotAFileError as error:
        expected = f"{what}: a file, not a folder, a pipe or a device"
        raise InputError(field, path, expected) from error
    except TooBigError as error:
        size = f"{most_bytes / 1e6:.0f} MB"
        raise InputError(field, path, f"{what}, at most {size}") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such path"
        raise InputError(field, path, f"a file that can be read ({reason})") from error


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk, too; where a system cannot do that, it is not an error."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
