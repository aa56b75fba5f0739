"""Run the probe in a person's Python and take what it says, whatever happens to it.

Everything that goes wrong is a value: `Outcome` has the measurements so far, and one sentence.
"""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from core.calibration.child import Child
from core.calibration.faults import busy, fault, nothing_measured
from core.calibration.lines import read_line
from core.calibration.lock import Lock
from core.calibration.messages import (
    DeviceInfo,
    Done,
    Garbage,
    Line,
    Measurement,
    PlanInfo,
    Progress,
    Skipped,
    StepMeasurement,
)
from core.calibration.result import Calibration, Status, write_calibration
from core.errors import InputError
from core.messages import Message

PROBE = Path(__file__).with_name("probe.py")
STACKS = ("both", "decoder", "txl")
PRECISIONS = ("bf16", "fp32", "tf32", "fp16")
SHORTEST_MINUTES, LONGEST_MINUTES = 0.01, 600
_POLL_S = 0.1
_GRACE_S = 10.0  # for the step that runs when somebody cancels
_SAVE_EVERY_S = 5.0
_SHOWN_OF_STDERR = 300
_COMPILING = 5


@dataclass(frozen=True, slots=True)
class CalibrationRequest:
    """What to measure.

    Attributes:
        python: interpreter with PyTorch.
        device: ``cuda:0``, ``mps`` or ``cpu``; the fastest where empty.
        precisions: some of `PRECISIONS`; the device's usual one where empty.
        minutes: for all of it.
        stack: one of `STACKS`.
        compile: whether with ``torch.compile``.
        processes: more than one measures links and data-parallel steps, too, through
            ``torch.distributed.run``.
        start_limit_s: until the first line; the first import of PyTorch reads gigabytes.
        point_limit_s: until the next line; several times as long where a point is compiled.
    """

    python: Path
    device: str = ""
    precisions: tuple[str, ...] = ()
    minutes: float = 2.0
    stack: str = "both"
    compile: bool = False
    processes: int = 1
    start_limit_s: float = 180.0
    point_limit_s: float = 120.0

    def __post_init__(self) -> None:
        """Check what a person may have typed.

        Raises:
            InputError: a value is not one that the probe takes.
        """
        if self.stack not in STACKS:
            raise InputError("stack", self.stack, f"one of {', '.join(STACKS)}")
        for name in self.precisions:
            if name not in PRECISIONS:
                raise InputError("precision", name, f"one of {', '.join(PRECISIONS)}")
        if not SHORTEST_MINUTES <= self.minutes <= LONGEST_MINUTES:
            raise InputError(
                "minutes", self.minutes, f"between {SHORTEST_MINUTES} and {LONGEST_MINUTES}"
            )
        if not 1 <= self.processes <= 64:
            raise InputError("processes", self.processes, "between 1 and 64")
        if self.device.startswith("-"):
            raise InputError("device", self.device, "cuda:0, mps or cpu")

    @property
    def limit_s(self) -> float:
        """For all of it, start and end included."""
        return self.start_limit_s + 60 * self.minutes * 1.5 + 2 * self.line_limit_s

    @property
    def line_limit_s(self) -> float:
        """Until the next line."""
        return self.point_limit_s * (_COMPILING if self.compile else 1)

    def command(self, probe: Path = PROBE) -> list[str | Path]:
        """Program and arguments, for no shell."""
        start: list[str | Path] = [self.python]
        if self.processes > 1:
            start += ["-m", "torch.distributed.run", "--standalone"]
            start += [f"--nproc-per-node={self.processes}"]
        options: list[str | Path] = ["--json-lines", "--watch-stdin"]
        options += ["--minutes", repr(float(self.minutes)), "--stack", self.stack]
        if self.device:
            options += ["--device", self.device]
        if self.precisions:
            options += ["--precision", ",".join(self.precisions)]
        if self.compile:
            options += ["--compile"]
        return [*start, probe, *options]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a run.

    Attributes:
        calibration: what was measured; None if it did not even come to the device.
        message: what went wrong, or that it was cancelled; None for a run that came to its end.
        saved: whether the file holds all of ``calibration``; also False if none was asked for.
        garbage: lines that were not the probe's.
        stderr_tail: the last that the Python said there.
    """

    calibration: Calibration | None
    message: Message | None = None
    saved: bool = False
    garbage: int = 0
    stderr_tail: str = ""


def calibrate(
    request: CalibrationRequest,
    on_line: Callable[[Line], None] = lambda line: None,
    cancelled: Callable[[], bool] = lambda: False,
    out: Path | None = None,
    probe: Path = PROBE,
    folder: Path | None = None,
) -> Outcome:
    """Measure; returns when the child has ended, and never raises for what a child does.

    Args:
        request: what to measure, and in which Python.
        on_line: called with every line as it comes, in the calling thread.
        cancelled: asked every tenth of a second.
        out: saved there every few seconds, and at the end; None for nowhere.
        probe: the script that measures.
        folder: of the lock; default `core.hardware.tables.user_folder`.
    """
    lock = Lock(folder)
    try:
        holder = lock.take(request.device or "the fastest device")
    except OSError as error:
        return Outcome(None, fault("no_folder", detail=error.strerror or str(error)))
    if holder is not None:
        return Outcome(None, busy(holder))
    try:
        try:
            child = Child(request.command(probe))
        except (OSError, ValueError) as error:
            detail = getattr(error, "strerror", None) or str(error)
            return Outcome(None, fault("not_started", python=str(request.python), detail=detail))
        run = _Run(request, child, on_line, cancelled, out)
        grace_s = 0.0
        try:
            grace_s = _GRACE_S if run.follow() else 0.0
        except BaseException:
            run.save()  # whoever ends it so waits for no outcome, and the points still count
            raise
        finally:
            child.end(grace_s)
        return run.outcome()
    finally:
        lock.release()


class _Run:
    """One run while it lasts."""

    def __init__(
        self,
        request: CalibrationRequest,
        child: Child,
        on_line: Callable[[Line], None],
        cancelled: Callable[[], bool],
        out: Path | None,
    ) -> None:
        self._request, self._child, self._out = request, child, out
        self._on_line, self._cancelled = on_line, cancelled
        self._began = self._saved_at = time.monotonic()
        self._device: DeviceInfo | None = None
        self._plan: PlanInfo | None = None
        self._measurements: list[Measurement] = []
        self._skipped: list[Skipped] = []
        self._done: Done | None = None
        self._doing = ""
        self._garbage = 0
        self._message: Message | None = None
        self._not_saved: Message | None = None

    def follow(self) -> bool:
        """Take lines until there are no more, or it must end; whether it ends by itself."""
        last = time.monotonic()
        asked_at: float | None = None
        while True:
            now = time.monotonic()
            if asked_at is None:
                self._message = self._limit_passed(now, last)
                if self._message:
                    return False
                if self._cancelled():
                    asked_at, self._message = now, fault("cancelled")
                    self._child.ask_to_stop()
            elif now - asked_at > _GRACE_S:
                return False
            try:
                line = self._child.read_line(_POLL_S)
            except TimeoutError:
                continue
            if line is None:
                return True
            said = read_line(line)
            if not isinstance(said, Garbage):  # it may be endless
                last = time.monotonic()
            if line.strip():
                self._take(said)

    def save(self) -> None:
        """Save what was measured so far."""
        self._save(self._so_far())

    def _limit_passed(self, now: float, last: float) -> Message | None:
        request = self._request
        limit = request.line_limit_s if self._device else request.start_limit_s
        if now - last > limit:
            return fault("hang", seconds=f"{limit:.0f}", doing=self._doing or "start")
        if now - self._began > request.limit_s:
            return fault("too_long", seconds=f"{request.limit_s:.0f}")
        return None

    def _take(self, line: Line) -> None:
        match line:
            case DeviceInfo():
                self._device = self._device or line
            case PlanInfo():
                self._plan = line
            case Skipped():
                self._skipped.append(line)
            case Progress():
                self._doing = line.doing
            case Done():
                self._done = line
            case Garbage():
                self._garbage += 1
            case _:
                self._measurements.append(line)
                if time.monotonic() - self._saved_at > _SAVE_EVERY_S:
                    self._save(self._so_far())
        self._on_line(line)

    def _so_far(self) -> Calibration | None:
        """What was measured, as a run that ended now."""
        if self._device is None:
            return None
        return Calibration(
            device=self._device,
            plan=self._plan,
            measurements=tuple(self._measurements),
            skipped=tuple(self._skipped),
            status=Status.STOPPED if self._measurements else Status.FAILED,
            reason=self._message.code if self._message else "ended",
            elapsed_s=round(time.monotonic() - self._began, 3),
        )

    def outcome(self) -> Outcome:
        """What came of it; the child has ended."""
        self._message = self._message or self._how_it_ended()
        calibration = self._so_far()
        if calibration and self._message is None:
            calibration = replace(calibration, status=Status.COMPLETE, reason="")
        saved = self._save(calibration)
        tail = self._child.stderr_tail
        message = self._message or self._not_saved
        return Outcome(calibration, message, saved, self._garbage, tail)

    def _how_it_ended(self) -> Message | None:
        """What to say of a child that ended by itself; None if all went well."""
        status, done = self._child.exit_status, self._done
        said = self._child.stderr_tail.strip()[-_SHOWN_OF_STDERR:]
        if done and done.status == "failed":
            return fault(done.reason, detail=done.detail)
        if done and done.status == "stopped":
            return fault("cancelled")
        if done is None and status is not None and status < 0:
            return fault("killed", signal=signal_name(-status))
        if done is None and self._device is None and self._garbage:
            return fault("not_the_probe", python=str(self._request.python), detail=said)
        if done is None:
            return fault("crashed", status=str(status), detail=said)
        if not any(isinstance(entry, StepMeasurement) for entry in self._measurements):
            return nothing_measured(self._skipped)
        return None

    def _save(self, calibration: Calibration | None) -> bool:
        self._saved_at = time.monotonic()
        if self._out is None or calibration is None or not calibration.measurements:
            return False
        try:
            write_calibration(calibration, self._out)
        except InputError as error:
            self._not_saved = fault("not_saved", detail=f"{error.expected}.")
            return False
        self._not_saved = None
        return True


def signal_name(number: int) -> str:
    """``SIGKILL`` for 9; the number itself for one that has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
