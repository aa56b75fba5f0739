import pytest
from PySide6.QtGui import QAccessible

from gui.widgets.notice import Notice, NoticeList


@pytest.fixture
def notices(show):
    notices = NoticeList()
    show(notices)
    return notices


def test_an_empty_list_takes_no_room(notices):
    assert not notices.isVisible()
    notices.set_notices([("warning", "Below the tipping point.")])
    assert notices.isVisible()
    notices.set_notices([])
    assert not notices.isVisible()
    assert notices.texts() == []


def test_sentences_come_in_the_order_given(notices):
    notices.set_notices([("warning", "One."), ("info", "Two."), ("error", "Three.")])
    assert notices.texts() == ["One.", "Two.", "Three."]
    notices.set_notices([("error", "Three.")])
    assert notices.texts() == ["Three."]
    assert notices.findChild(Notice).property("kind") == "error"


def test_a_new_sentence_is_announced_once(notices, monkeypatch):
    announced = []
    monkeypatch.setattr(
        QAccessible, "updateAccessibility", lambda event: announced.append(event.type())
    )
    notices.set_notices([("warning", "One.")])
    notices.set_notices([("warning", "One.")])
    assert announced == [QAccessible.Event.Alert]


def test_screen_readers_read_the_sentence(notices):
    notices.set_notices([("info", "The price is five years old.")])
    interface = QAccessible.queryAccessibleInterface(notices.findChild(Notice))
    assert interface.text(QAccessible.Text.Name) == "The price is five years old."


@pytest.mark.parametrize("kind", ["warning", "info", "error"])
def test_every_kind_can_be_painted(qtbot, kind):
    notice = Notice("A sentence.", kind)
    qtbot.addWidget(notice)
    notice.grab()
