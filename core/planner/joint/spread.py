"""How sure a joint plan is: the speed's interval and, where it has one, the law's.

Both are turned into intervals of every quantity, and added in quadrature on each side in the
log. Price, power, grid and goodput are taken as they are.
"""

import math
from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.laws.frontier import FLO_PER_PARAM_TOKEN
from core.planner.joint.setting import Setting
from core.planner.joint.solve import Options, Point, solve, total_gpu_hours
from core.planner.request import By
from core.speed.estimate import SpeedEstimate

LEVEL = 0.8
_PAID = {"hours", "usd", "energy_kwh", "co2_kg", "car_km", "tree_days"}
_LEAST_RESAMPLES = 20


@dataclass(frozen=True, slots=True)
class Spread:
    """Intervals by quantity as factors of its value.

    Attributes:
        level: coverage.
        ends: by the errors of speed and law together.
        by_speed: by that of the speed alone, which is all that tells two GPUs apart.
    """

    level: float
    ends: dict[str, tuple[float, float]]
    by_speed: dict[str, tuple[float, float]]


_OPEN = Spread(LEVEL, {}, {})  # the slow end pays for no training at all: no interval to give


def spread(setting: Setting, by: By, value: float, point: Point, speed: SpeedEstimate) -> Spread:
    """Intervals of every quantity of a plan."""
    centre = _quantities(setting, point)
    at_ends = _by_speed(setting, by, value, speed, centre)
    if at_ends is None:
        return _OPEN
    sides = [_log_changes(centre, end) for end in at_ends]
    by_speed = _ends(centre, sides)
    sides += [_log_changes(centre, end) for end in _by_law(setting, centre)]
    return Spread(LEVEL, _ends(centre, sides), by_speed)


def _ends(
    centre: dict[str, float], sides: list[dict[str, float]]
) -> dict[str, tuple[float, float]]:
    ends: dict[str, tuple[float, float]] = {}
    for name in centre:
        changes = [side[name] for side in sides if name in side]
        down = math.hypot(*(change for change in changes if change < 0), 0.0)
        up = math.hypot(*(change for change in changes if change > 0), 0.0)
        if changes:
            ends[name] = (math.exp(-down), math.exp(up))
    return ends


def _quantities(setting: Setting, point: Point) -> dict[str, float]:
    hours = float(total_gpu_hours(setting, point.tokens, point))
    return {
        "loss": point.loss,
        "non_embedding_params": point.params,
        "tokens": point.tokens,
        "steps": point.tokens,
        "compute_neflo": FLO_PER_PARAM_TOKEN * point.params * point.tokens,
        "speed_neflo_per_s": point.params / point.gpu_seconds,
        **dict.fromkeys(_PAID, hours),
    }


def _by_speed(
    setting: Setting, by: By, value: float, speed: SpeedEstimate, centre: dict[str, float]
) -> list[dict[str, float]] | None:
    """Every quantity if the hardware were as slow, and as fast, as the interval ends.

    A target loss that a slow end reaches only beyond its caps is paid for all the same. None
    where the slow end of a budget pays for nothing.
    """
    rate = speed.tokens_per_s_per_gpu
    found = []
    for end in (rate.low, rate.high):
        if end is None or end <= 0:
            continue
        try:
            point = solve(setting, by, value, Options(slower=rate.value / end))
        except InputError:
            if by is not By.LOSS:
                return None
            found.append({name: centre[name] * rate.value / end for name in _PAID})
            continue
        found.append(_quantities(setting, point))
    return found


def _by_law(setting: Setting, centre: dict[str, float]) -> list[dict[str, float]]:
    """Loss and size at the ends of the law's own interval, at the plan's compute."""
    cloud, level = setting.law.cloud, setting.law.cloud_level
    if cloud is None or level is None:
        return []
    compute = centre["compute_neflo"]
    with np.errstate(all="ignore"):
        columns = {
            "loss": np.asarray(cloud.loss(compute)) / setting.law.loss(compute),
            "non_embedding_params": np.asarray(cloud.params(compute)) / setting.law.params(compute),
        }
    ends: list[dict[str, float]] = [{}, {}]
    for name, ratios in columns.items():
        good = ratios[np.isfinite(ratios) & (ratios > 0)]
        if good.size < _LEAST_RESAMPLES:
            continue
        places = np.quantile(good, [(1 - level) / 2, (1 + level) / 2])
        for end, place in zip(ends, places, strict=True):
            end[name] = centre[name] * float(place)
    return ends


def _log_changes(centre: dict[str, float], end: dict[str, float]) -> dict[str, float]:
    return {name: math.log(value / centre[name]) for name, value in end.items()}
