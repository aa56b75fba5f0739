"""The frontier as it was fitted in 2020, and the robust one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import CancelledError, InputError
from core.fits.envelope import lower_hull
from core.fits.frontier import UNIT_2020, fit_frontier, fit_frontier_2020
from core.fits.report import FitRequest, fit
from core.fits.resampling import Resampling

# Fitted by the source on its full-resolution curves; ours are read off at 12 points a decade.
PRINTED = {
    "a": 28.67877525, "b": 0.10858627, "c": 1.94724078,
    "d": 4.04827933e-2, "e": 0.721157336, "f": -4.54598418e4,
}  # fmt: skip
NONE = Resampling(0)


def columns(table):
    return table.params, table.compute_flops, table.loss, table.run_index


def curves(table, seed=None, noise=0.0, runs=10):
    """Trainings of a law along many computes: each size is best for a while."""
    sizes = np.geomspace(1e7, 1e9, runs)
    compute = np.geomspace(1e16, 1e21, 61)
    params, budget = np.repeat(sizes, 61), np.tile(compute, runs)
    error = noise * np.random.default_rng(seed).standard_normal(params.size)
    loss = table.loss(params, budget / 6 / params) * np.exp(error)
    return params, budget, loss, np.repeat(np.arange(runs), 61)


def test_the_2020_procedure_comes_close_to_its_printed_coefficients(all_runs):
    found = fit_frontier_2020(*columns(all_runs))
    assert found.e == pytest.approx(PRINTED["e"], rel=0.02)  # 1.4 %
    assert found.b == pytest.approx(PRINTED["b"], rel=0.04)  # 3.1 %
    assert found.c == pytest.approx(PRINTED["c"], rel=0.04)  # 3.4 %
    assert found.a == pytest.approx(PRINTED["a"], rel=0.05)  # 4.6 %
    assert found.d == pytest.approx(PRINTED["d"], rel=0.20)  # 19 %, against e
    assert found.f == pytest.approx(PRINTED["f"], rel=0.16)  # 15 %, against e
    x = np.geomspace(1e14, 5e17, 60) / UNIT_2020
    loss = PRINTED["a"] * x ** -PRINTED["b"] + PRINTED["c"]
    size = PRINTED["d"] * x ** PRINTED["e"] + PRINTED["f"]
    np.testing.assert_allclose(found.a * x**-found.b + found.c, loss, rtol=0.002)  # 0.16 %
    np.testing.assert_allclose(found.d * x**found.e + found.f, size, rtol=0.10)  # 9.5 %


def test_the_2020_procedure_gives_another_exponent_on_its_first_runs(all_runs, first_runs):
    whole, first = (fit_frontier_2020(*columns(table)) for table in (all_runs, first_runs))
    assert first.e - whole.e > 0.14  # printed: 0.869 - 0.721
    report = fit(first_runs, FitRequest(method="frontier-2020"))
    assert any("fragile" in text for text in report.warnings)


def test_the_2020_bounds_leave_out_the_smallest_and_largest_runs(all_runs):
    found = fit_frontier_2020(*columns(all_runs))
    x = all_runs.compute_flops
    by_size = [x[all_runs.run_index == i] for i in np.argsort(
        [all_runs.params[all_runs.run_index == i][0] for i in range(28)], kind="stable"
    )]  # fmt: skip
    low, high = by_size[2].min(), by_size[-2].max()
    assert x[found.hull].min() >= low and x[found.hull].max() <= high
    assert len(set(all_runs.run_index[found.best])) == found.best.size
    assert set(all_runs.run_index[found.best]) == set(all_runs.run_index[found.hull])


def test_the_robust_exponent_hardly_differs_between_both_versions(all_runs, first_runs):
    whole, first = (
        fit_frontier(*columns(table), Resampling(200)) for table in (all_runs, first_runs)
    )
    assert abs(whole.e - first.e) < 0.05
    for found in (whole, first):
        low, high = np.nanquantile(found.ensemble[:, 4], [0.1, 0.9])
        assert low <= found.e <= high
        assert np.isfinite(found.ensemble).all()


def test_the_robust_frontier_finds_the_law_that_made_the_runs(truth):
    law = truth()
    found = fit_frontier(*curves(law, runs=40), NONE)
    exponent = law.beta / (law.alpha + law.beta)
    assert found.e == pytest.approx(exponent, abs=0.02)
    assert found.c == pytest.approx(law.E, rel=0.05)
    for compute in (1e18, 1e19):
        x = compute / found.compute_unit
        best = law.best(compute)
        assert found.d * x**found.e == pytest.approx(best, rel=0.1)
        assert found.a * x**-found.b + found.c == pytest.approx(
            law.loss(best, compute / 6 / best), rel=0.005
        )


@given(st.floats(1e-6, 1e6), st.integers(0, 1000))
@settings(max_examples=20)
def test_units_of_compute_and_size_do_not_matter(truth, unit, seed):
    params, compute, loss, run_index = curves(truth(), seed, noise=0.005)
    plain = fit_frontier(params, compute, loss, run_index, NONE)
    scaled = fit_frontier(3 * params, compute * unit, loss, run_index, NONE)
    assert scaled.compute_unit == pytest.approx(plain.compute_unit * unit)
    for name in "abce":
        assert getattr(scaled, name) == pytest.approx(getattr(plain, name), rel=1e-4)
    assert scaled.d == pytest.approx(3 * plain.d, rel=1e-4)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_the_order_of_runs_and_points_does_not_matter(truth, seed):
    rng = np.random.default_rng(seed)
    params, compute, loss, run_index = curves(truth(), seed, noise=0.005)
    plain = fit_frontier(params, compute, loss, run_index, NONE)
    order = rng.permutation(loss.size)
    renamed = rng.permutation(run_index.max() + 1)[run_index]
    mixed = fit_frontier(params[order], compute[order], loss[order], renamed[order], NONE)
    for name, value in plain.coefficients.items():
        assert mixed.coefficients[name] == pytest.approx(value, rel=1e-6)
    assert sorted(order[mixed.hull]) == sorted(plain.hull)
    assert sorted(order[mixed.best]) == sorted(plain.best)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_points_above_the_envelope_change_nothing(truth, seed):
    params, compute, loss, run_index = curves(truth(), seed, noise=0.005)
    plain = fit_frontier(params, compute, loss, run_index, NONE)
    worse = fit_frontier(
        np.append(params, params), np.append(compute, compute), np.append(loss, loss + 0.5),
        np.append(run_index, run_index), NONE,
    )  # fmt: skip
    assert worse.hull.tolist() == plain.hull.tolist()
    assert worse.best.tolist() == plain.best.tolist()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_the_envelope_and_the_best_points_are_those_of_all_points(truth, seed):
    """Only hulls of single runs are looked at: nothing that matters may be lost by that."""
    params, compute, loss, run_index = curves(truth(), seed, noise=0.02)
    found = fit_frontier(params, compute, loss, run_index, NONE)
    x = np.log(compute / found.compute_unit)
    assert found.hull.tolist() == lower_hull(x, np.log(loss)).tolist()
    excess = np.log(found.a * np.exp(-found.b * x) + found.c) - np.log(loss)
    for point in found.best:
        mine = run_index == run_index[point]
        assert excess[point] == excess[mine].max()


def test_seeds_are_reproducible_and_runs_are_what_is_drawn(all_runs):
    one, same, other = (
        fit_frontier(*columns(all_runs), Resampling(60, seed)).ensemble for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    assert one.shape == (60, 6)


def test_a_stopped_bootstrap_gives_nothing(all_runs):
    with pytest.raises(CancelledError):
        fit_frontier(*columns(all_runs), Resampling(200), lambda fraction: fraction < 0.5)


@pytest.mark.parametrize("procedure", [fit_frontier_2020, lambda *c: fit_frontier(*c, NONE)])
def test_runs_that_give_no_frontier_are_refused(procedure, truth):
    params, compute, loss, run_index = curves(truth())
    few = run_index < 3
    with pytest.raises(InputError, match="at least 4 runs"):
        procedure(params[few], compute[few], loss[few], run_index[few])
    rising = 2 + np.log(compute / compute.min())
    with pytest.raises(InputError, match="overtake"):
        procedure(params, compute, rising, run_index)


def test_ten_thousand_points_a_run_are_enveloped_without_a_table_of_all_points(truth):
    """A thousand resamples of a million points as one table would take 8 GB."""
    sizes, each = np.geomspace(1e7, 1e9, 100), 10_000
    params, compute = np.repeat(sizes, each), np.tile(np.geomspace(1e16, 1e21, each), 100)
    noise = 0.002 * np.random.default_rng(0).standard_normal(params.size)
    loss = truth().loss(params, compute / 6 / params) * np.exp(noise)
    found = fit_frontier(params, compute, loss, np.repeat(np.arange(100), each), Resampling(100))
    assert found.n_points == 1_000_000
    assert np.isfinite(found.ensemble).all()
    assert found.e == pytest.approx(0.51, abs=0.05)
