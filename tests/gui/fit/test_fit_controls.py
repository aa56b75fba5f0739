"""What every control of the fit view must have: a name, a tooltip, a place, a translation."""

import re

import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QTabBar,
    QWidget,
)

from gui.app import make_application, make_window
from gui.plots.log_plot import LogPlot

MARK = "§"


def focusable(widget):
    return [
        child
        for child in widget.findChildren(QWidget)
        if child.isVisible()
        and child.isEnabled()
        and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        and child.focusProxy() is None
    ]


def nameless(widget):
    return [
        child
        for child in focusable(widget)
        if not QAccessible.queryAccessibleInterface(child).text(QAccessible.Text.Name)
    ]


@pytest.fixture
def everything(fitted, hands):
    """The fit view with all that can be opened open."""
    fitted.inputs.method.more.click()
    fitted.charts.trust.tabs.setCurrentIndex(1)
    hands.settle()
    return fitted


def test_every_control_has_an_accessible_name(everything, hands):
    assert len(focusable(everything)) > 20
    for index in range(3):
        everything.charts.trust.tabs.setCurrentIndex(index)
        hands.settle()
        assert nameless(everything) == []
    everything.charts.trust.as_table.click()
    hands.settle()
    assert nameless(everything) == []


def test_every_input_has_a_tooltip(everything):
    silent = [
        child
        for child in focusable(everything)
        if not child.toolTip() and not isinstance(child, (LogPlot, QAbstractItemView, QTabBar))
    ]
    assert silent == []


def test_tab_reaches_every_control(window, everything):
    start = everything.inputs.data.open_button
    start.setFocus()
    reached = {start}
    for _ in range(120):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
        if QApplication.focusWidget() is start:
            break
    assert set(focusable(everything)) <= reached


def test_the_plots_can_be_read_without_eyes(everything):
    fan = everything.charts.trust.fan
    assert "as fitted: " in fan.accessibleDescription()
    assert "80 % interval" in fan.accessibleDescription()


def test_the_dialogs_have_names_too(window, everything, hands, settle):
    everything.files.ask_columns()
    everything.files.show_problems()
    settle()
    dialogs = [w for w in window.findChildren(QDialog) if w.isVisible()]
    assert len(dialogs) == 2
    for dialog in dialogs:
        assert nameless(dialog) == []
        dialog.close()


class Marking(QTranslator):
    """Answers every string with itself, marked."""

    def translate(self, context, text, disambiguation=None, count=-1):
        return MARK + text

    def isEmpty(self):
        return False


@pytest.fixture
def marked(qtbot, settings):
    app = make_application()
    translator = Marking(app)
    app.installTranslator(translator)
    window = make_window(app, settings)
    qtbot.addWidget(window)
    window.show()
    yield window
    window.jobs.shut_down()
    app.removeTranslator(translator)


DATA = ("one ratio.csv", "problems.csv", "FLOP", "Isoloss")


def untranslated(widget):
    texts = []
    for child in [widget, *widget.findChildren(QWidget)]:
        if isinstance(child, (QLabel, QAbstractButton)):
            texts.append(child.text())
        if isinstance(child, QComboBox):
            texts += [child.itemText(i) for i in range(child.count())]
        if isinstance(child, QTabBar):
            texts += [child.tabText(i) for i in range(child.count())]
            texts += [child.tabToolTip(i) for i in range(child.count())]
        texts += [child.toolTip(), child.accessibleName()]
    return {
        text
        for text in texts
        if re.search(r"[^\W\d_]{3,}", text)
        and MARK not in text
        and not text.endswith(".csv")
        and text not in DATA
        and "fit of" not in text  # the source of a number, as it stands in files
    }


def test_every_text_is_translated_before_and_after_a_fit(qtbot, marked, good, one_ratio, few):
    marked.show_view(2)
    assert untranslated(marked.fit_view) == set()
    few(marked.fit_view)
    for path in (good, one_ratio):
        marked.open_runs([path])
        qtbot.waitUntil(lambda: not marked.jobs.is_busy, timeout=20_000)
        marked.fit_view.state.fit()
        assert untranslated(marked.fit_view) == set()
        qtbot.waitUntil(lambda: not marked.jobs.is_busy, timeout=20_000)
        assert untranslated(marked.fit_view) == set()


def test_every_dialog_is_translated(qtbot, marked, with_problems):
    marked.open_runs([with_problems])
    qtbot.waitUntil(lambda: not marked.jobs.is_busy, timeout=20_000)
    marked.fit_view.files.ask_columns()
    marked.fit_view.files.show_problems()
    qtbot.waitUntil(lambda: not marked.jobs.is_busy, timeout=20_000)
    for dialog in [w for w in marked.findChildren(QDialog) if w.isVisible()]:
        names = {"run", "params", "tokens", "val_loss"}
        assert untranslated(dialog) - names == set()
        assert MARK in dialog.windowTitle()
        dialog.close()
