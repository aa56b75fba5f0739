"""``isoloss layouts`` as text and as JSON."""

import json

import pytest

from core.command_line import Parser, UsageError
from core.errors import InputError
from core.layout_commands import FIELDS, add_layout_options, rank_layouts

SHAPE = ("--n-layers", "80", "--d-model", "8192")


@pytest.fixture
def run():
    def run(*words):
        parser = Parser()
        add_layout_options(parser)
        parser.add_argument("--json", action="store_true")
        return rank_layouts(parser.parse_args([*SHAPE, *words]))

    return run


def test_the_text_ranks_layouts_and_names_the_ties(run):
    lines = run("--n-gpus", "512", "--stack", "nemo").splitlines()
    assert lines[0] == "llama 80 layers x 8192, 71.9 B parameters, NeMo 24.09 to 25.05"
    assert "batch of 512 sequences, network 3,200 Gb/s a machine" in lines[1]
    table = [line for line in lines if "over" in line]
    assert table[0].endswith("fastest")
    assert table[1].endswith("tie")
    assert "tp 4" in table[0]
    assert any("a tie" in line for line in lines)
    assert max(len(line) for line in lines) <= 100


def test_json_has_every_layout_with_plain_numbers(run):
    found = json.loads(run("--n-gpus", "64", "--json"))
    assert found["n_fit"] > len(found["layouts"]) > 5
    first = found["layouts"][0]
    assert first["is_tie"] is True
    assert first["slower"] == 0
    assert first["tp"] * first["pp"] * first["dp"] == 64
    assert {"vp", "sharding", "recompute", "micro_batch", "memory_fill"} < set(first)
    assert found["costs"]["n_layouts"] == 0
    assert found["global_batch"] == 512


def test_the_shapes_batch_network_and_phi_are_those_given(run):
    usual = json.loads(run("--n-gpus", "64", "--json"))
    own = json.loads(run("--n-gpus", "64", "--phi", "2.6", "--json"))
    slow = json.loads(run("--n-gpus", "64", "--node-gb-s", "5", "--json"))
    small = json.loads(run("--n-gpus", "64", "--global-batch", "128", "--json"))
    first = [found["layouts"][0]["tokens_per_s_per_gpu"] for found in (usual, own, slow)]
    assert first[1] < 0.7 * first[0]
    assert first[2] < first[0]
    assert slow["node_gb_s"] == 5
    assert small["global_batch"] == 128


def test_without_a_shape_it_says_what_is_missing():
    parser = Parser()
    add_layout_options(parser)
    parser.add_argument("--json", action="store_true")
    with pytest.raises(UsageError, match="--n-layers must be given"):
        rank_layouts(parser.parse_args(["--n-gpus", "8"]))


def test_bad_numbers_name_a_field_that_is_an_option(run):
    for words in (("--node-gb-s", "0"), ("--cp", "3"), ("--n-gpus", "x"), ("--stack", "none")):
        with pytest.raises(InputError) as refused:
            run(*words)
        assert refused.value.field in FIELDS
