"""The lines that a plan stands on, sampled for drawing."""

from dataclasses import dataclass

import numpy as np

from core.families import transformer_xl as family
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


def curves(request: PlanRequest, low_neflo: float, high_neflo: float, points: int = 200) -> Curves:
    """The curves of the request's law on its GPU between two computes.

    Raises:
        InputError: a name that is not known.
    """
    known = resolve(request)
    compute = np.geomspace(low_neflo, high_neflo, points)
    width = np.exp(known.path.at_compute(compute, ARRAY))
    return Curves(compute, known.law.loss(compute), family.params_at_width(width))
