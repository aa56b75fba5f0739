"""Training FLOP of a token in the conventions of published figures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.families.architecture import Recompute
from core.families.counting import FlopRule
from core.families.library import find_family

GPT2, LLAMA = find_family("gpt2"), find_family("llama")


@given(
    st.integers(1, 128),
    st.integers(1, 160).map(lambda heads: 128 * heads),
    st.integers(1, 300_000),
    st.integers(1, 100_000),
)
def test_full_recomputation_is_megatrons_equation_3(n_layers, d_model, vocab, seq_len):
    # Narayanan et al. 2021, arXiv 2104.04473, section 5.1, of one token (B s = 1)
    shape = GPT2.architecture(n_layers, d_model, vocab=vocab, seq_len=seq_len)
    terms = 1 + seq_len / (6 * d_model) + vocab / (16 * n_layers * d_model)
    assert shape.flops_per_token(FlopRule.FULL_ATTENTION, Recompute.FULL) == pytest.approx(
        96 * n_layers * d_model**2 * terms, rel=1e-12
    )


def test_palms_convention_is_6_n_and_12_l_h_q_t():
    # Chowdhery et al. 2022, arXiv 2204.02311, appendix B, on a model with square heads
    shape = LLAMA.architecture(32, 4096, seq_len=2048)
    matmul = 32 * (2 * 4096**2 * (1 + 8 / 32) + 3 * 4096 * 14_336) + 4096 * 128_256
    palm = 6 * matmul + 12 * 32 * 32 * 128 * 2048
    assert shape.flops_per_token(FlopRule.FULL_ATTENTION) == palm
    assert shape.flops_per_token(FlopRule.SIX_N) == 6 * matmul


@pytest.mark.parametrize(
    "shape",
    [
        GPT2.architecture(32, 4096, vocab=50_368, seq_len=8192),
        LLAMA.architecture(32, 4096, n_kv_heads=32, d_ff=11_008, vocab=32_000),
        LLAMA.architecture(32, 4096),
    ],
    ids=["MPT 7B", "Llama 2 7B", "Llama 3 8B"],
)
def test_at_8192_tokens_full_attention_counts_12_to_14_percent_more_than_causal(shape):
    full, causal = (
        shape.flops_per_token(rule) for rule in (FlopRule.FULL_ATTENTION, FlopRule.CAUSAL_ATTENTION)
    )
    assert 1.12 <= full / causal <= 1.145


@given(st.integers(1, 100), st.integers(1, 64), st.sampled_from(Recompute))
def test_causal_attention_is_half_way_between_none_and_full(n_layers, heads, recompute):
    shape = LLAMA.architecture(n_layers, 128 * heads)
    none, causal, full = (
        shape.flops_per_token(rule, recompute)
        for rule in (FlopRule.SIX_N, FlopRule.CAUSAL_ATTENTION, FlopRule.FULL_ATTENTION)
    )
    assert causal == pytest.approx((none + full) / 2, rel=1e-12)


@pytest.mark.parametrize("rule", FlopRule)
def test_recomputing_costs_a_forward_pass_of_what_is_recomputed(rule):
    shape = LLAMA.architecture(32, 4096)
    none, selective, full = (shape.flops_per_token(rule, recompute) for recompute in Recompute)
    head = 6 * shape.head_matmul_params
    scores = none - 6 * shape.matmul_params
    assert selective - none == pytest.approx(scores / 3, rel=1e-9)
    assert full - head == pytest.approx((none - head) * 4 / 3, rel=1e-12)


def test_tying_the_head_does_not_change_its_work():
    untied, tied = (LLAMA.architecture(16, 2048, tied=tied) for tied in (False, True))
    assert untied.params - tied.params == 2048 * 128_256
    assert untied.flops_per_token() == tied.flops_per_token()
