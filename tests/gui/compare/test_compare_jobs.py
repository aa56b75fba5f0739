"""Comparing beside the window: progress, cancel, latest wins; deadlines and numbers of GPUs."""

import gc
import threading
import weakref
from datetime import datetime, timedelta

import pytest
from PySide6.QtCore import QCoreApplication, QDateTime, QEvent
from PySide6.QtWidgets import QApplication

from core.errors import CancelledError
from core.planner import By
from gui.app import make_application, make_window
from gui.views.compare import work
from gui.views.compare.ask_card import next_friday
from gui.views.compare.state import hours_until
from gui.views.stack import COMPARE


class Slowly:
    """A comparison that stops half way until it is let go or told to stop."""

    def __init__(self, real):
        self.real = real
        self.let_go = threading.Event()
        self.asked = []

    def __call__(self, request, n_gpus, progress):
        self.asked.append(request)
        while not self.let_go.wait(0.005):
            if not progress(0.5):
                raise CancelledError
        return self.real(request, n_gpus, progress)


@pytest.fixture
def slowly(monkeypatch):
    slow = Slowly(work.compare_all)
    monkeypatch.setattr(work, "compare_all", slow)
    yield slow
    slow.let_go.set()


def test_progress_is_shown_and_can_be_cancelled_and_the_old_table_stays(view, slowly, qtbot, hands):
    before = view.state.comparison
    view.state.ask(value=2000.0)
    qtbot.waitUntil(lambda: "50" in view.run_bar.sentence.text(), timeout=10_000)
    assert view.run_bar.bar.isVisible()
    assert view.run_bar.button.text() == "Cancel"
    view.run_bar.button.click()
    hands.settle()
    assert not view.state.is_busy
    assert view.state.comparison is before
    assert "older question" in view.run_bar.sentence.text()
    slowly.let_go.set()
    view.run_bar.button.click()
    qtbot.waitUntil(lambda: not view.state.is_stale, timeout=30_000)
    assert view.state.comparison.request.value == 2000.0


def test_the_latest_question_wins(view, slowly, qtbot):
    view.state.ask(value=2000.0)
    qtbot.waitUntil(lambda: len(slowly.asked) == 1, timeout=10_000)
    view.state.ask(value=3000.0)
    qtbot.waitUntil(lambda: len(slowly.asked) == 2, timeout=10_000)
    answers = []
    view.state.compared.connect(lambda: answers.append(view.state.comparison.request.value))
    slowly.let_go.set()
    qtbot.waitUntil(lambda: not view.state.is_busy, timeout=30_000)
    assert answers == [3000.0]


def test_a_question_that_is_taken_back_needs_no_answer(view, slowly, qtbot):
    view.state.ask(value=2000.0)
    qtbot.waitUntil(lambda: view.state.is_busy, timeout=10_000)
    view.state.ask(value=1000.0)
    assert not view.state.is_busy
    assert not view.state.is_stale


def test_what_no_gpu_could_be_asked_is_said_at_the_inputs(view, qtbot):
    view.state.ask(law="nobody-2030")
    qtbot.waitUntil(view.ask.error.isVisible, timeout=10_000)
    assert "nobody-2030" in view.ask.error.text()
    assert view.charts.points.rowCount() == 0
    assert view.state.comparison is None


def test_a_target_out_of_reach_is_said_in_the_verdict_and_in_every_row(view, settle):
    view.state.ask(by=By.LOSS, value=1.0)
    settle(view)
    assert "No GPU" in view.verdict.best.text()
    assert not view.verdict.use.isVisible()
    assert view.charts.points.rowCount() == len(view.state.comparison.rows)
    assert view.charts.plot.gpus == ()
    assert not view.charts.use.isEnabled()


def test_by_a_date_becomes_hours_from_now(view, settle):
    view.ask.deadline.chosen.emit("until")
    moment = datetime.now() + timedelta(hours=50)
    view.ask.until.setDateTime(QDateTime.fromSecsSinceEpoch(int(moment.timestamp())))
    settle(view)
    asked = view.state.comparison.request.deadline_hours
    assert asked == pytest.approx(50, abs=0.2)
    assert all(row.plan.hours.value <= asked * 1.001 for row in view.state.comparison.ranked)
    view.ask.deadline.chosen.emit("none")
    assert view.state.asked.deadline_hours is None


def test_a_moment_that_is_over_leaves_the_least_time():
    assert hours_until(datetime.now() - timedelta(days=1)) == 0.1


@pytest.mark.parametrize("day", range(20, 28))
def test_by_friday_is_the_next_friday_evening_at_least_a_day_off(day):
    now = datetime(2026, 11, day, 17, 0)
    friday = next_friday(now)
    assert friday.weekday() == 4
    assert friday.hour == 18
    assert timedelta(days=1) <= friday - now <= timedelta(days=8)


def test_a_number_of_each_gpu_is_that_of_every_row(view, settle):
    view.ask.each.chosen.emit("number")
    view.ask.count.edited.emit(16.0)
    settle(view)
    assert {row.plan.known.n_gpus for row in view.state.comparison.ranked} == {16}
    view.ask.count.edited.emit(2.5)
    assert "whole" in view.ask.count.error()
    assert view.state.n_gpus == 16


def test_spot_prices_are_compared_on_request(view, settle):
    view.ask.spot.click()
    settle(view)
    assert view.state.comparison.request.spot
    assert all(row.offer.spot_usd_per_gpu_h for row in view.state.comparison.ranked)


def test_a_window_closed_in_the_middle_of_a_comparison_is_garbage(qtbot, settings, slowly):
    window = make_window(make_application(), settings)
    window.show()
    window.show_view(COMPARE)
    view = window.views.compare
    qtbot.waitUntil(lambda state=view.state: state.is_busy, timeout=10_000)
    alive = [weakref.ref(window), weakref.ref(view), weakref.ref(view.state)]
    window.close()
    window.deleteLater()
    del window, view
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()
    assert [ref() for ref in alive] == [None] * 3
