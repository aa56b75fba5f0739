"""Many GPU types through Slurm's commands, which a script plays; test_real_slurm has the real."""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from core.calibration.cluster import follow
from core.calibration.cluster.slurm import State, gpu_types, states
from core.command_line import UsageError
from core.errors import InputError

from .conftest import command

NAME = "A processor, fp32, 2026-11-22"


def scripts(playing_slurm):
    jobs = [json.loads(path.read_text()) for path in sorted(playing_slurm.glob("*.job"))]
    return {job["name"]: job["script"] for job in jobs}


def test_every_type_that_sinfo_names_becomes_a_profile(submit_slurm, kept, tmp_path):
    text = submit_slurm("--out", str(tmp_path / "all"))
    assert set(kept()) == {f"{NAME} (alpha)", f"{NAME} (beta)"}
    assert "alpha, beta ran on the same model, A processor; each is a profile of its own." in text
    assert {path.name for path in (tmp_path / "all").iterdir()} == {"alpha.json", "beta.json"}


def test_the_options_reach_sbatch(submit_slurm, playing_slurm):
    words = ("--gpu-type", "alpha", "--gpus-per-node", "2", "--partition", "long")
    submit_slurm(*words, "--slurm", "account=a b", "--slurm", "exclusive", "--no-wait")
    script = scripts(playing_slurm)["alpha"]
    for option in ("gres=gpu:alpha:2", "partition=long", "account='a b'", "exclusive"):
        assert f"#SBATCH --{option}\n" in script
    assert "srun" not in script  # a step would not have the cores that the job has


def test_gpus_per_node_0_measures_the_cpus(submit_slurm, playing_slurm):
    submit_slurm("--gpus-per-node", "0")
    script = scripts(playing_slurm)["cpu"]
    assert "gres" not in script


def test_the_gpus_that_slurm_gave_are_the_ones_measured(submit_slurm, cluster_probe, kept):
    cluster_probe("measure(driver=os.environ['CUDA_VISIBLE_DEVICES']); say(DONE)")
    submit_slurm("--gpu-type", "alpha")
    assert kept()[NAME].profile.device.driver == "7"


def test_when_one_of_two_jobs_fails_the_other_profile_is_kept(submit_slurm, cluster_probe, kept):
    cluster_probe("TYPE == 'beta' and sys.exit('no libcuda'); measure(); say(DONE)")
    text = submit_slurm()
    assert set(kept()) == {f"{NAME} (alpha)"}
    assert "! beta (job 102): The measurement ended with exit status 1: no libcuda" in text


def test_when_one_of_two_jobs_is_refused_the_other_profile_is_kept(
    submit_slurm, playing_slurm, kept
):
    (playing_slurm / "refuse").write_text('["alpha"]')
    text = submit_slurm()
    assert set(kept()) == {f"{NAME} (beta)"}
    assert "! alpha (job none): The job was refused: " in text
    assert "Invalid qos specification" in text


def test_when_sbatch_refuses_all_it_says_what_slurm_says(submit_slurm, playing_slurm, capfd):
    (playing_slurm / "refuse").write_text('["alpha", "beta"]')
    with pytest.raises(UsageError, match=r"nothing was submitted: sbatch: error: .* Invalid qos"):
        submit_slurm()
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("state", ["TIMEOUT", "OUT_OF_MEMORY", "NODE_FAIL", "CANCELLED"])
def test_a_job_that_slurm_ended_says_how(submit_slurm, playing_slurm, state, monkeypatch):
    monkeypatch.setattr(follow, "_PATIENCE_S", 0.5)
    (playing_slurm / "states").write_text(json.dumps({"alpha": state}))
    with pytest.raises(UsageError, match=f"The scheduler ended the job \\({state}\\)"):
        submit_slurm("--gpu-type", "alpha")


def test_a_job_that_left_nothing_asks_whether_the_folder_is_shared(
    submit_slurm, playing_slurm, monkeypatch
):
    monkeypatch.setattr(follow, "_PATIENCE_S", 0.5)
    (playing_slurm / "states").write_text('{"alpha": "COMPLETED"}')
    with pytest.raises(UsageError, match="do the nodes see this folder"):
        submit_slurm("--gpu-type", "alpha")


def test_a_node_whose_python_has_no_submitit_says_so(
    submit_slurm, cluster_probe, monkeypatch, stub_python
):
    monkeypatch.setattr(follow, "_PATIENCE_S", 0.5)
    monkeypatch.setattr("core.calibration.cluster.submit._python", lambda request: request.python)
    with pytest.raises(UsageError, match="No module named"):
        submit_slurm("--gpu-type", "alpha", "--submit-python", str(stub_python("")))


