"""Laws that say how to split a budget between size and tokens, and nothing about the loss."""

from dataclasses import dataclass, field

import numpy as np

from core.laws.about import About, Gives, Optimum
from core.laws.frontier import FLO_PER_PARAM_TOKEN
from core.ops import FloatArray, Scalar


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """coefficient x^exponent."""

    coefficient: float
    exponent: float

    def __call__(self, x: Scalar) -> Scalar:
        """Its value at ``x``, any shape."""
        return self.coefficient * x**self.exponent


@dataclass(frozen=True, slots=True)
class AllocationLaw:
    """Size or tokens as power laws of the compute; at least one of the three is there.

    Attributes:
        params: N*(C).
        flops_per_token: M*(C), DeepSeek's measure of size; N = M / 6.
        tokens: D*(C).
        about: source and ranges.

    What is not printed follows from C = 6 N D.
    """

    params: PowerLaw | None
    flops_per_token: PowerLaw | None
    tokens: PowerLaw | None
    about: About = field(default_factory=About)

    @property
    def gives(self) -> Gives:
        """Allocation only."""
        return Gives.ALLOCATION

    def optimum(self, compute_neflo: Scalar) -> Optimum:
        """Size and tokens for ``compute_neflo``, any shape; no loss."""
        product = compute_neflo / FLO_PER_PARAM_TOKEN
        seen = None if self.tokens is None else self.tokens(compute_neflo)
        if self.params is not None:
            size = self.params(compute_neflo)
        elif self.flops_per_token is not None:
            size = self.flops_per_token(compute_neflo) / FLO_PER_PARAM_TOKEN
        else:
            size = product / seen
        return Optimum(size, product / size if seen is None else seen, None)


@dataclass(frozen=True, slots=True)
class TableLaw:
    """A printed table of budgets; between its rows straight lines in log-log.

    Beyond its ends the first or last line goes on; `compare` says so.

    Attributes:
        rows: (compute, params, tokens), the compute increasing; at least two.
        about: source and ranges.
    """

    rows: tuple[tuple[float, float, float], ...]
    about: About = field(default_factory=About)

    @property
    def gives(self) -> Gives:
        """Allocation only."""
        return Gives.ALLOCATION

    def optimum(self, compute_neflo: Scalar) -> Optimum:
        """Size and tokens for ``compute_neflo``, any shape; no loss."""
        compute, params, tokens = np.log(np.array(self.rows)).T
        x = np.log(compute_neflo)
        row = np.clip(np.searchsorted(compute, x, side="right") - 1, 0, compute.size - 2)
        along = (x - compute[row]) / (compute[row + 1] - compute[row])

        def between(column: FloatArray) -> Scalar:
            return np.exp(column[row] + along * (column[row + 1] - column[row]))

        return Optimum(between(params), between(tokens), None)
