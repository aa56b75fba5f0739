"""A calibration that submitit runs on this computer, from the options to the kept profile."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.calibration.cluster.folder import read_run
from core.calibration.lock import Lock
from core.calibration.messages import CollectiveMeasurement
from core.calibration.profile_file import load_profile
from core.command_line import UsageError
from core.errors import InputError

from .conftest import command

ISOLOSS = Path(sys.executable).with_name("isoloss")


def run_folder(tmp_path):
    (folder,) = (tmp_path / "shared disk").glob("calibration-*")
    return folder


def test_a_submitted_calibration_becomes_a_kept_profile_and_a_copy(submit_local, kept, tmp_path):
    text = submit_local("--out", str(tmp_path / "profiles"))
    ((name, one),) = kept().items()
    assert name == "A processor, fp32, 2026-11-22"
    assert len(one.profile.steps) == 12
    assert f"Kept in {one.path}" in text
    assert load_profile(tmp_path / "profiles" / "this-computer.json") == one.profile


def test_what_is_measured_is_shown_as_it_comes(submit_local, capfd):
    answer = json.loads(submit_local("--json-lines"))
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert [line["type"] for line in lines] == ["device", *["measurement"] * 12, "done"]
    assert {line["gpu_type"] for line in lines} == {"this-computer"}
    assert answer["jobs"][0]["message"] is None
    assert answer["jobs"][0]["profile"]["n_steps"] == 12


def test_a_name_is_the_profiles(submit_local, kept):
    submit_local("--name", "the big one")
    assert list(kept()) == ["the big one"]


def test_the_environment_of_a_job_is_the_one_before_the_app(
    submit_local, cluster_probe, monkeypatch, kept
):
    monkeypatch.setenv("QT_PLUGIN_PATH", "/bundle")
    monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", "/mine")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    names = ("QT_PLUGIN_PATH", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
    cluster_probe(
        f"measure(driver=','.join(os.environ.get(name, '-') for name in {names!r})); say(DONE)"
    )
    submit_local()
    ((_, one),) = kept().items()
    assert one.profile.device.driver == "-,/mine,3"
    assert os.environ["QT_PLUGIN_PATH"] == "/bundle"


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("measure(); os._exit(3)", "exit status 3"),
        ("measure(); os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("measure(); raise KeyError('the reason')", "the reason"),
        ("measure(); say({**DONE, 'status': 'stopped'})", "Stopped"),
        ("measure(); sys.stdin.read()", "Nothing came for 1 s"),
        ("measure()\nwhile is_wanted(): say(STEP)", "more than 5 s in all"),
        ("measure()\nwhile is_wanted(): print('spam' * 999_999)", "more than a calibration can"),
    ],
)
def test_a_job_that_does_not_come_to_its_end_keeps_what_it_measured(
    submit_local, cluster_probe, limits, kept, ending, said
):
    limits(line_s=1.0, total_s=5.0)
    cluster_probe(ending)
    text = submit_local()
    assert "! this-computer (job " in text and said in text
    ((_, one),) = kept().items()
    assert len(one.profile.steps) == 12


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("say({**DONE, 'status': 'failed', 'reason': 'torch_missing'})", "has no PyTorch"),
        ("say(DEVICE); say(DONE)", "Not one point could be measured"),
        ("print('Welcome to libfoo'); open(OUT, 'w').write('{garbage')", "cannot be used"),
        ("measure(name='\\x00' * 9000); say(DONE)", "cannot be used"),
        ("print('Welcome to libfoo')", "cannot be used"),
        ("sys.exit('no libcuda')", "no libcuda"),
        ("sys.stdin.read()", "Nothing came for 1 s"),
    ],
)
def test_a_job_without_a_point_says_why_and_leaves_no_profile(
    submit_local, cluster_probe, limits, kept, ending, said
):
    limits(start_s=1.0)
    cluster_probe(ending)
    with pytest.raises(UsageError, match="nothing to save: this-computer: ") as caught:
        submit_local()
    assert said in str(caught.value)
    assert kept() == {}


def test_ctrl_c_ends_the_job_and_keeps_what_it_measured(
    submit_local, cluster_probe, kept, tmp_path
):
    cluster_probe(
        "measure(driver=str(os.getpid())); sys.stdin.read(); say({**DONE, 'status': 's'})"
    )

    def press():
        while not list(tmp_path.glob("shared disk/*/*/result.json")):
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    text = submit_local()
    assert "Stopped; what was measured until then is kept." in text
    ((_, one),) = kept().items()
    with pytest.raises(ProcessLookupError):
        os.kill(int(one.profile.device.driver), 0)


def test_without_waiting_the_job_is_named_and_collected_later(tmp_path, kept):
    shared = tmp_path / "shared disk"
    words = ["--submit", "local", "--python", sys.executable, "--folder", str(shared), "--no-wait"]
    done = subprocess.run(
        [ISOLOSS, "calibrate", *words, "--json"], capture_output=True, text=True, check=True
    )
    answer = json.loads(done.stdout)
    folder = Path(answer["folder"])
    assert answer["jobs"][0]["id"].isdigit()
    assert folder == run_folder(tmp_path)
    with pytest.raises(UsageError, match="has no PyTorch"):
        until_over(folder)
    assert kept() == {}


def until_over(folder):
    for _ in range(200):
        text = command("--collect", str(folder))
        if "Later: isoloss calibrate --collect" not in text:
            return text
        time.sleep(0.1)
    raise AssertionError(text)


def test_collecting_again_changes_nothing_and_a_better_result_replaces(
    submit_local, kept, tmp_path
):
    submit_local()
    ((_, first),) = kept().items()
    folder = run_folder(tmp_path)
    changed = first.path.stat().st_mtime_ns
    command("--collect", str(folder))
    ((_, again),) = kept().items()
    assert again.path == first.path and first.path.stat().st_mtime_ns == changed
    result = folder / "this-computer" / "result.json"
    document = json.loads(result.read_text())
    document["measurements"] = document["measurements"][:10]
    result.write_text(json.dumps(document))
    command("--collect", str(folder))
    ((_, less),) = kept().items()
    assert less.path == first.path and len(less.profile.steps) == 10


def test_nothing_of_the_shared_folder_is_unpickled(submit_local, tmp_path, kept):
    submit_local()
    for pickled in run_folder(tmp_path).rglob("*.pkl"):
        pickled.write_bytes(b"cos\nabort\n(tR.")  # would end the process
    assert "Kept in" in command("--collect", str(run_folder(tmp_path)))


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"format": "isoloss-cluster", "schema": 2}', '{"format": "isoloss-clus'],
)
def test_a_record_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "jobs.json").write_text(content)
    with pytest.raises(InputError, match=r"jobs\.json"):
        read_run(tmp_path)


@pytest.mark.parametrize("change", [{"name": "../../etc"}, {"id": "1; rm"}, {"id": ""}, {"id": 7}])
def test_a_record_cannot_name_other_folders_or_jobs(submit_local, tmp_path, change):
    submit_local()
    path = run_folder(tmp_path) / "jobs.json"
    document = json.loads(path.read_text())
    document["jobs"][0].update(change)
    path.write_text(json.dumps(document))
    with pytest.raises(InputError):
        read_run(path.parent)


def test_a_folder_without_a_submission_is_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        command("--collect", str(tmp_path))


def test_a_folder_that_cannot_be_written_is_refused(submit_local, tmp_path):
    (tmp_path / "shared disk").write_text("a file")
    with pytest.raises(InputError, match="folder must be a folder that can be written"):
        submit_local()


def test_a_folder_that_slurm_would_misread_is_refused(submit_local, tmp_path):
    with pytest.raises(InputError, match="without %"):
        command("--submit", "local", "--python", sys.executable, "--folder", f"{tmp_path}/50%j")


def test_without_submitit_it_says_how_to_get_it(submit_local, monkeypatch):
    monkeypatch.setitem(sys.modules, "submitit", None)
    with pytest.raises(InputError, match=r"pip install 'isoloss\[submitit\]'"):
        submit_local()


def test_a_frozen_app_names_the_other_way(submit_local, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(InputError, match="installed from source"):
        submit_local()


def test_a_python_without_submitit_is_refused(submit_local, stub_python):
    with pytest.raises(InputError, match="pip install submitit"):
        submit_local("--submit-python", str(stub_python("")))


def test_two_calibrations_of_this_computer_at_once_are_refused(submit_local):
    lock = Lock()
    assert lock.take("cuda:0") is None
    try:
        with pytest.raises(UsageError, match="Another calibration of cuda:0 runs"):
            submit_local()
    finally:
        lock.release()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--gpu-type", "a", "--gpu-type", "b"), "one at most"),
        (("--gpu-type", "../a"), "letters, digits"),
        (("--partition", "long"), "left out with --submit local"),
        (("--slurm", "account=me"), "left out with --submit local"),
        (("--gpus-per-node", "65"), "from 0"),
        (("--gpus-per-node", "1.5"), "whole number"),
        (("--submit-python", "/no/python"), "a Python with submitit"),
        (("--precision", "fp64"), "one of bf16"),
    ],
)
def test_a_value_that_no_job_can_have_is_refused(submit_local, words, said):
    with pytest.raises(InputError, match=said):
        submit_local(*words)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--no-wait",), "--no-wait must go with --submit"),
        (("--slurm", "a=b"), "--slurm must go with --submit"),
        (("--submit", "local", "--from", "x"), "--from must be left out"),
        (("--collect", "x", "--submit", "local"), "without --submit"),
        (("--submit", "local", "--no-wait", "--out", "x"), "--out must go with --collect"),
        (("--collect", "x", "--minutes", "2"), "--minutes must be left out"),
    ],
)
def test_options_that_do_not_go_together_are_named(words, said):
    with pytest.raises(UsageError, match=said):
        command(*words)


def test_a_short_real_calibration_of_two_processes_runs_as_a_job(
    torch_python, one_thread, kept, tmp_path
):
    words = ("--python", str(torch_python), "--device", "cpu", "--minutes", "0.2")
    command("--submit", "local", "--gpus-per-node", "2", *words, "--folder", str(tmp_path))
    ((_, one),) = kept().items()
    found = one.profile.calibration.measurements
    assert one.profile.device.kind == "cpu" and one.profile.steps
    assert {entry.processes for entry in found if isinstance(entry, CollectiveMeasurement)} == {2}
