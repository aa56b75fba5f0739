"""Energy, CO2 and what they are compared with."""

import numpy as np
import pytest

from core import footprint
from core.planner import PlanRequest, plan


def test_a_kilowatt_for_an_hour_is_a_kilowatt_hour():
    assert footprint.energy_kwh(1.0, 1000.0) == 1.0
    assert footprint.energy_kwh(12.0, 119.35) == pytest.approx(1.4322, rel=1e-12)


@pytest.mark.parametrize("watts", [0.5, 119.35, 700.0])
def test_hours_for_energy_undo_energy_for_hours(watts):
    hours = np.geomspace(1e-6, 1e6, 25)
    back = footprint.hours_for_energy(footprint.energy_kwh(hours, watts), watts)
    np.testing.assert_allclose(back, hours, rtol=1e-14)


def test_a_us_car_drives_a_mile_on_393_grams():
    miles = footprint.car_km(0.393) / 1.609344
    assert miles == pytest.approx(1.0, rel=1e-12)


def test_a_tree_takes_eleven_kilograms_up_in_a_year():
    assert footprint.tree_days(11.0) == pytest.approx(365.25, rel=1e-12)


def test_twelve_hours_on_a_v100_are_three_kilometres_by_car_and_25_days_of_a_tree():
    found = plan(PlanRequest())
    assert found.co2_kg.value == pytest.approx(0.765, rel=1e-3)
    assert found.car_km.value == pytest.approx(3.132, rel=1e-3)
    assert found.tree_days.value == pytest.approx(25.39, rel=1e-3)


def test_own_price_watts_and_grid_enter_the_plan_and_its_sources():
    own = {
        "price_usd_per_gpu_hour": 3.0,
        "measured_watts": 250.0,
        "carbon_kg_per_kwh": 0.1,
    }
    found = plan(PlanRequest(**own))
    assert found.usd.value == pytest.approx(36.0, rel=1e-12)
    assert found.energy_kwh.value == pytest.approx(3.0, rel=1e-12)
    assert found.co2_kg.value == pytest.approx(0.3, rel=1e-12)
    assert "your own price" in found.usd.source
    assert "your own watts" in found.energy_kwh.source
    assert "your own grid figure" in found.co2_kg.source
    assert found.tipping_point.usd == pytest.approx(3.0 * found.tipping_point.hours)


def test_the_catalogues_figures_are_named_with_their_source_and_date():
    found = plan(PlanRequest())
    assert found.usd.source == "hours x GCP list price of 2020-06, stale"
    assert "measured by T. Le Scao" in found.energy_kwh.source
    assert "Hugging Face, June 2020" in found.co2_kg.source
    assert "EPA" in found.car_km.source
    assert "Green Algorithms" in found.tree_days.source
