"""GPUs of today: choosing, counting, pricing, and measuring one's own."""

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.hardware.devices import devices
from core.hardware.prices import prices_of
from core.planner import By, Plan, PlanRequest
from core.quantities import format_count
from core.speed.stacks import stacks
from core.training import formats_of


@pytest.fixture
def card(window):
    return window.plan_view.inputs.hardware


def names_of(field):
    combo = field.focusProxy()
    return [combo.itemText(row) for row in range(combo.count())]


def test_the_list_has_the_best_then_today_then_2020(card):
    card.gpu.fill()
    names = names_of(card.gpu)
    assert names[0] == "Any GPU: the best for the budget"
    assert names[2] == devices()["h100_sxm"].name
    assert names.index("Most used") < names.index("All others, newest first")
    assert names.index("2020 curve") < names.index("V100 16 GB")
    combo = card.gpu.focusProxy()
    ids = {combo.itemData(row) for row in range(combo.count())}
    assert set(devices()) <= ids


def test_a_gpu_is_found_by_typing_a_part_of_its_name(window, card, hands):
    combo = card.gpu.focusProxy()
    combo.setFocus()
    combo.lineEdit().selectAll()
    QTest.keyClicks(combo, "4090")
    QTest.keyClick(combo, Qt.Key.Key_Return)
    hands.settle()
    assert window.session.request.gpu == "rtx4090"
    assert combo.lineEdit().text() == "GeForce RTX 4090"


def test_a_text_that_is_no_gpu_changes_nothing(window, card, hands):
    combo = card.gpu.focusProxy()
    combo.setFocus()
    combo.lineEdit().selectAll()
    QTest.keyClicks(combo, "abacus")
    QTest.keyClick(combo, Qt.Key.Key_Tab)
    hands.settle()
    assert window.session.request == PlanRequest()
    assert combo.lineEdit().text() == "V100 16 GB"


def test_2020_hides_what_its_curve_does_not_know_and_says_why(window, card, texts, hands):
    inputs = window.plan_view.inputs
    assert "2020 curve: one GPU" in texts(card)
    assert not any(w.isVisible() for w in (card.count, card.more, inputs.task.more, inputs.limits))
    inputs.gpu.chosen.emit("h100_sxm")
    hands.settle()
    assert "2020 curve: one GPU" not in texts(card)
    assert all(w.isVisible() for w in (card.count, card.more, inputs.task.more, inputs.limits))


def test_the_number_of_gpus_is_typed_and_stepped_by_one(today, card, hands):
    hands.type(card.count, "64")
    assert today.session.plan.known.n_gpus == 64
    QTest.keyClick(card.count.focusProxy(), Qt.Key.Key_Up)
    hands.settle()
    assert today.session.plan.known.n_gpus == 65
    hands.type(card.count, "1.5")
    assert "whole number" in card.count.error()
    assert today.session.plan.known.n_gpus == 1  # the last good prefix


def test_precisions_are_those_of_the_gpu(today, card, hands):
    gpu = today.session.plan.known.gpu
    combo = card.precision.focusProxy()
    ids = [combo.itemData(row) for row in range(combo.count())]
    assert ids == [name.value for name in formats_of(gpu)]
    card.precision.chosen.emit("fp8")
    hands.settle()
    assert today.session.plan.known.precision.value == "fp8"


def test_a_price_says_whose_it_is_and_that_it_is_stale(today, card, texts):
    offer = today.session.plan.known.priced.offer
    shown = " ".join(texts(card.price_row))
    assert offer.provider in shown
    assert offer.as_of[:4] in shown
    stale = [label for label in card.findChildren(type(card._title)) if "older" in label.text()]
    assert date.today() > date(2026, 6, 1)
    assert [label.property("role") for label in stale] == ["caution"]


def test_another_provider_brings_its_price(today, card, hands):
    card.more.click()
    hands.type(card.price, "1")
    prices = {
        offer.provider: offer.ondemand_usd_per_gpu_h
        for offer in prices_of("h100_sxm")
        if offer.ondemand_usd_per_gpu_h is not None
    }
    provider = "hyperstack"
    card.provider_rows.provider.chosen.emit(provider)
    hands.settle()
    assert today.session.plan.known.price == prices[provider]
    assert card.price.value() == prices[provider]


