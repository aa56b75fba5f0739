"""What ``isoloss --self-test`` tries of the window; Qt is imported when it is tried."""

import os
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from core.self_test import Check, CheckError, require

if TYPE_CHECKING:
    from gui.main_window import MainWindow

_FEWEST_COLOURS = 50  # of a window with text and curves in it; an empty one has a handful
_LONGEST_WAIT_S = 60.0


def paint_window() -> str:
    """Paint the window once, on no screen unless ``QT_QPA_PLATFORM`` names one.

    Raises:
        CheckError: Qt cannot be loaded, or nothing is painted.
    """
    from core.cli import NoDisplayError
    from gui.display import require_display

    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    try:
        require_display()
    except NoDisplayError as reason:
        raise CheckError(str(reason)) from reason
    from PySide6.QtCore import QCoreApplication, QEvent, qVersion
    from PySide6.QtGui import QFontDatabase, QGuiApplication, QImageReader

    from gui.app import make_application, make_window
    from gui.settings import Settings
    from gui.theme import FONT_FAMILY

    app = make_application()
    require(FONT_FAMILY in QFontDatabase.families(), f"the font {FONT_FAMILY} is missing")
    require(b"svg" in QImageReader.supportedImageFormats(), "Qt has no reader of SVG")
    with tempfile.TemporaryDirectory(prefix="isoloss-") as folder:
        window = make_window(app, Settings(str(Path(folder, "isoloss.ini"))))
        try:
            window.show()
            _wait_for_plots(window)
            image = window.grab().toImage()
            icon = window.windowIcon().pixmap(64)
        finally:
            window.documents.let_go()  # nothing to ask about, nothing to keep
            window.close()
            window.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    width, height = image.width(), image.height()
    colours = {image.pixel(x, y) for x in range(0, width, 3) for y in range(0, height, 3)}
    require(len(colours) >= _FEWEST_COLOURS, f"the window has {len(colours)} colours only")
    require(not icon.isNull(), "the window's icon cannot be drawn")
    versions = f"Qt {qVersion()}, pyqtgraph {version('pyqtgraph')}"
    return f"{width} x {height} painted ({versions}, {QGuiApplication.platformName()})"


def _wait_for_plots(window: "MainWindow") -> None:
    """They come after the first paint."""
    from PySide6.QtCore import QCoreApplication, QEventLoop

    ends = time.monotonic() + _LONGEST_WAIT_S
    plots = window.plan_view.charts.plots
    while not all(plot.isVisible() for plot in plots):
        require(time.monotonic() < ends, "the plots do not come")
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


CHECKS: tuple[tuple[str, Check], ...] = (("window", paint_window),)
