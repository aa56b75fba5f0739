"""Fits of steps measured on devices whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from core.calibration.curve import Curve, limit_message
from core.calibration.fit import CurveFit, NotIdentified, RooflineFit, fit
from core.calibration.forms import FORMS, predicted
from core.calibration.held_out import HeldOut
from core.calibration.points import points_of
from core.calibration.suspects import suspects
from core.speed.calibrated import TERMS


def only(groups):
    (group,) = groups
    return group


def predictions(found, steps):
    points = points_of(steps)
    return predicted(points.counted, np.array(found.seconds), found.overlap)


def test_coefficients_come_back_from_exact_times(machine):
    device = machine()
    found = only(fit(device.steps(30))).roofline
    truth = dict(zip(TERMS, device.form.seconds, strict=True))
    assert dict(zip(TERMS, found.seconds, strict=True)) == pytest.approx(truth, rel=1e-3)
    assert found.form == "sum"
    assert found.held_out.largest < 1e-3


def test_a_host_that_runs_ahead_is_told_from_one_that_takes_turns(machine):
    device = machine({"launch": 8e-3, "fixed": 4e-3}, overlap=8.0)
    found = only(fit(device.steps(40, noise=0.02))).roofline
    assert found.overlap >= 4
    assert found.held_out.median < 0.04


def test_memory_that_is_asked_for_anew_is_a_term_of_its_own(machine):
    device = machine({"fresh_memory": 4e-10})
    found = only(fit(device.steps(60, seed=3, vocab=8192))).roofline
    assert found.form == "fresh_memory"
    assert found.seconds[TERMS.index("fresh_memory")] == pytest.approx(4e-10, rel=0.05)


def test_held_out_errors_are_those_of_the_noise(machine):
    found = only(fit(machine().steps(40, noise=0.05, seed=1))).roofline
    # half of all normal errors are smaller than 0.67 standard deviations, 80 % than 1.28
    assert 0.02 < found.held_out.median < 0.06
    assert 0.05 < found.held_out.width < 0.11


def test_intervals_hold_four_of_five_shapes_that_were_not_measured(machine):
    device, inside = machine(), []
    for seed in range(20):
        steps = device.steps(14, noise=0.06, seed=seed)
        found = only(fit(steps)).roofline
        others = device.steps(25, noise=0.06, seed=1000 + seed)
        off = np.log([step.step_time_s for step in others] / predictions(found, others))
        inside.append(np.mean(np.abs(off) <= found.held_out.width))
    assert 0.74 <= np.mean(inside) <= 0.92


def test_outliers_are_named_and_do_not_move_the_fit(machine, timed):
    device = machine()
    exact = device.steps(40, noise=0.01)
    slow = {3: 6.0, 11: 2.0, 19: 3.0, 27: 10.0, 35: 1.5, 38: 0.5}
    steps = [timed(s, slow.get(n, 1.0) * s.step_time_s) for n, s in enumerate(exact)]
    group = only(fit(steps))
    assert {suspect.point for suspect in group.suspects if suspect.misfit} == set(slow)
    words = {suspect.point: str(suspect.reasons[0]) for suspect in group.suspects}
    assert "slower" in words[27]
    assert "faster" in words[38]
    clean = [step for n, step in enumerate(exact) if n not in slow]
    off = np.log(predictions(group.roofline, clean) / [step.step_time_s for step in clean])
    assert np.abs(off).max() < 0.06


def test_no_point_is_left_out_but_by_hand(machine, timed):
    steps = list(machine().steps(24, noise=0.01))
    steps[5] = timed(steps[5], 5 * steps[5].step_time_s)
    group = only(fit(steps))
    assert group.points == tuple(range(24))
    assert len(group.roofline.held_out.errors) == 24
    assert group.roofline.held_out.largest > 2
    without = only(fit(steps, excluded={5}))
    assert 5 not in without.points
    assert without.roofline == only(fit([s for n, s in enumerate(steps) if n != 5])).roofline
    assert without.roofline.held_out.largest < 0.3


def test_batches_of_a_shape_are_left_out_together(machine, timed):
    device = machine()
    steps = list(device.steps(20, noise=0.01))
    odd = [replace(steps[0], micro_batch=n) for n in (1, 2, 3)]
    steps = steps[1:] + [timed(step, 2 * device.seconds(step)) for step in odd]
    group = only(fit(steps))
    assert (
        group.roofline.held_out.shapes
        == len({s.d_model * 1000 + n for n, s in enumerate(steps)}) - 2
    )
    assert np.array(group.roofline.held_out.errors[-3:]) == pytest.approx(np.log(2), abs=0.1)


def test_each_stack_and_precision_is_fitted_by_itself(machine):
    fast, slow = machine(), machine({"matmul": 2e-11})
    groups = fit((*fast.steps(12), *slow.steps(12, precision="bf16"), *fast.steps(12, stack="txl")))
    assert [(str(g.stack), g.precision) for g in groups] == [
        ("decoder", "fp32"),
        ("decoder", "bf16"),
        ("txl", "fp32"),
    ]
    assert groups[0].points == tuple(range(12))
    assert groups[1].roofline.seconds[0] == pytest.approx(2e-11, rel=0.02)


def test_attention_is_not_told_from_layers_where_the_context_never_changes(machine):
    found = only(fit(machine().steps(24, noise=0.01, seq_len=256))).roofline
    assert found.seconds[TERMS.index("attention")] == 0
    assert found.held_out.median < 0.03


def test_a_point_at_the_edge_that_the_fit_goes_through_is_no_outlier(machine):
    steps, places = machine().steps(9), range(9)
    left_out = [0.02, -0.03, 0.01, -0.02, 0.03, 0.01, -0.01, 0.02, 0.6]
    at_the_edge = [0.02] * 8 + [0.01]
    outlier = [0.02] * 8 + [0.55]
    assert not suspects(steps, places, left_out, at_the_edge)
    assert [s.point for s in suspects(steps, places, left_out, outlier)] == [8]


@pytest.mark.parametrize("count", [0, 1, 7])
def test_too_few_points_are_no_fit_and_say_how_many_it_takes(machine, count):
    steps = machine().steps(20)
    groups = fit(steps, excluded=range(count, 20))
    group = only(groups)
    assert isinstance(group.roofline, NotIdentified)
    assert f"{count} points" in str(group.roofline.reason)
    assert "8 points" in str(group.roofline.reason)
    assert group.curve is None


def test_one_shape_is_no_fit_however_many_batches_it_has(machine):
    device = machine()
    one = device.steps(1)[0]
    group = only(fit([replace(one, micro_batch=n) for n in range(1, 20)]))
    assert "one shape" in str(group.roofline.reason)


def test_nothing_measured_is_no_group():
    assert fit([]) == ()


def txl_steps(machine, timed, curve, noise=0.0, **changes):
    steps = machine().steps(40, stack="txl", **changes)
    rng = np.random.default_rng(5)
    found = []
    for step in steps:
        speed = curve.neflo_per_s(step.d_model, step.n_layers, step.micro_batch)
        work = 6 * step.params_non_embedding * step.tokens
        found.append(timed(step, float(work / speed * np.exp(noise * rng.standard_normal()))))
    return found


def test_the_curve_of_2020_comes_back(machine, timed):
    truth = Curve(k=3.1e9, a=0.55, b=1.7, c=0.4)
    found = only(fit(txl_steps(machine, timed, truth))).curve
    assert (found.curve.k, found.curve.a, found.curve.b, found.curve.c) == pytest.approx(
        (truth.k, truth.a, truth.b, truth.c), rel=1e-3
    )
    assert found.held_out.largest < 1e-3


def test_the_curve_of_2020_says_how_far_it_is_off(machine, timed):
    truth = Curve(k=3.1e9, a=0.55, b=1.7, c=0.4)
    found = only(fit(txl_steps(machine, timed, truth, noise=0.1))).curve
    assert isinstance(found, CurveFit)
    assert 0.03 < found.held_out.median < 0.15
    assert found.curve.a == pytest.approx(0.55, abs=0.15)


def test_a_coefficient_at_the_end_of_its_range_is_no_finding(machine, timed):
    grows_with_depth = Curve(k=3.1e9, a=0.55, b=1e7, c=0.4)  # L/(L + b) without any end in sight
    steps = txl_steps(machine, timed, grows_with_depth)
    found = only(fit(steps)).curve.curve
    assert found.at_limit == ("b",)
    assert "b of the curve of 2020" in str(limit_message(found))
    usual = only(fit(txl_steps(machine, timed, Curve(k=3.1e9, a=0.55, b=1.7, c=0.4)))).curve
    assert usual.curve.at_limit == ()


@pytest.mark.parametrize("name", ["d_model", "n_layers", "micro_batch"])
def test_what_never_varied_has_no_exponent(machine, timed, name):
    size = {"d_model": 256, "n_layers": 3, "micro_batch": 4}
    changes = {name: size[name]}
    if name == "d_model":
        changes |= {"n_heads": 4, "d_ff": 256}
    steps = txl_steps(machine, timed, Curve(3e9, 0.5, 1.0, 0.4), **changes)
    found = only(fit(steps))
    assert f"the same {name}, {size[name]}" in str(found.curve.reason)
    assert isinstance(found.roofline, RooflineFit)


def test_points_that_were_measured_badly_are_named(machine, timed):
    steps = list(machine().steps(20, noise=0.005, clock_mhz=1900.0))
    steps[2] = replace(steps[2], clock_mhz=1500.0)
    steps[4] = replace(steps[4], throttle=("software_thermal", "power_cap"))
    steps[6] = replace(steps[6], step_time_spread=0.3 * steps[6].step_time_s)
    steps[8] = replace(steps[8], throttle=("power_cap",))  # what every busy card says
    said = {s.point: " ".join(map(str, s.reasons)) for s in only(fit(steps)).suspects}
    assert set(said) == {2, 4, 6}
    assert "1500 MHz, usually 1900" in said[2]
    assert "software thermal" in said[4]
    assert "30 %" in said[6]
    assert not any(s.misfit for s in only(fit(steps)).suspects)


def test_an_odd_shape_that_does_not_fit_says_that_it_is_odd(machine, timed):
    device = machine()
    steps = list(device.steps(24, noise=0.01))
    odd = replace(steps[0], d_model=200, n_heads=4, d_ff=533)
    steps.append(timed(odd, 1.8 * device.seconds(odd)))
    (suspect,) = [s for s in only(fit(steps)).suspects if s.misfit]
    assert suspect.point == 24
    assert "d_model, 200" in " ".join(map(str, suspect.reasons))


def test_the_interval_of_few_shapes_is_wider_than_their_quantile():
    nine = HeldOut(tuple(x / 100 for x in range(1, 10)), shapes=9)
    assert nine.width == 0.08  # the 8th of 9: with 10 places for the next one, 80 %
    four = HeldOut((0.01, -0.02, 0.03, -0.04), shapes=4)
    assert four.width == 0.04
    assert nine.ends == pytest.approx((np.exp(-0.08), np.exp(0.08)))


def test_errors_are_of_the_speed():
    slower = HeldOut((np.log(1.5),), shapes=1)  # takes half more time than predicted
    assert slower.largest == pytest.approx(0.5)
    faster = HeldOut((np.log(0.5),), shapes=1)
    assert faster.largest == pytest.approx(0.5)


def test_progress_is_told_by_group(machine):
    told = []
    fit((*machine().steps(8), *machine().steps(8, precision="bf16")), progress=told.append)
    assert told == [0.0, 0.5]


def test_forms_have_names_of_their_own():
    assert len({form.id for form in FORMS}) == len(FORMS)
