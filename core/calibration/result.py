"""What a calibration measured, as a value and as a file; any part of a run is one, too."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.calibration.lines import MEASUREMENTS, read_entry, read_measurement
from core.calibration.messages import (
    SCHEMA,
    DeviceInfo,
    Measurement,
    PlanInfo,
    Skipped,
    StepMeasurement,
)
from core.errors import InputError
from core.files import NotAFileError, TooBigError, read_file, write_atomically

FORMAT = "isoloss-calibration"
_LARGEST_FILE = 16 << 20  # bytes; a thorough run takes 200 kB
_KINDS = {made: kind for kind, made in MEASUREMENTS.items()}


class Status(StrEnum):
    """How a run ended."""

    COMPLETE = "complete"
    STOPPED = "stopped"  # by a person, by a time limit, by a fault; what was measured counts
    FAILED = "failed"  # before anything was measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Measurements of one device.

    Attributes:
        device: what was measured, with what software, when.
        plan: what was to be measured; None if it never came to that.
        measurements: in the order of the run.
        skipped: what could not be measured, and why.
        status: how the run ended.
        reason: why it ended early; empty if it did not.
        elapsed_s: of the whole run.
    """

    device: DeviceInfo
    plan: PlanInfo | None = None
    measurements: tuple[Measurement, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    status: Status = Status.COMPLETE
    reason: str = ""
    elapsed_s: float = 0.0

    @property
    def steps(self) -> tuple[StepMeasurement, ...]:
        """The training steps of one process, which a fit is made of."""
        found = (entry for entry in self.measurements if isinstance(entry, StepMeasurement))
        return tuple(entry for entry in found if entry.processes == 1)

    @property
    def shared_steps(self) -> tuple[StepMeasurement, ...]:
        """The training steps of several processes, which no fit sees."""
        found = (entry for entry in self.measurements if isinstance(entry, StepMeasurement))
        return tuple(entry for entry in found if entry.processes > 1)


def document_of(calibration: Calibration) -> dict[str, Any]:
    """The same as a JSON object, as the probe writes it."""
    return {
        "format": FORMAT,
        "schema": SCHEMA,
        "status": str(calibration.status),
        "reason": calibration.reason,
        "elapsed_s": calibration.elapsed_s,
        "device": _plain(calibration.device),
        "plan": _plain(calibration.plan) if calibration.plan else {},
        "measurements": [
            {"kind": _KINDS[type(entry)], **_plain(entry)} for entry in calibration.measurements
        ],
        "skipped": [_plain(entry) for entry in calibration.skipped],
    }


def calibration_from(document: object) -> Calibration:
    """The calibration in a JSON object.

    Raises:
        InputError: it is none, of another version, or holds a value that is not what its name
            says; the field names the place.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError("calibration", "no such document", f"a document of format {FORMAT}")
    if document.get("schema") != SCHEMA:
        raise InputError("schema", document.get("schema"), f"{SCHEMA}")
    status = document.get("status")
    if status == "running":  # the probe was killed: it had no time to say so
        document = {**document, "status": "stopped", "reason": "ended"}
    if status not in (*Status, "running"):
        raise InputError("status", status, f"one of {', '.join(Status)}")
    head = read_entry(_Head, document)
    plan = document.get("plan")
    return Calibration(
        device=_within("device", document.get("device"), DeviceInfo),
        plan=_within("plan", plan, PlanInfo) if plan else None,
        measurements=tuple(
            _within(place, entry, None) for place, entry in _numbered("measurements", document)
        ),
        skipped=tuple(
            _within(place, entry, Skipped) for place, entry in _numbered("skipped", document)
        ),
        status=Status(head.status),
        reason=head.reason,
        elapsed_s=head.elapsed_s,
    )


def read_calibration(path: Path) -> Calibration:
    """The calibration in a file: of the app, or of a probe that ran by hand.

    Raises:
        InputError: there is no such file, it is too large, or not a valid calibration.
    """
    try:
        content = read_file(path, _LARGEST_FILE)
        document = json.loads(content, parse_constant=_no_constant)
    except NotAFileError as error:
        expected = "a file, not a folder, a pipe or a device"
        raise InputError("calibration", path, expected) from error
    except TooBigError as error:
        expected = f"a file of at most {_LARGEST_FILE >> 20} MiB"
        raise InputError("calibration", path, expected) from error
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise InputError("calibration", path, f"a readable file ({why})") from error
    except (ValueError, RecursionError) as error:
        raise InputError("calibration", path, "a JSON file that the probe wrote") from error
    return calibration_from(document)


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Save it, whole or not at all.

    Raises:
        InputError: it cannot be written there; what stood there is untouched.
    """
    content = json.dumps(document_of(calibration), allow_nan=False, indent=1).encode()
    try:
        write_atomically(path, content)
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError("file", path, f"a file that can be written ({why})") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    status: str
    reason: str
    elapsed_s: float


def _plain(entry: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the dataclasses
    """Its fields but for those that are None."""
    values = {name: value for name, value in asdict(entry).items() if value is not None}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def _numbered(field: str, document: dict[str, Any]) -> list[tuple[str, object]]:
    entries = document.get(field)
    if not isinstance(entries, list):
        raise InputError(field, type(entries).__name__, "a list")
    return [(f"{field}[{n}]", entry) for n, entry in enumerate(entries)]


def _within(place: str, entry: object, made: type[Any] | None) -> Any:  # noqa: ANN401 - a ``made``
    """An entry read; what is wrong with it is said with its place."""
    if not isinstance(entry, dict):
        raise InputError(place, type(entry).__name__, "an object")
    try:
        return read_entry(made, entry) if made else read_measurement(entry)
    except InputError as error:
        raise error.renamed(f"{place}.{error.field}") from error


def _no_constant(name: str) -> float:
    """JSON has no NaN and no infinity, though Python reads them."""
    raise ValueError(name)
