"""The real window on its comparison, and patience for the jobs behind it."""

import pytest
from PySide6.QtWidgets import QApplication

from core.planner import By
from gui.views.compare import work
from gui.views.stack import COMPARE

_ANSWERS = {}


@pytest.fixture(autouse=True)
def _remembered(monkeypatch):
    """What an earlier test has asked is answered at once: a comparison takes a second."""
    real = work.compare

    def compare(request, n_gpus, progress):
        question = (request, n_gpus)
        if question not in _ANSWERS:
            _ANSWERS[question] = real(request, n_gpus, progress)
        return _ANSWERS[question]

    monkeypatch.setattr(work, "compare", compare)


@pytest.fixture
def settle(qtbot):
    """Wait until a view has compared what it is asked."""

    def wait(view):
        state = view.state
        QApplication.processEvents()
        qtbot.waitUntil(lambda: not state.is_busy and not state.is_stale, timeout=60_000)
        QApplication.processEvents()

    return wait


@pytest.fixture
def view(window, settle):
    """The comparison of 1,000 USD."""
    window.show_view(COMPARE)
    view = window.views.compare
    view.state.ask(by=By.USD, value=1000.0, law="besiroglu-2024")
    settle(view)
    return view
