"""A law drawn over the runs: solid where there are data, dashed where it extrapolates."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPen

from gui.plots.curve_item import CurveItem
from gui.plots.curves import Array, split_at
from gui.plots.overlays import Chip, best_place
from gui.theme import Theme

_FRACTIONS = (0.3, 0.2, 0.4, 0.5, 0.1, 0.6, 0.75, 0.9)
_SHORTEST_LABELLED = 56.0  # pixels of curve in view


class LawCurve:
    """The two curve items of a law and the labels that stand beside them."""

    def __init__(self, plot: pg.PlotItem, offsets: tuple[tuple[float, float], ...]) -> None:
        self._inside = CurveItem()
        self._outside = CurveItem()
        for item in (self._outside, self._inside):
            item.setZValue(10)
            plot.addItem(item, ignoreBounds=True)
        view = plot.getViewBox()
        self.labels = (Chip(view, strong=True), Chip(view, strong=True))
        self._offsets = offsets
        self._pieces: tuple[tuple[Array, Array], ...] = ()

    def set_data(self, x: Array, y: Array, inside: tuple[float, float]) -> None:
        """Draw log10 ``x``, ``y``; ``inside`` is the range of the data in log10."""
        within, outside = split_at(x, y, inside)
        self._inside.setData(*within)
        self._outside.setData(*outside)
        self._pieces = (within, outside)

    def set_texts(self, inside: str, outside: str) -> None:
        """What the labels say."""
        self.labels[0].set_lines([inside])
        self.labels[1].set_lines([outside])

    def set_look(self, theme: Theme, colour: str, ink: str, width: float) -> None:
        """Take colours; ``width`` is in device pixels, as the pens are cosmetic."""
        solid = QPen(QColor(colour), width)
        solid.setCosmetic(True)
        solid.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        dashed = QPen(solid)
        dashed.setDashPattern([3.5, 2.5])
        dashed.setCapStyle(Qt.PenCapStyle.FlatCap)
        self._inside.setPen(solid)
        self._outside.setPen(dashed)
        for label in self.labels:
            label.set_colours(theme, ink)

    def pens(self) -> tuple[QPen, QPen]:
        """Pens inside and outside of the data's range."""
        return self._inside.opts["pen"], self._outside.opts["pen"]

    def place_labels(
        self, view: pg.ViewBox, area: QRectF, obstacles: list[QRectF], visible: bool
    ) -> None:
        """Put each label beside the part of its curve in view, or hide it."""
        taken = list(obstacles)
        for label, piece in zip(self.labels, self._pieces, strict=False):
            rect = self._place(label, piece, view, area, taken) if visible else None
            label.setVisible(rect is not None)
            if rect is not None:
                label.setPos(rect.topLeft())
                taken.append(rect)

    def _place(
        self,
        label: Chip,
        piece: tuple[Array, Array],
        view: pg.ViewBox,
        area: QRectF,
        taken: list[QRectF],
    ) -> QRectF | None:
        (x0, x1), (y0, y1) = view.viewRange()
        px = (piece[0] - x0) / (x1 - x0) * view.width()
        py = (y1 - piece[1]) / (y1 - y0) * view.height()
        seen = (px >= area.left()) & (px <= area.right())
        seen &= (py >= area.top()) & (py <= area.bottom())
        px, py = px[seen], py[seen]
        if px.size < 2 or np.hypot(px[-1] - px[0], py[-1] - py[0]) < _SHORTEST_LABELLED:
            return None
        curve = [QRectF(x - 2, y - 2, 4, 4) for x, y in zip(px, py, strict=True)]
        for fraction in _FRACTIONS:
            at = int(np.searchsorted(px, px[0] + fraction * (px[-1] - px[0])))
            anchor = QPointF(px[min(at, px.size - 1)], py[min(at, px.size - 1)])
            rect = best_place(anchor, label.size, self._offsets, area, [*taken, *curve])
            if rect is not None:
                return rect
        return None
