"""The loss of a model trained on more tokens than is optimal (Gadre et al. 2024, eq. 4).

    L = E + (a M^eta + b M^-eta) C^-eta      M = D / N, C = 6 N D

A law of how the loss moves with M and C, fitted to over-trained runs (M from 5 to 640). The
minimum of its bracket over M is not an allocation that the paper stands for, so none is given.
"""

from dataclasses import dataclass, field

from core.laws.about import About, Gives
from core.laws.frontier import FLO_PER_PARAM_TOKEN
from core.ops import Scalar


@dataclass(frozen=True, slots=True)
class OverTrainingLaw:
    """Loss in compute and tokens per parameter (arXiv 2403.08540).

    Attributes:
        E: nats per token that no compute goes below.
        a, b, eta: of the formula above.
        about: source and ranges.
    """

    E: float
    a: float
    b: float
    eta: float
    about: About = field(default_factory=About)

    @property
    def gives(self) -> Gives:
        """Over-training only."""
        return Gives.OVER_TRAINING

    def loss_at_compute(self, compute_neflo: Scalar, tokens_per_param: Scalar) -> Scalar:
        """Nats per token at C and M, broadcast together."""
        bracket = self.a * tokens_per_param**self.eta + self.b * tokens_per_param**-self.eta
        return self.E + bracket * compute_neflo**-self.eta

    def loss(self, params: Scalar, tokens: Scalar) -> Scalar:
        """Nats per token at N and D, broadcast together."""
        compute = FLO_PER_PARAM_TOKEN * params * tokens
        return self.loss_at_compute(compute, tokens / params)
