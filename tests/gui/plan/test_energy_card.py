"""Energy of today: watts, what stands around the GPU, and whose electricity it is."""

import pytest

from core.hardware.grids import find_grid, grids


@pytest.fixture
def energy(today):
    card = today.plan_view.inputs.energy
    card.set_open(True)
    return card


def test_folded_it_shows_watts_and_grid(today, texts):
    card = today.plan_view.inputs.energy
    assert not card.is_open
    assert any("700 W" in text and "g/kWh" in text for text in texts(card))


def test_of_2020_it_is_open_and_cannot_be_folded(window):
    card = window.plan_view.inputs.energy
    assert card.is_open
    assert not card.fold.isVisible()
    assert card.watts.isVisible()
    assert not card.pue.isVisible()


def test_power_is_tdp_times_load_until_it_is_typed(today, energy, hands):
    hands.type(energy.load, "0.9")
    assert today.session.plan.known.watts == pytest.approx(630)
    hands.type(energy.watts, "500")
    assert today.session.plan.known.watts == 500
    assert not energy.load.isEnabled()
    energy.watts.focusProxy().reset_button.click()
    hands.settle()
    assert today.session.plan.known.watts == pytest.approx(630)


def test_host_and_pue_raise_the_energy(today, energy, hands):
    before = today.session.plan.energy_kwh.value
    hands.type(energy.pue, "2")
    hands.type(energy.host, "0.3")
    power = today.session.plan.known.power
    assert (power.pue, power.host_share) == (2, 0.3)
    assert today.session.plan.energy_kwh.value > before


def test_a_pue_below_one_is_refused_at_its_field(today, energy, hands):
    hands.type(energy.pue, "0.5")
    assert "between 1 and" in energy.pue.error()


def test_every_zone_can_be_chosen_and_brings_its_figure_and_credit(today, energy, texts, hands):
    combo = energy.zone.chooser.focusProxy()
    zones = {combo.itemData(row) for row in range(combo.count())}
    assert {grid.zone for grid in grids()} <= zones
    energy.zone.chooser.chosen.emit("FRA")
    hands.settle()
    france = find_grid("FRA")
    assert today.session.plan.known.carbon == france.kg_per_kwh
    assert energy.carbon.value() == pytest.approx(france.gco2e_per_kwh)
    note = "\n".join(texts(energy.zone))
    assert str(france.year) in note
    assert france.attribution in note


def test_an_own_figure_replaces_the_zone_until_it_is_reset(today, energy, hands):
    hands.type(energy.carbon, "12")
    assert today.session.plan.known.carbon == pytest.approx(0.012)
    energy.carbon.focusProxy().reset_button.click()
    hands.settle()
    assert today.session.plan.known.carbon == find_grid("OWID_WRL").kg_per_kwh
