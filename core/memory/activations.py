"""What the forward pass keeps for the backward pass, bytes per token.

Korthikanti et al. 2022 (arXiv 2205.05198), eqs. 1 to 6, for any width of the feed-forward layer,
grouped keys and values, with and without dropout. A layer saves, in numbers per token:

    whole d_model:  inputs of two norms, input of attention's matrices, input of the feed-forward
    split by tp:    q, k, v, attention's output, and 2 or 3 widths of the feed-forward
"""

from core.families.architecture import Architecture, Recompute
from core.memory.recipes import Recipe
from core.ops import Scalar
from core.training import Setup

_SCORES_BYTES = 5.0  # softmax output, its dropout mask and dropout output: 2 + 1 + 2 (eq. 1)
# PyTorch's op-level policy keeps every second matmul and attention's output: torchtitan's peaks
# of Llama 3 8B are half of what a layer saves otherwise (8.5 d_model of 17)
_SELECTIVE_SHARE = 0.5
_GATHERED_INPUTS = 2  # of attention and feed-forward, over the whole sequence


def layer_bytes(arch: Architecture, setup: Setup, recipe: Recipe) -> Scalar:
    """All that one layer needs for its backward pass, bytes per token of a rank's sequence."""
    ranks = _ranks(setup, recipe)
    inputs = 2 * arch.d_model / (1 if recipe.eager else ranks)
    whole = 2 * arch.d_model / ranks + inputs
    widths = arch.n_mlp_mats + (1 if recipe.eager and arch.n_mlp_mats == 3 else 0)
    split = arch.d_model * (2 + 2 * arch.kv_share) + widths * arch.d_ff
    masks = 2 * arch.d_model if recipe.dropout else 0.0
    numbers = _number(setup) * (whole + split / setup.tp)
    return numbers + masks / ranks + _scores(arch, setup)


def kept_bytes(arch: Architecture, setup: Setup, recipe: Recipe) -> Scalar:
    """What of a layer is kept until its backward pass, bytes per token, after recomputation.

    Full recomputation keeps the layer's input; selective recomputation throws away attention's
    scores where they are written, and otherwise half of the layer.
    """
    if setup.recompute is Recompute.FULL:
        return _number(setup) * arch.d_model / _ranks(setup, recipe)
    everything = layer_bytes(arch, setup, recipe)
    if setup.recompute is Recompute.NONE:
        return everything
    if not setup.flash_attention:
        return everything - _scores(arch, setup)
    return everything * _SELECTIVE_SHARE


def passing_bytes(arch: Architecture, setup: Setup, recipe: Recipe) -> Scalar:
    """What the one layer in work needs beside what is kept, bytes per token."""
    again = 0.0
    if setup.recompute is not Recompute.NONE:
        again = layer_bytes(arch, setup, recipe) - kept_bytes(arch, setup, recipe)
    if setup.tp > 1 and recipe.sequence_parallel:
        again = again + _GATHERED_INPUTS * _number(setup) * arch.d_model
    return again


def logits_bytes(arch: Architecture, setup: Setup, recipe: Recipe) -> Scalar:
    """Logits, their copies and gradient, bytes per token; fp16 and fp32 take two and four more."""
    more = {"fp16": 2.0, "fp32": 4.0}.get(setup.precision, 0.0)
    return (recipe.logit + more) * arch.vocab / setup.tp


def _number(setup: Setup) -> float:
    """Bytes of a number; fp8 keeps them in 16 bits, only its matrices are smaller."""
    return 4.0 if setup.precision == "fp32" else 2.0


def _ranks(setup: Setup, recipe: Recipe) -> int:
    """Ranks that share what tensor parallelism alone does not split."""
    return setup.tp if recipe.sequence_parallel else 1


def _scores(arch: Architecture, setup: Setup) -> Scalar:
    """Attention's scores where they are written to memory, bytes per token."""
    if setup.flash_attention:
        return 0.0
    return _SCORES_BYTES * arch.n_heads * arch.seq_len / setup.tp
