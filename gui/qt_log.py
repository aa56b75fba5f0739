"""What Qt complains of goes into the log, a few times each, and on to the terminal as before."""

import sys
from collections import Counter

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from core import crash_log

_MOST_OF_EACH = 3
_MOST_KINDS = 200  # texts may hold numbers, so that each is a kind of its own
_LEVELS = {
    QtMsgType.QtWarningMsg: "WARNING",
    QtMsgType.QtCriticalMsg: "ERROR",
    QtMsgType.QtFatalMsg: "FATAL",
}
_counts: Counter[str] = Counter()


def install() -> None:
    """From now on write Qt's warnings and errors down."""
    qInstallMessageHandler(_on_message)


def uninstall() -> None:
    """Back to Qt's own way, before the interpreter ends under it."""
    qInstallMessageHandler(None)


def _on_message(kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
    try:
        level = _LEVELS.get(kind)
        if level is not None and (text in _counts or len(_counts) < _MOST_KINDS):
            _counts[text] += 1
            if _counts[text] <= _MOST_OF_EACH:
                crash_log.write(f"Qt: {crash_log.without_home(text)}", level)
        if sys.stderr is not None:  # a window without a terminal has none
            sys.stderr.write(f"{text}\n")
    except Exception:
        pass
