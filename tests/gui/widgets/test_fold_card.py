import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QLabel

from gui.widgets.fold_card import FoldCard


@pytest.fixture
def card(show):
    card = FoldCard("Limits")
    card.content = QLabel("inside")
    card.add(card.content)
    card.set_summary("two of them")
    show(card)
    return card


def shown(card):
    return [label.text() for label in card.findChildren(QLabel) if label.isVisible()]


def test_folded_it_is_a_title_with_a_summary(card):
    assert not card.content.isVisible()
    assert shown(card) == ["two of them"]
    name = QAccessible.queryAccessibleInterface(card.fold).text(QAccessible.Text.Name)
    assert name == "Limits"


def test_the_keyboard_opens_and_folds_it(qtbot, card):
    qtbot.keyClick(card.window().elsewhere, Qt.Key.Key_Tab)
    assert card.fold.hasFocus()
    qtbot.keyClick(card.fold, Qt.Key.Key_Space)
    assert card.content.isVisible()
    assert "two of them" not in shown(card)
    qtbot.keyClick(card.fold, Qt.Key.Key_Space)
    assert not card.content.isVisible()


def test_a_fold_that_is_not_offered_leaves_an_ordinary_card(card):
    card.set_foldable(False)
    assert card.is_open
    assert shown(card) == ["Limits", "inside"]
    card.set_foldable(True)
    assert not card.is_open
