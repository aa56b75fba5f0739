"""Jobs for the tests: probes that play, a Slurm that plays, and the command that submits."""

import json
import os
import sys
from pathlib import Path

import pytest

from core import calibrate_commands
from core.calibrate_commands import add_calibrate_options
from core.calibration.cluster import folder, follow, job, submit
from core.calibration.profiles import kept_profiles
from core.calibration.result import document_of
from core.command_line import Parser, joined

SCHEDULER = Path(__file__).with_name("playing_slurm.py")


def command(*words):
    parser = Parser(allow_abbrev=False)
    parser.add_argument("--json", action="store_true")
    add_calibrate_options(parser)
    return calibrate_commands.calibrate(parser.parse_args(joined(list(words), parser.options())))


@pytest.fixture
def kept():
    """The profiles in the person's folder, by name."""

    def read():
        profiles, problems = kept_profiles()
        assert problems == ()
        return {one.profile.name: one for one in profiles}

    return read


@pytest.fixture
def cluster_probe(machine, fake_probe, monkeypatch):
    """Makes a stand-in for the probe: it measures a known device and saves, then does ``ending``.

    ``measure()`` says the device and its steps and writes them to ``--out``; ``is_wanted()``
    until standard input closes; ``TYPE`` is the job's type of GPU.
    """
    device = machine()
    document = document_of(device.calibration(device.steps(12, noise=0.02)))

    def make(ending="measure(); say(DONE)"):
        start = f"""
DOCUMENT = json.loads({json.dumps(document)!r})
OUT = sys.argv[sys.argv.index("--out") + 1]
TYPE = os.path.basename(os.path.dirname(OUT))
def is_wanted():
    import select
    return not select.select([0], [], [], 0.1)[0]
def measure(**about):
    DOCUMENT["device"].update(about)
    say({{"type": "device", **DOCUMENT["device"]}})
    for step in DOCUMENT["measurements"]:
        say({{"type": "measurement", **step}})
    with open(OUT, "w") as file:
        json.dump(DOCUMENT, file)
"""
        script = fake_probe("", name="a probe.py")
        script.write_text(script.read_text() + start + ending + "\n")
        monkeypatch.setattr(folder, "PROBE", script)
        monkeypatch.setattr(submit, "PROBE", script)

    make()
    return make


@pytest.fixture
def limits(monkeypatch):
    """Short times, in the jobs too, so that what hangs is seen soon."""

    def set_(start_s=30.0, line_s=30.0, total_s=60.0):
        from core.calibration.run import CalibrationRequest

        monkeypatch.setattr(CalibrationRequest, "limit_s", total_s)
        monkeypatch.setattr(CalibrationRequest, "line_limit_s", line_s)
        made = CalibrationRequest.__init__

        def short(self, *values, **named):
            made(self, *values, **{"start_limit_s": start_s, **named})

        monkeypatch.setattr(CalibrationRequest, "__init__", short)

    monkeypatch.setattr(follow, "_ASK_EVERY_S", 0.3)
    return set_


@pytest.fixture
def submit_local(cluster_probe, limits, tmp_path):
    """Submit to this computer, for real, and wait."""

    def run(*words):
        where = ("--folder", str(tmp_path / "shared disk"))
        return command("--submit", "local", "--python", sys.executable, *where, *words)

    return run


@pytest.fixture
def playing_slurm(tmp_path, monkeypatch):
    """Slurm's commands, played by a script: jobs are processes here. The folder of its settings."""
    home, programs = tmp_path / "slurm", tmp_path / "programs"
    home.mkdir()
    programs.mkdir()
    for name in ("sbatch", "srun", "squeue", "scancel", "sinfo", "sacct"):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{SCHEDULER}" {name} "$@"\n')
        program.chmod(0o755)
    (home / "gres").write_text("(null)\ngpu:alpha:2(S:0-1),gpu:beta:1\n")
    monkeypatch.setenv("PLAYING_SLURM", str(home))
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    return home


@pytest.fixture
def submit_slurm(playing_slurm, cluster_probe, limits, tmp_path):
    """Submit to the Slurm that plays."""

    def run(*words):
        where = ("--folder", str(tmp_path / "shared disk"))
        return command("--submit", "slurm", "--python", sys.executable, *where, *words)

    return run


@pytest.fixture
def job_script():
    """The script that runs in a job."""
    return Path(job.__file__)
