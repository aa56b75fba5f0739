"""What a plot shows of measured steps is what the fit says of them."""

import numpy as np
import pytest

from core.calibration.predictions import LEAST_SO_FAR, predictions, so_far
from core.calibration.profile import make_profile, refit


@pytest.fixture(scope="module")
def profile(machine):
    device = machine()
    groups = device.steps(16, noise=0.03), device.steps(12, noise=0.03, precision="bf16")
    return make_profile(device.calibration(*groups, device.steps(3, stack="txl")))


def test_every_step_is_there_with_its_held_out_error(profile):
    found = predictions(profile)
    assert [point.place for point in found] == list(range(31))
    for group in profile.fits[:2]:
        errors = np.array([found[place].error for place in group.points])
        assert errors == pytest.approx(np.expm1(group.roofline.held_out.errors))


def test_without_a_fit_nothing_is_predicted(profile):
    assert {point.tokens_per_s for point in predictions(profile)[-3:]} == {None}
    assert {point.error for point in predictions(profile)[-3:]} == {None}


def test_what_was_left_out_is_predicted_by_the_fit_to_the_others(profile):
    without = refit(profile, {4})
    point = predictions(without)[4]
    assert point.is_excluded
    assert point.error == pytest.approx(predictions(profile)[4].error, abs=0.02)
    assert not any(p.is_excluded for p in predictions(without) if p.place != 4)


def test_misfits_carry_their_reasons(machine, timed):
    device = machine()
    steps = list(device.steps(24, noise=0.01))
    steps[7] = timed(steps[7], 4 * steps[7].step_time_s)
    point = predictions(make_profile(device.calibration(steps)))[7]
    assert point.is_misfit and "slower" in str(point.reasons[0])
    assert point.error > 1


def test_a_run_is_predicted_once_it_has_enough_points(machine):
    steps = machine().steps(20)
    few = so_far(steps[: LEAST_SO_FAR - 1])
    assert len(few) == LEAST_SO_FAR - 1
    assert all(point.tokens_per_s is None for point in few)
    many = so_far(steps)
    assert np.median([abs(point.error) for point in many]) < 0.3


def test_nothing_measured_is_nothing_predicted():
    assert so_far(()) == ()
