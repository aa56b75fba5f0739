"""What the window remembers between two runs: an INI file, tolerant of damage."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QStandardPaths

from core.folders import config_folder
from gui.settings_file import Unsaved, set_aside_if_broken
from gui.theme import Mode

_MOST_PYTHONS = 20
_STATE_VERSION = 1  # raise it when docks or splitters change, so that old states are ignored


class Settings:
    """Typed access to one `QSettings`; a value that makes no sense counts as not set.

    Attributes:
        damage: what was wrong with the file as a whole, if it was.
    """

    def __init__(self, path: str | None = None) -> None:
        path = path or str(config_folder() / "isoloss.ini")
        self.damage = set_aside_if_broken(Path(path))
        stays = self.damage is not None and self.damage.kept is None
        self._store = Unsaved() if stays else QSettings(path, QSettings.Format.IniFormat)

    @property
    def theme(self) -> Mode:
        """System, light or dark."""
        value = self._store.value("theme")
        return value if value in ("light", "dark") else "system"

    @theme.setter
    def theme(self, mode: Mode) -> None:
        self._store.setValue("theme", mode)

    @property
    def legend_visible(self) -> bool:
        """Whether the plots carry their colour bar and names."""
        return str(self._store.value("legend", "true")).lower() != "false"

    @legend_visible.setter
    def legend_visible(self, visible: bool) -> None:
        self._store.setValue("legend", "true" if visible else "false")

    @property
    def folder(self) -> str:
        """Where files were saved last, or the documents folder."""
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        return self._text("folder") or QStandardPaths.writableLocation(documents)

    @folder.setter
    def folder(self, folder: str) -> None:
        self._store.setValue("folder", folder)

    @property
    def geometry(self) -> QByteArray:
        """Size and place of the window; empty when unknown."""
        return self._bytes(f"geometry{_STATE_VERSION}")

    @geometry.setter
    def geometry(self, state: QByteArray) -> None:
        self._store.setValue(f"geometry{_STATE_VERSION}", state)

    @property
    def splitter(self) -> QByteArray:
        """How the two plots share their column; empty when unknown."""
        return self._bytes(f"splitter{_STATE_VERSION}")

    @splitter.setter
    def splitter(self, state: QByteArray) -> None:
        self._store.setValue(f"splitter{_STATE_VERSION}", state)

    @property
    def open_folds(self) -> set[str]:
        """What was left unfolded, by name."""
        return set(self._text("open_folds").split(",")) - {""}

    @open_folds.setter
    def open_folds(self, names: set[str]) -> None:
        self._store.setValue("open_folds", ",".join(sorted(names)))

    @property
    def pythons(self) -> list[str]:
        """Pythons that the person has pointed to, the last one first."""
        value = self._store.value("pythons")
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [str(name) for name in names if name]

    @pythons.setter
    def pythons(self, names: list[str]) -> None:
        self._store.setValue("pythons", names[:_MOST_PYTHONS])

    @property
    def recent(self) -> list[str]:
        """Plan files, the one that was used last first."""
        value = self._store.value("recent")
        names = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        return [str(name) for name in names if name]

    @recent.setter
    def recent(self, paths: list[str]) -> None:
        self._store.setValue("recent", paths)

    @property
    def default_gpu(self) -> str:
        """Path of the profile that plans begin with; empty for the usual GPU."""
        return self._text("default_gpu")

    @default_gpu.setter
    def default_gpu(self, path: str) -> None:
        self._store.setValue("default_gpu", path)

    @property
    def knows_dragging(self) -> bool:
        """Whether the person has dragged a budget, or has closed the hint that says how."""
        return self._text("knows_dragging") == "true"

    @knows_dragging.setter
    def knows_dragging(self, knows: bool) -> None:
        self._store.setValue("knows_dragging", "true" if knows else "false")

    def save(self) -> None:
        """Write to the disk now."""
        self._store.sync()

    def _text(self, key: str) -> str:
        value = self._store.value(key)
        return value if isinstance(value, str) else ""

    def _bytes(self, key: str) -> QByteArray:
        value = self._store.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()
