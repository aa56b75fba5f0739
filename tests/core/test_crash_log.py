"""An error that nobody expected: written down for us, one sentence for the person."""

import os
import re
import threading
from pathlib import Path

import pytest

from core import cli, crash_log
from core.cli import main


@pytest.fixture(autouse=True)
def _own_ring(monkeypatch):
    monkeypatch.setattr(crash_log, "_actions", type(crash_log._actions)(maxlen=40))


def failure(error=None):
    try:
        raise error or RuntimeError("the unexpected")
    except BaseException as caught:
        return caught


def no_window():
    raise AssertionError


@pytest.fixture
def broken(monkeypatch):
    def fail(argv):
        raise ZeroDivisionError(f"in {Path.home()}/secret")

    monkeypatch.setattr(cli, "_answer", fail)


def test_a_command_that_fails_ends_with_70_and_one_sentence_that_names_the_log(broken, capsys):
    assert main(["plan", "--hours", "12", "--law=/private/mine"], no_window) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert "ZeroDivisionError" in err
    assert str(crash_log.log_path()) in err
    text = crash_log.log_path().read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "isoloss plan --hours --law" in text


def test_a_report_names_versions_but_no_values_and_no_home(broken, capsys, home):
    main(["plan", "--hours", "4711", "--law=/private/mine"], no_window)
    text = crash_log.log_path().read_text(encoding="utf-8")
    assert re.search(r"Isoloss \S+, Python 3\.\d+", text)
    for secret in ("4711", "/private", str(home)):
        assert secret not in text
    assert "~/secret" in text


def test_without_a_log_the_sentence_says_so(broken, capsys, monkeypatch):
    monkeypatch.setenv("ISOLOSS_DATA", f"{os.devnull}/x")
    assert main(["plan"], no_window) == 70
    err = capsys.readouterr().err
    assert "cannot be written" in err
    assert "test_crash_log.py:" in err


def test_ctrl_c_ends_without_a_word(monkeypatch, capsys):
    def interrupt(argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_answer", interrupt)
    assert main(["fit"], no_window) == 130
    assert capsys.readouterr() == ("", "")


def test_the_log_stays_small_and_keeps_the_latest(home):
    for number in range(30):
        assert crash_log.write(f"{number} " + "x" * 100_000)
    files = sorted(crash_log.log_path().parent.iterdir())
    assert [file.name for file in files] == ["isoloss.log", "isoloss.log.1", "isoloss.log.2"]
    assert all(file.stat().st_size <= crash_log.MOST_BYTES for file in files)
    assert "ERROR 29 " in crash_log.log_path().read_text(encoding="utf-8")


def test_only_the_last_actions_are_kept_each_in_one_short_line():
    for number in range(100):
        crash_log.note(f"edit\n{number} " + "y" * 1000)
    lines = crash_log.report(failure()).split("Last actions\n")[1].split("\n\n")[0].splitlines()
    assert len(lines) == 40
    assert "edit 99" in lines[-1]
    assert max(map(len, lines)) < 140


class HostileError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    "error",
    [HostileError(), RuntimeError("z" * 1_000_000), ValueError("\udcff\0\n\n"), SystemError()],
)
def test_hostile_errors_are_written_down_and_bounded(error):
    caught = failure(error)
    report = crash_log.report(caught)
    assert type(error).__name__ in report
    assert len(report) < 50_000
    assert "\n" not in crash_log.headline(caught)
    assert crash_log.write(report)
    assert type(error).__name__ in crash_log.log_path().read_text(encoding="utf-8")


def test_threads_write_whole_lines():
    threads = [
        threading.Thread(target=crash_log.write, args=(f"{n} " + str(n) * 5000,)) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = crash_log.log_path().read_text(encoding="utf-8").splitlines()
    assert sorted(line.split(" ", 3)[3] for line in lines) == [
        f"{n} " + str(n) * 5000 for n in range(8)
    ]
