"""The real-valued shape of a size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.families.aspect import DepthLine, Role, fitted
from core.families.counting import Counting
from core.families.library import families, find_family
from core.families.transformer_xl import width_at_params

FAMILIES = st.sampled_from(list(families().values()))
COUNTINGS, ROLES = st.sampled_from(Counting), st.sampled_from(Role)
SIZES = st.floats(4, 13).map(lambda exponent: 10.0**exponent)
GROWING = ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_ff")


@given(FAMILIES, COUNTINGS, ROLES, SIZES, st.integers(100, 10**6), st.integers(16, 10**6))
def test_a_shape_has_the_size_that_was_asked_for(family, counting, role, count, vocab, seq_len):
    shape = family.at_size(count, counting, role, vocab, seq_len)
    assert shape.counted(counting) == pytest.approx(count, rel=1e-12)
    assert shape.vocab == vocab
    assert shape.seq_len == seq_len


@pytest.mark.parametrize("counting", Counting)
@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("family", families().values(), ids=lambda family: family.id)
def test_a_bigger_model_is_bigger_in_everything(family, counting, role):
    counts = np.geomspace(1e4, 1e13, 2001)
    shape = family.at_size(counts, counting, role)
    np.testing.assert_allclose(shape.counted(counting), counts, rtol=1e-12)
    for field in GROWING:
        steps = np.diff(np.log(getattr(shape, field)))
        assert (steps > 0).all()
        # smooth: neighbouring steps in ln size differ by little everywhere
        assert abs(np.diff(steps)).max() < 0.02 * steps.max()


@given(FAMILIES, COUNTINGS, ROLES, st.lists(SIZES, min_size=1, max_size=5))
def test_arrays_give_what_numbers_give(family, counting, role, counts):
    many = family.at_size(np.array(counts), counting, role)
    for place, count in enumerate(counts):
        one = family.at_size(count, counting, role)
        for field in GROWING:
            assert getattr(many, field)[place] == pytest.approx(getattr(one, field), rel=1e-12)


def test_arrays_of_sizes_and_vocabularies_broadcast():
    counts, vocabs = np.geomspace(1e6, 1e9, 3)[:, None], np.array([1_000, 100_000])
    shape = find_family("gpt2").at_size(counts, Counting.TIED, vocab=vocabs)
    assert shape.d_model.shape == (3, 2)
    np.testing.assert_allclose(shape.counted(Counting.TIED), counts + 0 * vocabs, rtol=1e-12)


@given(SIZES)
def test_transformer_xl_is_sized_as_the_2020_calculator(count):
    shape = find_family("transformer_xl").at_size(count, Counting.NON_EMBEDDING)
    assert shape.d_model == pytest.approx(width_at_params(count), rel=1e-12)
    assert shape.n_layers == pytest.approx(shape.d_model / 128, rel=1e-12)
    assert shape.d_ff == shape.d_model


@given(st.sampled_from(["gpt2", "llama"]), COUNTINGS, SIZES)
def test_wide_is_wider_and_narrow_is_deeper_than_typical(name, counting, count):
    wide, typical, narrow = (find_family(name).at_size(count, counting, role) for role in Role)
    assert wide.d_model > typical.d_model > narrow.d_model
    assert wide.n_layers < typical.n_layers < narrow.n_layers


@pytest.mark.parametrize("count", [0.0, -1.0, float("nan"), float("inf"), np.array([1e6, 0.0])])
@pytest.mark.parametrize("family", families().values(), ids=lambda family: family.id)
def test_a_size_that_is_none_is_refused(family, count):
    with pytest.raises(InputError, match=r"^params must be finite and more than"):
        family.at_size(count, Counting.NON_EMBEDDING)


@pytest.mark.parametrize("field", ["vocab", "seq_len"])
@pytest.mark.parametrize("value", [0, -1.0, float("nan"), np.array([100.0, float("inf")])])
def test_a_vocabulary_or_context_that_is_none_is_refused(field, value):
    with pytest.raises(InputError, match=f"^{field} must be positive"):
        find_family("gpt2").at_size(1e9, Counting.TIED, **{field: value})


def test_what_a_law_counts_does_not_decide_whether_the_head_is_tied():
    llama = find_family("llama")
    untied, tied = (llama.at_size(1e9, Counting.UNTIED, tied=tied) for tied in (None, True))
    assert untied.d_model == tied.d_model
    assert untied.params == pytest.approx(1e9, rel=1e-12)
    assert tied.params == pytest.approx(1e9 - tied.d_model * 128_256, rel=1e-12)
    assert all(shape.tied for shape in llama.shapes_for(1e9, Counting.UNTIED, tied=True))


def test_transformer_xl_needs_more_than_its_three_constants():
    family = find_family("transformer_xl")
    assert family.at_size(3.5, Counting.NON_EMBEDDING).counted(Counting.NON_EMBEDDING) == 3.5
    with pytest.raises(InputError, match="more than 3"):
        family.at_size(3.0, Counting.NON_EMBEDDING)


def test_a_band_goes_through_its_outermost_models():
    # half and all of the square root of the width
    rule = fitted(((8, 256), (16, 1024), (16, 256), (32, 1024)), "made up")
    for width in (256.0, 1024.0, 5000.0):
        assert rule.wide.layers(width) == pytest.approx(width**0.5 / 2)
        assert rule.typical.layers(width) == pytest.approx((width / 2) ** 0.5)
        assert rule.narrow.layers(width) == pytest.approx(width**0.5)


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("gpt2", [(12, 768), (48, 1600), (40, 5140), (96, 12_288)]),
        ("llama", [(32, 4096), (48, 8192), (126, 16_384), (22, 2048)]),
    ],
)
def test_published_models_lie_in_the_band_of_their_family(name, published):
    rule = find_family(name).aspect_rule
    for layers, width in published:
        assert rule.wide.layers(width) <= layers * (1 + 1e-12)
        assert rule.narrow.layers(width) >= layers * (1 - 1e-12)


def test_the_aspect_ratio_is_width_to_depth():
    rule = find_family("transformer_xl").aspect_rule
    assert rule.wide == DepthLine(1 / 128, 1.0)
    assert rule.ratio(512.0, Role.WIDE) == pytest.approx(128)
    assert rule.ratio(4096.0, Role.NARROW) == pytest.approx(4096 / (0.3 * 4096**1.25 / 128))
