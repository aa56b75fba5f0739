"""The two cards of the middle column; their plots come once the window has been painted."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from gui.widgets.card import Card
from gui.widgets.text import text_label

_LONG_HINT_FROM_WIDTH = 560


class ChartsFrame(QWidget):
    """Titles and surfaces, without pyqtgraph: its import is half of what a start takes.

    Attributes:
        loss_card: above.
        size_card: below.
        splitter: between them.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss_card = Card(self.tr("Loss against compute"))
        self.size_card = Card(self.tr("Optimal size against compute"))
        self._hint = text_label("", "unit")
        self.size_card.header.addWidget(self._hint, 0, Qt.AlignmentFlag.AlignTop)
        for card in (self.loss_card, self.size_card):
            card.keep_title_on_one_line()
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(12)
        self.splitter.addWidget(self.loss_card)
        self.splitter.addWidget(self.size_card)
        self.splitter.setStretchFactor(0, 5)
        self.splitter.setStretchFactor(1, 3)
        self.splitter.setSizes([500, 300])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say what to drag as fully as there is room for."""
        super().resizeEvent(event)
        long = self.tr("drag the blue line, or click a loss or a size")
        roomy = event.size().width() >= _LONG_HINT_FROM_WIDTH
        self._hint.setText(long if roomy else self.tr("drag the blue line"))
