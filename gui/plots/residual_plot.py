"""Residuals of a fit against compute: ln predicted - ln seen, which should scatter around 0."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QWidget

from core.quantities import format_count, format_scientific
from gui.plots.colours import SizeScale
from gui.plots.point_plot import PointPlot
from gui.theme import Theme

_LEAST = 0.002  # smaller residuals than this would blow noise up to the height of the plot
_ROOM = 1.15


class ResidualPlot(PointPlot):
    """One point an observation, coloured as the runs."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._names: Sequence[str] = ()
        self._params = np.empty(0)
        self._reach = _LEAST
        self._scale = SizeScale.covering(())
        super().__init__(theme, "", "powers", "linear", parent)
        self.setAccessibleName(self.tr("Residuals of the fit against compute"))
        self.x_axis.set_title(self.tr("compute, FLOP"))
        self.y_axis.set_title(self.tr("ln predicted − ln seen"))

    def set_residuals(
        self,
        names: Sequence[str],
        params: npt.ArrayLike,
        compute: npt.ArrayLike,
        residual: npt.ArrayLike,
        scale: SizeScale,
    ) -> None:
        """Show them in the range that they have."""
        self._names, self._scale = names, scale
        self._params = np.asarray(params, dtype=float)
        x, y = np.asarray(compute, dtype=float), np.asarray(residual, dtype=float)
        self._show(np.log10(x), y)
        self.set_reference((-400.0, 400.0), (0.0, 0.0))
        if x.size:
            self._reach = max(_LEAST, float(np.abs(y).max())) * _ROOM

    def set_compute_range(self, low: float, high: float) -> None:
        """Show the compute that the plot above shows, and every residual."""
        self.set_home_range(low, high, -self._reach, self._reach)

    def describe(self, index: int) -> list[str]:
        """Run, size and residual."""
        return [
            self._names[index],
            self.tr("{0} params · {1} FLOP").format(
                format_count(float(self._params[index])),
                format_scientific(10.0 ** float(self._x[index]), 2),
            ),
            self.tr("predicted {0} than seen").format(self._words(float(self._y[index]))),
        ]

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``, at once."""
        super().set_theme(theme)
        self._show(self._x, self._y)

    def _show(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> None:
        sizes, places = np.unique(self._params, return_inverse=True)
        shades = [self._scale.colour(size, self.theme) for size in sizes.tolist()]
        self.set_points(x, y, [shades[place] for place in places])

    def _words(self, residual: float) -> str:
        share = f"{abs(residual):.2%}".replace("%", "\u00a0%")
        return (self.tr("{0} higher") if residual > 0 else self.tr("{0} lower")).format(share)
