"""A button that starts something long, and in its place how far it is, with a way to stop."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from gui.widgets.text import text_label

STEPS = 1000


class StartOrProgress(QWidget):
    """Stands under a left column, where it is always in view."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.start_button = QPushButton()
        self.start_button.setProperty("role", "primary")
        self.cancel_button = QPushButton()
        self.bar = QProgressBar()
        self.bar.setRange(0, STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(QCoreApplication.translate("RunBar", "Progress"))
        self.sentence = text_label("", "note")
        busy = QWidget()
        row = QHBoxLayout(busy)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addStretch(1)
        column.addWidget(self.sentence)
        column.addWidget(self.bar)
        column.addStretch(1)
        row.addLayout(column, 1)
        row.addWidget(self.cancel_button, 0, Qt.AlignmentFlag.AlignVCenter)
        idle = QWidget()
        rest = QVBoxLayout(idle)
        rest.setContentsMargins(0, 0, 0, 0)
        rest.addWidget(self.start_button)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(idle)
        self._stack.addWidget(busy)

    def set_busy(self, busy: bool) -> None:
        """Show the progress, or the button; the keyboard stays where it was."""
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self._stack.setCurrentIndex(int(busy))
        if had_focus:
            (self.cancel_button if busy else self.start_button).setFocus()

    def show_progress(self, share: float | None, text: str) -> None:
        """How far it is; None where nobody knows yet."""
        self.bar.setRange(0, 0 if share is None else STEPS)
        if share is not None:
            self.bar.setValue(round(share * STEPS))
        self.sentence.setText(text)
        self.bar.setAccessibleDescription(text)
