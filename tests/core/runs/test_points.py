"""The table that fits and plots build on."""

import numpy as np
import pytest

from core.runs.points import RowProblem, RunsTable, shown


def table(**changes):
    columns = {
        "run_names": ("big", "small"),
        "run_index": np.array([0, 0, 1, 1, 1]),
        "params": np.array([2e6, 2e6, 1e6, 1e6, 1e6]),
        "tokens": np.array([1e8, 2e8, 1e8, 2e8, 3e8]),
        "compute_flops": np.array([1.2e15, 2.4e15, 6e14, 1.2e15, 1.8e15]),
        "loss": np.array([4.0, 3.5, 4.5, 4.2, 4.1]),
    }
    return RunsTable(**{**columns, **changes})


def test_a_subset_drops_the_runs_that_lose_all_their_points():
    kept = table().subset(np.array([False, False, True, False, True]))
    assert kept.run_names == ("small",)
    assert kept.run_index.tolist() == [0, 0]
    assert kept.loss.tolist() == [4.5, 4.1]
    assert (kept.n_points, kept.n_runs) == (2, 1)


def test_a_subset_keeps_unique_tokens_beside_their_points():
    whole = table(unique_tokens=np.arange(1.0, 6.0))
    assert whole.subset(np.array([0, 1, 0, 0, 1], bool)).unique_tokens.tolist() == [2, 5]


def test_runs_for_plots_are_smallest_first_with_rising_compute():
    shuffled = table(compute_flops=np.array([1.2e15, 2.4e15, 1.8e15, 1.2e15, 6e14]))
    small, big = shuffled.as_runs()
    assert (small.name, big.name) == ("small", "big")
    assert small.compute_neflo.tolist() == [6e14, 1.2e15, 1.8e15]
    assert small.loss.tolist() == [4.1, 4.2, 4.5]
    assert small.non_embedding_params == 1e6


def test_the_hash_is_the_same_for_the_same_columns_wherever_they_come_from():
    assert table().data_hash == table(source="elsewhere.csv").data_hash
    assert len(table().data_hash) == 64


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": np.array([4.0, 3.5, 4.5, 4.2, np.nextafter(4.1, 5)])},
        {"run_index": np.array([0, 1, 1, 1, 1])},
        {"run_names": ("big", "tiny")},
        {"params_counted": "with-head"},
        {"unique_tokens": np.ones(5)},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_the_hash_changes_with_the_last_bit_of_anything_that_a_fit_uses(changes):
    assert table(**changes).data_hash != table().data_hash


def test_the_hash_changes_with_the_order_of_points():
    order = np.array([1, 0, 2, 3, 4])
    whole = table()
    moved = table(
        tokens=whole.tokens[order], loss=whole.loss[order], compute_flops=whole.compute_flops[order]
    )
    assert moved.data_hash != whole.data_hash


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (
            RowProblem("file.csv", 12, "loss", "abc", "is not a number", False),
            'file.csv, line 12, column loss: "abc" is not a number (left out)',
        ),
        (
            RowProblem("file.csv", 3, "C", "1e20", "differs", True),
            'file.csv, line 3, column C: "1e20" differs (kept)',
        ),
        (RowProblem("file.csv", None, "", "", "is Latin-1", True), "file.csv: is Latin-1"),
    ],
)
def test_a_problem_reads_as_a_sentence(problem, text):
    assert str(problem) == text


def test_text_of_a_file_is_shown_short_and_on_one_line():
    assert shown("a\nb\0c\x1b[31m") == r"a\nb\x00c\x1b[31m"
    assert len(shown("x" * 10**6)) == 61
