"""An environment with PyTorch that the app sets up on request, and removes again.

Nothing is downloaded before somebody has seen a `ManagedPlan` and agreed. uv does the work, and
finds out which build of PyTorch the driver needs (``--torch-backend auto``; uv manual, "Using uv
with PyTorch"; of use since 0.7.14). All of it lies in one folder of the person's data.
"""

import contextlib
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.calibration.child import Child, clean_environment
from core.calibration.lock import Lock
from core.errors import InputError, MissingError
from core.folders import home_folder
from core.hardware.tables import user_folder
from core.messages import QT_TRANSLATE_NOOP, Message

PYTHON_VERSION = "3.12"
OLDEST_UV = (0, 7, 14)
FOLDER = "pytorch"
_READY = "ready.txt"  # written last: without it the folder is half of an environment
_GB = 10**9
# to fetch and on disk: the CPU build of 2.13 as measured here; with CUDA as people report: wheels
# of 2 to 3 GB, 5 GB and more unpacked (Repast/repast4py, issue 68 of 2024)
_CPU_BYTES = (0.3 * _GB, 1.0 * _GB)
_GPU_BYTES = (3.0 * _GB, 7.0 * _GB)
_SPARE_BYTES = 1.0 * _GB
_NO_UV = QT_TRANSLATE_NOOP(
    "core",
    "The program uv sets this up, and it is not on this computer: install it from "
    "https://docs.astral.sh/uv, then try again.",
)
_POLL_S, _WEIGH_EVERY_S, _ASK_UV_S = 0.1, 2.0, 20.0


@dataclass(frozen=True, slots=True)
class ManagedPlan:
    """What setting up would do; show it before asking for consent.

    Attributes:
        uv: the program that does it.
        folder: where everything goes.
        gpu: whose driver was found: ``nvidia``, ``amd``, ``apple`` or empty.
        download_bytes, disk_bytes: about so much, to fetch and to keep.
        free_bytes: on that disk.
    """

    uv: Path
    folder: Path
    gpu: str
    download_bytes: float
    disk_bytes: float
    free_bytes: float

    @property
    def commands(self) -> tuple[tuple[str, ...], ...]:
        """What will be run, in turn."""
        uv, environment = str(self.uv), str(self.folder / "env")
        packages = ("torch", "numpy", *(("nvidia-ml-py",) if self.gpu == "nvidia" else ()))
        return (
            (uv, "venv", "--python", PYTHON_VERSION, environment),
            (uv, "pip", "install", "--python", environment, "--torch-backend", "auto", *packages),
        )


@dataclass(frozen=True, slots=True)
class SetUpProgress:
    """How far it is.

    Attributes:
        fraction: of the size that is expected, 0 to 1.
        bytes: on disk so far.
        said: the last line of uv.
    """

    fraction: float
    bytes: int
    said: str


def managed_folder() -> Path:
    """Where the managed environment is, or would be."""
    return user_folder() / FOLDER


def managed_python(folder: Path | None = None) -> Path | None:
    """Its interpreter; None while there is none, or only a part of one."""
    folder = folder or managed_folder()
    name = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    path = folder / "env" / name
    return path if (folder / _READY).is_file() and path.is_file() else None


def managed_bytes(folder: Path | None = None) -> int:
    """What it takes on disk; a file that has two names counts once."""
    seen: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder or managed_folder()):
        for name in names:
            with contextlib.suppress(OSError):
                found = (Path(place) / name).lstat()
                seen[found.st_dev, found.st_ino or len(seen)] = found.st_size
    return sum(seen.values())


def find_uv(environ: Mapping[str, str] | None = None) -> Path | None:
    """Uv on PATH or where its installers put it."""
    environ = os.environ if environ is None else environ
    home = home_folder()
    own = [str(home / ".local" / "bin"), str(home / ".cargo" / "bin"), "/opt/homebrew/bin"]
    places = [environ.get("PATH", ""), str(Path(sys.executable).parent), *own]
    found = shutil.which("uv", path=os.pathsep.join(filter(None, places)))
    return Path(found).absolute() if found else None


def plan_managed(folder: Path | None = None, uv: Path | None = None) -> ManagedPlan:
    """What setting up would do here; downloads nothing.

    Args:
        folder: default `managed_folder`.
        uv: default the one that is found.

    Raises:
        MissingError: there is no uv.
        InputError: it is too old, or the disk is too small.
    """
    folder = folder or managed_folder()
    uv = uv or find_uv()
    if uv is None:
        raise MissingError("uv", Message("no_uv", _NO_UV))
    version = _uv_version(uv)
    if version < OLDEST_UV:
        said = ".".join(map(str, version)) or "no version"
        raise InputError("uv", said, f"{'.'.join(map(str, OLDEST_UV))} or newer")
    gpu = _gpu()
    download, disk = _GPU_BYTES if gpu in ("nvidia", "amd") else _CPU_BYTES
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < disk + _SPARE_BYTES:
        needed = f"with {(disk + _SPARE_BYTES) / _GB:.1f} GB free, not {free / _GB:.1f}"
        raise InputError("folder", folder, f"on a disk {needed}")
    return ManagedPlan(uv, folder, gpu, download, disk, free)


