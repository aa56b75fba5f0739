"""``isoloss calibrate`` from its options to the saved profile."""

import functools
import json
import os
import shlex
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path

import pytest

from core import calibrate_commands
from core.calibrate_commands import FIELDS, add_calibrate_options
from core.calibration import pythons, run
from core.calibration.faults import fault
from core.calibration.hardware import plan_ends
from core.calibration.profile import make_profile
from core.calibration.profile_file import load_profile
from core.calibration.profiles import keep_profile
from core.calibration.pythons import Origin, TorchDevice, TorchPython
from core.calibration.result import document_of, write_calibration
from core.calibration.run import Outcome
from core.command_line import Parser, UsageError, joined
from core.errors import InputError
from core.messages import Message
from core.planner import By, PlanRequest, plan

DEVICE = {
    **{"type": "device", "schema": 1, "date": "2026-11-22T12:00:00Z", "device": "cpu"},
    **{"kind": "cpu", "name": "A processor", "torch": "2.13.0", "memory_bytes": 24 * 2**30},
}
DONE = {"type": "done", "status": "complete", "reason": "", "measured": 1, "skipped": 0}
ENDS = {**DONE, "elapsed_s": 3.5}


def calibrate(*words):
    parser = Parser(allow_abbrev=False)
    parser.add_argument("--json", action="store_true")
    add_calibrate_options(parser)
    return calibrate_commands.calibrate(parser.parse_args(joined(list(words), parser.options())))


@pytest.fixture
def result(machine, tmp_path):
    """A probe's result, as a file."""
    device = machine()
    path = tmp_path / "result.json"
    write_calibration(device.calibration(device.steps(20, noise=0.02)), path)
    return path


@pytest.fixture
def probe(machine, tmp_path, monkeypatch):
    """Makes a stand-in for the probe: it says the steps of a known device, and ``ending``."""
    device = machine()
    document = document_of(device.calibration(device.steps(12, noise=0.02)))
    steps = [{"type": "measurement", **entry} for entry in document["measurements"]]

    def make(ending, count=12):
        script = tmp_path / "probe of ours.py"
        start = f"""
            import json, os, signal, sys, time
            DEVICE, STEPS, DONE = json.loads({json.dumps([DEVICE, steps[:count], ENDS])!r})
            def say(entry):
                sys.stdout.write(json.dumps(entry) + "\\n")
                sys.stdout.flush()
            say(DEVICE)
            for step in STEPS:
                say(step)
        """
        script.write_text(textwrap.dedent(start) + textwrap.dedent(ending))
        stand_in = functools.partial(run.calibrate, probe=script)
        monkeypatch.setattr(run, "calibrate", stand_in)

    return make


def measured(tmp_path, *words):
    return calibrate("--python", sys.executable, "--out", str(tmp_path / "p.json"), *words)


def test_a_measurement_becomes_a_profile_to_plan_with(probe, tmp_path):
    probe("say(DONE)")
    text = measured(tmp_path, "--minutes", "1", "--device", "cpu")
    path = tmp_path / "p.json"
    assert f"Saved to {path}" in text
    assert "This PC: A processor, fp32, 2026-11-22" in text
    assert "Unseen shapes" in text
    assert len(load_profile(path).steps) == 12
    assert not list(tmp_path.glob("*.measured"))
    answer = plan(PlanRequest(By.HOURS, 12, gpu=str(path), vocab=8192, seq_len=256))
    assert answer.known.stack.calibrated is not None


def test_ctrl_c_keeps_the_points_so_far(probe, tmp_path):
    probe(
        """
        os.kill(os.getppid(), signal.SIGINT)
        sys.stdin.read()  # closed to ask for the end
        say({**DONE, "status": "stopped", "reason": "stdin closed"})
        """
    )
    text = measured(tmp_path)
    assert "! Stopped; what was measured until then is kept." in text
    assert len(load_profile(tmp_path / "p.json").steps) == 12


def test_after_a_ctrl_c_the_next_one_ends_as_ever(probe, tmp_path):
    import signal

    before = signal.getsignal(signal.SIGINT)
    probe("say(DONE)")
    measured(tmp_path)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_python_that_vanishes_leaves_what_it_measured(probe, tmp_path):
    probe("os._exit(3)")
    text = measured(tmp_path)
    assert "exit status 3" in text
    assert len(load_profile(tmp_path / "p.json").steps) == 12


def test_a_saved_profile_is_named_by_a_command_that_can_be_typed(probe, tmp_path):
    probe("say(DONE)")
    path = tmp_path / 'it\'s a "profile" é.json'
    text = calibrate("--python", sys.executable, "--out", str(path))
    command = text.partition("To plan with it: ")[2]
    if os.name == "posix":
        assert shlex.split(command) == ["isoloss", "plan", "--hours", "24", "--gpu", str(path)]
    assert "--hours 24" in command


