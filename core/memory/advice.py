"""The inverse: the batch that fits, and what to change where none does."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from core.families.architecture import Architecture, Recompute
from core.memory.messages import warnings_of
from core.memory.model import MOST_OF_THE_DEVICE, Memory, memory_of, stages
from core.memory.recipes import Recipe
from core.messages import Message
from core.ops import Scalar
from core.training import Setup, Sharding

MOST_GPUS = 65_536
_ROUNDING = 1e-9
_NOTHING, _COUNTLESS = 1e-12, 1e12  # GiB; sequences


@dataclass(frozen=True, slots=True)
class Advice:
    """Does it fit, and with what batch.

    Attributes:
        memory: of the setup as asked.
        fits: whether that is below 90 % of the device.
        largest_micro_batch: sequences, all else as asked; 0 if not even one.
        recompute: the least recomputation with which the micro-batch fits, None where it fits
            as it is or none helps.
        micro_batch_recomputed: largest micro-batch with full recomputation.
        sharding: the least sharding with which it fits, None likewise.
        micro_batch_sharded: largest micro-batch with fully sharded states.
        grad_accum: micro-batches of a step for the wanted global batch at the largest
            micro-batch, None without a wish or where nothing fits.
        fewest: the setup with the fewest GPUs that holds one sequence, None up to 65,536.
        messages: what to tell.
    """

    memory: Memory
    fits: bool
    largest_micro_batch: int
    recompute: Recompute | None
    micro_batch_recomputed: int
    sharding: Sharding | None
    micro_batch_sharded: int
    grad_accum: int | None
    fewest: Setup | None
    messages: tuple[Message, ...]


def largest_micro_batch(arch: Architecture, setup: Setup, recipe: Recipe | None = None) -> Scalar:
    """The most sequences of a micro-batch below 90 % of the device, 0 if not even one.

    Memory is affine in the micro-batch on every stage, so there is nothing to search.

    Returns:
        An int for one model, else an array of integers in the broadcast shape of its fields.

    Raises:
        InputError: the setup's precision is unknown.
    """
    limit = MOST_OF_THE_DEVICE * setup.gpu.memory_gib
    of_one = stages(arch, replace(setup, micro_batch=1.0), recipe)
    of_two = stages(arch, replace(setup, micro_batch=2.0), recipe)
    most = [
        # a stage without a layer holds nothing of a sequence
        1 + (limit - one.reserved) / np.maximum(two.reserved - one.reserved, _NOTHING)
        for one, two in zip(of_one, of_two, strict=True)
    ]
    whole = np.asarray(np.floor(np.minimum.reduce(most) + _ROUNDING))
    counts = np.clip(whole, 0, _COUNTLESS).astype(np.int64)
    return counts if counts.ndim else int(counts)


def fewest_gpus(arch: Architecture, setup: Setup, recipe: Recipe | None = None) -> Setup | None:
    """The fewest GPUs (powers of two up to 65,536) that hold one sequence of a model.

    States are sharded and activations recomputed as far as they can be; tensor-parallel ranks
    are added up to a node where that alone does not do.
    """
    best = replace(setup, micro_batch=1, recompute=Recompute.FULL)
    # a pipeline stage that gathers its weights once a step may hold more than one that keeps them
    shardings = (Sharding.FSDP,) if setup.pp == 1 else (Sharding.FSDP, Sharding.ZERO1)
    for exponent in range(MOST_GPUS.bit_length()):
        count = 2**exponent
        splits = (2**power * setup.tp for power in range(count.bit_length()))
        candidates = [
            replace(best, n_gpus=count, tp=tp, sharding=sharding)
            for tp, sharding in product(splits, shardings)
            if tp * setup.pp * setup.cp <= count and tp <= max(setup.gpus_per_node, setup.tp)
        ]
        found = _first_that_fits(arch, recipe, candidates)
        if found is not None:
            return found
    return None


def advise(
    arch: Architecture,
    setup: Setup,
    recipe: Recipe | None = None,
    global_batch: float | None = None,
) -> Advice:
    """Whether ``setup`` fits one model, with what batch, and what would make it fit.

    Args:
        arch: one model (no arrays).
        setup: as asked.
        recipe: bytes that the framework keeps; that of the setup's precision where None.
        global_batch: wanted sequences of a step on all GPUs.

    Raises:
        InputError: the setup's precision is unknown.
    """
    memory = memory_of(arch, setup, recipe)
    fits = bool(memory.fits(setup.gpu))
    largest = largest_micro_batch(arch, setup, recipe)
    recomputed = replace(setup, recompute=Recompute.FULL)
    sharded = replace(setup, sharding=Sharding.FSDP)
    less, shared = None, None
    if not fits:
        kinds = (Recompute.SELECTIVE, Recompute.FULL)
        less = _first_that_fits(arch, recipe, (replace(setup, recompute=kind) for kind in kinds))
        levels = (Sharding.ZERO1, Sharding.ZERO2, Sharding.FSDP)
        shared = _first_that_fits(arch, recipe, (replace(setup, sharding=kind) for kind in levels))
    recompute = None if less is None else less.recompute
    accum = None
    if global_batch is not None and largest > 0:
        accum = max(1, math.ceil(global_batch / (setup.dp * largest) - _ROUNDING))
    return Advice(
        memory=memory,
        fits=fits,
        largest_micro_batch=largest,
        recompute=recompute,
        micro_batch_recomputed=largest_micro_batch(arch, recomputed, recipe),
        sharding=None if shared is None else shared.sharding,
        micro_batch_sharded=largest_micro_batch(arch, sharded, recipe),
        grad_accum=accum,
        fewest=fewest_gpus(arch, setup, recipe),
        messages=warnings_of(memory, setup, recompute),
    )


def _first_that_fits(
    arch: Architecture, recipe: Recipe | None, candidates: Iterable[Setup]
) -> Setup | None:
    for candidate in candidates:
        if memory_of(arch, candidate, recipe).fits(candidate.gpu):
            return candidate
    return None
