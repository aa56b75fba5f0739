"""The closed forms of a parametric law against brute force."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from core.errors import InputError
from core.laws.inference import lifetime_optimum
from core.laws.parametric import ParametricLaw
from core.laws.published import library

PARAMETRIC = [law for law in library().values() if isinstance(law, ParametricLaw)]
LAWS = st.builds(
    ParametricLaw,
    E=st.floats(0, 3),
    A=st.floats(10, 1e4),
    B=st.floats(10, 1e5),
    alpha=st.floats(0.15, 0.8),
    beta=st.floats(0.15, 0.8),
)
COMPUTE = st.floats(15, 26).map(lambda exponent: 10.0**exponent)


def best_by_search(law, compute):
    def loss(ln_params):
        return law.loss(math.exp(ln_params), compute / 6 / math.exp(ln_params)) - law.E

    found = minimize_scalar(loss, bounds=(-40, 120), method="bounded", options={"xatol": 1e-10})
    return math.exp(found.x), found.fun + law.E


@given(LAWS, COMPUTE)
def test_the_closed_form_is_the_numeric_minimum(law, compute):
    params, loss = best_by_search(law, compute)
    found = law.optimum(compute)
    assert found.params == pytest.approx(params, rel=1e-4)
    assert found.loss - law.E == pytest.approx(loss - law.E, rel=1e-9)
    assert found.loss <= loss * (1 + 1e-12)
    assert 6 * found.params * found.tokens == pytest.approx(compute, rel=1e-12)


@given(LAWS, COMPUTE)
def test_the_frontier_is_the_law_at_its_optimum(law, compute):
    frontier, found = law.frontier(), law.optimum(compute)
    assert frontier.loss(compute) == pytest.approx(found.loss, rel=1e-12)
    assert frontier.params(compute) == pytest.approx(found.params, rel=1e-12)
    assert frontier.c == law.E and frontier.f == 0
    assert frontier.b == pytest.approx(law.alpha * law.beta / (law.alpha + law.beta))


@given(LAWS, COMPUTE)
def test_the_best_size_for_an_amount_of_data_is_that_of_its_budget(law, compute):
    found = law.optimum(compute)
    assert law.params_at_tokens(found.tokens) == pytest.approx(found.params, rel=1e-9)


@pytest.mark.parametrize("law", PARAMETRIC, ids=lambda law: law.about.id)
def test_arrays_give_what_numbers_give(law):
    compute = np.geomspace(1e17, 1e27, 7)
    params, tokens, loss = law.optimum(compute)
    for place, one in enumerate(compute.tolist()):
        assert law.optimum(one) == pytest.approx((params[place], tokens[place], loss[place]))
    assert law.loss(params[:, None], tokens[None, :]).shape == (7, 7)


def test_a_frontier_carries_the_source_and_no_runs():
    law = library()["besiroglu-2024"]
    frontier = law.frontier()
    assert (frontier.id, frontier.name) == (law.about.id, law.about.name)
    assert frontier.source == law.about.source and "2404.10102" in frontier.source
    assert frontier.runs_file is None and frontier.tokens_per_step == 500_000
    assert frontier.params_range == law.about.params_range


@given(
    st.sampled_from(PARAMETRIC),
    st.floats(20, 26).map(lambda exponent: 10.0**exponent),
    st.floats(6, 15).map(lambda exponent: 10.0**exponent),
)
def test_inference_moves_the_optimum_as_sardana_says(law, compute, served):
    target = law.optimum(compute).loss
    found = lifetime_optimum(law, target, served)
    assert law.loss(found.params, found.tokens) == pytest.approx(target, rel=1e-9)
    eps_n = law.alpha * law.A * found.params**-law.alpha
    eps_d = law.beta * law.B * found.tokens**-law.beta
    assert eps_n / eps_d == pytest.approx(1 + served / (3 * found.tokens), rel=1e-6)
    whole = found.training_flop + found.inference_flop
    for factor in (0.98, 1.02):
        params = found.params * factor
        tokens = (law.B / (target - law.E - law.A * params**-law.alpha)) ** (1 / law.beta)
        assert 6 * params * tokens + 2 * params * served >= whole * (1 - 1e-9)


def test_without_inference_the_cheapest_model_is_the_compute_optimal_one():
    law = library()["hoffmann-2022"]
    compute = np.geomspace(1e18, 1e26, 9)
    best = law.optimum(compute)
    found = lifetime_optimum(law, best.loss, 0.0)
    np.testing.assert_allclose(found.params, best.params, rtol=1e-6)
    np.testing.assert_allclose(found.training_flop, compute, rtol=1e-9)
    assert (found.inference_flop == 0).all()
    much = lifetime_optimum(law, best.loss, 1e13)
    assert (much.params < found.params).all() and (much.tokens > found.tokens).all()


def test_targets_that_no_model_reaches_are_refused():
    law = library()["hoffmann-2022"]
    for loss in (law.E, 1.0, math.nan):
        with pytest.raises(InputError, match=r"^loss must be above"):
            lifetime_optimum(law, loss, 1e12)
    with pytest.raises(InputError, match="inference_tokens"):
        lifetime_optimum(law, 2.5, -1.0)
