"""What repeated data is worth, and the best size when there is not enough."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from core.laws.published import library

LAW = library()["muennighoff-2023"]
POWERS = st.floats(18, 24).map(lambda exponent: 10.0**exponent)
UNIQUE = st.floats(8, 13).map(lambda exponent: 10.0**exponent)


def test_the_known_case_of_25_billion_unique_tokens():
    params, tokens, loss = LAW.optimum(1e22, 25e9)
    assert tokens == pytest.approx(237.34e9, rel=1e-3)
    assert f"{tokens / 25e9:.2f}" == "9.49"
    assert params == pytest.approx(7.022e9, rel=1e-3)
    published = LAW.loss(7.022e9, 237.34e9, 25e9)
    assert loss == pytest.approx(published, abs=1e-5)
    assert loss <= published


@given(POWERS, UNIQUE)
def test_the_optimum_is_the_numeric_minimum(compute, unique):
    def loss(ln_params):
        size = math.exp(ln_params)
        return float(LAW.loss(size, compute / 6 / size, unique))

    params, tokens, found = LAW.optimum(compute, unique)
    search = minimize_scalar(
        loss,
        bounds=(math.log(params) - 3, math.log(params) + 3),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert found <= search.fun + 1e-12
    for factor in (0.5, 2.0):
        assert loss(math.log(params * factor)) >= found - 1e-12
    assert 6 * params * tokens == pytest.approx(compute, rel=1e-12)


@given(POWERS, UNIQUE)
def test_enough_data_leaves_the_plain_optimum(compute, unique):
    free = LAW.base.optimum(compute)
    found = LAW.optimum(compute, unique)
    if unique >= free.tokens:
        assert found == pytest.approx(tuple(free), rel=1e-9)
    else:
        assert found.loss > free.loss
        assert found.tokens > unique


def test_data_for_thousands_of_epochs_still_has_a_best_size():
    sizes = LAW.optimum(1e24, np.geomspace(1e3, 1e13, 21)).params
    assert np.isfinite(sizes).all()
    assert LAW.optimum(1e24, 1e3).loss > LAW.optimum(1e24, 1e6).loss


def test_no_unique_tokens_means_ample_data():
    assert LAW.optimum(1e21) == LAW.base.optimum(1e21)
    assert LAW.frontier() == LAW.base.frontier()


def test_arrays_give_what_numbers_give():
    compute, unique = np.geomspace(1e19, 1e23, 5)[:, None], np.array([1e9, 1e11, 1e13])
    found = LAW.optimum(compute, unique)
    assert found.params.shape == found.loss.shape == (5, 3)
    one = LAW.optimum(float(compute[3, 0]), 1e9)
    assert one == pytest.approx((found.params[3, 0], found.tokens[3, 0], found.loss[3, 0]))


def test_repetition_is_worth_less_and_less_and_never_more_than_its_limit():
    seen = 1e9 * np.array([0.5, 1.0, 4.0, 40.0, 1e4])
    worth = LAW.effective_tokens(seen, 1e9)
    assert worth[:2].tolist() == [0.5e9, 1e9]
    assert (np.diff(worth) > 0).all() and (worth[2:] < seen[2:]).all()
    assert worth[-1] == pytest.approx(1e9 * (1 + LAW.r_d_star), rel=1e-6)
    after = 1e9 * (1 + LAW.r_d_star)
    expected = 1e9 * (1 + LAW.r_d_star * (1 - math.exp(-1)))
    assert LAW.effective_tokens(after, 1e9) == pytest.approx(expected)


def test_parameters_beyond_what_the_data_deserves_are_worth_less():
    deserved = LAW.base.params_at_tokens(25e9)
    assert deserved == pytest.approx(0.22580 * (0.22580 * 25e9), rel=1e-4)
    assert LAW.effective_params(deserved, 25e9) == pytest.approx(deserved)
    assert LAW.effective_params(10 * deserved, 25e9) < 10 * deserved
