"""The report that every fit ends in."""

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

import core
from core.errors import CancelledError, InputError
from core.fits.parametric import Choices
from core.fits.report import METHODS, FitRequest, fit
from core.fits.resampling import Resampling

QUICK = Choices(starts=16, resampling=Resampling(60))


def as_json(report):
    """Everything of a report that is neither array nor object, through JSON and back."""
    document = {
        "request": asdict(report.request),
        "coefficients": {name: asdict(c) for name, c in report.coefficients.items()},
        "optimum": {name: asdict(e) for name, e in report.optimum.items()},
        "exponent_n": None if report.exponent_n is None else asdict(report.exponent_n),
    }
    for name in (
        "objective", "n_points", "n_runs", "starts_agreeing", "starts", "gradient_norm",
        "target_flops", "warnings", "compute_range", "params_range", "params_counted", "source",
        "data_hash", "version",
    ):  # fmt: skip
        document[name] = getattr(report, name)
    return json.loads(json.dumps(document, allow_nan=False))


@pytest.mark.parametrize("method", [m for m in METHODS if m not in ("isoflop", "data-constrained")])
def test_every_number_is_a_plain_one_with_its_interval_or_none(all_runs, method):
    report = fit(all_runs, FitRequest(method=method, choices=QUICK))
    document = as_json(report)
    assert document["version"] == core.__version__
    assert document["source"] == all_runs.source
    assert document["data_hash"] == all_runs.data_hash
    assert document["params_counted"] == "non-embedding"
    assert (document["n_points"], document["n_runs"]) == (518, 28)
    assert document["target_flops"] == all_runs.compute_flops.max()
    sure = method != "frontier-2020"
    for name, estimate in document["optimum"].items():
        assert name in ("params", "tokens", "loss")
        assert (estimate["low"] is not None) == sure
        if sure:
            assert estimate["low"] <= estimate["value"] <= estimate["high"]
            assert estimate["level"] == 0.8
        assert method in estimate["source"] and all_runs.source in estimate["source"]
    for coefficient in document["coefficients"].values():
        assert (coefficient["se"] is not None) == sure
        assert math.isfinite(coefficient["estimate"]["value"])


def test_a_parametric_report_carries_its_certificate(drawn):
    report = fit(drawn(noise=0.003), FitRequest(choices=QUICK))
    assert list(report.coefficients) == ["A", "B", "E", "alpha", "beta"]
    assert report.starts_agreeing == report.starts == 16
    assert report.gradient_norm < 1e-9
    assert report.objective > 0
    assert report.ensemble.shape == (60, 5)
    alpha, beta = report.value("alpha"), report.value("beta")
    assert report.exponent_n.value == pytest.approx(beta / (alpha + beta))
    assert report.warnings == ()


def test_points_left_out_are_not_counted(drawn):
    table = drawn(noise=0.003)
    report = fit(
        table, FitRequest(choices=Choices(drop_highest_loss=8, resampling=QUICK.resampling))
    )
    assert (report.n_points, report.n_runs) == (56, table.n_runs)


def test_the_optimum_is_at_the_budget_that_was_asked_for(drawn, truth):
    report = fit(drawn(), FitRequest(choices=QUICK, target_flops=3e20))
    assert report.target_flops == 3e20
    assert report.optimum["params"].value == pytest.approx(truth().best(3e20), rel=1e-4)
    product = report.optimum["params"].value * report.optimum["tokens"].value
    assert 6 * product == pytest.approx(3e20)


@pytest.mark.parametrize("target", [0.0, -1e20, float("nan"), float("inf")])
def test_a_budget_that_is_none_is_refused(drawn, target):
    with pytest.raises(InputError, match="target_flops"):
        fit(drawn(), FitRequest(choices=QUICK, target_flops=target))


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (100.0, "2.0 decades beyond the largest"),
        (1e6, "6.0 decades beyond the largest"),
        (1e-9, "decades below the smallest"),
        (1.0, None),
        (0.5, None),
        (1.05, None),
    ],
)
@pytest.mark.parametrize("method", ["parametric", "frontier", "frontier-2020"])
def test_a_budget_beyond_the_runs_says_by_how_many_decades(all_runs, method, factor, words):
    target = factor * float(all_runs.compute_flops.max())
    choices = Choices(starts=4, resampling=Resampling(0))
    report = fit(all_runs, FitRequest(method=method, choices=choices, target_flops=target))
    said = [text for text in report.warnings if "decades" in text]
    assert len(said) == (words is not None)
    if words:
        assert words.replace(".0", "") in said[0].replace(".0", "")


def test_the_same_table_and_request_give_the_same_report(all_runs):
    for method in ("parametric", "frontier"):
        one, two = (fit(all_runs, FitRequest(method=method, choices=QUICK)) for _ in range(2))
        assert as_json(one) == as_json(two)
        np.testing.assert_array_equal(one.ensemble, two.ensemble)


@pytest.mark.parametrize("method", ["parametric", "frontier"])
def test_every_bootstrap_can_be_stopped(all_runs, method):
    with pytest.raises(CancelledError):
        fit(all_runs, FitRequest(method=method), lambda fraction: fraction < 0.2)


def test_starts_that_disagree_are_told(truth, table_of):
    """One D/N ratio: a valley without end, on which every start stops elsewhere."""
    params = np.geomspace(1e7, 1e10, 20)
    error = np.exp(0.002 * np.random.default_rng(0).standard_normal(20))
    report = fit(
        table_of(params, 20 * params, truth().loss(params, 20 * params) * error),
        FitRequest(choices=QUICK),
    )
    assert report.starts_agreeing < report.starts
    said = f"Only {report.starts_agreeing} of 16 starts agree"
    assert any(text.startswith(said) for text in report.warnings)


def test_published_over_training_runs_are_fitted_and_told_where_they_say_little(overtrained_runs):
    assert len(overtrained_runs) >= 3
    for table in overtrained_runs.values():
        report = fit(table, FitRequest(choices=QUICK))
        assert report.n_points == table.n_points
        if not any("Not identified" in text for text in report.warnings):
            assert 0.3 < report.exponent_n.value < 0.8
            assert report.starts_agreeing == report.starts
