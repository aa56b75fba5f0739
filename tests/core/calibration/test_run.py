"""A run takes what the probe says, and whatever happens to it is a value with a sentence."""

import os
import sys
import threading
from pathlib import Path

import pytest

from core.calibration import run as run_module
from core.calibration.lock import Lock
from core.calibration.messages import DeviceInfo, Garbage, StepMeasurement
from core.calibration.result import Status, read_calibration
from core.calibration.run import CalibrationRequest, calibrate
from core.errors import InputError

ME = Path(sys.executable)


@pytest.fixture
def measure(tmp_path, fake_probe):
    """Run a script as the probe; the lines that came are in the list ``lines``."""

    def run(body, python=ME, **options):
        limits = {"start_limit_s": options.pop("start_limit_s", 60.0)}
        limits["point_limit_s"] = options.pop("point_limit_s", 60.0)
        lines = options.pop("lines", [])
        request = CalibrationRequest(python, **limits, **options.pop("request", {}))
        options.setdefault("probe", fake_probe(body))
        return calibrate(request, lines.append, folder=tmp_path, **options)

    return run


def test_what_the_probe_measures_is_taken_and_saved(measure, tmp_path):
    lines = []
    out = tmp_path / "result.json"
    outcome = measure("say(DEVICE); say(STEP); say(DONE)", lines=lines, out=out)
    assert outcome.message is None and outcome.saved and outcome.garbage == 0
    assert outcome.calibration.status is Status.COMPLETE
    assert [type(line) for line in lines[:2]] == [DeviceInfo, StepMeasurement]
    assert read_calibration(out) == outcome.calibration


def test_the_options_reach_the_probe(measure):
    body = "say({**DEVICE, 'name': ' '.join(sys.argv[1:])}); say(STEP); say(DONE)"
    request = {"device": "cuda:1", "precisions": ("bf16", "tf32"), "minutes": 10, "stack": "txl"}
    outcome = measure(body, request={**request, "compile": True})
    assert outcome.calibration.device.name == (
        "--json-lines --watch-stdin --minutes 10.0 --stack txl --device cuda:1 "
        "--precision bf16,tf32 --compile"
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stack", "rnn"),
        ("precisions", ("fp64",)),
        ("minutes", 0),
        ("minutes", float("nan")),
        ("processes", 0),
        ("device", "--out=/etc/passwd"),
    ],
)
def test_a_request_that_the_probe_would_not_take_is_refused(field, value):
    with pytest.raises(InputError):
        CalibrationRequest(ME, **{field: value})


def test_a_point_that_is_compiled_has_more_time():
    plain, compiled = CalibrationRequest(ME), CalibrationRequest(ME, compile=True)
    assert compiled.line_limit_s > 2 * plain.line_limit_s == 2 * plain.point_limit_s
    assert compiled.limit_s > plain.limit_s > 60 * plain.minutes


def test_garbage_on_standard_output_is_reported_and_skipped(measure):
    lines = []
    outcome = measure(
        """
        print("Welcome to libfoo 3.1!")
        say(DEVICE)
        sys.stdout.buffer.write(bytes(range(256)) * 10 + b"\\n")
        print("x" * 3_000_000)
        say({**STEP, "step_time_s": -1})
        say(STEP)
        print('{"type": "measurement", "kind"')
        say(DONE)
        """,
        lines=lines,
    )
    assert outcome.message is None
    assert len(outcome.calibration.steps) == 1
    garbage = [line for line in lines if isinstance(line, Garbage)]
    assert outcome.garbage == len(garbage) >= 5
    assert any("step_time_s" in line.reason for line in garbage)


def test_garbage_without_end_is_a_hang(measure):
    outcome = measure("while True: print('spam')", start_limit_s=0.5)
    assert outcome.message.code == "hang"
    assert outcome.calibration is None and outcome.garbage > 0


def test_a_python_that_is_not_there_is_named(measure, tmp_path):
    gone = tmp_path / "no such python"
    outcome = measure("", python=gone)
    assert outcome.message.code == "not_started"
    assert str(gone) in str(outcome.message)


