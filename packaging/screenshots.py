"""Draw the real window into PNG files: both themes, the size of the README or others.

Usage: python packaging/screenshots.py [FOLDER] [WIDTHxHEIGHT ...]
"""

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from core.planner import By
from gui.app import make_application, make_window
from gui.main_window import MainWindow
from gui.settings import Settings
from gui.theme import Mode
from gui.views.stack import COMPARE, FIT

DEFAULT_SIZES = ("1280x800",)
THEMES: tuple[Mode, ...] = ("light", "dark")
VIEWS = ("plan", "today", "compare", "fit")
TODAY = {
    "gpu": "h100_sxm",
    "n_gpus": 8,
    "law": "besiroglu-2024",
    "by": By.USD,
    "value": 1000.0,
}


def main(arguments: list[str]) -> None:
    """Write one picture a view, theme and size."""
    folder = Path(arguments[0]) if arguments else Path("packaging/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    app = make_application()
    for size in arguments[1:] or DEFAULT_SIZES:
        width, height = (int(number) for number in size.split("x"))
        for theme in THEMES:
            for view in VIEWS if theme == "light" else VIEWS[:1]:
                draw(app, folder / f"{view}-{theme}-{size}.png", theme, width, height)


def draw(app: QApplication, path: Path, theme: Mode, width: int, height: int) -> None:
    """Open a window of its own with nothing remembered, and grab what it paints."""
    settings = Settings(str(folder_of_settings(path)))
    settings.theme = theme
    settings.knows_dragging = True  # the hint of the first start is not what one looks for
    window = make_window(app, settings)
    window.resize(width, height)
    window.show()
    for _ in range(20):
        app.processEvents()
    if path.name.startswith("fit"):
        fit(app, window)
    if path.name.startswith(("today", "compare")):
        window.session.edit("", **TODAY)
        if path.name.startswith("compare"):
            window.show_view(COMPARE)
        wait(app, window)
    if not window.grab().save(str(path)):
        raise SystemExit(f"cannot write {path}")
    print(path)
    window.documents.let_go()
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    folder_of_settings(path).unlink(missing_ok=True)


def fit(app: QApplication, window: MainWindow) -> None:
    """Fit the example, as a click on the button does, and wait for all that comes of it."""
    window.show_view(FIT)
    window.fit_view.inputs.run_bar.fit_button.click()
    wait(app, window)


def wait(app: QApplication, window: MainWindow) -> None:
    """Until no job runs any more."""
    loop = QEventLoop()
    watch = QTimer(interval=1000)
    watch.timeout.connect(lambda: window.jobs.is_busy or loop.quit())
    watch.start()
    loop.exec()
    app.processEvents()


def folder_of_settings(path: Path) -> Path:
    """A settings file beside the picture, thrown away after it."""
    return path.with_suffix(".ini")


if __name__ == "__main__":
    main(sys.argv[1:])
