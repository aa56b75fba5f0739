"""The best GPU for the budget: looked for beside the window, named with the reason."""

import pytest

from core.errors import InputError
from core.planner import By
from core.planner.joint import compare as comparing

ANY = "any"


@pytest.fixture
def thousand_dollars(today, hands):
    today.session.set_budget("money", By.USD, 1000.0)
    hands.settle()
    return today


@pytest.fixture
def choose_any(thousand_dollars, wait_for_choice):
    def choose():
        thousand_dollars.plan_view.inputs.gpu.chosen.emit(ANY)
        wait_for_choice()
        return thousand_dollars.session

    return choose


def test_the_last_plan_stays_while_the_gpus_are_compared(thousand_dollars, wait_for_choice):
    session = thousand_dollars.session
    before = session.plan
    thousand_dollars.plan_view.inputs.gpu.chosen.emit(ANY)
    assert session.is_choosing
    assert session.plan is before
    wait_for_choice()
    assert session.plan is not before


def test_the_answer_names_the_gpu_its_provider_and_why(choose_any, thousand_dollars, texts):
    session = choose_any()
    shown = " ".join(texts(thousand_dollars.plan_view.answer.why))
    plan = session.plan
    assert plan.known.gpu.name in shown
    assert plan.request.provider in shown
    assert session.comparison.runner_up.name in shown
    assert session.request.gpu == ANY
    assert plan.usd.value == 1000


def test_the_plan_is_that_of_the_best_row(choose_any):
    session = choose_any()
    best = session.comparison.best
    assert session.plan.known.gpu.id == best.gpu
    assert session.plan.loss.value == pytest.approx(best.plan.loss.value, rel=1e-12)


def test_it_is_one_step_to_undo_and_redo_needs_no_second_comparison(
    choose_any, thousand_dollars, hands
):
    session = choose_any()
    found = session.plan.known.gpu.id
    session.undo_stack.undo()
    hands.settle()
    assert session.request.gpu == "h100_sxm"
    assert not thousand_dollars.plan_view.answer.why.isVisible()
    session.undo_stack.redo()
    hands.settle()
    assert not session.is_choosing
    assert (session.request.gpu, session.plan.known.gpu.id) == (ANY, found)
    assert session.comparison is not None


def test_another_budget_is_answered_at_once_and_compared_again(choose_any, wait_for_choice):
    session = choose_any()
    first = session.comparison
    session.set_budget("money", By.USD, 100_000.0)
    assert session.plan.usd.value == 100_000  # on the GPU that was best before
    assert session.is_choosing
    wait_for_choice()
    assert session.comparison is not first
    assert session.plan.known.gpu.id == session.comparison.best.gpu


def test_cancelling_keeps_the_plan_and_the_gpu_of_before(thousand_dollars, hands):
    session = thousand_dollars.session
    before = session.plan
    row = thousand_dollars.plan_view.inputs.hardware.choosing
    thousand_dollars.plan_view.inputs.gpu.chosen.emit(ANY)
    assert row.button.isVisible()
    row.button.click()
    hands.settle()
    assert not session.is_choosing
    assert session.plan is before
    assert thousand_dollars.plan_view.inputs.gpu.choice() == "h100_sxm"
    assert session.undo_stack.count() == 3 - 1  # the fixtures' two edits


def test_a_drag_compares_once_when_it_is_over(choose_any, hands, wait_for_choice):
    session = choose_any()
    session.begin_gesture()
    for usd in (900.0, 800.0, 700.0):
        session.set_budget("drag", By.USD, usd)
        assert not session.is_choosing
    session.end_gesture()
    assert session.is_choosing
    wait_for_choice()
    assert session.plan.usd.value == 700


def test_leaving_for_a_gpu_stops_the_comparison(thousand_dollars, hands, qtbot):
    session = thousand_dollars.session
    thousand_dollars.plan_view.inputs.gpu.chosen.emit(ANY)
    session.edit("change of GPU", gpu="a100_sxm_80")
    hands.settle()
    assert not session.is_choosing
    assert (session.request.gpu, session.plan.known.gpu.id) == ("a100_sxm_80", "a100_sxm_80")


def test_what_no_gpu_can_do_is_refused_and_nothing_changes(
    thousand_dollars, wait_for_choice, monkeypatch
):
    def none_can(*_arguments, **_options):
        raise InputError("gpu", ANY, "one by name: none of the catalogue can do this")

    monkeypatch.setattr(comparing, "compare", none_can)
    session = thousand_dollars.session
    before = session.request
    thousand_dollars.plan_view.inputs.gpu.chosen.emit(ANY)
    wait_for_choice()
    assert session.request == before
    assert "none of the catalogue" in thousand_dollars.plan_view.inputs.hardware.error.text()
    assert thousand_dollars.plan_view.inputs.gpu.choice() == "h100_sxm"
