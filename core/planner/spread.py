"""How sure a plan is: the same question put to every resample of its law.

Only the law's own uncertainty: the speed curve, the price and the grid are taken as they are.
"""

from dataclasses import dataclass

import numpy as np

from core import footprint
from core.families import transformer_xl as family
from core.laws.frontier import FrontierLaw, tokens
from core.ops import ARRAY, FloatArray
from core.planner.path import OnLaw
from core.planner.request import QUANTITY_OF, By, Resolved

_LEAST_RESAMPLES = 20
_MOST_STEP = 1.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentile intervals by quantity, and their coverage."""

    level: float
    ends: dict[str, tuple[float, float]]


def spread(known: Resolved, by: By, value: float, ln_width: float) -> Spread | None:
    """Intervals of every quantity of a plan; None where the law was given without.

    Args:
        known: what the plan was answered with.
        by: the quantity that was asked for.
        value: its value.
        ln_width: ln of the width of the plan itself, from where the resamples are sought.
    """
    cloud, level = known.law.cloud, known.law.cloud_level
    if cloud is None or level is None or ln_width < known.path.floor:
        return None
    columns = _columns(known, cloud, by, value, ln_width)
    good = np.isfinite(np.stack(list(columns.values()))).all(axis=0)
    if int(good.sum()) < _LEAST_RESAMPLES:
        return None
    places = [(1 - level) / 2, (1 + level) / 2]
    ends = {name: np.quantile(column[good], places) for name, column in columns.items()}
    spreads = {name: (float(low), float(high)) for name, (low, high) in ends.items()}
    spreads[QUANTITY_OF[by]] = (value, value)  # what was asked for is exact
    return Spread(level, spreads)


def _columns(
    known: Resolved, cloud: FrontierLaw, by: By, value: float, ln_width: float
) -> dict[str, FloatArray]:
    """Every quantity in every resample, NaN where one has no answer."""
    law = known.law
    with np.errstate(all="ignore"):  # a resample that has no answer turns NaN and is left out
        if by is By.PARAMS:
            params = np.full(np.shape(cloud.a), value)
            compute = np.exp(cloud.ln_compute_at_params(params, ARRAY))
        elif by in (By.LOSS, By.COMPUTE_NEFLO):
            at_loss = cloud.compute_at_loss(value) if by is By.LOSS else value
            compute = np.broadcast_to(at_loss, np.shape(cloud.a)).astype(np.float64)
            params = np.asarray(cloud.params(compute))
        else:
            seconds = value * known.seconds_per_unit(by)
            u = _widths(
                OnLaw(cloud, known.path.speed), np.log(seconds), ln_width, np.shape(cloud.a)
            )
            params = np.asarray(family.params_at_width(np.exp(u)))
            compute = np.exp(cloud.ln_compute_at_params(params, ARRAY))
        params = np.where(params > family.params_at_width(0.0), params, np.nan)
        width = family.width_at_params(np.where(np.isnan(params), 1e3, params), ARRAY)
        speed = known.path.speed.neflo_per_s(width, ARRAY)
        hours = compute / speed / 3600
        seen = tokens(params, compute)
        co2 = footprint.energy_kwh(hours, known.watts) * known.carbon
        return {
            "loss": np.asarray(cloud.loss(compute)),
            "non_embedding_params": params,
            "compute_neflo": compute,
            "tokens": seen,
            "steps": seen / law.tokens_per_step,
            "hours": hours,
            "usd": hours * known.price,
            "energy_kwh": np.asarray(footprint.energy_kwh(hours, known.watts)),
            "co2_kg": np.asarray(co2),
            "car_km": np.asarray(footprint.car_km(co2)),
            "tree_days": np.asarray(footprint.tree_days(co2)),
            "speed_neflo_per_s": np.asarray(speed),
        }


def _widths(branch: OnLaw, target: float, start: float, shape: tuple[int, ...]) -> FloatArray:
    """ln(d_model) of each resample that takes ln(seconds) ``target``, from the plan's own."""
    u = np.full(shape, start)
    for _ in range(60):
        time, slope = branch.ln_seconds(u, ARRAY)
        step = (time - target) / np.where(slope > 0, slope, np.nan)
        u = u - np.clip(step, -_MOST_STEP, _MOST_STEP)
        if np.nanmax(np.abs(step), initial=0.0) < 1e-12:
            break
    return np.where(np.abs(step) < 1e-9, u, np.nan)
