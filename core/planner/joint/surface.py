"""The loss at any size and tokens, with what repeated tokens are worth."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from core.laws.data_constrained import DataConstrainedLaw
from core.laws.frontier import Surface
from core.laws.parametric import ParametricLaw
from core.laws.published import library
from core.ops import FloatArray, Scalar

REPETITION_LAW = "muennighoff-2023"
_TINY = 1e-300
_STEP = 1e-4  # of ln N and ln D, for slopes


@cache
def assumed_repetition() -> tuple[float, float]:
    """R_D* and R_N* of Muennighoff et al. 2023, for laws that were not fitted on repeats."""
    law = library()[REPETITION_LAW]
    assert isinstance(law, DataConstrainedLaw)
    return law.r_d_star, law.r_n_star


@dataclass(frozen=True, slots=True)
class LossSurface:
    """L(N, D) with at most ``unique_tokens`` different tokens (None: ample).

    Attributes:
        base: L(N, D) without repetition.
        repetition: R_D* and R_N* (Muennighoff et al. 2023, eqs. 5 and 6).
        unique_tokens: different tokens that there are.
    """

    base: Surface
    repetition: tuple[float, float]
    unique_tokens: float | None = None

    @property
    def parametric(self) -> ParametricLaw:
        """The base as a law."""
        e, a, b, alpha, beta = self.base
        return ParametricLaw(E=e, A=a, B=b, alpha=alpha, beta=beta)

    def loss(self, params: Scalar, tokens: Scalar) -> Scalar:
        """Nats per token, broadcast."""
        if self.unique_tokens is None:
            return self.base.loss(params, tokens)
        law = DataConstrainedLaw(self.parametric, *self.repetition)
        return law.loss(params, tokens, self.unique_tokens)

    def tokens_at_loss(self, params: FloatArray, loss: float) -> FloatArray:
        """Tokens after which each size reaches ``loss``; infinite where it never does."""
        base, unique = self.base, self.unique_tokens
        worth = params
        if unique is not None:
            law = DataConstrainedLaw(self.parametric, *self.repetition)
            worth = law.effective_params(params, unique)
        left = loss - base.e - base.a * worth**-base.alpha
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            short = (base.b / np.maximum(left, _TINY)) ** (1 / base.beta)
            needed = np.where(left > 0, short, np.inf)
            if unique is None:
                return needed
            star = self.repetition[0]
            share = np.maximum(needed / unique - 1, 0.0) / star
            repeats = np.where(share < 1, -star * np.log1p(-np.minimum(share, 1.0)), np.inf)
        return np.where(needed <= unique, needed, unique * (1 + repeats))

    def slopes(self, params: Scalar, tokens: Scalar) -> tuple[Scalar, Scalar]:
        """Slopes dL / d ln N and dL / d ln D, both negative."""
        up, down = np.exp(_STEP), np.exp(-_STEP)
        by_size = self.loss(params * up, tokens) - self.loss(params * down, tokens)
        by_tokens = self.loss(params, tokens * up) - self.loss(params, tokens * down)
        return by_size / (2 * _STEP), by_tokens / (2 * _STEP)
