"""Seconds of a step by how a model is split over GPUs: what ranks layouts.

    step = (m + (p - 1)/v) [max over stages of l (phi c + r/share + tau) + phi h, + gathers + g]
           + sync + u

m micro-batches of a step on p stages of which each holds v chunks (Narayanan et al. 2021, arXiv
2104.04473, section 2.2); l layers of a stage, L/p rounded up; c and h the roofline's compute of a
layer and of the head, which the last stage has; r the all-reduces of tensor parallelism at the
links' peak; tau what a layer and micro-batch cost whatever their size. On a calibrated device c
and h are the measured ones, tau is the measured start of a layer's kernels, as far as the host
does not run ahead (`core.speed.calibrated.joined`), g the start of a step and the gradients of a
stage's parameters, u its optimizer; elsewhere g and u are 0. The smooth form of
`core.speed.roofline` gives the level of a speed and must not rank layouts. Constants and how well
they rank: `core.speed.stage_fit`. Not seen: alignment of shapes, sends between stages, load, and
memory that a CPU asks for anew.
"""

import json
import math
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

import resources
from core.families.architecture import Architecture, Recompute
from core.hardware.devices import find_device
from core.ops import FloatArray, Scalar
from core.speed.calibrated import joined
from core.speed.constants import (
    RACK,
    constants,
    link_bytes_per_s,
    node_bytes_per_s,
    spans_racks,
)
from core.speed.roofline import on_its_card, time_parts
from core.speed.stacks import Stack, stacks
from core.training import Setup, Sharding

FILE = "speed/stages.json"
RECOMPUTES = tuple(Recompute)
_PARTS = ("matmul", "attention", "layers_memory", "logits")
_GATHER_BYTES = 8.0  # a parameter and micro-batch: bf16 weights twice, fp32 gradients
_SYNC_BYTES = 4.0  # a parameter and step: 16-bit gradients out, weights back
_FUSED, _EAGER = "nemo", "bigscience"  # whose tau stands for stacks without measured layouts
_EAGER_STACKS = ("hf-eager", "gpt-neox", "deepspeed")
# published figures were mostly measured with micro-batches of this many tokens
_USUAL_TOKENS = 16_384
_MOST_FIXED = 0.2  # tau's share of a layer at that size: that of the measured Llama 3 70B
_TP_SHARE = 0.35  # of the links' peak, BigScience 2022 and Megatron-LM 2021 before overlapping


@dataclass(frozen=True, slots=True)
class StageCosts:
    """What a training program adds to the roofline's compute.

    Attributes:
        phi: time of the compute over the roofline's.
        tau_s: seconds a layer and micro-batch, forward, backward and recomputation.
        tp_share: share of the links' peak that tensor parallelism's all-reduces reach.
        sync_times: time of the gradients' way over that at the network's peak; 0 is hidden.
        n_layouts: published layouts that they rest on; 0 for a stack that borrows another's.
        source: of those layouts.
        overlap: exponent of a layer's compute and tau; 1 where they take turns.
    """

    phi: float
    tau_s: float
    tp_share: float
    sync_times: float
    n_layouts: int
    source: str
    overlap: float = 1.0


@dataclass(frozen=True, slots=True)
class Layouts:
    """Many ways to split one training, arrays of one length.

    Attributes:
        tp, pp, vp, dp: ranks, virtual stages and copies.
        micro_batch: sequences.
        n_micro: micro-batches of a step on one copy.
        recompute: places in `RECOMPUTES`.
        sharded: whether copies share the weights (FSDP, ZeRO-3).
    """

    tp: FloatArray
    pp: FloatArray
    vp: FloatArray
    dp: FloatArray
    micro_batch: FloatArray
    n_micro: FloatArray
    recompute: npt.NDArray[np.int64]
    sharded: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StageTerms:
    """The form's terms before a program's constants, seconds; arrays by layout.

    Attributes:
        rounds: micro-batches of the step, and those that the pipeline waits for.
        layers, last_layers: of a full stage, and of the last one.
        layer_s, head_s: the roofline's compute of a micro-batch on one rank.
        reduce_s: tensor parallelism of one layer at the links' peak.
        gather_s: weights and gradients of a stage that FSDP moves.
        sync_s: gradients of a step at the network's peak.
        micro_s, update_s: measured beside the layers, of a micro-batch and of a step.
    """

    rounds: FloatArray
    layers: FloatArray
    last_layers: FloatArray
    layer_s: FloatArray
    head_s: FloatArray
    reduce_s: FloatArray
    gather_s: FloatArray
    sync_s: FloatArray
    micro_s: Scalar = 0.0
    update_s: Scalar = 0.0


