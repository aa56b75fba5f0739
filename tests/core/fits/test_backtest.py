"""Forecasts of hidden runs."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import InputError
from core.fits.backtest import backtest
from core.fits.parametric import NAMES, Choices
from core.fits.resampling import Resampling

CHOICES = Choices(starts=16)


def test_runs_of_a_law_are_forecast_exactly_without_noise(drawn, truth):
    found = backtest(drawn(), 0.3, CHOICES)
    assert found.largest_error < 1e-9
    assert found.coefficients["E"] == pytest.approx(truth().E, rel=1e-6)


def test_only_the_largest_computes_are_hidden(drawn):
    table = drawn(noise=0.003)
    found = backtest(table, 0.25, CHOICES)
    assert found.seen.size == 16
    assert found.compute_flops.min() > found.cut_flops
    assert (table.compute_flops > found.cut_flops).sum() == 16
    assert found.decades == pytest.approx(np.log10(table.compute_flops.max() / found.cut_flops))


def test_hidden_losses_do_not_reach_the_fit(drawn):
    table = drawn(noise=0.003)
    before = backtest(table, 0.3, CHOICES)
    table.loss[table.compute_flops > before.cut_flops] *= 2
    after = backtest(table, 0.3, CHOICES)
    assert after.coefficients == before.coefficients
    np.testing.assert_array_equal(after.predicted, before.predicted)
    np.testing.assert_allclose(after.seen, 2 * before.seen)


def test_errors_are_predicted_against_seen(drawn):
    table = drawn(noise=0.003)
    found = backtest(table, 0.3, CHOICES)
    a, b, e, alpha, beta = (found.coefficients[name] for name in NAMES)
    hidden = table.compute_flops > found.cut_flops
    predicted = e + a * table.params[hidden] ** -alpha + b * table.tokens[hidden] ** -beta
    np.testing.assert_allclose(found.predicted, predicted)
    np.testing.assert_allclose(found.relative_error, predicted / table.loss[hidden] - 1)
    size = np.abs(found.relative_error)
    assert found.median_error == np.median(size) and found.largest_error == size.max()


def test_the_error_per_decade_is_the_slope_over_compute_beyond_the_cut(drawn, truth):
    """Losses that leave the law by 2 % a decade beyond the cut."""
    table = drawn()
    cut = backtest(table, 0.4, CHOICES).cut_flops
    beyond = np.maximum(np.log10(table.compute_flops / cut), 0)
    bent = replace(table, loss=table.loss / (1 + 0.02 * beyond))
    assert backtest(bent, 0.4, CHOICES).error_per_decade == pytest.approx(0.02, rel=1e-5)


def test_the_shipped_runs_are_forecast_within_four_percent_over_more_than_a_decade(all_runs):
    found = backtest(all_runs, 0.3, CHOICES)
    assert found.median_error < 0.015 and found.largest_error < 0.04
    assert found.decades > 1.5


def test_the_bootstrap_of_the_choices_is_not_run(drawn, monkeypatch):
    def refuse(*_):
        raise AssertionError("a forecast has no use for resamples")

    monkeypatch.setattr("core.fits.parametric.bootstrap_weights", refuse)
    backtest(drawn(noise=0.003), 0.3, Choices(resampling=Resampling(1000)))


@pytest.mark.parametrize("hide", [0.0, 1.0, -0.3, 30, float("nan"), 0.95, 0.001])
def test_shares_that_leave_too_little_on_either_side_are_refused(drawn, hide):
    with pytest.raises(InputError) as caught:
        backtest(drawn(), hide, CHOICES)
    assert caught.value.field == "hide"
