"""The window's actions as data: text, shortcut, and what they do."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget


@dataclass(frozen=True)
class Entry:
    """One menu entry.

    Attributes:
        text: translated, with a mnemonic.
        run: what it does.
        shortcut: standard key or text such as ``"Ctrl+E"``.
        checkable: whether it is a switch; ``run`` then gets its state.
    """

    text: str
    run: Callable[..., object]
    shortcut: QKeySequence.StandardKey | str | None = None
    checkable: bool = False


def add_entries(menu: QMenu, owner: QWidget, *entries: Entry | None) -> list[QAction]:
    """Add entries to a menu, None being a line; the actions come back in order."""
    actions = []
    for entry in entries:
        if entry is None:
            menu.addSeparator()
            continue
        action = QAction(entry.text, owner)
        action.setCheckable(entry.checkable)
        if entry.shortcut is not None:
            action.setShortcut(QKeySequence(entry.shortcut))
        (action.toggled if entry.checkable else action.triggered).connect(entry.run)
        menu.addAction(action)
        actions.append(action)
    return actions
