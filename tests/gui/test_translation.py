"""Every word on the screen goes through a translator: one that marks what it has seen."""

import re

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDialog, QLabel, QMessageBox, QWidget

import core
from core.footprint import CAR_SOURCE, TREE_SOURCE
from core.hardware.catalogue import gpus
from core.laws.library import laws
from gui.app import make_application, make_window
from gui.crash_dialog import CrashDialog
from gui.settings_file import Damage
from gui.start_notices import tell_of_crash, tell_of_damage
from gui.translate import wrapped

MARK = "§"


class Marking(QTranslator):
    """Answers every string with itself, marked."""

    def translate(self, context, text, disambiguation=None, count=-1):
        return MARK + text

    def isEmpty(self):
        return False


@pytest.fixture
def window(qtbot, settings):
    app = make_application()
    translator = Marking(app)
    app.installTranslator(translator)
    window = make_window(app, settings)
    qtbot.addWidget(window)
    window.show()
    yield window
    app.removeTranslator(translator)


def data_texts():
    """Names of things, the same in every language."""
    yield from ("Isoloss", f"Isoloss {core.__version__}")
    yield wrapped(f"{CAR_SOURCE}\n{TREE_SOURCE}")
    for gpu in gpus().values():
        yield from (gpu.id, gpu.name, gpu.dated_price_source)
    for law in laws().values():
        yield from (law.name, law.short_name, law.licence, law.source)


def untranslated(texts):
    known = set(data_texts())
    return [
        text
        for text in texts
        if re.search(r"[^\W\d_]{3,}", text.split("\n")[0])
        and MARK not in text
        and text not in known
    ]


def shown_texts(widget):
    for child in [widget, *widget.findChildren(QWidget)]:
        if isinstance(child, (QLabel, QAbstractButton)):
            yield child.text()
        if isinstance(child, QComboBox):
            yield from (child.itemText(index) for index in range(child.count()))
        yield from (child.toolTip(), child.accessibleName())
    yield from (action.text() for action in widget.findChildren(QAction))


def test_every_text_of_the_window_is_translated(window, hands):
    hands.type(window.plan_view.inputs.hours, "0.01")
    texts = [text for text in shown_texts(window) if text]
    assert len(texts) > 100
    assert untranslated(texts) == []


def test_a_refusal_is_translated(window, hands):
    hands.type(window.plan_view.inputs.target.field, "1.9")
    assert window.plan_view.inputs.target.field.error().startswith(MARK)


def test_every_dialog_is_translated(window, hands):
    for name in ("Keys and sources", "About Isoloss", "Compare laws…"):
        entry = next(
            action
            for action in window.findChildren(QAction)
            if action.text().replace("&", "") == MARK + name
        )
        entry.trigger()
        hands.settle()
        dialog = next(w for w in window.findChildren(QDialog) if w.isVisible())
        assert untranslated([text for text in shown_texts(dialog) if text]) == []
        if isinstance(dialog, QMessageBox):
            assert MARK in dialog.informativeText()
        dialog.close()


def test_what_tells_of_errors_and_damage_is_translated(window, qtbot, tmp_path):
    dialog = CrashDialog(f"{MARK} ValueError", "report")
    qtbot.addWidget(dialog)
    dialog.add(["another"], 2)
    tell_of_crash(window.notice_bar, tmp_path / "hard-crash.txt")
    for kept in (None, tmp_path / "kept"):
        tell_of_damage(window.notice_bar, Damage(tmp_path / "isoloss.ini", kept))
        for widget in (dialog, window.notice_bar):
            assert untranslated([text for text in shown_texts(widget) if text]) == []
    assert len(window.notice_bar.texts()) == 2
    assert MARK in dialog.windowTitle()
