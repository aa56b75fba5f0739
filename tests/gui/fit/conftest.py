"""The real window on its fit tab, files with runs of a known law, and patience for jobs."""

import math
import random

import pytest
from PySide6.QtWidgets import QApplication

LAW = {"E": 1.8, "A": 406.0, "B": 410.0, "alpha": 0.34, "beta": 0.28}


def loss_of(params, tokens):
    reducible = LAW["A"] * params ** -LAW["alpha"] + LAW["B"] * tokens ** -LAW["beta"]
    return LAW["E"] + reducible


def csv_of(sizes, ratios, extra=(), noise=0.002):
    """Runs of each size seen at each number of tokens a parameter."""
    dice = random.Random(0)
    lines = ["run,params,tokens,val_loss"]
    for number, size in enumerate(sizes):
        for ratio in ratios:
            loss = loss_of(size, size * ratio) * math.exp(dice.gauss(0, noise))
            lines.append(f"run {number},{size:.0f},{size * ratio:.0f},{loss:.5f}")
    return "\n".join([*lines, *extra]) + "\n"


SIZES = [1e6 * 2.0**step for step in range(10)]
RATIOS = [2.0 * 1.6**step for step in range(8)]


@pytest.fixture
def good(tmp_path):
    path = tmp_path / "my runs.csv"
    path.write_text(csv_of(SIZES, RATIOS))
    return path


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.csv"
    path.write_text(csv_of(SIZES, RATIOS) + "run 1,2e6,1e8,3.0\n" * 300_000)
    return path


@pytest.fixture
def one_ratio(tmp_path):
    path = tmp_path / "one ratio.csv"
    path.write_text(csv_of(SIZES, [20.0]))
    return path


@pytest.fixture
def with_problems(tmp_path):
    path = tmp_path / "problems.csv"
    bad = ["run 0,1e6,oops,4.2", "run 1,2e6,1e8,-1", "run 2,4e6,1e8,nan"]
    path.write_text(csv_of(SIZES, RATIOS, bad))
    return path


@pytest.fixture
def few():
    """Chooses how many resamples, as a person does."""

    def choose(view, resamples=40):
        view.inputs.sureness.resamples.edited.emit(float(resamples))

    return choose


@pytest.fixture
def fit_view(window, few):
    window.show_view(2)
    view = window.fit_view
    few(view)  # not to make the tests wait
    yield view
    window.jobs.shut_down()
    QApplication.processEvents()


@pytest.fixture
def settle(window, qtbot):
    """Waits until nothing runs any more."""

    def until_idle():
        qtbot.waitUntil(lambda: not window.jobs.is_busy, timeout=60_000)
        for _ in range(5):
            QApplication.processEvents()

    return until_idle


@pytest.fixture
def opened(window, fit_view, good, settle):
    """The view with a person's own runs."""
    window.open_runs([good])
    settle()
    return fit_view


@pytest.fixture
def fitted(opened, settle):
    """The view with a fit of them."""
    opened.inputs.run_bar.fit_button.click()
    settle()
    return opened
