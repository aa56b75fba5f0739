"""Runs that cannot tell a coefficient get a reason and no number."""

import json

import numpy as np
import pytest

from core.errors import CancelledError, InputError
from core.fits.parametric import Choices, fit_parametric
from core.fits.report import FitRequest, fit
from core.fits.resampling import Resampling

FEW = Resampling(40, by="point")


def report_of(table, **choices):
    return fit(table, FitRequest(choices=Choices(resampling=FEW, **choices)))


def assert_unknown(report, names, words):
    for name, coefficient in report.coefficients.items():
        if name in names:
            assert coefficient.estimate is None and coefficient.se is None
            assert words in coefficient.reason
            assert np.isnan(report.value(name))
        else:
            assert coefficient.estimate is not None and coefficient.reason == ""
    said = [text for text in report.warnings if text.startswith("Not identified")]
    assert len(said) == 1 and words in said[0] and ", ".join(names) in said[0]


def assert_no_size(report):
    assert report.exponent_n is None
    assert report.optimum == {}


@pytest.mark.parametrize("noise", [0.0, 0.002])
@pytest.mark.parametrize(
    ("sizes", "tokens", "names", "words"),
    [
        ([1e8], None, ("A", "E", "alpha"), "one size"),
        (None, [1e10], ("B", "E", "beta"), "one number of tokens"),
        ([1e8, 1e9], None, ("A", "E", "alpha"), "only two sizes"),
        (None, [1e9, 1e10], ("B", "E", "beta"), "only two numbers of tokens"),
    ],
    ids=["one size", "one token count", "two sizes", "two token counts"],
)
def test_too_few_sizes_or_token_counts_say_nothing_about_their_term(
    drawn, sizes, tokens, names, words, noise
):
    report = report_of(drawn(sizes=sizes, tokens=tokens, noise=noise))
    assert_unknown(report, names, words)
    assert_no_size(report)


@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_runs_of_one_ratio_of_tokens_to_size_cannot_tell_the_terms_apart(truth, table_of, noise):
    params = np.geomspace(1e7, 1e10, 24)
    error = np.exp(noise * np.random.default_rng(0).standard_normal(24))
    table = table_of(params, 20 * params, truth().loss(params, 20 * params) * error)
    report = report_of(table)
    assert_unknown(report, ("A", "B", "alpha", "beta"), "one D/N ratio")
    assert_no_size(report)
    tied = report_of(table, tied=True)
    assert_unknown(tied, ("A", "B"), "one D/N ratio")
    assert_no_size(tied)


def test_one_size_is_told_even_where_its_count_was_rounded(drawn):
    report = report_of(drawn(sizes=[1e8, 1.0004e8, 0.9998e8]))
    assert_unknown(report, ("A", "E", "alpha"), "one size")


def test_no_irreducible_loss_is_told_but_the_size_is_known(drawn, truth):
    law = truth(E=0.0)
    report = report_of(drawn(law))
    assert_unknown(report, ("E",), "runs to 0")
    assert report.optimum["params"].value == pytest.approx(law.best(report.target_flops), rel=1e-4)


def test_an_irreducible_loss_that_noise_hides_reaches_down_to_zero(drawn, truth):
    coefficient = report_of(drawn(truth(E=0.0), noise=0.002)).coefficients["E"]
    assert coefficient.estimate is None or coefficient.estimate.low < 1e-6


@pytest.mark.parametrize(
    ("law", "names"),
    [
        ({"A": 0.0}, ("A", "alpha")),
        ({"B": 0.0}, ("B", "beta")),
        ({"A": 0.01, "alpha": -0.2}, ("A", "alpha")),
    ],
    ids=["size does nothing", "data do nothing", "larger is worse"],
)
@pytest.mark.parametrize("noise", [0.0, 0.002])
def test_a_term_that_does_not_fall_is_told(drawn, truth, law, names, noise):
    report = report_of(drawn(truth(**law), noise=noise))
    assert_unknown(report, names, "does not fall with scale")
    assert_no_size(report)


