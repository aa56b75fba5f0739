"""What every law says about itself, whatever its formula."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from core.families.counting import Counting
from core.ops import Scalar

Range = tuple[float, float]

# the batch of GPT-3's sizes up to 760 M (Brown et al. 2020, arXiv 2005.14165, table 2.1)
DEFAULT_TOKENS_PER_STEP = 500_000


class Gives(StrEnum):
    """What a law can be asked for; the value is its label."""

    LOSS_AND_ALLOCATION = "loss and allocation"
    ALLOCATION = "allocation only"
    LOSS = "loss only"
    OVER_TRAINING = "over-training only"
    HYPERPARAMETERS = "learning rate and batch only"


class Optimum(NamedTuple):
    """How a law spends a budget; three numbers, or three arrays of one shape.

    Attributes:
        params: optimal size N, as the law counts it.
        tokens: tokens D to train it on.
        loss: nats per token there; None where the law gives none.
    """

    params: Scalar
    tokens: Scalar
    loss: Scalar | None


@dataclass(frozen=True, slots=True)
class About:
    """Where a law comes from, what it counts, and what it was fitted on.

    Attributes:
        id: name in files and options.
        name: for people; ``short_name`` for a narrow list.
        params_counted: what N includes, in words.
        counting: the same for the converter; None where the source does not say.
        params_range, tokens_range, compute_range_neflo: smallest and largest of the runs
            behind the law; None where the source does not say.
        n_runs: how many runs; None likewise.
        vocab_size: of the runs' tokeniser; None where it is not known.
        vocab_source: where that number is from.
        tokens_per_step: batch that a plan's steps are counted in.
        tokens_per_step_source: why that batch.
        rounded: whether the coefficients were rounded in print so far that it shows.
        paper, equation, arxiv: where they are printed.
        licence: of the coefficients or of the data behind them.
        note: what a reader must know before trusting it.
    """

    id: str = ""
    name: str = ""
    short_name: str = ""
    params_counted: str = ""
    counting: Counting | None = None
    params_range: Range | None = None
    tokens_range: Range | None = None
    compute_range_neflo: Range | None = None
    n_runs: int | None = None
    vocab_size: int | None = None
    vocab_source: str = ""
    tokens_per_step: int = DEFAULT_TOKENS_PER_STEP
    tokens_per_step_source: str = "batch of GPT-3 up to 760 M (Brown et al. 2020, table 2.1)"
    rounded: bool = False
    paper: str = ""
    equation: str = ""
    arxiv: str = ""
    licence: str = ""
    note: str = ""

    @property
    def source(self) -> str:
        """Paper, arXiv number and equation in one line."""
        place = f" (arXiv {self.arxiv})" if self.arxiv else ""
        where = f", {self.equation}" if self.equation else ""
        return f"{self.paper}{place}{where}"
