"""Step times by layout: what the form says, and how well it ranks published layouts."""

from dataclasses import replace

import numpy as np
import pytest

from core.families.architecture import Recompute
from core.hardware.devices import find_device
from core.speed.calibrated import TERMS, Calibrated
from core.speed.refit import named_cases
from core.speed.roofline import gpu_seconds_per_token
from core.speed.stacks import find_stack
from core.speed.stage_fit import (
    bigscience,
    contents,
    held_out,
    layouts_of,
    published,
    ranking,
    summary,
    terms_of,
)
from core.speed.stages import fitted_stages, seconds_of, stage_costs, step_seconds
from core.training import Setup, Sharding


@pytest.fixture(scope="module")
def trials():
    return bigscience()


@pytest.fixture(scope="module")
def guess(trials):
    return held_out(trials)


@pytest.fixture
def setup():
    return Setup(
        find_device("a100_sxm_80"),
        n_gpus=384,
        micro_batch=2,
        grad_accum=128,
        recompute=Recompute.FULL,
        sharding=Sharding.ZERO1,
        tp=4,
        pp=12,
    )


@pytest.fixture
def arch(trials):
    return next(row.arch for row in trials if row.group == "72 x 14336")


def seconds(arch, setup, stack="bigscience", **options):
    return step_seconds(arch, setup, layouts_of(setup), find_stack(stack), **options)[0]


def test_the_shipped_constants_are_what_the_published_layouts_give():
    shipped, anew = fitted_stages(), contents()
    for stack, costs in shipped["stacks"].items():
        found = anew["stacks"][stack]
        assert found.pop("gpu") == costs["gpu"]
        numbers = {name: value for name, value in costs.items() if name != "gpu"}
        assert found == pytest.approx(numbers, rel=1e-3)
    assert anew["held_out"]["between layouts of one model"] == pytest.approx(
        shipped["held_out"]["between layouts of one model"], rel=1e-3
    )


def test_layouts_of_models_not_seen_are_predicted_within_four_per_cent_at_the_median(trials, guess):
    errors = summary(guess / np.array([row.step_s for row in trials]) - 1)
    assert errors["n"] == 102
    assert errors["median"] < 5
    assert errors["p90"] < 16
    assert errors["max"] < 30


def test_layouts_of_models_not_seen_are_ranked(trials, guess):
    found = ranking(trials, guess)
    assert found["72 x 14336"]["spearman"] > 0.74
    assert found["78 x 13824"]["spearman"] > 0.58
    assert found["84 x 13312"]["spearman"] > 0.9


def test_the_picked_layout_is_within_two_per_cent_of_the_best_measured(trials, guess):
    found = ranking(trials, guess)
    assert len(found) == 7
    assert all(group["picked_slower"] < 2 for group in found.values())
    assert found["72 x 14336"]["median_slower"] > 10  # there was something to pick


def test_the_smooth_form_picks_far_slower_layouts(trials, guess):
    smooth = np.array(
        [
            gpu_seconds_per_token(row.arch, row.setup, row.stack)
            * row.sequences
            * row.arch.seq_len
            / row.setup.n_gpus
            for row in trials
        ]
    )
    by_stages, by_form = ranking(trials, guess), ranking(trials, smooth)
    largest = "72 x 14336"
    assert by_stages[largest]["spearman"] > by_form[largest]["spearman"] + 0.2


def test_without_the_fixed_cost_of_a_layer_layouts_are_ranked_worse(trials):
    costs = stage_costs(trials[0].arch, trials[0].setup, trials[0].stack)
    terms = terms_of(trials)
    with_tau = ranking(trials, seconds_of(terms, costs))["72 x 14336"]
    without = ranking(trials, seconds_of(terms, replace(costs, tau_s=0.0)))["72 x 14336"]
    assert with_tau["spearman"] > without["spearman"] + 0.2


@pytest.mark.parametrize(("stack", "most"), [("megatron-2021", 3), ("nemo", 4)])
def test_megatrons_and_nemos_layouts_are_met(stack, most):
    rows = published(stack)
    found = np.array([seconds(row.arch, row.setup, stack) / row.step_s for row in rows])
    assert len(rows) >= 9
    assert np.abs(found - 1).max() < most / 100 + 0.01


