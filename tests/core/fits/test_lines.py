"""What a fit says along compute agrees with what it says at one budget."""

import numpy as np
import pytest

from core.fits.lines import MOST_SIZES, at_budget, fit_residuals, frontier_line, size_lines
from core.fits.parametric import Choices
from core.fits.report import FitRequest, fit
from core.fits.resampling import Resampling
from core.runs.points import RunsTable
from core.runs.shipped import shipped_table

CHOICES = Choices(resampling=Resampling(60))
METHODS = ("parametric", "frontier", "frontier-2020")


@pytest.fixture(scope="module")
def table():
    return shipped_table()


@pytest.fixture(scope="module", params=METHODS)
def report(table, request):
    return fit(table, FitRequest(request.param, CHOICES))


def test_the_line_goes_through_the_optimum_with_its_interval(report):
    budget = report.target_flops
    line = frontier_line(report, budget, 10 * budget, 3)
    for name, value, low, high in (
        ("params", line.params, line.params_low, line.params_high),
        ("loss", line.loss, line.loss_low, line.loss_high),
    ):
        found = report.optimum[name]
        assert value[0] == pytest.approx(found.value)
        if found.low is None:
            assert low is None
        else:
            assert (low[0], high[0]) == pytest.approx((found.low, found.high))


def test_another_budget_is_read_off_as_a_fit_at_that_budget_gives_it(table, report):
    moved = at_budget(report, 1e19)
    request = FitRequest(report.request.method, CHOICES, target_flops=1e19)
    again = fit(table, request)
    for name, found in again.optimum.items():
        assert moved.optimum[name].value == pytest.approx(found.value)
        assert moved.optimum[name].low == pytest.approx(found.low)
    assert moved.warnings == again.warnings
    assert at_budget(moved, report.target_flops).optimum == report.optimum
    assert at_budget(moved, report.target_flops).warnings == report.warnings


def test_a_line_of_a_size_goes_through_the_fitted_losses(table):
    found = fit(table, FitRequest("parametric", CHOICES))
    lines = size_lines(found, table)
    assert len(lines) == len(np.unique(table.params))
    residuals = fit_residuals(found, table)
    for line in lines[::7]:
        own = np.flatnonzero(table.params[residuals.points] == line.params)
        rows = residuals.points[own]
        fitted = table.loss[rows] * np.exp(residuals.ln_ratio[own])
        drawn = np.interp(np.log(table.compute_flops[rows]), np.log(line.compute_flops), line.loss)
        assert drawn == pytest.approx(fitted, rel=2e-3)


def test_there_are_never_more_lines_than_an_eye_can_follow():
    n = 300
    params = np.geomspace(1e6, 1e9, n)
    tokens = 10 ** np.random.default_rng(0).uniform(8, 10, n)
    loss = 1.8 + 406 / params**0.34 + 410 / tokens**0.28
    names = tuple(f"r{i}" for i in range(n))
    table = RunsTable(names, np.arange(n), params, tokens, 6 * params * tokens, loss)
    found = fit(table, FitRequest("parametric", Choices(resampling=Resampling(0))))
    lines = size_lines(found, table)
    assert len(lines) == MOST_SIZES
    assert (lines[0].params, lines[-1].params) == (params[0], params[-1])
    line = frontier_line(found, 1e15, 1e18)
    assert line.loss_low is None


def test_what_is_not_identified_has_no_line():
    params = np.geomspace(1e6, 1e9, 12)
    loss = 1.8 + 406 / params**0.34 + 410 / (20 * params) ** 0.28
    names = tuple(f"r{i}" for i in range(12))
    table = RunsTable(names, np.arange(12), params, 20 * params, 120 * params**2, loss)
    found = fit(table, FitRequest("parametric", Choices(resampling=Resampling(0))))
    assert frontier_line(found, 1e15, 1e18) is None
    assert at_budget(found, 1e20).optimum == {}


def test_residuals_of_a_frontier_are_those_of_its_envelope(table):
    found = fit(table, FitRequest("frontier", CHOICES))
    residuals = fit_residuals(found, table)
    assert set(residuals.points) == set(found.detail.hull)
    assert np.abs(residuals.ln_ratio).max() == pytest.approx(found.detail.worst_residual)