def test_a_python_that_vanishes_mid_run_leaves_its_points(measure, stub_python, tmp_path):
    python = stub_python("")
    outcome = measure(
        """
        say(DEVICE); say(STEP)
        os.remove(sys.executable)
        os.execv(sys.executable, [sys.executable, "-c", "the next part"])
        """,
        python=python,
        out=tmp_path / "result.json",
    )
    assert not python.exists()
    assert outcome.message.code == "crashed"
    assert "No such file" in str(outcome.message)
    assert outcome.calibration.status is Status.STOPPED
    assert len(read_calibration(tmp_path / "result.json").steps) == 1


def test_something_that_is_no_python_is_named(measure):
    outcome = measure("", python=Path("/bin/cat"))
    assert outcome.message.code == "crashed"
    assert outcome.calibration is None


def test_a_program_that_talks_but_does_not_run_the_probe_is_named(measure):
    outcome = measure("", python=Path("/bin/echo"))
    assert outcome.message.code == "not_the_probe"


def test_a_point_that_hangs_is_ended_and_the_others_are_kept(measure, monkeypatch):
    monkeypatch.setattr("core.calibration.child._ONCE_TERMINATED_S", 0.3)
    outcome = measure(
        """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        say(DEVICE); say(STEP)
        say({"type": "progress", "done": 1, "points": 2, "seconds_left": 9, "doing": "8x512"})
        while True: time.sleep(1)
        """,
        point_limit_s=0.5,
    )
    assert outcome.message.code == "hang"
    assert "8x512" in str(outcome.message)
    assert len(outcome.calibration.steps) == 1
    assert outcome.calibration.reason == "hang"


def test_a_python_that_never_says_anything_is_ended(measure):
    outcome = measure("time.sleep(600)", start_limit_s=0.5)
    assert outcome.message.code == "hang" and outcome.calibration is None


def test_a_run_that_goes_on_for_ever_is_ended(measure, monkeypatch):
    monkeypatch.setattr(CalibrationRequest, "limit_s", 1.0)
    outcome = measure("say(DEVICE)\nwhile True: say(STEP); time.sleep(0.05)")
    assert outcome.message.code == "too_long"
    assert len(outcome.calibration.steps) > 1


def test_a_killed_process_leaves_its_points(measure):
    outcome = measure("say(DEVICE); say(STEP); os.kill(os.getpid(), signal.SIGKILL)")
    assert outcome.message.code == "killed"
    assert "SIGKILL" in str(outcome.message)
    assert len(outcome.calibration.steps) == 1


def test_a_crash_is_told_with_what_python_said(measure):
    outcome = measure("say(DEVICE); say(STEP); raise KeyError('the reason')")
    assert outcome.message.code == "crashed"
    assert "the reason" in str(outcome.message)
    assert outcome.calibration.status is Status.STOPPED


def test_a_run_in_which_nothing_could_be_measured_says_so(measure):
    outcome = measure(
        """
        say(DEVICE)
        say({"type": "skipped", "kind": "step", "reason": "out_of_memory", "detail": ""})
        say(DONE)
        """
    )
    assert outcome.message.code == "nothing_fits"
    assert "Not one point fits into the memory" in str(outcome.message)
    assert outcome.calibration.status is Status.FAILED


def test_cancelling_keeps_the_points_and_what_the_probe_still_says(measure, tmp_path):
    lines = []
    outcome = measure(
        """
        say(DEVICE); say(STEP)
        sys.stdin.read()
        say(STEP); say({**DONE, "status": "stopped", "reason": "stdin closed"})
        """,
        lines=lines,
        cancelled=lambda: len(lines) >= 2,
        out=tmp_path / "result.json",
    )
    assert outcome.message.code == "cancelled"
    assert len(outcome.calibration.steps) == 2
    assert outcome.saved and read_calibration(tmp_path / "result.json").reason == "cancelled"


def test_cancelling_ends_a_probe_that_does_not_listen(measure, monkeypatch):
    monkeypatch.setattr(run_module, "_GRACE_S", 0.3)
    lines = []
    outcome = measure(
        "say(DEVICE); say(STEP); time.sleep(600)",
        lines=lines,
        cancelled=lambda: len(lines) >= 2,
    )
    assert outcome.message.code == "cancelled" and len(outcome.calibration.steps) == 1


