"""What a process holds beside its tensors: the CUDA context, NCCL, fragments.

    cached   = allocated (1 + FRAGMENTATION)                       what the allocator holds
    reserved = cached + CONTEXT + [many GPUs] NCCL log2(1 + nodes)   what the driver shows

CONTEXT was published with the readings of two clusters (BigScience, experiments/tr3m-1B3.md and
tr11-176B-ml/chronicles-prequel.md: 1,113 MiB on a V100, 1,573 MiB on an A100). The other two are
fitted by `core.memory.peaks.fit_reserve`.
"""

import math

from core.ops import Scalar
from core.training import Setup

CONTEXT_GIB = 1.5
FRAGMENTATION = 0.061
NCCL_GIB = 1.12


def cached_of(allocated_gib: Scalar) -> Scalar:
    """What the allocator holds to serve ``allocated_gib``, GiB."""
    return allocated_gib * (1 + FRAGMENTATION)


def machines(setup: Setup) -> float:
    """How NCCL's buffers grow with the number of machines; 0 on one GPU."""
    return math.log2(1 + setup.nodes) if setup.n_gpus > 1 else 0.0


def reserve_of(allocated_gib: Scalar, setup: Setup) -> Scalar:
    """GiB that are neither weights nor activations nor buffers of the framework."""
    return CONTEXT_GIB + NCCL_GIB * machines(setup) + FRAGMENTATION * allocated_gib
