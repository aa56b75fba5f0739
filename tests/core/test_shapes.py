"""Shapes: parameter counts, the wide and the narrow one, and their friendly neighbours."""

import ast
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.export.code import head_split
from core.families.transformer_xl import (
    Shape,
    build,
    depth_pair,
    friendly,
    non_embedding_params,
    rounded_width,
    shape_arrays,
    shapes_for,
    width_at_params,
)
from core.planner import By, PlanRequest, plan

SIZES = st.floats(math.log(1e5), math.log(1e12)).map(math.exp)


@pytest.mark.parametrize(
    ("shape", "params"),
    [
        ((2, 64, 64), 58_563),
        ((2, 256, 1024), 1_710_339),
        ((16, 410, 2100), 41_080_753),  # the reference model of the Transformer-XL paper
        ((16, 512, 2048), 54_617_603),
        ((18, 1024, 4096), 245_572_611),
    ],
)
def test_parameters_are_those_of_published_models(shape, params):
    assert non_embedding_params(*shape) == params


@given(st.integers(1, 10_000), st.integers(1, 100_000), st.integers(1, 400_000))
def test_parameters_are_the_sum_of_the_parts_of_a_transformer_xl(n_layers, d_model, d_inner):
    attention = 5 * d_model**2 + 2 * d_model  # q, k, v, r, o, and the two position biases
    feed_forward = 2 * d_model * d_inner + d_inner + d_model
    layer_norms = 2 * 2 * d_model
    clusters = 3 * d_model + 3  # of the adaptive softmax
    layer = attention + feed_forward + layer_norms
    assert non_embedding_params(n_layers, d_model, d_inner) == n_layers * layer + clusters


def test_parameters_of_arrays_broadcast():
    layers, widths = np.array([[1], [2]]), np.array([64, 128, 256])
    counted = non_embedding_params(layers, widths, widths)
    assert counted.shape == (2, 3)
    assert counted[1, 2] == non_embedding_params(2, 256, 256)


@pytest.mark.parametrize(
    ("width", "depths"),
    [
        (937.0, (7, 12)),
        (1542.9, (12, 22)),
        (1.0, (1, 2)),
        (127.9, (1, 2)),
        (255.9, (1, 2)),
        (256.0, (2, 3)),
        (12_288.0, (96, 303)),
    ],
)
def test_depths_follow_the_width(width, depths):
    assert depth_pair(width) == depths


@given(SIZES)
def test_shapes_come_as_near_to_their_size_as_multiples_of_8_can(params):
    wide, narrow = shapes_for(params, width_at_params(params))
    assert (wide.role, narrow.role) == ("wide", "narrow")
    assert narrow.n_layers > wide.n_layers
    assert narrow.d_model <= wide.d_model
    for shape in (wide, narrow):
        assert shape.d_inner == shape.d_model
        assert shape.d_model % 8 == 0
        # the parameters wanted lie between those of widths half a step narrower and wider
        ends = [
            non_embedding_params(shape.n_layers, width, width)
            for width in (shape.d_model - 4, shape.d_model + 4)
        ]
        assert ends[0] <= params * (1 + 1e-12)
        assert params * (1 - 1e-12) <= ends[1]


def test_no_shape_is_narrower_than_8():
    wide, narrow = shapes_for(4.0, 0.3)
    assert (wide.n_layers, wide.d_model) == (1, 8)
    assert (narrow.n_layers, narrow.d_model) == (2, 8)


@pytest.mark.parametrize("n_layers", [1, 7, 96])
def test_the_size_of_a_shape_gives_its_width_back(n_layers):
    for d_model in range(8, 4000, 8):
        params = non_embedding_params(n_layers, d_model, d_model)
        assert rounded_width(params, n_layers) == d_model


@given(st.integers(1, 4000).map(lambda eighths: 8 * eighths), st.sampled_from(["wide", "narrow"]))
def test_the_friendly_width_is_the_nearest_multiple_of_64_or_power_of_two(d_model, role):
    kind = {2**power for power in range(3, 16)} | set(range(64, d_model + 65, 64))
    distance = min(abs(width - d_model) for width in kind)
    found = friendly(build(role, 5, d_model))
    assert found.d_model in kind
    assert abs(found.d_model - d_model) == distance
    assert found == build(role, 5, found.d_model)


@pytest.mark.parametrize(
    ("width", "friendlier"),
    [(8, 8), (16, 16), (24, 32), (40, 32), (48, 64), (56, 64), (88, 64), (96, 128), (728, 704)],
)
def test_friendly_widths_of_known_shapes(width, friendlier):
    assert friendly(build("wide", 3, width)).d_model == friendlier


def test_the_friendly_neighbour_says_what_it_changes():
    wide, narrow = plan(PlanRequest()).shapes
    assert wide.friendly == wide.shape  # 960 = 15 x 64
    assert wide.friendly_change == 0
    assert narrow.friendly == Shape("narrow", 12, 704, 704, 41_701_443)
    assert narrow.friendly_change == pytest.approx(41_701_443 / 44_590_731 - 1, rel=1e-12)


@given(SIZES)
def test_planned_shapes_have_whole_numbers_and_hold_the_planned_size(params):
    for option in plan(PlanRequest(By.PARAMS, params)).shapes:
        for shape in (option.shape, option.friendly):
            numbers = (shape.n_layers, shape.d_model, shape.d_inner, shape.non_embedding_params)
            assert {type(number) for number in numbers} == {int}
            assert ast.literal_eval(repr(numbers)) == numbers
            counted = non_embedding_params(shape.n_layers, shape.d_model, shape.d_inner)
            assert counted == shape.non_embedding_params
        assert option.shape.non_embedding_params == pytest.approx(params, rel=0.25)


@given(st.integers(1, 4000).map(lambda eighths: 8 * eighths))
def test_heads_divide_the_width_into_multiples_of_8_near_64(d_model):
    n_head, d_head = head_split(d_model)
    assert n_head * d_head == d_model
    assert d_head % 8 == 0
    rivals = [width for width in range(8, d_model + 1, 8) if d_model % width == 0]
    assert abs(d_head - 64) == min(abs(width - 64) for width in rivals)


def test_arrays_of_shapes_are_those_of_single_sizes():
    params = np.geomspace(1e4, 1e13, 500)
    widths = np.array([width_at_params(float(p)) for p in params])
    columns = shape_arrays(params, widths)
    for place, (size, width) in enumerate(zip(params.tolist(), widths.tolist(), strict=True)):
        for shape in shapes_for(size, width):
            assert columns[f"{shape.role}_n_layers"][place] == shape.n_layers
            assert columns[f"{shape.role}_d_model"][place] == shape.d_model
