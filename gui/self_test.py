"""What ``isoloss --self-test`` tries of the window; Qt is imported when it is tried."""

import os
import tempfile
from pathlib import Path

from core.self_test import Check, CheckError, require

_FEWEST_COLOURS = 50  # of a window with text and curves in it; an empty one has a handful


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
        window.show()
        app.processEvents()
        image = window.grab().toImage()
        icon = window.windowIcon().pixmap(64)
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    width, height = image.width(), image.height()
    colours = {image.pixel(x, y) for x in range(0, width, 3) for y in range(0, height, 3)}
    require(len(colours) >= _FEWEST_COLOURS, f"the window has {len(colours)} colours only")
    require(not icon.isNull(), "the window's icon cannot be drawn")
    return f"{width} x {height} painted (Qt {qVersion()}, {QGuiApplication.platformName()})"


CHECKS: tuple[tuple[str, Check], ...] = (("window", paint_window),)
