"""An interval along a curve, as a pale area under the lines."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from gui.plots.curves import Array

_OPACITY = 0.2


class BandItem(pg.GraphicsObject):
    """The area between two lines in log10."""

    def __init__(self) -> None:
        super().__init__()
        self._polygon = QPolygonF()
        self._colour = QColor()
        self.setZValue(4)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to see."""
        return self._polygon.isEmpty()

    def set_data(self, x: Array, low: Array, high: Array) -> None:
        """Fill between ``low`` and ``high``; places where one is not finite are left out."""
        good = np.isfinite(low) & np.isfinite(high)
        x, low, high = x[good], low[good], high[good]
        self.prepareGeometryChange()
        along = np.concatenate([x, x[::-1]]).tolist()
        around = np.concatenate([low, high[::-1]]).tolist()
        self._polygon = QPolygonF([QPointF(a, b) for a, b in zip(along, around, strict=True)])
        self.update()

    def clear(self) -> None:
        """No interval."""
        self.prepareGeometryChange()
        self._polygon = QPolygonF()
        self.update()

    def set_colour(self, colour: str) -> None:
        """Take the colour of the line that the band belongs to."""
        self._colour = QColor(colour)
        self._colour.setAlphaF(_OPACITY)
        self.update()

    def boundingRect(self) -> QRectF:
        """The area in log10."""
        return self._polygon.boundingRect()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Fill it, without an outline."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawPolygon(self._polygon)
