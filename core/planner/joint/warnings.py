"""What a joint plan must say about itself."""

import math

from core.families.architecture import Architecture
from core.families.linter import findings
from core.laws.frontier import FLO_PER_PARAM_TOKEN
from core.memory import Memory, warnings_of
from core.messages import QT_TRANSLATE_NOOP, Message
from core.planner.joint.setting import Setting
from core.planner.joint.solve import Point
from core.planner.warnings import dirty_grid, guessing, less_than_a_step, outside_the_runs
from core.quantities import format_count, format_number
from core.speed.estimate import SpeedEstimate

MANY_EPOCHS = QT_TRANSLATE_NOOP(
    "core",
    "Repeated data: each of the {unique} tokens is seen {epochs} times. From about 4 on a "
    "repetition is worth much less than new data (Muennighoff et al. 2023).",
)
NO_SURFACE = QT_TRANSLATE_NOOP(
    "core",
    "This law only knows its own best sizes: neither the actual speed of a size, nor repeated "
    "data, nor use after training can move them.",
)
REPEATS_ASSUMED = QT_TRANSLATE_NOOP(
    "core",
    "This law was not fitted on repeated data: what a repetition is worth is taken from "
    "Muennighoff et al. 2023.",
)
BATCH_RAISED = QT_TRANSLATE_NOOP(
    "core",
    "The law's batch of {law} tokens has no sequence for each of {gpus} GPUs: {batch} tokens a "
    "step are assumed.",
)
TOO_LITTLE_DATA = QT_TRANSLATE_NOOP(
    "core",
    "The plan takes {tokens} tokens and there are {unique}: this law cannot tell what repeating "
    "them is worth, so the loss is a lower bound.",
)
FEW_STEPS = QT_TRANSLATE_NOOP(
    "core",
    "Only {steps} steps of {batch} tokens: no law was fitted on so few, and the loss is a lower "
    "bound.",
)
BEYOND_CRITICAL = QT_TRANSLATE_NOOP(
    "core",
    "A step of {batch} tokens is {factor} times the critical batch at this loss (Kaplan et al. "
    "2020, eq. 1.4): part of every step is wasted, and the loss is a lower bound.",
)
UNVERIFIED_DEVICE = QT_TRANSLATE_NOOP("core", "Not all figures of {gpu} are verified: {fields}.")
_ASSUMED_FRESH = 4.0
_FEW_STEPS = 1000.0
# B_crit(L) = B* L^(-1 / alpha_B), tokens; its loss is that of WebText2, so twice counts only
_CRITICAL_BATCH, _CRITICAL_EXPONENT, _CLEARLY = 2e8, 1 / 0.21, 2.0


def plan_warnings(
    setting: Setting,
    point: Point,
    speed: SpeedEstimate,
    memory: Memory,
    shapes: tuple[Architecture, ...],
    epochs: float,
    batch_tokens: float,
) -> tuple[Message, ...]:
    """Every range that the plan leaves, worst news first; empty for a plan inside all."""
    law, request = setting.law, setting.request
    steps = point.tokens / batch_tokens
    found: list[Message] = []
    if law.vocab_size is not None and point.loss > math.log(law.vocab_size):
        found.append(guessing(point.loss, law.vocab_size))
    compute = FLO_PER_PARAM_TOKEN * point.params * point.tokens
    found += outside_the_runs(law, point.params, compute)
    if steps < 1:
        found.append(less_than_a_step(steps, round(batch_tokens)))
    found += _batch(point, batch_tokens, steps)
    found += _data(setting, point, epochs)
    found += speed.warnings
    found += (message for message in warnings_of(memory, point.layout) if _new(message, speed))
    if setting.batch_raised:
        parts = {
            "law": f"{law.tokens_per_step:,}",
            "gpus": f"{request.n_gpus:,}",
            "batch": f"{setting.batch_tokens:,.0f}",
        }
        found.append(Message("batch_raised", BATCH_RAISED, parts))
    if setting.gpu.unverified_fields or not setting.gpu.verified:
        fields = setting.gpu.unverified_fields.replace("_", " ").replace(";", ", ") or "all"
        parts = {"gpu": setting.gpu.name, "fields": fields}
        found.append(Message("unverified_device", UNVERIFIED_DEVICE, parts))
    found += _splits(shapes, point)
    return (*found, *dirty_grid(setting.carbon))


def _batch(point: Point, batch_tokens: float, steps: float) -> list[Message]:
    """Steps so few or so large that no law holds there."""
    found: list[Message] = []
    batch = f"{batch_tokens:,.0f}"
    if 1 <= steps < _FEW_STEPS:
        parts = {"steps": format_number(steps, 3), "batch": batch}
        found.append(Message("few_steps", FEW_STEPS, parts))
    factor = batch_tokens / (_CRITICAL_BATCH * point.loss**-_CRITICAL_EXPONENT)
    if factor > _CLEARLY:
        parts = {"batch": batch, "factor": format_number(factor, 2)}
        found.append(Message("beyond_critical_batch", BEYOND_CRITICAL, parts))
    return found


def _splits(shapes: tuple[Architecture, ...], point: Point) -> list[Message]:
    """Shapes that the layout cannot share out."""
    layout = point.layout
    found = {
        str(finding.message): finding.message
        for shape in shapes
        for finding in findings(shape, layout.tp, layout.pp)
        if finding.field in ("tp", "pp", "n_heads", "n_kv_heads", "n_layers")
    }
    return list(found.values())


def _data(setting: Setting, point: Point, epochs: float) -> list[Message]:
    request, surface = setting.request, setting.surface
    unique = request.unique_tokens
    found: list[Message] = []
    if surface is None:
        found.append(Message("no_surface", NO_SURFACE))
        if unique is not None and point.tokens > unique:
            parts = {"tokens": format_count(point.tokens), "unique": format_count(unique)}
            found.insert(0, Message("too_little_data", TOO_LITTLE_DATA, parts))
    elif unique is not None and epochs > 1:
        if epochs > _ASSUMED_FRESH:
            parts = {"unique": format_count(unique), "epochs": format_number(epochs, 3)}
            found.append(Message("many_epochs", MANY_EPOCHS, parts))
        if setting.law.repetition is None:
            found.append(Message("repeats_assumed", REPEATS_ASSUMED))
    return found


def _new(message: Message, speed: SpeedEstimate) -> bool:
    """Whether the speed has not said so already."""
    return message.code not in {said.code for said in speed.warnings}
