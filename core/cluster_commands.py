"""``isoloss calibrate --submit``: a cluster's types of GPU, each measured by a job of its own."""

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from core.command_line import Once, Parser, UsageError, as_json, quoted
from core.errors import InputError
from core.quantities import Kind, parse_quantity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.calibration.cluster.collect import Collected
    from core.calibration.cluster.folder import Job, Run
    from core.calibration.cluster.follow import Found
    from core.calibration.cluster.slurm import State
    from core.calibration.messages import Line
    from core.calibration.profile import Profile
    from core.calibration.run import CalibrationRequest

FIELDS = {
    "submit": "--submit",
    "collect": "--collect",
    "gpu_type": "--gpu-type",
    "partition": "--partition",
    "gpus_per_node": "--gpus-per-node",
    "slurm": "--slurm",
    "folder": "--folder",
    "submit_python": "--submit-python",
    "out": "--out",
}
_WITH_SUBMIT = {
    "gpu_type": "--gpu-type",
    "partition": "--partition",
    "gpus_per_node": "--gpus-per-node",
    "slurm": "--slurm",
    "folder": "--folder",
    "submit_python": "--submit-python",
    "no_wait": "--no-wait",
}
_WIDTH = 110


def add_cluster_options(command: Parser) -> None:
    """Options of ``isoloss calibrate`` that are about a cluster."""
    group = command.add_argument_group("on a cluster (with submitit)")
    group.add_argument(
        "--submit", metavar="WHERE", action=Once, help="slurm: a job for each GPU type; or local"
    )
    group.add_argument(
        "--gpu-type",
        metavar="NAME",
        action="append",
        help="as Slurm calls it, once for each (default: all that sinfo names)",
    )
    group.add_argument("--partition", metavar="NAME", action=Once, help="of Slurm")
    group.add_argument(
        "--gpus-per-node",
        metavar="N",
        action=Once,
        help="GPUs of a job (default 1; more also measures links; 0 the CPUs)",
    )
    group.add_argument(
        "--slurm",
        metavar="KEY=VALUE",
        action="append",
        help="any option of sbatch, such as account=abc or cpus-per-task=8",
    )
    group.add_argument(
        "--folder",
        metavar="DIR",
        action=Once,
        help="on a disk that the nodes see (default: in your home folder)",
    )
    group.add_argument(
        "--submit-python",
        metavar="PATH",
        action=Once,
        help="with submitit, on the nodes (default: the one that runs Isoloss)",
    )
    group.add_argument("--no-wait", action="store_true", help="submit, and stop")
    group.add_argument(
        "--collect", metavar="DIR", action=Once, help="take what a submission has measured"
    )


def how_to_plan(profile: "Profile", path: Path) -> str:
    """The command that plans with a saved profile, or why none can."""
    if profile.has_fit:
        return f"To plan with it: isoloss plan --hours 24 --gpu {quoted(str(path))}"
    return "! No plan can use it: too little was measured, or left in. Measure longer (--minutes)."


def is_asked(arguments: argparse.Namespace) -> bool:
    """Whether the words are about a cluster.

    Raises:
        UsageError: some are, but neither --submit nor --collect is there, or both.
        InputError: no such executor; said before a Python is looked for.
    """
    if arguments.submit is not None and arguments.collect is not None:
        raise UsageError("--collect must be given without --submit")
    if arguments.submit is not None:
        from core.calibration.cluster.folder import EXECUTORS

        if arguments.submit not in EXECUTORS:
            raise InputError("submit", arguments.submit, f"one of {', '.join(EXECUTORS)}")
        if arguments.no_wait and arguments.out:
            raise UsageError("--out must go with --collect where --submit does not wait")
        return True
    for field, name in _WITH_SUBMIT.items():
        if getattr(arguments, field):
            raise UsageError(f"{name} must go with --submit local or --submit slurm")
    return arguments.collect is not None


