"""The lower hull against scipy's, few points and many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from core.fits.envelope import _hull, lower_hull

SEEDS = st.integers(0, 2**32 - 1)


def by_scipy(x, y):
    """Corners of the hull from the leftmost to the lowest point, below the line between."""
    corners = ConvexHull(np.stack([x, y], axis=1)).vertices
    left = corners[np.lexsort((y[corners], x[corners]))[0]]
    lowest = corners[np.lexsort((x[corners], y[corners]))[0]]
    start = int(np.flatnonzero(corners == left)[0])
    around = np.roll(corners, -start)  # counter-clockwise: from the left along the bottom
    return around[: int(np.flatnonzero(around == lowest)[0]) + 1]


def curve(seed, points, noise=0.02):
    """Losses of many runs against ln(compute)."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 10, points)
    return x, np.exp(-0.3 * x) + noise * rng.random(points)


@given(SEEDS, st.integers(4, 300))
def test_random_points_have_the_hull_that_scipy_finds(seed, points):
    x, y = np.random.default_rng(seed).random((2, points))
    assert lower_hull(x, y).tolist() == by_scipy(x, y).tolist()


@given(SEEDS, st.integers(4, 300), st.sampled_from([0.0, 0.02]))
def test_falling_losses_have_the_hull_that_scipy_finds(seed, points, noise):
    x, y = curve(seed, points, noise)
    assert lower_hull(x, y).tolist() == by_scipy(x, y).tolist()


@given(SEEDS)
@settings(max_examples=20)
def test_no_point_lies_below_the_hull(seed):
    x, y = curve(seed, 3000)
    hull = lower_hull(x, y)
    inside = x <= x[hull[-1]]
    assert (y[inside] >= np.interp(x[inside], x[hull], y[hull]) - 1e-15).all()
    slopes = np.diff(y[hull]) / np.diff(x[hull])
    assert (slopes < 0).all() and (np.diff(slopes) > 0).all()


@pytest.mark.parametrize("noise", [0.5, 0.02, 1e-4, 0.0])
def test_many_points_have_the_hull_of_all_of_them(noise):
    """Without noise every point is a corner, and two thousand bins alone would lose most."""
    x, y = curve(1, 100_000, noise)
    everything = _hull(x, y, np.arange(x.size))
    expected = everything[: int(y[everything].argmin()) + 1]
    assert lower_hull(x, y).tolist() == expected.tolist()


def test_ten_million_points_have_the_hull_of_those_that_could_be_on_it():
    x, y = curve(2, 10_000_000)
    hull = lower_hull(x, y)
    assert (y >= np.interp(x, x[hull], y[hull], right=y[hull[-1]]) - 1e-15).all()
    sample = np.union1d(np.arange(0, x.size, 100), hull)
    assert sample[lower_hull(x[sample], y[sample])].tolist() == hull.tolist()


@pytest.mark.parametrize(
    ("x", "y", "hull"),
    [
        ([1.0], [2.0], [0]),
        ([1, 2], [2, 1], [0, 1]),
        ([1, 2], [1, 2], [0]),
        ([1, 1, 1], [3, 1, 2], [1]),
        ([1, 2, 3], [3, 2, 1], [0, 2]),
        ([3, 1, 2], [0, 2, 0], [1, 2]),
    ],
    ids=["one point", "falling", "rising", "one compute", "in a line", "equal lowest"],
)
def test_degenerate_points_have_the_shortest_hull(x, y, hull):
    assert lower_hull(np.array(x, float), np.array(y, float)).tolist() == hull
