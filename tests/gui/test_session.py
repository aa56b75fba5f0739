"""The one state: edits, refusals, undo, and one announcement a turn."""

import gc

import pytest

from core.errors import InputError
from core.planner import By, Plan, PlanRequest
from gui.session import Session


@pytest.fixture
def session(qapp):
    session = Session(PlanRequest())
    yield session
    session.deleteLater()


def test_many_edits_in_one_turn_are_announced_once_with_the_latest(session, qtbot):
    seen = []
    session.changed.connect(seen.append)
    for hours in range(1, 30):
        session.set_budget("time", By.HOURS, float(hours))
    qtbot.waitUntil(lambda: bool(seen))
    assert [answer.hours.value for answer in seen] == [29.0]


def test_an_edit_that_cannot_be_planned_changes_nothing(session):
    refusals = []
    session.refused.connect(refusals.append)
    session.set_budget("loss", By.LOSS, 1.0)
    assert isinstance(refusals[0], InputError)
    assert refusals[0].field == "loss"
    assert session.request == PlanRequest()
    assert session.undo_stack.count() == 0


def test_an_edit_to_the_same_value_is_no_step(session):
    session.set_budget("time", By.HOURS, 12.0)
    assert session.undo_stack.count() == 0


def test_typing_in_one_field_is_one_step_and_another_field_the_next(session):
    for hours in (2.0, 24.0, 240.0):
        session.set_budget("time", By.HOURS, hours)
    session.edit("GPU", gpu="P4")
    assert session.undo_stack.count() == 2
    session.undo_stack.undo()
    assert (session.request.gpu, session.request.value) == ("V100", 240.0)
    session.undo_stack.undo()
    assert session.request == PlanRequest()


def test_two_drags_are_two_steps(session):
    for _ in range(2):
        session.begin_gesture()
        for hours in (3.0, 4.0, session.request.value + 7):
            session.set_budget("drag", By.HOURS, hours)
        session.end_gesture()
    assert session.undo_stack.count() == 2


def test_a_drag_back_to_where_it_began_leaves_no_step(session):
    session.begin_gesture()
    session.set_budget("drag", By.HOURS, 20.0)
    session.set_budget("drag", By.HOURS, 12.0)
    session.end_gesture()
    assert session.undo_stack.count() == 0


def test_a_drag_at_a_price_of_zero_holds_the_compute(session):
    session.edit("price", price_usd_per_gpu_hour=0.0)
    session.drag_to("drag", 1e16)
    assert session.plan.compute_neflo.value == pytest.approx(1e16, rel=1e-3)
    assert session.request.by is By.HOURS


def test_a_long_drag_keeps_one_step_and_no_garbage(session):
    session.begin_gesture()
    for step in range(2000):
        session.set_budget("drag", By.HOURS, 12.0 + step / 100)
    session.end_gesture()
    gc.collect()
    steps = [thing for thing in gc.get_objects() if type(thing).__name__ == "_Edit"]
    plans = [thing for thing in gc.get_objects() if isinstance(thing, Plan)]
    assert session.undo_stack.count() == 1
    assert len(steps) <= 2
    assert len(plans) < 50


def test_an_answer_is_planned_once_for_an_edit_and_again_for_its_redo(session, monkeypatch):
    import gui.session

    asked = []
    plan = gui.session.plan
    monkeypatch.setattr(gui.session, "plan", lambda request: asked.append(request) or plan(request))
    session.set_budget("time", By.HOURS, 20.0)
    assert len(asked) == 1
    session.undo_stack.undo()
    session.undo_stack.redo()
    assert len(asked) == 3
    assert session.request.value == 20.0


def test_a_drag_without_a_price_of_today_holds_the_compute(session):
    session.edit("GPU", gpu="h100_sxm", price_usd_per_gpu_hour=0.0, law="besiroglu-2024")
    session.drag_to("drag", 1e20)
    assert session.request.by is By.HOURS
    assert session.plan.compute_neflo.value == pytest.approx(1e20, rel=0.1)


def test_a_session_that_is_shut_down_forgets_the_search(session):
    session.edit("any", gpu="any", law="besiroglu-2024")
    assert session.is_choosing
    assert session.asked.gpu == "any"
    session.shut_down()
    assert not session.is_choosing
    assert session.request == PlanRequest()
