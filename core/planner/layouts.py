"""Every way to split a training over its GPUs, what fits of it, and which is how fast.

Searched are tensor, pipeline and virtual stages, ZeRO-1 against FSDP, recomputation and the
micro-batch. Plain data parallelism is not listed beside ZeRO-1: it sends the same and holds more.
Layouts that the model's errors cannot tell apart are ties: there is no one winner to announce.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from core.families.architecture import Architecture
from core.families.linter import findings
from core.memory import memory_of
from core.messages import QT_TRANSLATE_NOOP, Message
from core.ops import FloatArray
from core.planner.estimate import check_layout
from core.quantities import check_positive, format_number
from core.speed.roofline import on_its_card
from core.speed.stacks import Stack
from core.speed.stages import (
    RECOMPUTES,
    Layouts,
    StageCosts,
    fitted_stages,
    network_bytes_per_s,
    stage_costs,
    step_seconds,
)
from core.training import Setup, Sharding

_MICRO_BATCHES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_MOST_VIRTUAL = 8
_BATCH_WITHIN = 0.10  # of the wanted batch, where copies and micro-batches do not divide it
_WILL_NOT_RUN = "heads_split"
_MAY_NOT_RUN = "kv_heads_split"  # frameworks copy heads of keys and values, or refuse
_REPEATS = 5  # per cent between two runs of one layout, the median of BigScience's

_TIES = QT_TRANSLATE_NOOP(
    "core",
    "{count} layouts are within {band} % of the fastest: a tie. That is what nine in ten "
    "predictions of published layouts stay within, and {repeats} % is what two runs of one layout "
    "differ by. Measure them.",
)
_ONE_WINNER = QT_TRANSLATE_NOOP(
    "core",
    "No other layout is within {band} % of the fastest, the error that nine in ten predictions of "
    "published layouts stay within.",
)
_ONE_CLUSTER = QT_TRANSLATE_NOOP(
    "core",
    "The constants rest on {count} published layouts ({source}); how well such constants rank was "
    "measured on one cluster with one program (BigScience 2022).",
)
_BORROWED = QT_TRANSLATE_NOOP(
    "core",
    "Nobody has published layouts of {stack}: the fixed cost of a layer is that of others "
    "({source}), so take the order as rough.",
)
_MEASURED_HERE = QT_TRANSLATE_NOOP(
    "core",
    "Compute, kernel starts and optimizer are those of {stack}. Links, which one device cannot "
    "measure, are those of others ({source}), so take the order as rough.",
)
_NONE_FITS = QT_TRANSLATE_NOOP(
    "core",
    "None of {count} layouts fits {n_gpus} x {gpu}: more GPUs, a smaller model or a shorter "
    "context would help.",
)
_NO_SPLIT = QT_TRANSLATE_NOOP(
    "core",
    "No layout gives a batch of {batch} sequences on {n_gpus} GPUs within {within} %: every copy "
    "needs at least one sequence.",
)


@dataclass(frozen=True, slots=True)
class RankedLayout:
    """One way to split the training.

    Attributes:
        setup: GPUs, layout and batch.
        step_s: predicted seconds of an optimizer step.
        tokens_per_s_per_gpu: the same as speed.
        fill: memory of the fullest GPU over the device's.
        slower: time of a token over the fastest layout's, less one.
        is_tie: whether the model cannot tell it from the fastest.
    """

    setup: Setup
    step_s: float
    tokens_per_s_per_gpu: float
    fill: float
    slower: float
    is_tie: bool


@dataclass(frozen=True, slots=True)
class Ranking:
    """The fastest variant of every split into ranks and shares that fits, fastest first.

    Attributes:
        arch, stack: what is trained, and with which program.
        layouts: may be empty.
        costs: the program's constants.
        batch: wanted sequences of a step.
        band: how far apart two layouts must be to be told apart.
        node_gb_s: network of a machine, 1e9 bytes a second in one direction.
        n_searched, n_fit: layouts looked at, and those of them that fit.
        messages: how sure the order is.
    """

    arch: Architecture
    stack: Stack
    layouts: tuple[RankedLayout, ...]
    costs: StageCosts
    batch: float
    band: float
    node_gb_s: float
    n_searched: int
    n_fit: int
    messages: tuple[Message, ...]

    @property
    def ties(self) -> tuple[RankedLayout, ...]:
        """The fastest layout and those that cannot be told from it."""
        return tuple(layout for layout in self.layouts if layout.is_tie)


def tie_band() -> float:
    """What nine in ten held-out predictions between layouts of one model stay within: 0.12."""
    p90 = float(fitted_stages()["held_out"]["between layouts of one model"]["p90"])
    return round(p90 / 100, 2)


def rank_layouts(
    arch: Architecture,
    setup: Setup,
    stack: Stack,
    batch: float,
    node_gb_s: float | None = None,
) -> Ranking:
    """Every layout of a training that fits, fastest first.

    Args:
        arch: one model.
        setup: GPUs, machines, precision and context parallelism; the rest is searched.
        stack: the training program.
        batch: sequences of an optimizer step on all GPUs; layouts come within 10 % of it.
        node_gb_s: network of a machine; `network_bytes_per_s` where None.

    Raises:
        InputError: GPUs that context parallelism does not divide, or numbers that are not
            positive.
    """
    check_positive(batch, "global_batch")
    bare = replace(setup, tp=1, pp=1, vp=1, micro_batch=1, grad_accum=1, sharding=Sharding.NONE)
    check_layout(arch, bare)
    node = network_bytes_per_s(on_its_card(bare, stack)) / 1e9 if node_gb_s is None else node_gb_s
    check_positive(node, "node_gb_s")
    found = _Candidates()
    for candidate, micro, accum in _splits(arch, bare, batch):
        found.add(arch, candidate, micro, accum)
    ranked: tuple[RankedLayout, ...] = ()
    if found.setups:
        ranked = _ranked(arch, bare, stack, found, node)
    costs = stage_costs(arch, bare, stack)
    messages = _messages(arch, ranked, found.searched, bare, stack, costs, batch)
    fit = len(found.setups)
    return Ranking(
        arch, stack, ranked, costs, batch, tie_band(), node, found.searched, fit, messages
    )


class _Candidates:
    """Layouts that fit, as rows of an array."""

    def __init__(self) -> None:
        self.setups: list[Setup] = []
        self.fills: list[float] = []
        self.searched = 0

    def add(self, arch: Architecture, setup: Setup, micro: FloatArray, accum: FloatArray) -> None:
        """Take in what fits of a split with many micro-batches."""
        self.searched += len(micro)
        memory = memory_of(arch, replace(setup, micro_batch=micro, grad_accum=accum))
        fills = np.broadcast_to(memory.fill(setup.gpu), micro.shape)
        for place in np.flatnonzero(np.broadcast_to(memory.fits(setup.gpu), micro.shape)):
            sizes = int(micro[place]), int(accum[place])
            self.setups.append(replace(setup, micro_batch=sizes[0], grad_accum=sizes[1]))
            self.fills.append(float(fills[place]))


def _splits(
    arch: Architecture, bare: Setup, batch: float
) -> Iterator[tuple[Setup, FloatArray, FloatArray]]:
    beside = min(bare.gpus_per_node, bare.n_gpus)
    most = int(min(bare.n_gpus, arch.n_layers))
    for tp, pp in product(range(1, beside + 1), range(1, most + 1)):
        ranks = tp * pp * bare.cp
        if beside % tp or bare.n_gpus % ranks or not _runs(arch, tp, pp):
            continue
        dp = bare.n_gpus // ranks
        micro, accum = _batches(batch, dp)
        for vp in _virtual_stages(arch, pp):
            # an interleaved schedule goes round in as many micro-batches as there are stages
            usable = (accum % pp == 0) | (vp == 1)
            if not usable.any():
                continue
            shardings = (Sharding.NONE,) if dp == 1 else (Sharding.ZERO1, Sharding.FSDP)
            for sharding, recompute in product(shardings, RECOMPUTES):
                split = replace(bare, tp=tp, pp=pp, vp=vp, sharding=sharding, recompute=recompute)
                yield split, micro[usable], accum[usable]


def _runs(arch: Architecture, tp: int, pp: int) -> bool:
    """Whether ranks have whole heads and every stage has a layer; uneven stages run."""
    stages_used = math.ceil(arch.n_layers / math.ceil(arch.n_layers / pp))
    return stages_used == pp and _WILL_NOT_RUN not in _findings(arch, tp)


def _findings(arch: Architecture, tp: int) -> dict[str, Message]:
    return {finding.message.code: finding.message for finding in findings(arch, tp)}


def _batches(batch: float, dp: int) -> tuple[FloatArray, FloatArray]:
    """Micro-batches and how many of them come near the batch."""
    micro = np.array(_MICRO_BATCHES, dtype=np.float64)
    accum = np.maximum(1.0, np.round(batch / dp / micro))
    near = np.abs(micro * accum * dp / batch - 1) <= _BATCH_WITHIN
    return micro[near], accum[near]


def _virtual_stages(arch: Architecture, pp: int) -> list[int]:
    if pp == 1 or arch.n_layers % pp:
        return [1]
    return [v for v in _divisors(int(arch.n_layers) // pp) if v <= _MOST_VIRTUAL]


def _divisors(number: int) -> list[int]:
    return [part for part in range(1, number + 1) if number % part == 0]


def _ranked(
    arch: Architecture, bare: Setup, stack: Stack, found: _Candidates, node: float
) -> tuple[RankedLayout, ...]:
    setups = found.setups
    numbers = np.array(
        [(s.tp, s.pp, s.vp, s.dp, s.micro_batch, s.grad_accum) for s in setups], dtype=np.float64
    ).T
    layouts = Layouts(
        tp=numbers[0],
        pp=numbers[1],
        vp=numbers[2],
        dp=numbers[3],
        micro_batch=numbers[4],
        n_micro=numbers[5],
        recompute=np.array([RECOMPUTES.index(s.recompute) for s in setups]),
        sharded=np.array([s.sharding is Sharding.FSDP for s in setups]),
    )
    step = step_seconds(arch, bare, layouts, stack, node)
    sequences = layouts.dp * layouts.micro_batch * layouts.n_micro
    rate = sequences * arch.seq_len / step / bare.n_gpus
    best: dict[tuple[int, int, Sharding], int] = {}
    for place in np.argsort(-rate, kind="stable"):
        chosen = setups[place]
        best.setdefault((chosen.tp, chosen.pp, chosen.sharding), int(place))
    fastest, band = float(rate.max()), tie_band()
    return tuple(
        RankedLayout(
            setup=setups[place],
            step_s=float(step[place]),
            tokens_per_s_per_gpu=float(rate[place]),
            fill=found.fills[place],
            slower=fastest / float(rate[place]) - 1,
            is_tie=round(fastest / float(rate[place]) - 1, 2) <= band,  # as it is shown
        )
        for place in best.values()
    )


def _messages(
    arch: Architecture,
    ranked: tuple[RankedLayout, ...],
    searched: int,
    bare: Setup,
    stack: Stack,
    costs: StageCosts,
    batch: float,
) -> tuple[Message, ...]:
    gpus = {"n_gpus": f"{bare.n_gpus:,}", "gpu": bare.gpu.name}
    if not searched:
        parts = {
            "batch": format_number(batch, 3),
            "n_gpus": f"{bare.n_gpus:,}",
            "within": f"{100 * _BATCH_WITHIN:.0f}",
        }
        return (Message("no_split", _NO_SPLIT, parts),)
    if not ranked:
        return (Message("none_fits", _NONE_FITS, {"count": f"{searched:,}", **gpus}),)
    count = sum(layout.is_tie for layout in ranked)
    shown = {"band": f"{100 * tie_band():.0f}"}
    told = Message("one_layout", _ONE_WINNER, shown)
    if count > 1:
        parts = {**shown, "count": f"{count:,}", "repeats": f"{_REPEATS}"}
        told = Message("tied_layouts", _TIES, parts)
    copied = [_findings(arch, layout.setup.tp) for layout in ranked if layout.is_tie]
    refused = tuple(found[_MAY_NOT_RUN] for found in copied if _MAY_NOT_RUN in found)[:1]
    if costs.n_layouts:
        parts = {"count": f"{costs.n_layouts:,}", "source": costs.source}
        return (told, Message("one_cluster", _ONE_CLUSTER, parts), *refused)
    parts = {"stack": stack.name, "source": costs.source}
    if stack.calibrated is not None:
        return (told, Message("measured_here", _MEASURED_HERE, parts), *refused)
    return (told, Message("borrowed_costs", _BORROWED, parts), *refused)