def test_a_full_disk_costs_the_file_and_not_the_points(measure):
    outcome = measure("say(DEVICE); say(STEP); say(DONE)", out=Path("/dev/full"))
    assert not outcome.saved
    assert outcome.message.code == "not_saved"
    assert "No space left" in str(outcome.message)
    assert len(outcome.calibration.steps) == 1
    assert outcome.calibration.status is Status.COMPLETE


def test_points_are_saved_while_it_runs(measure, tmp_path, monkeypatch):
    monkeypatch.setattr(run_module, "_SAVE_EVERY_S", 0.0)
    out = tmp_path / "result.json"
    seen = []

    def cancelled():
        if not seen and out.exists():
            seen.append(read_calibration(out))
        return bool(seen)

    measure("say(DEVICE); say(STEP); sys.stdin.read()", out=out, cancelled=cancelled)
    assert len(seen[0].steps) == 1 and seen[0].status is Status.STOPPED


def test_the_second_of_two_at_once_is_refused_with_the_reason(measure, taken_lock):
    outcome = measure("say(DEVICE); say(STEP); say(DONE)")
    assert outcome.message.code == "busy"
    assert "cuda:0" in str(outcome.message) and str(os.getpid()) in str(outcome.message)
    assert outcome.calibration is None


def test_a_lock_is_given_back_after_every_run(measure, tmp_path):
    measure("say(DEVICE)")
    measure("", python=tmp_path / "none")
    lock = Lock(tmp_path)
    assert lock.take("cpu") is None
    lock.release()


def test_a_folder_that_cannot_be_written_to_is_told(measure, tmp_path):
    (tmp_path / "file").write_text("")
    outcome = calibrate(CalibrationRequest(ME), folder=tmp_path / "file")
    assert outcome.message.code == "no_folder"


def test_an_error_in_the_caller_ends_the_child(tmp_path, fake_probe):
    pids = []

    def fail(line):
        pids.append(int(line.name))
        raise RuntimeError("the window is gone")

    probe = fake_probe("say({**DEVICE, 'name': str(os.getpid())}); time.sleep(600)")
    with pytest.raises(RuntimeError, match="the window"):
        calibrate(CalibrationRequest(ME), fail, folder=tmp_path, probe=probe)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_paths_with_spaces_quotes_and_foreign_letters_work(
    measure, fake_probe, stub_python, tmp_path
):
    name = "Ünï cödé 'single' \"double\" $HOME; 計算"
    python = stub_python("", name=name)
    probe = fake_probe("say(DEVICE); say(STEP); say(DONE)", name=f"{name}.py")
    out = tmp_path / f"{name}.json"
    outcome = measure("", python=python, probe=probe, out=out)
    assert outcome.message is None
    assert len(read_calibration(out).steps) == 1


def test_it_runs_in_any_thread(measure):
    found = []
    body = "say(DEVICE); say(STEP); say(DONE)"
    thread = threading.Thread(target=lambda: found.append(measure(body)))
    thread.start()
    thread.join(60)
    assert found[0].message is None


def test_the_app_python_without_pytorch_says_that_it_has_none(tmp_path):
    outcome = calibrate(CalibrationRequest(ME), folder=tmp_path)
    assert outcome.message.code == "torch_missing"
    assert "no PyTorch" in str(outcome.message)


TOO_OLD = "__version__ = '1.13.1+cu117'"
NO_GPU = """
    from types import SimpleNamespace as Names
    __version__ = "2.6.0"
    version = Names(cuda="12.4", hip=None)
    cuda = Names(device_count=lambda: 0)
    backends = Names(mps=Names(is_available=lambda: False))
    device = lambda name: Names(type=name.split(":")[0], index=0)
"""


@pytest.mark.parametrize(
    ("torch", "device", "code"),
    [
        (TOO_OLD, "", "torch_too_old"),
        ("raise OSError('libcudart.so.12: cannot open')", "", "torch_broken"),
        ("import no_such_part", "", "torch_broken"),
        (NO_GPU, "cuda:0", "no_device"),
    ],
)
def test_a_pytorch_that_cannot_be_used_is_named(torch, device, code, stub_python, tmp_path):
    outcome = calibrate(CalibrationRequest(stub_python(torch), device=device), folder=tmp_path)
    assert outcome.message.code == code
    assert outcome.calibration is None
