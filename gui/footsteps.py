"""Remembers what the person did last, by name and without values, for a report."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenuBar, QTabBar
from shiboken6 import isValid

from core import crash_log
from core.errors import InputError
from gui.session import Session
from gui.widgets.text import without_mnemonic


class Footsteps(QObject):
    """Listens to a window; lives as long as its session."""

    def __init__(self, session: Session, tabs: QTabBar, menus: QMenuBar) -> None:
        super().__init__(session)
        self._stack = session.undo_stack
        self._tabs = tabs
        self._stack.indexChanged.connect(self._on_step)
        session.refused.connect(self._on_refused)
        tabs.currentChanged.connect(self._on_tab)
        menus.triggered.connect(self._on_menu)

    def _on_step(self, index: int) -> None:
        if not isValid(self._stack):  # it empties itself when the window goes
            return
        if index == self._stack.count() and index > 0:
            crash_log.note(f"edit: {self._stack.text(index - 1)}")
        else:
            crash_log.note("undo")

    def _on_refused(self, error: InputError) -> None:
        crash_log.note(f"refused: {error.field}")

    def _on_tab(self, index: int) -> None:
        crash_log.note(f"tab: {self._tabs.tabText(index)}")

    def _on_menu(self, action: QAction) -> None:
        crash_log.note(f"menu: {without_mnemonic(action.text())}")
