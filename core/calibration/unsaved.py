"""What was measured and is not yet a profile: a file each run, until it is saved or discarded.

While a run lasts its file holds the measurements so far, and from the first fit on a profile with
what a person left out by hand.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.calibration.profile import Profile, default_name, make_profile
from core.calibration.profile_file import SUFFIX, load_profile
from core.calibration.result import Calibration, read_calibration
from core.errors import InputError
from core.hardware.tables import user_folder

FOLDER = "unsaved"


@dataclass(frozen=True, slots=True)
class Unsaved:
    """A run that nobody has saved or discarded.

    Attributes:
        path: its file.
        name: what its profile would be called.
        date: when it was measured.
        points: training steps.
    """

    path: Path
    name: str
    date: str
    points: int


def unsaved_folder() -> Path:
    """Where such runs are."""
    return user_folder() / FOLDER


def new_unsaved(folder: Path | None = None) -> Path:
    """A file for a run that begins now; the folder is made, the file is not.

    Args:
        folder: default `unsaved_folder`.

    Raises:
        OSError: the folder cannot be made.
    """
    folder = folder or unsaved_folder()
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{datetime.now():%Y-%m-%d-%H%M%S}"
    path, number = folder / f"{stem}{SUFFIX}", 2
    while path.exists():
        path = folder / f"{stem}-{number}{SUFFIX}"
        number += 1
    return path


def unsaved_runs(folder: Path | None = None) -> tuple[Unsaved, ...]:
    """Every such run with training steps, the newest first.

    Args:
        folder: default `unsaved_folder`.
    """
    try:
        paths = sorted((folder or unsaved_folder()).glob(f"*{SUFFIX}"))
    except OSError:
        return ()
    found = [run for path in paths if (run := about_unsaved(path)) is not None]
    return tuple(sorted(found, key=lambda run: (run.date, run.path.name), reverse=True))


def about_unsaved(path: Path) -> Unsaved | None:
    """The run in a file; None where there is none with training steps."""
    try:
        held = _held(path)
    except InputError:
        return None
    if isinstance(held, Profile):
        return Unsaved(path, held.name, held.device.date, len(held.steps))
    if not held.steps:
        return None
    return Unsaved(path, default_name(held, here=True), held.device.date, len(held.steps))


def read_unsaved(path: Path, progress: Callable[[float], object] | None = None) -> Profile:
    """The profile of a run, fitted where that has not been done.

    Raises:
        InputError: the file cannot be read, or holds no run with training steps.
    """
    held = _held(path)
    if isinstance(held, Profile):
        return held
    if not held.steps:
        raise InputError("calibration", path.name, "a run with training steps of one process")
    return make_profile(held, default_name(held, here=True), (), progress)


def _held(path: Path) -> Profile | Calibration:
    try:
        return load_profile(path)
    except InputError:
        return read_calibration(path)
