"""Slurm's commands for tests: sbatch starts a process, squeue looks whether it lives.

The folder $PLAYING_SLURM holds what is asked of it: ``gres`` (sinfo's answer), ``refuse`` (types
that sbatch refuses), ``states`` (a state to report of each type, with nothing started), and
``deaf`` (the controller does not answer).
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

HOME = Path(os.environ["PLAYING_SLURM"])


def setting(name):
    path = HOME / name
    return json.loads(path.read_text()) if path.exists() else {}


def sbatch(script):
    text = Path(script).read_text()
    name = re.search(r"--job-name=isoloss-(\S+)", text)[1]
    if name in setting("refuse"):
        sys.stderr.write("sbatch: error: Batch job submission failed: Invalid qos specification\n")
        return 1
    number = str(len(list(HOME.glob("*.job"))) + 101)
    job = {"name": name, "pid": 0, "script": text, "environ": dict(os.environ)}
    state = setting("states").get(name)
    if state is None:
        output = Path(re.search(r"--error='?([^'\n]*)", text)[1].replace("%j", number))
        environ = {**os.environ, "SLURM_JOB_ID": number, "CUDA_VISIBLE_DEVICES": "7"}
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("ab") as log:
            child = subprocess.Popen(
                ["bash", script], env=environ, stdout=log, stderr=log, start_new_session=True
            )
        job["pid"] = child.pid
    (HOME / f"{number}.job").write_text(json.dumps(job))
    print(f"Submitted batch job {number}")
    return 0


def squeue(*options):
    if (HOME / "deaf").exists():
        sys.stderr.write("slurm_load_jobs error: Unable to contact slurm controller\n")
        return 1
    for number in options[-1].partition("=")[2].split(","):
        job = json.loads((HOME / f"{number}.job").read_text())
        state = setting("states").get(job["name"])
        if state is None:
            state = "RUNNING" if lives(job["pid"]) else "COMPLETED"
        print(f"{number}|{state}|None")
    return 0


def lives(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def scancel(*options):
    for number in options:
        path = HOME / f"{number}.job"
        if path.exists():
            job = json.loads(path.read_text())
            if job["pid"] and lives(job["pid"]):
                os.killpg(job["pid"], signal.SIGTERM)
    return 0


def sinfo(*options):
    if (HOME / "deaf").exists():
        sys.stderr.write("slurm_load_partitions: Unable to contact slurm controller\n")
        return 1
    print("long\nshort" if "--format=%R" in options else (HOME / "gres").read_text())
    return 0


def sacct(*options):
    sys.stderr.write("Slurm accounting storage is disabled\n")
    return 1


if __name__ == "__main__":
    sys.exit(globals()[sys.argv[1]](*sys.argv[2:]))
