"""Whole shapes for a size: one wide and shallow, one narrow and deep, aligned for tensor cores.

Widths are multiples of 128, of 64 for a small model, heads are 64 or 128 wide and the
vocabulary is padded: see `core.families.linter` for why. Alignment leaves few shapes, so all
that come near are listed and the one is taken that falls short of least: in size, in its distance
from the family's line of depths, and in what its heads and feed-forward layer usually are.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from core.families.architecture import Architecture
from core.families.aspect import AspectRule, Role
from core.families.counting import Counting
from core.ops import FloatArray, Scalar

SMALL_WIDTH = 1024
HEAD_DIMS = (64, 128)
VOCAB_STEP = 128
_WIDTHS_BELOW, _WIDTHS_ABOVE = 0.7, 1.4  # of the real width: as far as candidates go
_STEPS_ASIDE = 2  # and at least so many multiples
_FF_RANGE = (0.5, 1.5)  # of the family's d_ff: as far as it is tuned to meet a size
# How much of size makes up for what. Losses hardly depend on the ratio (Kaplan et al. 2020,
# figure 5): 10 % of depth may buy 1 % of size, and the family's d_ff is left for 2 % or more.
_OF_DEPTH, _OF_GROUPING = 0.1, 0.05
_OF_D_FF, _OF_ANY_D_FF = 0.1, 0.02
_OF_HEAD_DIM = 0.01
_OF_SPLIT, _NODE = 0.01, 8  # heads that the GPUs of a node can share evenly

Maker = Callable[[Scalar, Scalar, Scalar, Scalar], Architecture]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the shapes are for.

    Attributes:
        count: parameters.
        counting: what they include.
        make: a shape of n_layers, d_model, n_heads and d_ff, numbers or arrays.
        d_ff_for: the family's d_ff of a width.
        aspect_rule: the family's band of depths.
        head_dim: preferred width of a head.
        queries_per_kv: preferred query heads to one of keys and values.
    """

    count: float
    counting: Counting
    make: Maker
    d_ff_for: Callable[[Scalar], Scalar]
    aspect_rule: AspectRule
    head_dim: int
    queries_per_kv: int


def width_step(d_model: Scalar) -> Scalar:
    """What a width should be a multiple of: 128, and 64 for a small model; any shape."""
    return np.where(np.asarray(d_model) < SMALL_WIDTH, 64, 128)[()]


def padded_vocab(vocab: int) -> int:
    """The next multiple of 128."""
    return -(-vocab // VOCAB_STEP) * VOCAB_STEP


def pair(wanted: Wanted, widths: tuple[float, float]) -> tuple[Architecture, Architecture]:
    """The wide shape, and the narrow one, deeper and no wider.

    Args:
        wanted: size and rules.
        widths: real widths of that size on the wide and on the narrow line.
    """
    wide = _nearest(wanted, Role.WIDE, widths[0])
    narrow = _nearest(wanted, Role.NARROW, min(widths[1], wide.d_model), wide)
    return wide, narrow


def _nearest(
    wanted: Wanted, role: Role, width: float, wider: Architecture | None = None
) -> Architecture:
    shapes = _candidates(wanted, width, wider)
    line = wanted.aspect_rule.line(role).layers(shapes.d_model)
    usual = wanted.d_ff_for(shapes.d_model)
    short = (
        abs(np.log(shapes.counted(wanted.counting) / wanted.count))
        + _OF_DEPTH * abs(np.log(shapes.n_layers / line))
        + _OF_GROUPING * abs(np.log(shapes.kv_share * wanted.queries_per_kv))
        + _OF_D_FF * abs(np.log(shapes.d_ff / usual))
        + _OF_ANY_D_FF * (shapes.d_ff != usual)
        + _OF_HEAD_DIM * (shapes.head_dim != wanted.head_dim)
        + _OF_SPLIT * (shapes.n_heads % _NODE != 0)
    )
    lowest, highest = _band(wanted, shapes.d_model)
    outside = (shapes.n_layers < lowest) | (shapes.n_layers > highest)
    best = int(np.lexsort((short, outside))[0])
    fields = (shapes.n_layers, shapes.d_model, shapes.n_heads, shapes.d_ff)
    return wanted.make(*(int(field[best]) for field in fields))


def _candidates(wanted: Wanted, width: float, wider: Architecture | None) -> Architecture:
    """Aligned widths, both head widths, depths next to the size, d_ff as usual or tuned."""
    widths, head_dims = (
        grid.ravel() for grid in np.meshgrid(_widths_near(width), np.array(HEAD_DIMS, float))
    )
    fits = widths % head_dims == 0
    if wider is not None:
        fits &= widths <= wider.d_model
    widths, heads = widths[fits], (widths / head_dims)[fits]
    usual = wanted.d_ff_for(widths)
    depths = _meeting(wanted, lambda layers: (layers, widths, heads, usual))
    lowest, highest = _band(wanted, widths)
    least = 1 if wider is None else wider.n_layers + 1
    layers = np.concatenate([np.floor(depths), np.ceil(depths)])
    layers = np.maximum(np.clip(layers, np.tile(lowest, 2), np.tile(highest, 2)), least)
    widths, heads, usual = (np.tile(each, 2) for each in (widths, heads, usual))
    step = width_step(widths)
    tuned = step * np.round(
        _meeting(wanted, lambda d_ff: (layers, widths, heads, d_ff), step) / step
    )
    low, high = (share * usual // step * step for share in _FF_RANGE)
    d_ff = np.concatenate([usual, np.clip(tuned, np.maximum(low, step), high)])
    return wanted.make(np.tile(layers, 2), np.tile(widths, 2), np.tile(heads, 2), d_ff)


def _meeting(
    wanted: Wanted, shape: Callable[[FloatArray], tuple[Scalar, ...]], unit: Scalar = 1
) -> FloatArray:
    """The real number for one of a shape's numbers, in which its count is linear."""
    one, two = (
        wanted.make(*np.broadcast_arrays(*shape(unit * times))).counted(wanted.counting)
        for times in (1, 2)
    )
    return np.asarray(unit * (1 + (wanted.count - one) / (two - one)))


def _widths_near(width: float) -> FloatArray:
    step = float(width_step(width))
    first = min(_WIDTHS_BELOW * width, width - _STEPS_ASIDE * step)
    last = max(_WIDTHS_ABOVE * width, width + _STEPS_ASIDE * step)
    multiples = np.arange(max(np.floor(first / step), 1), np.ceil(last / step) + 1) * step
    return np.asarray(multiples[multiples % width_step(multiples) == 0])


def _band(wanted: Wanted, widths: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fewest and most layers between the family's outer lines, up to the next whole ones."""
    lowest = np.maximum(np.floor(wanted.aspect_rule.wide.layers(widths)), 1)
    highest = np.ceil(np.maximum(wanted.aspect_rule.narrow.layers(widths), lowest + 1))
    return lowest, highest
