"""What lies over the curves, in pixels of the plot area: budget line, marker, read-outs."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.plots.colours import blend, plot_font
from gui.theme import Theme

HANDLE = QSizeF(36, 20)
HANDLE_MARGIN = 6.0
MARKER_RADIUS = 6.5


class BudgetLine(QGraphicsItem):
    """A vertical line with a handle that asks to be dragged sideways."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._height = 0.0
        self._handle_at_bottom = False
        self._handle_shift = 0.0
        self._hot = False
        self._has_handle = True
        self._colour = self._hot_colour = self._ground = QColor()
        self.setZValue(20)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._colour = QColor(theme.accent)
        self._hot_colour = blend(theme.accent, theme.ink, 0.82)
        self._ground = QColor(theme.card)
        self.update()

    def set_hot(self, hot: bool) -> None:
        """Deepen the colour while the cursor is on the line."""
        if hot != self._hot:
            self._hot = hot
            self.update()

    def set_handle_visible(self, visible: bool) -> None:
        """A figure for a paper has nothing to drag."""
        self._has_handle = visible
        self.update()

    def place(self, x: float, area: QSizeF, handle_at_bottom: bool) -> None:
        """Stand at ``x`` over the whole height of ``area``, the handle at one end, all in it."""
        x = round(x)  # on a whole pixel, or two pixels blur into three
        room = HANDLE.width() / 2 + 2
        shift = max(room, min(x, area.width() - room)) - x
        looks = (area.height(), handle_at_bottom, shift)
        if looks != (self._height, self._handle_at_bottom, self._handle_shift):
            self.prepareGeometryChange()
            self._height, self._handle_at_bottom, self._handle_shift = looks
            self.update()
        self.setPos(x, 0.0)

    def handle_rect(self) -> QRectF:
        """Where the handle is, in pixels of the plot area."""
        return self._handle().translated(self.pos())

    def boundingRect(self) -> QRectF:
        """The handle's width over the whole height."""
        return self._handle().united(QRectF(-1, 0, 2, self._height)).adjusted(-2, 0, 2, 0)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Line, then handle with two arrows and two grip lines."""
        colour = self._hot_colour if self._hot else self._colour
        painter.fillRect(QRectF(-1, 0, 2, self._height), colour)
        if not self._has_handle:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        handle = self._handle()
        painter.setPen(QPen(self._ground, 2))  # a halo parts the handle from curves beneath
        painter.setBrush(colour)
        painter.drawRoundedRect(handle, handle.height() / 2, handle.height() / 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._ground)
        middle = handle.center()
        for side in (-1, 1):
            tip = middle + QPointF(side * 11.5, 0)
            base = middle + QPointF(side * 6.5, 0)
            painter.drawPolygon(QPolygonF([tip, base - QPointF(0, 4.5), base + QPointF(0, 4.5)]))
            painter.drawRect(QRectF(middle.x() + side * 2 - 0.75, middle.y() - 4.5, 1.5, 9))

    def _handle(self) -> QRectF:
        top = HANDLE_MARGIN
        if self._handle_at_bottom:
            top = self._height - HANDLE_MARGIN - HANDLE.height()
        return QRectF(QPointF(self._handle_shift - HANDLE.width() / 2, top), HANDLE)


class Dot(QGraphicsItem):
    """A filled circle with a ring in the card's colour."""

    def __init__(self, parent: QGraphicsItem, radius: float) -> None:
        super().__init__(parent)
        self._radius = radius
        self._fill = self._ring = QColor()
        self.setZValue(30)

    def set_colours(self, fill: QColor | str, ring: QColor | str) -> None:
        """Inside and ring."""
        self._fill, self._ring = QColor(fill), QColor(ring)
        self.update()

    def boundingRect(self) -> QRectF:
        """Circle and ring."""
        reach = self._radius + 3
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Ring under circle."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._ring, 2))
        painter.setBrush(self._fill)
        painter.drawEllipse(QPointF(), self._radius, self._radius)


