"""Awkward shapes and what they cost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.families.library import find_family
from core.families.linter import findings, lint

GPT2, LLAMA = find_family("gpt2"), find_family("llama")


def codes(shape, **layout):
    return [message.code for message in lint(shape, **layout)]


def found(shape, code, **layout):
    return next(each for each in findings(shape, **layout) if each.message.code == code)


@pytest.mark.parametrize(
    "shape",
    [
        LLAMA.architecture(32, 4096),
        LLAMA.architecture(80, 8192, n_kv_heads=8),
        GPT2.architecture(12, 768, vocab=50_304),
        GPT2.architecture(96, 12_288, n_heads=96, vocab=50_304),
    ],
    ids=["Llama 3 8B", "Llama 3 70B", "nanoGPT", "GPT-3, padded"],
)
def test_a_clean_shape_gives_nothing(shape):
    assert lint(shape) == ()


def test_gpt_2s_own_vocabulary_wants_padding():
    (finding,) = findings(GPT2.architecture(12, 768))
    assert (finding.field, finding.value) == ("vocab", 50_304)
    assert "25 %" in str(finding.message)
    assert str(finding.advice) == "vocab = 50,304 would be friendly."


def test_a_split_vocabulary_wants_more_padding():
    shape = LLAMA.architecture(80, 8192, n_kv_heads=8, vocab=128_256)
    assert codes(shape) == []
    assert found(shape, "vocab", tp=8).value == 128_512


def test_the_width_that_cost_bigscience_27_percent_is_found():
    shape = GPT2.architecture(80, 14_400, n_heads=75, d_ff=57_344, vocab=250_880)
    finding = found(shape, "d_model")
    assert "+27 %" in str(finding.message)
    assert "14,400 is not a multiple of 128" in str(finding.message)
    assert codes(GPT2.architecture(80, 13_824, n_heads=108, vocab=250_880)) == []


def test_a_small_model_may_have_a_width_of_64s():
    assert codes(GPT2.architecture(6, 320, vocab=50_304)) == []
    assert codes(GPT2.architecture(6, 1344, d_ff=5376, vocab=50_304)) == ["d_model"]


def test_heads_that_are_no_multiple_of_8_are_told_apart_from_those_of_64():
    assert codes(GPT2.architecture(78, 13_824, n_heads=128, vocab=50_304)) == ["head_dim_of_eights"]
    assert codes(GPT2.architecture(32, 2560, n_heads=32, vocab=50_304)) == ["head_dim_of_tiles"]
    assert codes(GPT2.architecture(32, 4096, n_heads=8, vocab=50_304)) == ["head_dim_too_wide"]


def test_heads_of_80_become_heads_of_64():
    shape = GPT2.architecture(32, 2560, n_heads=32, vocab=50_304)
    finding = found(shape, "head_dim_of_tiles")
    assert (finding.field, finding.value) == ("n_heads", 40)


def test_suggested_heads_are_divided_by_those_of_keys_and_values():
    # 3,200 wide: 25 heads of 128 would be nearer to 32 than 50 of 64, but 2 do not divide 25
    shape = LLAMA.architecture(32, 3200, n_heads=32, n_kv_heads=2)
    assert found(shape, "head_dim_of_eights").value == 50
    assert found(LLAMA.architecture(32, 3200, 32, 8), "head_dim_of_eights").advice is None


def test_a_feed_forward_width_of_8_thirds_is_aligned():
    shape = LLAMA.architecture(32, 4096, d_ff=10_922)
    finding = found(shape, "d_ff")
    assert (finding.field, finding.value) == ("d_ff", 10_880)
    assert codes(replace(shape, d_ff=10_880)) == []


def test_a_split_feed_forward_layer_wants_tiles_on_each_gpu():
    shape = LLAMA.architecture(32, 4096, d_ff=11_008)
    assert codes(shape) == []
    assert "512" in str(found(shape, "d_ff", tp=8).message)


def test_heads_must_be_shared_evenly():
    shape = LLAMA.architecture(40, 5120, n_heads=40, vocab=131_072, d_ff=16_384)
    assert codes(shape, tp=16) == ["heads_split"]
    assert codes(LLAMA.architecture(32, 4096, vocab=131_072, d_ff=16_384), tp=16) == [
        "kv_heads_split"
    ]


def test_layers_should_fill_the_pipeline_evenly():
    shape = GPT2.architecture(78, 13_824, n_heads=108, vocab=50_304)
    finding = found(shape, "stages", pp=12)
    assert "the fullest has 7, and a GPU waits 7 % of the time" in str(finding.message)
    assert finding.value == 72
    assert codes(shape, pp=13) == []


@given(
    st.integers(1, 120),
    st.integers(1, 120).map(lambda heads: 8 * heads),
    st.sampled_from([48, 64, 80, 100, 128, 136]),
    st.integers(100, 60_000),
    st.integers(100, 300_000),
    st.sampled_from([1, 2, 4, 8]),
    st.sampled_from([1, 4, 7]),
)
def test_a_suggestion_cures_what_it_is_for_and_causes_nothing_new(
    n_layers, n_heads, head_dim, d_ff, vocab, tp, pp
):
    shape = LLAMA.architecture(n_layers, n_heads * head_dim, n_heads, None, d_ff, vocab)
    before = set(codes(shape, tp=tp, pp=pp))
    for finding in findings(shape, tp, pp):
        assert str(finding.message)
        if finding.field is None:
            continue
        better = replace(shape, **{finding.field: finding.value})
        after = set(codes(better, tp=tp, pp=pp))
        assert after < before
        assert finding.message.code not in after
        assert better.d_model % better.n_heads == better.n_heads % better.n_kv_heads == 0
