"""A profile among all other GPUs: its own row, its own interval, and no price it has not."""

import pytest
from PySide6.QtWidgets import QApplication

from core.planner import By
from gui.views.compare.model import Col
from gui.views.stack import COMPARE, PLAN


@pytest.fixture
def settled(qtbot):
    def wait(view):
        QApplication.processEvents()
        qtbot.waitUntil(lambda: not view.state.is_busy and not view.state.is_stale, timeout=100_000)
        QApplication.processEvents()

    return wait


@pytest.fixture
def compared(window, keep, some_profile, settled):
    """The comparison for a day, with one profile."""
    kept = keep(some_profile("This PC: RTX 4090"))
    window.show_view(COMPARE)
    view = window.views.compare
    view.state.ask(by=By.HOURS, value=24.0, law="besiroglu-2024")
    settled(view)
    return view, kept


def row_of(view, kept):
    (place,) = [n for n, row in enumerate(view.model.rows) if row.gpu == str(kept.path)]
    return place


def cell(view, place, column):
    return view.model.index(place, column).data()


def test_a_profile_is_a_row_with_an_interval_and_without_a_price(compared):
    view, kept = compared
    place = row_of(view, kept)
    assert cell(view, place, Col.GPU) == "This PC: RTX 4090"
    assert cell(view, place, Col.PROVIDER) == "own machine"
    assert cell(view, place, Col.USD) == "–"
    assert " – " in cell(view, place, Col.INTERVAL)
    assert cell(view, place, Col.REMARKS).startswith("measured by you")


def test_planning_with_the_row_gives_the_plan_of_the_row(compared, window, hands):
    view, kept = compared
    row = view.model.rows[row_of(view, kept)]
    view.state.plan_with(row)
    hands.settle()
    assert window.views.currentWidget() is window.plan_view
    assert window.session.plan.request.gpu == str(kept.path)
    assert window.session.plan.usd is None
    assert window.session.plan.loss == row.plan.loss
    provider = window.plan_view.inputs.hardware.provider_rows.provider
    assert provider.choice() == "own machine"


def test_a_profile_that_is_saved_later_is_compared_when_one_comes_back(
    compared, window, keep, some_profile, settled
):
    view, _ = compared
    window.show_view(PLAN)
    later = keep(some_profile("Later"))
    window.show_view(COMPARE)
    settled(view)
    assert cell(view, row_of(view, later), Col.GPU) == "Later"
