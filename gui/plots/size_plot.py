"""Optimal size against compute: the law, the runs' best points, the budget and the plan."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from core.quantities import format_count, format_scientific
from gui.plots.band_item import BandItem
from gui.plots.budget_plot import HOVER_PIXELS, BudgetPlot
from gui.plots.colours import SizeScale, blend
from gui.plots.curves import Array
from gui.plots.law_curve import LawCurve
from gui.theme import Theme

_LAW_OFFSETS = ((5, 6), (9, 9), (14, 14), (20, 20), (-5, -6), (-12, -12))
_POINT_PIXELS = 8


class SizePlot(BudgetPlot):
    """How the best size grows with the budget."""

    params_picked = Signal(float)

    _label_offsets = ((-12, -10), (12, 10), (-12, 34), (-12, 12), (12, -12), (-12, 0), (12, 0))
    _hover_offsets = ((12, 12), (-12, -10), (12, -10), (-12, 12))

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", "powers", parent)
        self.setAccessibleName(self.tr("Optimal model size against compute"))
        self._names: tuple[str, ...] = ()
        self._x: Array = np.empty(0)
        self._y: Array = np.empty(0)
        self._scale = SizeScale.covering(())
        self._points = pg.ScatterPlotItem(size=_POINT_PIXELS, pxMode=True, antialias=True)
        self._points.setZValue(15)
        self.addItem(self._points, ignoreBounds=True)
        self.band = BandItem()
        self.addItem(self.band, ignoreBounds=True)
        self.law = LawCurve(self.plotItem, _LAW_OFFSETS)
        self.law.set_texts(self.tr("optimal size"), self.tr("extrapolated"))
        self.x_axis.set_title(self.tr("compute, neFLO"))
        self.y_axis.set_title(self.tr("optimal parameters"))
        self.set_theme(theme)

    def set_law(
        self, compute: npt.ArrayLike, params: npt.ArrayLike, inside: tuple[float, float]
    ) -> None:
        """Show the law; ``inside`` is the range of compute that has data."""
        low, high = np.log10(inside)
        self.law.set_data(np.log10(compute), np.log10(params), (float(low), float(high)))
        self.layout_overlays()

    def set_band(
        self,
        compute: npt.ArrayLike = (),
        low: npt.ArrayLike = (),
        high: npt.ArrayLike = (),
    ) -> None:
        """Show the interval of the optimal size, or none."""
        self.band.set_data(np.log10(compute), np.log10(low), np.log10(high))

    def set_points(
        self,
        names: Sequence[str],
        compute: npt.ArrayLike,
        params: npt.ArrayLike,
        scale: SizeScale | None = None,
    ) -> None:
        """Show the runs' best points; ``scale`` is the loss plot's, so that colours agree."""
        self.clear_hover()
        self._names = tuple(names)
        self._x, self._y = np.log10(compute), np.log10(params)
        self._scale = scale or SizeScale.covering(params)
        self._points.setData(x=self._x, y=self._y)
        self._colour_points()
        self.layout_overlays()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``, at once."""
        super().set_theme(theme)
        ink = blend(theme.size_line, theme.ink, 0.62).name()  # the line's own is too pale to read
        self.band.set_colour(theme.size_line)
        self.law.set_look(theme, theme.size_line, ink, 2 * self.pen_scale)
        self._colour_points()

    @contextmanager
    def exporting(self, scale: float) -> Iterator[None]:
        """As the base does; the points are drawn, not stamped from the screen's pixels."""
        self._points.setExportMode(True, {"antialias": True, "resolutionScale": scale})
        try:
            with super().exporting(scale):
                yield
        finally:
            self._points.setExportMode(False)

    def plan_text(self, value: float) -> str:
        """``45.1 M``."""
        return format_count(value)

    def pick(self, value: float) -> None:
        """Ask for a plan of this size."""
        self.params_picked.emit(value)

    def hover_at(self, place: QPointF) -> None:
        """Read out the point within reach of the cursor."""
        if not self._x.size:
            return
        x, y = self.from_pixels(place)
        pixel_x, pixel_y = self.pixel_size()
        distance = np.hypot((self._x - x) / pixel_x, (self._y - y) / pixel_y)
        best = int(np.argmin(distance))
        if distance[best] > HOVER_PIXELS:
            self.clear_hover()
            return
        params = 10.0 ** float(self._y[best])
        detail = self.tr("{0} params · best at {1} neFLO").format(
            format_count(params), format_scientific(10.0 ** float(self._x[best]), 2)
        )
        colour = self._scale.colour(params, self.theme)
        self.show_hover(
            self._names[best], float(self._x[best]), float(self._y[best]), detail, colour
        )

    def layout_curve_labels(self, area: QRectF, obstacles: list[QRectF]) -> None:
        """Put the law's names where neither line nor points are."""
        points = [self.to_pixels(x, y) for x, y in zip(self._x, self._y, strict=True)]
        reach = _POINT_PIXELS / 2 + 2
        dots = [QRectF(p.x() - reach, p.y() - reach, 2 * reach, 2 * reach) for p in points]
        self.law.place_labels(self.view, area, [*obstacles, *dots], self._legend_visible)

    def _colour_points(self) -> None:
        if not self._x.size:
            return
        brushes = [pg.mkBrush(self._scale.colour(10.0 ** float(y), self.theme)) for y in self._y]
        self._points.setBrush(brushes)
        self._points.setPen(QPen(Qt.PenStyle.NoPen))
