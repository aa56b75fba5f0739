"""A back-test: losses forecast by a fit that did not see them, against what was seen."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QWidget

from core.quantities import format_number, format_scientific
from gui.plots.colours import map_colour
from gui.plots.point_plot import PointPlot
from gui.theme import Theme

_ROOM = 1.015


class BacktestPlot(PointPlot):
    """One point a hidden observation, the brighter the further beyond what was shown."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._compute = np.empty(0)
        self._cut = 1.0
        self._seen = np.empty(0)
        self._predicted = np.empty(0)
        super().__init__(theme, "", "plain", "plain", parent)
        self.setAccessibleName(self.tr("Forecast against seen loss of the hidden points"))
        self.x_axis.set_title(self.tr("seen loss, nats"))
        self.y_axis.set_title(self.tr("forecast loss, nats"))

    def set_forecast(
        self,
        compute: npt.ArrayLike,
        seen: npt.ArrayLike,
        predicted: npt.ArrayLike,
        cut: float,
        note: Sequence[str],
    ) -> None:
        """Show hidden points; ``cut`` is the largest compute that the fit saw."""
        self._compute, self._cut = np.asarray(compute, dtype=float), cut
        self._seen, self._predicted = (np.asarray(v, dtype=float) for v in (seen, predicted))
        self._show()
        self.set_note(note)
        if self._seen.size:
            both = np.concatenate([self._seen, self._predicted])
            low, high = float(both.min()) / _ROOM, float(both.max()) * _ROOM
            ends = float(np.log10(low)) - 1, float(np.log10(high)) + 1
            self.set_reference(ends, ends)
            self.set_home_range(low, high, low, high)

    def describe(self, index: int) -> list[str]:
        """How far off, and how far beyond."""
        seen, predicted = float(self._seen[index]), float(self._predicted[index])
        decades = float(np.log10(self._compute[index] / self._cut))
        share = f"{predicted / seen - 1:+.2%}".replace("-", "−").replace("%", "\u00a0%")
        return [
            self.tr("{0} off").format(share),
            self.tr("forecast {0} · seen {1}").format(f"{predicted:.3f}", f"{seen:.3f}"),
            self.tr("{0} FLOP · {1} decades beyond").format(
                format_scientific(float(self._compute[index]), 2), format_number(decades, 2)
            ),
        ]

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``, at once."""
        super().set_theme(theme)
        self._show()

    def _show(self) -> None:
        beyond = np.log10(self._compute / self._cut)
        furthest = float(beyond.max()) if beyond.size and beyond.max() > 0 else 1.0
        steps = np.round(beyond / furthest * 20).astype(int) if beyond.size else np.empty(0, int)
        shades = {step: map_colour(step / 20, self.theme) for step in set(steps.tolist())}
        colours = [shades[step] for step in steps.tolist()]
        self.set_points(np.log10(self._seen), np.log10(self._predicted), colours)
