"""Published rules for the learning rate and the batch: extras, each for its own set-up."""

from dataclasses import dataclass, field

from core.laws.about import About, Gives
from core.ops import Scalar


@dataclass(frozen=True, slots=True)
class PowerRule:
    """coefficient N^params D^tokens (C / unit)^compute.

    Attributes:
        coefficient: value where every factor is 1.
        params, tokens, compute: exponents; 0 where the rule does not depend on it.
        compute_unit_neflo: unit of C.
    """

    coefficient: float
    params: float = 0.0
    tokens: float = 0.0
    compute: float = 0.0
    compute_unit_neflo: float = 1.0

    def __call__(self, params: Scalar, tokens: Scalar, compute_neflo: Scalar) -> Scalar:
        """Its value, broadcast over the three."""
        in_units = (compute_neflo / self.compute_unit_neflo) ** self.compute
        return self.coefficient * params**self.params * tokens**self.tokens * in_units


@dataclass(frozen=True, slots=True)
class HyperparameterLaw:
    """Peak learning rate and batch for a training.

    Attributes:
        learning_rate: peak, for Adam; None where the source has no rule.
        batch_tokens: tokens a step; None likewise.
        about: source and ranges.
    """

    learning_rate: PowerRule | None
    batch_tokens: PowerRule | None
    about: About = field(default_factory=About)

    @property
    def gives(self) -> Gives:
        """Learning rate and batch only."""
        return Gives.HYPERPARAMETERS
