"""Every word of the catalogue's windows goes through a translator that marks what it has seen."""

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QAbstractButton, QApplication, QLineEdit

from gui.views.catalogue.refresh_dialog import RefreshDialog

SEEN = "§"


class Marking(QTranslator):
    """Answers every string with itself, marked."""

    def translate(self, context, text, disambiguation=None, count=-1):
        return SEEN + text

    def isEmpty(self):
        return False


@pytest.fixture
def translated(make_dialog):
    app = QApplication.instance()
    translator = Marking(app)
    app.installTranslator(translator)
    yield make_dialog()
    app.removeTranslator(translator)


def unseen(texts):
    return [text for text in texts if text and SEEN not in text]


def test_titles_hints_footnotes_and_buttons_of_every_sheet_are_translated(translated):
    for index in range(translated.tabs.count()):
        page = translated.page(index)
        columns = page.sheet.columns
        assert unseen(column.title for column in columns) == []
        assert unseen(column.hint for column in columns) == []
        assert SEEN in page.footnote.text()
        assert SEEN in page.count.text()
        assert SEEN in translated.tabs.tabText(index)
        for button in page.findChildren(QAbstractButton):
            if button.parent() is page:
                assert unseen((button.text(), button.toolTip(), button.accessibleName())) == []
    for row in range(translated.gpus.order.rowCount()):
        checked = [c for c in translated.gpus.sheet.columns if c.title == f"{SEEN}checked"]
        assert unseen(c.text(translated.gpus.model.rows[row]) for c in checked) == []


@pytest.mark.parametrize("which", ["gpus", "prices"])
def test_forms_are_translated(translated, which, look, hands):
    page = getattr(translated, which)
    translated.tabs.setCurrentWidget(page)
    page.add_button.click()
    hands.settle()
    form = look.over(translated)
    assert SEEN in form.windowTitle()
    for row in form.rows.values():
        assert unseen((row.name, row.edit.toolTip(), row.edit.accessibleName())) == []
    form.save_button.click()
    wrong = [row.error() for row in form.rows.values() if row.error()]
    assert len(wrong) == 1
    assert unseen(wrong) == []
    assert form.findChildren(QLineEdit)


def test_the_refresh_is_translated(translated, look, hands):
    translated.refresh_prices()
    hands.settle()
    dialog = look.over(translated)
    assert isinstance(dialog, RefreshDialog)
    boxes = dialog.providers.values()
    assert unseen(box.toolTip() for box in boxes) == []
    assert unseen((dialog.ask_button.text(), dialog.cancel_button.text())) == []