def test_ctrl_c_cancels_every_job_and_keeps_what_they_measured(
    submit_slurm, cluster_probe, kept, tmp_path, playing_slurm
):
    cluster_probe("TYPE == 'beta' and sys.stdin.read(); measure(); sys.stdin.read()")

    def press():
        while not list(tmp_path.glob("shared disk/*/alpha/result.json")):
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    text = submit_slurm()
    assert f"{NAME} (alpha)" in kept()
    assert "! alpha (job 101): Stopped; what was measured until then is kept." in text
    assert "! beta (job 102): Stopped" in text
    assert {state.word for state in states(["101", "102"]).values()} == {"COMPLETED"}


def test_jobs_that_wait_are_collected_later(submit_slurm, playing_slurm, kept):
    (playing_slurm / "states").write_text('{"beta": "PENDING"}')
    folder = json.loads(submit_slurm("--no-wait", "--json"))["folder"]
    while not (Path(folder) / "alpha" / "ended.json").exists():
        time.sleep(0.1)
    text = command("--collect", folder)
    assert set(kept()) == {f"{NAME} (alpha)"}
    assert "beta (job 102): waits" in text
    assert f"Later: isoloss calibrate --collect {folder}" in text
    answer = json.loads(command("--collect", folder, "--json"))
    assert {job["gpu_type"]: job["state"] for job in answer["jobs"]} == {
        "alpha": "over",
        "beta": "pending",
    }


def test_a_controller_that_does_not_answer_loses_no_job(submit_slurm, playing_slurm, kept):
    (playing_slurm / "states").write_text('{"alpha": "RUNNING"}')
    folder = json.loads(submit_slurm("--no-wait", "--json", "--gpu-type", "alpha"))["folder"]
    (playing_slurm / "deaf").touch()
    text = command("--collect", folder)
    assert "! Slurm does not answer: slurm_load_jobs error: Unable to contact" in text
    assert "alpha (job 101): runs" in text


def test_a_slurm_that_does_not_answer_is_said(submit_slurm, playing_slurm):
    (playing_slurm / "deaf").touch()
    with pytest.raises(InputError, match="Unable to contact slurm controller"):
        submit_slurm()


def test_without_slurm_it_says_what_is_missing(submit_slurm, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="it has no sbatch"):
        submit_slurm()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--partition", "night"), 'one of long, short, got "night"'),
        (("--gpu-type", "gamma"), 'one of alpha, beta, got "gamma"'),
        (("--gpus-per-node", "3"), "at most 2"),
        (("--slurm", "array=0-9"), "an option of sbatch for one process"),
        (("--slurm", "comment=a\nb"), "an option of sbatch for one process"),
        (("--slurm", "=b"), "KEY=VALUE"),
    ],
)
def test_what_the_cluster_does_not_have_is_refused(submit_slurm, words, said):
    with pytest.raises(InputError, match=said):
        submit_slurm(*words)


def test_a_cluster_without_gpus_is_told_from_one_without_that_many(submit_slurm, playing_slurm):
    (playing_slurm / "gres").write_text("(null)\n")
    with pytest.raises(InputError, match=r"must be 0: Slurm names no node with more"):
        submit_slurm()


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("(null)", {}),
        ("gpu:4", {"": 4}),
        ("gpu:a100:8(S:0-1),shard:16", {"a100": 8}),
        ("gpu:a100_3g.20gb:2(S:0),gpu:a100_3g.20gb:2(S:1)", {"a100_3g.20gb": 4}),
        ("gpu:h100:4\ngpu:h100:8\ngpu:v100:1,nic:2", {"h100": 8, "v100": 1}),
    ],
)
def test_types_are_read_as_sinfo_writes_them(playing_slurm, said, found):
    (playing_slurm / "gres").write_text(said)
    assert gpu_types() == found


def test_states_that_neither_wait_nor_run_are_over():
    assert State("PENDING").waits and not State("PENDING").is_over
    assert not State("COMPLETING").is_over
    assert State("DEADLINE").is_over and State().is_over


def test_the_frozen_app_needs_a_python_for_the_nodes(submit_slurm, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    with pytest.raises(InputError, match="the packaged app is none"):
        submit_slurm()
    assert "Kept in" in submit_slurm("--gpu-type", "alpha", "--submit-python", sys.executable)
