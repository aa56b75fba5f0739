"""Shapes for a size that can be built and that suit the hardware."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.families.counting import Counting
from core.families.library import families, find_family
from core.families.linter import lint

FAMILIES = st.sampled_from(list(families().values()))
COUNTINGS = st.sampled_from(Counting)


def sizes(low, high):
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


@settings(max_examples=60, deadline=None)
@given(FAMILIES, COUNTINGS, sizes(4, 13), st.integers(2, 300_000))
def test_shapes_can_be_built_and_are_aligned(family, counting, count, vocab):
    for shape in family.shapes_for(count, counting, vocab=vocab):
        numbers = (shape.n_layers, shape.d_model, shape.n_heads, shape.n_kv_heads, shape.d_ff)
        assert {type(number) for number in (*numbers, shape.vocab)} == {int}
        assert min(numbers) >= 1
        step = 128 if shape.d_model >= 1024 else 64
        assert shape.d_model % step == shape.d_ff % step == 0
        assert shape.head_dim in (64, 128)
        assert shape.n_heads % shape.n_kv_heads == 0
        assert shape.vocab % 128 == 0
        assert 0 <= shape.vocab - vocab < 128
        assert lint(shape) == ()


@settings(max_examples=60, deadline=None)
@given(FAMILIES, COUNTINGS, sizes(4, 13))
def test_the_narrow_shape_is_deeper_and_no_wider(family, counting, count):
    wide, narrow = family.shapes_for(count, counting)
    assert narrow.n_layers > wide.n_layers
    assert narrow.d_model <= wide.d_model


@settings(max_examples=60, deadline=None)
@given(FAMILIES, sizes(8, 13))
def test_shapes_come_near_to_the_size(family, count):
    for shape in family.shapes_for(count, Counting.NON_EMBEDDING):
        assert shape.counted(Counting.NON_EMBEDDING) == pytest.approx(count, rel=0.06)


def test_most_shapes_of_today_come_within_two_percent():
    for family in families().values():
        counts = np.geomspace(1e8, 1e12, 60)
        found = [family.shapes_for(count, Counting.UNTIED) for count in counts.tolist()]
        off = [
            abs(shape.counted(Counting.UNTIED) / count - 1)
            for shapes, count in zip(found, counts, strict=True)
            for shape in shapes
        ]
        assert np.mean(np.array(off) <= 0.02) >= 0.8


@settings(max_examples=40, deadline=None)
@given(FAMILIES, sizes(8.5, 13))
def test_shapes_stay_in_the_band_of_their_family(family, count):
    rule = family.aspect_rule
    for shape in family.shapes_for(count, Counting.NON_EMBEDDING):
        assert shape.n_layers > rule.wide.layers(shape.d_model) - 1
        assert shape.n_layers < rule.narrow.layers(shape.d_model) + 1


@pytest.mark.parametrize(
    ("count", "published"), [(7e9, (32, 4096, 32, 8, 14_336)), (70e9, (80, 8192, 64, 16, 28_672))]
)
def test_llama_of_7_and_70_billion_has_shapes_like_the_published_ones(count, published):
    _, shape = find_family("llama").shapes_for(count, Counting.NON_EMBEDDING)
    numbers = (shape.n_layers, shape.d_model, shape.n_heads, shape.n_kv_heads, shape.d_ff)
    assert numbers == published


def test_the_same_size_gives_the_same_shapes():
    gpt2 = find_family("gpt2")
    assert gpt2.shapes_for(1e9, Counting.TIED) == gpt2.shapes_for(1e9, Counting.TIED)


def test_below_the_smallest_aligned_shape_the_smallest_is_given():
    wide, _ = find_family("gpt2").shapes_for(1e4, Counting.TIED)
    assert wide.d_model == 64
    assert wide.counted(Counting.TIED) > 1e4


@pytest.mark.parametrize("count", [0.0, -5.0, float("nan"), float("inf")])
def test_a_size_that_is_none_has_no_shapes(count):
    with pytest.raises(InputError, match=r"^params must be finite"):
        find_family("llama").shapes_for(count, Counting.TIED)
