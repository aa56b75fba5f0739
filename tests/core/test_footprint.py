"""Energy, CO2 and what they are compared with."""

import numpy as np
import pytest

from core import footprint
from core.errors import InputError
from core.hardware.factors import embodied
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


LLAMA_PUE, LLAMA_GRID = 1.1, 0.385


@pytest.mark.parametrize(
    ("gpu_hours", "watts", "tonnes", "tolerance"),
    [
        # Touvron et al. 2023 (arXiv 2302.13971), table 15; tonnes as printed, rounded to 1
        (82_432, 400, 14, 5e-3),
        (135_168, 400, 23, 5e-3),
        (530_432, 400, 90, 5e-3),
        (1_022_362, 400, 173, 5e-3),
        (809_472, 400, 137, 5e-3),  # OPT by the same account
        (1_082_880, 400, 183, 5e-3),  # BLOOM by the same account
        # Touvron et al. 2023 (arXiv 2307.09288), table 2
        (184_320, 400, 31.22, 1e-3),
        (368_640, 400, 62.44, 1e-3),
        (1_038_336, 350, 153.90, 1e-3),
        (1_720_320, 400, 291.42, 1e-3),
    ],
)
def test_the_emissions_of_the_llama_papers_are_met(gpu_hours, watts, tonnes, tolerance):
    power = footprint.Power(watts, pue=LLAMA_PUE)
    found = footprint.co2_of_gpus(gpu_hours, power, LLAMA_GRID)
    assert found / 1000 == pytest.approx(tonnes, rel=tolerance)


@pytest.mark.parametrize(
    ("gpu_hours", "tonnes", "kg_per_kwh", "tolerance"),
    [
        # model cards; kg per kWh of GPU power (PUE included) as their rows imply it
        (1.3e6, 390, 0.426, 7e-3),
        (6.4e6, 1900, 0.426, 7e-3),
        (1.46e6, 420, 0.414, 8e-3),
        (7.0e6, 2040, 0.414, 8e-3),
        (30.84e6, 8930, 0.414, 8e-3),
        (370e3, 107, 0.413, 1.5e-2),
        (460e3, 133, 0.413, 1.5e-2),
    ],
)
def test_the_emissions_of_the_llama_3_cards_are_met(gpu_hours, tonnes, kg_per_kwh, tolerance):
    found = footprint.co2_of_gpus(gpu_hours, footprint.Power(700), kg_per_kwh)
    assert found / 1000 == pytest.approx(tonnes, rel=tolerance)


def test_the_energy_and_emissions_of_bloom_are_met():
    power = footprint.Power(400)
    assert footprint.energy_of_gpus(1_082_990, power) == pytest.approx(433_196, rel=1e-9)
    assert footprint.co2_of_gpus(1_082_990, power, 0.057) == pytest.approx(24_690, rel=1e-3)


def test_blooms_three_parts_make_fifty_tonnes():
    idle_kg = 256_646 * 0.057
    made = embodied("a100_sxm_80").kg_per_gpu_hour
    total = footprint.co2_of_gpus(1_082_990, footprint.Power(400), 0.057, made) + idle_kg
    assert total == pytest.approx(50_500, rel=1e-3)


def test_host_load_and_cooling_each_enter_the_energy():
    power = footprint.Power(700, load_factor=0.9, host_share=0.2, pue=1.25)
    assert power.machine_watts == pytest.approx(756)
    assert footprint.energy_of_gpus(1000, power) == pytest.approx(945)


def test_the_account_is_the_same_for_arrays_as_for_single_hours():
    hours = np.geomspace(1, 1e6, 7)
    power = footprint.Power(700, 0.9, 0.1, 1.2)
    rent = footprint.Rent(2.0, 10, 500, 0.02)
    for array, single in (
        (footprint.energy_of_gpus(hours, power), lambda h: footprint.energy_of_gpus(h, power)),
        (
            footprint.co2_of_gpus(hours, power, 0.3, 0.01),
            lambda h: footprint.co2_of_gpus(h, power, 0.3, 0.01),
        ),
        (footprint.money_usd(hours, rent), lambda h: footprint.money_usd(h, rent)),
    ):
        np.testing.assert_array_equal(array, [single(h) for h in hours.tolist()])


def test_money_is_for_work_idle_hours_and_storage():
    rent = footprint.Rent(3.0, idle_gpu_hours=20, storage_gb_months=1000, usd_per_gb_month=0.023)
    assert footprint.money_usd(100, rent) == pytest.approx(300 + 60 + 23)
    assert footprint.gpu_hours_for_money(383, rent) == pytest.approx(100)
    assert footprint.gpu_hours_for_money(50, rent) < 0


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("gpu_watts", {"gpu_watts": 0}),
        ("load_factor", {"gpu_watts": 400, "load_factor": 0}),
        ("host_share", {"gpu_watts": 400, "host_share": -0.1}),
        ("pue", {"gpu_watts": 400, "pue": 0.9}),
        ("pue", {"gpu_watts": 400, "pue": 11}),
        ("pue", {"gpu_watts": 400, "pue": float("nan")}),
    ],
)
def test_a_power_out_of_its_range_is_refused_with_its_field(field, values):
    with pytest.raises(InputError) as refusal:
        footprint.Power(**values)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    "field", ["usd_per_gpu_hour", "idle_gpu_hours", "storage_gb_months", "usd_per_gb_month"]
)
def test_a_negative_cost_is_refused_with_its_field(field):
    with pytest.raises(InputError) as refusal:
        footprint.Rent(**({"usd_per_gpu_hour": 1.0} | {field: -1.0}))
    assert refusal.value.field == field
