"""One fact of the answer in words: what it is, and what there is to say."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from gui.translate import wrapped
from gui.widgets.text import text_label

_LABEL_WIDTH = 78


class TextRow(QWidget):
    """A label beside a text that wraps; it takes the focus as a `StatRow` does.

    Args:
        label: translated name of the fact.
        parent: owner.
    """

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = text_label(label, "note", wraps=True)
        self._label.setFixedWidth(_LABEL_WIDTH)
        self._text = text_label("", "", wraps=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("ringed", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._label, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._text, 1)
        self.set_text("")

    def set_text(self, text: str, tooltip: str = "", label: str = "") -> None:
        """Say ``text``; ``tooltip`` is where it comes from, ``label`` another name of it."""
        if label:
            self._label.setText(label)
        self._text.setText(text)
        self.setToolTip(wrapped(tooltip))
        self.setAccessibleName(f"{self._label.text()}: {text}")
        self.setAccessibleDescription(tooltip)

    def text(self) -> str:
        """What is said."""
        return self._text.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the text."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.text())
        else:
            super().keyPressEvent(event)
