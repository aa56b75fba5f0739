"""An unexpected error: into a log and one quiet dialog, never as a traceback in the face.

`install` catches what nobody else did: in slots, in threads, in destructors, in Qt itself.
"""

import contextlib
import sys
import threading
import traceback
import weakref
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, Qt, QTimer, Signal, qVersion
from PySide6.QtWidgets import QApplication

from core import crash_log

if TYPE_CHECKING:
    from gui.crash_dialog import CrashDialog

_TELL_EVERY_MS = 200  # a storm of errors repaints the dialog five times a second
_counts: Counter[tuple[object, ...]] = Counter()
_relay: "_Relay | None" = None
_keepers: list["weakref.WeakMethod[Callable[[], object]]"] = []


def keep_first(keeper: Callable[[], object]) -> None:
    """Have the bound method ``keeper`` save what there is before an error is shown; it may fail."""
    _keepers.append(weakref.WeakMethod(keeper))


def install() -> None:
    """From now on write every unexpected error down, and tell the person once of each."""
    global _relay  # noqa: PLW0603
    crash_log.add_version(f"Qt {qVersion()} ({QApplication.platformName()})")
    _relay = _Relay(QApplication.instance())
    sys.excepthook = report
    sys.unraisablehook = _on_unraisable
    threading.excepthook = _on_thread


def report(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None = None
) -> None:
    """Write the error down, and show it if it is new; from any thread, and it never raises."""
    if issubclass(kind, KeyboardInterrupt):
        QCoreApplication.quit()
        return
    with contextlib.suppress(Exception):  # whoever reports must not fail
        text = _written(error.with_traceback(trace or error.__traceback__))
        if text and threading.current_thread() is threading.main_thread():
            _keep()
        if _relay is not None:
            _relay.take(crash_log.headline(error), text)


def _keep() -> bool | None:
    """Let everybody save what there is; theirs are windows, so in the window's thread only.

    Returns:
        Whether it worked; None where nobody has anything to keep.
    """
    is_kept = None
    for reference in tuple(_keepers):
        keeper = reference()
        if keeper is None:
            _keepers.remove(reference)
            continue
        try:
            keeper()
            is_kept = is_kept is not False
        except Exception as error:  # one error is enough for the person to read
            is_kept = False
            crash_log.write(crash_log.report(error))
    return is_kept


def _written(error: BaseException) -> str:
    """The report, empty for one that there was before; in the log a few of those do."""
    frames = traceback.extract_tb(error.__traceback__)
    key = (type(error), *((frame.filename, frame.lineno) for frame in frames))
    _counts[key] += 1
    count = _counts[key]
    if count == 1:
        text = crash_log.report(error)
        crash_log.write(text)
        return text
    if count & (count - 1) == 0:
        crash_log.write(f"{crash_log.headline(error)}, {count} times")
    return ""


def _on_unraisable(unraisable: "sys.UnraisableHookArgs") -> None:
    """An error where nobody can be told, as in a destructor: for the log only."""
    with contextlib.suppress(Exception):
        if unraisable.exc_value is not None:
            _written(unraisable.exc_value)


def _on_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and not issubclass(failed.exc_type, SystemExit):
        report(failed.exc_type, failed.exc_value, failed.exc_traceback)


class _Relay(QObject):
    """Carries errors from wherever they happen to one dialog in the window's thread."""

    _rung = Signal()

    def __init__(self, app: QCoreApplication | None) -> None:
        super().__init__(app)
        self._lock = threading.Lock()
        self._reports: list[tuple[str, str]] = []
        self._n_since = 0
        self._is_rung = False
        self._dialog: CrashDialog | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._tell)
        # queued: an error in the middle of a paint must not open a window there
        self._rung.connect(self._on_rung, Qt.ConnectionType.QueuedConnection)

    def take(self, headline: str, text: str) -> None:
        """An error; without a text it is one that there was before."""
        with self._lock:
            self._n_since += 1
            if text:
                self._reports.append((headline, text))
            rings, self._is_rung = not self._is_rung, True
        if rings:
            self._rung.emit()

    def _on_rung(self) -> None:
        self._timer.start(0 if self._dialog is None else _TELL_EVERY_MS)

    def _tell(self) -> None:
        with self._lock:
            self._is_rung = False
            reports, self._reports = self._reports, []
            n_errors, self._n_since = self._n_since, 0
        try:
            if self._dialog is None and reports:
                self._open(*reports.pop(0))
                n_errors -= 1
            if self._dialog is not None:
                self._dialog.add([text for _, text in reports], n_errors)
        except Exception as error:  # an error in the dialog is no reason for another one
            crash_log.write(crash_log.report(error))

    def _open(self, headline: str, text: str) -> None:
        is_kept = _keep()  # again: it may have come from a thread
        if not any(widget.isVisible() for widget in QApplication.topLevelWidgets()):
            is_kept = None
        from gui.crash_dialog import CrashDialog

        dialog = CrashDialog(headline, text, is_kept, QApplication.activeWindow())
        dialog.destroyed.connect(self._on_gone)
        self._dialog = dialog
        dialog.open()

    def _on_gone(self) -> None:
        self._dialog = None
