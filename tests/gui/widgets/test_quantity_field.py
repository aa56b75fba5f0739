import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton

from core.quantities import Kind
from gui.widgets.quantity_field import QuantityField


@pytest.fixture
def field(show):
    field = QuantityField("&Money", Kind.USD, "USD", tooltip="What it may cost, in US dollars.")
    field.set_value(24.06)
    field.window_shown = show(field)
    return field


@pytest.fixture
def heard(field):
    values = []
    field.edited.connect(values.append)
    return values


def edit_of(field):
    return field.findChild(QLineEdit)


def message_of(field):
    return next(label for label in field.findChildren(QLabel) if label.property("role") == "error")


def type_over(qtbot, field, text):
    field.select()
    qtbot.keyClicks(edit_of(field), text)


def wheel(edit, turned):
    centre = QPointF(edit.rect().center())
    event = QWheelEvent(
        centre,
        edit.mapToGlobal(centre),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    event.ignore()
    QApplication.sendEvent(edit, event)
    return event.isAccepted()


def test_setting_a_value_shows_it_and_emits_nothing(field, heard):
    field.set_value(1234567)
    assert edit_of(field).text() == "1,234,567"
    assert heard == []


@pytest.mark.parametrize("value", [3.03e17, 1.6e-7, 12.345678, 999999.96, 1e9 - 0.4, 124600])
def test_what_is_shown_can_be_copied_and_pasted(qtbot, field, heard, value):
    field.set_value(value)
    field.select()
    # Pasted, because key presses for superscripts abort QTest.
    qtbot.keyClick(edit_of(field), Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(edit_of(field), Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert heard[-1] == pytest.approx(value, rel=1e-4)
    assert field.error() is None


def test_typing_emits_every_value_that_parses(qtbot, field, heard):
    type_over(qtbot, field, "1.5k")
    assert heard == [1, 1, 1.5, 1500]
    assert field.error() is None
    assert edit_of(field).text() == "1.5k"


def test_enter_writes_the_typed_value_in_the_usual_way(qtbot, field):
    type_over(qtbot, field, "1.5k")
    qtbot.keyClick(edit_of(field), Qt.Key.Key_Return)
    assert edit_of(field).text() == "1,500"


def test_leaving_writes_the_typed_value_in_the_usual_way(qtbot, field):
    type_over(qtbot, field, "2e3")
    field.window_shown.elsewhere.setFocus()
    assert edit_of(field).text() == "2,000"


def test_garbage_keeps_the_last_good_value_and_explains_itself(qtbot, field, heard):
    type_over(qtbot, field, "cheap")
    assert heard == []
    assert field.value() == 24.06
    assert edit_of(field).property("invalid") is True
    assert field.error() == 'Money must be a positive number, got "cheap"'
    qtbot.waitUntil(message_of(field).isVisible)
    assert message_of(field).text() == field.error()


def test_an_unknown_unit_is_answered_with_the_known_ones(qtbot, field):
    type_over(qtbot, field, "5 parsecs")
    assert field.error() == (
        'Money must be a positive number, got "5 parsecs" (units understood: $, k$, M$, B)'
    )


def test_the_sentence_comes_at_once_on_enter(qtbot, field):
    type_over(qtbot, field, "cheap")
    assert not message_of(field).isVisible()
    qtbot.keyClick(edit_of(field), Qt.Key.Key_Return)
    assert message_of(field).isVisible()


def test_a_half_typed_exponent_never_shows_the_sentence(qtbot, field, heard):
    type_over(qtbot, field, "1e6")
    qtbot.wait(600)
    assert not message_of(field).isVisible()
    assert heard[-1] == 1e6


def test_escape_brings_the_last_good_value_back(qtbot, field, heard):
    type_over(qtbot, field, "cheap")
    qtbot.keyClick(edit_of(field), Qt.Key.Key_Escape)
    assert edit_of(field).text() == "24.06"
    assert field.error() is None
    assert edit_of(field).property("invalid") is False
    assert heard == []


def test_a_value_from_outside_does_not_disturb_typing(qtbot, field):
    type_over(qtbot, field, "1.5k")
    field.set_value(1499)
    assert edit_of(field).text() == "1.5k"
    field.window_shown.elsewhere.setFocus()
    assert edit_of(field).text() == "1,499"


def test_a_value_from_outside_replaces_garbage_once_the_field_was_left(qtbot, field):
    type_over(qtbot, field, "cheap")
    field.window_shown.elsewhere.setFocus()
    field.set_value(30)
    assert edit_of(field).text() == "30"
    assert field.error() is None


def test_leaving_without_typing_keeps_every_digit_of_the_value(field, heard):
    field.set_value(1.23456789)
    field.select()
    field.window_shown.elsewhere.setFocus()
    assert field.value() == 1.23456789
    assert heard == []


@pytest.mark.parametrize(
    ("key", "modifier", "expected"),
    [
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, 26.47),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier, 21.87),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier, 50),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier, 20),
    ],
)
def test_arrows_step_by_a_tenth_or_to_a_round_number(qtbot, field, heard, key, modifier, expected):
    field.select()
    qtbot.keyClick(edit_of(field), key, modifier)
    assert heard == [expected]
    assert field.value() == expected


def test_arrows_leave_zero_upwards_only(qtbot, show):
    field = QuantityField("Price", Kind.USD_PER_HOUR, "USD/h", tooltip="", zero_allowed=True)
    field.set_value(0)
    show(field)
    field.select()
    qtbot.keyClick(edit_of(field), Qt.Key.Key_Down)
    assert field.value() == 0
    qtbot.keyClick(edit_of(field), Qt.Key.Key_Up)
    assert field.value() == 1


