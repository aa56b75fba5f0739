"""What was submitted, as a value and as a file in the folder that the nodes share.

The folder of a run holds ``jobs.json``, copies of the two scripts that run on the nodes, and a
folder for each job with all that came of it. Nothing in it is ever unpickled.
"""

import json
import re
import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from core.calibration.cluster import job as job_script
from core.calibration.lines import read_entry
from core.calibration.run import PROBE
from core.errors import InputError
from core.files import read_file, write_atomically
from core.hardware.tables import user_folder

RECORD = "jobs.json"
FORMAT, SCHEMA = "isoloss-cluster", 1
EXECUTORS = ("local", "slurm")
_MOST_BYTES, _MOST_JOBS = 1 << 20, 64
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
# submitit puts numbers in place of %j and its like, Slurm takes both for patterns or escapes
_NOT_IN_PATHS = re.compile(r"[%\\\"'\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A calibration of one type of GPU.

    Attributes:
        name: type of GPU as the cluster calls it; also the folder's.
        id: of the scheduler, or of the process; empty for a job that was refused.
        refused: what the scheduler said; empty for one that was taken.
        profile: file that was kept of it; empty as long as there is none.
    """

    name: str
    id: str = ""
    refused: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Jobs that were submitted together.

    Attributes:
        folder: where all of it lies.
        executor: one of `EXECUTORS`.
        submitted_s: seconds since 1970.
        limit_s: seconds that a job may take once it has started.
        label: what profiles are to be called; empty for device and date.
        jobs: in the order of submission.
    """

    folder: Path
    executor: str
    submitted_s: float
    limit_s: float
    label: str = ""
    jobs: tuple[Job, ...] = ()

    def place(self, job: Job) -> Path:
        """Folder of a job."""
        return self.folder / job.name

    def with_job(self, job: Job) -> "Run":
        """The same with ``job`` in place of the one of its name, or after the others."""
        names = [other.name for other in self.jobs]
        if job.name not in names:
            return replace(self, jobs=(*self.jobs, job))
        return replace(self, jobs=tuple(job if o.name == job.name else o for o in self.jobs))


def default_folder() -> Path:
    """Where runs lie unless another place is given; on most clusters nodes share a home."""
    return user_folder() / "cluster"


def checked_name(name: str) -> str:
    """A type of GPU that can be a folder, too.

    Raises:
        InputError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise InputError("gpu_type", name, "letters, digits and . _ + - as in a100 or h100-80gb")
    return name


def make_run(parent: Path, executor: str, limit_s: float, label: str, names: list[str]) -> Run:
    """A new folder with the scripts and a folder for each job.

    Raises:
        InputError: it cannot be written there, or the path has characters that Slurm replaces.
    """
    parent = parent.expanduser().absolute()
    if _NOT_IN_PATHS.search(str(parent)):
        raise InputError("folder", parent, "a path without %, quotes and backslashes")
    stem = time.strftime("calibration-%Y%m%d-%H%M%S")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        number, folder = 2, parent / stem
        while folder.exists():
            folder, number = parent / f"{stem}-{number}", number + 1
        folder.mkdir()
        for script in (PROBE, Path(job_script.__file__)):
            shutil.copyfile(script, folder / script.name)
        for name in names:
            (folder / name).mkdir()
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError("folder", parent, f"a folder that can be written ({why})") from error
    return Run(
        folder=folder, executor=executor, submitted_s=time.time(), limit_s=limit_s, label=label
    )


def save_run(run: Run) -> None:
    """Write the record, whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    document: dict[str, Any] = {"format": FORMAT, "schema": SCHEMA, **asdict(run)}
    del document["folder"]
    content = json.dumps(document, allow_nan=False, indent=1).encode()
    try:
        write_atomically(run.folder / RECORD, content)
    except OSError as error:
        expected = f"a folder that can be written ({error.strerror or error})"
        raise InputError("folder", run.folder, expected) from error


def read_run(folder: Path) -> Run:
    """The run in a folder.

    Raises:
        InputError: there is none, or the record is not valid.
    """
    path = folder.expanduser().absolute() / RECORD
    expected = f"the folder that isoloss calibrate --submit named, with a valid {RECORD}"
    try:
        document = json.loads(read_file(path, _MOST_BYTES))
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise InputError("collect", folder, f"{expected} ({why})") from error
    except (ValueError, RecursionError) as error:
        raise InputError("collect", folder, expected) from error
    try:
        return _run_from(path.parent, document)
    except InputError as error:
        raise InputError("collect", folder, f"{expected} ({error})") from error


def _run_from(folder: Path, document: object) -> Run:
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError("format", "another", FORMAT)
    if document.get("schema") != SCHEMA:
        raise InputError("schema", document.get("schema"), str(SCHEMA))
    head: _Head = read_entry(_Head, document)
    if head.executor not in EXECUTORS:
        raise InputError("executor", head.executor, f"one of {', '.join(EXECUTORS)}")
    entries = document.get("jobs")
    if not isinstance(entries, list) or not 0 < len(entries) <= _MOST_JOBS:
        raise InputError("jobs", "none", f"a list of 1 to {_MOST_JOBS}")
    jobs = tuple(_job_from(entry) for entry in entries)
    if len({job.name for job in jobs}) < len(jobs):
        raise InputError("jobs", "a name twice", "jobs of different names")
    return Run(
        folder=folder,
        executor=head.executor,
        submitted_s=head.submitted_s,
        limit_s=head.limit_s,
        label=head.label,
        jobs=jobs,
    )


def _job_from(entry: object) -> Job:
    if not isinstance(entry, dict):
        raise InputError("jobs", type(entry).__name__, "objects")
    job: Job = read_entry(Job, entry)
    checked_name(job.name)
    if not (job.id.isascii() and job.id.isdigit()) and not (job.refused and not job.id):
        raise InputError("id", job.id, "a number")
    return job


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    executor: str
    submitted_s: float
    limit_s: float
    label: str
