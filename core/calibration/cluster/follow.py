"""Follows jobs to their end: what they measure as it comes, where they are, what came of them."""

import contextlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from core.calibration.cluster.folder import Job, Run
from core.calibration.cluster.outcome import JobOutcome, Lines, ended, outcome
from core.calibration.cluster.slurm import SlurmError, State, cancel, states
from core.calibration.messages import Line

_POLL_S = 0.3
_ASK_EVERY_S = 5.0  # one question for all jobs; a controller answers to everybody
_PATIENCE_S = 15.0  # between a job's end and its files, which a shared disk may show late
_CANCEL_S = 45.0  # Slurm kills 30 s after it has asked, and says so a little later


class Handle(Protocol):
    """A job of submitit in the process that has submitted it."""

    def done(self) -> bool:
        """Whether it is over."""

    def cancel(self, check: bool = True) -> None:
        """Ask it to end."""


Handles = Mapping[str, Handle]


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of the jobs of a run.

    Attributes:
        outcomes: of those that are over, in the order of the run.
        going: those that are not, with their states.
        problem: why the scheduler could not be asked; empty if it could.
    """

    outcomes: tuple[JobOutcome, ...]
    going: tuple[tuple[Job, State], ...]
    problem: str = ""


def look(run: Run, handles: Handles | None = None) -> Found:
    """What is known of the jobs now.

    Args:
        run: as it was submitted, by this process or by another one.
        handles: submitit's jobs by name, where this process has submitted them.
    """
    handles = handles or {}
    unsure = [job for job in run.jobs if not job.refused and ended(run.place(job)) is None]
    if run.executor == "local":  # submitit's process is ours and must be over, too
        unsure = [job for job in run.jobs if job in unsure or job.name in handles]
    problem, where = "", {}
    if unsure and run.executor == "slurm":
        try:
            found = states([job.id for job in unsure])
            where = {job.name: found[job.id] for job in unsure}
        except SlurmError as error:
            problem = str(error)
            where = {job.name: State("RUNNING", "not known") for job in unsure}
    elif unsure:
        where = {job.name: _local_state(run, job, handles) for job in unsure}
    over, going = [], []
    for job in run.jobs:
        state = where.get(job.name, State("COMPLETED"))
        if state.is_over:
            over.append(outcome(run, job, state))
        else:
            going.append((job, state))
    return Found(tuple(over), tuple(going), problem)


def follow(
    run: Run,
    handles: Handles,
    on_line: Callable[[Job, Line], None] = lambda job, line: None,
    on_state: Callable[[Job, State], None] = lambda job, state: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Found:
    """Wait until every job is over; one who cancels ends them, and keeps what they measured.

    Args:
        run: as it was submitted.
        handles: submitit's jobs by name.
        on_line: called with every line of a job as it comes.
        on_state: called with the state of a job that is not over, whenever it was asked for.
        cancelled: asked several times a second.
    """
    readers = {job.name: Lines(run.place(job)) for job in run.jobs}
    asked_at = float("-inf")
    cancelled_at: float | None = None
    found = Found((), ())
    while True:
        for job in run.jobs:
            for line in readers[job.name].fresh():
                on_line(job, line)
        if cancelled_at is None and cancelled():
            cancelled_at = time.monotonic()
            stop(run, handles)
        now = time.monotonic()
        if now - asked_at > (_POLL_S if run.executor == "local" else _ASK_EVERY_S) or _news(
            run, found
        ):
            asked_at, found = now, look(run, handles)
            if not found.going:
                break
            for job, state in found.going:
                on_state(job, state)
        if cancelled_at is not None and now - cancelled_at > _CANCEL_S:
            break
        time.sleep(_POLL_S)
    found = _once_files_are_there(run, handles, found)
    for job in run.jobs:
        for line in readers[job.name].fresh():
            on_line(job, line)
    return found


def stop(run: Run, handles: Handles) -> None:
    """Ask the scheduler to end the jobs that have not ended."""
    going = [job for job in run.jobs if not job.refused and ended(run.place(job)) is None]
    if run.executor == "slurm":
        with contextlib.suppress(SlurmError):  # jobs end at their time limit then
            cancel([job.id for job in going])
        return
    for job in going:
        if job.name in handles:
            handles[job.name].cancel(check=False)


def _news(run: Run, found: Found) -> bool:
    """Whether a job that was not over has said that it is."""
    return any(ended(run.place(job)) is not None for job, _ in found.going)


def _once_files_are_there(run: Run, handles: Handles, found: Found) -> Found:
    """The same once every job that started has said how it ended, or had the time to."""
    until = time.monotonic() + _PATIENCE_S
    waiting = [one.job for one in found.outcomes if not one.job.refused]
    while time.monotonic() < until:
        if all(ended(run.place(job)) is not None for job in waiting):
            break
        time.sleep(_POLL_S)
    return look(run, handles)


def _local_state(run: Run, job: Job, handles: Handles) -> State:
    """Of a job on this computer, which says itself when it ends."""
    if job.name in handles:
        return State("COMPLETED" if handles[job.name].done() else "RUNNING")
    if time.time() - run.submitted_s > run.limit_s:
        return State()
    try:
        os.kill(int(job.id), 0)
    except (OSError, OverflowError):
        return State()
    return State("RUNNING")
