"""Work beside the window: progress, results, cancel, errors, and an end in good order."""

import gc
import threading
import time

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread
from PySide6.QtWidgets import QApplication

from core.errors import CancelledError, InputError
from gui import crash
from gui.jobs import UNKNOWN, Jobs


@pytest.fixture
def jobs(qapp):
    owner = QObject()
    jobs = Jobs(owner)
    yield jobs
    jobs.shut_down()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    owner.deleteLater()


def until_idle(qtbot, jobs):
    qtbot.waitUntil(lambda: not jobs.is_busy, timeout=10_000)


class Waits:
    """Work that goes on until it is let go or told to stop."""

    def __init__(self):
        self.started = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, progress):
        self.started.set()
        while not self.let_go.wait(0.005):
            if not progress(0.5):
                raise CancelledError
        return "done"


def test_work_runs_in_another_thread_and_its_result_arrives_in_this_one(qtbot, jobs):
    threads = []

    def work(progress):
        threads.append(QThread.currentThread())
        progress(1.0)
        return 42

    with qtbot.waitSignal(jobs.start(work).done) as done:
        pass
    assert done.args == [42]
    assert threads[0] is not QThread.currentThread()
    until_idle(qtbot, jobs)


def test_progress_tells_the_fraction_and_at_first_no_time(qtbot, jobs):
    work, seen = Waits(), []
    job = jobs.start(work)
    job.progressed.connect(lambda *args: seen.append(args))
    qtbot.waitUntil(lambda: len(seen) > 0)
    work.let_go.set()
    until_idle(qtbot, jobs)
    assert seen[0] == (0.5, UNKNOWN)


def test_the_time_left_is_what_has_passed_for_as_much_again(qtbot, jobs):
    work, seen = Waits(), []
    job = jobs.start(work)
    job.progressed.connect(lambda _, left: seen.append(left))
    qtbot.waitUntil(lambda: any(left >= 0 for left in seen), timeout=5000)
    work.let_go.set()
    until_idle(qtbot, jobs)
    assert 0.4 < next(left for left in seen if left >= 0) < 5


def test_a_cancelled_job_says_nothing_more(qtbot, jobs):
    work, heard = Waits(), []
    job = jobs.start(work)
    job.done.connect(heard.append)
    job.refused.connect(heard.append)
    work.started.wait(5)
    job.cancel()
    with qtbot.waitSignal(job.ended):
        pass
    assert heard == []
    assert not jobs.is_busy


def test_a_result_that_comes_after_the_cancel_is_thrown_away(qtbot, jobs):
    started, let_go, heard = threading.Event(), threading.Event(), []

    def deaf(progress):
        started.set()
        let_go.wait(5)
        return "late"

    job = jobs.start(deaf)
    job.done.connect(heard.append)
    started.wait(5)
    job.cancel()
    let_go.set()
    until_idle(qtbot, jobs)
    assert heard == []


def test_bad_input_is_refused_not_a_crash(qtbot, jobs, monkeypatch):
    monkeypatch.setattr(crash, "report", lambda *_: pytest.fail("crash"))

    def work(progress):
        raise InputError("runs", "2 points", "more")

    with qtbot.waitSignal(jobs.start(work).refused) as refused:
        pass
    assert refused.args[0].field == "runs"
    until_idle(qtbot, jobs)


def test_too_little_memory_is_refused(qtbot, jobs):
    def work(progress):
        raise MemoryError

    with qtbot.waitSignal(jobs.start(work).refused) as refused:
        pass
    assert refused.args[0].field == "memory"
    until_idle(qtbot, jobs)


def test_an_unexpected_error_goes_to_the_crash_report_in_this_thread(qtbot, jobs, monkeypatch):
    reports = []
    monkeypatch.setattr(
        crash, "report", lambda *args: reports.append((args, threading.current_thread()))
    )

    def work(progress):
        raise ZeroDivisionError

    job = jobs.start(work)
    with qtbot.waitSignal(job.ended):
        pass
    (kind, _, trace), thread = reports[0]
    assert kind is ZeroDivisionError
    assert trace is not None
    assert thread is threading.main_thread()


def test_work_is_done_one_piece_after_the_other(qtbot, jobs):
    order = []
    first = Waits()
    jobs.start(first)
    jobs.start(lambda progress: order.append("second"))
    first.started.wait(5)
    time.sleep(0.02)
    assert order == []
    first.let_go.set()
    until_idle(qtbot, jobs)
    assert order == ["second"]


def test_shutting_down_waits_and_leaves_nothing_running(qtbot, jobs):
    running, waiting = Waits(), Waits()
    heard = []
    jobs.start(running).done.connect(heard.append)
    jobs.start(waiting).done.connect(heard.append)
    running.started.wait(5)
    jobs.shut_down()
    assert not jobs.is_busy
    assert not waiting.started.is_set()
    QApplication.processEvents()
    assert heard == []


def test_the_collector_of_garbage_stays_out_of_the_worker(qtbot, jobs):
    gc.enable()
    try:
        seen = []
        jobs.start(lambda progress: seen.append(gc.isenabled()))
        until_idle(qtbot, jobs)
        assert seen == [False]
        assert gc.isenabled()
    finally:
        gc.disable()
