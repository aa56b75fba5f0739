"""Runs the probe inside a job, and leaves in the job's folder all that came of it.

    python job.py FOLDER START_S LINE_S TOTAL_S command...

One file of the standard library, Python >= 3.8, for it is copied to the folder that the nodes
share and runs in a Python that has submitit and need not have Isoloss. What the command prints
goes to ``lines.jsonl`` and ``errors.txt``; ``ended.json`` comes last, whole, with its exit status
and the reason if it was ended: ``hang`` (no line for LINE_S, or no first one for START_S),
``too_long`` (TOTAL_S), ``too_much`` (bytes), ``cancelled`` (a signal, or who started us is gone),
``not_started``; and a detail: the seconds of the limit, or what the system said.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

LINES, ERRORS, ENDED = "lines.jsonl", "errors.txt", "ended.json"
MOST_BYTES = 32 << 20  # a thorough run prints 200 kB; a shared disk is not to be filled
POLL_S = 0.2
GRACE_S = 8.0  # for the step that runs; Slurm gives 30 s between asking and killing
TERMINATED_S = 3.0


class Watch:
    """When the command must end, and why."""

    def __init__(self, folder: Path, start_s: float, line_s: float, total_s: float) -> None:
        self._outputs = [folder / LINES, folder / ERRORS]
        self._start_s, self._line_s, self._total_s = start_s, line_s, total_s
        self._began = self._last = time.monotonic()
        self._parent, self._seen = os.getppid(), 0
        self.cancelled = False
        self.limit_s = start_s  # the one that was passed

    def listen(self) -> None:
        """Take signals as a request to end."""
        for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"):  # the last one is submitit's
            signal.signal(getattr(signal, name), self._ask)

    def reason(self) -> str:
        """Why it must end now; empty if it need not."""
        now = time.monotonic()
        lines, errors = (path.stat().st_size for path in self._outputs)
        self.limit_s = self._line_s if self._seen else self._start_s
        if lines != self._seen:
            self._seen, self._last = lines, now
        elif now - self._last > self.limit_s:
            return "hang"
        if self.cancelled or os.getppid() != self._parent:
            return "cancelled"
        if now - self._began > self._total_s:
            self.limit_s = self._total_s
            return "too_long"
        return "too_much" if lines + errors > MOST_BYTES else ""

    def _ask(self, _number: int, _frame: object) -> None:
        self.cancelled = True


def main(arguments: list[str]) -> int:
    """Run the command; 0 if it ended well by itself."""
    folder = Path(arguments[0])
    limits = [float(text) for text in arguments[1:4]]
    with (folder / LINES).open("ab") as lines, (folder / ERRORS).open("ab") as errors:
        watch = Watch(folder, *limits)
        watch.listen()
        try:
            child = subprocess.Popen(
                arguments[4:],
                stdin=subprocess.PIPE,  # its end asks the probe to stop, also when we are killed
                stdout=lines,
                stderr=errors,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return end(folder, None, "not_started", getattr(error, "strerror", "") or str(error))
        reason = ""
        while not reason:
            time.sleep(POLL_S)
            if child.poll() is not None:
                reason = "cancelled" if watch.cancelled else ""  # a scheduler asks all at once
                break
            reason = watch.reason()
        stop(child, GRACE_S if reason else 0.0)
    return end(folder, child.returncode, reason, f"{watch.limit_s:.0f}")


def stop(child: subprocess.Popen[bytes], grace_s: float) -> None:
    """Ask it to end, and end it with all that it started, which may outlive it."""
    if child.stdin:
        with contextlib.suppress(OSError):
            child.stdin.close()
    for number, seconds in ((None, grace_s), (signal.SIGTERM, TERMINATED_S), (signal.SIGKILL, 9)):
        if number is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)


def end(folder: Path, status: int | None, reason: str, detail: str) -> int:
    """Say how it ended, in one step."""
    entry: dict[str, Any] = {"status": status, "reason": reason, "detail": detail}
    unfinished = folder / f".{ENDED}"
    unfinished.write_text(json.dumps(entry), encoding="utf-8")
    unfinished.replace(folder / ENDED)
    return 0 if status == 0 and not reason else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
