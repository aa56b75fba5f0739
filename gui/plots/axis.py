"""An axis whose coordinates are log10 of the values: our ticks, grid and labels."""

import math
from typing import Literal

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem

from gui.plots.colours import blend, plot_font
from gui.plots.ticks import Ticks, linear_ticks, plain_ticks, power_ticks
from gui.theme import Theme

Line = tuple[QPen, QPointF, QPointF]
Text = tuple[QRectF, Qt.AlignmentFlag, str]

Style = Literal["powers", "plain", "linear"]
LEFT_WIDTH = 60  # the same for every plot, so that plot areas stand in one column
BOTTOM_HEIGHT = 46
TITLE_HEIGHT = 30
RIGHT_MARGIN = 16
_TEXT_OFFSET = 9
_TITLE_INSET = 4  # clear of the focus ring
_TICKS = {"powers": power_ticks, "plain": plain_ticks, "linear": linear_ticks}
_GAP = {"left": 22.0, "bottom": 26.0}


class LogAxis(pg.AxisItem):
    """Left or bottom axis in log10, labelled with powers of ten or plain decimals.

    In the style ``linear`` its coordinates are the values themselves, in per cent.
    """

    def __init__(self, orientation: Literal["left", "bottom"], style: Style = "powers") -> None:
        super().__init__(orientation, autoExpandTextSpace=False)
        self._make_ticks = _TICKS[style]
        self._font: QFont = plot_font(12)
        self._metrics = QFontMetricsF(self._font)
        self._title = ""
        self._line_pen = self._grid_pen = QPen()
        self.setGrid(255)  # extends the bounding rectangle over the plot; we choose the colours
        self.enableAutoSIPrefix(False)
        self.setTickFont(self._font)
        if orientation == "left":
            self.setWidth(LEFT_WIDTH)
        else:
            self.setHeight(BOTTOM_HEIGHT)
        # Replaying the grid's picture costs more per repaint than 30 curves; the cached
        # pixmap is identical and is only redrawn when the range changes.
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def set_title(self, text: str) -> None:
        """Say what the axis measures, in words and with its unit.

        pyqtgraph's own label would be a text item, which clips all that follows it in SVG.
        """
        self._title = text
        self._redraw()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._line_pen = QPen(blend(theme.muted, theme.card, 0.5))
        self._grid_pen = QPen(blend(theme.line, theme.card, 0.75))
        self.setTextPen(theme.muted)
        self._redraw()

    def tick_texts(self) -> list[str]:
        """Labels now shown, from low to high."""
        return [text for _, _, text in self._label_specs(self._ticks())]

    def label_rects(self) -> list[QRectF]:
        """Where the labels now shown are, in the axis' coordinates."""
        return [rect for rect, _, _ in self._label_specs(self._ticks())]

    def boundingRect(self) -> QRectF:
        """Axis, title, grid and the overhang of the outermost labels."""
        rect: QRectF = super().boundingRect()
        if self.orientation == "left":
            return rect.adjusted(0, -TITLE_HEIGHT, 0, self._metrics.height())
        return rect.adjusted(-LEFT_WIDTH, 0, RIGHT_MARGIN, 0)

    def generateDrawSpecs(self, p: QPainter) -> tuple[Line, list[Line], list[Text]]:
        """Axis line, grid and tick lines, and labels, for ``drawPicture``."""
        plot = self._plot_rect()
        low, high = self.range
        ticks = self._ticks()
        lines: list[Line] = []
        for position, _ in ticks.labelled:
            fraction = (position - low) / (high - low)
            lines.insert(0, self._grid_line(plot, fraction))  # grid first, marks over it
            lines.append(self._tick(plot, fraction, 5))
        for position in ticks.minor:
            lines.append(self._tick(plot, (position - low) / (high - low), 3))
        texts = self._label_specs(ticks)
        texts.append((*self._title_place(plot), self._title))
        if self.orientation == "left":
            ends = plot.topLeft(), plot.bottomLeft()
        else:
            ends = plot.bottomLeft(), plot.bottomRight()
        return (self._line_pen, *ends), lines, texts

    def drawPicture(
        self, p: QPainter, axis_line: Line, lines: list[Line], texts: list[Text]
    ) -> None:
        """Lines, then labels; without the clipping that leaks into the next item in SVG."""
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for pen, start, end in (*lines, axis_line):  # the axis last, over the grid's ends
            p.setPen(pen)
            p.drawLine(start, end)
        p.setFont(self._font)
        p.setPen(self.textPen())
        for rect, flags, text in texts:
            p.drawText(rect, int(flags), text)

    def _redraw(self) -> None:
        self.picture = None
        self.update()

    def _ticks(self) -> Ticks:
        rect = self._plot_rect()
        length = rect.height() if self.orientation == "left" else rect.width()
        low, high = (float(end) for end in self.range)
        return self._make_ticks(low, high, length, self._extent, _GAP[self.orientation])

    def _label_specs(self, ticks: Ticks) -> list[Text]:
        """Places of the labels, without those that the margin beyond the plot would cut."""
        plot = self._plot_rect()
        low, high = self.range
        specs: list[Text] = []
        for position, text in ticks.labelled:
            rect, flags = self._text_place(plot, (position - low) / (high - low), text)
            if rect.right() <= plot.right() + RIGHT_MARGIN:
                specs.append((rect, flags, text))
        return specs

    def _plot_rect(self) -> QRectF:
        view = self.linkedView()
        return view.mapRectToItem(self, view.boundingRect())

    def _extent(self, text: str) -> float:
        width = self._metrics.horizontalAdvance(text)
        if self.orientation == "bottom":
            return width
        # A label too wide for the margin fits nowhere: coarser ticks have shorter ones.
        return self._metrics.height() if width <= LEFT_WIDTH - _TEXT_OFFSET else math.inf

    def _tick(self, plot: QRectF, fraction: float, reach: float) -> Line:
        edge = self._edge(plot, fraction)
        outwards = QPointF(-reach, 0) if self.orientation == "left" else QPointF(0, reach)
        return self._line_pen, edge, edge + outwards

    def _grid_line(self, plot: QRectF, fraction: float) -> Line:
        edge = self._edge(plot, fraction)
        if self.orientation == "left":
            return self._grid_pen, edge, edge + QPointF(plot.width(), 0)
        return self._grid_pen, edge, edge - QPointF(0, plot.height())

    def _edge(self, plot: QRectF, fraction: float) -> QPointF:
        """Where a tick leaves the axis, on a whole pixel."""
        if self.orientation == "left":
            return QPointF(plot.left(), round(plot.bottom() - fraction * plot.height()))
        return QPointF(round(plot.left() + fraction * plot.width()), plot.bottom())

    def _title_place(self, plot: QRectF) -> tuple[QRectF, Qt.AlignmentFlag]:
        """Centred below, or flush left above the left axis, where nobody tilts the head."""
        height = self._metrics.height()
        if self.orientation == "bottom":
            top = plot.bottom() + BOTTOM_HEIGHT - height - 3
            return QRectF(plot.left(), top, plot.width(), height), Qt.AlignmentFlag.AlignCenter
        rect = QRectF(_TITLE_INSET, plot.top() - TITLE_HEIGHT + 4, plot.right(), height)
        return rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter

    def _text_place(
        self, plot: QRectF, fraction: float, text: str
    ) -> tuple[QRectF, Qt.AlignmentFlag]:
        height = self._metrics.height()
        if self.orientation == "left":
            y = plot.bottom() - fraction * plot.height()
            room = LEFT_WIDTH - _TEXT_OFFSET
            rect = QRectF(plot.left() - LEFT_WIDTH, y - height / 2, room, height)
            return rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        width = self._metrics.horizontalAdvance(text) + 4
        x = plot.left() + fraction * plot.width()
        rect = QRectF(x - width / 2, plot.bottom() + 8, width, height)
        return rect, Qt.AlignmentFlag.AlignCenter
