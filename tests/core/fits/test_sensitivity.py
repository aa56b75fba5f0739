"""The same runs under every choice."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import CancelledError
from core.fits.parametric import Choices
from core.fits.sensitivity import OUTLIERS, sensitivity

ROWS = [
    "as fitted",
    "Huber on the log",
    "least absolute deviation",
    "least squares on the log",
    "alpha = beta",
    f"without the {OUTLIERS} highest losses more",
]


def test_there_is_one_row_a_choice(drawn):
    rows = sensitivity(drawn(noise=0.003), Choices(), 1e21)
    assert [row.choice for row in rows] == ROWS
    assert all(6 * row.params * row.tokens == pytest.approx(1e21) for row in rows)
    rows = sensitivity(drawn(noise=0.003), Choices(drop_highest_loss=3), 1e21)
    assert [row.choice for row in rows] == [*ROWS, "with all points"]


def test_without_noise_every_choice_gives_the_truth(drawn, truth):
    law = truth(beta=0.35)
    for row in sensitivity(drawn(law), Choices(), 1e21):
        assert row.params == pytest.approx(law.best(1e21), rel=1e-4)
        assert row.exponent == pytest.approx(0.5, rel=1e-5)
        assert row.not_identified == ""


def test_the_first_row_is_the_fit_itself(drawn):
    table = drawn(noise=0.003)
    rows = {row.choice: row for row in sensitivity(table, Choices(objective="lad"), 1e21)}
    assert rows["as fitted"].params == rows["least absolute deviation"].params
    assert rows["as fitted"].params != rows["Huber on the log"].params


def test_outliers_move_least_squares_most(drawn, truth):
    table = drawn(noise=0.002)
    table.loss[np.argsort(table.loss)[-OUTLIERS:]] *= 1.3
    rows = {row.choice: row for row in sensitivity(table, Choices(), 1e21)}
    best = truth().best(1e21)
    error = {choice: abs(np.log(row.params / best)) for choice, row in rows.items()}
    assert error["least squares on the log"] > 2 * error["Huber on the log"]
    assert error[f"without the {OUTLIERS} highest losses more"] < 0.2


def test_a_choice_that_cannot_be_followed_says_why_and_the_others_stay(truth, table_of):
    params, tokens = np.geomspace(1e7, 1e10, 9), 1e9 * np.array([1, 9, 3, 30, 2, 50, 5, 10, 90])
    rows = sensitivity(table_of(params, tokens, truth().loss(params, tokens)), Choices(), 1e21)
    assert "more than 5 points" in rows[-1].not_identified and np.isnan(rows[-1].params)
    assert all(row.not_identified == "" for row in rows[:4])


def test_rows_of_runs_that_tell_nothing_carry_the_reason(drawn):
    for row in sensitivity(drawn(sizes=[1e8], noise=0.002), Choices(), 1e21)[:4]:
        assert "one size" in row.not_identified


def test_each_count_of_n_is_a_row_given_back_in_the_tables_own_count(drawn, truth):
    table = replace(drawn(noise=0.0), params_counted="non-embedding")
    rows = {row.choice: row for row in sensitivity(table, Choices(), 1e21)}
    counted = {name: row for name, row in rows.items() if name.startswith("N counted")}
    assert set(counted) == {
        "N counted non-embedding and head",
        "N counted with embeddings, untied",
    }
    best = rows["as fitted"].params
    assert all(0.3 * best < row.params < 3 * best for row in counted.values())
    assert any(abs(row.params / best - 1) > 1e-3 for row in counted.values())


def test_the_fan_can_be_cancelled(drawn):
    seen = []

    def stop(fraction):
        seen.append(fraction)
        return len(seen) < 3

    with pytest.raises(CancelledError):
        sensitivity(drawn(noise=0.003), Choices(), 1e21, stop)
    assert len(seen) == 3
