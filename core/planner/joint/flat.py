"""Sizes nearly as good as a joint plan: the same GPU-hours, memory, data and caps."""

import numpy as np

from core.ops import FloatArray
from core.planner.flat import FlatOptimum
from core.planner.joint.limits import Limit, caps, tokens_within
from core.planner.joint.refusals import LEAST_TOKENS
from core.planner.joint.setting import Setting
from core.planner.joint.sizes import Sizes, size_table
from core.planner.joint.solve import Point, total_gpu_hours
from core.planner.request import By


def flat_optimum(setting: Setting, point: Point, tolerance: float) -> FlatOptimum | None:
    """The flat optimum around a plan; None for a law that only knows its frontier.

    Every size spends the GPU-hours of the plan, on the layout that it trains fastest on; sizes
    that do not fit are none.

    Args:
        setting: what is planned with.
        point: the plan.
        tolerance: how much more loss counts as nearly as good, relative.
    """
    if setting.surface is None:
        return None
    table = size_table(setting)
    losses = _losses(setting, point, table)
    here = float(np.log(point.params))
    low, high = _edges(table.ln_params, losses, here, point.loss * (1 + tolerance))
    half, twice = here - np.log(2), here + np.log(2)
    return FlatOptimum(
        tolerance,
        float(np.exp(low)),
        float(np.exp(high)),
        _increase(table.ln_params, losses, half, point.loss),
        _increase(table.ln_params, losses, twice, point.loss),
        _extra(setting, point, table, half),
        _extra(setting, point, table, twice),
    )


def _losses(setting: Setting, point: Point, table: Sizes) -> FloatArray:
    """The loss of each size for the plan's GPU-hours; infinite where it does not fit."""
    assert setting.surface is not None
    spent = float(total_gpu_hours(setting, point.tokens, point))
    limits = (Limit("plan", By.HOURS, spent, spent, pays_use=True), *caps(setting))
    sizes = (table.params, table.gpu_seconds, table.use_gpu_seconds)
    tokens = tokens_within(setting, limits, *sizes)
    trains = tokens >= LEAST_TOKENS
    losses = setting.surface.loss(table.params, np.where(trains, tokens, LEAST_TOKENS))
    return np.where(trains, losses, np.inf)


def _edges(grid: FloatArray, losses: FloatArray, here: float, limit: float) -> tuple[float, float]:
    """Where the loss leaves ``limit`` on both sides of the plan, or where sizes stop to fit."""
    ends = []
    for way in (-1, 1):
        index = int(np.searchsorted(grid, here)) - (way < 0)
        edge = here
        while 0 <= index < grid.size and losses[index] <= limit:
            edge = float(grid[index])
            index += way
        if 0 <= index < grid.size and np.isfinite(losses[index]):
            inside = min(max(index - way, 0), grid.size - 1)
            if losses[inside] <= limit:
                share = (limit - losses[inside]) / (losses[index] - losses[inside])
                edge = float(grid[inside] + share * (grid[index] - grid[inside]))
        ends.append(edge)
    return min(ends[0], here), max(ends[1], here)


def _increase(grid: FloatArray, losses: FloatArray, place: float, best: float) -> float | None:
    after = min(max(int(np.searchsorted(grid, place)), 1), grid.size - 1)
    if not np.isfinite(losses[after - 1 : after + 1]).all():
        return None
    return float(np.interp(place, grid, losses) - best)


def _extra(setting: Setting, point: Point, table: Sizes, place: float) -> float | None:
    """GPU-hours for the plan's loss at another size, relative to the plan's."""
    assert setting.surface is not None
    after = min(max(int(np.searchsorted(table.ln_params, place)), 1), table.ln_params.size - 1)
    near = slice(after - 1, after + 1)
    if not np.isfinite(table.gpu_seconds[near]).all():
        return None
    needed = setting.surface.tokens_at_loss(table.params[near], point.loss)
    if not np.isfinite(needed).all():
        return None
    every = np.full(table.ln_params.shape, np.nan)
    every[near] = needed
    hours = total_gpu_hours(setting, every, table)[near]
    spent = total_gpu_hours(setting, point.tokens, point)
    return float(np.interp(place, table.ln_params[near], hours) / spent - 1)
