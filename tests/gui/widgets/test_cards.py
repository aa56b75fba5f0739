import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton

from gui.theme import ThemeManager, load_fonts
from gui.widgets.card import Card
from gui.widgets.shape_card import ShapeCard
from gui.widgets.stat_row import StatRow
from gui.widgets.text import without_mnemonic


def name_of(widget):
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


@pytest.fixture
def row():
    row = StatRow("Expected loss")
    row.set_value("3.19", "nats", "Fit of 28 runs.", "3.15 to 3.24")
    return row


@pytest.fixture
def shape(show):
    shape = ShapeCard("Wide")
    shape.set_shape("7 × 960", "45.2 M params", "friendlier: 12 × 704 (−6.3 % params)", "why")
    show(shape)
    return shape


def test_a_card_is_named_after_its_title(qtbot):
    card = Card("Budget")
    qtbot.addWidget(card)
    card.set_title("Hardware")
    assert name_of(card) == "Hardware"
    assert card.findChild(QLabel).text() == "Hardware"


def test_a_number_is_read_with_label_and_unit(qtbot, row):
    qtbot.addWidget(row)
    assert name_of(row) == "Expected loss: 3.19 nats"
    assert row.toolTip() == "<qt>Fit of 28 runs.</qt>"


def test_a_number_without_unit_or_interval_hides_both(show, row):
    show(row)
    row.set_value("1.12 B")
    shown = [label.text() for label in row.findChildren(QLabel) if label.isVisible()]
    assert sorted(shown) == ["1.12 B", "Expected loss"]


def test_tab_reaches_a_number_and_copies_it(qtbot, show, row):
    card = Card("Train this")
    card.add(row)
    window = show(card)
    qtbot.keyClick(window.elsewhere, Qt.Key.Key_Tab)
    assert row.hasFocus()
    qtbot.keyClick(row, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "3.19 nats"
    qtbot.keyClick(row, Qt.Key.Key_Q)


def test_focus_changes_the_picture_of_the_card(show, row):
    card = Card("Train this")
    card.add(row)
    window = show(card)
    before = card.grab().toImage()
    row.setFocus()
    assert card.grab().toImage() != before
    window.elsewhere.setFocus()
    assert card.grab().toImage() == before


def test_label_value_and_unit_share_a_baseline(qapp, show, row):
    load_fonts()
    manager = ThemeManager(qapp, "light")
    manager.dress()
    show(row)
    baselines = set()
    for label in row.findChildren(QLabel)[:3]:
        lift = label.contentsMargins().bottom()
        baselines.add(label.geometry().bottom() - lift - label.fontMetrics().descent())
    assert len(baselines) == 1
    manager.deleteLater()
    qapp.setStyleSheet("")


@pytest.mark.parametrize(("steps", "identity"), [(1, "transfo_xl"), (2, "generic")])
def test_the_menu_asks_for_code(qtbot, shape, steps, identity):
    menu = shape.findChild(QPushButton).menu()
    menu.popup(shape.mapToGlobal(shape.rect().center()))
    with qtbot.waitSignal(shape.copy_requested) as caught:
        for _ in range(steps):
            qtbot.keyClick(menu, Qt.Key.Key_Down)
        qtbot.keyClick(menu, Qt.Key.Key_Return)
    assert caught.args == [identity]


def test_a_copy_is_confirmed_for_a_moment(qtbot, shape):
    button = shape.findChild(QPushButton)
    shape.show_copied()
    assert button.text() == "Copied"
    qtbot.waitUntil(lambda: button.text() == "Copy code", timeout=3000)


def test_a_shape_without_a_friendlier_neighbour_hides_the_line(shape):
    shape.set_shape("12 × 728", "44.6 M params")
    shown = [label.text() for label in shape.findChildren(QLabel) if label.isVisible()]
    assert shown == ["Wide", "12 × 728", "44.6 M params"]


def test_a_shape_is_described_to_screen_readers(shape):
    interface = QAccessible.queryAccessibleInterface(shape)
    assert interface.text(QAccessible.Text.Name) == "Wide"
    assert interface.text(QAccessible.Text.Description).startswith("7 × 960, 45.2 M params")
    assert name_of(shape.findChild(QPushButton)) == "Copy code of the shape Wide"


@pytest.mark.parametrize("width", [144, 300])
def test_no_text_is_cut_in_a_narrow_card(shape, width):
    shape.setFixedWidth(width)
    shape.setFixedHeight(shape.heightForWidth(width))
    shape.layout().activate()
    for label in shape.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width())
        assert label.geometry().right() <= shape.width()


def test_mnemonics_are_not_read_aloud():
    assert without_mnemonic("&Time") == "Time"
    assert without_mnemonic("Research && &development") == "Research & development"


@pytest.mark.parametrize("make", [ShapeCard, Card, StatRow])
def test_a_closed_card_is_garbage(qtbot, make):
    widget = make("Wide")
    widget.show()
    reference = weakref.ref(widget)
    widget.close()
    widget.deleteLater()
    del widget
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert reference() is None
