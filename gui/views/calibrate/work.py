"""What the calibrate view has done in worker threads: asking Pythons, measuring, fitting."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.calibration.managed import (
    ManagedPlan,
    SetUpProgress,
    managed_bytes,
    managed_python,
    plan_managed,
    remove_managed,
    set_up,
)
from core.calibration.messages import Garbage, Line
from core.calibration.profile import Profile, default_name, make_profile, refit
from core.calibration.profile_file import save_profile
from core.calibration.profiles import Kept, kept_profiles
from core.calibration.pythons import TorchPython, ask_all, candidates
from core.calibration.result import Calibration
from core.calibration.run import CalibrationRequest, Outcome, calibrate
from core.calibration.unsaved import (
    Unsaved,
    new_unsaved,
    read_unsaved,
    unsaved_folder,
    unsaved_runs,
)
from core.errors import CancelledError, InputError
from core.hardware.tables import Problem
from gui.jobs import Progress

Tell = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class Found:
    """A Python that has answered.

    Attributes:
        python: its answer.
        place: among all candidates; the first is the likeliest.
        n: how many have been found.
    """

    python: TorchPython
    place: int
    n: int


def unsaved_file() -> Path:
    """A file for a run that begins now."""
    try:
        return new_unsaved()
    except OSError:  # the run fails to write it, and says why
        return unsaved_folder() / "run.json"


def look(chosen: Sequence[Path], tell: Tell, progress: Progress) -> int:
    """Ask every Python of this computer; each answer is told as it comes. How many there are.

    Raises:
        CancelledError: ``progress`` returned False.
    """
    found = candidates(chosen, managed_python())
    places = {candidate.path: place for place, candidate in enumerate(found)}
    answers = ask_all(found, cancelled=lambda: not progress(0.0))
    for python in answers:
        tell(Found(python, places[python.path], len(found)))
    if not progress(1.0):
        raise CancelledError
    return len(found)


def measure(
    request: CalibrationRequest,
    out: Path,
    is_asked_to_stop: Callable[[], bool],
    tell: Tell,
    go_on: Progress,
) -> Outcome:
    """Run the probe; its lines are told as they come, and saved in ``out``.

    Raises:
        CancelledError: nobody wants the outcome any more; the child has ended.
    """

    def is_over() -> bool:
        if not go_on(0.0):
            raise CancelledError
        return is_asked_to_stop()

    def on_line(line: Line) -> None:
        if not isinstance(line, Garbage):  # it may be endless
            tell(line)

    return calibrate(request, on_line, is_over, out)


def fit_measured(calibration: Calibration, out: Path | None, progress: Progress) -> Profile:
    """The profile of a fresh measurement, kept in ``out`` until somebody decides.

    Raises:
        InputError: a step of no model.
        CancelledError: ``progress`` returned False.
    """
    name = default_name(calibration, here=True)
    return _kept_in(out, make_profile(calibration, name, (), _stopping(progress)))


def fit_again(
    profile: Profile, excluded: Collection[int], out: Path | None, progress: Progress
) -> Profile:
    """The same measurements with other points left out; kept in ``out`` where that is given.

    Raises:
        CancelledError: ``progress`` returned False.
    """
    return _kept_in(out, refit(profile, excluded, _stopping(progress)))


def read_drafts(_progress: Progress) -> tuple[Unsaved, ...]:
    """What earlier runs measured and nobody saved or discarded."""
    return unsaved_runs()


def open_draft(path: Path, progress: Progress) -> Profile:
    """What such a run measured, with its fit.

    Raises:
        InputError: it cannot be read any more.
        CancelledError: ``progress`` returned False.
    """
    return _kept_in(path, read_unsaved(path, _stopping(progress)))


def read_profiles(_progress: Progress) -> tuple[tuple[Kept, ...], tuple[Problem, ...]]:
    """Every kept profile, and what could not be read."""
    return kept_profiles()


def plan_set_up(_progress: Progress) -> ManagedPlan:
    """What setting an environment up would do.

    Raises:
        InputError: it cannot be done here.
    """
    return plan_managed()


def do_set_up(plan: ManagedPlan, tell: Tell, progress: Progress) -> Path | None:
    """Set the environment up that a person has agreed to.

    Raises:
        InputError: it failed.
    """

    def on_progress(done: SetUpProgress) -> None:
        progress(done.fraction)
        tell(done)

    return set_up(plan, True, on_progress, lambda: not progress(0.0))


def weigh_managed(_progress: Progress) -> int:
    """Bytes of the environment on disk."""
    return managed_bytes()


def remove_set_up(_progress: Progress) -> int:
    """Remove the environment; how many bytes that frees.

    Raises:
        InputError: a part of it is in use.
    """
    return remove_managed()


def _kept_in(out: Path | None, profile: Profile) -> Profile:
    if out is not None:
        with suppress(InputError):  # its measurements are there already, or the run said why not
            save_profile(profile, out)
    return profile


def _stopping(progress: Progress) -> Callable[[float], None]:
    def stop_if_cancelled(share: float) -> None:
        if not progress(share):
            raise CancelledError

    return stop_if_cancelled
