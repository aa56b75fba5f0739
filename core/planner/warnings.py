"""What a plan must say about itself: ranges that it leaves, and by how much."""

import math

from core.families.counting import Counting
from core.families.transformer_xl import Shape
from core.laws.frontier import FrontierLaw
from core.messages import QT_TRANSLATE_NOOP, Message
from core.planner.path import Path
from core.quantities import format_duration, format_number, format_scientific

BELOW_TIP = QT_TRANSLATE_NOOP(
    "core",
    "Below the tipping point: {hours} is {factor} times less than the smallest sensible "
    "budget, {tip}. No smaller model is cheaper; the loss is a lower bound.",
)
BELOW_LAW = QT_TRANSLATE_NOOP(
    "core",
    "Below the law: its optimal size ends at {floor} neFLO, {factor} times more than "
    "{compute} neFLO; the loss is a lower bound.",
)
OUTSIDE = {
    ("parameters", True): QT_TRANSLATE_NOOP(
        "core",
        "Outside the runs: {value} parameters are {factor} times above the largest of the runs "
        "({low} to {high}). Decades of extrapolation: {decades}.",
    ),
    ("parameters", False): QT_TRANSLATE_NOOP(
        "core",
        "Outside the runs: {value} parameters are {factor} times below the smallest of the runs "
        "({low} to {high}). Decades of extrapolation: {decades}.",
    ),
    ("neFLO", True): QT_TRANSLATE_NOOP(
        "core",
        "Outside the runs: {value} neFLO are {factor} times above the largest of the runs "
        "({low} to {high}). Decades of extrapolation: {decades}.",
    ),
    ("neFLO", False): QT_TRANSLATE_NOOP(
        "core",
        "Outside the runs: {value} neFLO are {factor} times below the smallest of the runs "
        "({low} to {high}). Decades of extrapolation: {decades}.",
    ),
}
WORSE_THAN_GUESSING = QT_TRANSLATE_NOOP(
    "core",
    "Meaningless loss: {loss} is worse than guessing every token alike ({limit} nats with a "
    "vocabulary of {vocab}).",
)
LESS_THAN_A_STEP = QT_TRANSLATE_NOOP(
    "core", "Too short to train: the plan is {steps} of one step of {tokens} tokens."
)
COARSE_SHAPE = {
    "wide": QT_TRANSLATE_NOOP(
        "core",
        "No such shape: widths are multiples of 8, and the wide shape has {actual} parameters "
        "instead of {wanted}.",
    ),
    "narrow": QT_TRANSLATE_NOOP(
        "core",
        "No such shape: widths are multiples of 8, and the narrow shape has {actual} parameters "
        "instead of {wanted}.",
    ),
}
DIRTY_GRID = QT_TRANSLATE_NOOP(
    "core",
    "No such grid: {carbon} kg/kWh is more than the dirtiest power station emits (about "
    "{most}). Were grams meant?",
)
_MOST_CARBON = (
    1.5  # kg CO2e/kWh; lignite has 1.0 to 1.3 (IPCC 2014, AR5 WG3 annex III, table A.III.2)
)
COUNTED_OTHERWISE = QT_TRANSLATE_NOOP(
    "core",
    "Counted otherwise: the sizes of this law are {counted}; shapes and speed are worked out as "
    "if they were non-embedding.",
)
_COARSE = math.log(1.25)


def plan_warnings(
    path: Path,
    ln_width: float,
    hours: float,
    compute: float,
    params: float,
    loss: float,
    steps: float,
    shapes: tuple[Shape, ...],
    carbon: float,
) -> tuple[Message, ...]:
    """Every range that the plan leaves, worst news first; empty for a plan inside all."""
    law = path.law
    found: list[Message] = []
    if law.vocab_size is not None and loss > math.log(law.vocab_size):
        found.append(guessing(loss, law.vocab_size))
    if ln_width < path.floor * (1 - 1e-12):
        found.append(_below(path, hours, compute))
    found += outside_the_runs(law, params, compute)
    if steps < 1:
        found.append(less_than_a_step(steps, law.tokens_per_step))
    for shape in shapes:
        if abs(math.log(shape.non_embedding_params / params)) > _COARSE:
            parts = {
                "actual": format_number(shape.non_embedding_params, 3),
                "wanted": format_number(params, 3),
            }
            found.append(Message("coarse_shape", COARSE_SHAPE[shape.role], parts))
    if law.params_counted != Counting.NON_EMBEDDING:
        parts = {"counted": law.params_counted}
        found.append(Message("counted_otherwise", COUNTED_OTHERWISE, parts))
    return (*found, *dirty_grid(carbon))


def outside_the_runs(law: FrontierLaw, params: float, compute: float) -> list[Message]:
    """What of a plan lies outside of the runs that the law was fitted to, furthest first."""
    left = [
        _outside(what, value, ends)
        for what, value, ends in (
            ("parameters", params, law.params_range),
            ("neFLO", compute, law.compute_range_neflo),
        )
        if ends is not None and not ends[0] <= value <= ends[1]
    ]
    return sorted(left, key=lambda message: -float(message.parts["decades"]))


def less_than_a_step(steps: float, tokens_per_step: int) -> Message:
    """A budget that is over before the first step."""
    parts = {"steps": format_number(steps, 3), "tokens": f"{tokens_per_step:,}"}
    return Message("less_than_a_step", LESS_THAN_A_STEP, parts)


def dirty_grid(carbon: float) -> tuple[Message, ...]:
    """A grid that cannot be: grams for kilograms."""
    if carbon <= _MOST_CARBON:
        return ()
    parts = {"carbon": format_number(carbon), "most": format_number(_MOST_CARBON)}
    return (Message("dirty_grid", DIRTY_GRID, parts),)


def _below(path: Path, hours: float, compute: float) -> Message:
    if path.tips:
        tip = math.exp(path.floor_time) / 3600
        parts = {
            "hours": format_duration(hours),
            "factor": format_number(tip / hours, 3),
            "tip": format_duration(tip),
        }
        return Message("below_tipping_point", BELOW_TIP, parts)
    floor = math.exp(path.floor_ln_compute)
    parts = {
        "compute": format_scientific(compute),
        "factor": format_number(floor / compute, 3),
        "floor": format_scientific(floor),
    }
    return Message("below_law", BELOW_LAW, parts)


def _outside(what: str, value: float, ends: tuple[float, float]) -> Message:
    above = value > ends[1]
    factor = value / ends[1] if above else ends[0] / value
    parts = {
        "value": format_scientific(value) if value >= 1e4 else format_number(value, 3),
        "factor": format_number(factor, 3),
        "low": format_scientific(ends[0], 2),
        "high": format_scientific(ends[1], 2),
        "decades": format_number(round(math.log10(factor), 1), 3),
    }
    return Message(f"outside_{what}", OUTSIDE[what, above], parts)


def guessing(loss: float, vocab_size: int) -> Message:
    """A loss that needs no model."""
    parts = {
        "loss": format_number(loss, 4),
        "limit": format_number(math.log(vocab_size), 4),
        "vocab": f"{vocab_size:,}",
    }
    return Message("worse_than_guessing", WORSE_THAN_GUESSING, parts)
