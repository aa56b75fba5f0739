"""The flat optimum: how far from the best size one can go, and what it costs.

Needs the loss at any size and tokens, L(N, D), which a frontier alone does not know.
"""

import math
from dataclasses import dataclass

from core.laws.frontier import FLO_PER_PARAM_TOKEN, Surface

TOLERANCE = 0.005


@dataclass(frozen=True, slots=True)
class FlatOptimum:
    """Sizes that are nearly as good at the same compute (today: for the same GPU-hours).

    Attributes:
        tolerance: how much more loss counts as nearly as good, relative.
        low, high: smallest and largest such size, parameters.
        half_loss_increase, twice_loss_increase: nats more at half and at twice the best size;
            None where that size does not fit.
        half_extra_compute, twice_extra_compute: compute for the best loss at those sizes,
            relative to the budget (0.07 is 7 % more); None where that size never gets there.
    """

    tolerance: float
    low: float
    high: float
    half_loss_increase: float | None
    twice_loss_increase: float | None
    half_extra_compute: float | None
    twice_extra_compute: float | None


def flat_optimum(
    surface: Surface, params: float, compute: float, tolerance: float = TOLERANCE
) -> FlatOptimum:
    """The flat optimum around the best size at a compute.

    Args:
        surface: L(N, D).
        params: the best size.
        compute: C = 6 N D.
        tolerance: relative.
    """
    best = _loss(surface, params, compute)
    limit = best * (1 + tolerance)
    return FlatOptimum(
        tolerance,
        _edge(surface, params, compute, limit, -1.0),
        _edge(surface, params, compute, limit, 1.0),
        _loss(surface, params / 2, compute) - best,
        _loss(surface, params * 2, compute) - best,
        _extra(surface, params / 2, compute, best),
        _extra(surface, params * 2, compute, best),
    )


def _loss(surface: Surface, params: float, compute: float) -> float:
    return float(surface.loss(params, compute / (FLO_PER_PARAM_TOKEN * params)))


def _edge(surface: Surface, params: float, compute: float, limit: float, way: float) -> float:
    """Where the loss reaches ``limit`` on one side; it only grows on the way there."""
    inside, outside = 0.0, way
    while _loss(surface, params * math.exp(outside), compute) < limit and abs(outside) < 40:
        inside, outside = outside, 2 * outside
    for _ in range(80):
        middle = 0.5 * (inside + outside)
        if _loss(surface, params * math.exp(middle), compute) < limit:
            inside = middle
        else:
            outside = middle
    return params * math.exp(inside)


def _extra(surface: Surface, params: float, compute: float, loss: float) -> float | None:
    """Relative compute above the budget at which ``params`` reaches ``loss``."""
    left = loss - surface.e - surface.a * params**-surface.alpha
    if left <= 0:
        return None
    tokens = (surface.b / left) ** (1 / surface.beta)
    return float(FLO_PER_PARAM_TOKEN * params * tokens / compute - 1)
