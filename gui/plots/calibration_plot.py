"""Measured training steps: predicted against measured speed, and how far each is off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QWidget

from gui.plots.colours import blend
from gui.plots.point_plot import PointPlot
from gui.theme import Theme

Look = Literal["fitted", "doubtful", "excluded", "unknown"]
_SYMBOLS = {"fitted": "o", "doubtful": "d", "excluded": "x", "unknown": "o"}
_SIZES = {"fitted": 7, "doubtful": 10, "excluded": 9, "unknown": 5}
_ROOM = 1.35
_LEAST_ERROR = 5.0
_ERROR_ROOM = 1.2


@dataclass(frozen=True, slots=True)
class Point:
    """One measured step.

    Attributes:
        measured, predicted: tokens a second; the second is None as long as there is no fit.
        look: how it is drawn, by shape as well as by colour.
        texts: what the read-out says, a heading first.
    """

    measured: float
    predicted: float | None
    look: Look
    texts: tuple[str, ...]


class _StepPlot(PointPlot):
    """Points that tell by their shape whether they are fitted, doubtful or left out."""

    clicked = Signal(int)

    _points_shown: Sequence[Point] = ()

    def describe(self, index: int) -> list[str]:
        """The point's own words."""
        return list(self._points_shown[index].texts)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``, at once."""
        super().set_theme(theme)
        self._dress(self._x, self._y)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a point chooses it."""
        super().mousePressEvent(event)
        index = self._nearest(self.area_pixels(event.position()))
        if index is not None:
            self.clicked.emit(index)

    def _dress(self, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> None:
        theme = self.theme
        colours = {
            "fitted": QColor(theme.accent),
            "doubtful": QColor(theme.size_line),
            "excluded": QColor(theme.muted),
            "unknown": blend(theme.muted, theme.card, 0.7),
        }
        looks = [point.look for point in self._points_shown]
        self.set_points(x, y, [colours[look] for look in looks])
        if looks:
            self._points.setSymbol([_SYMBOLS[look] for look in looks])
            self._points.setSize([_SIZES[look] for look in looks])


class PredictedPlot(_StepPlot):
    """Predicted against measured tokens a second; on the line both are the same."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", "plain", "plain", parent)
        self.setAccessibleName(self.tr("Predicted against measured speed of every point"))
        self.x_axis.set_title(self.tr("measured, tokens/s"))
        self.y_axis.set_title(self.tr("predicted, tokens/s"))

    def set_steps(self, points: Sequence[Point]) -> None:
        """Show them; what has no prediction yet lies on the line."""
        self._points_shown = tuple(points)
        measured = np.array([point.measured for point in points], dtype=float)
        said = [point.measured if point.predicted is None else point.predicted for point in points]
        predicted = np.array(said, dtype=float)
        self._dress(np.log10(measured), np.log10(predicted))
        if measured.size:
            both = np.concatenate([measured, predicted])
            low, high = float(both.min()) / _ROOM, float(both.max()) * _ROOM
            ends = float(np.log10(low)) - 2, float(np.log10(high)) + 2
            self.set_reference(ends, ends)
            self.set_home_range(low, high, low, high)


class ErrorPlot(_StepPlot):
    """How far every point's prediction is off, against its speed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", "plain", "linear", parent)
        self.setAccessibleName(self.tr("How far the prediction of every point is off"))
        self.x_axis.set_title(self.tr("measured, tokens/s"))
        self.y_axis.set_title(self.tr("predicted over measured, less 1"))

    def set_steps(self, points: Sequence[Point]) -> None:
        """Show those that have a prediction."""
        shown = [point for point in points if point.predicted is not None]
        self._points_shown = tuple(shown)
        measured = np.array([point.measured for point in shown], dtype=float)
        errors = np.array([_error(point) for point in shown], dtype=float)
        self._dress(np.log10(measured), errors)
        self.set_reference((-400.0, 400.0), (0.0, 0.0))
        if measured.size:
            reach = max(_LEAST_ERROR / 100, float(np.abs(errors).max())) * _ERROR_ROOM
            low, high = float(measured.min()) / _ROOM, float(measured.max()) * _ROOM
            self.set_home_range(low, high, -reach, reach)


def _error(point: Point) -> float:
    return 0.0 if point.predicted is None else point.predicted / point.measured - 1
