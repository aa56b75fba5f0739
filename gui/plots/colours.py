"""Colours and fonts of the plots: runs on viridis by size, blends, tabular figures."""

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtGui import QColor, QFont

from gui.theme import FONT_FAMILY, Theme


@dataclass(frozen=True, slots=True)
class SizeScale:
    """Range of model sizes that the colour map covers, in parameters."""

    low: float
    high: float

    @classmethod
    def covering(cls, params: npt.ArrayLike) -> Self:
        """Scale from the smallest to the largest of ``params``; a default when empty."""
        values = np.asarray(params, dtype=float)
        if values.size == 0:
            return cls(1e5, 1e8)
        return cls(float(values.min()), float(values.max()))

    def fraction(self, params: float) -> float:
        """0 at the low end, 1 at the high end, by logarithm."""
        if self.high <= self.low:
            return 0.5
        share = np.log(params / self.low) / np.log(self.high / self.low)
        return float(np.clip(share, 0.0, 1.0))

    def colour(self, params: float, theme: Theme) -> QColor:
        """Colour of a model of this size."""
        return map_colour(self.fraction(params), theme)


def map_colour(fraction: float, theme: Theme) -> QColor:
    """Viridis, restricted to the part that stands out from the theme's ground."""
    span = theme.colormap_high - theme.colormap_low
    colour: QColor = _viridis().map(theme.colormap_low + fraction * span, mode="qcolor")
    return colour


@cache
def _viridis() -> pg.ColorMap:
    return pg.colormap.get("viridis")


def blend(top: str, ground: str, share: float) -> QColor:
    """Opaque mix of ``share`` of ``top`` over ``ground``."""
    a, b = QColor(top), QColor(ground)
    return QColor.fromRgbF(
        a.redF() * share + b.redF() * (1 - share),
        a.greenF() * share + b.greenF() * (1 - share),
        a.blueF() * share + b.blueF() * (1 - share),
    )


def plot_font(pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The application's typeface with figures of one width, so that read-outs stand still."""
    font = QFont(FONT_FAMILY)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font
