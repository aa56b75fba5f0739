"""What Slurm's own commands say: partitions, types of GPU, the state of jobs.

submitit asks ``sacct`` only, which many clusters do not keep; ``squeue`` is everywhere. The
words are those of Slurm's manual pages (sinfo, squeue, sacct, scancel).
"""

import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from core.calibration.child import clean_environment
from core.errors import InputError

NEEDED = ("sbatch", "srun", "squeue", "scancel", "sinfo")
_LIMIT_S = 30.0
_SHOWN = 300
_WAITS = frozenset(("PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESV_DEL_HOLD"))
_RUNS = frozenset(
    ("RUNNING", "CONFIGURING", "COMPLETING", "SUSPENDED", "STOPPED", "RESIZING", "STAGE_OUT")
)
_GRES = re.compile(r"gpu(?::(?P<type>[^:,()]+))?:(?P<count>\d+)(?:\([^)]*\))?")


class SlurmError(Exception):
    """A command of Slurm did not answer; the text says what it said."""


@dataclass(frozen=True, slots=True)
class State:
    """Where a job is.

    Attributes:
        word: Slurm's own (``PENDING``, ``RUNNING``, ``TIMEOUT``...); empty if nobody knows it
            any more.
        reason: why it waits, or why it ended.
    """

    word: str = ""
    reason: str = ""

    @property
    def waits(self) -> bool:
        """Whether it has not started."""
        return self.word in _WAITS

    @property
    def is_over(self) -> bool:
        """Whether it neither runs nor waits."""
        return not self.waits and self.word not in _RUNS


def check_slurm() -> None:
    """See whether Slurm's commands are there.

    Raises:
        InputError: they are not.
    """
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        expected = f"local on this computer: it has no {missing[0]}; slurm on a login node of one"
        raise InputError("submit", "slurm", expected)


def partitions() -> tuple[str, ...]:
    """Names of the partitions that one may see.

    Raises:
        SlurmError: Slurm does not answer.
    """
    return tuple(dict.fromkeys(_ask("sinfo", "--noheader", "--format=%R").split()))


def gpu_types(partition: str = "") -> dict[str, int]:
    """Types of GPU, each with the most that one node has; the type is empty where Slurm knows none.

    Args:
        partition: only of its nodes; of all where empty.

    Raises:
        SlurmError: Slurm does not answer.
    """
    where = [f"--partition={partition}"] if partition else []
    said = _ask("sinfo", "--noheader", "--format=%G", *where)
    found: dict[str, int] = {}
    for line in said.splitlines():
        on_a_node: dict[str, int] = {}
        for match in _GRES.finditer(line):
            name = match["type"] or ""
            on_a_node[name] = on_a_node.get(name, 0) + int(match["count"])
        for name, count in on_a_node.items():
            found[name] = max(count, found.get(name, 0))
    return found


def states(ids: Sequence[str]) -> dict[str, State]:
    """Where each job is.

    Raises:
        SlurmError: Slurm does not answer, which says nothing about the jobs.
    """
    found: dict[str, State] = {}
    try:
        said = _ask(
            "squeue",
            *("--noheader", "--states=all", "--format=%i|%T|%r", f"--jobs={','.join(ids)}"),
        )
    except SlurmError as error:
        if "Invalid job id" not in str(error):
            raise
        said = ""  # it ended so long ago that the controller has forgotten it
    for line in said.splitlines():
        number, _, rest = line.strip().partition("|")
        word, _, reason = rest.partition("|")
        found[number] = State(word, "" if reason == "None" else reason)
    forgotten = [number for number in ids if number not in found]
    return {**{number: State() for number in forgotten}, **found, **_recorded(forgotten)}


def cancel(ids: Sequence[str]) -> None:
    """Ask Slurm to end jobs; those that are over stay as they are.

    Raises:
        SlurmError: Slurm does not answer.
    """
    if ids:
        _ask("scancel", "--quiet", *ids)


def _recorded(ids: Sequence[str]) -> dict[str, State]:
    """What the accounting knows of jobs, where a cluster keeps one."""
    if not ids or shutil.which("sacct") is None:
        return {}
    options = ("--noheader", "--parsable2", "--allocations", "--format=JobID,State")
    try:
        said = _ask("sacct", *options, f"--jobs={','.join(ids)}")
    except SlurmError:
        return {}
    rows = (line.partition("|") for line in said.splitlines())
    # sacct says who: CANCELLED by 1000
    return {row[0]: State((row[2].split() or [""])[0]) for row in rows if row[0] in ids}


def _ask(*command: str) -> str:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            env=clean_environment(),
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SlurmError(f"{command[0]} did not answer in {_LIMIT_S:.0f} s") from None
    except OSError as error:
        raise SlurmError(f"{command[0]}: {error.strerror or error}") from error
    if done.returncode:
        said = " ".join(done.stderr.split())[:_SHOWN]
        raise SlurmError(said or f"{command[0]} ended with exit status {done.returncode}")
    return done.stdout
