"""Loss against compute: every run, the frontier, the budget and the plan."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Signal
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from core.quantities import format_count, format_scientific
from core.runs.table import Run
from gui.plots.band_item import BandItem
from gui.plots.budget_plot import HOVER_PIXELS, BudgetPlot
from gui.plots.colours import SizeScale
from gui.plots.curve_item import CurveItem
from gui.plots.curves import Bundle, CurveIndex, bundles
from gui.plots.law_curve import LawCurve
from gui.theme import Theme

_FRONTIER_OFFSETS = ((-4, 5), (-8, 9), (-14, 14), (-20, 22))


class LossPlot(BudgetPlot):
    """Why: the runs and the frontier under which no run goes."""

    loss_picked = Signal(float)

    _label_offsets = ((12, -12), (-12, 12), (-12, -34), (-12, -12), (12, 12), (12, 0), (-12, 0))
    _hover_offsets = ((12, -10), (-12, 12), (-12, -10), (12, 12))

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", "plain", parent)
        self.setAccessibleName(self.tr("Validation loss against compute"))
        self._runs: tuple[Run, ...] = ()
        self._bundles: list[Bundle] = []
        self._curves: list[CurveItem] = []
        self._index = CurveIndex(())
        self.size_scale = SizeScale.covering(())
        self._highlighted = -1
        self._highlight = CurveItem()
        self._highlight.setZValue(5)
        self.addItem(self._highlight, ignoreBounds=True)
        self.band = BandItem()
        self.addItem(self.band, ignoreBounds=True)
        self.frontier = LawCurve(self.plotItem, _FRONTIER_OFFSETS)
        self.frontier.set_texts(self.tr("frontier"), self.tr("extrapolated"))
        self.x_axis.set_title(self.tr("compute, neFLO"))
        self.y_axis.set_title(self.tr("validation loss, nats"))
        self._hover_template = self.tr("{0} params · {1} neFLO · loss {2}")
        self.set_theme(theme)

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs in place of the ones before."""
        self.highlight_run("")
        self.clear_hover()
        self._runs = tuple(runs)
        self._index = CurveIndex(self._runs)
        self.size_scale = SizeScale.covering([run.non_embedding_params for run in self._runs])
        self._bundles = bundles(self._runs)
        self._match_item_count(len(self._bundles))
        for item, bundle in zip(self._curves, self._bundles, strict=True):
            item.setData(bundle.x, bundle.y)
        self._colour_curves()

    def set_frontier(
        self, compute: npt.ArrayLike, loss: npt.ArrayLike, inside: tuple[float, float]
    ) -> None:
        """Show the frontier; ``inside`` is the range of compute that has data."""
        low, high = np.log10(inside)
        self.frontier.set_data(np.log10(compute), np.log10(loss), (float(low), float(high)))
        self.layout_overlays()

    def set_band(
        self,
        compute: npt.ArrayLike = (),
        low: npt.ArrayLike = (),
        high: npt.ArrayLike = (),
    ) -> None:
        """Show the interval of the frontier's loss, or none."""
        self.band.set_data(np.log10(compute), np.log10(low), np.log10(high))

    def highlight_run(self, name: str) -> None:
        """Draw the run of this name bolder; an empty name clears."""
        names = [run.name for run in self._runs]
        self._highlight_number(names.index(name) if name in names else -1)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``, at once."""
        super().set_theme(theme)
        self.band.set_colour(theme.frontier)
        self.frontier.set_look(theme, theme.frontier, theme.frontier, 2 * self.pen_scale)
        self._colour_curves()

    def plan_text(self, value: float) -> str:
        """``loss 3.19``."""
        return self.tr("loss {0}").format(f"{value:.2f}")

    def pick(self, value: float) -> None:
        """Ask for a plan that reaches this loss."""
        self.loss_picked.emit(value)

    def hover_at(self, place: QPointF) -> None:
        """Read out the run within reach of the cursor."""
        x, y = self.from_pixels(place)
        pixel_x, pixel_y = self.pixel_size()
        hit = self._index.nearest(x, y, pixel_x, pixel_y)
        if hit is None or hit.pixels > HOVER_PIXELS:
            self.clear_hover()
            return
        run = self._runs[hit.run]
        detail = self._hover_template.format(
            format_count(run.non_embedding_params),
            format_scientific(10.0**hit.x, 2),
            f"{10.0**hit.y:.2f}",
        )
        self._highlight_number(hit.run)
        colour = self.size_scale.colour(run.non_embedding_params, self.theme)
        self.show_hover(run.name, hit.x, hit.y, detail, colour)

    def clear_hover(self) -> None:
        """Forget what the cursor pointed at."""
        self._highlight_number(-1)
        super().clear_hover()

    def layout_curve_labels(self, area: QRectF, obstacles: list[QRectF]) -> None:
        """Put the frontier's names under it, where no run goes."""
        self.frontier.place_labels(self.view, area, obstacles, self._legend_visible)

    def _highlight_number(self, number: int) -> None:
        if number == self._highlighted:
            return
        self._highlighted = number
        if number < 0:
            self._highlight.setData([], [])
            return
        run = self._runs[number]
        self._highlight.setData(np.log10(run.compute_neflo), np.log10(run.loss))
        self._highlight.setPen(self._pen(run.non_embedding_params, 2.5))

    def _match_item_count(self, count: int) -> None:
        while len(self._curves) < count:
            item = CurveItem()
            self.addItem(item, ignoreBounds=True)
            self._curves.append(item)
        while len(self._curves) > count:
            self.removeItem(self._curves.pop())

    def _colour_curves(self) -> None:
        for item, bundle in zip(self._curves, self._bundles, strict=True):
            item.setPen(self._pen(bundle.params, 1.0))

    def _pen(self, params: float, width: float) -> QPen:
        pen = QPen(self.size_scale.colour(params, self.theme), width * self.pen_scale)
        pen.setCosmetic(True)
        return pen
