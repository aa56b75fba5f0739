"""The script of a job, alone: it ends what it started, and says how."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest


@pytest.fixture
def start(tmp_path, job_script):
    """Start the script over a program; the process that starts it can be another."""
    started = []

    def make(program, limits=("60", "60", "60"), through=()):
        path = tmp_path / "program.py"
        path.write_text(textwrap.dedent(program))
        command = [sys.executable, job_script, tmp_path, *limits, sys.executable, path]
        process = subprocess.Popen([*through, *map(str, command)])
        started.append(process)
        return process

    yield make
    for process in started:
        process.kill()
        process.wait()


def said(tmp_path, name="ended.json", seconds=30):
    for _ in range(10 * seconds):
        if (tmp_path / name).exists() and (tmp_path / name).read_text():
            return (tmp_path / name).read_text()
        time.sleep(0.1)
    raise AssertionError(f"{name} did not come")


def test_the_output_and_the_end_are_left_in_the_folder(start, tmp_path):
    process = start("import sys; print('a line'); print('a word', file=sys.stderr); sys.exit(7)")
    assert process.wait(30) == 1
    assert (tmp_path / "lines.jsonl").read_text() == "a line\n"
    assert (tmp_path / "errors.txt").read_text() == "a word\n"
    assert json.loads(said(tmp_path))["status"] == 7


def test_what_the_program_left_running_ends_with_it(start, tmp_path):
    program = """
        import subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        print(child.pid)
    """
    start(program).wait(30)
    pid = int(said(tmp_path, "lines.jsonl"))
    assert is_gone(pid)


def test_a_signal_closes_the_programs_standard_input(start, tmp_path):
    program = "import sys; print('up', flush=True); sys.stdin.read(); print('stopped by hand')"
    process = start(program)
    said(tmp_path, "lines.jsonl")
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 1
    assert json.loads(said(tmp_path))["reason"] == "cancelled"
    assert "stopped by hand" in (tmp_path / "lines.jsonl").read_text()


def test_a_program_that_does_not_listen_is_killed(start, tmp_path):
    program = """
        import os, signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print(os.getpid(), flush=True)
        time.sleep(600)
    """
    process = start(program)
    pid = int(said(tmp_path, "lines.jsonl"))
    process.send_signal(signal.SIGINT)
    process.wait(60)
    assert json.loads(said(tmp_path))["status"] == -signal.SIGKILL
    assert is_gone(pid)


def test_when_who_started_it_is_killed_the_program_ends(start, tmp_path):
    through = (sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])")
    program = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"
    parent = start(program, through=through)
    pid = int(said(tmp_path, "lines.jsonl"))
    parent.kill()
    parent.wait()
    assert json.loads(said(tmp_path))["reason"] == "cancelled"
    assert is_gone(pid)


def test_a_program_that_cannot_be_started_is_said(tmp_path, job_script):
    command = [sys.executable, job_script, tmp_path, "9", "9", "9", tmp_path / "no python"]
    assert subprocess.run(command, check=False).returncode == 1
    end = json.loads(said(tmp_path))
    assert (end["reason"], end["detail"]) == ("not_started", "No such file or directory")


def is_gone(pid):
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False
