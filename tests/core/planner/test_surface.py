"""The loss surface with repeated data: its inverse, its slopes, and where it is plain."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.laws.data_constrained import DataConstrainedLaw
from core.laws.library import find_law
from core.laws.published import library
from core.planner.joint.surface import LossSurface, assumed_repetition

SURFACE = find_law("besiroglu-2024").surface
PUBLISHED = library()["muennighoff-2023"]


def surface(unique=None):
    return LossSurface(SURFACE, assumed_repetition(), unique)


def test_what_repetition_is_worth_is_assumed_from_muennighoff():
    assert assumed_repetition() == (PUBLISHED.r_d_star, PUBLISHED.r_n_star)
    assert find_law("muennighoff-2023").repetition == assumed_repetition()
    assert find_law("besiroglu-2024").repetition is None


@given(
    size=st.floats(6, 11).map(lambda x: 10**x),
    tokens=st.floats(7, 13).map(lambda x: 10**x),
    unique=st.none() | st.floats(8, 12).map(lambda x: 10**x),
)
def test_tokens_for_a_loss_are_the_inverse_of_the_loss(size, tokens, unique):
    if unique is not None:
        tokens = min(tokens, 40 * unique)  # beyond, another repetition is worth nothing
    found = surface(unique)
    loss = float(found.loss(size, tokens))
    again = found.tokens_at_loss(np.array([size]), loss)[0]
    assert float(found.loss(size, again)) == pytest.approx(loss, rel=1e-9)
    assert again == pytest.approx(tokens, rel=1e-4)


def test_a_loss_that_a_size_never_reaches_takes_endless_tokens():
    found = surface()
    needed = found.tokens_at_loss(np.array([1e6, 1e12]), 2.0)
    assert np.isinf(needed[0]) and np.isfinite(needed[1])
    repeated = surface(1e8).tokens_at_loss(np.array([1e12]), 2.0)
    assert np.isinf(repeated[0])


def test_ample_unique_tokens_change_nothing():
    sizes = np.geomspace(1e7, 1e9, 5)
    assert surface(1e15).loss(sizes, 1e10) == pytest.approx(surface().loss(sizes, 1e10))


def test_few_unique_tokens_give_the_data_constrained_law():
    law = DataConstrainedLaw(PUBLISHED.base, PUBLISHED.r_d_star, PUBLISHED.r_n_star)
    found = LossSurface(
        find_law("muennighoff-2023").surface, (PUBLISHED.r_d_star, PUBLISHED.r_n_star), 25e9
    )
    assert found.loss(7.022e9, 237.34e9) == pytest.approx(law.loss(7.022e9, 237.34e9, 25e9))


@pytest.mark.parametrize("unique", [None, 1e9])
def test_slopes_are_those_of_the_loss(unique):
    found = surface(unique)
    by_size, by_tokens = found.slopes(1e9, 2e10)
    step = 1e-3
    assert by_size == pytest.approx(
        (found.loss(1e9 * (1 + step), 2e10) - found.loss(1e9, 2e10)) / step, rel=1e-2
    )
    assert by_tokens == pytest.approx(
        (found.loss(1e9, 2e10 * (1 + step)) - found.loss(1e9, 2e10)) / step, rel=1e-2
    )
    assert by_size < 0 and by_tokens < 0
