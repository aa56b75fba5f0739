"""A profile as a file: JSON with a version, checked on the way in.

    {"format": "isoloss-profile", "version": 1, "name", "app_version",
     "calibration": {...}                        as `core.calibration.result` writes it
     "excluded": [3, 17],                        places among its steps of one process
     "fits": [{"stack": "decoder", "precision": "bf16", "compile": false,
               "roofline": {"form": "sum", "seconds": {"matmul": 5e-15, ...}, "errors": [...]},
               "curve": null or {"k", "a", "b", "c", "errors": [...]}}, ...]}

Only values are read from it: no name in it is opened, imported or run. Ranges, suspects and the
reasons for a missing fit follow from the measurements and are not in the file.
"""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np

from core.calibration.curve import COEFFICIENTS, LIMITS, Curve, curve_seconds
from core.calibration.fit import CurveFit, GroupFit, RooflineFit, assembled, groups_of
from core.calibration.forms import FORMS, predicted
from core.calibration.held_out import HeldOut
from core.calibration.points import Points
from core.calibration.profile import Profile, checked_name, checked_places
from core.calibration.result import calibration_from, document_of
from core.errors import InputError
from core.files import read_file, write_atomically
from core.laws.reading import Fields, finite_row, parse
from core.ops import FloatArray
from core.speed.calibrated import TERMS

FORMAT, VERSION, SUFFIX = "isoloss-profile", 1, ".json"
MOST_BYTES = 8_000_000  # a thorough run takes 200 kB
_MOST_STEPS = 5_000
_MOST_SECONDS = 1e6  # of any term, and of any step
_WORST = 20.0  # ln: an error beyond it is none


def save_profile(profile: Profile, path: Path) -> None:
    """Write the file whole or not at all; the same profile gives the same bytes.

    Raises:
        InputError: it cannot be written there; what stood there is untouched.
    """
    try:
        write_atomically(path, profile_to_bytes(profile))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError("file", path, f"a file that can be written ({reason})") from error


def load_profile(path: Path) -> Profile:
    """The profile of a file.

    Raises:
        InputError: it cannot be read, is not such a file, is too big, was written by a newer
            version, or holds what is no profile. The field is ``profile``, the value the path.
    """
    try:
        if not path.is_file():
            raise InputError("profile", path, "a file that isoloss calibrate wrote")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = getattr(error, "strerror", None) or "no such path"
        raise InputError("profile", path, f"a file that can be read ({reason})") from error
    try:
        return profile_from_bytes(content, path.name)
    except InputError as error:
        raise InputError("profile", path, f"a profile of Isoloss ({error})") from error


