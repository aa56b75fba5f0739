"""What came of a job, from the files that it left; nothing is trusted, nothing is executed."""

import json
from dataclasses import dataclass
from pathlib import Path

from core.calibration.cluster.folder import Job, Run
from core.calibration.cluster.job import ENDED, ERRORS, LINES, MOST_BYTES
from core.calibration.cluster.slurm import State
from core.calibration.faults import fault, nothing_measured
from core.calibration.lines import LONGEST_LINE, read_entry, read_line
from core.calibration.messages import Done, Garbage, Line
from core.calibration.result import Calibration, read_calibration
from core.calibration.run import signal_name
from core.errors import InputError
from core.files import is_file, open_file
from core.messages import Message

RESULT = "result.json"
_MOST_OF_ENDED, _SHOWN_OF_ERRORS = 65_536, 300
_CODES = frozenset(("hang", "too_long", "too_much", "cancelled"))


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What came of a job.

    Attributes:
        job: which.
        calibration: what was measured; None if nothing that can be used.
        message: what went wrong; None for a job that came to its end.
    """

    job: Job
    calibration: Calibration | None = None
    message: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the command of a job ended, as the job wrote it."""

    reason: str
    detail: str
    status: int | None = None


class Lines:
    """The lines of a job that have not been read yet."""

    def __init__(self, place: Path) -> None:
        self._path = place / LINES
        self._at = 0

    def fresh(self) -> list[Line]:
        """What came since the last call; half a line waits for its end."""
        try:
            with open_file(self._path) as file:
                file.seek(self._at)
                whole, end, _ = file.read(2 * LONGEST_LINE).rpartition(b"\n")
        except OSError:  # not there yet, or a shared disk that does not answer
            return []
        self._at += len(whole) + len(end)
        return [read_line(line) for line in whole.split(b"\n") if line.strip()]


def ended(place: Path) -> Ended | None:
    """How a job ended; None as long as it says nothing."""
    document = _small_json(place / ENDED)
    if not isinstance(document, dict):
        return None
    status = document.pop("status", None)
    try:
        found: Ended = read_entry(Ended, document)
    except InputError:
        return Ended(reason="", detail="")
    is_number = isinstance(status, int) and not isinstance(status, bool)
    return Ended(reason=found.reason, detail=found.detail, status=status if is_number else None)


def outcome(run: Run, job: Job, state: State) -> JobOutcome:
    """What came of a job that is over.

    Args:
        run: whose.
        job: which.
        state: what the scheduler says, for a job that could say nothing itself.
    """
    if job.refused:
        return JobOutcome(job, None, fault("refused", detail=job.refused))
    place = run.place(job)
    calibration, wrong = None, None
    if is_file(place / RESULT):
        try:
            calibration = read_calibration(place / RESULT)
        except InputError as error:
            wrong = fault("bad_result", detail=str(error))
    message = _what_happened(run, job, state)
    if message is None and wrong is None and (calibration is None or not calibration.steps):
        message = nothing_measured(calibration.skipped if calibration else ())
    return JobOutcome(job, calibration, wrong or message)


def _what_happened(run: Run, job: Job, state: State) -> Message | None:
    """What to say of how it ended; None if all went well."""
    place = run.place(job)
    end, done, is_garbled = ended(place), _last_word(place), False
    if isinstance(done, Garbage):
        done, is_garbled = None, True
    said = _tail(place / ERRORS)
    if end and end.reason == "not_started":
        return fault("not_started", python="The Python with PyTorch", detail=end.detail)
    if end and end.reason in _CODES:
        return fault(end.reason, seconds=end.detail, doing=job.name, detail=said)
    if isinstance(done, Done) and done.status == "failed":
        return fault(done.reason, detail=done.detail)
    if isinstance(done, Done):
        return None if done.status == "complete" else fault("cancelled")
    if end is None:
        return _ended_by_scheduler(place, state)
    if end.status is not None and end.status < 0:
        return fault("killed", signal=signal_name(-end.status))
    if is_garbled and end.status == 0:
        return fault("bad_result", detail="it printed what the measurement does not")
    return fault("crashed", status=str(end.status), detail=said)


def _ended_by_scheduler(place: Path, state: State) -> Message:
    logs = sorted(place.glob("submitit/*_log.err"))
    said = _tail(place / ERRORS) or (_tail(logs[-1]) if logs else "")
    if state.word and state.word != "COMPLETED":
        word = f"{state.word}, {state.reason}" if state.reason else state.word
        return fault("ended_by_scheduler", status=word, detail=said)
    if said:
        return fault("crashed", status="?", detail=said)
    return fault("nothing_left", detail=str(place))


def _last_word(place: Path) -> Line | None:
    """The probe's last line; garbage if there was nothing but that."""
    try:
        with open_file(place / LINES) as file:
            lines = file.read(MOST_BYTES).split(b"\n")
    except OSError:
        return None
    found: Line | None = None
    for line in reversed(lines):
        if line.strip():
            said = read_line(line)
            if not isinstance(said, Garbage):
                return said
            found = said
    return found


def _tail(path: Path) -> str:
    """The last that a program complained of."""
    try:
        with open_file(path) as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 4 * _SHOWN_OF_ERRORS))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""
    return " ".join(text.split())[-_SHOWN_OF_ERRORS:]


def _small_json(path: Path) -> object:
    try:
        with open_file(path) as file:
            return json.loads(file.read(_MOST_OF_ENDED))
    except (OSError, ValueError, RecursionError):
        return None
