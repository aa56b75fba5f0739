"""Pythons of this computer that may have PyTorch, and what each says about itself.

Looking is cheap and starts nothing; asking starts each Python once, with a time limit.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.bundle import bundle_folder
from core.calibration.child import Child
from core.calibration.faults import fault
from core.calibration.lines import LONGEST_LINE, read_entry
from core.calibration.run import PROBE
from core.errors import InputError
from core.files import read_file
from core.folders import home_folder
from core.messages import Message

ASK_LIMIT_S = 60.0  # a first import of PyTorch from a network folder takes most of it
_AT_ONCE = 2
_POLL_S = 0.1
_MOST_DEVICES = 64
_MOST_LISTED = 1_000_000  # bytes of conda's list of environments
_NAMES = ("python.exe",) if os.name == "nt" else ("python3", "python")
# conda's own places (conda and mamba manuals), below the home folder and system-wide
_CONDA_ROOTS = (
    *("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", ".conda"),
    ".local/share/mamba",
)
_CONDA_SYSTEM = (
    *("/opt/conda", "/opt/miniconda3", "/opt/miniforge3", "/opt/homebrew/anaconda3"),
    *("/opt/homebrew/Caskroom/miniconda/base", "/opt/homebrew/Caskroom/miniforge/base"),
)


class Origin(StrEnum):
    """Where a Python was found."""

    CHOSEN = "chosen"
    MANAGED = "managed"
    APP = "app"
    VENV = "venv"
    CONDA = "conda"
    PATH = "path"
    PYENV = "pyenv"
    UV = "uv"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A Python that nobody has asked yet."""

    path: Path
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchDevice:
    """A device that PyTorch sees, as it is now; the fields mean what those of `DeviceInfo` do."""

    device: str
    kind: str
    name: str
    memory_bytes: int | None = None
    torch: str = ""
    runtime: str = ""
    driver: str = ""
    threads: int = 0
    power_limit_w: float | None = None
    clock_max_mhz: float | None = None


@dataclass(frozen=True, slots=True)
class TorchPython:
    """What a Python says about itself.

    Attributes:
        path: the interpreter.
        origin: where it was found.
        version: of Python; empty if it did not say.
        torch: version of PyTorch; empty without.
        devices: what PyTorch sees, the fastest first.
        problem: why it cannot calibrate; None if it can.
    """

    path: Path
    origin: Origin
    version: str = ""
    torch: str = ""
    devices: tuple[TorchDevice, ...] = ()
    problem: Message | None = None

    @property
    def is_usable(self) -> bool:
        """Whether it can calibrate."""
        return self.problem is None


