"""Long work in the fit view: progress, cancel, closing in the middle, and a window that moves."""

import gc
import subprocess
import sys
import textwrap
import time
import weakref
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.errors import CancelledError
from gui.app import make_application, make_window
from gui.plots.curves import MOST_DRAWN
from gui.views.fit import work

MOST_STALL_MS = 200


def slow_fit(monkeypatch):
    """A fit that only ends when it is told to."""

    def fit_runs(data, request, progress):
        while progress(0.25):
            time.sleep(0.002)
        raise CancelledError

    monkeypatch.setattr(work, "fit_runs", fit_runs)


def test_a_fit_shows_how_far_it_is_and_can_be_cancelled(opened, qtbot, monkeypatch, settle):
    slow_fit(monkeypatch)
    bar = opened.inputs.run_bar
    bar.fit_button.click()
    assert bar.cancel_button.isVisible()
    assert not bar.fit_button.isVisible()
    qtbot.waitUntil(lambda: "25\u00a0%" in bar.sentence.text(), timeout=5000)
    qtbot.waitUntil(lambda: "left" in bar.sentence.text(), timeout=5000)
    bar.cancel_button.click()
    assert bar.fit_button.isVisible()
    assert opened.state.report is None
    settle()
    assert opened.state.report is None


def test_escape_cancels(window, opened, qtbot, monkeypatch, settle):
    slow_fit(monkeypatch)
    opened.inputs.run_bar.fit_button.setFocus()
    opened.inputs.run_bar.fit_button.click()
    assert QApplication.focusWidget() is opened.inputs.run_bar.cancel_button
    opened.state.cancel()
    assert not opened.state.is_busy
    assert QApplication.focusWidget() is opened.inputs.run_bar.fit_button
    settle()


def test_new_runs_push_a_running_fit_aside(window, opened, one_ratio, monkeypatch, settle):
    slow_fit(monkeypatch)
    opened.state.fit()
    window.open_runs([one_ratio])
    settle()
    assert opened.state.data.table.n_points == 10
    assert opened.state.report is None
    assert not opened.state.is_busy


def test_reading_can_be_cancelled_and_the_old_runs_stay(window, opened, large, settle):
    window.open_runs([large])
    assert opened.state.is_reading
    assert "Reading large.csv" in opened.inputs.run_bar.sentence.text()
    opened.state.cancel()
    settle()
    assert opened.state.data.table.n_points == 80


def test_what_is_drawn_of_many_points_is_thinned_and_what_is_fitted_is_not(
    window, fit_view, tmp_path, settle
):
    dice = np.random.default_rng(0)
    tokens = np.geomspace(1e6, 1e9, 150_000)
    lines = ["run,params,tokens,val_loss"]
    for run in range(2):
        loss = 3 + tokens**-0.1 + 0.01 * dice.random(tokens.size)
        lines += [
            f"r{run},{1e6 * (run + 1)},{d:.1f},{y:.5f}" for d, y in zip(tokens, loss, strict=True)
        ]
    path = tmp_path / "many.csv"
    path.write_text("\n".join(lines))
    window.open_runs([path])
    settle()
    data = fit_view.state.data
    assert data.table.n_points == 300_000
    drawn = sum(run.loss.size for run in data.drawn)
    assert 0.5 * MOST_DRAWN < drawn <= MOST_DRAWN
    for run, whole in zip(data.drawn, data.table.as_runs(), strict=True):
        assert run.loss.min() == whole.loss.min()
        assert run.loss.max() == whole.loss.max()
        assert run.compute_neflo[-1] == whole.compute_neflo[-1]


def test_the_window_can_be_closed_in_the_middle_of_a_fit(window, opened, monkeypatch):
    slow_fit(monkeypatch)
    opened.state.fit()
    window.close()
    assert not window.jobs.is_busy


def is_idle(window):
    return not window.jobs.is_busy


def test_a_window_closed_in_the_middle_of_a_real_fit_is_garbage(qtbot, settings, good, few):
    window = make_window(make_application(), settings)
    window.show()
    window.open_runs([good])
    view = window.fit_view
    state = view.state
    qtbot.waitUntil(partial(is_idle, window), timeout=20_000)
    few(view)
    state.fit()
    qtbot.waitUntil(partial(is_idle, window), timeout=20_000)
    assert state.report is not None
    few(view, 10_000)
    state.fit()
    view.files.ask_columns()
    QTest.qWait(50)
    alive = [weakref.ref(window), weakref.ref(view), weakref.ref(state)]
    window.close()
    window.deleteLater()
    del window, view, state
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()
    assert [ref() for ref in alive] == [None] * 3


class Watchdog:
    """The longest time in which the event loop did not come round."""

    def __init__(self):
        self.gaps = []
        self._last = time.perf_counter()
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self):
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now

    def stop(self):
        self._timer.stop()


def test_the_plan_stays_fluid_while_a_bootstrap_runs(window, fit_view, few, settle):
    few(fit_view, 1000)
    window.show_view(0)
    QTest.qWait(100)
    slider = window.plan_view.inputs.slider
    fit_view.state.fit()
    dog = Watchdog()
    edits = 0
    while fit_view.state.is_busy:
        edits += 1
        slider.value_changed.emit(10 + edits % 50)
        QTest.qWait(5)
    dog.stop()
    assert fit_view.state.report is not None
    assert len(fit_view.state.report.ensemble) == 1000
    assert edits > 3
    assert max(dog.gaps) < MOST_STALL_MS
    settle()


def test_neither_start_nor_the_fit_tab_imports_pandas_or_scipy(tmp_path):
    script = textwrap.dedent(
        f"""
        import sys
        from gui.app import make_application, make_window
        from gui.settings import Settings

        app = make_application()
        window = make_window(app, Settings({str(tmp_path / "x.ini")!r}))
        window.show()
        app.processEvents()
        assert "gui.views.fit.view" not in sys.modules
        window.show_view(2)
        app.processEvents()
        heavy = {{"pandas", "scipy", "tensorboard", "pyarrow"}} & set(sys.modules)
        assert not heavy, heavy
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("size", [(1024, 700), (960, 540), (1920, 1080)])
def test_nothing_is_cut_at_any_size(window, fitted, hands, size):
    window.resize(*size)
    hands.settle()
    view = fitted
    for child in (view.inputs.data, view.inputs.method, view.answer.coefficients):
        assert child.width() >= child.minimumSizeHint().width()
