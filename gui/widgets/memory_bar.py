"""How full a device is: what is allocated, what is reserved around it, and the line to mind."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

_HEIGHT = 8
_OVERHANG = 3  # of the mark, above and below


class MemoryBar(QWidget):
    """Shares of a device from left to right; it knows no units."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._allocated = self._reserved = 0.0
        self._mark = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_shares(self, allocated: float, reserved: float, mark: float) -> None:
        """Show shares of the device; ``mark`` is where it counts as full."""
        self._allocated, self._reserved, self._mark = allocated, reserved, mark
        self.update()

    @property
    def shares(self) -> tuple[float, float, float]:
        """Allocated, reserved and mark as shown."""
        return self._allocated, self._reserved, self._mark

    def sizeHint(self) -> QSize:
        """A thin line."""
        return QSize(120, _HEIGHT + 2 * _OVERHANG)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Groove, reserved, allocated, mark."""
        palette = QApplication.palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove = QRectF(0, (self.height() - _HEIGHT) / 2, self.width(), _HEIGHT)
        clip = QPainterPath()
        clip.addRoundedRect(groove, _HEIGHT / 2, _HEIGHT / 2)
        painter.save()
        painter.setClipPath(clip)
        painter.fillRect(groove, palette.mid())
        accent = palette.accent().color()
        light = QColor(accent)
        light.setAlphaF(0.45)
        for share, colour in ((self._reserved, light), (self._allocated, accent)):
            filled = QRectF(groove)
            filled.setWidth(self.width() * min(share, 1.0))
            if colour is accent:
                painter.fillRect(filled, palette.mid())  # the lighter one must not shine through
            painter.fillRect(filled, colour)
        painter.restore()
        painter.setPen(QPen(palette.windowText().color(), 1.5, Qt.PenStyle.SolidLine))
        x = self.width() * self._mark
        painter.drawLine(
            int(x), int(groove.top()) - _OVERHANG, int(x), int(groove.bottom()) + _OVERHANG
        )