def step_seconds(
    arch: Architecture,
    setup: Setup,
    layouts: Layouts,
    stack: Stack,
    node_gb_s: float | None = None,
) -> FloatArray:
    """Seconds of an optimizer step, one a layout.

    Args:
        arch: one model.
        setup: GPUs, precision and context parallelism; its layout is ignored.
        layouts: how to split it.
        stack: the training program.
        node_gb_s: network of a machine, 1e9 bytes a second in one direction; the usual one of
            the device where None (`network_bytes_per_s`).
    """
    terms = stage_terms(arch, setup, layouts, stack, node_gb_s)
    return seconds_of(terms, stage_costs(arch, setup, stack))


def seconds_of(terms: StageTerms, costs: StageCosts) -> FloatArray:
    """The form with a program's constants."""

    def stage_s(layers: FloatArray, head_s: FloatArray | float) -> FloatArray:
        device = costs.phi * (layers * terms.layer_s + head_s)
        busy = np.asarray(joined(device, layers * costs.tau_s, costs.overlap))
        return busy + layers * terms.reduce_s / costs.tp_share

    slowest = np.maximum(stage_s(terms.layers, 0.0), stage_s(terms.last_layers, terms.head_s))
    rounds = terms.rounds * (slowest + terms.gather_s + costs.phi * terms.micro_s)
    found: FloatArray = rounds + costs.sync_times * terms.sync_s + costs.phi * terms.update_s
    return found


def stage_terms(
    arch: Architecture,
    setup: Setup,
    layouts: Layouts,
    stack: Stack,
    node_gb_s: float | None = None,
) -> StageTerms:
    """Every layout's terms; arguments as for `step_seconds`."""
    tp, pp, cp = layouts.tp, layouts.pp, setup.cp
    setup = on_its_card(setup, stack)
    layer, head = _per_token(arch, setup, stack)
    tokens = layouts.micro_batch * arch.seq_len / cp
    layers = np.ceil(arch.n_layers / pp)
    link = link_bytes_per_s(setup.gpu, min(setup.n_gpus, setup.gpus_per_node))
    held = (layers * arch.layer_matmul_params + arch.head_matmul_params) / tp
    copies = layouts.dp * cp
    reduces = np.where(layouts.recompute == RECOMPUTES.index(Recompute.FULL), 6.0, 4.0)
    # tensor-parallel ranks sit beside each other and share their machine's network
    together = RACK if spans_racks(setup.gpu) else setup.gpus_per_node
    machine = network_bytes_per_s(setup) if node_gb_s is None else 1e9 * node_gb_s
    network = machine * together / setup.gpus_per_node / np.minimum(tp, together)
    machines = np.maximum(1.0, copies * tp / together)
    apart = _SYNC_BYTES * held * (1 - 1 / machines) / network
    beside = _SYNC_BYTES * held * (1 - 1 / copies) / link
    inside = link * constants().link_efficiency
    speed = np.where(machines > 1, np.minimum(inside, network), inside)
    rounds = layouts.n_micro + (pp - 1) / layouts.vp
    # a pipeline stage keeps what it has gathered to the end of the step, as in `core.memory`
    gather = _GATHER_BYTES * held / speed / np.where(pp > 1, rounds, 1.0)
    micro: Scalar = 0.0
    update: Scalar = 0.0
    if stack.calibrated is not None:
        micro, update = stack.calibrated.beside_layers(held, copies)
    return StageTerms(
        rounds=rounds,
        layers=layers,
        last_layers=np.maximum(arch.n_layers - layers * (pp - 1), 0.0),
        layer_s=layer[layouts.recompute] * tokens / tp,
        head_s=head * tokens / tp,
        reduce_s=reduces * 4 * arch.d_model * (tp - 1) / tp * tokens / link,
        gather_s=np.where(layouts.sharded & (copies > 1), gather, 0.0),
        sync_s=np.where(layouts.sharded, 0.0, np.maximum(apart, beside)),
        micro_s=micro,
        update_s=update,
    )


