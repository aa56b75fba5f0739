"""`isoloss --self-test`: one line a part, and a status that a script can ask."""

import subprocess
import sys
from pathlib import Path

import pytest

from core import self_test
from gui import __main__ as program

ISOLOSS = Path(sys.executable).with_name("isoloss")


def test_every_part_is_tried_and_named_with_its_version():
    done = subprocess.run([ISOLOSS, "--self-test"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    parts = [line.split("  ")[0].removeprefix("ok").strip() for line in lines[2:-1]]
    assert all(line.startswith("ok ") for line in lines[2:-1])
    assert len(parts) == 7
    assert lines[-1] == "all 7 passed"
    for name in ("isoloss ", "Python ", "numpy ", "scipy ", "pandas ", "pyqtgraph "):
        assert name in done.stdout
    assert "painted" in lines[-2]


def test_a_part_that_fails_is_named_and_the_others_are_tried_all_the_same(monkeypatch):
    def broken():
        raise FileNotFoundError("missing resource: laws\nlooked for nowhere")

    monkeypatch.setattr(self_test, "_CHECKS", (("resources", broken), ("probe", lambda: "fine")))
    lines = []
    assert not self_test.run(lines.append)
    assert lines[2:] == [
        "FAILED resources  FileNotFoundError: missing resource: laws looked for nowhere",
        "ok     probe      fine",
        "1 of 2 failed",
    ]


def test_an_empty_table_fails(monkeypatch):
    monkeypatch.setattr("core.hardware.grids.grids", tuple)
    with pytest.raises(self_test.CheckError, match="'grids': 0"):
        dict(self_test._CHECKS)["resources"]()


def test_a_probe_that_is_cut_off_fails(monkeypatch, tmp_path):
    probe = tmp_path / "probe.py"
    probe.write_text("def measure(:")
    monkeypatch.setattr("core.calibration.run.PROBE", probe)
    with pytest.raises(SyntaxError):
        dict(self_test._CHECKS)["probe"]()


def test_the_status_says_whether_all_work(monkeypatch, capsys):
    monkeypatch.setattr(self_test, "run", lambda write, more: False)
    assert program.main(["--self-test"]) == 1
    monkeypatch.setattr(self_test, "run", lambda write, more: write("fine") is None)
    assert program.main(["--self-test"]) == 0
    assert capsys.readouterr().out == "fine\n"


def test_a_windowed_program_without_a_stdout_answers_by_its_status(monkeypatch):
    monkeypatch.setattr(self_test, "run", lambda write, more: write("fine") is None)
    monkeypatch.setattr(sys, "stdout", None)
    assert program.main(["--self-test"]) == 0


def test_it_is_listed_with_the_commands(capsys):
    with pytest.raises(SystemExit):
        program.main(["--help"])
    assert "--self-test" in capsys.readouterr().out


def test_it_takes_no_command_beside_it(capsys):
    assert program.main(["--self-test", "plan"]) == 2
    assert 'got "--self-test"' in capsys.readouterr().err
