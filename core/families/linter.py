"""What an awkward shape costs, from published cases, and the nearest shape that does not.

Tensor cores work on tiles: a matrix whose sides are not multiples of the tile computes padding,
or falls to a slower kernel (NVIDIA, Matrix Multiplication Background User's Guide, sections 2.2
and 3.1; Anthony et al. 2024, arXiv 2401.14489, "The Case for Co-Designing Model Architectures
with Hardware", whose better shapes train up to 39 % faster at the same size). BigScience are the
trials of 200 B models before BLOOM, bigscience-workshop/bigscience on GitHub,
train/tr11-176B-ml/chronicles-prequel.md: one cluster of A100s in 2022, without FlashAttention.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import ceil, lcm
from typing import Any

from core.families.architecture import Architecture
from core.families.sizing import HEAD_DIMS, width_step
from core.messages import QT_TRANSLATE_NOOP, Message

_EIGHT = 8  # 16 bytes of bf16
_TILE = 64  # 128 bytes of bf16
_LARGEST_HEAD = 256
_REACH = 0.25  # a suggestion further away is another model
_REACH_OF_HEADS = 1.0  # which hardly change its size

_HEAD_OF_EIGHTS = QT_TRANSLATE_NOOP(
    "core",
    "Heads of {head_dim} numbers, not a multiple of 8, miss the fast kernels: "
    "steps took 1.3 to 1.4 times as long in BigScience's trials (108 against 144 and 216).",
)
_HEAD_OF_TILES = QT_TRANSLATE_NOOP(
    "core",
    "Heads of {head_dim} numbers, not a multiple of 64, fill tensor-core tiles partly; "
    "better shapes of one size train up to 39 % faster (Anthony et al. 2024).",
)
_HEAD_TOO_WIDE = QT_TRANSLATE_NOOP(
    "core", "FlashAttention has no kernel for heads of {head_dim} numbers: 256 is its most."
)
_WIDTH = QT_TRANSLATE_NOOP(
    "core",
    "A width of {d_model} is not a multiple of {step}: BigScience went from 94 to 120 TFLOP/s "
    "(+27 %) by changing 14,400 to 13,824, with other heads.",
)
_FEED_FORWARD = QT_TRANSLATE_NOOP(
    "core",
    "A feed-forward width of {d_ff} is not a multiple of {step}: its matrices, most of the work, "
    "fill tensor-core tiles partly (Anthony et al. 2024).",
)
_VOCABULARY = QT_TRANSLATE_NOOP(
    "core",
    "A vocabulary of {vocab} is not a multiple of {step}: padding 50,257 to 50,304 sped up "
    "nanoGPT by about 25 %, and others by 4 to 10 %.",
)
_HEADS_SPLIT = QT_TRANSLATE_NOOP(
    "core", "{tp} tensor-parallel GPUs cannot share {n_heads} heads evenly: it will not run."
)
_KV_HEADS_SPLIT = QT_TRANSLATE_NOOP(
    "core",
    "{tp} tensor-parallel GPUs cannot share {n_kv_heads} heads of keys and values evenly: "
    "frameworks copy them or refuse.",
)
_STAGES = QT_TRANSLATE_NOOP(
    "core",
    "{pp} pipeline stages cannot share {n_layers} layers evenly: the fullest has {most}, "
    "and a GPU waits {waste} of the time on average.",
)


_ADVICE = QT_TRANSLATE_NOOP("core", "{field} = {value} would be friendly.")


@dataclass(frozen=True, slots=True)
class Finding:
    """One awkward number.

    Attributes:
        message: what it costs.
        advice: the change of one number that cures it and causes nothing else; None where
            none is near.
        field: the number to change, by its name in `Architecture`.
        value: its friendly value.
    """

    message: Message
    advice: Message | None = None
    field: str | None = None
    value: int | None = None


@dataclass(frozen=True, slots=True)
class _Layout:
    tp: int
    pp: int


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is wrong with a shape, if it is, and which values of which number to try instead."""

    check: Callable[[Architecture, _Layout], Message | None]
    field: str
    values: Callable[[Architecture, _Layout], Iterable[int]]