def test_arrows_do_nothing_before_the_first_value(qtbot, show):
    field = QuantityField("Price", Kind.USD_PER_HOUR, "USD/h", tooltip="")
    show(field)
    field.select()
    qtbot.keyClick(edit_of(field), Qt.Key.Key_Up)
    assert field.value() is None


def test_zero_is_an_error_only_where_it_makes_no_sense(qtbot, field, show):
    type_over(qtbot, field, "0")
    assert field.error() is not None
    free = QuantityField("Price", Kind.USD_PER_HOUR, "USD/h", tooltip="", zero_allowed=True)
    show(free)
    type_over(qtbot, free, "0")
    assert free.value() == 0
    type_over(qtbot, free, "-1")
    assert free.error() == 'Price must be a number of at least 0, got "-1"'


def test_the_wheel_steps_only_while_focused(field, heard):
    assert not wheel(edit_of(field), 120)
    assert heard == []
    field.select()
    assert wheel(edit_of(field), 120)
    assert wheel(edit_of(field), -120)
    assert len(heard) == 2


def test_an_error_from_outside_is_shown_and_cleared(field):
    field.set_error("Money is less than one step costs")
    assert message_of(field).isVisible()
    assert edit_of(field).property("invalid") is True
    field.set_error(None)
    assert not message_of(field).isVisible()
    assert field.error() is None


def test_the_way_back_is_a_button_and_a_key(qtbot, field):
    button = field.findChild(QToolButton)
    assert not button.isVisible()
    field.set_reset(True, "Back to the list price, 2.005 USD/h.")
    assert button.isVisible()
    assert button.toolTip() == "Back to the list price, 2.005 USD/h."
    with qtbot.waitSignal(field.reset_requested):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    field.select()
    with qtbot.waitSignal(field.reset_requested):
        qtbot.keyClick(edit_of(field), Qt.Key.Key_Backspace, Qt.KeyboardModifier.ControlModifier)
    field.set_reset(False)
    with qtbot.assertNotEmitted(field.reset_requested):
        qtbot.keyClick(edit_of(field), Qt.Key.Key_Backspace, Qt.KeyboardModifier.ControlModifier)


def test_tab_reaches_the_way_back_and_hiding_it_returns_the_focus(qtbot, field):
    button = field.findChild(QToolButton)
    field.set_reset(True)
    field.select()
    qtbot.keyClick(edit_of(field), Qt.Key.Key_Tab)
    assert button.hasFocus()
    with qtbot.waitSignal(field.reset_requested):
        qtbot.keyClick(button, Qt.Key.Key_Space)
    field.set_reset(False)
    assert edit_of(field).hasFocus()


def test_screen_readers_get_name_and_error(field):
    interface = QAccessible.queryAccessibleInterface(edit_of(field))
    assert interface.text(QAccessible.Text.Name) == "Money"
    assert interface.text(QAccessible.Text.Description) == "What it may cost, in US dollars."
    field.set_error("Money is less than one step costs")
    assert interface.text(QAccessible.Text.Description) == "Money is less than one step costs"
    reset = QAccessible.queryAccessibleInterface(field.findChild(QToolButton))
    assert reset.text(QAccessible.Text.Name) == "Reset Money"


def test_the_mnemonic_focuses_the_number(qtbot, field):
    qtbot.keyClick(field.window_shown, Qt.Key.Key_M, Qt.KeyboardModifier.AltModifier)
    assert edit_of(field).hasFocus()


def test_the_tooltip_names_the_units_and_the_keys(field):
    assert "k$" in edit_of(field).toolTip()
    assert "Shift" in edit_of(field).toolTip()


def test_a_closed_field_is_garbage(qtbot, qapp):
    field = QuantityField("Money", Kind.USD, "USD", tooltip="")
    field.show()
    field.set_value(3)
    field.set_error("wrong")
    reference = weakref.ref(field)
    field.close()
    field.deleteLater()
    del field
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert reference() is None


@pytest.fixture
def limit(show):
    limit = QuantityField(
        "Data", Kind.PARAMETERS, "tokens", tooltip="Tokens.", nothing="ample", units="k, M, B, T"
    )
    limit.heard, limit.cleared_count = [], []
    limit.edited.connect(limit.heard.append)
    limit.cleared.connect(lambda heard=limit.cleared_count: heard.append(1))
    show(limit)
    return limit


def test_an_empty_field_is_an_answer_where_it_says_so(qtbot, limit):
    assert edit_of(limit).placeholderText() == "ample"
    type_over(qtbot, limit, "2B")
    assert limit.value() == 2e9
    limit.select()
    qtbot.keyClick(edit_of(limit), Qt.Key.Key_Backspace)
    assert limit.cleared_count == [1]
    assert limit.value() is None
    assert limit.error() is None


def test_escape_brings_an_empty_field_back(qtbot, limit):
    type_over(qtbot, limit, "2B")
    qtbot.keyClick(edit_of(limit), Qt.Key.Key_Escape)
    assert limit.cleared_count == [1]
    assert edit_of(limit).text() == ""


def test_a_field_that_needs_a_number_calls_emptiness_an_error(qtbot, field):
    field.select()
    qtbot.keyClick(edit_of(field), Qt.Key.Key_Backspace)
    assert field.error() is not None
    assert field.value() == 24.06


def test_counts_from_a_billion_on_are_written_as_people_say_them(limit):
    for value, text in ((2e10, "20 B"), (1.5e12, "1.5 T"), (999e6, "999,000,000")):
        limit.set_value(value)
        assert edit_of(limit).text() == text


def test_named_units_stand_in_the_tooltip(limit):
    assert "Units understood: k, M, B, T." in edit_of(limit).toolTip()