def submit(arguments: argparse.Namespace, calibration: "CalibrationRequest") -> str:
    """Submit a job for each type of GPU, follow them, and keep a profile of each.

    Raises:
        InputError: a value that cannot be used.
        UsageError: not one job was taken, or not one left a profile.
    """
    from core.calibration.cluster import collect as collecting
    from core.calibration.cluster import follow as following
    from core.calibration.cluster.folder import default_folder
    from core.calibration.cluster.request import ClusterRequest
    from core.calibration.cluster.submit import submit as send
    from core.calibration.live import interrupts
    from core.calibration.profile import checked_name

    count = 1
    if arguments.gpus_per_node is not None:
        count = _count(arguments.gpus_per_node)
    request = ClusterRequest(
        executor=arguments.submit,
        gpu_types=tuple(arguments.gpu_type or ()),
        partition=arguments.partition or "",
        gpus_per_node=count,
        options=_options(arguments.slurm or ()),
        folder=Path(arguments.folder) if arguments.folder else default_folder(),
        python=Path(arguments.submit_python) if arguments.submit_python else None,
        label=checked_name(arguments.name) if arguments.name else "",
    )
    out = collecting.checked_out(Path(arguments.out)) if arguments.out else None
    with interrupts() as interrupted, _alone(arguments.submit):
        sent = send(request, calibration)
        run = sent.run
        refused = [job for job in run.jobs if job.refused]
        if len(refused) == len(run.jobs):
            raise UsageError(f"nothing was submitted: {refused[0].refused}")
        if arguments.no_wait:
            return _sent(run, arguments.json)
        shown = _Shown(run, arguments.json_lines)
        found = following.follow(
            run,
            sent.handles,
            shown.line,
            shown.state,
            lambda: interrupted.is_set() or shown.is_alone,
        )
        shown.end()
    return _answer(arguments, run, found, collecting.keep(run, found.outcomes, out))


def collect(arguments: argparse.Namespace) -> str:
    """Keep what the jobs of an earlier submission have measured.

    Raises:
        InputError: there is no such submission.
        UsageError: all jobs are over, and not one left a profile.
    """
    from core.calibration.cluster import collect as collecting
    from core.calibration.cluster.folder import read_run
    from core.calibration.cluster.follow import look

    run = read_run(Path(arguments.collect))
    out = collecting.checked_out(Path(arguments.out)) if arguments.out else None
    found = look(run)
    return _answer(arguments, run, found, collecting.keep(run, found.outcomes, out))


@contextlib.contextmanager
def _alone(executor: str) -> "Iterator[None]":
    """Nothing else is calibrated on this computer meanwhile, if the jobs run on it.

    Raises:
        UsageError: something is.
    """
    from core.calibration.faults import busy, fault
    from core.calibration.lock import Lock

    lock = Lock()
    try:
        holder = lock.take("this computer") if executor == "local" else None
    except OSError as error:
        raise UsageError(str(fault("no_folder", detail=error.strerror or str(error)))) from error
    if holder is not None:
        raise UsageError(str(busy(holder)))
    try:
        yield
    finally:
        lock.release()


def _count(text: str) -> int:
    if text.strip() == "0":
        return 0
    value = parse_quantity(text, Kind.NUMBER, "gpus_per_node")
    if value != int(value):
        raise InputError("gpus_per_node", text, "a whole number")
    return int(value)


def _options(words: "Sequence[str]") -> dict[str, str]:
    """Options of sbatch; one without = is a switch.

    Raises:
        InputError: an option without a name, or twice.
    """
    found: dict[str, str] = {}
    for word in words:
        key, _, value = word.partition("=")
        key = key.strip().removeprefix("--")
        if not key or key in found:
            raise InputError("slurm", word, "KEY=VALUE, each key once")
        found[key] = value.strip()
    return found


def _sent(run: "Run", in_json: bool) -> str:
    """What was submitted, and how to go on."""
    if in_json:
        jobs = [{"gpu_type": j.name, "id": j.id, "refused": j.refused or None} for j in run.jobs]
        return as_json({"folder": str(run.folder), "executor": run.executor, "jobs": jobs})
    lines = [
        f"! {job.name}: {job.refused}" if job.refused else f"{job.name}: job {job.id}"
        for job in run.jobs
    ]
    return "\n".join([*lines, f"Later: isoloss calibrate --collect {run.folder}"])