def candidates(
    chosen: Iterable[Path] = (),
    managed: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> tuple[Candidate, ...]:
    """Every Python found, each once, those that are likelier to have PyTorch first.

    Args:
        chosen: interpreters, or folders of environments, that the person has pointed to; what
            has no Python any more is left out.
        managed: interpreter of the managed environment, if there is one.
        environ: variables to look in; default this process's.
    """
    environ = os.environ if environ is None else environ
    home = home_folder()
    found: list[Candidate] = []
    for path in chosen:
        found += _candidate(path, Origin.CHOSEN)
    if managed:
        found += _candidate(managed, Origin.MANAGED)
    if bundle_folder() is None and not getattr(sys, "frozen", False):
        found += _candidate(Path(sys.executable), Origin.APP)
    for name, origin in (("VIRTUAL_ENV", Origin.VENV), ("CONDA_PREFIX", Origin.CONDA)):
        if environ.get(name):
            found += _candidate(Path(environ[name]), origin)
    for folder in _conda_environments(home, environ):
        found += _candidate(folder, Origin.CONDA)
    pyenv = Path(environ.get("PYENV_ROOT") or home / ".pyenv")
    for folder in map(Path, filter(None, environ.get("PATH", "").split(os.pathsep))):
        # pyenv's shims stand for what lies in its versions; Windows' aliases open its shop
        if folder.name != "WindowsApps" and folder != pyenv / "shims":
            found += _candidate(folder, Origin.PATH)
    for folder in _below(pyenv / "versions"):
        found += _candidate(folder, Origin.PYENV)
    for store in _uv_stores(home, environ):
        for folder in _below(store):
            found += _candidate(folder, Origin.UV)
    return tuple({_identity(one.path): one for one in reversed(found)}.values())[::-1]


def interpreter_in(place: Path) -> Path:
    """The interpreter that a person means with a file, or with the folder of an environment.

    Raises:
        InputError: there is none.
    """
    if place.is_file():
        return place
    for folder in (place, place / "bin", place / "Scripts"):
        for name in _NAMES:
            if (folder / name).is_file():
                return folder / name
    raise InputError("python", place, "a Python interpreter, or the folder of an environment")


def ask(
    candidate: Candidate,
    limit_s: float = ASK_LIMIT_S,
    cancelled: Callable[[], bool] = lambda: False,
    probe: Path = PROBE,
) -> TorchPython:
    """Ask a Python for its PyTorch and its devices; what goes wrong is its ``problem``.

    Args:
        candidate: the Python.
        limit_s: how long it may take.
        cancelled: asked every tenth of a second; the Python is ended then.
        probe: the script that answers.
    """
    python = str(candidate.path)
    try:
        child = Child([candidate.path, probe, "--describe", "--watch-stdin"])
    except (OSError, ValueError) as error:
        detail = getattr(error, "strerror", None) or str(error)
        problem = fault("not_started", python=python, detail=detail)
        return TorchPython(candidate.path, candidate.origin, problem=problem)
    answer: dict[str, Any] | None = None
    waited = 0.0
    is_over = False
    try:
        while answer is None and not is_over and waited < limit_s and not cancelled():
            try:
                line = child.read_line(_POLL_S)
            except TimeoutError:
                waited += _POLL_S
                continue
            is_over = line is None
            answer = _answer_in(line or b"")
    finally:
        child.end(_POLL_S if answer or is_over else 0.0)
    if answer is not None:
        return _read_answer(candidate, answer)
    said = child.stderr_tail.strip()
    if not is_over:
        problem = fault("hang", seconds=f"{limit_s:.0f}", doing=python)
    elif "SyntaxError" in said:  # how a Python before 3.7 meets the probe
        problem = fault("python_too_old", python=python)
    else:
        problem = fault("not_the_probe", python=python, detail=said[-300:])
    return TorchPython(candidate.path, candidate.origin, problem=problem)


def ask_all(
    found: Iterable[Candidate],
    limit_s: float = ASK_LIMIT_S,
    cancelled: Callable[[], bool] = lambda: False,
    probe: Path = PROBE,
) -> Iterator[TorchPython]:
    """Ask many, two at a time; each as soon as it has answered.

    Args:
        found: the Pythons.
        limit_s: how long each may take.
        cancelled: ends those that run, and asks no more; so does closing the iterator.
        probe: the script that answers.
    """
    closed = threading.Event()

    def is_over() -> bool:
        return closed.is_set() or cancelled()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [pool.submit(ask, one, limit_s, is_over, probe) for one in found]
        try:
            for answer in as_completed(asked):
                if cancelled():
                    return
                yield answer.result()
        finally:
            closed.set()
            for waiting in asked:
                waiting.cancel()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    python: str
    problem: str
    detail: str = ""
    torch: str | None = None


def _answer_in(line: bytes) -> dict[str, Any] | None:
    """The probe's line among whatever else a Python prints as it starts."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and entry.get("type") == "python" else None


def _read_answer(candidate: Candidate, entry: dict[str, Any]) -> TorchPython:
    try:
        answer: _Answer = read_entry(_Answer, entry)
        listed = entry.get("devices")
        devices = tuple(
            read_entry(TorchDevice, one) if isinstance(one, dict) else _refuse(one)
            for one in (listed if isinstance(listed, list) else [])[:_MOST_DEVICES]
        )
    except InputError as error:
        problem = fault("not_the_probe", python=str(candidate.path), detail=str(error))
        return TorchPython(candidate.path, candidate.origin, problem=problem)
    return TorchPython(
        candidate.path,
        candidate.origin,
        answer.python,
        answer.torch or "",
        devices,
        fault(answer.problem, detail=answer.detail) if answer.problem else None,
    )


def _refuse(value: object) -> TorchDevice:
    raise InputError("devices", value, "objects")


def _candidate(place: Path, origin: Origin) -> list[Candidate]:
    """The Python at a place, if there is one that we may see."""
    try:
        return [Candidate(interpreter_in(place).absolute(), origin)]
    except (InputError, OSError, ValueError):  # ValueError: a NUL in a path
        return []


def _identity(path: Path) -> tuple[str, ...]:
    """What two ways to one Python share: an environment's is a link to one outside of it."""
    folder = os.path.realpath(path.parent)
    in_environment = any(
        (Path(folder).parent / mark).exists() for mark in ("pyvenv.cfg", "conda-meta")
    )
    return ("folder", folder) if in_environment else ("file", os.path.realpath(path))


def _conda_environments(home: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """What conda's list of environments names, and what lies in the usual places."""
    try:
        content = read_file(home / ".conda" / "environments.txt", _MOST_LISTED)
        listed = content.decode("utf-8").splitlines()
        yield from (Path(line.strip()) for line in listed if line.strip())
    except (OSError, ValueError):
        pass  # no conda here, or not one that we can read
    roots = [home / name for name in _CONDA_ROOTS] + [Path(name) for name in _CONDA_SYSTEM]
    if environ.get("MAMBA_ROOT_PREFIX"):
        roots.append(Path(environ["MAMBA_ROOT_PREFIX"]))
    if environ.get("CONDA_EXE"):
        roots.append(Path(environ["CONDA_EXE"]).parent.parent)
    for root in roots:
        yield root
        yield from _below(root / "envs")


def _uv_stores(home: Path, environ: Mapping[str, str]) -> list[Path]:
    """Where uv keeps the Pythons that it installs (uv reference, "Storage")."""
    if environ.get("UV_PYTHON_INSTALL_DIR"):
        return [Path(environ["UV_PYTHON_INSTALL_DIR"])]
    if os.name == "nt":
        roaming = Path(environ.get("APPDATA") or home) / "uv"
        return [roaming / "data" / "python", roaming / "python"]
    return [Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share") / "uv" / "python"]


def _below(folder: Path) -> list[Path]:
    """Its folders by name; none if it cannot be read."""
    try:
        return sorted(path for path in folder.iterdir() if path.is_dir())
    except OSError:
        return []
