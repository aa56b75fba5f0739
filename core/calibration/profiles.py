"""The profiles that a person has kept: one file each, in a folder of theirs."""

import re
from dataclasses import dataclass
from pathlib import Path

from core.calibration.profile import Profile
from core.calibration.profile_file import SUFFIX, load_profile, save_profile
from core.errors import InputError
from core.hardware.tables import Problem, user_folder

FOLDER = "profiles"
_LONGEST_STEM = 80


@dataclass(frozen=True, slots=True)
class Kept:
    """A profile with its file; the path as text is what a plan calls its GPU."""

    path: Path
    profile: Profile


def profiles_folder() -> Path:
    """Where profiles are kept."""
    return user_folder() / FOLDER


def kept_profiles(folder: Path | None = None) -> tuple[tuple[Kept, ...], tuple[Problem, ...]]:
    """Every profile, the newest first, and what of the folder could not be read.

    Args:
        folder: default `profiles_folder`.
    """
    found: list[Kept] = []
    problems: list[Problem] = []
    try:
        paths = sorted((folder or profiles_folder()).glob(f"*{SUFFIX}"))
    except OSError:
        paths = []
    for path in paths:
        try:
            found.append(Kept(path, load_profile(path)))
        except InputError as error:
            why = error.__cause__ if isinstance(error.__cause__, InputError) else error
            problems.append(Problem(path, None, why))
    found.sort(key=lambda kept: kept.profile.device.date, reverse=True)
    return tuple(found), tuple(problems)


def keep_profile(profile: Profile, path: Path | None = None, folder: Path | None = None) -> Kept:
    """Save a profile among the kept ones.

    Args:
        profile: what is saved.
        path: the file to replace (another name, another fit); None for a new one.
        folder: default `profiles_folder`.

    Raises:
        InputError: it cannot be written.
    """
    folder = folder or profiles_folder()
    if path is None:
        path = _free_path(folder, profile.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("file", path, f"a file that can be written ({error.strerror})") from error
    save_profile(profile, path)
    return Kept(path, profile)


def import_profile(path: Path, folder: Path | None = None) -> Kept:
    """A profile of another place among the kept ones; the file there stays.

    Raises:
        InputError: it is no profile, or cannot be written.
    """
    return keep_profile(load_profile(path), folder=folder)


def delete_profile(path: Path) -> None:
    """Remove a kept profile.

    Raises:
        InputError: it is not there, or cannot be removed.
    """
    try:
        path.unlink()
    except OSError as error:
        expected = f"a profile that can be removed ({error.strerror})"
        raise InputError("profile", path, expected) from error


def _free_path(folder: Path, name: str) -> Path:
    """A file name that says the profile's, and that no other profile has."""
    stem = re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-.")[:_LONGEST_STEM] or "profile"
    path, number = folder / f"{stem}{SUFFIX}", 2
    while path.exists():
        path = folder / f"{stem}-{number}{SUFFIX}"
        number += 1
    return path
