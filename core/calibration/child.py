"""Another program as a child: no shell, no libraries of ours, and never left behind.

A frozen app finds its own libraries through variables that a person's Python must not inherit
(`core.bundle`), and on Windows it has made the bundle the directory of DLLs.

A child holds the end of a pipe as its standard input. When we end, however that is, the pipe
closes, and the probe ends: nothing else tells it on every system that we were killed.
"""

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from core.bundle import LIBRARY_PATHS, bundle_folder

_BUNDLED = ("QT_", "_PYI_", "_MEIPASS", "PYSIDE_", "SHIBOKEN_")
_OURS = ("PYTHONHOME", "PYTHONPATH", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")
_LISTS = ("PATH", "XDG_DATA_DIRS")
_CHUNK = 1 << 16
_MOST_WAITING = 1_000  # lines; more, and the child waits until they are read
_KEPT_OF_STDERR = 16_384  # bytes
_ONCE_TERMINATED_S, _POLL_S = 3.0, 0.2


def clean_environment(
    environ: Mapping[str, str] | None = None, bundle: Path | None = None
) -> dict[str, str]:
    """The environment for a person's Python: as it was before our app was started.

    Args:
        environ: to clean; default this process's.
        bundle: the frozen app's folder; default `bundle_folder`.
    """
    given = dict(os.environ if environ is None else environ)
    bundle = bundle or bundle_folder()
    cleaned = {
        name: value
        for name, value in given.items()
        if not name.startswith(_BUNDLED) and name not in _OURS
    }
    for name in LIBRARY_PATHS:
        original = cleaned.pop(f"{name}_ORIG", None)
        if original is not None:
            cleaned[name] = original
        elif bundle:
            cleaned.pop(name, None)
    if bundle:
        for name in _LISTS:
            if name in cleaned:
                kept = (part for part in cleaned[name].split(os.pathsep) if not _in(part, bundle))
                cleaned[name] = os.pathsep.join(kept)
    # text is UTF-8 whatever the locale, lines come at once, and no folder is written to
    cleaned.update(PYTHONUTF8="1", PYTHONUNBUFFERED="1", PYTHONDONTWRITEBYTECODE="1")
    return cleaned


def _in(part: str, folder: Path) -> bool:
    return bool(part) and Path(part).is_relative_to(folder)


class Child:
    """A program that runs beside us.

    Args:
        command: program and arguments, each as it is: no shell reads them.
        environ: of the child; default `clean_environment`.
        longest_line: bytes; of a longer line the rest is dropped.

    Raises:
        OSError: the program cannot be started.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        environ: Mapping[str, str] | None = None,
        longest_line: int = 1 << 20,
    ) -> None:
        self._longest = longest_line
        self._lines: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        self._stderr = b""
        self._abandoned = threading.Event()
        self._process = _start(
            [str(part) for part in command], dict(environ or clean_environment())
        )
        self._readers = [
            threading.Thread(target=self._read_lines, daemon=True),
            threading.Thread(target=self._read_stderr, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """What it ended with, negative for a signal; None while it runs."""
        return self._process.poll()

    @property
    def stderr_tail(self) -> str:
        """The last that it said on standard error."""
        return self._stderr.decode("utf-8", errors="replace")

    def read_line(self, timeout_s: float) -> bytes | None:
        """The next line without its end; None once its output has closed.

        Raises:
            TimeoutError: there was none in time.
        """
        try:
            line = self._lines.get(timeout=timeout_s)
        except queue.Empty:
            raise TimeoutError from None
        if line is None:
            self._lines.put(None)  # the next call finds the end, too
        return line

    def ask_to_stop(self) -> None:
        """Close its standard input, which the probe takes as a request to end."""
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()

    def end(self, grace_s: float = 0.0) -> int:
        """Ask it to stop, wait so long, end it with all of its own children; the exit status."""
        self.ask_to_stop()
        self._wait(grace_s)
        if self._process.poll() is not None:
            self._join(_POLL_S)
        if sys.platform == "win32":
            _kill_tree(self._process)
        elif self._process.poll() is None or self._is_heard:
            # the group may outlive its leader: a compiler's workers, torchrun's processes
            self._signal_group(signal.SIGTERM)
            self._wait(_ONCE_TERMINATED_S)
            self._signal_group(signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):  # a driver may hold it for ever
            self._process.wait(_ONCE_TERMINATED_S)
        self._abandoned.set()
        self._join(_ONCE_TERMINATED_S)
        for stream in (self._process.stdout, self._process.stderr):
            if stream and not self._is_heard:
                stream.close()
        return self._process.returncode if self._process.returncode is not None else -9

    @property
    def _is_heard(self) -> bool:
        """Whether somebody still holds its output."""
        return any(reader.is_alive() for reader in self._readers)

    def _join(self, seconds: float) -> None:
        for reader in self._readers:
            reader.join(seconds)

    def _wait(self, seconds: float) -> None:
        """Until it ends, or so long; its output goes on being taken, so that it can end."""
        until = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < until:
            time.sleep(0.02)

    def _signal_group(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _read_lines(self) -> None:
        """Cut the output into lines; at its end, None."""
        assert self._process.stdout is not None
        read = partial(os.read, self._process.stdout.fileno(), _CHUNK)
        begun, dropping = b"", False
        for chunk in iter(read, b""):
            *whole, rest = (begun + chunk).split(b"\n")
            for line in whole:
                if not dropping:
                    self._hand_over(line)
                dropping = False
            begun = rest
            if len(begun) > self._longest:
                if not dropping:
                    self._hand_over(begun)
                begun, dropping = b"", True
        if begun and not dropping:
            self._hand_over(begun)
        self._hand_over(None)

    def _hand_over(self, line: bytes | None) -> None:
        while not self._abandoned.is_set():
            with contextlib.suppress(queue.Full):
                self._lines.put(line, timeout=0.1)
                return

    def _read_stderr(self) -> None:
        assert self._process.stderr is not None
        read = partial(os.read, self._process.stderr.fileno(), _CHUNK)
        for chunk in iter(read, b""):
            self._stderr = (self._stderr + chunk)[-_KEPT_OF_STDERR:]


def _kill_tree(process: subprocess.Popen[bytes]) -> None:
    """End a process of Windows with those that it started, which no group holds together there."""
    if process.poll() is None:
        program = Path(os.environ.get("SYSTEMROOT", "C:/Windows"), "System32", "taskkill.exe")
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            subprocess.run(
                [str(program), "/PID", str(process.pid), "/T", "/F"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_ONCE_TERMINATED_S,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                check=False,
            )
    process.kill()


def _start(command: list[str], environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """Start it in a group of its own; on Windows it looks for DLLs where any program does."""
    pipe = subprocess.PIPE
    if sys.platform == "win32":
        import ctypes

        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
        bundle = bundle_folder()
        if bundle:
            ctypes.windll.kernel32.SetDllDirectoryW(None)
        try:
            return subprocess.Popen(
                command, stdin=pipe, stdout=pipe, stderr=pipe, env=environ, creationflags=flags
            )
        finally:
            if bundle:
                ctypes.windll.kernel32.SetDllDirectoryW(str(bundle))
    else:
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=environ, start_new_session=True
        )
