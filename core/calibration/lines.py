"""Reads what the probe prints, one JSON object a line, and trusts none of it.

Whatever else comes out of a person's Python (a library's greeting, half a line of a killed
process, a number that is none) becomes a `Garbage` with the reason, never an exception.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from core.calibration.messages import (
    SCHEMA,
    BandwidthMeasurement,
    CollectiveMeasurement,
    DeviceInfo,
    Done,
    Garbage,
    LargestBatch,
    Line,
    MatmulMeasurement,
    Measurement,
    PlanInfo,
    PowerMeasurement,
    Progress,
    Skipped,
    StepMeasurement,
)
from core.errors import InputError

LONGEST_LINE = 1 << 20  # bytes; a plan of 200 points takes 40 kB
_LONGEST_TEXT, _MOST_TEXTS = 2_000, 32
_LARGEST = 1e30  # beyond it nothing is a measurement
_SHOWN = 200

MEASUREMENTS: dict[str, type[Any]] = {
    "step": StepMeasurement,
    "matmul": MatmulMeasurement,
    "bandwidth": BandwidthMeasurement,
    "largest_batch": LargestBatch,
    "power": PowerMeasurement,
    "collective": CollectiveMeasurement,
}
_LINES: dict[str, type[Any]] = {
    "device": DeviceInfo,
    "plan": PlanInfo,
    "skipped": Skipped,
    "progress": Progress,
    "done": Done,
}
# what may be 0; every other number is positive
_FROM_ZERO = {
    *("step_time_spread", "spread", "done", "points", "seconds_left", "measured", "skipped"),
    *("elapsed_s", "threads", "multi_processors", "power_w", "warmup", "temperature_c"),
    *("clock_mhz", "memory_clock_mhz"),
}


def read_line(line: bytes) -> Line:
    """What one line of the probe says; `Garbage` if nothing."""
    text = line[:_SHOWN].decode("utf-8", errors="replace").strip()
    if len(line) > LONGEST_LINE:
        return Garbage(text, f"longer than {LONGEST_LINE} bytes")
    try:
        entry = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return Garbage(text, "not JSON")
    if not isinstance(entry, dict):
        return Garbage(text, "not an object")
    kind = entry.get("type")
    try:
        if kind == "measurement":
            return read_measurement(entry)
        if isinstance(kind, str) and kind in _LINES:
            return read_entry(_LINES[kind], entry)  # type: ignore[no-any-return]
    except InputError as error:
        return Garbage(text, str(error))
    return Garbage(text, "of no known type")


def read_measurement(entry: Mapping[str, Any]) -> Measurement:
    """A measurement of any kind.

    Raises:
        InputError: it is of no known kind, or a value is not what its name says.
    """
    kind = entry.get("kind")
    if not isinstance(kind, str) or kind not in MEASUREMENTS:
        raise InputError("kind", kind, f"one of {', '.join(MEASUREMENTS)}")
    return read_entry(MEASUREMENTS[kind], entry)  # type: ignore[no-any-return]


def read_entry(made: type[Any], entry: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a ``made``
    """An object of class ``made``; what it has no field for is left out.

    Raises:
        InputError: a field is missing, or its value is of another type, not finite or out of
            range.
    """
    values: dict[str, Any] = {}
    for field, (types, needed) in _columns(made).items():
        if field not in entry:
            if needed:
                raise InputError(field, "nothing", "given")
            continue
        values[field] = _value(field, entry[field], types)
    if made is DeviceInfo and values["schema"] != SCHEMA:
        raise InputError("schema", values["schema"], f"{SCHEMA}")
    return made(**values)


def _columns(made: type[Any]) -> dict[str, tuple[tuple[Any, ...], bool]]:
    """Every field with the types that it may have, and whether it must be there."""
    hints = get_type_hints(made)
    found = {}
    for field in fields(made):
        hint = hints[field.name]
        types = get_args(hint) if get_origin(hint) is UnionType else (hint,)
        found[field.name] = types, field.default is MISSING
    return found


def _value(field: str, value: object, types: tuple[Any, ...]) -> object:
    """``value`` as the first of ``types`` that it can be."""
    if value is None and NoneType in types:
        return None
    kind = types[0]
    if kind is bool:
        if isinstance(value, bool):
            return value
        raise InputError(field, value, "true or false")
    if kind in (int, float):
        return _number(field, value, kind)
    if get_origin(kind) is tuple:
        if not isinstance(value, list) or len(value) > _MOST_TEXTS:
            raise InputError(field, value, f"a list of at most {_MOST_TEXTS} texts")
        return tuple(_text(field, item) for item in value)
    text = _text(field, value)
    if kind is str:
        return text
    try:
        return kind(text)
    except ValueError:
        raise InputError(field, value, f"one of {', '.join(kind)}") from None


def _number(field: str, value: object, kind: type[Any]) -> int | float:
    """A finite number, positive but where 0 means something."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InputError(field, value, "a number")
    if not -_LARGEST < value < _LARGEST:  # nor is a NaN
        raise InputError(field, value, "a finite number of usual size")
    if kind is int and not isinstance(value, int):
        raise InputError(field, value, "a whole number")
    if value < 0 or (value == 0 and field not in _FROM_ZERO):
        raise InputError(field, value, "positive")
    return value if kind is int else float(value)


def _text(field: str, value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise InputError(field, value, f"a text of at most {_LONGEST_TEXT} characters")
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise InputError(field, value, "text that can be written")
    return value


def _no_constant(name: str) -> float:
    """JSON has no NaN and no infinity, though Python reads them."""
    raise ValueError(name)