def lint(shape: Architecture, tp: int = 1, pp: int = 1) -> tuple[Message, ...]:
    """What is awkward about a whole shape, worst first; empty for a clean one.

    Args:
        shape: whole numbers; the vocabulary as it is trained, padding included.
        tp: tensor-parallel GPUs.
        pp: pipeline stages.
    """
    return tuple(finding.message for finding in findings(shape, tp, pp))


def findings(shape: Architecture, tp: int = 1, pp: int = 1) -> tuple[Finding, ...]:
    """`lint` with the nearest value that cures each finding.

    Args:
        shape: whole numbers; the vocabulary as it is trained, padding included.
        tp: tensor-parallel GPUs.
        pp: pipeline stages.
    """
    layout = _Layout(tp, pp)
    problems = _problems(shape, layout)
    return tuple(
        _finding(shape, layout, rule, message, {other.code for _, other in problems})
        for rule, message in problems
    )


def _problems(shape: Architecture, layout: _Layout) -> list[tuple[_Rule, Message]]:
    checked = ((rule, rule.check(shape, layout)) for rule in _RULES)
    return [(rule, message) for rule, message in checked if message is not None]


def _finding(
    shape: Architecture, layout: _Layout, rule: _Rule, message: Message, codes: set[str]
) -> Finding:
    now = int(getattr(shape, rule.field))
    reach = now * (_REACH_OF_HEADS if "heads" in rule.field else _REACH)
    near = (value for value in rule.values(shape, layout) if 0 < abs(value - now) <= reach)
    for value in sorted(near, key=lambda value: abs(value - now)):
        changed = replace(shape, **_changes(shape, rule.field, value))
        if changed.d_model % changed.n_heads or changed.n_heads % changed.n_kv_heads:
            continue
        if {other.code for _, other in _problems(changed, layout)} < codes:
            parts = {"field": rule.field, "value": f"{value:,}"}
            return Finding(message, Message("friendly", _ADVICE, parts), rule.field, value)
    return Finding(message)


def _changes(shape: Architecture, field: str, value: int) -> dict[str, Any]:
    """The change; heads of keys and values follow where they are not grouped."""
    if field == "n_heads" and shape.n_kv_heads == shape.n_heads:
        return {"n_heads": value, "n_kv_heads": value}
    return {field: value}


def _multiples(step: int, now: float) -> list[int]:
    """All around a value, as far as a suggestion may reach."""
    first, last = int(now * (1 - _REACH)) // step, ceil(now * (1 + _REACH) / step)
    return [step * times for times in range(max(first, 1), last + 1)]


def _divisors(number: float, step: int = 1) -> list[int]:
    return [part for part in range(step, int(number) + 1, step) if number % part == 0]


def _heads_split(shape: Architecture, layout: _Layout) -> Message | None:
    """Megatron-LM splits attention by heads (Shoeybi et al. 2019, arXiv 1909.08053, section 3)."""
    if shape.n_heads % layout.tp == 0:
        return None
    parts = {"tp": f"{layout.tp}", "n_heads": f"{shape.n_heads:,}"}
    return Message("heads_split", _HEADS_SPLIT, parts)


def _kv_heads_split(shape: Architecture, layout: _Layout) -> Message | None:
    """Likewise the heads of keys and values; said once where the query heads do not split."""
    if shape.n_kv_heads % layout.tp == 0 or shape.n_heads % layout.tp:
        return None
    parts = {"tp": f"{layout.tp}", "n_kv_heads": f"{shape.n_kv_heads:,}"}
    return Message("kv_heads_split", _KV_HEADS_SPLIT, parts)


