"""Bands, residuals, back-tests and fans: what they draw, read out, and say without eyes."""

import itertools

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from core.runs.table import Run
from gui.plots.backtest_plot import BacktestPlot
from gui.plots.colours import SizeScale
from gui.plots.curves import thinned
from gui.plots.fan_plot import FanPlot, FanRow
from gui.plots.figure_export import save_svg
from gui.plots.fit_plot import FitPlot
from gui.plots.residual_plot import ResidualPlot
from gui.plots.ticks import linear_ticks, percent_label
from gui.theme import DARK, LIGHT


def shown(qtbot, plot, size=(620, 260)):
    qtbot.addWidget(plot)
    plot.resize(*size)
    plot.show()
    qtbot.waitExposed(plot)
    QApplication.processEvents()
    return plot


@pytest.fixture
def residual_plot(qtbot):
    plot = shown(qtbot, ResidualPlot(LIGHT))
    compute, params = np.geomspace(1e15, 1e18, 9), np.repeat([1e6, 1e7, 1e8], 3)
    plot.set_residuals(
        [f"run {i}" for i in range(9)],
        params,
        compute,
        np.linspace(-0.02, 0.02, 9),
        SizeScale.covering(params),
    )
    plot.set_compute_range(1e14, 1e19)
    return plot


def test_residuals_are_read_out_at_the_cursor(residual_plot, mouse):
    place = residual_plot.to_pixels(18.0, 0.02)
    hands = mouse(residual_plot)
    where = residual_plot.mapFromScene(residual_plot.view.mapToScene(place))
    hands.hover(where)
    assert residual_plot._label.isVisible()
    assert residual_plot._label.text.splitlines() == [
        "run 8",
        "100 M params · 1.0×10¹⁸ FLOP",
        "predicted 2.00\u00a0% higher than seen",
    ]
    hands.hover(residual_plot.mapFromScene(residual_plot.view.mapToScene(QPointF(5, 5))))
    assert not residual_plot._label.isVisible()


def test_shares_are_labelled_in_per_cent(residual_plot):
    texts = residual_plot.y_axis.tick_texts()
    assert "0\u00a0%" in texts
    assert any(text.startswith("−") for text in texts)
    assert len(texts) >= 3


@pytest.mark.parametrize("length", [60, 100, 200, 400])
@pytest.mark.parametrize("reach", [0.0023, 0.02, 0.37, 4.0])
def test_labels_of_shares_never_overlap(length, reach):
    ticks = linear_ticks(-reach, reach, length, lambda _: 15.0, 22.0).labelled
    places = [position * length / (2 * reach) for position, _ in ticks]
    assert all(b - a >= 15 for a, b in itertools.pairwise(places))
    assert any(position == 0 for position, _ in ticks)


def test_per_cents_have_the_decimals_that_their_step_asks():
    assert percent_label(-0.015, 0.005) == "−1.5\u00a0%"
    assert percent_label(0.0, 0.01) == "0\u00a0%"
    assert percent_label(0.5, 0.1) == "50\u00a0%"


def test_a_forecast_says_how_far_off_and_how_far_beyond(qtbot):
    plot = shown(qtbot, BacktestPlot(LIGHT))
    plot.set_forecast([1e18, 1e19], [3.0, 2.8], [3.03, 2.8], 1e17, ["1 % off per decade"])
    assert plot.n_points == 2
    assert plot.describe(0) == [
        "+1.00\u00a0% off",
        "forecast 3.030 · seen 3.000",
        "1.0×10¹⁸ FLOP · 1 decades beyond",
    ]
    assert plot.note.text == "1 % off per decade"
    plot.set_theme(DARK)
    assert plot.n_points == 2


def test_the_fan_tells_every_row_and_what_not_to_believe(qtbot):
    fan = FanPlot(LIGHT)
    qtbot.addWidget(fan)
    rows = [
        FanRow("as fitted", 1.2e8, is_chosen=True),
        FanRow("tied", 1.7e7),
        FanRow("other", float("nan"), "too few points"),
    ]
    fan.set_rows(rows, (1e8, 1.4e8))
    text = fan.accessibleDescription()
    assert "as fitted: 120 M" in text
    assert "other: not identified" in text
    assert "100 M to 140 M" in text
    assert "too few points" in fan.toolTip()
    fan.resize(500, 200)
    for theme in (LIGHT, DARK):
        fan.set_theme(theme)
        assert not fan.grab().isNull()
    fan.set_rows([], None)
    assert not fan.grab().isNull()


@pytest.fixture
def fit_plot(qtbot, runs):
    plot = shown(qtbot, FitPlot(LIGHT), (620, 450))
    plot.set_runs(runs)
    plot.set_home_range(1e14, 1e19, 2.5, 5.5)
    return plot


def test_runs_of_one_point_are_drawn_as_points(fit_plot, runs):
    assert fit_plot.n_dots == 0
    single = [Run(f"s{i}", 1e6 * 2**i, np.array([1e15]), np.array([4.0])) for i in range(5)]
    fit_plot.set_runs([*runs, *single])
    assert fit_plot.n_dots == 5


def test_a_fit_is_drawn_and_cleared(fit_plot, tmp_path):
    compute = np.geomspace(1e14, 1e18, 30)
    loss = 4 * (compute / 1e16) ** -0.05
    fit_plot.set_fitted([(compute, loss * 1.02), (compute, loss * 1.04)])
    fit_plot.set_frontier(compute, loss, (1e14, 1e17))
    fit_plot.set_band(compute, loss * 0.98, loss * 1.02)
    fit_plot.set_plan(1e16, 4.0)
    assert not fit_plot.band.is_empty
    before = fit_plot.grab().toImage()
    save_svg([fit_plot], tmp_path / "fit.svg")
    assert "polygon" in (tmp_path / "fit.svg").read_text(encoding="utf-8").lower()
    fit_plot.clear_fit()
    assert fit_plot.band.is_empty
    assert fit_plot.plan is None
    assert fit_plot.grab().toImage() != before


def test_a_band_leaves_out_what_is_no_number(fit_plot):
    compute = np.geomspace(1e14, 1e18, 4)
    fit_plot.set_band(compute, [3.0, np.nan, 3.0, 3.0], [4.0, 4.0, 4.0, 4.0])
    assert not fit_plot.band.is_empty
    assert np.isfinite(fit_plot.band.boundingRect().height())


def test_thinning_keeps_ends_and_extremes():
    dice = np.random.default_rng(1)
    compute = np.geomspace(1e14, 1e18, 50_000)
    run = Run("long", 1e6, compute, 3 + dice.random(compute.size))
    short = Run("short", 2e6, compute[:3], np.array([3.0, 2.0, 1.0]))
    thin, kept = thinned([run, short], most=1000)
    assert thin.loss.size <= 1000
    assert (thin.loss.min(), thin.loss.max()) == (run.loss.min(), run.loss.max())
    assert (thin.compute_neflo[0], thin.compute_neflo[-1]) == (compute[0], compute[-1])
    assert np.all(np.diff(thin.compute_neflo) > 0)
    assert kept is short
    assert thinned([short], most=1000) == (short,)
