"""A person's runs with what was fitted to them: a dashed line a size, the frontier, its band."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget

from core.runs.table import Run
from gui.plots.colours import blend
from gui.plots.curve_item import CurveItem
from gui.plots.curves import Array
from gui.plots.loss_plot import LossPlot
from gui.theme import Theme

_DOTS_BELOW = 3  # points of a run, under which a line says nothing
_MOST_DOTS = 20_000
_DOT_PIXELS = 6


class FitPlot(LossPlot):
    """Loss against compute; the budget line asks for the optimum at another budget."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._dots = pg.ScatterPlotItem(size=_DOT_PIXELS, pxMode=True, antialias=True)
        self._sizes: Array = np.empty(0)
        self._fitted = CurveItem()
        super().__init__(theme, parent)
        self.setAccessibleName(self.tr("Loss of your runs against compute, with the fit"))
        self.x_axis.set_title(self.tr("compute, FLOP"))
        self.y_axis.set_title(self.tr("loss, nats"))
        self._hover_template = self.tr("{0} params · {1} FLOP · loss {2}")
        self._dots.setZValue(3)
        self._fitted.setZValue(6)
        self.addItem(self._dots, ignoreBounds=True)
        self.addItem(self._fitted, ignoreBounds=True)

    @property
    def n_dots(self) -> int:
        """How many single points are drawn."""
        return self._sizes.size

    def set_runs(self, runs: Sequence[Run]) -> None:
        """Show these runs as lines, or as points where a run has hardly any."""
        super().set_runs(runs)
        short = [run for run in self._runs if run.loss.size < _DOTS_BELOW][:_MOST_DOTS]
        nothing = np.empty(0)
        x = np.concatenate([nothing, *(run.compute_neflo for run in short)])
        y = np.concatenate([nothing, *(run.loss for run in short)])
        self._sizes = np.repeat(
            np.array([run.non_embedding_params for run in short], dtype=float),
            [run.loss.size for run in short],
        )
        self._dots.setData(x=np.log10(x), y=np.log10(y))
        self._colour_dots()

    def set_fitted(self, lines: Sequence[tuple[npt.ArrayLike, npt.ArrayLike]]) -> None:
        """Show the fitted loss of each size: pairs of compute and loss."""
        gap = np.array([np.nan])
        xs = [part for x, _ in lines for part in (np.log10(x), gap)]
        ys = [part for _, y in lines for part in (np.log10(y), gap)]
        self._fitted.setData(np.concatenate([gap, *xs]), np.concatenate([gap, *ys]))

    def clear_fit(self) -> None:
        """Only the runs."""
        self.set_fitted([])
        self.set_band()
        self.frontier.set_data(np.empty(0), np.empty(0), (0.0, 0.0))
        self.clear_plan()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``, at once."""
        super().set_theme(theme)
        pen = QPen(blend(theme.ink, theme.card, 0.5), self.pen_scale)
        pen.setCosmetic(True)
        pen.setDashPattern([4, 3])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        self._fitted.setPen(pen)
        self._colour_dots()

    def _colour_dots(self) -> None:
        if not self._sizes.size:
            return
        sizes, places = np.unique(self._sizes, return_inverse=True)
        brushes = [pg.mkBrush(self.size_scale.colour(size, self.theme)) for size in sizes.tolist()]
        self._dots.setBrush([brushes[place] for place in places])
        self._dots.setPen(QPen(Qt.PenStyle.NoPen))
