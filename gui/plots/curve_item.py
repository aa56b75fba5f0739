"""A curve item that is right on screen and in vector files."""

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEngine, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

_VECTOR_ENGINES = (QPaintEngine.Type.SVG, QPaintEngine.Type.Pdf, QPaintEngine.Type.Picture)


class CurveItem(pg.PlotCurveItem):
    """A line through points in log10; NaN parts pieces."""

    def __init__(self) -> None:
        super().__init__(antialias=True, connect="finite")

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """As pyqtgraph does, except into vector files.

        There, a pen that ignores the transform comes out as wide as a unit of the axis: so
        the path is mapped to pixels first and drawn with an ordinary pen.
        """
        if painter.paintEngine().type() not in _VECTOR_ENGINES:
            super().paint(painter, option, widget)
            return
        to_pixels = painter.transform()
        pen = QPen(self.opts["pen"])
        pen.setCosmetic(False)
        painter.save()
        painter.resetTransform()
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(to_pixels.map(self.getPath()))
        painter.restore()
