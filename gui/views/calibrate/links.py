"""Buttons that look like links, in the title line of a card, too."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy

from gui.widgets.card import PADDING, Card

_OVER, _SIDE = 5, 8  # how much larger a link is than its text


def link_button(text: str, tooltip: str) -> QPushButton:
    """A button without a frame, as wide as its text."""
    button = QPushButton(text)
    button.setProperty("role", "link")
    button.setToolTip(tooltip)
    button.setAccessibleName(text.rstrip("…"))
    button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    return button


def center_title(card: Card, button: QPushButton) -> None:
    """Put a button behind the title, whose place stays that of other cards' titles."""
    card.header.setAlignment(card.title, Qt.AlignmentFlag.AlignVCenter)
    card.header.addWidget(button)
    if (layout := card.layout()) is not None:
        layout.setContentsMargins(PADDING, PADDING - 2 - _OVER, PADDING - _SIDE, PADDING)
        layout.setSpacing(layout.spacing() - _OVER)
        card.body.setContentsMargins(0, 0, _SIDE, 0)
