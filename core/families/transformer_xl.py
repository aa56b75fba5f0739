"""Transformer-XL shapes (Dai et al. 2019, arXiv 1901.02860), sized as the 2020 calculator does.

Non-embedding parameters of a stack of ``n_layers``:

    5 L d^2 + 2 L d d_inner + 7 L d + L d_inner + 3 d + 3

(attention: query, key, value, position and output projections; feed-forward; layer norms,
feed-forward biases and two untied position biases; and the three cluster vectors of the
adaptive softmax, as Hugging Face's TransfoXL counts; T. Le Scao 2020). For sizing, depth =
width / 128 and d_inner = d_model, which makes the size a cubic in the width with one
positive root.
"""

import math
from dataclasses import dataclass

from core.families.aspect import AspectRule, DepthLine
from core.families.family import ExtraRule, Family
from core.ops import ARRAY, SCALAR, FloatArray, Ops, Scalar

FAMILY = "transformer_xl"
WIDTH_TO_DEPTH = 128  # T. Le Scao 2020
SEQ_LEN = 150  # target length of the 2020 runs, and of WikiText-103's base model
WIDTH_STEP = 8  # tensor cores want multiples of 8 (Micikevicius et al. 2018, arXiv 1710.03740)
FRIENDLY_STEP = 64
_CUBIC, _SQUARE, _LINEAR, _CONSTANT = 7 / WIDTH_TO_DEPTH, 8 / WIDTH_TO_DEPTH, 3.0, 3.0


@dataclass(frozen=True, slots=True)
class Shape:
    """A model that can be built: whole layers, whole widths.

    Attributes:
        role: ``wide`` (shallow) or ``narrow`` (deep).
        n_layers: number of layers.
        d_model: width of the residual stream.
        d_inner: width of the feed-forward layer.
        non_embedding_params: parameters of the stack, embeddings and softmax left out.
    """

    role: str
    n_layers: int
    d_model: int
    d_inner: int
    non_embedding_params: int


def non_embedding_params(n_layers: Scalar, d_model: Scalar, d_inner: Scalar) -> Scalar:
    """Non-embedding parameters of a Transformer-XL stack; ints, floats or arrays."""
    return (
        5 * n_layers * d_model * d_model
        + 2 * n_layers * d_model * d_inner
        + 7 * n_layers * d_model
        + n_layers * d_inner
        + 3 * d_model
        + 3
    )


def params_at_width(d_model: Scalar) -> Scalar:
    """Non-embedding parameters at ``d_model`` with depth d_model / 128, d_inner = d_model."""
    return ((_CUBIC * d_model + _SQUARE) * d_model + _LINEAR) * d_model + _CONSTANT


def params_and_elasticity(d_model: Scalar) -> tuple[Scalar, Scalar]:
    """`params_at_width`, and d ln(params) / d ln(d_model)."""
    params = params_at_width(d_model)
    slope = (3 * _CUBIC * d_model + 2 * _SQUARE) * d_model + _LINEAR
    return params, slope * d_model / params


def width_at_params(params: Scalar, ops: Ops = SCALAR) -> Scalar:
    """The real width whose size is ``params`` (> 3): inverse of `params_at_width`.

    The cubic is increasing and convex, so Newton from the right of its one positive root
    falls onto it without ever leaving the positive axis; no complex root can be met.
    """
    width = (params / _CUBIC) ** (1 / 3)
    for _ in range(100):
        slope = (3 * _CUBIC * width + 2 * _SQUARE) * width + _LINEAR
        step = (params_at_width(width) - params) / slope
        width = width - step
        if _settled(step, width, ops):
            break
    return width


def _settled(step: Scalar, width: Scalar, ops: Ops) -> bool:
    if ops is SCALAR:
        return bool(abs(step) <= 1e-15 * width)
    return bool((abs(step) <= 1e-15 * width).all())


def depth_pair(d_model: Scalar, ops: Ops = SCALAR) -> tuple[Scalar, Scalar]:
    """Layers of the wide and of the narrow shape at a real width (T. Le Scao 2020)."""
    wide = ops.maximum(ops.floor(d_model / WIDTH_TO_DEPTH), 1)
    narrow = ops.maximum(wide + 1, ops.floor(0.3 * d_model**1.25 / WIDTH_TO_DEPTH))
    return wide, narrow


def rounded_width(params: Scalar, n_layers: Scalar, ops: Ops = SCALAR) -> Scalar:
    """Width, a multiple of 8, that brings ``n_layers`` with d_inner = d_model to ``params``."""
    linear = 8 * n_layers + 3
    root = ops.sqrt(linear * linear + 28 * n_layers * ops.maximum(params - 3, 0.0))
    width = (root - linear) / (14 * n_layers)
    return WIDTH_STEP * ops.maximum(ops.floor(width / WIDTH_STEP + 0.5), 1)


def build(role: str, n_layers: int, d_model: int) -> Shape:
    """A shape with d_inner = d_model and its parameter count."""
    params = non_embedding_params(n_layers, d_model, d_model)
    return Shape(role, n_layers, d_model, d_model, params)


def shapes_for(params: float, d_model: float) -> tuple[Shape, Shape]:
    """The wide and the narrow shape for a parameter count and its real width."""
    wide, narrow = depth_pair(d_model)
    return (
        build("wide", wide, rounded_width(params, wide)),
        build("narrow", narrow, rounded_width(params, narrow)),
    )


def shape_arrays(params: FloatArray, d_model: FloatArray) -> dict[str, FloatArray]:
    """`shapes_for` over arrays: ``{role}_n_layers`` and ``{role}_d_model``."""
    columns: dict[str, FloatArray] = {}
    for role, depth in zip(("wide", "narrow"), depth_pair(d_model, ARRAY), strict=True):
        columns[f"{role}_n_layers"] = depth
        columns[f"{role}_d_model"] = rounded_width(params, depth, ARRAY)
    return columns


def friendly(shape: Shape) -> Shape:
    """The nearest shape whose width is a multiple of 64 or, below 64, a power of two.

    Such widths were measurably faster than their neighbours (T. Le Scao 2020).
    """
    if shape.d_model >= FRIENDLY_STEP:
        below = shape.d_model // FRIENDLY_STEP * FRIENDLY_STEP
        step = FRIENDLY_STEP
    else:
        below = 2 ** int(math.log2(shape.d_model))
        step = below
    up = 2 * (shape.d_model - below) >= step
    return build(shape.role, shape.n_layers, below + step if up else below)


MODEL_FAMILY = Family(
    id=FAMILY,
    name="Transformer-XL",
    vocab=267_735,  # WikiText-103 as its authors tokenise it
    seq_len=SEQ_LEN,
    tied=True,
    head_dim=FRIENDLY_STEP,
    queries_per_kv=1,
    ff_ratio=1.0,
    n_mlp_mats=2,
    aspect_rule=AspectRule(
        wide=DepthLine(1 / WIDTH_TO_DEPTH, 1.0),
        typical=DepthLine(1 / WIDTH_TO_DEPTH, 1.0),
        narrow=DepthLine(0.3 / WIDTH_TO_DEPTH, 1.25),
        source="T. Le Scao, How Big Should My Language Model Be?, 2020",
    ),
    # two biases of attention, two norms and a bias behind the feed-forward layer, its inner bias,
    # the positions' projection, and the adaptive softmax's three clusters
    extra_rule=ExtraRule(per_width=7, per_ff=1, squares=1, once_per_width=3, once=3),
    source="Dai et al. 2019 (arXiv 1901.02860); T. Le Scao 2020",
)