def set_up(
    plan: ManagedPlan,
    agreed: bool,
    on_progress: Callable[[SetUpProgress], None] = lambda progress: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Path | None:
    """Make the environment; its interpreter, or None if it was cancelled.

    What was begun and not finished is removed, whatever ended it.

    Args:
        plan: what the person has seen.
        agreed: whether they have agreed to it.
        on_progress: called every other second, in the calling thread.
        cancelled: asked every tenth of a second.

    Raises:
        InputError: nobody agreed; somebody else is at it; uv failed.
    """
    if not agreed:
        raise InputError("consent", "no", "given before anything is downloaded")
    lock = Lock(plan.folder.parent, "setting-up")
    if lock.take("PyTorch") is not None:
        raise InputError("folder", plan.folder, "free: another process sets PyTorch up there")
    is_ready = False
    try:
        _remove(plan.folder)  # half of an earlier one
        plan.folder.mkdir(parents=True)
        for command in plan.commands:
            if not _ran(plan, command, on_progress, cancelled):
                return None
        _remove(plan.folder / "cache")
        (plan.folder / _READY).write_text("set up by Isoloss\n", encoding="utf-8")
        is_ready = True
        return managed_python(plan.folder)
    except OSError as error:
        why = error.strerror or str(error)
        raise InputError(
            "folder", plan.folder, f"a folder that can be written to ({why})"
        ) from error
    finally:
        if not is_ready:
            _remove(plan.folder)
        lock.release()


def remove_managed(folder: Path | None = None) -> int:
    """Remove it, whole or half; how many bytes that frees.

    Raises:
        InputError: a part of it cannot be removed.
    """
    folder = folder or managed_folder()
    freed = managed_bytes(folder)
    _remove(folder)
    if folder.exists():
        raise InputError("folder", folder, "a folder that can be removed, used by no program")
    return freed


def _ran(
    plan: ManagedPlan,
    command: tuple[str, ...],
    on_progress: Callable[[SetUpProgress], None],
    cancelled: Callable[[], bool],
) -> bool:
    """Run one command to its end; False if somebody cancelled."""
    places = {"UV_CACHE_DIR": str(plan.folder / "cache")}
    places["UV_PYTHON_INSTALL_DIR"] = str(plan.folder / "python")
    child = Child(command, {**clean_environment(), **places})
    weighed_at = 0.0
    try:
        while child.exit_status is None:
            if cancelled():
                return False
            if time.monotonic() - weighed_at > _WEIGH_EVERY_S:
                size = managed_bytes(plan.folder)
                lines = child.stderr_tail.strip().splitlines() or [""]
                on_progress(SetUpProgress(min(0.99, size / plan.disk_bytes), size, lines[-1]))
                weighed_at = time.monotonic()
            with contextlib.suppress(TimeoutError):
                if child.read_line(_POLL_S) is None:
                    time.sleep(_POLL_S)
    finally:
        status = child.end()
    if status != 0:
        said = child.stderr_tail.strip()[-400:] or f"exit status {status}"
        raise InputError("uv", " ".join(command[1:3]), f"able to set PyTorch up ({said})")
    return True


def _uv_version(uv: Path) -> tuple[int, ...]:
    """Of uv; empty if it does not say."""
    try:
        child = Child([uv, "--version"])
    except OSError:
        return ()
    try:
        line = child.read_line(_ASK_UV_S) or b""
    except TimeoutError:
        line = b""
    finally:
        child.end(_POLL_S)
    found = re.match(rb"uv (\d+)\.(\d+)\.(\d+)", line)
    return tuple(int(part) for part in found.groups()) if found else ()


def _gpu() -> str:
    """Whose driver is installed here, by the files that it brings."""
    if sys.platform == "darwin":
        return "apple"
    windows = Path(os.environ.get("SYSTEMROOT", "C:/Windows")) / "System32" / "nvcuda.dll"
    if Path("/proc/driver/nvidia/version").exists() or windows.exists():
        return "nvidia"
    return "amd" if Path("/sys/module/amdgpu").exists() and Path("/dev/kfd").exists() else ""


def _remove(folder: Path) -> None:
    """Remove a folder and what is in it; a link goes, not what it points to."""
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)