class Chip(QGraphicsItem):
    """Lines of text on a translucent ground, so that it reads over curves."""

    def __init__(
        self, parent: QGraphicsItem, *, pixels: int = 12, strong: bool = False, border: bool = False
    ) -> None:
        super().__init__(parent)
        heading = plot_font(pixels, QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
        self._fonts = (heading, plot_font(pixels))
        self._padding = QSizeF(8, 5) if border else QSizeF(5, 2)
        self._with_border = border
        self._lines: tuple[str, ...] = ()
        self._size = QSizeF()
        self._ink = self._second_ink = self._ground = self._border = QColor()
        self.setZValue(40)

    @property
    def text(self) -> str:
        """What it says, lines joined by line ends."""
        return "\n".join(self._lines)

    @property
    def size(self) -> QSizeF:
        """Pixels it takes."""
        return self._size

    def rect(self) -> QRectF:
        """Where it is, in pixels of the plot area."""
        return QRectF(self.pos(), self._size)

    def set_lines(self, lines: Sequence[str]) -> None:
        """Show ``lines``; the first is the heading."""
        if tuple(lines) == self._lines:
            return
        self.prepareGeometryChange()
        self._lines = tuple(lines)
        metrics = [QFontMetricsF(self._font(i)) for i in range(len(self._lines))]
        width = max(
            (m.horizontalAdvance(t) for m, t in zip(metrics, lines, strict=True)), default=0.0
        )
        height = sum(m.height() for m in metrics)
        self._size = QSizeF(width + 2 * self._padding.width(), height + 2 * self._padding.height())
        self.update()

    def set_colours(self, theme: Theme, ink: str) -> None:
        """Heading in ``ink``, the rest muted, on the card's colour."""
        self._ink, self._second_ink = QColor(ink), QColor(theme.muted)
        self._ground = QColor(theme.card)
        self._ground.setAlphaF(0.94 if self._with_border else 0.8)
        self._border = blend(theme.field_line, theme.card, 0.55)
        self.update()

    def boundingRect(self) -> QRectF:
        """Text and padding."""
        return QRectF(QPointF(), self._size).adjusted(-1, -1, 1, 1)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Ground, then the lines from top to bottom."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._border, 1) if self._with_border else Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(self._ground))
        painter.drawRoundedRect(QRectF(QPointF(), self._size).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        y = self._padding.height()
        for number, line in enumerate(self._lines):
            font = self._font(number)
            metrics = QFontMetricsF(font)
            painter.setFont(font)
            painter.setPen(self._ink if number == 0 else self._second_ink)
            painter.drawText(QPointF(self._padding.width(), y + metrics.ascent()), line)
            y += metrics.height()

    def _font(self, line: int) -> QFont:
        return self._fonts[min(line, 1)]


def best_place(
    anchor: QPointF,
    size: QSizeF,
    offsets: Iterable[tuple[float, float]],
    area: QRectF,
    obstacles: Sequence[QRectF],
) -> QRectF | None:
    """First place beside ``anchor`` that lies in ``area`` and touches no obstacle.

    An offset (dx, dy) is the gap from the anchor: positive to the right of or below it,
    negative to the left of or above it, 0 centred on it.
    """
    for dx, dy in offsets:
        rect = QRectF(
            _start(anchor.x(), dx, size.width()), _start(anchor.y(), dy, size.height()),
            size.width(), size.height(),
        )  # fmt: skip
        if area.contains(rect) and not any(rect.intersects(other) for other in obstacles):
            return rect
    return None


def _start(anchor: float, gap: float, extent: float) -> float:
    if gap == 0:
        return anchor - extent / 2
    return anchor + gap if gap > 0 else anchor + gap - extent


def clamped(rect: QRectF, area: QRectF) -> QRectF:
    """``rect`` moved into ``area``."""
    x = max(area.left(), min(rect.left(), area.right() - rect.width()))
    y = max(area.top(), min(rect.top(), area.bottom() - rect.height()))
    return QRectF(QPointF(x, y), rect.size())