@pytest.mark.parametrize(("device", "precision"), [("gb200", "bf16"), ("h100_sxm", "fp8")])
def test_other_chips_and_formats_follow_after_one_factor(device, precision):
    cases = [
        case
        for name, case in named_cases()
        if name == "nemo"
        and case.setup.gpu.id == device
        and case.setup.precision == precision
        and case.setup.tp * case.setup.pp > 1
    ]
    rate = np.array([case.measured_tokens_per_s_per_gpu for case in cases])
    step = np.array([seconds(case.arch, case.setup, "nemo") for case in cases])
    tokens = np.array(
        [c.setup.micro_batch * c.setup.grad_accum * c.setup.dp * c.arch.seq_len for c in cases]
    )
    ratio = step * rate * np.array([case.setup.n_gpus for case in cases]) / tokens
    assert len(cases) >= 9
    assert np.abs(ratio / np.median(ratio) - 1).max() < 0.05


def test_the_head_makes_the_last_stage_of_a_long_pipeline_the_slowest(arch, setup):
    short, long = replace(setup, tp=2, pp=6), replace(setup, tp=2, pp=24)
    small = replace(arch, vocab=512)
    gain = [seconds(small, split) / seconds(arch, split) for split in (short, long)]
    assert gain[1] < gain[0] < 1


def test_layers_that_stages_do_not_share_evenly_cost_those_of_the_fullest(arch, setup):
    without_head = replace(arch, vocab=512)
    even, uneven, padded = (
        seconds(replace(without_head, n_layers=layers), setup) for layers in (72, 73, 84)
    )
    assert uneven == pytest.approx(padded, rel=0.01)
    assert uneven > 1.1 * even


def test_more_micro_batches_and_virtual_stages_shrink_the_bubble(arch, setup):
    few = replace(setup, grad_accum=16)
    assert seconds(arch, replace(few, vp=6)) < seconds(arch, few)
    assert seconds(arch, setup) < 8 * seconds(arch, few)


def test_a_slower_network_costs_copies_on_several_machines_only(arch, setup):
    alone = replace(setup, n_gpus=8, tp=8, pp=1, sharding=Sharding.NONE)
    assert seconds(arch, setup, node_gb_s=10) > seconds(arch, setup)
    assert seconds(arch, alone, node_gb_s=10) == seconds(arch, alone)


def test_a_pipeline_gathers_its_weights_once_a_step_and_others_for_every_micro_batch(arch, setup):
    def gathered(setup, accum):
        whole, shared = (
            seconds(arch, replace(setup, grad_accum=accum, sharding=kind), "nemo")
            for kind in (Sharding.ZERO1, Sharding.FSDP)
        )
        return shared - whole

    flat = replace(setup, pp=1, vp=1)
    assert gathered(flat, 64) - gathered(flat, 16) > 10 * abs(
        gathered(setup, 64) - gathered(setup, 16)
    )
    assert gathered(setup, 64) == pytest.approx(gathered(setup, 16))


def test_a_stack_without_measured_layouts_keeps_its_published_speed(trials):
    cases = [case for name, case in named_cases() if name == "llm-foundry"]
    step = np.array([seconds(case.arch, case.setup, "llm-foundry") for case in cases])
    smooth = np.array(
        [
            gpu_seconds_per_token(c.arch, c.setup, c.stack)
            * c.setup.micro_batch
            * c.setup.grad_accum
            * c.arch.seq_len
            for c in cases
        ]
    )
    assert np.median(step / smooth) == pytest.approx(1, abs=0.05)


def test_the_fixed_cost_says_whose_it_is(arch, setup):
    own = stage_costs(arch, setup, find_stack("bigscience"))
    borrowed = stage_costs(arch, setup, find_stack("pytorch-fsdp-compile"))
    eager = stage_costs(arch, setup, find_stack("hf-eager"))
    assert 0.010 < own.tau_s < 0.013
    assert own.n_layouts == 102
    assert borrowed.n_layouts == 0
    assert "dgxc" in borrowed.source
    assert borrowed.tau_s < own.tau_s / 5
    assert eager.tau_s == own.tau_s
    assert "bigscience" in eager.source


