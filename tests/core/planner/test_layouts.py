"""Which layouts are looked at, which fit, how they are ordered, and what is called a tie."""

from dataclasses import replace

import pytest

from core.errors import InputError
from core.families.architecture import Recompute
from core.families.library import find_family
from core.hardware.devices import find_device
from core.memory import memory_of
from core.planner.layouts import rank_layouts, tie_band
from core.speed.calibrated import TERMS, Calibrated
from core.speed.stacks import find_stack
from core.speed.stage_fit import bigscience, layouts_of
from core.speed.stages import step_seconds
from core.training import Setup, Sharding


@pytest.fixture(scope="module")
def arch():
    return find_family("llama").architecture(
        n_layers=80, d_model=8192, n_heads=64, n_kv_heads=8, d_ff=28672, vocab=128256, seq_len=8192
    )


@pytest.fixture(scope="module")
def setup():
    return Setup(find_device("h100_sxm"), n_gpus=512)


@pytest.fixture(scope="module")
def ranking(arch, setup):
    return rank_layouts(arch, setup, find_stack("nemo"), 512)


def codes(ranking):
    return [message.code for message in ranking.messages]


def test_layouts_come_fastest_first_one_for_each_split(ranking):
    rates = [layout.tokens_per_s_per_gpu for layout in ranking.layouts]
    assert rates == sorted(rates, reverse=True)
    splits = [(x.setup.tp, x.setup.pp, x.setup.sharding) for x in ranking.layouts]
    assert len(splits) == len(set(splits)) > 20


def test_every_listed_layout_runs_and_fits(arch, setup, ranking):
    assert len(ranking.layouts) <= ranking.n_fit < ranking.n_searched
    for layout in ranking.layouts:
        split = layout.setup
        assert split.tp * split.pp * split.dp == setup.n_gpus
        assert arch.n_heads % split.tp == 0
        assert arch.n_kv_heads % split.tp == 0
        assert arch.n_layers % (split.pp * split.vp) == 0
        assert split.tp <= setup.gpus_per_node
        assert split.vp == 1 or split.grad_accum % split.pp == 0
        memory = memory_of(arch, split)
        assert memory.fits(split.gpu)
        assert layout.fill == pytest.approx(float(memory.fill(split.gpu)))


def test_step_times_are_those_of_the_stage_model(arch, ranking):
    for layout in ranking.layouts:
        alone = step_seconds(arch, layout.setup, layouts_of(layout.setup), ranking.stack)
        assert layout.step_s == pytest.approx(float(alone[0]))
        tokens = layout.setup.dp * layout.setup.micro_batch * layout.setup.grad_accum * arch.seq_len
        rate = tokens / layout.step_s / layout.setup.n_gpus
        assert layout.tokens_per_s_per_gpu == pytest.approx(rate)


def test_nvidias_own_layout_of_a_70b_is_among_the_ties(ranking):
    splits = {(x.setup.tp, x.setup.pp, x.setup.sharding) for x in ranking.ties}
    assert (4, 8, Sharding.ZERO1) in splits
    assert (4, 4, Sharding.ZERO1) in splits


def test_ties_are_those_within_the_held_out_error_and_are_said_so(ranking):
    band = tie_band()
    assert 0.08 < band < 0.15
    assert ranking.layouts[0].slower == 0
    for layout in ranking.layouts:
        assert layout.is_tie == (round(layout.slower, 2) <= band)
    assert 1 < len(ranking.ties) < len(ranking.layouts)
    assert codes(ranking) == ["tied_layouts", "one_cluster"]
    assert f"{len(ranking.ties)} layouts are within 12 %" in str(ranking.messages[0])
    assert "one cluster with one program" in str(ranking.messages[1])


def test_a_stack_without_measured_layouts_says_so(arch, setup):
    found = rank_layouts(arch, setup, find_stack("pytorch-fsdp-compile"), 512)
    assert codes(found)[-1] == "borrowed_costs"


def test_a_calibrated_stack_says_what_was_measured_and_what_was_not(arch, setup):
    each = {"matmul": 2e-15, "launch": 1e-3, "parameters": 1e-12}
    seconds = tuple(each.get(name, 0.0) for name in TERMS)
    own = Calibrated("Mine", "decoder", "bf16", seconds, 1.0, 0.1, (), setup.gpu)
    stack = replace(find_stack("nemo"), id="decoder", name="Mine: decoder", calibrated=own)
    found = rank_layouts(arch, setup, stack, 1024)
    assert codes(found)[-1] == "measured_here"
    assert "Mine: decoder" in str(found.messages[-1])
    assert found.costs.tau_s == 1e-3 * found.costs.phi


def test_bigsciences_best_layout_is_among_the_ties_of_its_cluster():
    trials = [row for row in bigscience() if row.group == "72 x 14336"]
    best = min(trials, key=lambda row: row.step_s / row.sequences)
    found = rank_layouts(best.arch, best.setup, best.stack, best.sequences)
    splits = {(x.setup.tp, x.setup.pp) for x in found.ties}
    assert (best.setup.tp, best.setup.pp) in splits


def test_the_batch_is_met_within_a_tenth(ranking):
    for layout in ranking.layouts:
        sequences = layout.setup.dp * layout.setup.micro_batch * layout.setup.grad_accum
        assert sequences == pytest.approx(512, rel=0.1)


def test_more_copies_than_sequences_are_not_looked_at(arch, setup):
    found = rank_layouts(arch, setup, find_stack("nemo"), 32)
    assert found.layouts
    assert all(layout.setup.dp <= 35 for layout in found.layouts)
    flat = replace(arch, n_heads=1, n_kv_heads=1, n_layers=1)
    none = rank_layouts(flat, setup, find_stack("nemo"), 8)
    assert none.layouts == ()
    assert codes(none) == ["no_split"]


def test_what_does_not_fit_anyhow_says_so(arch, setup):
    found = rank_layouts(arch, replace(setup, n_gpus=8), find_stack("nemo"), 512)
    assert found.layouts == ()
    assert codes(found) == ["none_fits"]
    assert "8 x H100" in str(found.messages[0])


def test_a_small_model_on_one_gpu_has_one_layout():
    arch = find_family("gpt2").architecture(n_layers=12, d_model=768, seq_len=1024)
    found = rank_layouts(arch, Setup(find_device("h100_sxm")), find_stack("nanogpt"), 480)
    assert len(found.layouts) == 1
    assert found.layouts[0].setup.sharding is Sharding.NONE
    assert found.layouts[0].setup.recompute is Recompute.NONE
    assert codes(found)[0] == "one_layout"


def test_a_slow_network_favours_splits_within_a_machine(arch, setup):
    fast, slow = (
        rank_layouts(arch, setup, find_stack("nemo"), 512, node_gb_s=speed) for speed in (400, 1)
    )
    assert slow.layouts[0].step_s > fast.layouts[0].step_s
    dp = [found.layouts[0].setup.dp for found in (fast, slow)]
    assert dp[1] < dp[0]


@pytest.mark.parametrize(
    ("field", "batch", "node", "cp"),
    [("global_batch", 0, None, 1), ("node_gb_s", 512, -1.0, 1), ("n_gpus", 512, None, 3)],
)
def test_numbers_that_make_no_sense_are_refused(arch, setup, field, batch, node, cp):
    with pytest.raises(InputError) as refused:
        rank_layouts(arch, replace(setup, cp=cp), find_stack("nemo"), batch, node)
    assert refused.value.field == field
