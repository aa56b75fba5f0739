"""Training at the edge of memory is slower than anything around it.

Two conditions come together in every such published run: the sharded states alone fill more
than half of the device, and all estimated memory more than nine tenths. The estimate is the
yardstick of that fit and no more; what fits is told by the memory model.
"""

from typing import cast

import numpy as np

from core.families.architecture import Architecture, Recompute
from core.ops import Scalar
from core.training import Setup, Sharding

_STATE_BYTES = 16  # weights, gradients and Adam's states in mixed precision
_SAVED_BYTES = 34  # activations of a layer, a token and a unit of width (arXiv 2205.05198, eq. 1)
_CHECKPOINT_BYTES = 2
_LOGIT_BYTES = 10
_GATHERED_BYTES = 8  # two layers, bf16 weights and gradients
_CONTEXT_BYTES = 2e9
_GIB_OVER_GB = 1.073741824
_STATE_SHARE = (0.45, 0.55)
_FILL = (0.88, 0.91)


def state_share(arch: Architecture, setup: Setup) -> Scalar:
    """Sharded states over the device's memory; 0 without sharding of the weights."""
    if setup.sharding not in (Sharding.FSDP, Sharding.ZERO3):
        return 0.0
    return _STATE_BYTES * arch.matmul_params / setup.n_gpus / _memory(setup)


def memory_pressure(arch: Architecture, setup: Setup, fill: Scalar | None = None) -> Scalar:
    """From 0, room enough, to 1, at the edge.

    Args:
        arch: the model.
        setup: the training.
        fill: memory needed over the device's; the yardstick's estimate without.
    """
    share = state_share(arch, setup)
    if fill is None:
        fill = estimated_fill(arch, setup)
    return _ramp(share, *_STATE_SHARE) * _ramp(fill, *_FILL)


def estimated_fill(arch: Architecture, setup: Setup) -> Scalar:
    """The yardstick's memory over the device's."""
    tokens = setup.micro_batch * arch.seq_len / (setup.tp * setup.cp)
    saved = arch.n_layers * _SAVED_BYTES
    if setup.recompute is Recompute.FULL:
        saved = arch.n_layers * _CHECKPOINT_BYTES + _SAVED_BYTES
    activations = tokens * (saved * arch.d_model + _LOGIT_BYTES * arch.vocab)
    gathered = _GATHERED_BYTES * arch.layer_matmul_params
    return state_share(arch, setup) + (activations + gathered + _CONTEXT_BYTES) / _memory(setup)


def _memory(setup: Setup) -> float:
    return setup.gpu.memory_gb * 1e9 * _GIB_OVER_GB


def _ramp(value: Scalar, start: float, end: float) -> Scalar:
    return cast(Scalar, np.clip((value - start) / (end - start), 0.0, 1.0))
