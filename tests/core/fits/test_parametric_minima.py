"""The minimum that the parametric fit ends in, against other optimisers and the truth."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize

from core.fits.parametric import NAMES, Choices, fit_parametric, objective_of, optimum
from core.fits.resampling import Resampling

PLAIN = Choices(resampling=Resampling(0))
SEEDS = st.integers(0, 2**32 - 1)


def fitted(table, **changes):
    choices = replace(PLAIN, **changes)
    return fit_parametric(table.params, table.tokens, table.loss, table.run_index, choices)


def noisy(seed, points=50):
    """Scattered points of a random law, with a few outliers."""
    rng = np.random.default_rng(seed)
    params, tokens = np.exp(rng.uniform(16, 23, points)), np.exp(rng.uniform(21, 27, points))
    alpha, beta = rng.uniform(0.25, 0.5, 2)
    law = rng.uniform(1, 2) + (params / 1e7) ** -alpha + (tokens / 1e9) ** -beta
    noise = 0.005 * rng.standard_normal(points)
    noise[:4] *= 10
    return params, tokens, law * np.exp(noise), (alpha, beta)


class Problem:
    """The same objective written down a second time, centred, for optimisers of others."""

    def __init__(self, params, tokens, loss):
        self.x, self.y = np.log(params), np.log(tokens)
        self.x, self.y = self.x - self.x.mean(), self.y - self.y.mean()
        self.ln_loss = np.log(loss)
        self.start = np.array([-1.0, 0.35, -1.0, 0.35, 0.5])

    def residuals(self, theta):
        a, alpha, b, beta, e = theta
        law = np.exp(a - alpha * self.x) + np.exp(b - beta * self.y) + np.exp(e)
        return np.log(law) - self.ln_loss

    def huber(self, theta, delta):
        size = np.abs(self.residuals(theta))
        return float(np.where(size <= delta, size**2 / 2, delta * (size - delta / 2)).sum())

    def by_bfgs(self, delta):
        """BFGS with finite differences, from a few starts, restarted until nothing is gained."""
        best = np.inf
        for shift in (0.0, 0.5, -0.5):
            theta, value = self.start + shift * np.array([1, 0, 1, 0, -0.4]), np.inf
            scale = 1 / self.huber(theta, delta)
            for _ in range(12):
                found = minimize(
                    lambda t, k=scale: k * self.huber(t, delta), theta, method="BFGS",
                    options={"gtol": 1e-10},
                )  # fmt: skip
                theta, gained, value = found.x, value - found.fun / scale, found.fun / scale
                scale = 1 / value
                if gained < 1e-10 * value:
                    break
            best = min(best, value)
        return best

    def by_linear_programs(self):
        """Least absolute deviations: a linear programme in a region of trust, again and again."""
        theta, radius = self.start, 0.5
        value = np.abs(self.residuals(theta)).sum()
        n, wall = self.x.size, np.eye(self.x.size)
        while radius > 1e-9:
            r = self.residuals(theta)
            jacobian = np.stack(
                [(self.residuals(theta + h) - self.residuals(theta - h)) / 2e-6
                 for h in 1e-6 * np.eye(5)], axis=1,
            )  # fmt: skip
            found = linprog(
                np.concatenate([np.zeros(5), np.ones(n)]),
                A_ub=np.block([[jacobian, -wall], [-jacobian, -wall]]),
                b_ub=np.concatenate([-r, r]),
                bounds=[(-radius, radius)] * 5 + [(0, None)] * n,
            )
            trial = theta + found.x[:5]
            reached = np.abs(self.residuals(trial)).sum()
            if reached < value * (1 - 1e-12):
                theta, value, radius = trial, reached, radius * 2
            else:
                radius /= 4
        return float(value)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("objective", ["huber", "lad", "log-ls"])
def test_without_noise_the_law_comes_back_exactly_from_every_start(drawn, truth, objective, tied):
    law = truth(beta=0.35) if tied else truth()
    fit = fitted(drawn(law), objective=objective, tied=tied)
    for name in NAMES:
        assert fit.coefficients[name] == pytest.approx(getattr(law, name), rel=1e-6)
    assert fit.starts_agreeing == fit.starts == 64
    assert np.abs(fit.residuals).max() < 1e-8
    assert fit.not_identified == {}


@given(
    e=st.floats(1.0, 3.0),
    exponents=st.tuples(st.floats(0.2, 0.6), st.floats(0.2, 0.6)),
    shares=st.tuples(st.floats(0.1, 2), st.floats(0.1, 2)),
)
@settings(max_examples=8)
def test_any_law_comes_back_from_points_without_noise(grid, e, exponents, shares):
    params, tokens = grid(np.geomspace(1e7, 1e10, 7), np.geomspace(1e9, 1e12, 7))
    (alpha, beta), (share_n, share_d) = exponents, shares
    a, b = share_n * 3e8**alpha, share_d * 3e10**beta
    loss = e + a * params**-alpha + b * tokens**-beta
    fit = fit_parametric(params, tokens, loss, np.arange(loss.size), PLAIN)
    found = [fit.coefficients[name] for name in NAMES]
    assert found == pytest.approx([a, b, e, alpha, beta], rel=1e-4)
    assert fit.starts_agreeing >= 48  # without noise every point is a kink; a few get stuck


@given(SEEDS)
@settings(max_examples=8)
def test_the_huber_minimum_is_that_of_finite_difference_bfgs(seed):
    params, tokens, loss, _ = noisy(seed)
    fit = fit_parametric(params, tokens, loss, np.arange(loss.size), PLAIN)
    assert fit.objective == pytest.approx(objective_of(fit), rel=1e-10)
    assert fit.objective == pytest.approx(Problem(params, tokens, loss).by_bfgs(1e-3), rel=1e-6)


@given(SEEDS)
@settings(max_examples=8)
def test_the_least_squares_minimum_is_that_of_finite_difference_bfgs(seed):
    params, tokens, loss, _ = noisy(seed)
    choices = replace(PLAIN, objective="log-ls")
    fit = fit_parametric(params, tokens, loss, np.arange(loss.size), choices)
    assert fit.objective == pytest.approx(Problem(params, tokens, loss).by_bfgs(np.inf), rel=1e-6)


@given(SEEDS)
@settings(max_examples=8)
def test_the_least_absolute_deviation_is_that_of_linear_programs(seed):
    params, tokens, loss, _ = noisy(seed)
    choices = replace(PLAIN, objective="lad")
    fit = fit_parametric(params, tokens, loss, np.arange(loss.size), choices)
    assert fit.objective == pytest.approx(np.abs(fit.residuals).sum(), rel=1e-10)
    exact = Problem(params, tokens, loss).by_linear_programs()
    assert exact * (1 - 1e-7) < fit.objective < exact * (1 + 2e-6)


@given(SEEDS)
@settings(max_examples=20)
def test_every_start_agrees_on_noisy_points(seed):
    params, tokens, loss, _ = noisy(seed, points=120)
    fit = fit_parametric(params, tokens, loss, np.arange(loss.size), PLAIN)
    assert fit.starts_agreeing == 64
    assert fit.gradient_norm < 1e-9


def test_tied_exponents_are_one_number_and_cost_something(drawn):
    table = drawn(noise=0.003)
    free, tied = fitted(table), fitted(table, tied=True)
    assert tied.coefficients["alpha"] == tied.coefficients["beta"]
    assert tied.objective > free.objective


def test_a_pinned_loss_stays_where_it_is_pinned(drawn):
    table = drawn(noise=0.003)
    free, pinned = fitted(table), fitted(table, pinned_e=1.6)
    assert pinned.coefficients["E"] == pytest.approx(1.6, rel=1e-12)
    assert pinned.objective > free.objective
    again = fitted(table, pinned_e=free.coefficients["E"])
    assert again.objective == pytest.approx(free.objective, rel=1e-9)


def test_the_highest_losses_are_left_out_on_request(drawn):
    table = drawn()
    table.loss[[3, 40]] *= 10  # two trainings that diverged
    fit = fitted(table, drop_highest_loss=2)
    assert sorted(set(range(table.n_points)) - set(fit.kept.tolist())) == [3, 40]
    assert fit.n_points == table.n_points - 2 == fit.residuals.size
    assert fit.coefficients["E"] == pytest.approx(1.8, rel=1e-6)
    assert fitted(table, objective="log-ls").coefficients["E"] != pytest.approx(1.8, rel=1e-2)


def test_the_order_of_the_points_does_not_matter(drawn):
    table = drawn(noise=0.003)
    order = np.random.default_rng(0).permutation(table.n_points)
    shuffled = fit_parametric(
        table.params[order], table.tokens[order], table.loss[order], table.run_index[order], PLAIN
    )
    for name, value in fitted(table).coefficients.items():
        assert shuffled.coefficients[name] == pytest.approx(value, rel=1e-8)


def test_residuals_are_predicted_against_seen(drawn):
    table = drawn(noise=0.003)
    fit = fitted(table)
    a, b, e, alpha, beta = (fit.coefficients[name] for name in NAMES)
    predicted = e + a * table.params**-alpha + b * table.tokens**-beta
    np.testing.assert_allclose(fit.residuals, np.log(predicted / table.loss), atol=1e-10)


def test_the_optimum_at_a_budget_is_where_the_fitted_loss_is_lowest(truth):
    law = truth()
    coefficients = np.array([[getattr(law, name) for name in NAMES]])
    for compute in (1e18, 5.76e23):
        params, tokens, loss = (float(part[0]) for part in optimum(coefficients, compute))
        assert params == pytest.approx(law.best(compute), rel=1e-5)
        assert 6 * params * tokens == pytest.approx(compute)
        assert loss == pytest.approx(law.loss(params, tokens))


def test_both_versions_of_the_shipped_runs_give_nearly_one_exponent(all_runs, first_runs):
    exponents = []
    for table in (all_runs, first_runs):
        fit = fitted(table)
        assert fit.not_identified == {} and fit.starts_agreeing == 64
        alpha, beta = fit.coefficients["alpha"], fit.coefficients["beta"]
        exponents.append(beta / (alpha + beta))
    assert abs(exponents[0] - exponents[1]) < 0.05  # the 2020 way: 0.72 against 0.87
    assert all(0.78 < exponent < 0.86 for exponent in exponents)
