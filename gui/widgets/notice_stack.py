"""What a start has to say: notices across the window, until they are closed."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.widgets.glyphs import NoticeKind
from gui.widgets.notice import Notice

_MARGIN = 16


class NoticeStack(QWidget):
    """Notices under each other, which take no room while there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(_MARGIN, 0, _MARGIN, 8)
        self._layout.setSpacing(8)
        self.hide()

    def texts(self) -> list[str]:
        """The sentences on show."""
        notices = self.findChildren(ClosableNotice)
        return [notice.text() for notice in notices if not notice.isHidden()]

    def add(
        self,
        text: str,
        kind: NoticeKind = "info",
        offer: str = "",
        accept: Callable[[], object] | None = None,
    ) -> "ClosableNotice":
        """Say something.

        Args:
            text: translated sentence.
            kind: how serious it is.
            offer: translated words of a button; none without.
            accept: what that button does (a bound method of something that lives longer).
        """
        notice = ClosableNotice(text, kind, self)
        if accept is not None:
            notice.add_button(offer).clicked.connect(accept)
        notice.close_button = notice.add_button(self.tr("Close"))
        notice.close_button.setToolTip(self.tr("Close this notice (Escape)"))
        notice.close_button.clicked.connect(notice.dismiss)
        notice.closed.connect(self._on_closed)
        self._layout.addWidget(notice)
        notice.show()
        self.show()
        return notice

    def _on_closed(self) -> None:
        self.setVisible(bool(self.texts()))


class ClosableNotice(Notice):
    """A notice with buttons behind its sentence; Escape on one of them closes it."""

    closed = Signal()
    close_button: QPushButton

    def add_button(self, text: str) -> QPushButton:
        """Put a button at the end."""
        button = QPushButton(text)
        button.setProperty("role", "link")
        layout = self.layout()
        assert layout is not None
        layout.setContentsMargins(10, 4, 6, 4)
        layout.addWidget(button)
        for widget in (button, self._icon):
            layout.setAlignment(widget, Qt.AlignmentFlag.AlignVCenter)
        return button

    def dismiss(self) -> None:
        """Close it."""
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        else:
            super().keyPressEvent(event)
