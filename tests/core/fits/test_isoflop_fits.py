"""Valleys of equal compute: how much a cubic and a parabola lean, and which valleys count."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import CancelledError, InputError
from core.fits.isoflop import budget_groups, fit_isoflop
from core.fits.parametric import Choices
from core.fits.report import FitRequest, fit
from core.fits.resampling import Resampling

NONE = Resampling(0)
BUDGETS = np.geomspace(1e18, 1e21, 6)


def profiles(law, reach=16.0, sizes=9, shift=1.0, noise=0.0, seed=0):
    """At each budget, sizes from 1 / reach to reach times the best one (moved by ``shift``)."""
    best = np.array([law.best(compute) for compute in BUDGETS])
    params = (best[:, None] * shift * np.geomspace(1 / reach, reach, sizes)).ravel()
    compute = np.repeat(BUDGETS, sizes)
    error = noise * np.random.default_rng(seed).standard_normal(params.size)
    return params, compute, law.loss(params, compute / 6 / params) * np.exp(error), best


def lean(law, valley):
    """Largest |N* / truth - 1| over the budgets."""
    params, compute, loss, best = profiles(law)
    found = fit_isoflop(params, compute, loss, NONE, valley)
    return max(abs(b.params / true - 1) for b, true in zip(found.budgets, best, strict=True))


def test_a_cubic_leans_far_less_than_a_parabola_where_sizes_span_16_to_either_side(truth):
    law = truth(A=406.4, B=410.7, E=1.69, alpha=0.34, beta=0.28)  # Hoffmann et al. 2022
    cubic, parabola = lean(law, "cubic"), lean(law, "parabola")
    assert cubic < 0.0025  # 0.17 %
    assert 0.045 < parabola < 0.065  # 5.8 %


def test_a_symmetric_valley_leans_to_no_side(truth):
    for valley in ("cubic", "parabola"):
        assert lean(truth(alpha=0.35, beta=0.35), valley) < 1e-4


@pytest.mark.parametrize(("valley", "tolerance"), [("cubic", 0.002), ("parabola", 0.01)])
def test_the_exponent_is_that_of_the_law_without_noise(truth, valley, tolerance):
    law = truth()
    params, compute, loss, _ = profiles(law)
    found = fit_isoflop(params, compute, loss, NONE, valley)
    assert found.e == pytest.approx(law.beta / (law.alpha + law.beta), abs=tolerance)
    assert found.d * 1e20**found.e == pytest.approx(law.best(1e20), rel=0.06)


@pytest.mark.parametrize("shift", [20.0, 1 / 20])
def test_a_minimum_at_the_edge_of_the_sizes_is_flagged_and_not_used(truth, shift):
    law = truth()
    params, compute, loss, _ = profiles(law)
    bad = compute == BUDGETS[2]
    params[bad] *= shift
    loss[bad] = law.loss(params[bad], compute[bad] / 6 / params[bad])
    found = fit_isoflop(params, compute, loss, NONE)
    assert "edge" in found.budgets[2].problem and np.isnan(found.budgets[2].params)
    assert [bool(b.problem) for b in found.budgets] == [False, False, True, False, False, False]
    without = fit_isoflop(params[~bad], compute[~bad], loss[~bad], NONE)
    assert (found.d, found.e) == (without.d, without.e)


def test_budgets_that_are_not_used_are_named_in_the_report(truth, table_of):
    law = truth()
    params, compute, loss, _ = profiles(law)
    kept = ~((compute == BUDGETS[0]) & (params > law.best(BUDGETS[0]) / 2))
    table = table_of(
        params[kept], compute[kept] / 6 / params[kept], loss[kept], compute=compute[kept]
    )
    request = FitRequest("isoflop", Choices(resampling=Resampling(30)), valley="parabola")
    report = fit(table, request)
    assert any("is not used" in text and "edge" in text for text in report.warnings)
    assert any("leans by about 5 %" in text for text in report.warnings)
    assert report.optimum.keys() == {"params", "tokens"}


@given(st.integers(0, 2**32 - 1), st.sampled_from(["cubic", "parabola"]))
@settings(max_examples=40)
def test_a_bottom_that_is_used_lies_inside_the_sizes_of_its_budget(truth, seed, valley):
    params, compute, loss, _ = profiles(truth(), reach=4.0, noise=0.02, seed=seed)
    try:
        found = fit_isoflop(params, compute, loss, NONE, valley)
    except InputError:
        return
    for budget, members in zip(found.budgets, budget_groups(np.log(compute)), strict=True):
        assert bool(budget.problem) == np.isnan(budget.params)
        if not budget.problem:
            assert params[members].min() < budget.params < params[members].max()


def test_computes_within_a_tenth_are_one_budget():
    compute = np.array([1.04e20, 1e18, 1.02e18, 1e20, 0.98e20, 3e19])
    groups = budget_groups(np.log(compute))
    assert [sorted(group.tolist()) for group in groups] == [[1, 2], [5], [0, 3, 4]]


def test_the_interval_of_the_exponent_covers_the_truth_about_as_often_as_it_says(truth):
    law, covered = truth(), 0
    for seed in range(30):
        params, compute, loss, _ = profiles(law, noise=0.002, seed=seed)
        found = fit_isoflop(params, compute, loss, Resampling(40))
        low, high = np.nanquantile(found.ensemble[:, 1], [0.1, 0.9])
        covered += low < law.beta / (law.alpha + law.beta) < high
    assert 0.70 <= covered / 30 <= 0.95


def test_seeds_are_reproducible(truth):
    params, compute, loss, _ = profiles(truth(), noise=0.002)
    one, same, other = (
        fit_isoflop(params, compute, loss, Resampling(20, seed)).ensemble for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_profiles_that_give_no_line_are_refused_with_the_reason(truth):
    law = truth()
    params, compute, loss, _ = profiles(law)
    one = compute == BUDGETS[0]
    with pytest.raises(InputError, match="at least two budgets"):
        fit_isoflop(params[one], compute[one], loss[one], NONE)
    params, compute, loss, _ = profiles(law, sizes=3)
    with pytest.raises(InputError, match="fewer than 4 sizes"):
        fit_isoflop(params, compute, loss, NONE)
    params, compute, loss, _ = profiles(law, shift=40)
    with pytest.raises(InputError, match="edge"):
        fit_isoflop(params, compute, loss, NONE)


def test_a_stopped_bootstrap_gives_nothing(truth):
    params, compute, loss, _ = profiles(truth(), noise=0.002)
    with pytest.raises(CancelledError):
        fit_isoflop(params, compute, loss, Resampling(100), progress=lambda done: done < 0.5)
