"""A law from a file, through the combo box: good ones, bad ones, and ones that go away."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QTextBrowser, QToolTip

from core.planner import PlanRequest
from gui.help import keys_and_sources

SPITEFUL = "<b>My</b> runs & <img src=x>"


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


@pytest.fixture
def open_law(window, hands):
    """Goes by the entry at the end of the list, and answers the file dialog."""

    def open_law(path):
        combo = window.plan_view.inputs.law.focusProxy()
        assert isinstance(combo, QComboBox)
        last = combo.count() - 1
        assert combo.itemText(last) == "Open a law file…"
        combo.setCurrentIndex(last)
        combo.activated.emit(last)
        hands.settle()
        dialog = next(d for d in window.findChildren(QFileDialog) if d.isVisible())
        assert "isoloss-law" in dialog.nameFilters()[0]
        dialog.fileSelected.emit(str(path))
        dialog.close()
        hands.settle()

    return open_law


def test_a_law_of_a_file_makes_the_plan_and_joins_the_list(window, open_law, make_law, hands):
    path = make_law(name="Runs of May")
    open_law(path)
    inputs = window.plan_view.inputs
    combo = inputs.law.focusProxy()
    assert window.session.request.law == str(path)
    assert combo.currentText() == "Runs of May"
    assert [combo.itemText(i) for i in range(combo.count())][-2:] == [
        "Runs of May",
        "Open a law file…",
    ]
    window.session.undo_stack.undo()
    hands.settle()
    assert window.session.request == PlanRequest()
    assert combo.currentText() == "28 runs, June 2020"
    assert combo.findText("Runs of May") >= 0
    window.session.undo_stack.redo()
    hands.settle()
    assert combo.currentText() == "Runs of May"


def test_asking_for_a_file_and_thinking_again_changes_nothing(window, hands):
    inputs = window.plan_view.inputs
    inputs.law.chosen.emit("")
    hands.settle()
    next(d for d in window.findChildren(QFileDialog) if d.isVisible()).reject()
    hands.settle()
    assert inputs.law.choice() == "txl-wikitext103"
    assert window.session.undo_stack.count() == 0


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "must be a file of JSON"),
        (b'{"format": "isoloss-law", "version": 99}', "a newer Isoloss wrote this file"),
        (b'{"format": "something"}', 'must be "isoloss-law"'),
        (b"\xff\xfe\x00", "must be a file of JSON"),
        (b"[]", "must be a JSON object"),
    ],
)
def test_a_bad_file_is_told_under_the_list_and_changes_nothing(
    window, open_law, tmp_path, content, reason
):
    path = tmp_path / "bad.isoloss-law"
    path.write_bytes(content)
    open_law(path)
    inputs = window.plan_view.inputs
    assert inputs.task.error.isVisible()
    assert reason in inputs.task.error.text()
    assert inputs.task.error.text().endswith('got "bad.isoloss-law"')
    assert inputs.task.error.textFormat() == Qt.TextFormat.PlainText
    assert window.session.request == PlanRequest()
    assert inputs.law.choice() == "txl-wikitext103"
    assert window.session.undo_stack.count() == 0


def test_a_file_that_is_not_there_is_told(window, open_law, tmp_path):
    open_law(tmp_path / "gone.isoloss-law")
    assert "must be a file" in window.plan_view.inputs.task.error.text()


def test_another_choice_takes_the_complaint_away(window, open_law, tmp_path, choose):
    open_law(tmp_path / "gone.isoloss-law")
    choose("txl-wikitext103")
    assert not window.plan_view.inputs.task.error.isVisible()


def test_a_file_that_has_changed_is_read_again_when_it_is_opened_again(window, open_law, make_law):
    path = make_law(name="before")
    open_law(path)
    old = window.session.plan.loss.value
    document = json.loads(path.read_text())
    document["coefficients"]["E"] = 1.0
    document["short_name"] = "after, and longer"
    path.write_text(json.dumps(document))
    open_law(path)
    assert window.session.plan.loss.value < old
    assert window.plan_view.inputs.law.focusProxy().currentText() == "after, and longer"
    charts = window.plan_view.charts
    assert charts._drawn_law is window.session.plan.known.law


def test_a_law_that_went_away_is_told_and_the_plan_stays(window, open_law, make_law, hands):
    path = make_law(name="short life")
    open_law(path)
    before = window.session.request
    path.unlink()
    hands.type(window.plan_view.inputs.hours, "30")
    assert window.session.request == before
    assert "The law must be a file" in window.plan_view.inputs.task.error.text()
    window.session.undo_stack.undo()
    hands.settle()
    assert window.session.request == PlanRequest()
    window.session.undo_stack.redo()
    hands.settle()
    assert window.session.request == PlanRequest()
    assert "The law must be a file" in window.plan_view.inputs.task.error.text()


def test_intervals_of_a_law_reach_every_number_and_both_plots(window, open_law, make_law):
    open_law(make_law())
    panel, charts = window.plan_view.answer, window.plan_view.charts
    shown = texts(panel)
    assert any(text.startswith("80\u00a0% interval: ") and " to " in text for text in shown)
    assert sum(text.startswith("80\u00a0%: ") for text in shown) >= 3
    assert not any("No interval" in text for text in shown)
    low, high = window.session.plan.loss.low, window.session.plan.loss.high
    assert f"80\u00a0%: {low:.3f} to {high:.3f}" in shown
    assert "asked for" in panel.train._time.toolTip()
    assert not any(text.startswith("80\u00a0%: 12 h") for text in shown)
    assert not charts.loss_plot.band.is_empty
    assert not charts.size_plot.band.is_empty


def test_a_law_without_resamples_takes_the_bands_away_again(window, open_law, make_law, choose):
    open_law(make_law())
    choose("hoffmann-2022")
    charts = window.plan_view.charts
    assert charts.loss_plot.band.is_empty
    assert charts.size_plot.band.is_empty
    open_law(make_law(resamples=0, file="bare.isoloss-law"))
    assert charts.loss_plot.band.is_empty
    assert any("No interval" in text for text in texts(window.plan_view.answer))


def test_a_law_below_its_reach_says_that_there_is_no_interval_there(
    window, open_law, make_law, hands
):
    open_law(make_law())
    hands.type(window.plan_view.inputs.hours, "1e-9")
    shown = texts(window.plan_view.answer)
    assert "No interval: the law has none for so small a budget" in shown


def test_texts_of_a_file_are_never_read_as_markup(window, open_law, make_law, hands):
    open_law(make_law())
    inputs = window.plan_view.inputs
    for label in window.findChildren(QLabel):
        if "<b>" in label.text():
            assert label.textFormat() == Qt.TextFormat.PlainText
    for tooltip in (inputs.law.toolTip(), window._law_label.toolTip()):
        page = QTextDocument()
        page.setHtml(tooltip)
        assert SPITEFUL in page.toPlainText()
    dialog = keys_and_sources(window, window.session.plan)
    assert SPITEFUL in dialog.findChild(QTextBrowser, "page").toPlainText()
    dialog.close()
    assert inputs.law.focusProxy().currentText() == SPITEFUL
    QToolTip.hideText()


def test_a_very_long_name_keeps_the_columns_as_wide_as_they_are(window, open_law, make_law):
    width = window.plan_view.inputs.width()
    open_law(make_law(name="long " * 700))
    inputs = window.plan_view.inputs
    assert inputs.width() == width
    assert len(inputs.law.focusProxy().currentText()) <= 61
    assert window.width() == 1280
