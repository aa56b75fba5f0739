"""Sentences that warn, inform or report, on a ground that says which."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from gui.widgets.glyphs import NoticeKind, paint_notice
from gui.widgets.text import restyle, text_label

_ICON_SIZE = 16


class Notice(QFrame):
    """One sentence with a sign in front.

    Args:
        text: translated sentence.
        kind: how serious it is.
        parent: owner.
    """

    def __init__(
        self, text: str = "", kind: NoticeKind = "warning", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "notice")
        self._icon = _NoticeIcon()
        self._label = text_label("", "notice", wraps=True)
        self._row = layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(8)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._label, 1)
        self._kind: NoticeKind | None = None
        self.set_notice(text, kind)

    def text(self) -> str:
        """The sentence."""
        return self._label.text()

    def add_buttons(self, buttons: Sequence[QWidget]) -> None:
        """Put buttons behind the sentence, all on one line."""
        self._row.setContentsMargins(12, 4, 6, 4)
        self._row.setAlignment(self._icon, Qt.AlignmentFlag.AlignVCenter)
        for button in buttons:
            self._row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)

    def set_notice(self, text: str, kind: NoticeKind = "warning") -> None:
        """Change what is said; screen readers announce a new sentence."""
        if kind != self._kind:
            self._kind = kind
            self._icon.kind = kind
            for widget in (self, self._icon, self._label):
                widget.setProperty("kind", kind)
                restyle(widget)
        if text == self._label.text():
            return
        self._label.setText(text)
        self.setAccessibleName(text)
        if text:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))


class NoticeList(QWidget):
    """Any number of notices under each other; it takes no room while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(8)
        self._notices: list[Notice] = []
        self.hide()

    def texts(self) -> list[str]:
        """The sentences shown."""
        return [notice.text() for notice in self._notices if not notice.isHidden()]

    def set_notices(self, notices: Sequence[tuple[NoticeKind, str]]) -> None:
        """Show exactly these (kind, translated sentence) pairs, in this order."""
        while len(self._notices) < len(notices):
            notice = Notice()
            self._notices.append(notice)
            self._layout.addWidget(notice)
        for notice, (kind, text) in zip(self._notices, notices, strict=False):
            notice.set_notice(text, kind)
            notice.show()
        for notice in self._notices[len(notices) :]:
            notice.hide()
            notice.set_notice("")
        self.setVisible(bool(notices))


class _NoticeIcon(QWidget):
    """The sign, in the ink that the style sheet gives its kind."""

    def __init__(self) -> None:
        super().__init__()
        self.kind: NoticeKind = "warning"
        self.setProperty("role", "notice")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A square beside the first line."""
        return QSize(_ICON_SIZE, _ICON_SIZE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sign."""
        painter = QPainter(self)
        rect = self.rect().toRectF()
        paint_notice(painter, rect, self.palette().windowText().color(), self.kind)