def test_an_exponent_beyond_every_edge_is_told(drawn, truth):
    law = truth(A=1e7**12, alpha=12.0)
    report = report_of(drawn(law, sizes=np.geomspace(1e7, 2e7, 8)))
    assert_unknown(report, ("A", "alpha"), "alpha runs to 12")
    assert_no_size(report)


def test_a_pinned_loss_is_a_number_even_where_the_size_term_is_unknown(drawn):
    report = report_of(drawn(sizes=[1e8], noise=0.002), pinned_e=1.8)
    assert_unknown(report, ("A", "alpha"), "one size")
    assert report.value("E") == pytest.approx(1.8)


def test_pinned_or_tied_laws_can_be_told_from_two_sizes(drawn, truth):
    law = truth(beta=0.35)
    table = drawn(law, sizes=[1e8, 1e9])
    for choices in ({"pinned_e": 1.8}, {"tied": True}):
        report = report_of(table, **choices)
        assert report.value("A") == pytest.approx(law.A, rel=1e-4)
        assert report.value("alpha") == pytest.approx(law.alpha, rel=1e-5)


def test_resamples_of_a_single_run_give_no_interval_rather_than_none_wide(drawn, table_of):
    table = drawn(noise=0.002)
    one = table_of(table.params, table.tokens, table.loss, np.zeros(table.n_points, dtype=int))
    report = fit(one, FitRequest(choices=Choices(resampling=Resampling(50, by="run"))))
    assert report.ensemble.shape == (0, 5)
    assert report.optimum["params"].low is None and report.coefficients["A"].se is None
    assert any(text.startswith("No interval") for text in report.warnings)
    assert report_of(one).optimum["params"].low is not None


@pytest.mark.parametrize(
    ("choices", "points"), [({}, 5), ({"tied": True}, 4), ({"tied": True, "pinned_e": 1.5}, 3)]
)
def test_no_more_points_than_coefficients_are_refused(drawn, choices, points):
    table = drawn(noise=0.002)
    few = table.subset(np.isin(np.arange(table.n_points), np.arange(points) * 9))
    with pytest.raises(InputError, match=rf"more than {points} points") as caught:
        report_of(few, **choices)
    assert caught.value.field == "runs"


def test_points_left_out_count_as_missing(drawn):
    table = drawn()
    for dropped in (59, 64, 1000):
        with pytest.raises(InputError, match="more than 5 points"):
            report_of(table, drop_highest_loss=dropped)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pinned_e", 0.0), ("pinned_e", -1.0), ("pinned_e", 9.0), ("pinned_e", float("nan")),
        ("delta", 0.0), ("delta", -1.0), ("delta", float("nan")),
        ("drop_highest_loss", -1), ("starts", 0),
    ],
)  # fmt: skip
def test_choices_that_no_fit_could_follow_are_refused_by_name(drawn, field, value):
    with pytest.raises(InputError) as caught:
        report_of(drawn(), **{field: value})
    assert caught.value.field == field


@pytest.mark.parametrize("stop_at", [1, 2, 3])
def test_a_fit_stops_when_told_to(drawn, stop_at):
    table, calls = drawn(noise=0.002), []

    def progress(fraction):
        calls.append(fraction)
        return len(calls) < stop_at

    choices = Choices(resampling=Resampling(3000))
    with pytest.raises(CancelledError):
        fit_parametric(table.params, table.tokens, table.loss, table.run_index, choices, progress)
    assert len(calls) == stop_at


def test_progress_rises_to_one(drawn):
    table, calls = drawn(noise=0.002), []
    fit_parametric(
        table.params, table.tokens, table.loss, table.run_index,
        Choices(resampling=Resampling(3000)), lambda fraction: calls.append(fraction) or True,
    )  # fmt: skip
    assert calls == sorted(calls) and len(calls) > 3
    assert calls[0] == 0.0 and calls[-1] == 1.0


def test_reasons_can_be_written_as_json(drawn):
    report = report_of(drawn(sizes=[1e8]))
    reasons = {name: coefficient.reason for name, coefficient in report.coefficients.items()}
    assert json.loads(json.dumps(reasons)) == reasons
