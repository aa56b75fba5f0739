"""Many plans at once: arrays of budgets for one GPU, or a grid of GPUs x budgets."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from core import footprint
from core.errors import InputError
from core.families import transformer_xl as family
from core.laws.frontier import tokens
from core.ops import ARRAY, FloatArray
from core.planner.plan import limits, out_of_limits
from core.planner.request import By, PlanRequest, resolve


@dataclass(frozen=True, slots=True, eq=False)
class PlanGrid:
    """Plans as arrays of one shape: (budgets,) or (GPUs, budgets).

    Field names and units are those of `core.planner.plan.Plan`; the last three are true
    where a single plan would carry the warning.
    """

    loss: FloatArray
    non_embedding_params: FloatArray
    compute_neflo: FloatArray
    tokens: FloatArray
    steps: FloatArray
    hours: FloatArray
    usd: FloatArray
    energy_kwh: FloatArray
    co2_kg: FloatArray
    speed_neflo_per_s: FloatArray
    d_model: FloatArray
    wide_n_layers: FloatArray
    wide_d_model: FloatArray
    narrow_n_layers: FloatArray
    narrow_d_model: FloatArray
    below_floor: npt.NDArray[np.bool_]
    outside_params: npt.NDArray[np.bool_]
    outside_compute: npt.NDArray[np.bool_]


def plan_grid(
    request: PlanRequest, values: npt.ArrayLike, gpus: Sequence[str] | None = None
) -> PlanGrid:
    """The plans of ``request`` with its value, and its GPU, replaced by each of many.

    Args:
        request: what all have in common; its ``value`` is not used.
        values: amounts of ``request.by``, any shape.
        gpus: catalogue ids; adds a leading axis. None plans on the request's own GPU.

    Raises:
        InputError: a name, or any of the values, cannot be used.
    """
    budgets = np.array(values, dtype=np.float64)  # ours: the plans must not change with it
    if gpus is None:
        return PlanGrid(**_one_gpu(request, budgets))
    rows = [_one_gpu(replace(request, gpu=gpu), budgets) for gpu in gpus]
    if not rows:
        raise InputError("gpus", "none", "at least one GPU")
    return PlanGrid(
        **{column.name: np.stack([row[column.name] for row in rows]) for column in fields(PlanGrid)}
    )


def _one_gpu(request: PlanRequest, values: FloatArray) -> dict[str, Any]:
    known = resolve(replace(request, value=1.0))
    law, by, path = known.law, request.by, known.path
    low, high = limits(known, by)
    wrong = ~((values >= low) & (values <= high))
    if wrong.any():
        raise out_of_limits(known, by, float(values[wrong][0]), (low, high))
    if by is By.PARAMS:
        u = np.log(family.width_at_params(values, ARRAY))
    elif by is By.COMPUTE_NEFLO:
        u = path.at_compute(values, ARRAY)
    elif by is By.LOSS:
        u = path.at_compute(law.compute_at_loss(values), ARRAY)
    else:
        u = path.at_seconds_array(values * known.seconds_per_unit(by))
    width = np.exp(u)
    params = values if by is By.PARAMS else family.params_at_width(width)
    compute = values if by is By.COMPUTE_NEFLO else np.exp(path.ln_compute_array(u))
    speed = path.speed.neflo_per_s(width, ARRAY)
    hours = values if by is By.HOURS else compute / speed / 3600
    seen = tokens(params, compute)
    energy = footprint.energy_kwh(hours, known.watts)
    return {
        "loss": values if by is By.LOSS else law.loss(compute),
        "non_embedding_params": params,
        "compute_neflo": compute,
        "tokens": seen,
        "steps": seen / law.tokens_per_step,
        "hours": hours,
        "usd": hours * known.price,
        "energy_kwh": energy,
        "co2_kg": energy * known.carbon,
        "speed_neflo_per_s": speed,
        "d_model": width,
        **family.shape_arrays(params, width),
        "below_floor": u < path.floor * (1 - 1e-12),
        "outside_params": _outside(params, law.params_range),
        "outside_compute": _outside(compute, law.compute_range_neflo),
    }


def _outside(values: FloatArray, ends: tuple[float, float] | None) -> npt.NDArray[np.bool_]:
    if ends is None:
        return np.zeros(values.shape, dtype=np.bool_)
    return (values < ends[0]) | (values > ends[1])
