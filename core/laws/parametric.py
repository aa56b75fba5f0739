"""L(N, D) = E + A / N^alpha + B / D^beta (Hoffmann et al. 2022, arXiv 2203.15556, eq. 10).

Under C = 6 N D the best size has a closed form (eq. 4), with b = alpha beta / (alpha + beta):

    N* = G (C / 6)^(beta / (alpha + beta))      G = (alpha A / (beta B))^(1 / (alpha + beta))
    D* = (C / 6)^(alpha / (alpha + beta)) / G
    L* = E + (A G^-alpha + B G^beta) (C / 6)^-b

so the frontier is exactly the three-coefficient `FrontierLaw` that the planner walks along.
"""

from dataclasses import dataclass, field, replace

from core.laws.about import About, Gives, Optimum
from core.laws.frontier import FLO_PER_PARAM_TOKEN, FrontierLaw, Surface
from core.ops import Scalar

COEFFICIENTS = ("A", "B", "E", "alpha", "beta")


@dataclass(frozen=True, slots=True)
class ParametricLaw:
    """A loss in size and tokens.

    Attributes:
        E: loss that no size and no data goes below, nats per token.
        A, alpha: what the size is short of; N in parameters as `about` counts them.
        B, beta: what the data is short of; D in tokens.
        about: source and ranges; empty for a law that nobody has described yet.
        standard_errors: of A, B, E, alpha and beta; None where there are none.
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    about: About = field(default_factory=About)
    standard_errors: tuple[float, ...] | None = None

    @property
    def gives(self) -> Gives:
        """Loss and allocation."""
        return Gives.LOSS_AND_ALLOCATION

    @property
    def coefficients(self) -> dict[str, float]:
        """The five by name, in the order of `COEFFICIENTS`."""
        return {name: getattr(self, name) for name in COEFFICIENTS}

    @property
    def balance(self) -> Scalar:
        """G: N* = G^2 D* where alpha = beta."""
        ratio = (self.alpha * self.A) / (self.beta * self.B)
        return ratio ** (1 / (self.alpha + self.beta))

    @property
    def exponent_n(self) -> float:
        """How the optimal size grows with compute: beta / (alpha + beta)."""
        return self.beta / (self.alpha + self.beta)

    def loss(self, params: Scalar, tokens: Scalar) -> Scalar:
        """Nats per token at N and D, broadcast together."""
        return self.E + self.A * params**-self.alpha + self.B * tokens**-self.beta

    def optimum(self, compute_neflo: Scalar) -> Optimum:
        """The size, tokens and loss that 6 N D = ``compute_neflo`` buys at best, any shape."""
        product = compute_neflo / FLO_PER_PARAM_TOKEN
        params = self.balance * product**self.exponent_n
        seen = product / params
        return Optimum(params, seen, self.loss(params, seen))

    def params_at_tokens(self, tokens: Scalar) -> Scalar:
        """The size for which ``tokens`` is the optimal amount of data."""
        return self.balance * (self.balance * tokens) ** (self.beta / self.alpha)

    def frontier(self) -> FrontierLaw:
        """The same optimum as loss and size in compute, for the planner; exact."""
        about = self.about
        b = self.alpha * self.beta / (self.alpha + self.beta)
        a = self.A * self.balance**-self.alpha + self.B * self.balance**self.beta
        law = frontier_law(
            about,
            loss=(a * FLO_PER_PARAM_TOKEN**b, b, self.E),
            size=(self.balance * FLO_PER_PARAM_TOKEN**-self.exponent_n, self.exponent_n),
        )
        return replace(law, surface=Surface(self.E, self.A, self.B, self.alpha, self.beta))


def frontier_law(
    about: About,
    loss: tuple[float, float, float],
    size: tuple[float, float],
    compute_unit_neflo: float = 1.0,
) -> FrontierLaw:
    """A frontier without runs of its own, carrying what ``about`` says.

    Args:
        about: of the law that it follows from.
        loss: a, b and c.
        size: d and e; f is 0.
        compute_unit_neflo: unit of C.
    """
    a, b, c = loss
    d, e = size
    return FrontierLaw(
        id=about.id,
        name=about.name,
        short_name=about.short_name,
        a=a,
        b=b,
        c=c,
        d=d,
        e=e,
        f=0.0,
        compute_unit_neflo=compute_unit_neflo,
        family="decoder",
        params_counted=about.params_counted,
        tokens_per_step=about.tokens_per_step,
        vocab_size=about.vocab_size,
        vocab_source=about.vocab_source,
        params_range=about.params_range,
        compute_range_neflo=about.compute_range_neflo,
        n_runs=about.n_runs,
        runs_file=None,
        run_names=None,
        source=about.source,
        licence=about.licence,
        rounded=about.rounded,
        note=about.note,
    )
