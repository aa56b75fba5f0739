"""What a plan says about the ranges that it leaves."""

import math

import pytest

from core.laws.library import DEFAULT_LAW, find_law
from core.messages import Message
from core.planner import By, PlanRequest, plan

FIRST_LAW = "txl-wikitext103-first"
LAW = find_law(DEFAULT_LAW)


def warnings_of(by, value, law=DEFAULT_LAW, **setting):
    found = plan(PlanRequest(by, value, law=law, **setting))
    return found, {message.code: message for message in found.warnings}


@pytest.mark.parametrize("hours", [0.49, 1, 3, 12, 13])
def test_a_plan_inside_every_range_carries_no_warning(hours):
    assert plan(PlanRequest(value=hours)).warnings == ()


def test_sizes_above_the_runs_are_warned_of_by_how_much():
    found, warned = warnings_of(By.PARAMS, 546_176_030.0)
    parts = warned["outside_parameters"].parts
    assert found.non_embedding_params.value == 546_176_030
    assert parts == {
        "value": "5.46×10⁸",
        "factor": "10",
        "low": "5.9×10⁴",
        "high": "5.5×10⁷",
        "decades": "1",
    }
    assert "10 times above the largest of the runs" in str(warned["outside_parameters"])


def test_compute_above_the_runs_is_warned_of_by_how_much():
    _, warned = warnings_of(By.COMPUTE_NEFLO, 5.9e20)
    parts = warned["outside_neFLO"].parts
    assert (parts["factor"], parts["decades"]) == ("1,000", "3")
    assert "above the largest" in str(warned["outside_neFLO"])
    assert (parts["low"], parts["high"]) == ("1.3×10¹³", "5.9×10¹⁷")


def test_sizes_and_compute_below_the_runs_are_warned_of_by_how_much():
    _, warned = warnings_of(By.PARAMS, 5856.3)
    parts = warned["outside_parameters"].parts
    assert parts["factor"] == "10"
    assert "10 times below the smallest" in str(warned["outside_parameters"])
    _, warned = warnings_of(By.COMPUTE_NEFLO, 1.3e12)
    assert warned["outside_neFLO"].parts["factor"] == "10"


@pytest.mark.parametrize(
    ("by", "ends", "code"),
    [
        (By.PARAMS, LAW.params_range, "outside_parameters"),
        (By.COMPUTE_NEFLO, LAW.compute_range_neflo, "outside_neFLO"),
    ],
)
def test_a_range_is_left_just_beyond_its_ends_and_not_at_them(by, ends, code):
    low, high = ends
    for value, warned in (
        (low, False),
        (high, False),
        (low * (1 - 1e-9), True),
        (high * (1 + 1e-9), True),
    ):
        assert (code in warnings_of(by, value)[1]) is warned, value


def test_a_range_left_by_a_hair_is_not_told_in_powers_of_ten():
    _, warned = warnings_of(By.PARAMS, LAW.params_range[1] * 1.0001)
    assert warned["outside_parameters"].parts["decades"] == "0"


def test_below_the_tipping_point_the_warning_says_how_far():
    found, warned = warnings_of(By.HOURS, plan(PlanRequest()).tipping_point.hours / 4)
    message = warned["below_tipping_point"]
    assert found.warnings[0] is message
    assert message.parts["factor"] == "4"
    assert message.parts["tip"] == "29.3 min"
    assert message.parts["hours"] == "7.33 min"
    assert "the loss is a lower bound" in str(message)


def test_the_tipping_point_is_that_of_the_gpu():
    # 36 minutes: enough for a V100, too little for a P100
    assert "below_tipping_point" not in warnings_of(By.HOURS, 0.6)[1]
    assert "below_tipping_point" in warnings_of(By.HOURS, 0.6, gpu="P100")[1]


def test_below_the_19_run_law_the_warning_says_how_far():
    floor = find_law(FIRST_LAW).floor_compute
    _, warned = warnings_of(By.COMPUTE_NEFLO, floor / 10, FIRST_LAW)
    assert "below_tipping_point" not in warned
    assert warned["below_law"].parts["factor"] == "10"
    assert "10 times more than" in str(warned["below_law"])
    assert "below_law" not in warnings_of(By.COMPUTE_NEFLO, 1e12, FIRST_LAW)[1]


def test_the_laws_own_end_is_above_no_plan_of_the_19_runs():
    law = find_law(FIRST_LAW)
    assert "below_law" not in warnings_of(By.COMPUTE_NEFLO, law.floor_compute, FIRST_LAW)[1]


def test_a_loss_worse_than_guessing_is_called_meaningless():
    guessing = math.log(267_735)
    assert "worse_than_guessing" not in warnings_of(By.LOSS, guessing - 1e-6)[1]
    message = warnings_of(By.LOSS, guessing + 0.01)[1]["worse_than_guessing"]
    assert message.parts == {"loss": "12.51", "limit": "12.5", "vocab": "267,735"}


def test_a_budget_for_less_than_a_step_is_said_to_be_too_short():
    found, warned = warnings_of(By.COMPUTE_NEFLO, 1e5)
    assert found.steps.value < 1
    assert "less_than_a_step" in warned
    found, warned = warnings_of(By.COMPUTE_NEFLO, 1e13)
    assert found.steps.value > 1
    assert "less_than_a_step" not in warned


def test_shapes_that_cannot_hold_the_size_are_named():
    found, warned = warnings_of(By.PARAMS, 100.0)
    coarse = [message for message in found.warnings if message.code == "coarse_shape"]
    assert ["wide" in str(coarse[0]), "narrow" in str(coarse[1])] == [True, True]
    assert [option.shape.non_embedding_params for option in found.shapes] == [539, 1051]
    assert [message.parts["actual"] for message in coarse] == ["539", "1,050"]
    assert {message.parts["wanted"] for message in coarse} == {"100"}
    assert warned["coarse_shape"]
    assert "coarse_shape" not in warnings_of(By.PARAMS, 1e5)[1]


@pytest.mark.parametrize("law", [DEFAULT_LAW, FIRST_LAW])
@pytest.mark.parametrize("exponent", range(-6, 61, 3))
def test_every_warning_reads_as_a_whole_sentence(law, exponent):
    found = plan(PlanRequest(By.COMPUTE_NEFLO, 10.0**exponent, law=law))
    for message in found.warnings:
        text = str(message)
        assert "{" not in text and "e+" not in text and "nan" not in text and "inf " not in text
        assert text[0].isupper() and text.endswith(".")


def test_plans_far_outside_leave_both_ranges():
    for exponent in (1, 30):
        _, warned = warnings_of(By.COMPUTE_NEFLO, 10.0**exponent)
        assert {"outside_parameters", "outside_neFLO"} <= warned.keys()


def test_a_message_without_places_is_its_template():
    assert str(Message("code", "As it stands.")) == "As it stands."


def test_a_grid_dirtier_than_any_power_station_asks_whether_grams_were_meant():
    (message,) = plan(PlanRequest(carbon_kg_per_kwh=534)).warnings
    assert message.code == "dirty_grid"
    assert "534 kg/kWh" in str(message)
    assert plan(PlanRequest(carbon_kg_per_kwh=1.2)).warnings == ()


def test_the_range_that_was_left_furthest_is_named_first():
    codes = [message.code for message in plan(PlanRequest(value=100)).warnings]
    assert codes == ["outside_neFLO", "outside_parameters"]
