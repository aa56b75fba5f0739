"""GPU-seconds that a token takes to train on: a sum over what a step spends its time with.

    t = phi {6 (r N_layers + N_head)/(P m) + 6 r_a L d s/(P a) + kappa r L d/B + gamma V/B
             + 8 (N_layers + N_head)/(T W e) + 28 N/(B S)} (1 + c log2(nodes)) + exposed

Kernels run one after another, so the times of matrices, attention, memory traffic and links
add up; the larger of them is a far worse model. One multiplier a training program, phi, stands
for how far it is from that sum. Full recomputation repeats the forward pass of the matrices,
r = 4/3, but costs attention less, r_a: its backward pass is slower than twice its forward pass.
The optimizer passes over all parameters once a step of S tokens. Gradients go between copies, over
links and network, under the backward pass of the last micro-batch: what is longer is exposed.
NCCL's rings use all network cards of a machine at once, so copies that fill a machine have its
whole network between them, and those beside tensor-parallel ranks their share of it.
The fit, and how well it predicts what it has not seen: `core.speed.refit`.
"""

import math
from dataclasses import replace
from typing import cast

import numpy as np

from core.families.architecture import Architecture, Recompute
from core.ops import Scalar
from core.speed.constants import (
    Constants,
    attention_share,
    constants,
    link_bytes_per_s,
    linked_gpus,
    matmul_flops,
    node_bytes_per_s,
    peak_flops,
)
from core.speed.pressure import memory_pressure
from core.speed.stacks import Stack
from core.training import Setup, Sharding

LINKS = ("sharding", "tensor_parallel", "context_parallel", "gradient_sync")  # parts of the time
_FORWARD_SHARE = 1 / 3  # of the work of a step
# bytes a parameter and micro-batch: weights gathered twice or once in bf16, gradients in fp32
_GATHER_BYTES = {Sharding.FSDP: 8, Sharding.ZERO3: 8, Sharding.ZERO2: 6}
_SYNC_BYTES = 4  # a parameter and step: 16-bit gradients out, 16-bit weights back
# a parameter and step: master weight and Adam's two moments read and written in fp32, the
# gradient read, the 16-bit weight written
_OPTIMIZER_BYTES = 28
_KV_BYTES = 4  # K and V of a token and a unit of their width, 16 bits


def gpu_seconds_per_token(
    arch: Architecture, setup: Setup, stack: Stack, fitted: Constants | None = None
) -> Scalar:
    """GPU-seconds of training on one token, all GPUs together; phi included.

    Args:
        arch: the model; its fields may be arrays.
        setup: GPUs, batch and layout; ``micro_batch`` may be an array.
        stack: the training program.
        fitted: constants to use, the shipped ones without.
    """
    return sum(time_parts(arch, setup, stack, fitted).values())


def time_parts(
    arch: Architecture, setup: Setup, stack: Stack, fitted: Constants | None = None
) -> dict[str, Scalar]:
    """The same by what it goes to; the parts add up to `gpu_seconds_per_token`."""
    device = setup.gpu
    known = stack.constants_on(device, fitted or constants())
    on_card = on_its_card(setup, stack)
    work = _work(arch, setup, stack, known)
    alone = sum(part for name, part in work.items() if name != "optimizer")
    parts = {**work, **_links(arch, on_card, known, alone)}
    parts["memory_pressure"] = known.pressure * memory_pressure(arch, setup) * sum(parts.values())
    bubble = (setup.pp - 1) / (setup.vp * setup.grad_accum)
    parts["pipeline_bubble"] = bubble * sum(parts.values())
    parts["nodes"] = known.node_cost * math.log2(setup.nodes) * sum(parts.values())
    forward = _FORWARD_SHARE / (1 + _added(setup, stack, _FORWARD_SHARE))
    hidden = (1 - stack.exposed_sync) * (1 - forward) * alone / setup.grad_accum
    parts["gradient_sync"] = _positive(_sync(arch, on_card, known) - hidden)
    phi = stack.phi_on(device)
    return {name: phi * part for name, part in parts.items()}


def _work(arch: Architecture, setup: Setup, stack: Stack, known: Constants) -> dict[str, Scalar]:
    """What one GPU does by itself: by its own measurements, else by the roofline."""
    again = 1 + _added(setup, stack, _FORWARD_SHARE)
    if stack.calibrated is not None:
        attention = 1 + _added(setup, stack, known.attention_recompute)
        return stack.calibrated.parts(arch, setup, again, attention)
    memory = setup.gpu.mem_bw_gb_s * 1e9
    width = arch.n_layers * arch.d_model
    traffic = stack.kappa_bytes + (known.fp8_bytes if setup.precision == "fp8" else 0.0)
    return {
        "matmul": 6
        * (again * arch.layers_matmul_params + arch.head_matmul_params)
        / matmul_flops(setup.gpu, setup.precision),
        "attention": _attention(arch, setup, stack, known),
        "layers_memory": traffic * again * width / memory,
        "logits": stack.gamma_bytes * arch.vocab / memory,
        "optimizer": _OPTIMIZER_BYTES * arch.params * _kept(setup) / memory / _step(arch, setup),
    }


