"""The laws of Kaplan et al. 2020 (arXiv 2001.08361); N counts no embeddings.

Their compute is C_min, what a training takes at a batch far below the critical one. At the
critical batch itself it takes twice that, and the printed tokens D(C_min) are for there: so
6 N D of the printed N and D is not C_min but about 1.8 times as much.
"""

from dataclasses import dataclass, field

from core.laws.about import About, Gives, Optimum
from core.laws.allocation import PowerLaw
from core.laws.frontier import FrontierLaw
from core.laws.parametric import frontier_law
from core.ops import Scalar

PF_DAY_FLOP = 8.64e19  # section 1.3


@dataclass(frozen=True, slots=True)
class KaplanFrontier:
    """Loss and allocation in C_min (eqs. 1.3, 1.7 and 1.8; section 6.1).

    Attributes:
        critical_compute: C_c in L = (C_c / C_min)^alpha, PF-days.
        alpha: of the same.
        params, tokens, batch_tokens, steps: power laws of C_min in PF-days.
        about: source and ranges.
    """

    critical_compute: float
    alpha: float
    params: PowerLaw
    tokens: PowerLaw
    batch_tokens: PowerLaw
    steps: PowerLaw
    about: About = field(default_factory=About)

    @property
    def gives(self) -> Gives:
        """Loss and allocation."""
        return Gives.LOSS_AND_ALLOCATION

    def loss(self, compute_neflo: Scalar) -> Scalar:
        """L(C_min), nats per token."""
        return (self.critical_compute * PF_DAY_FLOP / compute_neflo) ** self.alpha

    def optimum(self, compute_neflo: Scalar) -> Optimum:
        """N, D and L as printed, for C_min = ``compute_neflo``, any shape."""
        days = compute_neflo / PF_DAY_FLOP
        return Optimum(self.params(days), self.tokens(days), self.loss(compute_neflo))

    def frontier(self) -> FrontierLaw:
        """Loss and size for the planner; its tokens C_min / (6 N) are those of a small batch."""
        loss = (self.critical_compute**self.alpha, self.alpha, 0.0)
        size = (self.params.coefficient, self.params.exponent)
        return frontier_law(self.about, loss, size, PF_DAY_FLOP)


@dataclass(frozen=True, slots=True)
class KaplanLoss:
    """Loss of a size, of a data set, and of both (eqs. 1.1, 1.2 and 1.5; table 2).

    Attributes:
        params_scale, params_exponent: N_c and alpha_N of L(N) = (N_c / N)^alpha_N, trained to
            convergence on ample data.
        tokens_scale, tokens_exponent: D_c and alpha_D of L(D), a large model stopped early.
        joint_params_scale, joint_params_exponent, joint_tokens_scale, joint_tokens_exponent:
            the same four, as fitted together.
        about: source and ranges.
    """

    params_scale: float
    params_exponent: float
    tokens_scale: float
    tokens_exponent: float
    joint_params_scale: float
    joint_params_exponent: float
    joint_tokens_scale: float
    joint_tokens_exponent: float
    about: About = field(default_factory=About)

    @property
    def gives(self) -> Gives:
        """Loss only: D is the size of the data set, trained on until the loss stops falling."""
        return Gives.LOSS

    def loss_at_params(self, params: Scalar) -> Scalar:
        """L(N), nats per token (eq. 1.1)."""
        return (self.params_scale / params) ** self.params_exponent

    def loss_at_tokens(self, tokens: Scalar) -> Scalar:
        """L(D), nats per token (eq. 1.2)."""
        return (self.tokens_scale / tokens) ** self.tokens_exponent

    def loss(self, params: Scalar, tokens: Scalar) -> Scalar:
        """L(N, D), nats per token (eq. 1.5), broadcast together."""
        ratio = self.joint_params_exponent / self.joint_tokens_exponent
        shortage = (self.joint_params_scale / params) ** ratio + self.joint_tokens_scale / tokens
        return shortage**self.joint_tokens_exponent
