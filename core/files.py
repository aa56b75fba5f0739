"""Files that are written whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` beside ``path`` and put it in its place in one step.

    Raises:
        OSError: it could not be written; what stood at ``path`` is untouched.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)  # a pipe or a device: nothing to put in place of it
        return
    path = Path(os.path.realpath(path))  # a link stays a link; unlike resolve, never a RuntimeError
    handle, name = tempfile.mkstemp(prefix=".isoloss-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    """The process's umask, which can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
