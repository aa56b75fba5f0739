"""What repeated data is worth (Muennighoff et al. 2023, arXiv 2305.16264, eqs. 5 and 6).

With U unique tokens seen D / U times, and U_N the size that U unique tokens deserve,

    D' = U + U R_D* (1 - exp(-R_D / R_D*))            R_D = D / U - 1
    N' = U_N + U_N R_N* (1 - exp(-R_N / R_N*))        R_N = N / U_N - 1
    L  = E + A / N'^alpha + B / D'^beta

and no repetition (D <= U, N <= U_N) leaves the parametric law as it is.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from core.laws.about import About, Gives, Optimum
from core.laws.frontier import FLO_PER_PARAM_TOKEN, FrontierLaw
from core.laws.parametric import ParametricLaw
from core.laws.roots import increasing_root
from core.ops import FloatArray, Scalar

_FARTHEST = 80.0  # ln of how far the best size can lie from the one without repetition


@dataclass(frozen=True, slots=True)
class DataConstrainedLaw:
    """A parametric law that knows what a repetition is worth.

    Attributes:
        base: the law without repetition.
        r_d_star: R_D*, repetitions after which another says (1 - 1/e) of what it could.
        r_n_star: R_N*, the same for parameters beyond what the data deserves.
        about: source and ranges.
    """

    base: ParametricLaw
    r_d_star: float
    r_n_star: float
    about: About = field(default_factory=About)

    @property
    def gives(self) -> Gives:
        """Loss and allocation."""
        return Gives.LOSS_AND_ALLOCATION

    def effective_tokens(self, tokens: Scalar, unique_tokens: Scalar) -> Scalar:
        """D': fresh tokens that would do as much, broadcast together."""
        return _worth(tokens, unique_tokens, self.r_d_star)[0]

    def effective_params(self, params: Scalar, unique_tokens: Scalar) -> Scalar:
        """N': parameters that would do as much with ample data, broadcast together."""
        return _worth(params, self.base.params_at_tokens(unique_tokens), self.r_n_star)[0]

    def loss(self, params: Scalar, tokens: Scalar, unique_tokens: Scalar) -> Scalar:
        """Nats per token after ``tokens`` of which ``unique_tokens`` are different."""
        return self.base.loss(
            self.effective_params(params, unique_tokens),
            self.effective_tokens(tokens, unique_tokens),
        )

    def optimum(
        self, compute_neflo: npt.ArrayLike, unique_tokens: npt.ArrayLike | None = None
    ) -> Optimum:
        """The best size and tokens for a budget, repeating data where that pays.

        Along 6 N D = C the loss falls, then rises: in ln N what more size brings shrinks and
        what fewer tokens cost grows, so the two are equal once.

        Args:
            compute_neflo: budget, any shape.
            unique_tokens: different tokens that there are, broadcast with it; None for ample.

        Returns:
            N, D (repetitions included) and loss; epochs are D / ``unique_tokens``.
        """
        free = self.base.optimum(compute_neflo)
        if unique_tokens is None:
            return free
        unique = np.asarray(unique_tokens, dtype=np.float64)
        deserved = self.base.params_at_tokens(unique)
        product = np.asarray(compute_neflo, dtype=np.float64) / FLO_PER_PARAM_TOKEN

        law = self.base

        def slope(ln_params: FloatArray) -> FloatArray:
            """Ln of what fewer tokens cost over what more size brings: negative, then positive."""
            size = np.exp(ln_params)
            worth_n, ln_elasticity_n = _worth(size, deserved, self.r_n_star)
            worth_d, ln_elasticity_d = _worth(product / size, unique, self.r_d_star)
            from_tokens = np.log(law.beta * law.B) - law.beta * np.log(worth_d) + ln_elasticity_d
            from_params = np.log(law.alpha * law.A) - law.alpha * np.log(worth_n) + ln_elasticity_n
            return np.asarray(from_tokens - from_params)

        centre = np.log(free.params) + np.zeros(unique.shape)
        params = np.exp(increasing_root(slope, centre - _FARTHEST, centre + _FARTHEST))
        tokens = product / params
        return Optimum(params, tokens, self.loss(params, tokens, unique))

    def frontier(self) -> FrontierLaw:
        """The law without repetition, which the planner adds where tokens are few."""
        return replace(self.base.frontier(), repetition=(self.r_d_star, self.r_n_star))


def _worth(amount: Scalar, unique: Scalar, star: float) -> tuple[Scalar, Scalar]:
    """What ``amount`` is worth if only ``unique`` of it is new, and ln of its elasticity.

    In the log, because after thousands of repetitions the next one's worth underflows.
    """
    repeats = np.maximum(amount / unique - 1, 0.0)
    worth = np.minimum(amount, unique) * (1 - star * np.expm1(-repeats / star))
    return worth, np.log(amount / worth) - repeats / star
