"""Every law's answer to one budget, side by side: the spread is part of the honest answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.errors import InputError
from core.families.counting import Counting, Decoder
from core.laws.about import About, Gives, Optimum
from core.laws.allocation import AllocationLaw, TableLaw
from core.laws.data_constrained import DataConstrainedLaw
from core.laws.frontier import FrontierLaw, tokens
from core.laws.hyperparameters import HyperparameterLaw
from core.laws.kaplan import KaplanFrontier, KaplanLoss
from core.laws.overtraining import OverTrainingLaw
from core.laws.parametric import ParametricLaw
from core.laws.published import Law, law_id, library
from core.messages import Message
from core.quantities import check_positive, format_count, format_number

ROUNDED = "Rounded in print: {note}"
OUTSIDE = "Extrapolated by {decades} decades: its runs had {low} to {high} {what}."
BELOW = "No answer: this law has no size below {floor} FLOP."
REPEATS = "Repeats the data {epochs} times; this law takes every token for new."
NOT_CONVERTED = "Not converted: this law counts {counted}."
NO_ALLOCATION = "No size: this law gives {gives}."
_MOST_COMPUTE = 1e60
_NO_ANSWER = Optimum(None, None, None)


@dataclass(frozen=True, slots=True)
class LawRow:
    """What one law makes of the budget.

    Attributes:
        id, name, short_name: of the law.
        gives: loss, allocation or both; the others have no numbers here.
        params: N*, in the definition that ``params_counted`` states; None without allocation.
        tokens: D*, repetitions included.
        tokens_per_param: D* / N*, of those two.
        epochs: D* over the unique tokens; None where those were not given.
        loss: nats per token of the law's own data and vocabulary, so not to be compared
            between laws; None where the law gives none.
        params_counted: what ``params`` counts.
        rounded: whether the coefficients were rounded in print so far that it shows.
        source, licence, note: of the law.
        flags: what to know about this row, worst news first.
    """

    id: str
    name: str
    short_name: str
    gives: Gives
    params: float | None
    tokens: float | None
    tokens_per_param: float | None
    epochs: float | None
    loss: float | None
    params_counted: str
    rounded: bool
    source: str
    licence: str
    note: str
    flags: tuple[Message, ...]


@dataclass(frozen=True, slots=True)
class HyperparameterRow:
    """A published learning rate and batch for a training; None where the source has no rule."""

    id: str
    name: str
    learning_rate: float | None
    batch_tokens: float | None
    source: str
    note: str


def compare(
    compute_flops: float,
    unique_tokens: float | None = None,
    counting: Counting | None = None,
    decoder: Decoder | None = None,
    own: Sequence[FrontierLaw | ParametricLaw] = (),
) -> tuple[LawRow, ...]:
    """N*, D* and loss of every law at a budget.

    Args:
        compute_flops: training compute, each law's own C (6 N D for most).
        unique_tokens: different tokens that there are; None for ample data. Only the law of
            repeated data can use it, the others say how often they would repeat.
        counting: definition that every N is converted to; None leaves each as its law counts.
        decoder: shape rule for the conversion; the vocabulary is each law's own where known.
        own: a person's laws, put first.

    Returns:
        One row a law: own ones, then shipped ones that give an allocation, then the rest.

    Raises:
        InputError: a budget or an amount of data that is not positive, or out of any use.
    """
    check_positive(compute_flops, "compute_flops")
    if compute_flops > _MOST_COMPUTE:
        raise InputError("compute_flops", compute_flops, f"at most {_MOST_COMPUTE:g}")
    if unique_tokens is not None:
        check_positive(unique_tokens, "unique_tokens")
    shipped = [law for law in library().values() if not isinstance(law, HyperparameterLaw)]
    laws: list[Law] = [*own, *sorted(shipped, key=_order)]
    decoder = decoder or Decoder()
    return tuple(_row(law, compute_flops, unique_tokens, counting, decoder) for law in laws)


def hyperparameters(
    params: float, tokens: float, compute_flops: float
) -> tuple[HyperparameterRow, ...]:
    """Published learning rates and batches for a training; extras, each for its own set-up.

    Args:
        params: non-embedding parameters.
        tokens: to train on.
        compute_flops: of the whole training.

    Raises:
        InputError: one of them is not positive.
    """
    given = {"params": params, "tokens": tokens, "compute_flops": compute_flops}
    at = tuple(check_positive(value, name) for name, value in given.items())
    return tuple(
        HyperparameterRow(
            law.about.id,
            law.about.name,
            None if law.learning_rate is None else float(law.learning_rate(*at)),
            None if law.batch_tokens is None else float(law.batch_tokens(*at)),
            law.about.source,
            law.about.note,
        )
        for law in library().values()
        if isinstance(law, HyperparameterLaw)
    )


def _order(law: Law) -> tuple[bool, str]:
    return isinstance(law, KaplanLoss | OverTrainingLaw), law_id(law)


def _row(
    law: Law,
    compute: float,
    unique: float | None,
    counting: Counting | None,
    decoder: Decoder,
) -> LawRow:
    about = _about(law)
    found = _optimum(law, compute, unique)
    params = None if found.params is None else float(found.params)
    seen = None if found.tokens is None else float(found.tokens)
    flags = _flags(law, about, compute, params)
    counted = about.params_counted
    if params is not None and counting is not None and counting is not about.counting:
        if about.counting is None:
            flags.append(Message("not_converted", NOT_CONVERTED, {"counted": counted}))
        else:
            of_law = replace(decoder, vocab_size=about.vocab_size or decoder.vocab_size)
            params = float(of_law.convert(params, about.counting, counting))
            counted = counting.value
    epochs = None if unique is None or seen is None else seen / unique
    if epochs is not None and epochs > 1 and not isinstance(law, DataConstrainedLaw):
        parts = {"epochs": format_number(epochs, 3)}
        flags.append(Message("repeats", REPEATS, parts))
    return LawRow(
        id=about.id,
        name=about.name,
        short_name=about.short_name,
        gives=Gives.LOSS_AND_ALLOCATION if isinstance(law, FrontierLaw) else law.gives,
        params=params,
        tokens=seen,
        tokens_per_param=None if params is None or seen is None else seen / params,
        epochs=epochs,
        loss=None if found.loss is None else float(found.loss),
        params_counted=counted,
        rounded=about.rounded,
        source=about.source,
        licence=about.licence,
        note=about.note,
        flags=tuple(flags),
    )


def _optimum(law: Law, compute: float, unique: float | None) -> Optimum:
    match law:
        case FrontierLaw():
            if compute < law.floor_compute:
                return _NO_ANSWER
            params = law.params(compute)
            return Optimum(params, tokens(params, compute), law.loss(compute))
        case DataConstrainedLaw():
            return law.optimum(compute, unique)
        case ParametricLaw() | KaplanFrontier() | AllocationLaw() | TableLaw():
            return law.optimum(compute)
        case _:
            return _NO_ANSWER


def _flags(law: Law, about: About, compute: float, params: float | None) -> list[Message]:
    found: list[Message] = []
    if params is None and isinstance(law, FrontierLaw):
        found.append(Message("below_law", BELOW, {"floor": f"{law.floor_compute:.3g}"}))
    elif params is None and not isinstance(law, FrontierLaw):
        found.append(Message("no_allocation", NO_ALLOCATION, {"gives": law.gives.value}))
    for what, value, ends in (
        ("FLOP", compute, about.compute_range_neflo),
        ("parameters", params, about.params_range),
    ):
        if params is not None and value is not None and ends is not None:
            decades = max(math.log10(ends[0] / value), math.log10(value / ends[1]))
            if decades > 0:
                low, high = (format_count(end, 2) for end in ends)
                parts = {
                    "decades": format_number(decades, 2),
                    "what": what,
                    "low": low,
                    "high": high,
                }
                found.append(Message("extrapolated", OUTSIDE, parts))
    if about.rounded:
        found.append(Message("rounded", ROUNDED, {"note": about.note}))
    return found


def _about(law: Law) -> About:
    if not isinstance(law, FrontierLaw):
        return law.about
    counting = next((kind for kind in Counting if kind == law.params_counted), None)
    return About(
        id=law.id,
        name=law.name,
        short_name=law.short_name,
        params_counted=law.params_counted,
        counting=counting,
        params_range=law.params_range,
        compute_range_neflo=law.compute_range_neflo,
        vocab_size=law.vocab_size,
        rounded=law.rounded,
        paper=law.source,
        licence=law.licence,
        note=law.note,
    )