def test_the_report_has_the_interval_that_plans_take(probe, tmp_path):
    probe("say(DONE)")
    text = measured(tmp_path)
    low, high = plan_ends(load_profile(tmp_path / "p.json").fits[0].roofline)
    assert f"{100 * (low - 1):+.0f}% to {100 * (high - 1):+.0f}% of the speed (80%)" in text
    assert "Too far off" not in text


def test_a_fit_that_is_far_off_is_not_to_be_relied_on(machine, tmp_path):
    device = machine()
    path = tmp_path / "result.json"
    write_calibration(device.calibration(device.steps(20, noise=0.8)), path)
    text = calibrate("--from", str(path), "--out", str(tmp_path / "p.json"))
    assert "Too far off to rely on" in text


def test_another_calibration_that_runs_is_named_and_nothing_else(monkeypatch, tmp_path):
    busy = Outcome(None, fault("busy", device="cpu", since="noon", pid="7"))
    monkeypatch.setattr(run, "calibrate", lambda *_, **__: busy)
    with pytest.raises(UsageError, match=r"^Another calibration of cpu runs since noon"):
        measured(tmp_path)


def test_no_time_for_any_point_says_to_allow_more(probe, tmp_path):
    probe('say({"type": "skipped", "kind": "step", "reason": "time"}); say(DONE)', count=0)
    with pytest.raises(UsageError, match="in that time: allow more minutes"):
        measured(tmp_path)


def test_few_points_are_saved_and_said_to_be_no_fit(probe, tmp_path):
    probe("say(DONE)", count=4)
    text = measured(tmp_path)
    assert "Not identified: 4 points" in text
    assert "! No plan can use it" in text
    assert "isoloss plan" not in text
    assert len(load_profile(tmp_path / "p.json").steps) == 4


def test_nothing_measured_is_an_error_that_says_why(probe, tmp_path):
    probe('say({**DONE, "status": "failed", "reason": "no_device", "detail": "cuda:7"})', count=0)
    with pytest.raises(UsageError, match="finds no such device: cuda:7"):
        measured(tmp_path)
    assert not (tmp_path / "p.json").exists()


def test_lines_of_json_come_as_they_are_measured(probe, tmp_path, capsys):
    probe("say(DONE)")
    last = json.loads(measured(tmp_path, "--json-lines"))
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["type"] for line in lines] == ["device", *["measurement"] * 12, "done"]
    assert lines[1]["kind"] == "step"
    assert last["type"] == "profile"
    assert last["fits"][0]["roofline"]["shapes"] == 12
    assert last["message"] is None


def test_nobody_reading_the_lines_stops_the_measurement(probe, tmp_path, monkeypatch):
    class Closed:
        def write(self, text):
            raise BrokenPipeError

    probe("sys.stdin.read()\nsay({**DONE, 'status': 'stopped'})")
    monkeypatch.setattr(sys, "stdout", Closed())
    assert json.loads(measured(tmp_path, "--json-lines"))["message"] is not None


def test_a_result_of_another_machine_becomes_a_profile(result, tmp_path):
    out = tmp_path / "p.json"
    text = calibrate("--from", str(result), "--out", str(out))
    assert text.startswith("A processor, fp32, 2026-11-22")
    values = json.loads(calibrate("--from", str(result), "--out", str(out), "--json"))
    assert values["n_steps"] == 20
    assert values["file"] == str(out)


def test_a_profile_is_fitted_again_without_points(result, tmp_path):
    out = str(tmp_path / "p.json")
    calibrate("--from", str(result), "--out", out, "--name", "Mine")
    text = calibrate("--from", out, "--exclude", "3, 1", "--out", out)
    assert text.startswith("Mine\n")
    assert "Left out by hand: 1, 3" in text
    assert load_profile(Path(out)).excluded == (1, 3)
    renamed = calibrate("--from", out, "--name", "Other", "--out", out)
    assert renamed.startswith("Other\n")
    assert load_profile(Path(out)).excluded == (1, 3)
    calibrate("--from", out, "--exclude", "", "--out", out)
    assert load_profile(Path(out)).excluded == ()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "--out FILE must be given"),
        (("--out", "no/such/folder/p.json"), "--out must be a file that can be written"),
        (("--out", "."), "--out must be a file that can be written"),
        (("--out", "p.json", "--exclude", "3"), "--exclude must go with --from"),
        (("--out", "p.json", "--from", "x.json", "--device", "cpu"), "--device must be left out"),
        (("--out", "p.json", "--from", "x.json", "--json-lines"), "--json-lines must be left out"),
    ],
)
def test_options_that_do_not_go_together_are_one_line(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said) as caught:
        calibrate(*words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (("--python", "/no/such/python"), "--python"),
        (("--minutes", "soon"), "--minutes"),
        (("--minutes", "1e9"), "--minutes"),
        (("--stack", "gpt"), "--stack"),
        (("--precision", "fp3"), "--precision"),
        (("--device", "--rm"), "--device"),
        (("--from", "no.json"), "--from"),
        (("--from", __file__), "--from"),
    ],
)
def test_a_bad_value_names_its_option(words, option, tmp_path):
    if option not in ("--python", "--from"):
        words = ("--python", sys.executable, *words)
    with pytest.raises(InputError) as caught:
        calibrate("--out", str(tmp_path / "p.json"), *words)
    assert FIELDS[caught.value.field] == option


