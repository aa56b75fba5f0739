"""Fits of very many points: the starts share their work, the minimum is that of all points."""

import numpy as np
import pytest

from core.fits.parametric import Choices, fit_parametric
from core.fits.resampling import Resampling


def test_a_hundred_thousand_points_give_the_minimum_of_all_of_them():
    rng = np.random.default_rng(5)
    n, d = 10 ** rng.uniform(7, 10, 100_000), 10 ** rng.uniform(9, 11.5, 100_000)
    loss = (1.8 + 480 / n**0.35 + 2080 / d**0.366) * np.exp(rng.normal(0, 0.01, n.size))
    runs = rng.integers(0, 50, n.size)
    choices = Choices(starts=8, resampling=Resampling(0))
    found = fit_parametric(n, d, loss, runs, choices)
    again = fit_parametric(
        n, d, loss, runs, Choices(objective="huber", starts=1, resampling=Resampling(0, seed=9))
    )
    assert found.starts_agreeing == 8
    assert found.not_identified == {}  # points this dense leave no gaps between their values
    assert found.objective == pytest.approx(again.objective, rel=1e-9)
    assert found.gradient_norm < 1e-6
    assert found.coefficients["alpha"] == pytest.approx(0.35, rel=0.02)
