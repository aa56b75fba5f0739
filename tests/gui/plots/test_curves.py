"""Runs, laws and hover."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QSignalSpy

from core.runs.table import Run
from gui.plots.colours import SizeScale
from gui.plots.curves import CurveIndex, bundles, split_at
from gui.theme import DARK, LIGHT


def many(count):
    x = np.geomspace(1e14, 1e15, 5)
    return [Run(f"r{i}", 1e5 * 1.1**i, x * 1.1**i, np.linspace(5, 4, 5)) for i in range(count)]


def test_few_runs_have_a_curve_each_and_many_share():
    assert len(bundles(many(28))) == 28
    shared = bundles(many(200))
    assert len(shared) <= 16
    assert sum(np.isfinite(b.x).sum() for b in shared) == 200 * 5


def test_law_is_solid_inside_dashed_outside_and_without_a_gap(loss_plot):
    x = np.linspace(14, 19, 50)
    (inside_x, _), (outside_x, _) = split_at(x, -x, (15.03, 17.01))
    assert (inside_x[0], inside_x[-1]) == (15.03, 17.01)
    assert {15.03, 17.01} <= set(outside_x[np.isfinite(outside_x)])
    solid, dashed = loss_plot.frontier.pens()
    assert solid.style() == Qt.PenStyle.SolidLine
    assert dashed.style() == Qt.PenStyle.CustomDashLine
    assert solid.color() == dashed.color() == QColor(LIGHT.frontier)


def test_nearest_run_is_found_between_its_points(runs):
    index = CurveIndex(runs)
    run = runs[1]
    x = float(np.log10(run.compute_neflo[3:5]).mean())
    y = float(np.log10(run.loss[3:5]).mean())
    hit = index.nearest(x, y + 0.002, 0.01, 0.001)
    assert hit.run == 1
    assert (hit.x, hit.y) == pytest.approx((x, y), abs=0.01)
    assert hit.pixels < 3


def test_no_runs_no_hit():
    assert CurveIndex([]).nearest(0, 0, 1, 1) is None


def test_hover_reads_out_the_run_and_leaving_it_ends(loss_plot, mouse, qtbot, runs):
    m = mouse(loss_plot)
    spy = QSignalSpy(loss_plot.run_hovered)
    run = runs[1]
    with qtbot.waitSignal(loss_plot.run_hovered):
        m.hover(m.at(float(run.compute_neflo[4]), float(run.loss[4])))
    assert loss_plot.hover_label.text.startswith("run 1\n1.00 M params · ")
    assert loss_plot.hover_label.isVisible()
    assert loss_plot.plot_area().contains(loss_plot.hover_label.rect())
    with qtbot.waitSignal(loss_plot.run_hovered):
        m.hover(m.at(5e18, 5.0))
    assert [spy.at(i)[0] for i in range(spy.count())] == ["run 1", ""]
    assert not loss_plot.hover_label.isVisible()


def test_hover_reads_out_points_too(size_plot, mouse, qtbot, runs):
    m = mouse(size_plot)
    last = runs[0]
    with qtbot.waitSignal(size_plot.run_hovered) as hovered:
        m.hover(m.at(float(last.compute_neflo[-1]), last.non_embedding_params) + QPoint(3, -3))
    assert hovered.args == ["run 0"]
    assert size_plot.plot_area().contains(size_plot.hover_label.rect())


def test_new_runs_forget_the_old_ones(loss_plot, mouse, qtbot, runs):
    loss_plot.hover_at(loss_plot.to_pixels(14.5, np.log10(runs[0].loss[2])))
    loss_plot.set_runs([])
    assert not loss_plot.hover_label.isVisible()
    loss_plot.hover_at(loss_plot.plot_area().center())
    loss_plot.set_runs(runs)
    assert loss_plot.size_scale == SizeScale(1e5, 1e7)


def test_legend_off_hides_names_but_not_the_plan(loss_plot, size_plot):
    for plot, law in ((loss_plot, loss_plot.frontier), (size_plot, size_plot.law)):
        assert all(label.isVisible() for label in law.labels)
        plot.set_legend_visible(False)
        assert not any(label.isVisible() for label in law.labels)
        assert plot.plan_label.isVisible()
        plot.set_legend_visible(True)
        assert all(label.isVisible() for label in law.labels)


def test_names_keep_clear_of_each_other_and_the_plan(loss_plot, size_plot):
    for plot, law in ((loss_plot, loss_plot.frontier), (size_plot, size_plot.law)):
        for step, compute in enumerate(np.geomspace(2e14, 5e18, 60)):
            plot.reset_view()
            plot.zoom(0.97**step)
            plot.set_plan(float(compute), plot.plan[1])
            shown = [c.rect() for c in (*law.labels, plot.plan_label) if c.isVisible()]
            assert all(plot.plot_area().contains(rect) for rect in shown)
            assert not any(a.intersects(b) for i, a in enumerate(shown) for b in shown[i + 1 :])


def test_colours_span_the_map_of_the_theme():
    scale = SizeScale(1e5, 1e7)
    assert scale.fraction(1e6) == pytest.approx(0.5)
    assert scale.fraction(1e9) == 1.0
    assert scale.colour(1e5, LIGHT) != scale.colour(1e5, DARK)
    assert SizeScale(1e6, 1e6).fraction(1e6) == 0.5


def test_read_out_wraps_in_a_narrow_plot(loss_plot, runs):
    loss_plot.resize(250, 300)
    loss_plot.grab()
    run = runs[1]
    loss_plot.hover_at(loss_plot.to_pixels(np.log10(run.compute_neflo[4]), np.log10(run.loss[4])))
    assert loss_plot.hover_label.text.count("\n") == 3
    assert loss_plot.plot_area().contains(loss_plot.hover_label.rect())


def test_a_move_just_before_closing_does_no_harm(loss_plot, mouse, qtbot, runs):
    m = mouse(loss_plot)
    on_run = m.at(float(runs[1].compute_neflo[4]), float(runs[1].loss[4]))
    for shift in range(5):
        m.hover(on_run + QPoint(shift, 0))
    loss_plot.hide()
    with qtbot.captureExceptions() as errors:
        qtbot.wait(60)
    assert not errors
    assert not loss_plot.hover_label.text
