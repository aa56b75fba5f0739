"""The plan view with every law that a plan can be made with, most of which have no runs."""

import math

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QTextBrowser

from core.laws.library import laws
from core.planner import By, plan
from gui.help import keys_and_sources
from gui.views.plan.wording import flat_source

WITHOUT_RUNS = [law.id for law in laws().values() if law.runs_file is None]
OF_UNKNOWN_RANGE = [law.id for law in laws().values() if law.compute_range_neflo is None]


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def drawn(law_curve):
    """Points that are drawn solid, and dashed."""
    solid, dashed = (piece[0] for piece in law_curve._pieces)
    return solid[np.isfinite(solid)], dashed[np.isfinite(dashed)]


def test_there_are_laws_of_every_kind_to_test():
    assert len(WITHOUT_RUNS) >= 5
    assert len(OF_UNKNOWN_RANGE) >= 2


@pytest.mark.parametrize("law", laws())
def test_every_law_of_the_combo_box_makes_a_plan_that_is_in_view(window, choose, law):
    answer = choose(law)
    assert answer.known.law.id == law
    assert window.plan_view.inputs.law.choice() == law
    for plot in window.plan_view.charts.plots:
        (x0, x1), (y0, y1) = plot.view.viewRange()
        compute, value = plot.plan
        assert x0 < math.log10(compute) < x1
        assert y0 < math.log10(value) < y1
    assert not any("None" in text for text in texts(window))


@pytest.mark.parametrize("law", WITHOUT_RUNS)
def test_a_law_without_runs_draws_itself_alone(window, choose, law):
    charts = window.plan_view.charts
    choose(law)
    assert charts.loss_plot._curves == []
    assert charts.size_plot._x.size == 0
    assert not charts.color_bar.isVisible()
    assert charts.legend() is None
    assert "the law alone, without its runs" in texts(window.plan_view.frame)
    choose("txl-wikitext103")
    assert len(charts.loss_plot._curves) == 28
    assert charts.color_bar.isVisible()
    assert "the law alone, without its runs" not in texts(window.plan_view.frame)


def test_the_legend_stays_away_when_a_law_with_runs_comes_back(window, choose):
    charts = window.plan_view.charts
    charts.set_legend_visible(False)
    choose(WITHOUT_RUNS[0])
    choose("txl-wikitext103")
    assert not charts.color_bar.isVisible()


@pytest.mark.parametrize("law", OF_UNKNOWN_RANGE)
def test_where_the_range_is_unknown_the_whole_frontier_is_dashed(window, choose, law):
    charts = window.plan_view.charts
    choose(law)
    for curve in (charts.loss_plot.frontier, charts.size_plot.law):
        solid, dashed = drawn(curve)
        assert solid.size == 0
        assert dashed.size > 100
    assert charts.loss_plot.frontier.labels[1].text == "frontier, range of its runs unknown"
    choose("hoffmann-2022")
    solid, dashed = drawn(charts.loss_plot.frontier)
    assert solid.size > 20
    assert solid[0] == pytest.approx(math.log10(1.4e18))
    assert charts.loss_plot.frontier.labels[1].text == "extrapolated"


@pytest.mark.parametrize("hours", ["1e-9", "1e22"])
def test_the_lines_reach_as_far_as_one_can_zoom_out(window, hands, choose, hours):
    charts = window.plan_view.charts
    choose("hoffmann-2022")
    hands.type(window.plan_view.inputs.hours, hours)
    for plot, curve in zip(
        charts.plots, (charts.loss_plot.frontier, charts.size_plot.law), strict=True
    ):
        _, dashed = drawn(curve)
        x0, x1 = plot.view.viewRange()[0]
        limits = plot.view.state["limits"]["xLimits"]
        assert dashed.min() <= max(limits[0], -6) <= x0
        assert dashed.max() >= min(limits[1], 60) >= x1


