import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QComboBox, QLabel

from gui.widgets.choice_field import ChoiceField

GPUS = [("v100", "V100 16 GB"), ("a100", "A100 SXM 80 GB"), ("h100", "H100 SXM 80 GB")]


@pytest.fixture
def field(show):
    field = ChoiceField("&GPU", tooltip="The accelerator that trains.")
    field.set_choices(GPUS)
    field.window_shown = show(field)
    return field


@pytest.fixture
def heard(field):
    values = []
    field.chosen.connect(values.append)
    return values


def test_choosing_from_outside_is_silent(field, heard):
    field.set_choice("a100")
    assert field.choice() == "a100"
    assert heard == []


def test_keys_choose_and_emit(qtbot, field, heard):
    combo = field.findChild(QComboBox)
    combo.setFocus()
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert heard == ["a100"]


def test_choosing_the_same_again_emits_nothing(qtbot, field, heard):
    field.findChild(QComboBox).activated.emit(0)
    assert heard == []


def test_new_choices_keep_what_is_still_offered(field, heard):
    field.set_choice("h100")
    field.set_choices(list(reversed(GPUS)))
    assert field.choice() == "h100"
    field.set_choices(GPUS[:2])
    assert field.choice() == "v100"
    assert heard == []


def test_the_same_choices_leave_the_list_alone(field):
    field.set_choice("a100")
    field.set_choices(GPUS)
    assert field.choice() == "a100"


def test_an_unknown_choice_is_refused(field):
    with pytest.raises(ValueError, match="tpu"):
        field.set_choice("tpu")


def test_no_choices_means_no_choice(field):
    field.set_choices([])
    assert field.choice() is None


def test_the_list_opens_and_a_click_chooses(qtbot, field, heard):
    combo = field.findChild(QComboBox)
    combo.setFocus()
    combo.showPopup()
    view = combo.view()
    qtbot.waitUntil(view.isVisible)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert heard == ["a100"]


def test_an_empty_note_takes_no_room(field):
    note = next(label for label in field.findChildren(QLabel) if label.property("role") == "note")
    assert not note.isVisible()
    field.set_note("WikiText-103, 28 runs")
    assert note.isVisible()
    field.set_note("")
    assert not note.isVisible()


def test_screen_readers_get_the_name(field):
    combo = field.findChild(QComboBox)
    # On X11 the name that Qt reports for a combo box is its text; readers follow the label.
    assert combo.accessibleName() == "GPU"
    assert any(label.buddy() is combo for label in field.findChildren(QLabel))
    interface = QAccessible.queryAccessibleInterface(combo)
    assert interface.text(QAccessible.Text.Description) == "The accelerator that trains."
