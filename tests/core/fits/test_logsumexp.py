"""Newton's method on ln L = LSE(linear forms): derivatives and where it ends."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.fits.logsumexp import Terms, _derivatives, huber, minimise, residuals

SEEDS = st.integers(0, 2**32 - 1)


def problem(seed, points=30, noise=0.1):
    """Three terms as in the law of Hoffmann et al., and a place not at the minimum."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-2, 2, (2, points))
    one, none = np.ones(points), np.zeros(points)
    designs = (
        np.stack([one, -x, none, none, none], axis=1),
        np.stack([none, none, one, -y, none], axis=1),
        np.stack([none, none, none, none, one], axis=1),
    )
    theta = rng.uniform([-1, 0.4, -1, 0.4, -0.5], [0, 1, 0, 1, 0.5])
    total = sum(np.exp(design @ theta) for design in designs)
    ln_loss = np.log(total) + rng.normal(0, noise, points)
    weights = rng.integers(0, 4, points).astype(float)
    away = theta + rng.normal(0, 0.2, 5)
    return Terms(designs, ln_loss, (0.0, 0.0, 0.0)), away, weights


def away_from_kinks(terms, theta, delta):
    """Huber's second derivative jumps at |r| = delta: a difference across it is no derivative."""
    residual, _ = residuals(terms, theta[None])
    return (np.abs(np.abs(residual[0]) - delta) > 1e-3).all()


@given(SEEDS, st.sampled_from([0.05, 0.3, np.inf]))
def test_the_gradient_is_the_slope_of_the_objective(seed, delta):
    terms, theta, weights = problem(seed)

    def value(place):
        return float(weights @ huber(residuals(terms, place[None])[0][0], delta))

    gradient = _derivatives(terms, theta[None], weights[None], delta)[1][0]
    for i, step in enumerate(1e-5 * np.eye(5)):
        slope = (value(theta + step) - value(theta - step)) / 2e-5
        assert gradient[i] == pytest.approx(slope, rel=1e-5, abs=1e-7)


@given(SEEDS, st.sampled_from([0.05, 0.3, np.inf]))
def test_the_hessian_is_the_slope_of_the_gradient(seed, delta):
    terms, theta, weights = problem(seed)
    if not away_from_kinks(terms, theta, delta):
        return

    def slope(place):
        return _derivatives(terms, place[None], weights[None], delta)[1][0]

    hessian = _derivatives(terms, theta[None], weights[None], delta)[2][0]
    np.testing.assert_array_equal(hessian, hessian.T)
    for i, step in enumerate(1e-5 * np.eye(5)):
        bend = (slope(theta + step) - slope(theta - step)) / 2e-5
        np.testing.assert_allclose(hessian[i], bend, rtol=1e-5, atol=1e-6)


@given(SEEDS)
def test_shares_of_the_terms_sum_to_one_even_where_exponentials_overflow(seed):
    terms, theta, _ = problem(seed)
    _, shares = residuals(terms, np.stack([theta, 2000 * theta]))
    np.testing.assert_allclose(sum(shares), 1.0, rtol=1e-12)


@pytest.mark.parametrize("delta", [1e-3, 0.1, np.inf])
def test_many_problems_at_once_end_where_each_alone_ends(delta):
    terms, theta, _ = problem(5, points=60, noise=0.01)
    rng = np.random.default_rng(1)
    weights = rng.multinomial(60, np.full(60, 1 / 60), size=12).astype(float)
    together = minimise(terms, np.repeat(theta[None], 12, axis=0), weights, delta)
    assert together.converged.all()
    for i in range(12):
        alone = minimise(terms, theta[None], weights[i], delta)
        np.testing.assert_allclose(together.theta[i], alone.theta[0], rtol=1e-7)


def test_the_end_is_a_minimum_with_a_vanishing_gradient():
    terms, theta, weights = problem(3, points=60, noise=0.01)
    found = minimise(terms, theta[None], weights, 0.05)
    assert found.gradient_norm[0] < 1e-9
    hessian = _derivatives(terms, found.theta, weights[None], 0.05)[2][0]
    assert np.linalg.eigvalsh(hessian).min() > 0


@given(st.floats(-1e3, 1e3), st.floats(1e-6, 10))
@settings(max_examples=100)
def test_the_huber_loss_is_quadratic_inside_and_linear_outside(residual, delta):
    size = abs(residual)
    expected = size**2 / 2 if size <= delta else delta * (size - delta / 2)
    assert float(huber(np.array(residual), delta)) == pytest.approx(expected, rel=1e-12)


def test_no_steps_at_all_is_reported_as_not_converged():
    terms, theta, weights = problem(3)
    assert not minimise(terms, theta[None], weights, 0.05, max_steps=1).converged.any()