def is_profile(path: Path) -> bool:
    """Whether a file says that it is a profile; its reader says what is wrong with it."""
    try:
        document = json.loads(read_file(path, 2 * MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(document, dict) and document.get("format") == FORMAT


def profile_to_bytes(profile: Profile) -> bytes:
    """The content of the file, UTF-8."""
    document: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "name": profile.name,
        "app_version": profile.app_version,
        "calibration": document_of(profile.calibration),
        "excluded": list(profile.excluded),
        "fits": [_of_group(group) for group in profile.fits],
    }
    return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()


def profile_from_bytes(content: bytes, file: str) -> Profile:
    """The profile that the content of a file describes.

    Args:
        content: all of it, from anywhere: nothing in it is trusted.
        file: name of the file, for messages.

    Raises:
        InputError: it is not such a file; the field is named.
    """
    if len(content) > MOST_BYTES:
        raise InputError(file, "more", f"at most {MOST_BYTES / 1e6:.0f} MB")
    document = parse(content, file)
    if document.values.get("format") != FORMAT:
        document.refuse("format", f'"{FORMAT}"')
    if document.integer("version", 1, 10**6) > VERSION:
        document.refuse("version", f"at most {VERSION}: a newer Isoloss wrote this file, update")
    name = checked_name(document.text("name"))
    calibration = calibration_from(document.values.get("calibration"))
    if len(calibration.steps) > _MOST_STEPS:
        raise InputError("measurements", len(calibration.steps), f"at most {_MOST_STEPS:,}")
    for step in calibration.steps:
        if step.step_time_s > _MOST_SECONDS:
            raise InputError("step_time_s", step.step_time_s, f"at most {_MOST_SECONDS:g}")
    places = [_place(entry) for entry in document.items("excluded", _MOST_STEPS)]
    excluded = checked_places(places, len(calibration.steps))
    fits = []
    groups = groups_of(calibration.steps, excluded)
    saved = document.items("fits", len(groups))
    if len(saved) != len(groups):
        document.refuse("fits", f"a list of {len(groups)}, one a stack and precision")
    for place, (group, entry) in enumerate(zip(groups, saved, strict=True)):
        if not isinstance(entry, dict):
            document.refuse("fits", "a list of objects")
        fields = Fields(entry, file, f"fits[{place}].")
        for what in ("stack", "precision", "compile"):
            if entry.get(what) != getattr(group, what):
                fields.refuse(what, f"{getattr(group, what)}, as measured")
        fits.append(
            assembled(
                group,
                calibration.steps,
                _roofline(fields, group.numbers) if fields.has("roofline") else None,
                _curve(fields, group.numbers) if fields.has("curve") else None,
            )
        )
    version = document.text("app_version", "")
    return Profile(name, calibration, excluded, tuple(fits), version)


def _of_group(group: GroupFit) -> dict[str, object]:
    roofline, curve = group.roofline, group.curve
    found: dict[str, object] = {
        "stack": str(group.stack),
        "precision": group.precision,
        "compile": group.compile,
        "roofline": None,
        "curve": None,
    }
    if isinstance(roofline, RooflineFit):
        found["roofline"] = {
            "form": roofline.form,
            "seconds": dict(zip(TERMS, roofline.seconds, strict=True)),
            "errors": list(roofline.held_out.errors),
        }
    if isinstance(curve, CurveFit):
        found["curve"] = {**asdict(curve.curve), "errors": list(curve.held_out.errors)}
    return found


def _roofline(fields: Fields, points: Points | None) -> RooflineFit:
    part = fields.part("roofline")
    if points is None:
        fields.refuse("roofline", "absent: no point is left to fit")
    form = next((form for form in FORMS if form.id == part.text("form")), None)
    if form is None:
        part.refuse("form", f"one of {', '.join(form.id for form in FORMS)}")
    each = part.part("seconds")
    seconds = tuple(each.number(name, 0.0, _MOST_SECONDS) for name in TERMS)
    says = predicted(points.counted, np.array(seconds), form.overlap)
    _check_speeds(part, "seconds", says)
    return RooflineFit(form.id, seconds, form.overlap, points.ranges, _errors(part, points))


def _curve(fields: Fields, points: Points | None) -> CurveFit:
    part = fields.part("curve")
    if points is None:
        fields.refuse("curve", "absent: no point is left to fit")
    k, a, b, c = (part.number(name, 0.0, LIMITS[name]) for name in COEFFICIENTS)
    if k == 0:
        part.refuse("k", "positive")
    curve = Curve(k, a, b, c)
    _check_speeds(part, "k", curve_seconds(curve, points))
    return CurveFit(curve, _errors(part, points))


def _check_speeds(part: Fields, name: str, seconds: FloatArray) -> None:
    if not np.all(np.isfinite(seconds) & (seconds > 0) & (seconds < _MOST_SECONDS)):
        part.refuse(name, "coefficients that give every measured step a time")


def _errors(part: Fields, points: Points) -> HeldOut:
    errors = finite_row(part.values.get("errors"), len(points.steps))
    if errors is None or max(map(abs, errors)) > _WORST:
        part.refuse("errors", f"a list of {len(points.steps)} numbers from -20 to 20")
    return HeldOut(errors, points.n_shapes)


def _place(entry: object) -> int:
    if isinstance(entry, bool) or not isinstance(entry, int):
        raise InputError("excluded", entry, "a list of whole numbers")
    return entry
