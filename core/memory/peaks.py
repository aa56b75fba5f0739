"""Published peaks of real trainings: the reserve is fitted to some, the model checked on the rest.

Three meters read three things: ``allocated`` what the framework's allocator handed out, ``cached``
what it holds, ``driver`` all of the process (nvidia-smi). A row may have several.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

import resources
from core.families.architecture import Architecture, Recompute
from core.families.library import find_family
from core.hardware.devices import find_device
from core.memory.model import memory_of
from core.memory.recipes import RECIPES, Recipe
from core.memory.reserve import CONTEXT_GIB, cached_of, machines
from core.ops import FloatArray
from core.training import Setup, Sharding


@dataclass(frozen=True, slots=True)
class Peak:
    """One training run and what it needed, GiB; None where a meter was not read.

    Attributes:
        source: whose measurement.
        arch: the model; ``n_layers`` is that of the fullest stage times the stages where a
            framework cuts the pipeline unevenly.
        setup, recipe: how it was trained.
        allocated, cached, driver: readings of the three meters.
        held_out: whether the reserve was fitted without it.
    """

    source: str
    arch: Architecture
    setup: Setup
    recipe: Recipe
    allocated: float | None
    cached: float | None
    driver: float | None
    held_out: bool

    def errors(self) -> list[float]:
        """Estimated over measured, less one, of every meter that was read."""
        memory = memory_of(self.arch, self.setup, self.recipe)
        pairs = (
            (memory.allocated, self.allocated),
            (cached_of(memory.allocated), self.cached),
            (memory.reserved, self.driver),
        )
        return [float(estimated) / read - 1 for estimated, read in pairs if read is not None]


@cache
def published_peaks() -> tuple[Peak, ...]:
    """Every shipped row of ``resources/memory/published_peaks.csv``, in its order."""
    with resources.path("memory/published_peaks.csv").open(encoding="utf-8", newline="") as file:
        return tuple(_peak(row) for row in csv.DictReader(file))


def fit_reserve(peaks: Iterable[Peak]) -> tuple[float, float]:
    """FRAGMENTATION and NCCL_GIB from the rows that are not held out.

    Least squares of relative errors: an allocator that shows both what it handed out and what
    it holds tells the first one alone, a driver's reading both, given what the model allocates.
    """
    shares: list[tuple[float, float]] = []
    rests: list[float] = []
    for peak in peaks:
        if peak.held_out:
            continue
        if peak.allocated is not None and peak.cached is not None:
            shares.append((peak.allocated / peak.cached, 0.0))
            rests.append(1 - peak.allocated / peak.cached)
        if peak.driver is not None:
            allocated = float(memory_of(peak.arch, peak.setup, peak.recipe).allocated)
            shares.append((allocated / peak.driver, machines(peak.setup) / peak.driver))
            rests.append((peak.driver - allocated - CONTEXT_GIB) / peak.driver)
    fragmentation, nccl = np.linalg.lstsq(np.array(shares), np.array(rests), rcond=None)[0]
    return float(fragmentation), float(nccl)


def errors_by_source(peaks: Iterable[Peak]) -> dict[str, FloatArray]:
    """Relative errors, estimated over measured less one, for every source."""
    found: dict[str, list[float]] = {}
    for peak in peaks:
        found.setdefault(peak.source, []).extend(peak.errors())
    return {source: np.array(errors) for source, errors in found.items()}


def _peak(row: dict[str, str]) -> Peak:
    pp = int(row["pp"])
    arch = find_family(row["family"]).architecture(
        int(row["n_layers"]),
        int(row["d_model"]),
        int(row["n_heads"]),
        int(row["n_kv_heads"]),
        int(row["d_ff"]),
        int(row["vocab"]),
        row["tied"] == "True",
        int(row["seq_len"]),
    )
    if row["stage_layers"]:
        arch = replace(arch, n_layers=int(row["stage_layers"]) * pp)
    setup = Setup(
        gpu=find_device(row["gpu"]),
        n_gpus=int(row["n_gpus"]),
        gpus_per_node=int(row["gpus_per_node"]),
        micro_batch=int(row["micro_batch"]),
        grad_accum=int(row["grad_accum"]),
        precision=row["precision"],
        recompute=Recompute(row["activation_checkpointing"]),
        sharding=Sharding(row["sharding"]),
        tp=int(row["tp"]),
        pp=pp,
        cp=int(row["cp"]),
        vp=int(row["vp"]),
        flash_attention=row["flash_attention"] == "True",
    )
    recipe = replace(
        RECIPES[row["recipe"]],
        dropout=row["dropout"] == "True",
        sequence_parallel=row["sequence_parallel"] == "True",
    )
    return Peak(
        source=row["source"],
        arch=arch,
        setup=setup,
        recipe=recipe,
        allocated=_reading(row["allocated_gib"]),
        cached=_reading(row["reserved_gib"]),
        driver=_reading(row["driver_gib"]),
        held_out=row["held_out"] == "True",
    )


def _reading(cell: str) -> float | None:
    return float(cell) if cell else None
