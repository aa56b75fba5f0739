"""Shapes as Hugging Face code."""

import sys
import types
from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import InputError
from core.export.code import gpt2_code, llama_code
from core.families.counting import Counting
from core.families.library import find_family

GPT2, LLAMA = find_family("gpt2"), find_family("llama")


@pytest.fixture
def run(monkeypatch):
    """Runs code with a stand-in for transformers; gives what the configuration was called with."""

    def run(code, params):
        library = types.ModuleType("transformers")
        for name in ("LlamaConfig", "GPT2Config"):
            setattr(library, name, SimpleNamespace)
        model = SimpleNamespace(num_parameters=lambda: params)
        for name in ("LlamaForCausalLM", "GPT2LMHeadModel"):
            setattr(library, name, lambda config: model)
        monkeypatch.setitem(sys.modules, "transformers", library)
        names = {}
        exec(compile(code, "pasted", "exec"), names)
        return vars(names["config"])

    return run


def test_llama_code_has_the_numbers_of_the_shape(run):
    config = run(llama_code(LLAMA.architecture(32, 4096)), 8_030_261_248)
    assert config == {
        "vocab_size": 128_256,
        "hidden_size": 4096,
        "intermediate_size": 14_336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "max_position_embeddings": 8192,
        "rms_norm_eps": 1e-5,
        "rope_theta": 500_000.0,
        "tie_word_embeddings": False,
    }


def test_gpt2_code_has_the_numbers_of_the_shape(run):
    config = run(gpt2_code(GPT2.architecture(48, 1600)), 1_557_611_200)
    assert config == {
        "vocab_size": 50_257,
        "n_positions": 1024,
        "n_embd": 1600,
        "n_layer": 48,
        "n_head": 25,
        "n_inner": 6400,
        "tie_word_embeddings": True,
    }


def test_the_code_checks_the_size_of_what_it_builds(run):
    with pytest.raises(AssertionError):
        run(llama_code(LLAMA.architecture(32, 4096)), 8_030_261_249)


def test_a_heading_is_put_above_as_comments(run):
    code = gpt2_code(GPT2.architecture(12, 768), "narrow shape\nstop after 5 steps")
    assert code.startswith("# narrow shape\n# stop after 5 steps\nfrom transformers")
    assert run(code, 124_439_808)["n_layer"] == 12


def test_shapes_for_a_size_can_be_exported(run):
    for family, write in ((GPT2, gpt2_code), (LLAMA, llama_code)):
        for shape in family.shapes_for(1e9, Counting.TIED):
            assert shape.n_layers in run(write(shape), round(shape.params)).values()


@pytest.mark.parametrize(
    ("write", "shape", "field"),
    [
        (llama_code, GPT2.architecture(12, 768), "family"),
        (gpt2_code, LLAMA.architecture(32, 4096), "family"),
        (gpt2_code, GPT2.architecture(12, 768, n_kv_heads=4), "n_kv_heads"),
        (llama_code, LLAMA.at_size(1e9, Counting.UNTIED), "n_layers"),
    ],
)
def test_a_shape_that_cannot_be_built_so_is_refused(write, shape, field):
    with pytest.raises(InputError) as caught:
        write(shape)
    assert caught.value.field == field


def test_numbers_of_numpy_are_written_as_plain_ones():
    shape = LLAMA.architecture(np.int64(4), np.float64(512))
    assert "hidden_size=512," in llama_code(shape)
