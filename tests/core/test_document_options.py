"""Plan files on the command line."""

import json
from pathlib import Path

import pytest

from core.cli import NoDisplayError, main
from core.documents.store import open_plan
from core.planner import By, PlanRequest


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*argv, open_window=None):
        status = main(argv, open_window)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_a_plan_is_saved_and_answered_again(run):
    status, first, _ = run("plan", "--usd", "100", "--gpu", "P100", "--save", "my.isoloss")
    assert status == 0
    again = run("plan", "--from", "my.isoloss")
    assert again == (0, first, "")
    assert open_plan(Path("my.isoloss")).document.request == PlanRequest(By.USD, 100.0, "P100")


def test_json_of_a_file_is_that_of_the_plan_and_what_has_changed(run, tmp_path):
    _, plain, _ = run("plan", "--hours", "24", "--json", "--save", "my.isoloss")
    path = tmp_path / "my.isoloss"
    values = json.loads(path.read_text())
    values["answers"]["loss"] += 0.5
    values["saved_with"] = "0.0.1"
    path.write_text(json.dumps(values))
    status, printed, _ = run("plan", "--from", "my.isoloss", "--json")
    found = json.loads(printed)
    saved = found.pop("saved")
    assert status == 0
    assert found == json.loads(plain)
    assert saved["with"] == "0.0.1"
    (change,) = saved["changed"]
    assert change["name"] == "loss"
    assert change["old"] == pytest.approx(change["new"] + 0.5)
    _, text, _ = run("plan", "--from", "my.isoloss")
    assert "changed since it was saved with Isoloss 0.0.1: Expected loss 3.520 -> 3.020" in text


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("--from", "my.isoloss", "--hours", "3"), "--hours"),
        (("--from", "my.isoloss", "--price", "3"), "--price"),
        (("--from", "my.isoloss", "--spot"), "--spot"),
        (("--from", "none.isoloss"), "No such file"),
        (("--hours", "3", "--save", "my.json"), "ends with .isoloss"),
        (("--hours", "3", "--save", "none/my.isoloss"), "No such file"),
        (("--hours", "3", "--save", "."), "ends with .isoloss"),
    ],
)
def test_what_cannot_be_done_is_one_line(run, argv, words):
    run("plan", "--hours", "12", "--save", "my.isoloss")
    status, out, err = run("plan", *argv)
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_budget_that_no_plan_has_names_file_and_field(run, tmp_path):
    run("plan", "--hours", "12", "--save", "my.isoloss")
    path = tmp_path / "my.isoloss"
    path.write_text(path.read_text().replace('"value": 12.0', '"value": 1e300'))
    status, _, err = run("plan", "--from", "my.isoloss")
    assert status == 2
    assert err.startswith("request.value in my.isoloss must be between")


def test_a_plan_file_alone_opens_the_window_with_it(run, tmp_path):
    opened = []
    assert run("my plan.isoloss", open_window=lambda *paths: opened.append(paths) or 0)[0] == 0
    assert [path.name for (path,) in opened] == ["my plan.isoloss"]


def test_without_a_display_the_plan_of_the_file_is_printed(run):
    def no_display(path):
        raise NoDisplayError("no display")

    run("plan", "--hours", "24", "--save", "my.isoloss")
    status, out, _ = run("my.isoloss", open_window=no_display)
    assert status == 0
    assert "Time                  24 h" in out
    status, _, err = run("none.isoloss", open_window=no_display)
    assert status == 2
    assert "none.isoloss" in err
