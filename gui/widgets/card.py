"""A titled surface that groups what belongs together."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from gui.widgets.text import text_label

PADDING = 14
_RING_MARGIN = (8, 2)


class Card(QFrame):
    """A rounded surface with a small title and a column of content.

    Around a focused child whose property ``ringed`` is true it draws the focus ring, outside
    the child's own rectangle.

    Args:
        title: translated title in ordinary case; the style sheet sets the capitals.
        parent: owner.

    Attributes:
        header: layout of the title line; tool buttons go behind the title.
        body: layout of the content.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._title = text_label("", "title", wraps=True)
        self.header = QHBoxLayout()
        self.header.setSpacing(4)
        self.header.addWidget(self._title, 1, Qt.AlignmentFlag.AlignTop)
        self.body = QVBoxLayout()
        self.body.setSpacing(8)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING - 2, PADDING, PADDING)
        layout.setSpacing(8)
        layout.addLayout(self.header)
        layout.addLayout(self.body)
        self._ringed: QWidget | None = None
        self.set_title(title)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus_changed)

    @property
    def title(self) -> QLabel:
        """The label of the title, for who puts something beside it."""
        return self._title

    def set_title(self, title: str) -> None:
        """Change the title."""
        self._title.setText(title)
        self.setAccessibleName(title)

    def keep_title_on_one_line(self) -> None:
        """Let what shares the title's line give way instead."""
        self._title.setWordWrap(False)

    def add(self, *widgets: QWidget) -> None:
        """Put ``widgets`` under what is there."""
        for widget in widgets:
            self.body.addWidget(widget)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The surface, and the ring of a focused widget that has no room for its own."""
        super().paintEvent(event)
        if self._ringed is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.palette().accent().color(), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        across, along = _RING_MARGIN
        corner = self._ringed.mapTo(self, self._ringed.rect().topLeft())
        ring = QRectF(corner, self._ringed.size()).adjusted(-across, -along, across, along)
        painter.drawRoundedRect(ring, 6, 6)

    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        inside = new is not None and self.isAncestorOf(new) and bool(new.property("ringed"))
        ringed = new if inside else None
        if ringed is not self._ringed:
            self._ringed = ringed
            self.update()
