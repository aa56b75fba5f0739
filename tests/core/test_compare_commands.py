"""`isoloss compare`: options in, a verdict, a table, JSON or CSV out."""

import csv
import io
import json

import pytest

from core.cli import main


@pytest.fixture
def run(capsys):
    def run(*argv):
        status = main(["compare", *argv], lambda: 1)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def document(run, *argv):
    status, out, err = run(*argv, "--json")
    assert (status, err) == (0, "")
    return json.loads(out)


def test_a_thousand_dollars_give_the_best_choice_its_runner_up_and_why(run):
    status, out, _ = run("--usd", "1000")
    lines = out.splitlines()
    assert status == 0
    assert lines[0].startswith("Best choice  ")
    assert lines[1].startswith("Runner-up    ")
    assert any("trains" in line and "per USD" in line for line in lines[2:6])
    assert max(len(line) for line in lines if "H100" in line) < 250


def test_json_has_every_row_with_its_rank_or_its_reason(run):
    found = document(run, "--usd", "1000")
    rows = found["rows"]
    ranks = [row["rank"] for row in rows if row["rank"] is not None]
    assert ranks == list(range(1, len(ranks) + 1))
    assert found["best"] in rows and found["runner_up"] in rows
    assert found["runner_up"]["gpu"] != found["best"]["gpu"]
    assert found["request"]["law"] == "besiroglu-2024"
    assert all((row["reason"] is None) == (row["loss"] is not None) for row in rows)
    loss = rows[0]["loss"]
    assert loss["low"] < loss["value"] < loss["high"]
    assert loss["level"] == 0.8


def test_the_csv_is_the_json_with_a_line_a_row(run, tmp_path):
    path = tmp_path / "gpus.csv"
    found = document(run, "--usd", "500", "--csv", str(path))
    with path.open(encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(found["rows"])
    for line, row in zip(rows, found["rows"], strict=True):
        assert line["gpu"] == row["gpu"]
        assert line["provider"] == (row["provider"] or "")
        if row["loss"] is not None:
            assert float(line["loss"]) == row["loss"]["value"]
            assert float(line["loss_high"]) == row["loss"]["high"]
            assert float(line["energy_kwh"] or 0) == (row["energy_kwh"] or {"value": 0})["value"]
        else:
            assert line["reason"] == row["reason"]


def test_the_csv_can_be_printed(run):
    status, out, _ = run("--hours", "24", "--csv", "-")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert rows[0]["rank"] == "1"


def test_a_target_by_a_deadline_is_ranked_by_money_and_each_gpu_taken_as_often_as_helps(run):
    found = document(run, "--loss", "2.6", "--deadline-hours", "3d")
    assert found["ranked_by"] == "usd"
    ranked = [row for row in found["rows"] if row["rank"] is not None]
    assert len({row["n_gpus"] for row in ranked}) > 3
    assert all(row["hours"]["value"] <= 72.001 for row in ranked)


def test_limits_family_and_number_reach_every_row(run):
    fields = ("--unique-tokens", "2B", "--family", "gpt2", "--n-gpus", "4", "--spot")
    found = document(run, "--usd", "2k$", *fields)
    assert found["request"]["unique_tokens"] == 2e9
    ranked = [row for row in found["rows"] if row["rank"] is not None]
    assert {row["n_gpus"] for row in ranked} == {4}
    assert {row["price_kind"] for row in ranked} == {"spot"}


def test_what_none_can_do_is_said_without_a_table(run):
    status, out, _ = run("--loss", "1.0")
    assert status == 0
    assert out.startswith("No GPU of the catalogue can do this:")


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        ([], "--usd"),
        (["--usd", "10", "--hours", "3"], "--hours and --usd"),
        (["--usd", "much"], "--usd"),
        (["--usd", "10", "--law", "none"], "--law"),
        (["--usd", "10", "--family", "rnn"], "--family"),
        (["--usd", "10", "--n-gpus", "1.5"], "--n-gpus"),
        (["--usd", "10", "--precision", "O1"], "--precision"),
        (["--usd", "10", "--provider", "lambda"], "--provider"),
        (["--usd", "10", "--csv", "-", "--json"], "--csv"),
        (["--usd", "10", "--csv", ""], "--csv"),
    ],
)
def test_bad_words_are_refused_in_one_line_that_names_the_option(run, argv, named):
    status, out, err = run(*argv)
    assert status == 2
    assert out == ""
    assert named in err
    assert err.count("\n") == 1
