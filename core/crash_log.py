"""What is written down when something goes wrong: versions, the last actions, the error.

One text file of a bounded size in the platform's log folder. Beyond the error's own words it holds
nothing that a person has typed, none of their folders and no account name, so that it can be sent.
"""

import contextlib
import platform
import threading
import time
import traceback
from collections import deque
from pathlib import Path

import core
from core.folders import home_folder, log_folder

MOST_BYTES = 500_000  # of one file; two older ones are kept
_OLDER_FILES = 2
_MOST_ACTIONS = 40
_LONGEST_ACTION = 120
_LONGEST_REPORT = 40_000

_actions: deque[str] = deque(maxlen=_MOST_ACTIONS)
_versions: list[str] = []
_writing = threading.Lock()


def note(action: str) -> None:
    """Remember what the person did, for a report; nothing is written unless something fails.

    Args:
        action: a few words without values; of a file its name, never its folder.
    """
    words = " ".join(action.split())[:_LONGEST_ACTION]
    _actions.append(f"{time.strftime('%H:%M:%S')} {words}")


def add_version(part: str) -> None:
    """Let reports name another part of the program (``Qt 6.10.1``)."""
    if part not in _versions:
        _versions.append(part)


def log_path() -> Path:
    """The file that `write` appends to."""
    return log_folder() / "isoloss.log"


def report(error: BaseException) -> str:
    """All that is needed to find a fault: versions, the last actions, the traceback."""
    # the traceback's words may be hostile: an error whose text fails, or is a gigabyte
    trace = "".join(traceback.format_exception(error))
    if len(trace) > _LONGEST_REPORT:
        half = _LONGEST_REPORT // 2
        trace = f"{trace[:half]}\n...\n{trace[-half:]}"
    python = f"Python {platform.python_version()}"
    parts = (f"Isoloss {core.__version__}", python, *_versions, platform.platform())
    actions = "\n".join(_actions) or "none"
    return without_home(f"{', '.join(parts)}\n\nLast actions\n{actions}\n\n{trace}")


def headline(error: BaseException) -> str:
    """Kind and text of an error in one line, and the line of the program it comes from."""
    line = " ".join(traceback.format_exception_only(error)[-1].split())
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return without_home(f"{line[:200]}{place}")


def write(text: str, level: str = "ERROR") -> bool:
    """Append to the log; whether that worked. It never raises: a log must not do harm itself."""
    from logging import LogRecord
    from logging.handlers import RotatingFileHandler

    line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {level} {text.rstrip()}"
    path = log_path()
    try:
        with _writing:
            path.parent.mkdir(parents=True, exist_ok=True)
            handler = RotatingFileHandler(
                path,
                maxBytes=MOST_BYTES,
                backupCount=_OLDER_FILES,
                encoding="utf-8",
                errors="backslashreplace",
            )
            # open only while it is written to, by hand: a handler prints its own failures
            with contextlib.closing(handler):
                if handler.shouldRollover(LogRecord("", 0, "", 0, line, None, None)):
                    handler.doRollover()
                if handler.stream is not None:
                    handler.stream.write(f"{line}\n")
    except (OSError, ValueError):
        return False
    return True


def without_home(text: str) -> str:
    """``text`` with a tilde for the person's home folder, which carries their name."""
    home = str(home_folder())
    return text.replace(home, "~") if len(home) > 1 else text


def log_command(error: BaseException, argv: list[str]) -> str:
    """Write an error of the command line down; the sentence that the person gets.

    Args:
        error: what nobody expected.
        argv: the words of the command; of options and files only the names are kept.
    """
    words = [word.partition("=")[0] for word in argv[1:] if word.startswith("--")]
    note(" ".join(["isoloss", *(Path(word).name for word in argv[:1]), *words]))
    happened = f"Isoloss met an error that it did not expect, {headline(error)}"
    if write(report(error)):
        return f"{happened}; the report is in {log_path()}"
    return f"{happened}; the report cannot be written to {log_path()}"
