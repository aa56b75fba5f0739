"""Every control of today's plan has a name, a tooltip, a place among the tabs, and words."""

import re

import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from core.hardware.goodput import goodput_presets
from gui.app import make_application, make_window

MARK = "§"


@pytest.fixture
def all_open(today, hands):
    for fold in today.plan_view.inputs.folds().values():
        fold.setChecked(True)
    hands.settle()
    return today


def focusable(widget):
    return [
        child
        for child in widget.findChildren(QWidget)
        if child.isVisible()
        and child.isEnabled()
        and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        and child.focusProxy() is None
    ]


def test_every_control_has_a_name_and_a_tooltip(all_open):
    panel = all_open.plan_view.inputs
    controls = focusable(panel)
    nameless = [
        control
        for control in controls
        if not QAccessible.queryAccessibleInterface(control).text(QAccessible.Text.Name)
    ]
    assert len(controls) > 30
    assert nameless == []
    assert [control for control in controls if not control.toolTip()] == []


def test_tab_reaches_every_control(all_open):
    start = all_open.plan_view.inputs.hours.focusProxy()
    start.setFocus()
    reached = {start}
    for _ in range(200):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
        if QApplication.focusWidget() is start:
            break
    assert set(focusable(all_open.plan_view)) <= reached


def test_tab_follows_the_eye_through_the_hardware(all_open):
    card = all_open.plan_view.inputs.hardware
    order = [
        *(card.gpu, card.count, card.precision, card.price, card.more),
        *(card.provider_rows.provider, card.provider_rows.spot, card.speed_rows.stack),
        *(card.speed_rows.measured, card.speed_rows.size_measured),
    ]
    card.gpu.focusProxy().setFocus()
    for control in order[1:]:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is (control.focusProxy() or control)


class Marking(QTranslator):
    """Answers every string with itself, marked."""

    def translate(self, context, text, disambiguation=None, count=-1):
        return MARK + text

    def isEmpty(self):
        return False


@pytest.fixture
def marked(qtbot, settings, hands):
    app = make_application()
    translator = Marking(app)
    app.installTranslator(translator)
    window = make_window(app, settings)
    qtbot.addWidget(window)
    window.show()
    window.session.edit(
        "today",
        gpu="h100_sxm",
        n_gpus=8,
        law="besiroglu-2024",
        unique_tokens=1e9,
        inference_tokens=1e9,
        goodput=0.9,
    )
    for fold in window.plan_view.inputs.folds().values():
        fold.setChecked(True)
    hands.settle()
    yield window
    app.removeTranslator(translator)


def test_every_text_of_a_plan_of_today_is_translated(marked):
    plan = marked.session.plan
    names = {
        *(plan.known.law.name, plan.known.law.short_name, plan.known.gpu.name, "ringed"),
        *(plan.known.law.licence, plan.known.law.source),
    }
    found = []
    for view in (marked.plan_view.inputs, marked.plan_view.answer):
        for child in view.findChildren(QWidget):
            if isinstance(child, (QLabel, QAbstractButton)):
                found.append(child.text())
            if not isinstance(child, QLineEdit):
                found.append(child.accessibleName())
            found.append(child.toolTip())
    words = [text for text in found if re.search(r"[^\W\d_]{4,}", text)]
    data = (
        "arXiv",
        "OWID",
        "Ember",
        "lifecycle",
        "EPA Greenhouse",
        plan.known.stack.source,
        "TDP of",
    )
    data += tuple(preset.notes for preset in goodput_presets().values())
    untranslated = [
        text
        for text in words
        if MARK not in text and text not in names and not any(word in text for word in data)
    ]
    assert len(words) > 150
    assert untranslated == []


def test_the_tab_order_goes_from_the_law_through_its_model(all_open):
    task = all_open.plan_view.inputs.task
    task.law.focusProxy().setFocus()
    for control in (task.more, task.model.family, task.model.seq_len, task.model.vocab):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is (control.focusProxy() or control)