@pytest.mark.parametrize("exclude", ["x", "1;2", "99", "-1"])
def test_points_that_are_none_are_refused(result, tmp_path, exclude):
    with pytest.raises(InputError) as caught:
        calibrate("--from", str(result), "--exclude", exclude, "--out", str(tmp_path / "p.json"))
    assert FIELDS[caught.value.field] == "--exclude"


def test_a_result_without_steps_is_no_profile(machine, tmp_path):
    write_calibration(machine().calibration(), tmp_path / "empty.json")
    with pytest.raises(InputError, match="training steps"):
        calibrate("--from", str(tmp_path / "empty.json"), "--out", str(tmp_path / "p.json"))


PYTHONS = (
    TorchPython(Path("/a/python"), Origin.PATH, "3.12", problem=Message("torch_missing", "None.")),
    TorchPython(
        Path("/b/python"),
        Origin.CONDA,
        "3.11",
        "2.13.0",
        (TorchDevice(device="cpu", kind="cpu", name="P"),),
    ),
    TorchPython(
        Path("/c/python"),
        Origin.VENV,
        "3.11",
        "2.12.0",
        (TorchDevice(device="cuda:0", kind="cuda", name="RTX 4090", driver="580.9"),),
    ),
)


@pytest.fixture
def found(monkeypatch):
    """Three Pythons: without PyTorch, with it for the CPU, with it for a GPU."""
    candidates = tuple(pythons.Candidate(python.path, python.origin) for python in PYTHONS)
    monkeypatch.setattr(pythons, "candidates", lambda **_: candidates)
    # those that answer first come first
    monkeypatch.setattr(pythons, "ask_all", lambda _: iter(PYTHONS[::-1]))


def test_pythons_are_listed_with_what_they_have(found):
    text = calibrate("--list")
    assert text.index("/a/python") < text.index("/b/python") < text.index("/c/python")
    assert "None." in text
    assert "RTX 4090" in text
    values = json.loads(calibrate("--list", "--json"))
    assert [value["path"] for value in values] == ["/a/python", "/b/python", "/c/python"]
    assert values[0]["problem"] == "None."
    assert values[2]["devices"] == [asdict(PYTHONS[2].devices[0])]


def test_the_list_names_profiles_that_no_longer_match(found, machine):
    for name, driver in (("Mine", "570.1"), ("Fresh", "580.9")):
        about = {"kind": "cuda", "name": "RTX 4090", "driver": driver}
        keep_profile(make_profile(machine().calibration(machine().steps(8), **about), name))
    text = calibrate("--list")
    assert "Mine no longer matches:\n  The driver was 570.1 and is 580.9." in text
    assert "Fresh" not in text


@pytest.mark.parametrize(
    ("words", "python"), [((), "/b/python"), (("--device", "cuda:1"), "/c/python")]
)
def test_the_first_python_that_sees_the_device_is_taken(
    found, words, python, monkeypatch, tmp_path
):
    asked = []

    def measure(request, *_):
        asked.append(request)
        return run.Outcome(None, Message("busy", "Somebody else measures."))

    monkeypatch.setattr(run, "calibrate", measure)
    with pytest.raises(UsageError, match="Somebody else measures"):
        calibrate("--out", str(tmp_path / "p.json"), *words)
    assert str(asked[0].python) == python
    assert asked[0].stack == "decoder"
    assert asked[0].minutes == 2


def test_no_python_that_sees_the_device_is_said(found, tmp_path):
    with pytest.raises(InputError, match="sees mps: none was found"):
        calibrate("--out", str(tmp_path / "p.json"), "--device", "mps")


def test_an_unknown_executor_is_named_before_a_python_is_looked_for(monkeypatch):
    monkeypatch.setattr(calibrate_commands, "_pythons", lambda: pytest.fail("looked"))
    with pytest.raises(InputError, match="submit must be one of local, slurm"):
        calibrate("--submit", "nowhere")
