"""Limits: folded until one is set, empty for none, refused where they stand."""

import pytest

from core.hardware.goodput import goodput_presets
from gui.app import make_application, make_window


@pytest.fixture
def limits(today):
    return today.plan_view.inputs.limits


def test_it_is_folded_at_first_and_says_that_there_are_none(limits, texts):
    assert not limits.is_open
    assert "none" in texts(limits)
    assert not limits.goodput.isVisible()


def test_it_opens_itself_when_a_limit_is_set(today, limits, hands):
    today.session.edit("data", unique_tokens=1e9)
    hands.settle()
    assert limits.is_open
    assert limits.inputs()["unique_tokens"].value() == 1e9


def test_it_stays_folded_by_hand_while_the_limit_stays(today, limits, hands):
    today.session.edit("data", unique_tokens=1e9)
    hands.settle()
    limits.fold.click()
    today.session.edit("hours", value=30.0)
    hands.settle()
    assert not limits.is_open


def test_every_limit_reaches_the_plan_and_an_empty_field_takes_it_away(today, limits, hands):
    limits.set_open(True)
    for name, text, value in (
        ("unique_tokens", "1B", 1e9),
        ("inference_tokens", "2B", 2e9),
        ("deadline_hours", "2 days", 48.0),
        ("cap_usd", "$100", 100.0),
        ("cap_kwh", "50", 50.0),
        ("cap_co2_kg", "40", 40.0),
        ("idle_hours", "1", 1.0),
        ("storage_gb_months", "500", 500.0),
    ):
        usual = getattr(today.session.request, name)
        hands.type(limits.inputs()[name], text)
        assert getattr(today.session.request, name) == value, name
        edit = limits.inputs()[name].focusProxy()
        edit.selectAll()
        edit.del_()
        edit.textEdited.emit("")
        hands.settle()
        assert getattr(today.session.request, name) == usual, name


def test_a_goodput_is_typed_or_taken_from_a_published_training(today, limits, hands):
    limits.set_open(True)
    hands.type(limits.goodput, "0.9")
    assert today.session.request.goodput == 0.9
    limits.preset.chosen.emit("opt-175b")
    hands.settle()
    assert today.session.request.goodput == goodput_presets()["opt-175b"].goodput


def test_a_wrong_goodput_is_refused_at_its_field(today, limits, hands):
    limits.set_open(True)
    hands.type(limits.goodput, "3")
    assert "share above 0" in limits.goodput.error()
    assert today.session.request.goodput == 1


def test_storage_dearer_than_the_cap_is_told_at_the_cap(today, limits, hands):
    today.session.edit("cap", cap_usd=10.0)
    today.session.edit("storage", storage_gb_months=1e6)
    hands.settle()
    assert limits.is_open
    assert "idle hours and storage" in limits.inputs()["cap_usd"].error()


def test_the_field_keeps_the_budget_that_was_asked_where_a_cap_ends_it_sooner(today, hands):
    today.session.edit("cap", cap_usd=100.0)
    hands.settle()
    inputs = today.plan_view.inputs
    assert inputs.hours.value() == 24
    assert inputs.usd.value() == pytest.approx(100, rel=1e-6)


def test_what_was_open_is_open_in_the_next_window(today, settings, qtbot, hands):
    inputs = today.plan_view.inputs
    inputs.limits.fold.click()
    inputs.hardware.more.click()
    today.close()
    again = make_window(make_application(), settings)
    qtbot.addWidget(again)
    again.show()
    again.session.edit("today", gpu="h100_sxm")
    hands.settle()
    folds = again.plan_view.inputs.folds()
    assert {name for name, fold in folds.items() if fold.isChecked()} == {"limits", "hardware"}
    assert again.plan_view.inputs.limits.goodput.isVisible()
