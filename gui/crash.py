"""An unexpected error: into a log and one quiet dialog, never as a traceback in the face."""

import logging
import platform
import sys
import traceback
import weakref
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QStandardPaths, qVersion
from PySide6.QtWidgets import QApplication, QMessageBox

import core

_log = logging.getLogger("isoloss")
_seen: set[str] = set()


_keepers: list["weakref.WeakMethod[Callable[[], object]]"] = []


def keep_first(keeper: Callable[[], object]) -> None:
    """Have the bound method ``keeper`` save what there is before an error is shown."""
    _keepers.append(weakref.WeakMethod(keeper))


def _keep() -> None:
    for reference in tuple(_keepers):
        keeper = reference()
        if keeper is None:
            _keepers.remove(reference)
            continue
        try:
            keeper()
        except Exception:  # one error is enough for the person to read
            _log.exception("autosave before an error was shown")


def install() -> None:
    """Log unexpected errors to the data folder and tell the user once for each."""
    folder = Path(
        QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppLocalDataLocation)
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            folder / "isoloss.log", maxBytes=500_000, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        handler = None  # a home that cannot be written to must not keep the window shut
    if handler is not None:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        _log.addHandler(handler)
    sys.excepthook = report


def report(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> QMessageBox | None:
    """Write the error down and show a dialog whose details can be copied."""
    if issubclass(kind, KeyboardInterrupt):
        QCoreApplication.quit()
        return None
    text = "".join(traceback.format_exception(kind, error, trace))
    _log.error("isoloss %s, Qt %s, %s\n%s", core.__version__, qVersion(), platform.platform(), text)
    _keep()
    if text in _seen or QApplication.instance() is None:
        return None
    _seen.add(text)
    box = QMessageBox(QApplication.activeWindow())
    box.setIcon(QMessageBox.Icon.Critical)
    box.setWindowTitle(QCoreApplication.translate("Crash", "Something went wrong"))
    box.setText(
        QCoreApplication.translate(
            "Crash", "Isoloss met an error that it did not expect. The last good plan is kept."
        )
    )
    box.setDetailedText(
        f"isoloss {core.__version__}, Qt {qVersion()}, {platform.platform()}\n\n{text}"
    )
    box.finished.connect(box.deleteLater)
    box.open()
    return box
