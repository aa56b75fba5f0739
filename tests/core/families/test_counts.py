"""Exact parameters of published models, by their shapes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.families.counting import Counting
from core.families.library import families, find_family
from core.families.transformer_xl import non_embedding_params

GPT2, LLAMA, TRANSFORMER_XL = (find_family(name) for name in ("gpt2", "llama", "transformer_xl"))
FAMILIES = list(families().values())


@pytest.mark.parametrize(
    ("n_layers", "d_model", "n_heads", "params"),
    [
        (12, 768, 12, 124_439_808),
        (24, 1024, 16, 354_823_168),
        (36, 1280, 20, 774_030_080),
        (48, 1600, 25, 1_557_611_200),
    ],
)
def test_gpt_2_has_its_published_parameters(n_layers, d_model, n_heads, params):
    model = GPT2.architecture(n_layers, d_model)
    assert model.n_heads == n_heads
    assert model.params == params
    assert model.counted(Counting.TIED) == params


@pytest.mark.parametrize(
    ("shape", "params"),
    [
        # Llama 2: 7B, 13B, 70B
        ({"n_layers": 32, "d_model": 4096, "n_kv_heads": 32, "d_ff": 11008}, 6_738_415_616),
        ({"n_layers": 40, "d_model": 5120, "n_kv_heads": 40, "d_ff": 13824}, 13_015_864_320),
        ({"n_layers": 80, "d_model": 8192, "n_kv_heads": 8, "d_ff": 28672}, 68_976_648_192),
    ],
)
def test_llama_2_has_its_published_parameters(shape, params):
    model = LLAMA.architecture(**shape, vocab=32_000, seq_len=4_096)
    assert model.params == model.counted(Counting.UNTIED) == params


@pytest.mark.parametrize(
    ("shape", "params"),
    [
        ({"n_layers": 32, "d_model": 4096}, 8_030_261_248),  # Llama 3 8B, by the family's defaults
        ({"n_layers": 80, "d_model": 8192, "n_kv_heads": 8}, 70_553_706_496),
        (
            {"n_layers": 126, "d_model": 16384, "n_kv_heads": 8, "d_ff": 53248},
            405_853_388_800,
        ),
        (  # Llama 3.2 1B and 3B tie their heads
            {"n_layers": 16, "d_model": 2048, "n_heads": 32, "d_ff": 8192, "tied": True},
            1_235_814_400,
        ),
        (
            {
                "n_layers": 28,
                "d_model": 3072,
                "n_heads": 24,
                "n_kv_heads": 8,
                "d_ff": 8192,
                "tied": True,
            },
            3_212_749_824,
        ),
        (  # TinyLlama
            {
                "n_layers": 22,
                "d_model": 2048,
                "n_heads": 32,
                "n_kv_heads": 4,
                "d_ff": 5632,
                "vocab": 32_000,
            },
            1_100_048_384,
        ),
    ],
)
def test_llama_3_and_its_kin_have_their_published_parameters(shape, params):
    assert LLAMA.architecture(**shape).params == params


def test_llama_3_8b_follows_from_layers_and_width():
    model = LLAMA.architecture(32, 4096)
    assert (model.n_heads, model.n_kv_heads, model.d_ff) == (32, 8, 14_336)
    assert (model.vocab, model.seq_len, model.tied) == (128_256, 8_192, False)


@given(st.integers(1, 500), st.integers(1, 20_000), st.integers(1, 80_000))
def test_transformer_xl_counts_as_the_2020_calculator(n_layers, d_model, d_inner):
    model = TRANSFORMER_XL.architecture(n_layers, d_model, n_heads=1, d_ff=d_inner)
    assert model.non_embedding_params == non_embedding_params(n_layers, d_model, d_inner)


def test_gpt_3_has_its_published_size_and_compute():
    # Brown et al. 2020, table D.1: 174,600 M parameters, 300 B tokens, 3.14e23 FLOP
    model = GPT2.architecture(96, 12_288, n_heads=96, seq_len=2_048)
    assert model.params == pytest.approx(174_600e6, rel=1e-4)
    assert 6 * model.params * 300e9 == pytest.approx(3.14e23, rel=2e-3)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)
def test_counts_of_laws_differ_by_tables_of_tokens_and_positions(family):
    model = family.architecture(24, 2048, vocab=50_304, seq_len=512)
    bare, head, tied, untied = (
        model.counted(counting)
        for counting in (
            Counting.NON_EMBEDDING,
            Counting.WITH_HEAD,
            Counting.TIED,
            Counting.UNTIED,
        )
    )
    table = 50_304 * 2048
    positions = 512 * 2048 if family is GPT2 else 0
    assert (head - bare, tied - head, untied - tied) == (table, positions, table)
    assert model.params == (tied if family.tied else untied)


def test_deepseeks_count_is_its_m_over_six():
    # arXiv 2401.02954, eq. 2: M = 72 L d^2 + 12 L d s
    model = GPT2.architecture(30, 4096, seq_len=4096)
    m = 72 * 30 * 4096**2 + 12 * 30 * 4096 * 4096
    assert model.counted(Counting.FLOPS_OVER_SIX) == m / 6


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)
def test_arrays_of_shapes_are_counted_as_single_ones(family):
    layers, widths = np.array([[2], [24]]), np.array([512, 1536, 3072])
    many = family.architecture(layers, widths)
    assert many.params.shape == (2, 3)
    for row, n_layers in enumerate((2, 24)):
        for column, d_model in enumerate((512, 1536, 3072)):
            one = family.architecture(n_layers, d_model)
            assert many.params[row, column] == one.params
            assert many.n_kv_heads[column] == one.n_kv_heads


@pytest.mark.parametrize(
    ("field", "numbers"),
    [
        ("n_layers", {"n_layers": 0}),
        ("n_layers", {"n_layers": 2.5}),
        ("d_model", {"d_model": float("nan")}),
        ("d_model", {"d_model": float("inf")}),
        ("d_model", {"d_model": np.array([64.0, -64.0])}),
        ("n_heads", {"n_heads": 7}),
        ("n_heads", {"n_heads": "many"}),
        ("n_kv_heads", {"n_heads": 8, "n_kv_heads": 3}),
        ("d_ff", {"d_ff": -1}),
        ("vocab", {"vocab": 0}),
        ("seq_len", {"seq_len": 0.5}),
    ],
)
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.id)
def test_a_number_that_no_model_has_is_refused_by_name(family, field, numbers):
    with pytest.raises(InputError) as caught:
        family.architecture(**{"n_layers": 4, "d_model": 512, **numbers})
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["gpt2", "GPT-2", " Gpt2 "])
def test_a_family_is_found_by_id_and_name(name):
    assert find_family(name) is GPT2


def test_a_family_that_is_none_is_refused_with_those_that_are():
    with pytest.raises(InputError, match=r"^family must be one of gpt2, llama, transformer_xl"):
        find_family("mamba")
