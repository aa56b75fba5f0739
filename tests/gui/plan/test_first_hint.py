"""The first start: a plan at once, and a word about what to drag that goes when it is known."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.app import make_application, make_window
from gui.settings import Settings
from gui.views.plan.first_hint import FirstHint


@pytest.fixture
def hint(window):
    return window.findChild(FirstHint)


def is_known(window, settings):
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gone = window.findChild(FirstHint) is None
    assert gone == settings.knows_dragging
    return gone


def test_a_first_window_shows_a_plan_and_the_hint(window, hint):
    assert hint.isVisible()
    assert window.session.plan.non_embedding_params.value > 1e6
    assert "Drag this" in hint.accessibleName()
    assert hint.button.text() == "Got it"


def test_it_stands_under_the_slider_and_over_nothing(window, hint):
    inputs = window.plan_view.inputs
    for size in ((1280, 800), (1024, 700), (1920, 1080)):
        window.resize(*size)
        QApplication.processEvents()
        place = hint.geometry()
        siblings = [inputs.slider, inputs.hours, inputs.usd, inputs.target]
        assert not any(place.intersects(other.geometry()) for other in siblings)
        assert 0 <= place.top() - inputs.slider.geometry().bottom() < 16
        wanted = hint._label.heightForWidth(hint._label.width())
        assert hint._label.height() >= wanted


def test_the_button_closes_it_for_good(qtbot, window, hint, settings):
    hint.button.click()
    assert is_known(window, settings)
    settings.save()
    again = make_window(make_application(), Settings(settings._store.fileName()))
    qtbot.addWidget(again)
    assert again.findChild(FirstHint) is None


@pytest.mark.parametrize("where", ["field", "slider", "button", "plot"])
def test_escape_closes_it_wherever_the_focus_is(window, hint, settings, where):
    view = window.plan_view
    places = {
        "field": view.inputs.hours.focusProxy(),
        "slider": view.inputs.slider,
        "button": hint.button,
        "plot": view.charts.loss_plot,
    }
    places[where].setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert is_known(window, settings)


def test_escape_first_gives_back_what_was_typed(window, hands, hint, settings):
    hands.type(window.plan_view.inputs.hours, "7")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert window.session.plan.hours.value == 12
    assert not is_known(window, settings)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert is_known(window, settings)


def test_dragging_the_slider_closes_it_when_the_hand_lets_go(window, hint, settings):
    slider = window.plan_view.inputs.slider
    handle = QPoint(round(slider.handle_x()), slider.height() // 2)
    QTest.mousePress(slider, Qt.MouseButton.LeftButton, pos=handle)
    QTest.mouseMove(slider, handle + QPoint(40, 0))
    QApplication.processEvents()
    assert not is_known(window, settings)
    QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=handle + QPoint(40, 0))
    assert is_known(window, settings)
    assert window.session.plan.hours.value > 12


def test_a_click_that_moves_nothing_teaches_nothing(window, hint, settings):
    slider = window.plan_view.inputs.slider
    handle = QPoint(round(slider.handle_x()), slider.height() // 2)
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=handle)
    assert not is_known(window, settings)


def test_dragging_the_line_of_a_plot_closes_it(window, hands, hint, settings):
    plan = window.session.plan
    compute = plan.compute_neflo.value
    plot = window.plan_view.charts.loss_plot
    hands.drag_line(plot, plan.loss.value, compute, compute / 10)
    assert is_known(window, settings)


def test_a_key_on_the_slider_closes_it(window, hint, settings):
    QTest.keyClick(window.plan_view.inputs.slider, Qt.Key.Key_Right)
    assert is_known(window, settings)


def test_tab_leads_from_the_slider_to_its_button(window, hint):
    window.plan_view.inputs.slider.setFocus()
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is hint.button
