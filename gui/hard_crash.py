"""A crash that no Python code outlives: its trace goes into a file that the next start finds."""

import contextlib
import faulthandler
import sys
import time
from pathlib import Path
from typing import TextIO

from core.folders import log_folder

_MOST_TRACES = 3
_file: TextIO | None = None


def watch() -> Path | None:
    """From now on write the trace of a hard crash; the trace of the last one, if there was one.

    A log folder that cannot be written to means no trace and no error.
    """
    global _file  # noqa: PLW0603
    folder = log_folder()
    path = folder / "hard-crash.txt"
    found = None
    with contextlib.suppress(OSError):
        found = _put_away(path)
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        _file = path.open("a", encoding="utf-8")
        faulthandler.enable(_file)
    return found


def end_watch() -> None:
    """The program ends well: what the file holds was no crash."""
    global _file  # noqa: PLW0603
    if _file is None:
        return
    faulthandler.disable()
    with contextlib.suppress(OSError), _file:
        if sys.platform == "win32":  # there, faults that somebody has caught are written, too
            _file.truncate(0)  # elsewhere what stands in it is the trace of another window
    _file = None


def _put_away(path: Path) -> Path | None:
    """Keep the trace under a name with its date, and the last few of them."""
    if not path.is_file() or path.stat().st_size == 0:
        return None
    when = time.strftime("%Y-%m-%d-%H%M%S", time.localtime(path.stat().st_mtime))
    kept = path.with_name(f"hard-crash-{when}.txt")
    path.replace(kept)
    for older in sorted(path.parent.glob("hard-crash-*.txt"))[:-_MOST_TRACES]:
        older.unlink(missing_ok=True)
    return kept
