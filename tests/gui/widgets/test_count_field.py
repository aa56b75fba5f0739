import pytest
from PySide6.QtCore import Qt

from gui.widgets.count_field import CountField


@pytest.fixture
def field(show):
    field = CountField("Number", "GPUs", tooltip="How many.")
    field.set_value(6)
    field.heard = []
    field.edited.connect(field.heard.append)
    show(field)
    return field


def test_arrows_count_by_one_and_with_shift_to_powers_of_two(qtbot, field):
    edit = field.focusProxy()
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    qtbot.keyClick(edit, Qt.Key.Key_Up, shift)
    qtbot.keyClick(edit, Qt.Key.Key_Up, shift)
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    qtbot.keyClick(edit, Qt.Key.Key_Down, shift)
    assert field.heard == [7, 8, 16, 15, 8]


def test_it_never_goes_below_one(qtbot, field):
    field.set_value(1)
    qtbot.keyClick(field.focusProxy(), Qt.Key.Key_Down)
    qtbot.keyClick(field.focusProxy(), Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert field.heard == []
    assert field.value() == 1


def test_a_part_of_a_thing_is_no_count(qtbot, field):
    edit = field.focusProxy()
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "2.5")
    assert "whole number" in field.error()
    assert set(field.heard) == {2}  # on the way there
