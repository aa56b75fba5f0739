"""Repeated data: the constants of Muennighoff et al. 2023 from their 182 runs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import CancelledError, InputError
from core.fits.data_constrained import (
    FreshLaw,
    effective,
    fit_data_constrained,
    predicted_loss,
    unique_params,
)
from core.fits.parametric import Choices
from core.fits.report import FitRequest, fit
from core.fits.resampling import Resampling
from core.laws.published import library

FRESH = FreshLaw(e=1.86914, a=520.825, b=1487.716, alpha=0.3526596, beta=0.3526596)


@pytest.fixture(scope="module")
def found(repeated_runs):
    table = repeated_runs
    return fit_data_constrained(
        FRESH, table.params, table.tokens, table.unique_tokens, table.loss, Resampling(200)
    )


def test_the_182_runs_give_the_published_constants(found):
    assert found.r_d_star.value == pytest.approx(15.387756, rel=0.002)
    assert found.r_n_star.value == pytest.approx(5.309743, rel=0.002)
    assert found.objective == pytest.approx(0.0158259, rel=1e-4)
    assert found.n_points == 182


def test_repeats_are_barely_identified_and_the_fit_says_so(found):
    assert found.r_d_star.level == 0.95
    assert 3 < found.r_d_star.low < 8
    assert found.r_d_star.high > 1e8
    assert any("R_D* is barely identified" in reason for reason in found.not_identified)
    assert any("fits as well" in reason for reason in found.not_identified)


def test_the_report_carries_constants_intervals_and_reasons(repeated_runs):
    choices = Choices(resampling=Resampling(60))
    report = fit(repeated_runs, FitRequest("data-constrained", choices, fresh=FRESH))
    assert list(report.coefficients) == ["R_D_star", "R_N_star"]
    assert report.coefficients["R_D_star"].estimate.high > 1e8
    assert any("barely identified" in text for text in report.warnings)
    assert report.optimum == {} and report.exponent_n is None
    assert report.objective == pytest.approx(0.0158259, rel=1e-4)


@given(
    st.floats(7, 11).map(lambda x: 10**x),
    st.floats(8, 12).map(lambda x: 10**x),
    st.floats(0, 2).map(lambda x: 10**x),
)
@settings(max_examples=50)
def test_the_loss_that_is_fitted_is_that_of_the_law_that_is_planned_with(params, tokens, epochs):
    law = library()["muennighoff-2023"]
    base = law.base
    fresh = FreshLaw(base.E, base.A, base.B, base.alpha, base.beta)
    unique = tokens / epochs
    ours = predicted_loss(
        fresh, np.array(params), np.array(tokens), np.array(unique), law.r_d_star, law.r_n_star
    )
    assert float(ours) == pytest.approx(float(law.loss(params, tokens, unique)), rel=1e-9)


def test_fresh_data_are_worth_themselves_and_repeats_less_and_less():
    unique = np.full(5, 1e9)
    seen = 1e9 * np.array([0.5, 1.0, 2.0, 8.0, 1e6])
    worth = effective(seen, np.minimum(unique, seen), 15.0)
    assert worth[:2].tolist() == [0.5e9, 1e9]
    assert (np.diff(worth) > 0).all() and (worth[2:] < seen[2:]).all()
    assert worth[-1] == pytest.approx(16e9)


def test_a_size_below_what_the_data_deserve_counts_in_full():
    params, unique = np.array([1e7, 1e12]), np.array([1e10, 1e10])
    deserved = unique_params(FRESH, params, unique)
    assert deserved[0] == 1e7
    assert deserved[1] < 1e12


def test_runs_without_noise_give_back_the_constants_that_made_them(grid):
    params, epochs = grid(np.geomspace(1e8, 1e10, 8), np.geomspace(1, 60, 12))
    unique = np.full_like(params, 1e10)
    loss = predicted_loss(FRESH, params, unique * epochs, unique, 12.0, 4.0)
    found = fit_data_constrained(FRESH, params, unique * epochs, unique, loss, Resampling(60))
    assert found.r_d_star.value == pytest.approx(12.0, rel=1e-5)
    assert found.r_n_star.value == pytest.approx(4.0, rel=1e-5)
    assert found.not_identified == ()
    assert found.r_d_star.high < 13


def test_seeds_are_reproducible(repeated_runs):
    table = repeated_runs
    columns = (table.params, table.tokens, table.unique_tokens, table.loss)
    one, same, other = (
        fit_data_constrained(FRESH, *columns, Resampling(20, seed)).ensemble for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_fit_stops_when_told_to(repeated_runs):
    choices = Choices(resampling=Resampling(20))
    request = FitRequest("data-constrained", choices, fresh=FRESH)
    with pytest.raises(CancelledError):
        fit(repeated_runs, request, lambda fraction: fraction < 0.1)


def test_what_is_missing_is_named(repeated_runs, drawn):
    with pytest.raises(InputError, match="unique tokens"):
        fit(drawn(), FitRequest(method="data-constrained", fresh=FRESH))
    with pytest.raises(InputError, match="law of fresh data"):
        fit(repeated_runs, FitRequest(method="data-constrained"))
    once = repeated_runs.subset(repeated_runs.tokens <= repeated_runs.unique_tokens)
    with pytest.raises(InputError, match="more than one epoch"):
        fit(once, FitRequest(method="data-constrained", fresh=FRESH))