def test_axes_and_fields_say_what_the_law_counts(window, choose):
    charts, target = window.plan_view.charts, window.plan_view.inputs.target
    choose("hoffmann-2022")
    assert charts.loss_plot.x_axis._title == "compute, FLOP"
    assert charts.size_plot.x_axis._title == "compute, FLOP"
    assert charts.size_plot.y_axis._title == "optimal parameters (with embeddings)"
    target.choose(By.COMPUTE_NEFLO)
    assert "FLOP" in texts(target)
    header = charts.points.as_tsv().splitlines()[0].split("\t")
    assert header[1:3] == ["optimal parameters (with embeddings)", "compute, FLOP"]
    choose("txl-wikitext103")
    assert charts.loss_plot.x_axis._title == "compute, neFLO"
    assert charts.size_plot.y_axis._title == "optimal parameters"
    target.choose(By.COMPUTE_NEFLO)
    assert "neFLO" in texts(target)
    assert "non-embedding parameters" in charts.points.as_tsv().splitlines()[0]


def test_the_note_says_range_counting_and_that_the_law_is_rounded(window, choose):
    inputs = window.plan_view.inputs
    choose("hoffmann-2022-rounded")
    note = "\n".join(texts(inputs.law))
    assert "70\u00a0M to 16\u00a0B (with embeddings)" in note
    assert "Rounded in print. Rounded exponents are not the law" in note
    assert "32.2e9 parameters, the unrounded ones 40.4e9" in inputs.law.toolTip()
    choose("txl-wikitext103")
    assert "59\u00a0k to 55\u00a0M parameters" in "\n".join(texts(inputs.law))


def test_the_status_line_leaves_out_what_is_not_known(window, choose):
    choose("kaplan-2020")
    assert window._law_label.text() == (
        "Kaplan et al. 2020, compute-optimal · figures quoted from the paper"
    )
    choose("hoffmann-2022")
    assert "· 400 runs ·" in window._law_label.text()


def test_a_law_that_cannot_reach_the_asked_loss_says_so_and_changes_nothing(window, hands, choose):
    inputs = window.plan_view.inputs
    inputs.target.choose(By.LOSS)
    hands.type(inputs.target.field, "2.0")
    QTest.keyClick(inputs.target.field.focusProxy(), Qt.Key.Key_Return)
    choose("kaplan-2020")
    hands.type(inputs.target.field, "1.5")
    QTest.keyClick(inputs.target.field.focusProxy(), Qt.Key.Key_Return)
    before = window.session.request
    choose("hoffmann-2022")
    assert window.session.request == before
    assert inputs.law.choice() == "kaplan-2020"
    assert inputs.task.error.isVisible()
    assert "Not by that law: Loss must be between" in inputs.task.error.text()
    assert inputs.target.field.error() is None
    hands.type(inputs.target.field, "2.5")
    assert not inputs.task.error.isVisible()


def test_a_law_of_sizes_and_tokens_shows_its_flat_optimum(window, choose):
    answer = choose("hoffmann-2022")
    flat = answer.flat_optimum
    panel = window.plan_view.answer
    assert "Within 0.5\u00a0% of best" in texts(panel)
    assert panel.train._flat.copied_text() == "39 M to 93 M"
    assert flat.low < answer.non_embedding_params.value < flat.high
    assert "Half the size: 0.0" in flat_source(flat)
    assert "more compute for the same loss" in panel.train._flat.accessibleDescription()
    choose("txl-wikitext103")
    assert not panel.train._flat.isVisible()


def test_what_the_law_counts_is_no_reason_to_doubt_a_plan_inside_the_runs(window, choose, hands):
    choose("hoffmann-2022")
    window.plan_view.inputs.target.choose(By.COMPUTE_NEFLO)
    hands.type(window.plan_view.inputs.target.field, "1e20")
    panel = window.plan_view.answer
    assert [m.code for m in window.session.plan.warnings] == ["counted_otherwise"]
    assert not panel.train._doubt.isVisible()
    assert len(panel.notices.texts()) == 1
    assert "No interval: the law was published without one" in texts(panel)


def test_help_gives_the_coefficients_to_the_last_digit(window, choose):
    answer = choose("hoffmann-2022")
    dialog = keys_and_sources(window, answer)
    page = dialog.findChild(QTextBrowser, "page").toPlainText()
    law = answer.known.law
    for number in (law.a, law.b, law.c, law.d, law.e, *law.surface):
        assert repr(number) in page
    assert "N counts: with embeddings" in page
    assert "C in FLOP" in page
    dialog.close()


def test_planning_is_the_same_in_the_window_as_in_core(window, choose):
    answer = choose("muennighoff-2023")
    assert plan(answer.request).loss == answer.loss
