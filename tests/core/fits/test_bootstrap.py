"""How sure: resamples, their intervals, and whether those cover the truth as often as they say."""

from dataclasses import replace

import numpy as np
import pytest

from core.fits.parametric import Choices, fit_parametric, optimum
from core.fits.report import FitRequest, fit
from core.fits.resampling import Resampling, bootstrap_weights, interval, standard_error

REPEATS, TARGET = 200, 1e21
QUICK = Choices(starts=1)


def share_covered(draw, choices, truth):
    """Of 200 tables drawn from the law, in how many the 80 % interval of N* holds the truth."""
    best, covered = truth.best(TARGET), 0
    for seed in range(REPEATS):
        params, tokens, loss, run_index = draw(np.random.default_rng(seed))
        found = fit_parametric(params, tokens, loss, run_index, choices)
        cloud = optimum(found.ensemble, TARGET)[0]
        low, high = np.quantile(cloud, [0.1, 0.9])
        covered += low <= best <= high
    return covered / REPEATS


@pytest.mark.parametrize("objective", ["huber", "log-ls"])
def test_drawing_points_covers_the_best_size_in_80_percent_of_repeats(truth, grid, objective):
    params, tokens = grid(np.geomspace(2e7, 5e9, 7), np.geomspace(1e9, 2e11, 7))

    def draw(rng):
        loss = truth().loss(params, tokens) * np.exp(0.004 * rng.standard_normal(params.size))
        return params, tokens, loss, np.arange(params.size)

    choices = replace(QUICK, objective=objective, resampling=Resampling(50, by="point"))
    assert 0.70 <= share_covered(draw, choices, truth()) <= 0.90


def test_drawing_runs_covers_it_where_the_points_of_a_run_err_together(truth, grid):
    params, tokens = grid(np.geomspace(2e7, 5e9, 36), np.geomspace(1e9, 2e11, 3))
    run_index = np.repeat(np.arange(36), 3)

    def draw(rng):
        error = 0.004 * rng.standard_normal(36)[run_index] + 0.002 * rng.standard_normal(108)
        return params, tokens, truth().loss(params, tokens) * np.exp(error), run_index

    by_run = replace(QUICK, resampling=Resampling(50, by="run"))
    assert 0.70 <= share_covered(draw, by_run, truth()) <= 0.90


def test_drawing_runs_is_less_sure_than_drawing_points_of_them(truth, grid, table_of):
    params, tokens = grid(np.geomspace(2e7, 5e9, 20), np.geomspace(1e9, 2e11, 20))
    run_index = np.repeat(np.arange(20), 20)
    error = 0.01 * np.random.default_rng(0).standard_normal(20)[run_index]
    table = table_of(params, tokens, truth().loss(params, tokens) * np.exp(error), run_index)
    widths = []
    for by in ("point", "run"):
        choices = replace(QUICK, resampling=Resampling(200, by=by))
        best = fit(table, FitRequest(choices=choices, target_flops=TARGET)).optimum["params"]
        widths.append(np.log(best.high / best.low))
    assert widths[1] > 1.5 * widths[0]


def test_an_extrapolation_widens(drawn):
    table = drawn(noise=0.004)
    choices = replace(QUICK, resampling=Resampling(100))
    ends = (fit(table, FitRequest(choices=choices, target_flops=c)) for c in (1e20, 1e23, 1e26))
    widths = [np.log(r.optimum["params"].high / r.optimum["params"].low) for r in ends]
    assert widths[0] < widths[1] < widths[2]


@pytest.mark.parametrize("by", ["run", "point"])
def test_the_same_seed_gives_the_same_resamples_and_another_seed_others(drawn, by):
    table = drawn(noise=0.004)

    def ensemble(seed):
        choices = replace(QUICK, resampling=Resampling(30, seed, by))
        return fit(table, FitRequest(choices=choices)).ensemble

    np.testing.assert_array_equal(ensemble(7), ensemble(7))
    assert not np.array_equal(ensemble(7), ensemble(8))


@pytest.mark.parametrize("by", ["run", "point"])
def test_what_is_drawn_does_not_depend_on_how_much_is_drawn_at_once(by):
    run_index = np.array([0, 0, 1, 2, 2, 2, 3])
    resampling = Resampling(50, 3, by)
    parts = [np.concatenate(list(bootstrap_weights(resampling, run_index, n))) for n in (1, 7, 99)]
    np.testing.assert_array_equal(parts[0], parts[1])
    np.testing.assert_array_equal(parts[0], parts[2])
    assert parts[0].shape == (50, 7)


def test_points_are_drawn_as_often_as_there_are_points():
    weights = next(bootstrap_weights(Resampling(200, by="point"), np.zeros(9, dtype=int), 200))
    assert (weights.sum(axis=1) == 9).all()
    assert weights.mean() == pytest.approx(1.0)


def test_the_points_of_a_run_are_drawn_together():
    run_index = np.array([0, 1, 1, 2, 2, 2])
    weights = next(bootstrap_weights(Resampling(200, by="run"), run_index, 200))
    assert (weights[:, 1] == weights[:, 2]).all()
    assert (weights[:, 3] == weights[:, 4]).all() and (weights[:, 4] == weights[:, 5]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_an_interval_needs_a_cloud():
    few, many = np.ones(19), np.linspace(0, 100, 101)
    assert interval(1.0, few, "x").low is None and standard_error(few) is None
    found = interval(50.0, many, "source")
    assert (found.low, found.high) == pytest.approx((10.0, 90.0))
    assert (found.level, found.source) == (0.8, "source")
    assert standard_error(many) == pytest.approx(np.std(many, ddof=1))


def test_resamples_that_ran_away_do_not_reach_the_interval():
    cloud = np.concatenate([np.linspace(0, 100, 101), [np.nan, np.inf, -np.inf]])
    assert interval(50.0, cloud, "").high == pytest.approx(90.0)
    assert np.isfinite(standard_error(cloud))


def test_no_resamples_give_no_interval(drawn):
    report = fit(drawn(noise=0.004), FitRequest(choices=replace(QUICK, resampling=Resampling(0))))
    assert report.exponent_n.low is None
    assert all(estimate.low is None for estimate in report.optimum.values())
    assert all(c.estimate.low is None and c.se is None for c in report.coefficients.values())
