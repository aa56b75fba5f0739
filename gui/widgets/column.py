"""A column of cards that scrolls when the window is low."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget


def scroll_column() -> tuple[QScrollArea, QVBoxLayout]:
    """The column, without a frame, and the layout of its content."""
    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    holder = QWidget()
    content = QVBoxLayout(holder)
    content.setContentsMargins(0, 0, 0, 0)
    content.setSpacing(12)
    area.setWidget(holder)
    return area, content
