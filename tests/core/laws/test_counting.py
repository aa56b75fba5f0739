"""Conversions between what counts of parameters and FLOP include."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.families.counting import Counting, Decoder, FlopRule


def powers_of_ten(low, high):
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


DECODERS = st.builds(Decoder, powers_of_ten(2, 6), powers_of_ten(0, 3), powers_of_ten(1, 6))
SIZES = powers_of_ten(0, 20)
COUNTINGS, RULES = st.sampled_from(Counting), st.sampled_from(FlopRule)


@given(DECODERS, SIZES, COUNTINGS, COUNTINGS)
def test_every_conversion_can_be_undone(decoder, params, given_as, wanted):
    there = decoder.convert(params, given_as, wanted)
    assert there > 0
    assert decoder.convert(there, wanted, given_as) == pytest.approx(params, rel=1e-9)


@given(DECODERS, SIZES, COUNTINGS, RULES)
def test_flop_per_token_can_be_undone(decoder, params, counting, rule):
    flops = decoder.flops_per_token(params, counting, rule)
    back = decoder.params_at_flops_per_token(flops, counting, rule)
    assert flops >= 6 * params * (1 - 1e-9)
    assert back == pytest.approx(params, rel=1e-9)


@given(DECODERS, SIZES)
def test_counting_more_gives_more(decoder, params):
    width = decoder.width_at_params(params, Counting.NON_EMBEDDING)
    bare, head, tied, untied, flops = (
        decoder.params_at_width(width, counting)
        for counting in (
            Counting.NON_EMBEDDING,
            Counting.WITH_HEAD,
            Counting.TIED,
            Counting.UNTIED,
            Counting.FLOPS_OVER_SIX,
        )
    )
    assert bare == pytest.approx(params, rel=1e-9)
    assert bare <= head == tied <= untied
    assert untied - tied == pytest.approx(tied - bare, rel=1e-6, abs=1e-6 * untied)
    assert flops >= bare


def test_gpt_3_is_counted_as_published():
    decoder = Decoder(vocab_size=50_257, aspect_ratio=12_288 / 96, seq_len=2_048)
    bare = decoder.params_at_width(12_288, Counting.NON_EMBEDDING)
    assert bare == 12 * 96 * 12_288**2
    assert decoder.params_at_width(12_288, Counting.TIED) == pytest.approx(174.6e9, rel=1e-3)
    assert decoder.width_at_params(bare, Counting.NON_EMBEDDING) == pytest.approx(12_288)


def test_deepseeks_m_is_the_non_embedding_flop_with_full_attention():
    decoder = Decoder(vocab_size=102_400, aspect_ratio=4_096 / 30, seq_len=4_096)
    layers, width, seq = 30, 4_096, 4_096
    m = 72 * layers * width**2 + 12 * layers * width * seq
    params = 12 * layers * width**2
    full = decoder.flops_per_token(params, Counting.NON_EMBEDDING, FlopRule.FULL_ATTENTION)
    assert full == pytest.approx(m, rel=1e-12)
    sixth = decoder.convert(params, Counting.NON_EMBEDDING, Counting.FLOPS_OVER_SIX)
    assert sixth == pytest.approx(m / 6, rel=1e-12)
    plain, causal = (
        decoder.flops_per_token(params, Counting.NON_EMBEDDING, rule)
        for rule in (FlopRule.SIX_N, FlopRule.CAUSAL_ATTENTION)
    )
    assert plain == pytest.approx(6 * params, rel=1e-12)
    assert causal == pytest.approx((plain + full) / 2, rel=1e-12)


def test_arrays_give_what_numbers_give():
    decoder, sizes = Decoder(), np.geomspace(1e3, 1e13, 11)
    found = decoder.convert(sizes, Counting.TIED, Counting.NON_EMBEDDING)
    singles = [decoder.convert(n, Counting.TIED, Counting.NON_EMBEDDING) for n in sizes.tolist()]
    np.testing.assert_allclose(found, singles, rtol=1e-12)


@pytest.mark.parametrize("params", [0.0, -1.0, float("nan"), float("inf")])
def test_a_size_that_is_none_is_refused(params):
    with pytest.raises(InputError, match=r"^params must be positive"):
        Decoder().convert(params, Counting.TIED, Counting.NON_EMBEDDING)


@pytest.mark.parametrize("field", ["vocab_size", "aspect_ratio", "seq_len"])
def test_a_decoder_that_is_none_is_refused(field):
    with pytest.raises(InputError, match=f"^{field} must be a positive number"):
        Decoder(**{field: 0})