def on_its_card(setup: Setup, stack: Stack) -> Setup:
    """The setup with the catalogue's row of a calibrated device, which knows its links."""
    if stack.calibrated is None or stack.calibrated.card is None:
        return setup
    return replace(setup, gpu=stack.calibrated.card)


def _added(setup: Setup, stack: Stack, full: float) -> float:
    """What recomputation adds to work of which full recomputation adds ``full``."""
    if setup.recompute is Recompute.SELECTIVE:
        return stack.selective_recompute
    return full if setup.recompute is Recompute.FULL else 0.0


def _attention(arch: Architecture, setup: Setup, stack: Stack, known: Constants) -> Scalar:
    device = setup.gpu
    flop = 6 * arch.n_layers * arch.d_model * arch.seq_len
    if setup.flash_attention and not stack.writes_scores:
        again = _added(setup, stack, known.attention_recompute)
        peak = peak_flops(device, "bf16") * attention_share(device, stack.kernels, known)
        return (1 + again) * flop / peak
    # both halves of the square, and every score through memory
    scores = arch.n_layers * arch.n_heads * arch.seq_len
    again = 0.0 if setup.recompute is Recompute.NONE else _FORWARD_SHARE
    traffic = known.score_bytes * scores / (device.mem_bw_gb_s * 1e9)
    return (1 + again) * (2 * flop / matmul_flops(device, "bf16") + traffic)


def _links(arch: Architecture, setup: Setup, known: Constants, work: Scalar) -> dict[str, Scalar]:
    link, network, machines = _ways(setup, known)
    gathers: Scalar = 0.0
    if setup.dp > 1 and setup.sharding in _GATHER_BYTES:
        # a pipeline stage keeps what it has gathered to the end of the step, as in `core.memory`
        kept = setup.grad_accum if setup.pp > 1 else 1
        tokens = setup.micro_batch * arch.seq_len * kept / setup.cp
        moved = _GATHER_BYTES[setup.sharding] * arch.matmul_params / tokens
        gathers = moved / link
        if machines > 1:
            gathers = cast(Scalar, np.maximum(gathers, moved / network - work))
    share = node_bytes_per_s(setup.gpu, setup.gpus_per_node) / setup.gpus_per_node
    together = linked_gpus(setup.gpu, setup.n_gpus, setup.gpus_per_node)
    again = setup.recompute is Recompute.FULL
    reduces: Scalar = 0.0
    if setup.tp > 1:
        way = min(link, share) if setup.tp > together else link
        reduces = (6 if again else 4) * arch.n_layers * arch.d_model * 4 * (setup.tp - 1) / way
    exchanged: Scalar = 0.0
    if setup.cp > 1:
        # every rank sees all keys and values, and their gradients come back
        way = min(link, share) if setup.tp * setup.cp > together else link
        width = arch.n_layers * arch.d_model * arch.n_kv_heads / arch.n_heads
        exchanged = (4 if again else 3) * _KV_BYTES * width * (setup.cp - 1) / way
    return {"sharding": gathers, "tensor_parallel": reduces, "context_parallel": exchanged}


def _sync(arch: Architecture, setup: Setup, known: Constants) -> Scalar:
    """Gradients between the copies, a token, as if nothing hid them."""
    copies = setup.dp * setup.cp
    if copies <= 1 or setup.sharding in _GATHER_BYTES:
        return 0.0
    link, network, machines = _ways(setup, known)
    beside = copies / machines
    bytes_each = _SYNC_BYTES * (2 if setup.precision == "fp32" else 1)
    slowest = max((1 - 1 / max(1.0, beside)) / link, (1 - 1 / machines) / network)
    return bytes_each * arch.params * slowest * setup.cp / _step(arch, setup)


def _ways(setup: Setup, known: Constants) -> tuple[float, float, float]:
    """Bytes a second of a copy within and between machines, and machines that copies span."""
    together = linked_gpus(setup.gpu, setup.n_gpus, setup.gpus_per_node)
    link = link_bytes_per_s(setup.gpu, together) * known.link_efficiency
    node = node_bytes_per_s(setup.gpu, setup.gpus_per_node) * together / setup.gpus_per_node
    network = node / min(setup.tp, together)
    return link, network, max(1.0, setup.dp * setup.cp * setup.tp / together)


def _kept(setup: Setup) -> float:
    """Copies of the optimizer's states to one copy of the model."""
    copies = setup.dp * setup.cp
    return setup.cp if setup.sharding is Sharding.NONE else setup.cp / copies


def _step(arch: Architecture, setup: Setup) -> Scalar:
    """Tokens of a step on one model copy."""
    return setup.micro_batch * setup.grad_accum * arch.seq_len


def _positive(seconds: Scalar) -> Scalar:
    return cast(Scalar, np.maximum(seconds, 0.0))