def test_spot_takes_the_price_of_spare_machines_and_undo_brings_it_back(today, card, hands):
    card.more.click()
    before = today.session.plan.known.price
    card.spot = card.provider_rows.spot
    card.spot.click()
    hands.settle()
    assert today.session.plan.known.price < before
    today.session.undo_stack.undo()
    hands.settle()
    assert today.session.plan.known.price == before
    assert not card.spot.isChecked()


def test_a_gpu_without_price_says_so_instead_of_zero(today, card, texts, hands):
    unpriced = next(name for name in devices() if not prices_of(name))
    card.gpu.chosen.emit(unpriced)
    hands.settle()
    assert today.session.plan.usd is None
    assert "no price known" in texts(today.plan_view.answer.costs)
    assert card.price.value() is None
    hands.type(today.plan_view.inputs.usd, "100")
    assert "no price" in card.price.error()


def test_software_changes_phi_and_says_it(today, card, texts, hands):
    card.more.click()
    card.speed_rows.stack.chosen.emit("hf-eager")
    hands.settle()
    plan = today.session.plan
    assert plan.known.stack is stacks()["hf-eager"]
    phi = f"{plan.known.stack.phi_on(plan.known.gpu):.3g}"
    assert any(text.startswith(f"φ {phi}") for text in texts(card))


def test_an_own_measurement_sets_phi_to_what_was_measured(today, card, texts, hands):
    card.more.click()
    plan = today.session.plan
    rate = plan.speed.tokens_per_s_per_gpu.value
    params = plan.non_embedding_params.value
    hands.type(card.speed_rows.measured, f"{rate / 2:.6g}")
    usual = plan.known.stack.phi_on(plan.known.gpu)
    assert today.session.request.phi == pytest.approx(2 * usual, rel=1e-4)
    noted = f"measured by you on {format_count(params)} parameters"
    assert any(noted in text for text in texts(card))
    card.speed_rows.measured.focusProxy().reset_button.click()
    hands.settle()
    assert today.session.request.phi is None
    assert card.speed_rows.measured.value() is None


def test_a_measurement_of_another_size_is_read_at_that_size(today, card, hands):
    card.more.click()
    hands.type(card.speed_rows.size_measured, "7B")
    hands.type(card.speed_rows.measured, "5000")
    today.session.set_budget("size", By.PARAMS, 7e9)
    hands.settle()
    rate = today.session.plan.speed.tokens_per_s_per_gpu.value
    assert rate == pytest.approx(5000, rel=1e-2)


def test_another_gpu_drops_price_provider_and_measurement_of_the_one_before(today, card, hands):
    today.session.edit("x", provider="hyperstack", phi=2.0, measured_watts=500.0)
    hands.settle()
    card.gpu.chosen.emit("h200_sxm")
    hands.settle()
    request = today.session.request
    assert (request.provider, request.phi, request.measured_watts) == (None, None, None)
    assert request.n_gpus == 8


def test_back_to_2020_lays_aside_what_was_typed_and_a_gpu_of_today_brings_it_back(
    today, card, hands
):
    today.session.edit("limits", unique_tokens=1e10, deadline_hours=10.0, family="gpt2")
    hands.settle()
    card.gpu.chosen.emit("V100")
    hands.settle()
    assert isinstance(today.session.plan, Plan)
    assert today.session.request.unique_tokens is None
    card.gpu.chosen.emit("a100_sxm_80")
    hands.settle()
    request = today.session.request
    assert (request.n_gpus, request.unique_tokens, request.deadline_hours) == (8, 1e10, 10.0)
    assert request.family == "gpt2"


def test_going_to_2020_is_one_step_back(today, card, hands):
    before = today.session.request
    card.gpu.chosen.emit("K80")
    hands.settle()
    today.session.undo_stack.undo()
    hands.settle()
    assert today.session.request == before
    assert card.gpu.choice() == "h100_sxm"
    assert card.count.value() == 8


def test_a_model_that_fits_nowhere_is_told_at_the_number_of_gpus(today, card, hands):
    hands.type(card.count, "1")
    today.session.set_budget("size", By.PARAMS, 1e12)
    hands.settle()
    assert "do not fit" in card.count.error()
    assert today.session.request.by is By.HOURS


def test_a_refused_choice_goes_back_and_is_told_under_the_hardware(today, card, hands):
    today.session.edit("precision", precision="fp4")
    hands.settle()
    assert "Precision must be one of" in card.error.text()
    assert card.precision.choice() == "bf16"
    hands.type(card.count, "16")
    assert not card.error.isVisible()
