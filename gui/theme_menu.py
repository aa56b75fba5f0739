"""The menu that chooses light, dark, or as the system has it."""

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from gui.settings import Settings
from gui.theme import Mode, ThemeManager


class ThemeMenu(QMenu):
    """Three choices; the one that is made is remembered."""

    def __init__(self, themes: ThemeManager, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._themes = themes
        self._settings = settings
        self.setTitle(self.tr("&Theme"))
        group = QActionGroup(self)
        names: dict[Mode, str] = {
            "system": self.tr("As the &system"),
            "light": self.tr("&Light"),
            "dark": self.tr("&Dark"),
        }
        for mode, name in names.items():
            action = group.addAction(name)
            action.setData(mode)
            action.setCheckable(True)
            action.setChecked(mode == themes.mode)
            self.addAction(action)
        group.triggered.connect(self._on_chosen)

    def _on_chosen(self, action: QAction) -> None:
        mode = action.data()
        self._settings.theme = mode
        self._themes.set_mode(mode)
