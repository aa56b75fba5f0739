"""The speed model on published measurements that its fit has not seen."""

import numpy as np
import pytest

from core.families.counting import FlopRule
from core.speed.constants import Constants, fitted_file, peak_flops
from core.speed.fitting import FOUNDRY, fit_node_cost, fit_single_node, log_ratios
from core.speed.heldout import leave_out, other_card, summary
from core.speed.refit import contradicted, main, several_nodes, single_node, text


@pytest.fixture(scope="module")
def by_size(cases):
    return leave_out(single_node(cases), lambda pair: pair[1].row["model"], fit_single_node)


def test_the_single_node_rows_are_the_142_published_ones(cases):
    assert len(single_node(cases)) == 142
    assert sum(contradicted(case) for case in single_node(cases)) == 4


def test_a_model_size_that_the_fit_has_not_seen_is_predicted(by_size):
    found = summary(by_size)
    assert found["median"] <= 1.5
    assert found["p90"] <= 9


def test_without_the_contradicted_rows_no_size_is_far_off(cases, by_size):
    kept = np.array([not contradicted(case) for case in single_node(cases)])
    found = summary(by_size[kept])
    assert found["median"] <= 1.5
    assert found["p90"] <= 6.5
    assert found["max"] <= 14


def test_constants_of_the_a100_predict_the_h100(cases, fit):
    found = summary(other_card(single_node(cases), fit))
    assert found["n"] == 37
    assert found["median"] <= 3
    assert found["p90"] <= 7


def test_a_gpu_count_that_the_fit_has_not_seen_is_predicted(cases, fit):
    errors = leave_out(
        several_nodes(cases),
        lambda pair: pair[1].setup.n_gpus,
        lambda rest: fit_node_cost(fit, rest),
    )
    assert summary(errors)["median"] <= 2


def test_megatron_from_2_billion_to_a_trillion_follows_one_phi(cases, fit):
    named = [pair for pair in cases if pair[0] == "megatron-2021"]
    found = summary(log_ratios(fit, named))
    assert found["n"] == 10
    assert found["median"] <= 3
    assert found["max"] <= 5


@pytest.mark.parametrize(
    ("stack", "median", "largest"),
    [
        ("megatron-2020", 5, 13),
        ("megatron-2022", 3, 10),
        ("flash-attention", 5, 9),
        ("llm-c", 3, 6),
        ("nemo", 6, 15),
        ("maxtext-dgxc", 1, 3),
        ("paxml", 1, 2),
        ("hf-eager", 5, 24),
    ],
)
def test_every_measured_stack_follows_its_phi(cases, fit, stack, median, largest):
    found = summary(log_ratios(fit, [pair for pair in cases if pair[0] == stack]))
    assert found["median"] <= median
    assert found["max"] <= largest


def test_the_shipped_constants_are_what_the_code_makes_of_the_table(fit):
    shipped, fresh = fitted_file(), fit.contents()
    for name in Constants.__slots__:
        assert shipped[name] == pytest.approx(fresh[name], rel=2e-3), name
    assert shipped["traffic"] == pytest.approx(fresh["traffic"], rel=2e-3)
    assert set(shipped["stacks"]) == set(fresh["stacks"])
    for name, values in fresh["stacks"].items():
        assert shipped["stacks"][name]["phi"] == pytest.approx(values["phi"], rel=2e-3), name


def test_intervals_hold_about_80_per_cent_of_rows_that_did_not_make_them():
    for name, share in fitted_file()["coverage"].items():
        assert 0.7 <= share <= 0.9, name


def test_a_class_that_knows_less_has_a_wider_interval():
    width = fitted_file()["errors"]
    order = ("fitted", "measured", "fp8", "preset", "low_confidence")
    assert sorted(order, key=width.__getitem__) == list(order)
    assert 0.22 < width["preset"] < 0.3


def test_the_report_is_printed_with_every_protocol(monkeypatch, cases):
    monkeypatch.setattr("core.speed.refit.contents", lambda cases: fitted_file())
    printed = main(["--check"])
    assert printed == text(fitted_file())
    for name in fitted_file()["report"]:
        assert name in printed


def test_published_utilisation_is_recomputed_from_published_speed(cases):
    checked = 0
    for name, case in cases:
        if name not in FOUNDRY or case.arch.seq_len > 2048:
            continue
        flop = case.arch.flops_per_token(FlopRule.FULL_ATTENTION)
        peak = peak_flops(case.setup.gpu, case.setup.precision)
        mfu = flop * case.measured_tokens_per_s_per_gpu / peak
        assert 100 * mfu == pytest.approx(100 * float(case.row["reported_mfu"]), abs=0.5)
        checked += 1
    assert checked > 100
