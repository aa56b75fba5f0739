"""One at a time: two calibrations would measure each other."""

import json
import os
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from core.hardware.tables import user_folder

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LONGEST = 4_096
_BYTE = 1 << 20  # what is locked lies beyond what is written, so that others can read that


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has the lock; empty where the file does not say.

    Attributes:
        pid: of the app or command.
        since: local time, ``2026-11-22 15:04``.
        device: what it measures.
    """

    pid: int = 0
    since: str = ""
    device: str = ""


class Lock:
    """A lock on a file in a person's folder; it ends with the process, however that ends.

    A folder may be shared by many machines, so each has a file of its own.

    Args:
        folder: default `user_folder`.
        name: of what must not be done twice at a time.
    """

    def __init__(self, folder: Path | None = None, name: str = "calibrating") -> None:
        host = "".join(c for c in platform.node() if c.isalnum() or c in "-.") or "host"
        self.path = (folder or user_folder()) / f"{name}-{host}.lock"
        self._file: IO[bytes] | None = None

    def take(self, device: str) -> Holder | None:
        """Take it; who has it, if somebody else does.

        Raises:
            OSError: the file cannot be made.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a+b")
        try:
            _lock(file)
        except OSError:
            with file:
                return self._holder(file)
        file.truncate(0)
        now = time.strftime("%Y-%m-%d %H:%M")
        file.write(json.dumps({"pid": os.getpid(), "since": now, "device": device}).encode())
        file.flush()
        self._file = file
        return None

    def release(self) -> None:
        """Give it back; the file stays, for who removes it may remove another's lock."""
        if self._file:
            self._file.close()
            self._file = None

    @staticmethod
    def _holder(file: IO[bytes]) -> Holder:
        try:
            file.seek(0)
            entry = json.loads(file.read(_LONGEST))
            return Holder(int(entry["pid"]), str(entry["since"]), str(entry["device"]))
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            return Holder()


def _lock(file: IO[bytes]) -> None:
    """Lock it without waiting.

    Raises:
        OSError: somebody else has.
    """
    if sys.platform == "win32":
        file.seek(_BYTE)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
