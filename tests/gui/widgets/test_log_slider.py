import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtWidgets import QApplication

from gui.widgets.log_slider import LogSlider


def in_hours(hours):
    return f"{hours:g} h"


@pytest.fixture
def slider(show):
    slider = LogSlider(0.01, 10_000, name="Budget", describe=in_hours, tooltip="Time, in hours.")
    slider.set_value(12)
    slider.window_shown = show(slider)
    return slider


@pytest.fixture
def heard(slider):
    values = []
    slider.value_changed.connect(values.append)
    return values


def middle(slider):
    return slider.rect().center()


def test_setting_a_value_is_exact_and_silent(slider, heard):
    slider.set_value(11.987654321)
    assert slider.quantity() == 11.987654321
    assert heard == []


def test_the_middle_is_the_geometric_mean(slider):
    slider.set_value(10)
    assert slider.sliderPosition() == (slider.minimum() + slider.maximum()) // 2


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (Qt.Key.Key_Right, 20),
        (Qt.Key.Key_Up, 20),
        (Qt.Key.Key_Left, 10),
        (Qt.Key.Key_Down, 10),
        (Qt.Key.Key_PageUp, 120),
        (Qt.Key.Key_PageDown, 1.2),
        (Qt.Key.Key_Home, 0.01),
        (Qt.Key.Key_End, 10_000),
    ],
)
def test_keys_step_through_round_numbers_and_decades(qtbot, slider, heard, key, expected):
    slider.setFocus()
    qtbot.keyClick(slider, key)
    assert heard == [pytest.approx(expected)]
    assert slider.quantity() == heard[0]


def test_keys_stop_at_the_end(qtbot, slider, heard):
    slider.set_value(10_000)
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.keyClick(slider, Qt.Key.Key_PageUp)
    assert heard == []


def test_other_keys_are_left_alone(qtbot, slider, heard):
    slider.setFocus()
    qtbot.keyClick(slider, Qt.Key.Key_Q)
    assert heard == []


def test_a_drag_starts_changes_and_finishes(qtbot, slider, heard):
    steps = []
    slider.drag_started.connect(lambda: steps.append("started"))
    slider.drag_finished.connect(lambda: steps.append("finished"))
    start = middle(slider)
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=start)
    assert steps == ["started"]
    for distance in (10, 30, 60):
        qtbot.mouseMove(slider, start + QPoint(distance, 0))
        event_value = slider.quantity()
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=start + QPoint(60, 0))
    assert steps == ["started", "finished"]
    assert heard == sorted(heard)
    assert heard[-1] == event_value > 12


def test_taking_the_handle_without_moving_changes_nothing(qtbot, slider, heard):
    handle = QPoint(round(slider._x_of(12)) + 3, middle(slider).y())
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=handle)
    assert heard == []


def test_a_click_on_the_groove_brings_the_handle(qtbot, slider, heard):
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(2, middle(slider).y()))
    assert heard == [0.01]


def test_the_right_button_does_not_drag(qtbot, slider, heard):
    qtbot.mouseClick(slider, Qt.MouseButton.RightButton, pos=QPoint(2, middle(slider).y()))
    assert heard == []


def test_the_wheel_works_only_while_focused(slider, heard):
    def turn(by):
        centre = QPointF(middle(slider))
        event = QWheelEvent(
            centre,
            slider.mapToGlobal(centre),
            QPoint(),
            QPoint(0, by),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(slider, event)

    turn(120)
    assert heard == []
    slider.setFocus()
    turn(120)
    turn(-120)
    assert heard == [20, 10]


def test_values_outside_are_shown_at_the_end_but_kept(slider, heard):
    slider.set_value(1e6)
    assert slider.quantity() == 1e6
    assert slider.sliderPosition() == slider.maximum()
    slider.set_bounds(1, 1e7)
    assert slider.sliderPosition() < slider.maximum()
    assert heard == []


def test_screen_readers_hear_the_quantity_with_its_unit(slider):
    interface = QAccessible.queryAccessibleInterface(slider)
    assert interface.text(QAccessible.Text.Name) == "Budget"
    assert interface.text(QAccessible.Text.Description) == "12 h"


def test_screen_readers_can_move_it(slider, heard):
    slider.setValue(slider.maximum())  # what the accessibility bridge calls
    assert heard == [10_000]


def test_a_mark_and_every_state_can_be_painted(qtbot, slider):
    for mark in (0.49, 1e9, None):
        slider.set_mark(mark)
        slider.grab()
    slider.setFocus()
    slider.grab()
    slider.setEnabled(False)
    slider.grab()