def test_a_persons_own_phi_changes_the_compute_alone(arch, setup):
    stack = find_stack("bigscience")
    twice = replace(stack, phi=2 * stack.phi)
    usual, own = (stage_costs(arch, setup, which) for which in (stack, twice))
    assert own.phi == pytest.approx(2 * usual.phi)
    assert own.tau_s == usual.tau_s


LAUNCH, FIXED, EACH = 2e-3, 5e-3, 3e-12


@pytest.fixture
def measured():
    """A calibrated training program; what is given stands for its usual times."""

    def make(overlap=1.0, **seconds):
        each = {"matmul": 2e-15, "attention": 3e-15, "layers_memory": 1e-13, "logits": 1e-13}
        each |= {"launch": LAUNCH, "fixed": FIXED, "parameters": EACH, **seconds}
        numbers = tuple(each.get(name, 0.0) for name in TERMS)
        card = find_device("a100_sxm_80")
        own = Calibrated("Mine", "decoder", "bf16", numbers, overlap, 0.1, (), card)
        return replace(find_stack("nemo"), id="decoder", by_chip=(), phi=1.0, calibrated=own)

    return make


@pytest.mark.parametrize("overlap", [1.0, 4.0])
def test_one_gpu_takes_as_long_as_was_measured_on_it(arch, setup, measured, overlap):
    alone = replace(setup, n_gpus=1, tp=1, pp=1, grad_accum=1, recompute=Recompute.NONE)
    small = replace(arch, n_layers=12, d_model=1024, n_heads=16, n_kv_heads=16, d_ff=4096)
    stack = measured(overlap, fixed=0.0)
    step = step_seconds(small, alone, layouts_of(alone), stack)[0]
    # the rows of the embedding, which no rank multiplies by, are not counted
    assert step == pytest.approx(stack.calibrated.step_seconds(small, 2), rel=0.03)


def test_what_starts_kernels_makes_many_ranks_and_small_batches_slow(arch, setup, measured):
    quick, slow = measured(launch=0.0), measured(launch=20 * LAUNCH)

    def times(stack, **split):
        changed = replace(setup, **split)
        return step_seconds(arch, changed, layouts_of(changed), stack)[0]

    few = {"tp": 2, "pp": 24, "grad_accum": 128}
    many = {"tp": 8, "pp": 6, "grad_accum": 128}
    lost = {
        name: times(slow, **split) - times(quick, **split)
        for name, split in (("few", few), ("many", many))
    }
    assert lost["many"] > 2 * lost["few"] > 0
    halved = {"micro_batch": 1, "grad_accum": 256}
    assert times(slow, **halved) - times(quick, **halved) == pytest.approx(
        2 * (times(slow) - times(quick)), rel=0.1
    )


def test_the_start_of_a_step_and_the_optimizer_count(arch, setup, measured):
    def step(**seconds):
        return step_seconds(arch, setup, layouts_of(setup), measured(**seconds))[0]

    rounds = setup.grad_accum + setup.pp - 1
    assert step() - step(fixed=0.0) == pytest.approx(rounds * FIXED)
    held = (6 * arch.layer_matmul_params + arch.head_matmul_params) / setup.tp
    gradients, optimizer = 15 / 43 * rounds, 28 / 43 / setup.dp
    lost = step() - step(parameters=0.0)
    assert lost == pytest.approx(EACH * held * (gradients + optimizer))


def test_a_host_that_runs_ahead_hides_the_start_of_kernels(arch, setup, measured):
    turns, ahead = (
        step_seconds(arch, setup, layouts_of(setup), measured(overlap))[0] for overlap in (1.0, 8.0)
    )
    assert ahead < turns


def test_a_calibrated_stack_says_that_links_are_those_of_others(arch, setup, measured):
    costs = stage_costs(arch, setup, measured())
    assert costs.tau_s == LAUNCH
    assert costs.n_layouts == 0
    assert costs.source == find_stack("nemo").source