def _answer(
    arguments: argparse.Namespace, run: "Run", found: "Found", kept: "Sequence[Collected]"
) -> str:
    """Profiles, what went wrong, and what still runs."""
    from core.calibration.report import profile_as_dict, profile_as_text

    if not kept and not found.going:
        reasons = [f"{one.job.name}: {one.message}" for one in found.outcomes]
        raise UsageError(f"nothing to save: {' '.join(reasons)} ({run.folder})")
    paths = {one.job.name: one for one in kept}
    if arguments.json or arguments.json_lines:
        jobs: list[dict[str, object]] = []
        for one in found.outcomes:
            profile = paths.get(one.job.name)
            jobs.append(
                {
                    "gpu_type": one.job.name,
                    "id": one.job.id,
                    "state": "over",
                    "message": None if one.message is None else str(one.message),
                    "file": str(profile.path) if profile else None,
                    "profile": profile_as_dict(profile.profile) if profile else None,
                }
            )
        for job, state in found.going:
            jobs.append({"gpu_type": job.name, "id": job.id, "state": state.word.lower()})
        document = {
            "type": "profiles",
            "folder": str(run.folder),
            "problem": found.problem or None,
            "jobs": jobs,
        }
        if arguments.json_lines:
            return json.dumps(document, allow_nan=False)
        return as_json(document)
    lines: list[str] = []
    for collected in kept:
        lines += [profile_as_text(collected.profile), "", f"Kept in {collected.path}"]
        lines += [how_to_plan(collected.profile, collected.path), ""]
    lines += [
        f"! {one.job.name} (job {one.job.id or 'none'}): {one.message}"
        for one in found.outcomes
        if one.message is not None
    ]
    lines += _same_model(kept)
    lines += [f"{job.name} (job {job.id}): {_where(state)}" for job, state in found.going]
    if found.problem:
        lines.append(f"! Slurm does not answer: {found.problem}")
    if found.going:
        lines.append(f"Later: isoloss calibrate --collect {run.folder}")
    return "\n".join(lines).rstrip()


def _same_model(kept: "Sequence[Collected]") -> list[str]:
    """Which types turned out to be one model."""
    models: dict[str, list[str]] = {}
    for one in kept:
        models.setdefault(one.profile.device.name, []).append(one.job.name)
    return [
        f"{', '.join(names)} ran on the same model, {model}; each is a profile of its own."
        for model, names in models.items()
        if len(names) > 1
    ]


def _where(state: "State") -> str:
    if state.waits:
        return f"waits ({state.reason})" if state.reason else "waits"
    return "runs"


class _Shown:
    """What a person or a program sees of several jobs while they run.

    Attributes:
        is_alone: whether nobody reads the output any more.
    """

    def __init__(self, run: "Run", json_lines: bool) -> None:
        self._json_lines = json_lines
        self._where = {job.name: "waits" for job in run.jobs if not job.refused}
        self._longest = 0
        self.is_alone = False

    def line(self, job: "Job", line: "Line") -> None:
        """A job has said something."""
        from core.calibration.live import as_object
        from core.calibration.messages import Done, Progress

        if self._json_lines:
            entry = {"job": job.id, "gpu_type": job.name, **as_object(line)}
            self._write(sys.stdout, json.dumps(entry, allow_nan=False) + "\n")
        elif isinstance(line, Progress):
            point = f"{line.done + 1} of {line.points}"
            self._say(job, f"{point}, {line.seconds_left:.0f} s left")
        elif isinstance(line, Done):
            self._say(job, "done")

    def state(self, job: "Job", state: "State") -> None:
        """The scheduler has said where a job is."""
        if self._where.get(job.name, "").startswith(("waits", "runs")):
            self._say(job, _where(state))

    def end(self) -> None:
        """Leave the terminal's line empty."""
        if not self._json_lines and sys.stderr.isatty():
            self._write(sys.stderr, f"\r{'':<{self._longest}}\r")

    def _say(self, job: "Job", text: str) -> None:
        self._where[job.name] = text
        if self._json_lines or not sys.stderr.isatty():
            return
        said = "; ".join(f"{name}: {where}" for name, where in self._where.items())[:_WIDTH]
        self._longest = max(self._longest, len(said))
        self._write(sys.stderr, f"\r{said:<{self._longest}}")

    def _write(self, stream: TextIO, text: str) -> None:
        try:
            print(text, end="", file=stream, flush=True)
        except OSError:
            self.is_alone = True
