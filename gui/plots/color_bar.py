"""A slim bar that says which colour is which model size."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.quantities import format_count
from gui.plots.colours import SizeScale, map_colour, plot_font
from gui.plots.ticks import power_ticks
from gui.theme import Theme

_BAR_WIDTH = 168.0
_BAR_HEIGHT = 8.0
_SPACE = 8.0
_END = 16.0  # half of the last label; also the plots' right margin, so that edges align
_STOPS = 24


class ColorBar(QWidget):
    """Title, then a gradient with the powers of ten under it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scale = SizeScale.covering(())
        self._font = plot_font(11)
        self._metrics = QFontMetricsF(self._font)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._own_title = ""
        self._describe()

    def set_title(self, title: str) -> None:
        """Say what the sizes are, in the language of the window."""
        self._own_title = title
        self._describe()
        self.updateGeometry()

    def set_scale(self, scale: SizeScale) -> None:
        """Span the sizes of ``scale``."""
        self._scale = scale
        self._describe()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Title and bar side by side."""
        width = self._metrics.horizontalAdvance(self._title()) + _SPACE + _BAR_WIDTH + 2 * _END
        return QSize(math.ceil(width), math.ceil(self._bar_top() + _BAR_HEIGHT + self._text_room()))

    def minimumSizeHint(self) -> QSize:
        """The bar alone; the title goes first when room is short."""
        return QSize(math.ceil(_BAR_WIDTH / 2), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw title, gradient, ticks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_on(painter, self.width())

    def paint_on(self, painter: QPainter, total: float) -> None:
        """Draw into a width of ``total``, on the screen or for a file."""
        painter.setFont(self._font)
        bar = self.bar_rect(total)
        painter.setPen(QColor(self._theme.muted))
        title = QRectF(0, 0, bar.left() - _END - _SPACE, bar.center().y() * 2)
        if title.width() >= self._metrics.horizontalAdvance(self._title()):
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(title, int(flags), self._title())
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for stop in range(_STOPS + 1):
            gradient.setColorAt(stop / _STOPS, map_colour(stop / _STOPS, self._theme))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 3, 3)
        painter.setPen(QPen(QColor(self._theme.muted), 1))
        low, high = math.log10(self._scale.low), math.log10(self._scale.high)
        ticks = power_ticks(low, high, bar.width(), self._metrics.horizontalAdvance, 8.0)
        for position, text in ticks.labelled:
            x = bar.left() + (position - low) / (high - low) * bar.width()
            painter.drawLine(QPointF(x, bar.bottom() + 1), QPointF(x, bar.bottom() + 4))
            width = self._metrics.horizontalAdvance(text)
            baseline = bar.bottom() + 4 + self._metrics.ascent()
            painter.drawText(QPointF(x - width / 2, baseline), text)

    def bar_rect(self, total: float) -> QRectF:
        """Where the gradient is in a width of ``total``; it gives way to the title."""
        beside = total - 2 * _END - _SPACE - self._metrics.horizontalAdvance(self._title())
        width = min(_BAR_WIDTH, max(beside, _BAR_WIDTH / 2), total - 2 * _END)
        return QRectF(total - _END - width, self._bar_top(), width, _BAR_HEIGHT)

    def _bar_top(self) -> float:
        return 4.0

    def _text_room(self) -> float:
        return 5 + self._metrics.height()

    def _title(self) -> str:
        return self._own_title or self.tr("parameters")

    def _describe(self) -> None:
        self.setAccessibleName(self.tr("Colour of the runs: non-embedding parameters"))
        self.setAccessibleDescription(
            self.tr("from {0} to {1}").format(
                format_count(self._scale.low), format_count(self._scale.high)
            )
        )
