"""The cheapest model for a loss when its use has to be paid too (Sardana et al. 2024).

Minimise 6 N D + 2 N D_inf over N and D at L(N, D) = target (arXiv 2401.00448, eq. 3). With
eps_N = alpha A / N^alpha and eps_D = beta B / D^beta the optimum has

    eps_N / eps_D = 1 + D_inf / (3 D)

whose left side grows with D along the target and whose right side falls: one root.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.errors import InputError
from core.laws.frontier import FLO_PER_PARAM_TOKEN
from core.laws.parametric import ParametricLaw
from core.laws.roots import increasing_root
from core.ops import FloatArray, Scalar

FLO_PER_PARAM_INFERENCE_TOKEN = 2  # forward pass only (Kaplan et al. 2020, section 2.1)


class LifetimePlan(NamedTuple):
    """A model that is trained once and then used; arrays of one shape.

    Attributes:
        params, tokens: size, and tokens to train it on.
        training_flop, inference_flop: what each part of its life takes.
    """

    params: Scalar
    tokens: Scalar
    training_flop: Scalar
    inference_flop: Scalar


def lifetime_optimum(
    law: ParametricLaw, loss: npt.ArrayLike, inference_tokens: npt.ArrayLike
) -> LifetimePlan:
    """The least compute over a life that reaches ``loss`` and serves ``inference_tokens``.

    Args:
        law: the loss in size and tokens.
        loss: target, nats per token, above the law's E; broadcast with the tokens.
        inference_tokens: tokens read and written after training, 0 or more.

    Raises:
        InputError: a loss that no model reaches, or negative tokens.
    """
    excess = np.asarray(loss, dtype=np.float64) - law.E
    served = np.asarray(inference_tokens, dtype=np.float64)
    if not np.all(np.isfinite(excess) & (excess > 0)):
        raise InputError("loss", loss, f"above {law.E}, which this law never goes below")
    if not np.all(np.isfinite(served) & (served >= 0)):
        raise InputError("inference_tokens", inference_tokens, "a number of at least 0")
    least = (law.B / excess) ** (1 / law.beta)  # the data that an endless model would need
    use = served / (3 * least)

    def imbalance(growth: FloatArray) -> FloatArray:
        ratio = law.alpha / law.beta * np.expm1(law.beta * growth)
        return np.asarray(ratio - 1 - use * np.exp(-growth))

    highest = np.log1p(law.beta / law.alpha * (1 + use)) / law.beta
    growth = increasing_root(imbalance, np.zeros(highest.shape), highest)
    tokens = least * np.exp(growth)
    left_for_size = -excess * np.expm1(-law.beta * growth)
    params = (law.A / left_for_size) ** (1 / law.alpha)
    return LifetimePlan(
        params,
        tokens,
        FLO_PER_PARAM_TOKEN * params * tokens,
        FLO_PER_PARAM_INFERENCE_TOKEN * params * served,
    )
