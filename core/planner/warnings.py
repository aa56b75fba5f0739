"""What a plan must say about itself: ranges that it leaves, and by how much."""

import math

from core.families.transformer_xl import Shape
from core.laws.frontier import FrontierLaw
from core.messages import Message
from core.planner.path import Path
from core.quantities import format_duration, format_number, format_scientific

BELOW_TIP = (
    "Below the tipping point: {hours} is {factor} times less than the smallest sensible "
    "budget, {tip}. No smaller model is cheaper; the loss is a lower bound."
)
BELOW_LAW = (
    "Below the law: {compute} neFLO is {factor} times less than the {floor} neFLO down to "
    "which its size formula can be used; the loss is a lower bound."
)
OUTSIDE = (
    "Outside the runs: {value} {what} is {factor} times {side} of the runs ({low} to {high}). "
    "Extrapolated by {decades} decades."
)
WORSE_THAN_GUESSING = (
    "Meaningless loss: {loss} is worse than guessing every token alike ({limit} nats with a "
    "vocabulary of {vocab})."
)
LESS_THAN_A_STEP = "Too short to train: the plan is {steps} of one step of {tokens} tokens."
COARSE_SHAPE = (
    "No such shape: widths are multiples of 8, and the {role} shape has {actual} parameters "
    "instead of {wanted}."
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
) -> tuple[Message, ...]:
    """Every range that the plan leaves, worst news first; empty for a plan inside all."""
    law = path.law
    found: list[Message] = []
    if ln_width < path.floor * (1 - 1e-12):
        found.append(_below(path, hours, compute))
    if not law.params_range[0] <= params <= law.params_range[1]:
        found.append(_outside("parameters", params, law.params_range))
    if not law.compute_range_neflo[0] <= compute <= law.compute_range_neflo[1]:
        found.append(_outside("neFLO", compute, law.compute_range_neflo))
    if loss > math.log(law.vocab_size):
        found.append(_guessing(law, loss))
    if steps < 1:
        parts = {"steps": format_number(steps, 3), "tokens": f"{law.tokens_per_step:,}"}
        found.append(Message("less_than_a_step", LESS_THAN_A_STEP, parts))
    for shape in shapes:
        if abs(math.log(shape.non_embedding_params / params)) > _COARSE:
            parts = {
                "role": shape.role,
                "actual": format_number(shape.non_embedding_params, 3),
                "wanted": format_number(params, 3),
            }
            found.append(Message("coarse_shape", COARSE_SHAPE, parts))
    return tuple(found)


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
        "value": format_scientific(value),
        "what": what,
        "factor": format_number(factor, 3),
        "side": "above the largest" if above else "below the smallest",
        "low": format_scientific(ends[0], 2),
        "high": format_scientific(ends[1], 2),
        "decades": format_number(round(math.log10(factor), 1), 3),
    }
    return Message(f"outside_{what}", OUTSIDE, parts)


def _guessing(law: FrontierLaw, loss: float) -> Message:
    parts = {
        "loss": format_number(loss, 4),
        "limit": format_number(math.log(law.vocab_size), 4),
        "vocab": f"{law.vocab_size:,}",
    }
    return Message("worse_than_guessing", WORSE_THAN_GUESSING, parts)
