"""The known mistakes of the 2020 source, and the places where its formulas break."""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core import footprint
from core.families.transformer_xl import params_at_width, width_at_params
from core.hardware.catalogue import gpus
from core.laws.library import DEFAULT_LAW, find_law, laws
from core.ops import ARRAY
from core.planner import By, PlanRequest, plan, plan_grid
from core.speed.power_law_2020 import Precision, speed_model

FIRST_LAW = "txl-wikitext103-first"


# 1. The source's first release labelled kilojoules as kWh.


@pytest.mark.parametrize("gpu", gpus())
def test_energy_is_in_kilowatt_hours_of_3600_kilojoules(gpu):
    found = plan(PlanRequest(gpu=gpu))
    kilojoules = found.hours.value * 3600 * gpus()[gpu].measured_watts / 1000
    assert found.energy_kwh.value == pytest.approx(kilojoules / 3600, rel=1e-12)
    assert found.energy_kwh.value < kilojoules / 3000


def test_twelve_hours_on_a_v100_are_1_43_kwh_and_not_5156():
    assert plan(PlanRequest()).energy_kwh.value == pytest.approx(1.4322, rel=1e-9)
    assert footprint.energy_kwh(1, 1000) == 1


# 2. Its tipping point was computed from the parameters of the parameters.


def least_time_width(hours):
    widths = np.geomspace(70, 5000, 400_001)
    times = hours(widths)
    best = int(np.argmin(times))
    return widths[best], times[best]


@pytest.mark.parametrize("gpu", gpus())
@pytest.mark.parametrize("precision", Precision)
def test_the_tipping_point_is_the_width_of_least_time(gpu, precision):
    law, speed = find_law(DEFAULT_LAW), speed_model(gpus()[gpu], precision)

    def hours(widths):
        params = 7 / 128 * widths**3 + 8 / 128 * widths**2 + 3 * widths + 3
        compute = 86_400 * ((params - law.f) / law.d) ** (1 / law.e)
        return compute / speed.neflo_per_s(widths, ARRAY) / 3600

    width, time = least_time_width(hours)
    tip = plan(PlanRequest(gpu=gpu, precision=precision.value)).tipping_point
    assert tip.d_model == pytest.approx(width, rel=3e-5)
    assert tip.hours == pytest.approx(time, rel=1e-8)
    assert tip.hours <= time


@pytest.mark.parametrize("gpu", gpus())
def test_the_parameters_of_the_parameters_would_give_another_tipping_point(gpu):
    law, speed = find_law(DEFAULT_LAW), speed_model(gpus()[gpu], Precision.O0)

    def wrong_hours(widths):
        twice = params_at_width(params_at_width(widths))
        compute = 86_400 * ((twice - law.f) / law.d) ** (1 / law.e)
        return compute / speed.neflo_per_s(widths, ARRAY) / 3600

    width, _ = least_time_width(wrong_hours)
    tip = plan(PlanRequest(gpu=gpu)).tipping_point
    assert abs(tip.d_model / width - 1) > 0.1


def test_the_tipping_point_divides_plans_with_and_without_its_warning():
    tip = plan(PlanRequest()).tipping_point
    for factor, warned in ((0.999, True), (1.001, False)):
        codes = [m.code for m in plan(PlanRequest(value=tip.hours * factor)).warnings]
        assert ("below_tipping_point" in codes) is warned


@pytest.mark.parametrize("gpu", gpus())
def test_a_law_whose_time_only_grows_has_no_tipping_point(gpu):
    assert plan(PlanRequest(gpu=gpu, law=FIRST_LAW)).tipping_point is None


# 3. The law's f: negative sizes at little compute, or no compute at all for a little size.


def test_the_28_run_law_alone_has_negative_sizes_that_no_plan_shows():
    law = find_law(DEFAULT_LAW)
    for compute in np.geomspace(1e12, 1e14, 41):
        found = plan(PlanRequest(By.COMPUTE_NEFLO, float(compute)))
        assert found.non_embedding_params.value > 0
        assert found.tokens.value > 0
        assert math.isfinite(found.loss.value)
    assert law.params(1e12) < 0
    assert law.params(2.0e13) < 0 < law.params(2.2e13)


def test_sizes_below_the_f_of_the_19_run_law_are_planned_with_a_warning():
    law = find_law(FIRST_LAW)
    for params in (law.f, 0.999 * law.f, 5000.0, 100.0, 4.0):
        found = plan(PlanRequest(By.PARAMS, params, law=FIRST_LAW))
        assert 0 < found.compute_neflo.value < law.floor_compute
        assert found.loss.value > law.loss(law.floor_compute)
        assert "below_law" in [message.code for message in found.warnings]


@pytest.mark.parametrize("law", laws())
def test_compute_falls_evenly_to_nothing_through_the_break_of_the_law(law):
    request = PlanRequest(By.COMPUTE_NEFLO, law=law)
    compute = np.geomspace(1e-5, 1e20, 5000)
    grid = plan_grid(request, compute)
    for column in (grid.non_embedding_params, grid.hours, grid.d_model):
        assert (np.diff(np.log(column)) > 0).all()
    # no jump: never more than the steepest law's slope times the step in ln(compute)
    assert np.diff(np.log(grid.non_embedding_params)).max() < 3 * np.diff(np.log(compute))[0]


# 4. The width cubic and its complex roots.


@given(st.floats(math.log(3.0001), math.log(1e40)).map(math.exp))
@example(3.0001)
@example(1e40)
def test_the_width_of_a_size_is_real_and_gives_the_size_back(params):
    width = width_at_params(params)
    assert isinstance(width, float) and width > 0
    assert params_at_width(width) == pytest.approx(params, rel=1e-13)


@given(st.floats(math.log(1e-3), math.log(5e13)).map(math.exp))
def test_the_size_of_a_width_gives_the_width_back(width):
    # near width 0 the constant 3 drowns the rest: no better than its last digit over 3 width
    assert width_at_params(params_at_width(width)) == pytest.approx(
        width, rel=1e-13 + 1e-15 / width
    )


@pytest.mark.parametrize("params", [10.0, 1e3, 58_563.0, 922_371.0, 45.05e6, 1e9, 1e12])
def test_the_width_is_the_one_positive_real_root_of_the_cubic(params):
    roots = np.roots([7 / 128, 8 / 128, 3, 3 - params])
    real = roots[(abs(roots.imag) < 1e-9 * abs(roots)) & (roots.real > 0)].real
    assert real.size == 1 and np.iscomplex(roots).sum() == 2
    assert width_at_params(params) == pytest.approx(real[0], rel=1e-9)


def test_the_widths_of_an_array_are_those_of_its_members():
    params = np.geomspace(3.0001, 1e40, 1000)
    one_by_one = [width_at_params(float(p)) for p in params]
    np.testing.assert_allclose(width_at_params(params, ARRAY), one_by_one, rtol=1e-11)
    np.testing.assert_allclose(width_at_params(params[20:], ARRAY), one_by_one[20:], rtol=2e-15)
