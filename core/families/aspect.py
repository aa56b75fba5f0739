"""How many layers a width goes with: a power of the width, along three lines of a family.

The wide and shallow line, the narrow and deep one and the typical one between them. They are
fitted to a table of published models, whose widest and deepest members bound the band, or
taken from a paper. Within such a band the loss hardly depends on the ratio (Kaplan et al. 2020,
arXiv 2001.08361, figure 5: a factor of 40 in d_model / n_layers costs about 3 %).
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.ops import Scalar


class Role(StrEnum):
    """Which line of a family's band."""

    WIDE = "wide"
    TYPICAL = "typical"
    NARROW = "narrow"


@dataclass(frozen=True, slots=True)
class DepthLine:
    """n_layers = scale * d_model ** exponent."""

    scale: float
    exponent: float

    def layers(self, d_model: Scalar) -> Scalar:
        """Real number of layers at a real width, any shape."""
        return self.scale * d_model**self.exponent


@dataclass(frozen=True, slots=True)
class AspectRule:
    """A family's band of depths.

    Attributes:
        wide, typical, narrow: shallowest, middle and deepest line.
        source: where they are from.
    """

    wide: DepthLine
    typical: DepthLine
    narrow: DepthLine
    source: str

    def line(self, role: Role) -> DepthLine:
        """The line called ``role``."""
        return {Role.WIDE: self.wide, Role.TYPICAL: self.typical, Role.NARROW: self.narrow}[role]

    def ratio(self, d_model: Scalar, role: Role = Role.TYPICAL) -> Scalar:
        """d_model / n_layers at a width, any shape."""
        return d_model / self.line(role).layers(d_model)


def fitted(models: tuple[tuple[int, int], ...], source: str) -> AspectRule:
    """The band of published models.

    Args:
        models: (n_layers, d_model) of each.
        source: where they are printed.

    Returns:
        The least-squares line of ln n_layers over ln d_model as the typical one, and its
        parallels through the model that lies furthest below and furthest above it.
    """
    points = [(math.log(width), math.log(layers)) for layers, width in models]
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    exponent = sum((x - x_mean) * (y - y_mean) for x, y in points) / sum(
        (x - x_mean) ** 2 for x, _ in points
    )
    heights = [y - exponent * x for x, y in points]
    middle = y_mean - exponent * x_mean
    wide, typical, narrow = (
        DepthLine(math.exp(height), exponent) for height in (min(heights), middle, max(heights))
    )
    return AspectRule(wide, typical, narrow, source)
