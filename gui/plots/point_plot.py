"""Points against a line where they should be: residuals, and forecasts of hidden points."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.plots.axis import Style
from gui.plots.colours import blend
from gui.plots.curve_item import CurveItem
from gui.plots.curves import Array
from gui.plots.log_plot import LogPlot
from gui.plots.overlays import Chip, Dot, best_place, clamped
from gui.theme import Theme

_DOT_PIXELS = 5
_REACH_PIXELS = 12.0
_OFFSETS = ((12, -10), (-12, -10), (12, 12), (-12, 12))


class PointPlot(LogPlot):
    """A cloud of points, a straight reference line, a note in a corner, and read-outs.

    Args:
        theme: colours.
        accessible_name: what it shows.
        x_style, y_style: of the axes; a linear axis takes the values as positions.
        parent: owner.
    """

    def __init__(
        self,
        theme: Theme,
        accessible_name: str,
        x_style: Style,
        y_style: Style,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, accessible_name, y_style, parent, x_style)
        self._x: Array = np.empty(0)
        self._y: Array = np.empty(0)
        self._colours: list[QColor] = []
        self._points = pg.ScatterPlotItem(size=_DOT_PIXELS, pxMode=True, antialias=True)
        self._line = CurveItem()
        for item, depth in ((self._line, 5), (self._points, 10)):
            item.setZValue(depth)
            self.addItem(item, ignoreBounds=True)
        self.note = Chip(self.view)
        self._hovered: int | None = None
        self._dot = Dot(self.view, 4.5)
        self._label = Chip(self.view, strong=True, border=True)
        self._dot.hide()
        self._label.hide()
        self.setMinimumHeight(120)
        self.set_theme(theme)

    @property
    def n_points(self) -> int:
        """How many points are drawn."""
        return self._x.size

    def set_points(self, x: npt.ArrayLike, y: npt.ArrayLike, colours: Sequence[QColor]) -> None:
        """Draw points at positions (log10 of the values where the axis is logarithmic)."""
        self._hovered = None
        self._x, self._y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        self._points.setData(x=self._x, y=self._y)
        self._points.setPen(QPen(Qt.PenStyle.NoPen))
        if self._x.size:
            shades = {colour.rgba(): pg.mkBrush(colour) for colour in colours}
            self._points.setBrush([shades[colour.rgba()] for colour in colours])
        self._colours = list(colours)
        self.layout_overlays()

    def set_reference(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        """Draw the line on which every point should lie, from end to end."""
        self._line.setData(np.array(x), np.array(y))

    def set_note(self, lines: Sequence[str]) -> None:
        """Say something in the lower right corner."""
        self.note.set_lines(lines)
        self.note.setVisible(bool(lines))
        self.layout_overlays()

    def describe(self, index: int) -> list[str]:
        """What the read-out says of a point: a heading and details."""
        raise NotImplementedError

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``, at once."""
        super().set_theme(theme)
        pen = QPen(blend(theme.frontier, theme.card, 0.9), 1.5 * self.pen_scale)
        pen.setCosmetic(True)
        self._line.setPen(pen)
        self.note.set_colours(theme, theme.muted)
        self._label.set_colours(theme, theme.ink)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or read out the point within reach."""
        super().mouseMoveEvent(event)
        if self._pan_from is None:
            self._hovered = self._nearest(self.area_pixels(event.position()))
            self._layout_hover()

    def clear_hover(self) -> None:
        """Forget what the cursor pointed at."""
        self._hovered = None
        self._layout_hover()

    def layout_overlays(self) -> None:
        """The note into its corner, the read-out to its point."""
        area = self.plot_area()
        size = self.note.size  # along the diagonal the lower right corner is free
        self.note.setPos(
            QPointF(area.right() - size.width() - 4, area.bottom() - size.height() - 4)
        )
        self._layout_hover()

    def _nearest(self, place: QPointF) -> int | None:
        if not self._x.size or not self.plot_area().contains(place):
            return None
        x, y = self.from_pixels(place)
        pixel_x, pixel_y = self.pixel_size()
        distance = np.hypot((self._x - x) / pixel_x, (self._y - y) / pixel_y)
        best = int(np.argmin(distance))
        return best if distance[best] <= _REACH_PIXELS else None

    def _layout_hover(self) -> None:
        visible = self._hovered is not None
        self._dot.setVisible(visible)
        self._label.setVisible(visible)
        if self._hovered is None:
            return
        place = self.to_pixels(float(self._x[self._hovered]), float(self._y[self._hovered]))
        self._dot.set_colours(self._colours[self._hovered], self.theme.card)
        self._dot.setPos(place)
        self._label.set_lines(self.describe(self._hovered))
        area = self.plot_area().adjusted(4, 4, -4, -4)
        rect = best_place(place, self._label.size, _OFFSETS, area, [])
        rect = rect or clamped(QRectF(place, self._label.size), area)
        self._label.setPos(rect.topLeft())
