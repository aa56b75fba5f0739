"""The loss-compute frontier with its optimal size (T. Le Scao 2020; approach 1).

    loss   = a (C / unit)^-b + c
    params = d (C / unit)^e + f

Both hold at the compute-optimal size only. The size law fails where f is negative and C
small (no parameters left) or where a size below f is asked for; callers stay above
`floor_compute`, below which the law is not used.
"""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from core.ops import SCALAR, Ops, Scalar

FLO_PER_PARAM_TOKEN = 6  # forward 2, backward 4 (Kaplan et al. 2020, section 2.1)
_LEAST_PARAMS = 1000.0


class Surface(NamedTuple):
    """L(N, D) = E + A / N^alpha + B / D^beta (Hoffmann et al. 2022, eq. 10)."""

    e: float
    a: float
    b: float
    alpha: float
    beta: float

    def loss(self, params: Scalar, tokens: Scalar) -> Scalar:
        """Nats per token, broadcast."""
        return self.e + self.a * params**-self.alpha + self.b * tokens**-self.beta


@dataclass(frozen=True, slots=True)
class FrontierLaw:
    """Coefficients, what they were fitted on, and where they come from.

    Attributes:
        a, b, c: frontier; c is the loss that no compute goes below, nats per token.
        d, e, f: optimal size; parameters.
        compute_unit_neflo: unit of C in both formulas.
        family: id of the model family whose sizes these are.
        params_counted: what a parameter count includes.
        tokens_per_step: batch of the runs, tokens.
        vocab_size: ln(vocab_size) is the loss of guessing uniformly; None where not known.
        params_range, compute_range_neflo: smallest and largest of the runs; None where the
            source does not say.
        n_runs: None likewise.
        runs_file: shipped table of the runs; None for a law without one.
        rounded: whether the coefficients were rounded in print so far that it shows.
        note: what a reader must know before trusting it.
        surface: the loss at any size and tokens, where the law knows more than its frontier.
        repetition: R_D* and R_N*, what repeated tokens and excess parameters are worth
            (Muennighoff et al. 2023), where the law knows.
        cloud: the same law with (resamples,) arrays for coefficients: how sure it is.
        cloud_level: coverage of the intervals that are made of the cloud.
    """

    id: str
    name: str
    short_name: str
    a: float
    b: float
    c: float
    d: float
    e: float
    f: float
    compute_unit_neflo: float
    family: str
    params_counted: str
    tokens_per_step: int
    vocab_size: int | None
    vocab_source: str
    params_range: tuple[float, float] | None
    compute_range_neflo: tuple[float, float] | None
    n_runs: int | None
    runs_file: str | None
    run_names: tuple[str, ...] | None
    source: str
    licence: str
    rounded: bool = False
    note: str = ""
    surface: "Surface | None" = field(default=None, compare=False)
    repetition: tuple[float, float] | None = field(default=None, compare=False)
    cloud: "FrontierLaw | None" = field(default=None, compare=False, repr=False)
    cloud_level: float | None = field(default=None, compare=False)

    def loss(self, compute_neflo: Scalar) -> Scalar:
        """Validation loss at the optimal size, nats per token."""
        return self.a * (compute_neflo / self.compute_unit_neflo) ** -self.b + self.c

    def compute_at_loss(self, loss: Scalar) -> Scalar:
        """Compute (neFLO) that reaches ``loss`` (> c) at the optimal size."""
        return self.compute_unit_neflo * (self.a / (loss - self.c)) ** (1 / self.b)

    def params(self, compute_neflo: Scalar) -> Scalar:
        """Optimal non-embedding parameters; meant for compute from `floor_compute` up."""
        return self.d * (compute_neflo / self.compute_unit_neflo) ** self.e + self.f

    def ln_compute_at_params(self, params: Scalar, ops: Ops = SCALAR) -> Scalar:
        """Natural log of the neFLO at which ``params`` (> f) is the optimal size."""
        return ops.log((params - self.f) / self.d) / self.e + math.log(self.compute_unit_neflo)

    def compute_elasticity(self, params: Scalar) -> Scalar:
        """Elasticity d ln(compute) / d ln(params) along the size law."""
        return params / (self.e * (params - self.f))

    @property
    def floor_compute(self) -> float:
        """The least compute at which the size law is used, neFLO.

        With f < 0 the law reaches zero parameters: it is left at a tenth of the smallest run.
        With f > 0 it levels out at f, where the compute says nothing about the size any more:
        it is left a thousandth above. A power law (f = 0) has no such end and is followed down
        to a thousand parameters.
        """
        if self.f > 0:
            lowest = 1.001 * self.f
        elif self.f < 0 and self.params_range is not None:
            lowest = self.params_range[0] / 10
        else:
            lowest = _LEAST_PARAMS
        return math.exp(self.ln_compute_at_params(lowest))


def tokens(params: Scalar, compute_neflo: Scalar) -> Scalar:
    """Tokens seen, from C = 6 N D (Kaplan et al. 2020, section 2.1)."""
    return compute_neflo / (FLO_PER_PARAM_TOKEN * params)