def _head_width(shape: Architecture, _: _Layout) -> Message | None:
    """Heads of 64, 128, 192 or 256.

    BigScience, "Another round of NHEADS": 13,824 wide, 128 heads against 64 or 96, took 1.33 to
    1.44 times as long. FlashAttention's README has 256 as the most.
    """
    parts = {"head_dim": f"{shape.head_dim:.4g}"}
    if shape.head_dim % _EIGHT:
        return Message("head_dim_of_eights", _HEAD_OF_EIGHTS, parts)
    if shape.head_dim > _LARGEST_HEAD:
        return Message("head_dim_too_wide", _HEAD_TOO_WIDE, parts)
    if shape.head_dim % _TILE:
        return Message("head_dim_of_tiles", _HEAD_OF_TILES, parts)
    return None


def _width(shape: Architecture, _: _Layout) -> Message | None:
    """BigScience, "tile and wave quantization": TP 8, PP 10, one sequence, 94.39 to 120.05."""
    step = int(width_step(shape.d_model))
    if shape.d_model % step == 0:
        return None
    return Message("d_model", _WIDTH, {"d_model": f"{shape.d_model:,}", "step": f"{step}"})


def _feed_forward(shape: Architecture, layout: _Layout) -> Message | None:
    """NVIDIA's guide, section 2.2; Anthony et al. 2024 on SwiGLU, whose 8/3 d is seldom aligned."""
    step = _ff_step(shape, layout)
    if shape.d_ff % step == 0:
        return None
    return Message("d_ff", _FEED_FORWARD, {"d_ff": f"{shape.d_ff:,}", "step": f"{step:,}"})


def _ff_step(shape: Architecture, layout: _Layout) -> int:
    step = int(width_step(shape.d_model))
    return step if layout.tp == 1 else lcm(step, _TILE * layout.tp)


def _vocabulary(shape: Architecture, layout: _Layout) -> Message | None:
    """A. Karpathy in February 2023 (25 %), and two who measured it.

    RobertRiachi/nanoPALM, pull request 6 (4 %); LAION-AI/Open-Assistant, pull request 1979
    (10 %, multiples of 16, with padded sequences).
    """
    step = _TILE * layout.tp
    if shape.vocab % step == 0:
        return None
    return Message("vocab", _VOCABULARY, {"vocab": f"{shape.vocab:,}", "step": f"{step:,}"})


def _stages(shape: Architecture, layout: _Layout) -> Message | None:
    """BigScience, "Re-do": 78 layers on 12 stages waste GPUs."""
    if shape.n_layers % layout.pp == 0:
        return None
    most = ceil(shape.n_layers / layout.pp)
    parts = {
        "pp": f"{layout.pp}",
        "n_layers": f"{shape.n_layers:,}",
        "most": f"{most:,}",
        "waste": f"{100 * (1 - shape.n_layers / (layout.pp * most)):.0f} %",
    }
    return Message("stages", _STAGES, parts)


_RULES = (
    _Rule(_heads_split, "n_heads", lambda s, layout: _divisors(s.d_model, layout.tp)),
    _Rule(_kv_heads_split, "n_kv_heads", lambda s, layout: _divisors(s.n_heads, layout.tp)),
    _Rule(_head_width, "n_heads", lambda s, _: _heads_of(s)),
    _Rule(_width, "d_model", lambda s, _: _multiples(_TILE, s.d_model)),
    _Rule(_feed_forward, "d_ff", lambda s, layout: _multiples(_ff_step(s, layout), s.d_ff)),
    _Rule(_vocabulary, "vocab", lambda s, layout: _padded(s.vocab, _TILE * layout.tp)),
    _Rule(_stages, "n_layers", lambda s, layout: _multiples(layout.pp, s.n_layers)),
)


def _heads_of(shape: Architecture) -> list[int]:
    """Counts of heads of a friendly width that the heads of keys and values divide."""
    grouped = shape.n_kv_heads if shape.n_kv_heads != shape.n_heads else 1
    counts = [shape.d_model // width for width in HEAD_DIMS if shape.d_model % width == 0]
    return [heads for heads in counts if heads % grouped == 0]


def _padded(vocab: float, step: int) -> list[int]:
    """Padding only: tokens cannot be left out."""
    return [ceil(vocab / step) * step]
