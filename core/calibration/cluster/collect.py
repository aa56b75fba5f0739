"""Profiles of what jobs measured, among those that a person keeps: one for each type of GPU."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.calibration.cluster.folder import Job, Run, save_run
from core.calibration.cluster.outcome import JobOutcome
from core.calibration.profile import LONGEST_NAME, Profile, default_name, make_profile, rename
from core.calibration.profile_file import SUFFIX, load_profile, save_profile
from core.calibration.profiles import keep_profile, profiles_folder
from core.calibration.result import Calibration
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class Collected:
    """A profile that a job became.

    Attributes:
        job: which.
        profile: what was fitted.
        path: where it is kept.
    """

    job: Job
    profile: Profile
    path: Path


def keep(run: Run, outcomes: Sequence[JobOutcome], out: Path | None = None) -> list[Collected]:
    """Fit and keep what can be; what was kept before is replaced, or left if it is the same.

    Two jobs may have met the same model: types may be names of partitions, or of two
    generations of nodes. Each stays a profile of its own, with the cluster's name for its type.

    Args:
        run: whose outcomes these are; its record says afterwards where profiles are.
        outcomes: jobs that are over.
        out: folder for copies; None for none.

    Raises:
        InputError: a profile, a copy or the record cannot be written.
    """
    measured = [one for one in outcomes if one.calibration and one.calibration.steps]
    found = []
    for one in measured:
        assert one.calibration is not None
        kept = _kept_before(one.job)
        if kept is not None and kept.profile.calibration == one.calibration:
            collected = kept
        else:
            profile = make_profile(one.calibration, _name(run, one.job, one.calibration))
            if kept is not None:
                profile = rename(profile, kept.profile.name)
            path = keep_profile(profile, kept.path if kept else None).path
            collected = Collected(one.job, profile, path)
            run = run.with_job(replace(one.job, profile=str(path)))
            save_run(run)
        if out is not None:
            save_profile(collected.profile, _copy_in(out, one.job))
        found.append(collected)
    return found


def checked_out(out: Path) -> Path:
    """The folder for copies, made if it is not there.

    Raises:
        InputError: it is none, or cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        expected = f"a folder that can be written ({error.strerror or error})"
        raise InputError("out", out, expected) from error
    return out


def _copy_in(out: Path, job: Job) -> Path:
    return out / f"{job.name}{SUFFIX}"


def _name(run: Run, job: Job, calibration: Calibration) -> str:
    """What a profile is called: beside others with the cluster's name for its GPUs."""
    name = run.label or default_name(calibration)
    end = f" ({job.name})" if len(run.jobs) > 1 else ""
    return f"{name[: LONGEST_NAME - len(end)]}{end}"


def _kept_before(job: Job) -> Collected | None:
    """The profile that an earlier call made of the job, if it is still there."""
    path = Path(job.profile)
    if not job.profile or path.parent != profiles_folder():
        return None
    try:
        return Collected(job, load_profile(path), path)
    except InputError:
        return None
