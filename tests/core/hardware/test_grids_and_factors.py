"""Zones, factors and goodput: found, sourced, credited."""

import pytest

from core.errors import InputError
from core.hardware.devices import devices
from core.hardware.factors import (
    HOST_SHARE,
    LOAD_FACTOR,
    embodied,
    factor,
    factors,
    pue_presets,
)
from core.hardware.goodput import goodput_presets, parse_goodput
from core.hardware.grids import attributions, find_grid, grids, search_grids


def test_every_zone_states_year_basis_and_whom_to_credit():
    assert len(grids()) == 364
    for grid in grids():
        assert 0 <= grid.gco2e_per_kwh < 2000
        assert str(grid.year) in grid.basis_text
        assert grid.basis in grid.basis_text
        assert grid.attribution
    assert "Ember (2026); Energy Institute; Our World in Data - CC BY 4.0" in attributions()


@pytest.mark.parametrize("name", ["FRA", "fra", "France", " france "])
def test_a_zone_is_found_by_code_or_name_whatever_the_case(name):
    assert find_grid(name).kg_per_kwh == pytest.approx(0.04144)


def test_a_code_comes_before_a_name_and_a_country_before_a_state():
    assert find_grid("georgia").zone == "GEO"
    assert find_grid("US-GA").level == "us_state"
    assert find_grid("gcp:us-central1").level == "cloud_region"


@pytest.mark.parametrize(("typed", "near"), [("Frence", "FRA (France)"), ("frank", "Frankfurt")])
def test_a_zone_that_does_not_exist_names_those_that_are_near(typed, near):
    with pytest.raises(InputError) as refusal:
        find_grid(typed)
    assert refusal.value.field == "zone"
    assert near in str(refusal.value)


def test_a_search_finds_part_of_a_name_and_nothing_where_there_is_nothing():
    found = [grid.zone for grid in search_grids("guinea")]
    assert found[0] == "GIN"
    assert {"PNG", "GNB", "GNQ"} <= set(found)
    assert search_grids("atlantis") == ()


def test_an_unverified_zone_says_so_wherever_its_basis_is_shown():
    (legacy,) = [grid for grid in grids() if not grid.verified]
    assert legacy.basis_text.endswith("unverified")


def test_every_factor_has_a_value_a_unit_and_a_source():
    for figure in factors().values():
        assert figure.value > 0
        assert figure.unit
        assert figure.source
    with pytest.raises(InputError):
        factor("pue.moon")


def test_pue_presets_are_ratios_of_at_least_one():
    assert pue_presets()["own_pc"].value == 1.0
    assert pue_presets()["default_unknown"].value == 1.56
    assert all(1 <= preset.value < 2 for preset in pue_presets().values())


def test_defaults_lie_in_the_ranges_that_are_shown_with_them():
    for preset in (LOAD_FACTOR, HOST_SHARE):
        assert preset.low <= preset.value <= preset.high
    system, tdp = factor("power.v100_system_w_per_gpu").value, devices()["v100_sxm2_16"].tdp_w
    assert HOST_SHARE.value == pytest.approx(system / tdp - 1)


def test_making_bloom_s_machines_emitted_what_its_paper_says():
    per_hour = embodied("a100_sxm_80")
    assert per_hour.kg_per_gpu_hour * 1_082_990 == pytest.approx(11_200, rel=2e-3)
    assert "BLOOM" in per_hour.source


def test_the_table_s_own_hourly_figure_of_the_server_is_met():
    per_hour = embodied("a100_sxm_80")
    server = per_hour.kg_per_gpu_hour * per_hour.server_kg / (per_hour.gpu_kg + per_hour.server_kg)
    assert 8 * server == pytest.approx(factor("embodied.bloom_server_hour").value, rel=2e-3)


def test_an_h100_takes_the_figure_of_its_own_baseboard():
    assert embodied("h100_sxm").gpu_kg == 164
    assert "HGX H100" in embodied("h100_sxm").source
    assert embodied("b200_sxm").gpu_kg == 150


def test_goodput_of_whole_runs_is_their_mfu_over_the_steady_one():
    shares = goodput_presets().values()
    assert {share.id for share in shares} >= {"none", "llama3-405b", "bloom-176b", "opt-175b"}
    for share in shares:
        assert 0 < share.goodput <= 1
        assert share.source
        if share.whole_run_mfu is not None:
            assert share.goodput == pytest.approx(share.whole_run_mfu / share.steady_mfu, rel=0.01)


@pytest.mark.parametrize(
    ("share", "params", "tokens", "gpu_hours", "peak"),
    [
        ("llama3-405b-hours", 405e9, 15.6e12, 30.84e6, 989e12),
        ("bloom-176b", 176e9, 366e9, 1_082_990, 312e12),
        ("opt-175b", 175e9, 180e9, 809_472, 312e12),
    ],
)
def test_the_whole_run_mfu_follows_from_published_hours(share, params, tokens, gpu_hours, peak):
    mfu = 6 * params * tokens / (gpu_hours * 3600 * peak)
    assert goodput_presets()[share].whole_run_mfu == pytest.approx(mfu, rel=0.005)


def test_goodput_is_typed_as_a_share_or_by_the_name_of_a_run():
    assert parse_goodput("0.8") == 0.8
    assert parse_goodput("llama3-405b") == 0.9
    for text in ("0", "1.2", "-1", "nan", "fast", ""):
        with pytest.raises(InputError) as refusal:
            parse_goodput(text)
        assert refusal.value.field == "goodput"
