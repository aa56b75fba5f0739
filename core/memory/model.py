"""The memory of one GPU at the peak of a training step.

States by sharding (Rajbhandari et al. 2020, arXiv 1910.02054, section 5), activations and
pipeline (Korthikanti et al. 2022, arXiv 2205.05198), logits, buffers and a stated reserve.
Every field of an architecture and ``micro_batch`` may be an array; all numbers are GiB.
"""

from dataclasses import dataclass, fields, replace

import numpy as np

from core.families.architecture import Architecture
from core.hardware.devices import Device
from core.memory.activations import kept_bytes, logits_bytes, passing_bytes
from core.memory.recipes import Recipe, recipe_of
from core.memory.reserve import reserve_of
from core.ops import Scalar
from core.training import Setup, Sharding

MOST_OF_THE_DEVICE = 0.9  # above it nothing "fits": the band of the estimate is wider than the rest
_BAND = (-0.05, 0.20)
_GIB = 2.0**30
_LEVELS = {
    Sharding.NONE: 0,
    Sharding.ZERO1: 1,
    Sharding.ZERO2: 2,
    Sharding.ZERO3: 3,
    Sharding.FSDP: 3,
}


@dataclass(frozen=True, slots=True)
class Memory:
    """GiB of one GPU at the peak, the worst pipeline stage.

    Attributes:
        weights, gradients, optimizer: kept between steps, after sharding.
        activations: kept for the backward pass, and what the layer in work needs.
        logits: of one micro-batch, with their gradient.
        buffers: weights and gradients gathered by FSDP, and communication buckets.
        context: what is not the framework's tensors: CUDA, NCCL, fragments.
    """

    weights: Scalar
    gradients: Scalar
    optimizer: Scalar
    activations: Scalar
    logits: Scalar
    buffers: Scalar
    context: Scalar

    @property
    def states(self) -> Scalar:
        """Weights, gradients and optimizer, GiB."""
        return self.weights + self.gradients + self.optimizer

    @property
    def allocated(self) -> Scalar:
        """What the framework's allocator counts at the peak, GiB."""
        return self.states + self.activations + self.logits + self.buffers

    @property
    def reserved(self) -> Scalar:
        """What the driver shows for the process, GiB."""
        return self.allocated + self.context

    @property
    def low(self) -> Scalar:
        """Lower end of the band of ``reserved``."""
        return self.reserved * (1 + _BAND[0])

    @property
    def high(self) -> Scalar:
        """Upper end of the band of ``reserved``."""
        return self.reserved * (1 + _BAND[1])

    def parts(self) -> dict[str, Scalar]:
        """Every summand of ``reserved`` by name, GiB."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def fill(self, device: Device) -> Scalar:
        """``reserved`` to the memory of ``device``."""
        return self.reserved / device.memory_gib

    def fits(self, device: Device) -> Scalar:
        """Whether it stays below 90 % of ``device``."""
        return self.fill(device) <= MOST_OF_THE_DEVICE


def memory_of(arch: Architecture, setup: Setup, recipe: Recipe | None = None) -> Memory:
    """The memory of the fullest GPU of a training run.

    Args:
        arch: the model; fields may be arrays.
        setup: GPUs, batch and layout; ``micro_batch`` may be an array.
        recipe: bytes that the framework keeps; that of the setup's precision where None.

    Raises:
        InputError: the setup's precision is unknown.
    """
    fullest, *others = stages(arch, setup, recipe)
    for other in others:
        fuller = other.reserved > fullest.reserved
        mine, theirs = fullest.parts(), other.parts()
        chosen: dict[str, Scalar] = {
            name: np.asarray(np.where(fuller, theirs[name], mine[name]))[()] for name in mine
        }
        fullest = Memory(**chosen)
    return fullest


def stages(arch: Architecture, setup: Setup, recipe: Recipe | None = None) -> tuple[Memory, ...]:
    """The memory of the pipeline stages that can be the fullest: first, second and last.

    The first holds the embedding and the most micro-batches (1F1B: one for every stage, and
    interleaved (p - 1)/v more; Korthikanti et al., section 4.2.3), the last the head and the
    logits. Where the layers do not divide evenly, embedding and head count as one layer each.
    Every stage is affine in the micro-batch.

    Raises:
        InputError: the setup's precision is unknown.
    """
    rank = _Rank(arch, setup, recipe or recipe_of(setup))
    p, v = setup.pp, setup.vp
    if p == 1:
        return (rank.memory(arch.n_layers, 1.0, arch.embedding_params, has_head=True),)
    # a size between whole shapes is cut evenly, so that it stays smooth
    evenly = (np.mod(arch.n_layers, p) == 0) | (np.mod(arch.n_layers, 1) != 0)
    padded = np.ceil(np.add(arch.n_layers, 2.0) / p)
    middle = np.where(evenly, np.divide(arch.n_layers, p), padded)[()]
    ends = np.where(evenly, np.divide(arch.n_layers, p), padded - 1)[()]
    interleaved = (p - 1) / v if v > 1 else 0.0
    of_step = np.maximum(setup.grad_accum, 1)
    first = np.minimum(p + interleaved, of_step)
    second = np.minimum(p - 1 + interleaved, of_step)
    last = np.minimum(((v - 1) * p + 1) / v, of_step)
    table = arch.vocab * arch.d_model
    return (
        rank.memory(ends, first, table + arch.extras.positions, has_head=False),
        rank.memory(middle, second, 0.0, has_head=False),
        rank.memory(ends, last, table, has_head=True),
    )


@dataclass(frozen=True, slots=True)
class _Rank:
    """One GPU of a training run, whatever pipeline stage it holds."""

    arch: Architecture
    setup: Setup
    recipe: Recipe

    def memory(self, layers: Scalar, in_flight: Scalar, tables: Scalar, has_head: bool) -> Memory:
        """Of a stage with ``layers`` layers and ``tables`` parameters of embedding and head."""
        arch, setup, recipe = self.arch, self.setup, self.recipe
        layer_params = (arch.layer_matmul_params + arch.extras.per_layer) / setup.tp
        params = layers * layer_params + tables / setup.tp
        shards = setup.dp * setup.cp
        level = _LEVELS[setup.sharding]
        tokens = setup.micro_batch * arch.seq_len / setup.cp
        kept = layers * in_flight * kept_bytes(arch, setup, recipe)
        parts = {
            "weights": recipe.weights * params / (shards if level >= 3 else 1),
            "gradients": recipe.gradients * params / (shards if level >= 2 else 1),
            "optimizer": recipe.optimizer * params / (shards if level >= 1 else 1),
            "activations": (kept + passing_bytes(arch, setup, recipe)) * tokens,
            "logits": (logits_bytes(arch, setup, recipe) if has_head else 0.0) * tokens,
            "buffers": self._gathered(params, layer_params) + recipe.buckets,
        }
        memory = Memory(**{name: part / _GIB for name, part in parts.items()}, context=0.0)
        return replace(memory, context=reserve_of(memory.allocated, setup))

    def _gathered(self, params: Scalar, layer_params: Scalar) -> Scalar:
        """Bytes of weights and gradients that are whole for a while though they are sharded.

        Two layers, the one in use and the next one; a pipeline stage gathers all of its weights
        once a step and sums whole gradients over its micro-batches (PyTorch's FSDP2).
        """
        if _LEVELS[self.setup.sharding] < 3 or self.setup.dp * self.setup.cp == 1:
            return 0.0 * params
        if self.setup.pp > 1:
            return (self.recipe.computing + self.recipe.summing) * params
        return 2 * self.recipe.computing * layer_params
