"""A real Slurm of one node, from Debian's slurm-wlm, measures two GPU types that it is told of.

It needs slurmctld, slurmd and munged, no systemd and no cgroup; where it cannot be started, the
reason is what Slurm itself said.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from core.calibration.cluster.slurm import gpu_types, partitions, states
from core.command_line import UsageError
from core.errors import InputError

from .conftest import command

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo", "scancel")
TYPES = ("alpha", "beta")
CONFIGURATION = """
ClusterName=isoloss
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
GresTypes=gpu
KillWait=20
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} Gres=gpu:alpha:1,gpu:beta:1 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=60 State=UP
"""


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@pytest.fixture(scope="module")
def daemons(tmp_path_factory):
    """Start munged, slurmctld and slurmd; yields the file for SLURM_CONF, and ends them."""
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    found = {name: shutil.which(name, path=path) for name in PROGRAMS}
    missing = [name for name, program in found.items() if program is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed (Debian: slurm-wlm munge)")
    if os.getuid() != 0:
        pytest.skip("slurmd starts jobs for others only as root, and this is not root")
    folder = Path(tmp_path_factory.mktemp("s"))
    folder.chmod(0o755)  # munged wants its socket in a folder that all may enter
    if len(str(folder / "munge.socket")) > 100:
        pytest.skip(f"the temporary folder's name is too long for a socket: {folder}")
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    host = socket.gethostname().partition(".")[0]
    ports = {"controller_port": free_port(), "node_port": free_port()}
    configuration = folder / "slurm.conf"
    configuration.write_text(
        CONFIGURATION.format(host=host, folder=folder, user="root", cpus=os.cpu_count(), **ports)
    )
    gpus = [f"NodeName={host} Name=gpu Type={name} File={folder}/{name}" for name in TYPES]
    (folder / "gres.conf").write_text("\n".join(gpus))
    for name in TYPES:
        (folder / name).touch()  # Slurm wants a file for each GPU, and takes one that is none
    for name in ("state", "spool"):
        (folder / name).mkdir()
    environ = {**os.environ, "SLURM_CONF": str(configuration)}
    names = {"socket": "munge.socket", "key-file": "munge.key", "pid-file": "munged.pid"}
    names.update({"log-file": "munged.log", "seed-file": "munged.seed"})
    munge = ["--foreground", "--force", *(f"--{o}={folder}/{n}" for o, n in names.items())]
    started = []
    try:
        for name, options in (("munged", munge), ("slurmctld", ["-D", "-c"]), ("slurmd", ["-D"])):
            log = (folder / f"{name}.out").open("wb")
            with log:
                started.append(
                    subprocess.Popen([found[name], *options], env=environ, stdout=log, stderr=log)
                )
            if name == "munged":
                wait_for((folder / "munge.socket").exists, started, folder)
        ask = [found["sinfo"], "--noheader", "--format=%T"]

        def is_idle():
            said = subprocess.run(ask, env=environ, capture_output=True, text=True, check=False)
            return said.stdout.strip() == "idle"

        wait_for(is_idle, started, folder)
        yield configuration
    finally:
        for process in reversed(started):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def wait_for(is_ready, started, folder, seconds=30):
    """Wait until it is; a Slurm that does not start says why in its logs."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and all(process.poll() is None for process in started):
        if is_ready():
            return
        time.sleep(0.1)
    said = [f"{Path(one.args[0]).name} ended" for one in started if one.poll() is not None]
    for log in sorted(folder.glob("*.log")):
        lines = log.read_text(errors="replace").splitlines()
        # Debian's Slurm complains of an MPI library that no test needs
        wrong = [line for line in lines if "rror" in line or "fatal" in line]
        said += [f"{log.stem}: {line}" for line in wrong if not re.search("mpi|pmi", line, re.I)]
    pytest.skip(f"Slurm cannot be started here: {'; '.join(said)[-900:] or 'it does not answer'}")


@pytest.fixture
def slurm(daemons, monkeypatch):
    monkeypatch.setenv("SLURM_CONF", str(daemons))


@pytest.fixture
def submit(slurm, limits, tmp_path):
    def run(*words):
        return command("--submit", "slurm", "--folder", str(tmp_path / "shared disk"), *words)

    return run


def test_a_real_slurm_measures_a_type_and_the_profile_is_kept(
    submit, torch_python, one_thread, kept
):
    words = ("--python", str(torch_python), "--device", "cpu", "--minutes", "0.2")
    text = submit("--gpu-type", "beta", "--partition", "main", *words)
    ((_, one),) = kept().items()
    assert f"Kept in {one.path}" in text
    assert one.profile.device.kind == "cpu" and one.profile.steps


def test_its_own_words_are_understood(slurm):
    assert partitions() == ("main",)
    assert gpu_types("main") == {"alpha": 1, "beta": 1}
    assert states(["987654"])["987654"].is_over


def test_every_type_has_a_job_with_a_gpu_and_a_profile(submit, cluster_probe, kept):
    cluster_probe("measure(driver=TYPE + os.environ['SLURM_GPUS_ON_NODE']); say(DONE)")
    submit("--python", sys.executable)
    found = {name.partition("(")[2]: one.profile.device.driver for name, one in kept().items()}
    assert found == {"alpha)": "alpha1", "beta)": "beta1"}


def test_ctrl_c_cancels_a_real_job_and_keeps_its_points(submit, cluster_probe, kept, tmp_path):
    cluster_probe("measure(driver=str(os.getpid())); sys.stdin.read()")

    def press():
        while not list(tmp_path.glob("shared disk/*/alpha/result.json")):
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press).start()
    text = submit("--python", sys.executable, "--gpu-type", "alpha")
    assert "Stopped; what was measured until then is kept." in text
    ((_, one),) = kept().items()
    with pytest.raises(ProcessLookupError):
        os.kill(int(one.profile.device.driver), 0)


def test_a_job_that_was_killed_keeps_its_points_when_collected(
    submit, cluster_probe, kept, tmp_path
):
    cluster_probe("measure(driver=str(os.getppid())); sys.stdin.read()")
    words = ("--python", sys.executable, "--gpu-type", "alpha", "--no-wait", "--json")
    answer = json.loads(submit(*words))
    job = answer["jobs"][0]["id"]
    result = Path(answer["folder"]) / "alpha" / "result.json"
    while not result.exists():
        time.sleep(0.1)
    os.kill(int(json.loads(result.read_text())["device"]["driver"]), signal.SIGKILL)
    while not states([job])[job].is_over:
        time.sleep(0.2)
    text = command("--collect", answer["folder"])
    assert "The scheduler ended the job (FAILED, NonZeroExitCode)" in text
    ((_, one),) = kept().items()
    assert len(one.profile.steps) == 12


def test_sbatch_says_why_it_refuses(submit):
    with pytest.raises(UsageError, match=r"nothing was submitted: sbatch: error: .*not available"):
        submit("--python", sys.executable, "--gpu-type", "alpha", "--slurm", "mem=90000G")


def test_an_unknown_partition_is_told_from_the_known(submit):
    with pytest.raises(InputError, match='one of main, got "night"'):
        submit("--python", sys.executable, "--partition", "night")
