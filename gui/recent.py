"""The plan files that were used last, as a menu that is made when somebody looks."""

import os
from collections import Counter
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from gui.settings import Settings

MOST = 10


def remember(settings: Settings, path: Path) -> None:
    """Put a file first."""
    name = os.path.abspath(path)  # noqa: PTH100 - unlike resolve, a link stays what it is called
    others = [other for other in settings.recent if _key(other) != _key(name)]
    settings.recent = [name, *others][:MOST]


def forget(settings: Settings, path: Path) -> None:
    """Take a file off the list."""
    settings.recent = [name for name in settings.recent if _key(name) != _key(str(path))]


def labels(paths: list[str]) -> list[str]:
    """Names of files, with the folder where two are called alike."""
    count = Counter(Path(path).name for path in paths)
    return [
        name if count[name] == 1 else f"{name} — {_short(Path(path).parent)}"
        for path, name in ((path, Path(path).name) for path in paths)
    ]


class RecentMenu(QMenu):
    """Looks for no file before it is chosen: the folder of one may be slow, or gone."""

    chosen = Signal(str)

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setTitle(self.tr("Open &recent"))
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.triggered.connect(self._on_triggered)
        self.refresh()

    def refresh(self) -> None:
        """Be there to choose from only with something in it."""
        self.menuAction().setEnabled(bool(self._settings.recent))

    def fill(self) -> None:
        """List the files."""
        self.clear()
        paths = self._settings.recent[:MOST]
        for place, (path, label) in enumerate(zip(paths, labels(paths), strict=True), 1):
            text = label.replace("&", "&&")
            action = self.addAction(f"&{place} {text}" if place < MOST else text)
            action.setData(path)
            action.setToolTip(path)
        self.addSeparator()
        self.addAction(self.tr("&Clear list"))

    def _on_triggered(self, action: QAction) -> None:
        path = action.data()
        if path:
            self.chosen.emit(path)
        else:
            self._settings.recent = []
            self.refresh()


def _key(path: str) -> str:
    return os.path.normcase(path)


def _short(folder: Path) -> str:
    try:
        return str(Path("~") / folder.relative_to(Path.home()))
    except (ValueError, RuntimeError):
        return str(folder)
