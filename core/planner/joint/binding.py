"""What holds a plan back, what a little more of it would buy, and what a formula would say."""

from dataclasses import dataclass, replace

import numpy as np

from core.errors import InputError
from core.laws.frontier import FLO_PER_PARAM_TOKEN
from core.planner.joint.limits import Limit, budget, caps
from core.planner.joint.path import flop_path
from core.planner.joint.setting import Setting
from core.planner.joint.solve import Options, Point, costs_at, solve, table_of, total_gpu_hours
from core.planner.joint.surface import LossSurface
from core.planner.request import By

_NUDGE = 1e-3
_FELT = 1e-6  # nats; less is rounding
_ONE_BILLION = 1e9
_REACH, _LEAST_POINTS = 0.25, 3  # of ln N around the plan; sizes


@dataclass(frozen=True, slots=True)
class Binding:
    """A limit that holds the plan back.

    Attributes:
        name: field of the request or name of the budget; ``memory`` for the GPU's.
        nats_per_unit: loss that one more ``unit`` takes off; for memory, what it costs in all.
        unit: ``GPU-hour``, ``USD``, ``kWh``, ``kg``, ``1e18 FLOP``, ``1e9 unique tokens``; empty
            for memory.
    """

    name: str
    nats_per_unit: float
    unit: str


@dataclass(frozen=True, slots=True)
class FlopOptimum:
    """What the law alone would train within the same limits: best for FLOP, not for the clock.

    Attributes:
        params, tokens, loss: of that plan.
        gpu_hours: what it takes; more than the plan where a loss was asked for.
        fits: whether the hardware holds it.
    """

    params: float
    tokens: float
    loss: float
    gpu_hours: float
    fits: bool


def nats_per_gpu_hour(setting: Setting, point: Point) -> float:
    """Loss that one more GPU-hour takes off at the plan (its shadow price).

    With a surface the size may be held (envelope theorem): dL/dG = dL/dD times tokens an hour.
    On a frontier size and tokens grow together: dL/dG = (dL/dln C) / (dG/dln C).
    """
    goodput = setting.request.goodput
    if setting.surface is not None:
        slope = float(setting.surface.slopes(point.params, point.tokens)[1]) / point.tokens
        return -slope * 3600 * goodput / point.gpu_seconds
    law = setting.law
    by_size = 1 / float(law.compute_elasticity(point.params))
    slower, slower_use = _elasticities(setting, point)
    training = total_gpu_hours(setting, point.tokens, point, with_use=False)
    use = total_gpu_hours(setting, point.tokens, point) - training
    hours = training * (1 - by_size + by_size * slower) + use * by_size * slower_use
    return float(law.b * (point.loss - law.c) / hours)


def _elasticities(setting: Setting, point: Point) -> tuple[float, float]:
    """How the time of a token, in training and in use, grows with size."""
    table = table_of(setting)
    here = np.log(point.params)
    near = (table.ln_params >= here - _REACH) & (table.ln_params <= here + _REACH)
    near &= np.isfinite(table.gpu_seconds)
    if near.sum() < _LEAST_POINTS:
        return 1.0, 1.0
    x = table.ln_params[near]
    training, use = np.log(table.gpu_seconds[near]), np.log(table.use_gpu_seconds[near])
    return float(np.polyfit(x, training, 1)[0]), float(np.polyfit(x, use, 1)[0])


def bindings(setting: Setting, by: By, value: float, point: Point) -> tuple[Binding, ...]:
    """Every limit that binds, the one that ends the training first."""
    if by in (By.LOSS, By.PARAMS):
        limits = caps(setting)
    else:
        limits = (budget(setting, by, value), *caps(setting))
        limits = (min(limits, key=lambda limit: _room(setting, limit, point)),)
    found = [_priced(setting, limit, point) for limit in limits if _full(setting, limit, point)]
    if by is not By.PARAMS:
        found += _memory(setting, by, value, point)
    if setting.surface is not None:
        found += _unique(setting.surface, point)
    return tuple(found)


def flop_optimum(setting: Setting, by: By, value: float) -> FlopOptimum | None:
    """The law's own optimum for the same limits, whether or not it fits.

    None where the law leaves no choice, or where the limits pay for none of its sizes.
    """
    if setting.surface is None or by in (By.PARAMS, By.COMPUTE_NEFLO):
        return None
    path = flop_path(setting)
    free = Options(ignore_memory=True)
    table = table_of(setting, free)
    at = costs_at(setting, table, free)
    try:
        if by is By.LOSS:
            ln_params = path.at_loss(value)
        else:
            limits = (budget(setting, by, value), *caps(setting))
            ln_params = path.within(setting, limits, table, at)
    except InputError:
        return None
    exact = at(np.array([ln_params]))
    fits = np.isfinite(costs_at(setting, table)(np.array([ln_params])).gpu_seconds[0])
    params, tokens = float(exact.params[0]), path.tokens_at(ln_params)
    hours = float(total_gpu_hours(setting, tokens, exact)[0])
    loss = float(setting.surface.loss(params, tokens))
    return FlopOptimum(params, tokens, loss, hours, bool(fits))


def _room(setting: Setting, limit: Limit, point: Point) -> float:
    sizes = (point.params, point.gpu_seconds, point.use_gpu_seconds)
    return float(limit.tokens(setting, *sizes))


def _full(setting: Setting, limit: Limit, point: Point) -> bool:
    return _room(setting, limit, point) <= point.tokens * (1 + _NUDGE)


def _priced(setting: Setting, limit: Limit, point: Point) -> Binding:
    if limit.gpu_hours is None:
        tokens = 1e18 / (FLO_PER_PARAM_TOKEN * point.params)
        hours = tokens * point.gpu_seconds / setting.request.goodput / 3600
        return Binding(limit.name, hours * nats_per_gpu_hour(setting, point), "1e18 FLOP")
    per_hour = nats_per_gpu_hour(setting, point)
    if limit.by is By.HOURS:
        return Binding(limit.name, per_hour, "GPU-hour")
    hours = setting.gpu_hours(limit.by, 2 * limit.amount) - limit.gpu_hours
    return Binding(limit.name, per_hour * hours / limit.amount, limit.by.kind.value)


def _memory(setting: Setting, by: By, value: float, point: Point) -> list[Binding]:
    """Whether a GPU with endless memory would do better, and by how much."""
    try:
        free = solve(setting, by, value, Options(ignore_memory=True))
    except InputError:
        return []
    gain = point.loss - free.loss
    if by is By.LOSS:
        saved = (point.tokens * point.gpu_seconds - free.tokens * free.gpu_seconds) / 3600
        gain = saved / setting.request.goodput * nats_per_gpu_hour(setting, point)
    return [Binding("memory", gain, "")] if gain > _FELT else []


def _unique(surface: LossSurface, point: Point) -> list[Binding]:
    unique = surface.unique_tokens
    if unique is None or point.tokens <= unique:
        return []
    more = replace(surface, unique_tokens=unique * (1 + _NUDGE))
    gain = float(surface.loss(point.params, point.tokens) - more.loss(point.params, point.tokens))
    return [Binding("unique_tokens", gain / (unique * _NUDGE) * _ONE_BILLION, "1e9 unique tokens")]
