import pytest
from PySide6.QtCore import Qt

from gui.widgets.search_field import SearchField

GROUPS = [
    ("", [("any", "Any of them")]),
    ("Fruit", [("apple", "Apple"), ("pear", "Pear"), ("ananas", "Pineapple")]),
    ("Nuts", [("hazel", "Hazelnut")]),
]


@pytest.fixture
def field(show):
    field = SearchField("Food", tooltip="What to eat.")
    field.set_groups(GROUPS)
    field.set_choice("apple")
    field.chosen_ones = []
    field.chosen.connect(field.chosen_ones.append)
    show(field)
    return field


def type_text(qtbot, field, text):
    combo = field.focusProxy()
    combo.setFocus()
    combo.lineEdit().selectAll()
    qtbot.keyClicks(combo, text)
    return combo


def test_return_takes_the_first_that_contains_the_text(qtbot, field):
    combo = type_text(qtbot, field, "EAR")
    qtbot.keyClick(combo, Qt.Key.Key_Return)
    assert field.chosen_ones == ["pear"]
    assert field.choice() == "pear"
    assert combo.lineEdit().text() == "Pear"


def test_a_whole_name_comes_before_one_that_contains_it(qtbot, field):
    field.set_choice("pear")
    combo = type_text(qtbot, field, "apple")
    qtbot.keyClick(combo, Qt.Key.Key_Return)
    assert field.chosen_ones == ["apple"]


def test_leaving_with_an_ambiguous_text_chooses_nothing(qtbot, field):
    combo = type_text(qtbot, field, "p")
    combo.completer().popup().hide()
    field.window().elsewhere.setFocus()
    assert field.chosen_ones == []
    assert combo.lineEdit().text() == "Apple"


def test_escape_gives_a_text_up(qtbot, field):
    combo = type_text(qtbot, field, "haz")
    combo.completer().popup().hide()
    qtbot.keyClick(combo, Qt.Key.Key_Escape)
    assert combo.lineEdit().text() == "Apple"
    assert field.chosen_ones == []


def test_headings_cannot_be_chosen_with_the_arrow_keys(qtbot, field):
    combo = field.focusProxy()
    combo.setFocus()
    field.set_choice("any")
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    qtbot.keyClick(combo, Qt.Key.Key_Down)
    assert field.chosen_ones == ["apple", "pear"]


def test_the_list_is_asked_for_once_and_not_before_the_focus(show):
    asked = []

    def fill():
        asked.append(1)
        field.set_groups(GROUPS)

    field = SearchField("Food", tooltip="What to eat.", fill=fill)
    field.set_choices([("pear", "Pear")])
    field.set_choice("pear")
    window = show(field)
    assert asked == []
    field.focusProxy().setFocus()
    window.elsewhere.setFocus()
    field.focusProxy().setFocus()
    assert asked == [1]
    assert field.choice() == "pear"


def test_a_long_name_is_cut_until_the_field_is_entered(field):
    name = "A name that is much longer than any field is wide"
    field.set_groups([("", [("long", name)])])
    field.set_choice("long")
    edit = field.focusProxy().lineEdit()
    assert edit.text().endswith("…")
    field.focusProxy().setFocus()
    assert edit.text() == name
