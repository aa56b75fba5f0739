"""Draw the real window into PNG files: both themes, the size of the README or others.

Usage: python packaging/screenshots.py [FOLDER] [WIDTHxHEIGHT ...]
"""

import sys
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from gui.app import make_application, make_window
from gui.settings import Settings
from gui.theme import Mode

DEFAULT_SIZES = ("1280x800",)
THEMES: tuple[Mode, ...] = ("light", "dark")


def main(arguments: list[str]) -> None:
    """Write one picture a theme and size."""
    folder = Path(arguments[0]) if arguments else Path("packaging/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    app = make_application()
    for size in arguments[1:] or DEFAULT_SIZES:
        width, height = (int(number) for number in size.split("x"))
        for theme in THEMES:
            draw(app, folder / f"plan-{theme}-{size}.png", theme, width, height)


def draw(app: QApplication, path: Path, theme: Mode, width: int, height: int) -> None:
    """Open a window of its own with nothing remembered, and grab what it paints."""
    settings = Settings(str(folder_of_settings(path)))
    settings.theme = theme
    window = make_window(app, settings)
    window.resize(width, height)
    window.show()
    for _ in range(20):
        app.processEvents()
    if not window.grab().save(str(path)):
        raise SystemExit(f"cannot write {path}")
    print(path)
    window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    folder_of_settings(path).unlink(missing_ok=True)


def folder_of_settings(path: Path) -> Path:
    """A settings file beside the picture, thrown away after it."""
    return path.with_suffix(".ini")


if __name__ == "__main__":
    main(sys.argv[1:])
