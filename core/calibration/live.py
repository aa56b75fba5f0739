"""What a person or a program sees while a device is measured, and how it is stopped."""

import contextlib
import json
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from core.calibration.lines import MEASUREMENTS
from core.calibration.messages import (
    DeviceInfo,
    Done,
    Garbage,
    Line,
    PlanInfo,
    Progress,
    Skipped,
)

_WIDTH = 100
_NAMES: dict[type[Any], str] = {
    **{DeviceInfo: "device", PlanInfo: "plan", Skipped: "skipped", Progress: "progress"},
    **{Done: "done", Garbage: "garbage"},
}
_KINDS = {made: kind for kind, made in MEASUREMENTS.items()}


@contextlib.contextmanager
def interrupts() -> Iterator[threading.Event]:
    """Takes the first Ctrl-C as a request to stop; the second one ends as ever."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(_number: int, _frame: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(slots=True)
class Shown:
    """What a person or a program sees while it is measured.

    Attributes:
        json_lines: one object a line on standard output, else one line on a terminal.
        is_alone: whether nobody reads the output any more.
    """

    json_lines: bool
    is_alone: bool = False

    def line(self, line: Line) -> None:
        """Show a line of the probe."""
        if self.json_lines:
            self._write(sys.stdout, json.dumps(as_object(line), allow_nan=False) + "\n")
        elif isinstance(line, Progress) and sys.stderr.isatty():
            text = f"{line.done + 1} of {line.points}, {line.seconds_left:.0f} s left: {line.doing}"
            self._write(sys.stderr, f"\r{text[:_WIDTH]:<{_WIDTH}}")

    def end(self) -> None:
        """Leave the terminal's line empty."""
        if not self.json_lines and sys.stderr.isatty():
            self._write(sys.stderr, f"\r{'':<{_WIDTH}}\r")

    def _write(self, stream: Any, text: str) -> None:  # noqa: ANN401 - a stream of text
        try:
            stream.write(text)
            stream.flush()
        except OSError:
            self.is_alone = True


def as_object(line: Line) -> dict[str, object]:
    """A line as the probe wrote it; what it could not have written says so."""
    values = asdict(line)
    if type(line) in _KINDS:
        return {"type": "measurement", "kind": _KINDS[type(line)], **values}
    return {"type": _NAMES[type(line)], **values}
