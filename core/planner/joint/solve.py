"""The size and tokens of least loss within every limit, or of least cost for a loss.

For each size the limits leave so many tokens; the loss along that line falls, then rises. It
is read on a grid of sizes at their actual speed, then on a finer one around the best, where
only the layouts that matter are tried again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from core.errors import InputError
from core.families.architecture import Architecture
from core.laws.frontier import FLO_PER_PARAM_TOKEN
from core.ops import FloatArray, Scalar
from core.planner.joint.limits import budget, caps, tokens_within
from core.planner.joint.path import flop_path
from core.planner.joint.refusals import (
    LEAST_TOKENS,
    beyond,
    no_model,
    nothing_fits,
    unaffordable,
    unfit,
)
from core.planner.joint.setting import Setting
from core.planner.joint.sizes import (
    LARGEST,
    SMALLEST,
    Sizes,
    accumulated,
    costs,
    sequences_of_a_copy,
    shape_at,
    size_table,
)
from core.planner.request import By
from core.quantities import check_positive, format_number
from core.training import Setup

_FINE, _NEAR = 65, 3
_ROUNDING = 1e-6
_MOST = 1e32  # of anything: far outside of any use, and what follows stays finite
_FAR, _ZOOMS = 1e4, 3
_TILT = 1e-9


@dataclass(frozen=True, slots=True)
class Point:
    """A size and its tokens, on the layout that it trains fastest on.

    Attributes:
        params: as the law counts them.
        tokens: repetitions included.
        loss: nats per token.
        gpu_seconds: per token of training, goodput not counted.
        use_gpu_seconds: per token of use.
        layout: with its micro-batch and accumulation.
        arch: real-valued shape.
    """

    params: float
    tokens: float
    loss: float
    gpu_seconds: float
    use_gpu_seconds: float
    layout: Setup
    arch: Architecture


@dataclass(frozen=True, slots=True)
class Options:
    """How a problem is bent to ask "what if".

    Attributes:
        slower: factor on the time of a token.
        ignore_memory: whether everything fits.
    """

    slower: float = 1.0
    ignore_memory: bool = False


def solve(setting: Setting, by: By, value: float, options: Options | None = None) -> Point:
    """The best size for one budget or target.

    Raises:
        InputError: nothing fits, or the value lies beyond what can be planned; the field is
            named.
    """
    check_positive(value, by.value)
    if by is not By.LOSS and value > _MOST:
        raise InputError(by.value, value, f"at most {format_number(_MOST)}")
    options = options or Options()
    table = table_of(setting, options)
    if not np.isfinite(table.gpu_seconds).any():
        raise nothing_fits(setting)
    if by is By.PARAMS and not SMALLEST <= value <= LARGEST:
        raise InputError("params", value, f"between {SMALLEST:,.0f} and {LARGEST:,.0f}")
    if setting.surface is None:
        return _on_the_path(setting, by, value, table, options)
    if by is By.PARAMS:
        exact = _exactly(setting, float(np.log(value)), table, options)
        if not np.isfinite(exact.gpu_seconds[0]):
            raise unfit(setting, exact)
        tokens = tokens_for_size(setting, exact, table)
        sizes = (exact.params, exact.gpu_seconds, exact.use_gpu_seconds)
        for limit in caps(setting):
            within = float(limit.tokens(setting, *sizes)[0])
            if within < LEAST_TOKENS:
                hours = total_gpu_hours(setting, np.array([tokens]), exact, limit.pays_use)
                raise unaffordable(setting, limit, hours)
            tokens = min(tokens, within)
        return _point(setting, float(np.log(value)), tokens, exact, options)
    best = _best(setting, by, value, table)
    if best in (0, table.ln_params.size - 1):
        raise beyond(by, value, table.params[best], best == 0)
    fine = _around(setting, table, best, options)
    ln_params = _lowest(setting, by, value, fine)
    cell = int(np.argmin(np.abs(fine.ln_params - ln_params)))
    exact = _exactly(
        setting, ln_params, replace(fine, layouts=(fine.layouts[fine.layout[cell]],)), options
    )
    if not np.isfinite(exact.gpu_seconds[0]):  # a hair beyond the edge of memory
        ln_params = float(fine.ln_params[cell])
        exact = _exactly(setting, ln_params, fine, options)
    given = float(_tokens(setting, by, value, exact)[0])
    return _point(setting, ln_params, given, exact, options)


def table_of(setting: Setting, options: Options | None = None) -> Sizes:
    """The costs of all sizes, bent as asked."""
    options = options or Options()
    return _bent(size_table(setting, options.ignore_memory), options)


def least_score(setting: Setting, by: By, value: float) -> float:
    """The least loss, or the GPU-hours of a target loss, on the grid of sizes: quick.

    Raises:
        InputError: nothing fits, or the limits leave no size.
    """
    table = table_of(setting)
    if not np.isfinite(table.gpu_seconds).any():
        return float("inf")
    if setting.surface is None:
        limits = (budget(setting, by, value), *caps(setting))
        return flop_path(setting).loss_within(setting, limits, table)
    return float(_score(setting, by, value, table)[_best(setting, by, value, table)])


def costs_at(
    setting: Setting, table: Sizes, options: Options | None = None
) -> Callable[[FloatArray], Sizes]:
    """The costs at any ln N, on the layouts of ``table``."""
    bent = options or Options()

    def at(ln_params: FloatArray) -> Sizes:
        return _bent(costs(setting, ln_params, table.layouts, bent.ignore_memory), bent)

    return at


def _best(setting: Setting, by: By, value: float, sizes: Sizes) -> int:
    score = _score(setting, by, value, sizes)
    if not np.isfinite(score).any():
        if by is By.LOSS:
            raise no_model(setting, value, sizes)
        raise beyond(by, value, float(sizes.params[0]), small=True)
    return int(np.argmin(score))


def _score(setting: Setting, by: By, value: float, sizes: Sizes) -> FloatArray:
    """What is to be least, by size: the loss, or for a target loss the GPU-hours."""
    tokens = _tokens(setting, by, value, sizes)
    possible = np.isfinite(tokens) & (tokens >= LEAST_TOKENS) & np.isfinite(sizes.gpu_seconds)
    safe = np.where(possible, tokens, 1.0)
    if by is By.LOSS:
        for limit in caps(setting):
            allowed = limit.tokens(setting, sizes.params, sizes.gpu_seconds, sizes.use_gpu_seconds)
            if possible.any() and not (possible & (tokens <= allowed)).any():
                hours = total_gpu_hours(setting, safe, sizes, limit.pays_use)
                raise unaffordable(setting, limit, hours[possible])
            possible &= tokens <= allowed
        return np.where(possible, total_gpu_hours(setting, safe, sizes), np.inf)
    assert setting.surface is not None
    return np.where(possible, setting.surface.loss(sizes.params, safe), np.inf)


def _tokens(setting: Setting, by: By, value: float, sizes: Sizes) -> FloatArray:
    """Tokens of each size: as many as the limits leave, or as the loss takes."""
    if by is By.LOSS:
        assert setting.surface is not None
        return setting.surface.tokens_at_loss(sizes.params, value)
    limits = (budget(setting, by, value), *caps(setting))
    return tokens_within(setting, limits, sizes.params, sizes.gpu_seconds, sizes.use_gpu_seconds)


def total_gpu_hours(
    setting: Setting, tokens: Scalar, costs: Sizes | Point, with_use: bool = True
) -> Scalar:
    """GPU-hours of training and, unless told otherwise, of use; the shape of ``tokens``."""
    served = setting.request.inference_tokens if with_use else 0.0
    training = tokens * costs.gpu_seconds / setting.request.goodput
    return (training + served * costs.use_gpu_seconds) / 3600


def tokens_for_size(setting: Setting, exact: Sizes, table: Sizes) -> float:
    """Tokens with which a size, alone in ``exact``, is the best that its GPU-hours buy.

    Along the GPU-hours the best size grows, so their inverse is read off a range of them.
    """
    assert setting.surface is not None
    ln_params = float(exact.ln_params[0])
    here, use = exact.gpu_seconds[0], exact.use_gpu_seconds[0]
    served = setting.request.inference_tokens
    middle, reach = float(flop_path(setting).tokens_at(ln_params)), _FAR
    for _ in range(_ZOOMS):
        tokens = middle * np.geomspace(1 / reach, reach, _FINE)
        seconds = (tokens * here + served * use)[:, None] - served * table.use_gpu_seconds
        given = np.maximum(seconds, 0.0) / table.gpu_seconds
        loss = np.where(given >= LEAST_TOKENS, 0.0, np.inf) + setting.surface.loss(
            table.params, np.maximum(given, LEAST_TOKENS)
        )
        best = np.maximum.accumulate(_parabolic(table.ln_params, loss))
        # where memory holds a size for a range of budgets, the least of them
        rising = best + _TILT * np.arange(best.size)
        middle = float(np.exp(np.interp(ln_params, rising, np.log(tokens))))
        reach = reach**0.15
    return middle


def _parabolic(grid: FloatArray, scores: FloatArray) -> FloatArray:
    """Where each row of scores (n, sizes) is least, between the points of the grid."""
    rows = np.arange(scores.shape[0])
    best = np.clip(np.argmin(scores, axis=1), 1, grid.size - 2)
    left, middle, right = (scores[rows, best + step] for step in (-1, 0, 1))
    with np.errstate(invalid="ignore"):
        bend = left - 2 * middle + right
        usable = np.isfinite(bend) & (bend > 0)
        shift = np.where(usable, 0.5 * (left - right) / np.where(usable, bend, 1.0), 0.0)
    return np.asarray(grid[best] + np.clip(shift, -1.0, 1.0) * (grid[1] - grid[0]))


def _around(setting: Setting, table: Sizes, best: int, options: Options) -> Sizes:
    """The neighbourhood of a cell, finer, on the layouts that are best nearby."""
    cells = slice(max(best - 2, 0), best + 3)
    # also those that fit only between two cells, or are nearly as fast
    fastest = np.min(table.by_layout[:, cells], axis=1)
    near = np.union1d(table.layout[cells], np.argsort(fastest)[:_NEAR])
    near = near[np.isfinite(fastest[near])]
    low, high = table.ln_params[max(best - 1, 0)], table.ln_params[best + 1]
    grid = np.linspace(low, high, _FINE)
    chosen = replace(table, layouts=tuple(table.layouts[index] for index in near))
    return costs_at(setting, chosen, options)(grid)


def _lowest(setting: Setting, by: By, value: float, fine: Sizes) -> float:
    """Ln N of the least score, between the points where it is smooth."""
    score = _score(setting, by, value, fine)
    best = int(np.argmin(score))
    inside = 0 < best < score.size - 1
    if inside and np.isfinite(score[best - 1 : best + 2]).all():
        left, middle, right = score[best - 1 : best + 2]
        bend = left - 2 * middle + right
        same = fine.micro_batch[best - 1] == fine.micro_batch[best] == fine.micro_batch[best + 1]
        if same and bend > 0:
            shift = 0.5 * (left - right) / bend
            return float(fine.ln_params[best] + shift * (fine.ln_params[1] - fine.ln_params[0]))
    return float(fine.ln_params[best])


def _exactly(setting: Setting, ln_params: float, near: Sizes, options: Options) -> Sizes:
    return costs_at(setting, near, options)(np.array([ln_params]))


def _point(
    setting: Setting, ln_params: float, tokens: float, near: Sizes, options: Options
) -> Point:
    exact = near if near.ln_params.size == 1 else _exactly(setting, ln_params, near, options)
    if not np.isfinite(exact.gpu_seconds[0]):
        raise unfit(setting, exact)
    layout = exact.layouts[int(exact.layout[0])]
    batch = int(exact.micro_batch[0])
    accum = accumulated(sequences_of_a_copy(setting, layout), batch)
    size = float(exact.params[0])
    loss = (
        setting.law.loss(FLO_PER_PARAM_TOKEN * size * tokens)
        if setting.surface is None
        else setting.surface.loss(size, tokens)
    )
    return Point(
        params=size,
        tokens=tokens,
        loss=float(loss),
        gpu_seconds=float(exact.gpu_seconds[0]),
        use_gpu_seconds=float(exact.use_gpu_seconds[0]),
        layout=replace(layout, micro_batch=batch, grad_accum=int(accum)),
        arch=shape_at(setting, size),
    )


def _on_the_path(setting: Setting, by: By, value: float, table: Sizes, options: Options) -> Point:
    """The plan of a law that only knows its frontier: size and tokens go together."""
    path = flop_path(setting)
    if by is By.PARAMS:
        ln_params = float(np.log(value))
    elif by in (By.COMPUTE_NEFLO, By.LOSS):
        ln_params = path.at_compute(value) if by is By.COMPUTE_NEFLO else path.at_loss(value)
    else:
        limits = (budget(setting, by, value), *caps(setting))
        ln_params = path.within(setting, limits, table, costs_at(setting, table, options))
    exact = _exactly(setting, ln_params, table, options)
    if not np.isfinite(exact.gpu_seconds[0]):
        raise unfit(setting, exact)
    tokens = path.tokens_at(ln_params)
    sizes = (exact.params, exact.gpu_seconds, exact.use_gpu_seconds)
    for limit in caps(setting):
        if tokens > float(limit.tokens(setting, *sizes)[0]) * (1 + _ROUNDING):
            hours = total_gpu_hours(setting, np.array([tokens]), exact, limit.pays_use)
            raise unaffordable(setting, limit, hours)
    return _point(setting, ln_params, tokens, exact, options)


def _bent(sizes: Sizes, options: Options) -> Sizes:
    if options.slower == 1.0:
        return sizes
    return replace(
        sizes,
        gpu_seconds=sizes.gpu_seconds * options.slower,
        use_gpu_seconds=sizes.use_gpu_seconds * options.slower,
    )
