"""Every word of the comparison goes through a translator that marks what it has seen."""

import re

import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from core.planner import By, PlanRequest
from gui.jobs import Jobs
from gui.session import Session
from gui.theme import LIGHT
from gui.views.compare.model import Col
from gui.views.compare.view import CompareView

MARK = "§"


class Marking(QTranslator):
    """Answers every string with itself, marked."""

    def translate(self, context, text, disambiguation=None, count=-1):
        return MARK + text

    def isEmpty(self):
        return False


@pytest.fixture
def marked(qtbot, qapp, settle):
    translator = Marking(qapp)
    qapp.installTranslator(translator)
    view = CompareView(Session(PlanRequest(), qapp), Jobs(qapp), LIGHT)
    qtbot.addWidget(view)
    view.show()
    view.state.ask(by=By.USD, value=1000.0, law="besiroglu-2024")
    settle(view)
    yield view
    qapp.removeTranslator(translator)


def texts_of(view):
    for child in [view, *view.findChildren(QWidget)]:
        if isinstance(child, (QLabel, QAbstractButton)):
            yield child.text()
        if isinstance(child, QComboBox):
            yield from (child.itemText(index) for index in range(child.count()))
        yield from (child.toolTip(), child.accessibleName(), child.accessibleDescription())


def test_every_text_of_the_comparison_is_translated(marked):
    view = marked
    names = {view.verdict.best.text(), view.verdict.second.text()}
    texts = [text for text in texts_of(view) if re.search(r"[^\W\d_]{3,}", text)]
    assert len(texts) > 60
    assert [text for text in texts if MARK not in text and text not in names] == []


def test_titles_remarks_and_reasons_are_translated(marked):
    model = marked.model
    for col in Col:
        assert MARK in model.headerData(col, Qt.Orientation.Horizontal)
    remarks = {model.remarks(row, short) for row in model.rows for short in (True, False)}
    assert [text for text in remarks if text and MARK not in text] == []
    for message in marked.verdict.reasons.text().split("\n"):
        assert message.startswith(MARK)


def test_axes_legend_and_read_outs_are_translated(marked):
    plot = marked.charts.plot
    assert plot.x_axis._title.startswith(MARK)
    assert plot.y_axis._title.startswith(MARK)
    assert MARK in marked.charts.group_legend.accessibleDescription()
    assert any(MARK in line for line in plot.gpus[0].lines)
