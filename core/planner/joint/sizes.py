"""What a token costs at every size, on the fastest layout that fits.

A layout is a sharding, a recomputation and a split over tensor and pipeline ranks; each is
evaluated for all sizes at once, with the largest micro-batch that its memory and the batch
leave. The best of them per size is the actual speed of that size on that hardware.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

import numpy as np
import numpy.typing as npt

from core.errors import InputError
from core.families.architecture import Architecture, Recompute
from core.memory import largest_micro_batch
from core.ops import FloatArray, Scalar
from core.planner.joint.setting import Setting, on_hardware_alone, setting_of
from core.speed.roofline import gpu_seconds_per_token
from core.training import Setup, Sharding

SMALLEST, LARGEST = 1e5, 3e13  # parameters; beyond any law and any cluster
_GRID = 256
_MOST_MICRO_BATCH = 1024
_DEEP = (2, 4, 8, 16)


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """Costs of sizes; arrays of one shape (n,).

    Attributes:
        ln_params: increasing; as the law counts them.
        gpu_seconds: per token of training, infinite where nothing fits.
        use_gpu_seconds: per token read or written after training: a forward pass.
        layout: index into ``layouts``.
        micro_batch: sequences.
        layouts: what was tried.
        by_layout: GPU-seconds of each of them, (layouts, n).
    """

    ln_params: FloatArray
    gpu_seconds: FloatArray
    use_gpu_seconds: FloatArray
    layout: npt.NDArray[np.int64]
    micro_batch: FloatArray
    layouts: tuple[Setup, ...]
    by_layout: FloatArray

    @property
    def params(self) -> FloatArray:
        """Parameters as the law counts them."""
        return np.exp(self.ln_params)


def size_table(setting: Setting, ignore_memory: bool = False) -> Sizes:
    """The costs of sizes from `SMALLEST` to `LARGEST`, evenly in ln N.

    Raises:
        InputError: no layout leaves a sequence for each model copy.
    """
    return _size_table(setting_of(on_hardware_alone(setting.request)), ignore_memory)


@lru_cache(maxsize=512)
def _size_table(setting: Setting, ignore_memory: bool) -> Sizes:
    grid = np.linspace(np.log(SMALLEST), np.log(LARGEST), _GRID)
    return costs(setting, grid, layouts_of(setting), ignore_memory)


def costs(
    setting: Setting, ln_params: FloatArray, layouts: tuple[Setup, ...], ignore_memory: bool = False
) -> Sizes:
    """The cost of a token at each size, on the fastest of ``layouts`` that fits."""
    arch = shape_at(setting, np.exp(ln_params))
    seconds = np.full((len(layouts), ln_params.size), np.inf)
    batches = np.ones_like(seconds)
    for row, layout in enumerate(layouts):
        room = sequences_of_a_copy(setting, layout)
        most = _most_micro_batch(setting, arch, layout, ignore_memory)
        sequences = max(round(room), 1)
        # a pipeline wants many small micro-batches, all else few large ones
        wanted = np.minimum(most, 1 if layout.pp > 1 else _MOST_MICRO_BATCH)
        rounds = np.ceil(sequences / np.maximum(wanted, 1))
        batch = np.where(most >= 1, np.ceil(sequences / rounds), 0)
        if setting.request.micro_batch is not None:
            own = setting.request.micro_batch
            batch = np.where(most >= own, own, 0)
        fits = (batch >= 1) & (np.maximum(arch.n_layers, 1) >= layout.pp)
        batches[row] = np.maximum(batch, 1)
        accum = accumulated(room, batches[row])
        setup = replace(layout, micro_batch=batches[row], grad_accum=accum)
        seconds[row] = np.where(fits, gpu_seconds_per_token(arch, setup, setting.stack), np.inf)
    best = np.argmin(seconds, axis=0)
    columns = np.arange(ln_params.size)
    return Sizes(
        ln_params,
        seconds[best, columns],
        forward_seconds(setting, arch),
        best,
        batches[best, columns],
        layouts,
        seconds,
    )


def forward_seconds(setting: Setting, arch: Architecture) -> FloatArray:
    """GPU-seconds of a forward pass per token: a third of training on one GPU.

    Training is 2 N forward and 4 N backward (Kaplan et al. 2020, section 2.1); Sardana et al.
    2024 count use as 2 N a token.
    """
    alone = Setup(setting.gpu, micro_batch=1, precision=setting.precision)
    return np.asarray(gpu_seconds_per_token(arch, alone, setting.stack)) / 3


def shape_at(setting: Setting, params: Scalar) -> Architecture:
    """The typical, real-valued shape of the family at sizes."""
    return setting.family.at_size(
        params, setting.counting, vocab=setting.vocab, seq_len=setting.seq_len
    )


def sequences_of_a_copy(setting: Setting, layout: Setup) -> float:
    """Sequences that each model copy sees in an optimiser step."""
    return setting.batch_tokens / (setting.seq_len * layout.dp)


def accumulated(sequences: float, micro_batch: Scalar) -> Scalar:
    """Whole micro-batches of a step that come nearest to so many sequences."""
    return np.maximum(np.round(sequences / micro_batch), 1.0)


def layouts_of(setting: Setting) -> tuple[Setup, ...]:
    """Every layout worth a try; what the request fixes is fixed.

    Raises:
        InputError: the batch leaves less than a sequence for each model copy.
    """
    request = setting.request
    n_gpus = request.n_gpus
    shardings = [Sharding.NONE] if n_gpus == 1 else [Sharding.ZERO1, Sharding.FSDP]
    recomputes = list(Recompute)
    node = min(n_gpus, request.gpus_per_node)
    splits = [(tp, 1) for tp in (1, 2, 4, 8) if tp <= node]
    splits += [(1, pp) for pp in (2, 4, 8) if pp <= node]
    splits += [(min(8, node), pp) for pp in _DEEP if n_gpus > node]
    if request.sharding is not None:
        shardings = [Sharding(request.sharding)]
    if request.recompute is not None:
        recomputes = [Recompute(request.recompute)]
    if request.tp is not None or request.pp is not None:
        splits = [(request.tp or 1, request.pp or 1)]
    bare = Setup(
        setting.gpu,
        n_gpus,
        min(request.gpus_per_node, n_gpus),
        precision=setting.precision,
        optimizer=request.optimizer,
    )
    found = [
        replace(bare, sharding=sharding, recompute=recompute, tp=tp, pp=pp)
        for (tp, pp), sharding, recompute in product(splits, shardings, recomputes)
        if n_gpus % (tp * pp) == 0
        and (request.sharding is not None or not (pp > 1 and sharding is Sharding.FSDP))
    ]
    roomy = tuple(layout for layout in found if sequences_of_a_copy(setting, layout) >= 1)
    if not roomy:
        least = min(layout.dp for layout in found) * setting.seq_len
        expected = f"at least {least:,} tokens, a sequence for each model copy"
        raise InputError("batch_tokens", f"{setting.batch_tokens:,.0f}", expected)
    return roomy


def _most_micro_batch(
    setting: Setting, arch: Architecture, layout: Setup, ignore_memory: bool
) -> FloatArray:
    if ignore_memory:
        shape = np.broadcast(arch.d_model, arch.n_layers).shape
        return np.full(shape, float(_MOST_MICRO_BATCH))
    if layout.pp > 1:
        # in-flight micro-batches: as many as stages wherever the batch has that many
        layout = replace(layout, grad_accum=layout.pp)
    return np.asarray(largest_micro_batch(arch, layout), dtype=np.float64)
