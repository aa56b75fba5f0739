"""A person's own law and GPU profile inside of a plan file: by content, never by path.

Who opens a plan file may have got it from anybody, so no path in it is ever opened. What is
embedded is read by the readers of such files, and written to a folder of Isoloss's own under a
name made of the content; the request then points there, or to the profile of the same content
that the person has kept.
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from core.documents.places import embedded_folder
from core.errors import InputError
from core.files import read_file, write_atomically
from core.laws.law_file import SUFFIX as LAW_SUFFIX
from core.laws.law_file import law_from_bytes, law_to_bytes, load_law
from core.laws.library import law_stamp, laws
from core.laws.reading import Fields
from core.planner.request import ANY_GPU, PlanRequest

_LONGEST_NAME = 32  # digits of the hash


def embedded_of(request: PlanRequest) -> dict[str, bytes]:
    """The content of the person's own files that a request points to, by field.

    Raises:
        InputError: one of them cannot be read.
    """
    found = {}
    if request.law not in laws():
        found["law"] = _law_bytes(request.law, law_stamp(request.law))
    if request.of_today and request.gpu != ANY_GPU:
        from core.calibration.hardware import is_profile_file, profile_stamp

        if is_profile_file(request.gpu):
            found["gpu"] = _profile_bytes(request.gpu, profile_stamp(request.gpu))
    return found


def embedded_from(fields: Fields) -> dict[str, bytes]:
    """The content of what is embedded in a file, by field; checked, and as we write it.

    Raises:
        InputError: it is no law, or no profile.
    """
    return {
        name: _canonical(name, json.dumps(fields.part(name).values).encode(), fields.file)
        for name in fields.values
        if fields.has(name)
    }


def unpacked(embedded: dict[str, bytes]) -> dict[str, str]:
    """Where the content stands as a file by now: path by field.

    Raises:
        InputError: it cannot be written.
    """
    return {name: str(_place(name, content)) for name, content in embedded.items()}


@lru_cache(maxsize=8)
def _law_bytes(path: str, stamp: object) -> bytes:
    return law_to_bytes(load_law(Path(path)))


@lru_cache(maxsize=8)
def _profile_bytes(path: str, stamp: object) -> bytes:
    from core.calibration.hardware import find_profile
    from core.calibration.profile_file import profile_to_bytes

    return profile_to_bytes(find_profile(path))


def _canonical(name: str, content: bytes, file: str) -> bytes:
    place = f"embedded {'law' if name == 'law' else 'profile'} of {file}"
    if name == "law":
        return law_to_bytes(law_from_bytes(content, place))
    from core.calibration.profile_file import profile_from_bytes, profile_to_bytes

    return profile_to_bytes(profile_from_bytes(content, place))


def _place(name: str, content: bytes) -> Path:
    kept = None if name == "law" else _kept_profile(content)
    if kept is not None:
        return kept
    folder = embedded_folder()
    digest = hashlib.sha256(content).hexdigest()[:_LONGEST_NAME]
    path = folder / f"{digest}{LAW_SUFFIX if name == 'law' else '.json'}"
    try:
        if not _holds(path, content):
            folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
    except OSError as error:
        raise InputError(
            "folder", folder, f"one that can be written to ({error.strerror})"
        ) from error
    return path


def _holds(path: Path, content: bytes) -> bool:
    try:
        return read_file(path, len(content)) == content
    except OSError:
        return False


def _kept_profile(content: bytes) -> Path | None:
    from core.calibration.profile_file import profile_to_bytes
    from core.calibration.profiles import kept_profiles

    kept, _ = kept_profiles()
    return next((one.path for one in kept if profile_to_bytes(one.profile) == content), None)