def stage_costs(arch: Architecture, setup: Setup, stack: Stack) -> StageCosts:
    """The constants of a training program for one model.

    Stacks whose layouts were measured have their own, calibrated devices their own tau; links
    they borrow. Others borrow tau, of NeMo (fused
    kernels) or of BigScience (eager PyTorch), up to a fifth of a layer; their phi, which holds it
    at the usual size of a micro-batch, gives as much back.
    """
    measured = fitted_stages()["stacks"]
    shipped = stacks().get(stack.id)
    if stack.id in measured and shipped is not None:
        found = measured[stack.id]
        change = stack.phi_on(setup.gpu) / shipped.phi_on(find_device(found["gpu"]))
        return StageCosts(
            found["phi"] * change,
            found["tau_s"],
            found["tp_share"],
            found["sync_times"],
            found["n"],
            stack.source,
        )
    if stack.calibrated is not None:
        own = stack.calibrated
        sync, source = measured[_FUSED]["sync_times"], stacks()[_FUSED].source
        phi = stack.phi_on(setup.gpu)
        tau = phi * own.launch_s
        return StageCosts(phi, tau, _TP_SHARE, sync, 0, source, own.overlap)
    like = _EAGER if stack.id in _EAGER_STACKS else _FUSED
    usual = float(_per_token(arch, replace(setup, recompute=Recompute.NONE), stack)[0][0])
    whole, phi = usual * _USUAL_TOKENS, stack.phi_on(setup.gpu)
    tau = min(measured[like]["tau_s"], _MOST_FIXED * phi * whole)
    source = stacks()[like].source
    sync = measured[_FUSED]["sync_times"]
    return StageCosts(phi - tau / whole, tau, _TP_SHARE, sync, 0, source)


def network_bytes_per_s(setup: Setup) -> float:
    """Network of a machine by default, one direction, all its cards together."""
    return node_bytes_per_s(setup.gpu, setup.gpus_per_node)


@cache
def fitted_stages() -> dict[str, Any]:
    """What the file of fitted constants holds."""
    found: dict[str, Any] = json.loads(resources.path(FILE).read_text(encoding="utf-8"))
    return found


def _per_token(arch: Architecture, setup: Setup, stack: Stack) -> tuple[FloatArray, float]:
    """The roofline's GPU-seconds of a token: of a layer by recomputation, and of the head."""
    # the host's part is in tau, so the device's must not be hidden behind it here
    own = stack.calibrated and replace(stack.calibrated, overlap=1.0)
    bare = replace(stack, phi=1.0, by_chip=(), calibrated=own)
    alone = replace(setup, n_gpus=1, tp=1, pp=1, cp=1, vp=1, sharding=Sharding.NONE)
    nodes = stack.constants_on(setup.gpu, constants()).node_cost * math.log2(setup.nodes)

    def seconds(n_layers: int, recompute: Recompute) -> float:
        shape = replace(arch, n_layers=n_layers)
        parts = time_parts(shape, replace(alone, recompute=recompute), bare)
        return (1 + nodes) * float(sum(parts[name] for name in _PARTS))

    head = seconds(0, Recompute.NONE)
    return np.array([seconds(1, kind) - head for kind in RECOMPUTES]), head
