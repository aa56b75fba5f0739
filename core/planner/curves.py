"""The lines that a plan stands on, sampled for drawing."""

from dataclasses import dataclass, replace

import numpy as np

from core.families import transformer_xl as family
from core.laws.library import find_law
from core.ops import ARRAY, FloatArray
from core.planner.request import PlanRequest, resolve


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Frontier and optimal size over a range of compute; each array has shape (n,).

    Attributes:
        compute_neflo: increasing.
        loss: nats per token.
        non_embedding_params: of the plan at that compute.
    """

    compute_neflo: FloatArray
    loss: FloatArray
    non_embedding_params: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """The interval around both curves; each array has shape (n,).

    Attributes:
        level: coverage.
        compute_neflo: increasing.
        loss_low, loss_high: nats per token.
        params_low, params_high: of the optimal size.
    """

    level: float
    compute_neflo: FloatArray
    loss_low: FloatArray
    loss_high: FloatArray
    params_low: FloatArray
    params_high: FloatArray


def bands(
    request: PlanRequest, low_neflo: float, high_neflo: float, points: int = 80
) -> Bands | None:
    """The bands of the request's law between two computes; None where it has no intervals.

    Raises:
        InputError: a name that is not known.
    """
    law = find_law(request.law)
    if law.cloud is None or law.cloud_level is None:
        return None
    places = [(1 - law.cloud_level) / 2, (1 + law.cloud_level) / 2]
    compute = np.geomspace(low_neflo, high_neflo, points)
    coefficients = {name: np.asarray(getattr(law.cloud, name))[..., None] for name in "abcdef"}
    each = replace(law.cloud, **coefficients)  # type: ignore[arg-type]
    loss = np.nanquantile(each.loss(compute), places, axis=0)
    params = np.nanquantile(each.params(compute), places, axis=0)
    return Bands(law.cloud_level, compute, loss[0], loss[1], params[0], params[1])


def curves(request: PlanRequest, low_neflo: float, high_neflo: float, points: int = 200) -> Curves:
    """The curves of the request's law on its GPU between two computes.

    Raises:
        InputError: a name that is not known.
    """
    compute = np.geomspace(low_neflo, high_neflo, points)
    if request.of_today:
        from core.planner.joint.path import flop_path
        from core.planner.joint.setting import setting_of

        path = flop_path(setting_of(request))
        inside = (np.log(compute) >= path.ln_compute[0]) & (np.log(compute) <= path.ln_compute[-1])
        compute = compute[inside]
        loss = np.interp(np.log(compute), path.ln_compute, path.loss)
        params = np.exp(np.interp(np.log(compute), path.ln_compute, path.ln_params))
        return Curves(compute, loss, params)
    known = resolve(request)
    width = np.exp(known.path.at_compute(compute, ARRAY))
    return Curves(compute, known.law.loss(compute), family.params_at_width(width))
