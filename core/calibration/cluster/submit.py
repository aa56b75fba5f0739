"""Sends a calibration for each type of GPU to a cluster, or to this computer, with submitit."""

import contextlib
import io
import logging
import math
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.bundle import bundle_folder
from core.calibration.child import clean_environment
from core.calibration.cluster.folder import Job, Run, make_run, save_run
from core.calibration.cluster.follow import Handles
from core.calibration.cluster.request import ClusterRequest, types_of
from core.calibration.run import PROBE, CalibrationRequest
from core.errors import InputError

if TYPE_CHECKING:
    import submitit

_SPARE_S = 120.0  # for what surrounds the measurement: imports from a shared disk, the end
_SIGNAL_S = 30
_ASKING_LIMIT_S = 60.0
_SHOWN = 500


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was sent.

    Attributes:
        run: jobs and their folder, as it is recorded there.
        handles: submitit's own jobs by name, as long as this process lives.
    """

    run: Run
    handles: Handles


def submit(request: ClusterRequest, calibration: CalibrationRequest) -> Submitted:
    """Send a job for each type of GPU; a job that the scheduler refuses says why in the record.

    Args:
        request: where.
        calibration: what each job measures, and in which Python.

    Raises:
        InputError: submitit or Slurm is not there, a name that Slurm does not know, a folder
            that cannot be written.
    """
    executor_class = _executor_class()
    python = _python(request)
    types = types_of(request)
    count = request.gpus_per_node
    device = calibration.device or ("" if count else "cpu")
    calibration = replace(calibration, processes=max(1, count), device=device)
    limit_s = calibration.limit_s + _SPARE_S
    run = make_run(request.folder, request.executor, limit_s, request.label, list(types))
    handles: dict[str, submitit.Job[Any]] = {}
    for name, gpu_type in types.items():
        command = _command(run, name, calibration, python or Path(sys.executable))
        parameters = _parameters(request, name, gpu_type, limit_s)
        with _as_before_the_app():
            try:
                handles[name] = _send(executor_class, run, name, command, parameters, python)
            except Exception as error:  # submitit lets through whatever stopped it
                said = " ".join(str(error).split()) or type(error).__name__
                run = run.with_job(Job(name=name, refused=said[:_SHOWN]))
                continue
        run = run.with_job(Job(name=name, id=handles[name].job_id))
        save_run(run)
    save_run(run)
    return Submitted(run, handles)


def _executor_class() -> "type[submitit.AutoExecutor]":
    """The way of submitit to whatever runs jobs.

    Raises:
        InputError: it is not installed, or does not run here.
    """
    if os.name != "posix":
        raise InputError("submit", sys.platform, "given on Linux or macOS, where submitit runs")
    try:
        import submitit
    except ImportError:
        expected = "given where submitit is installed: pip install 'isoloss[submitit]'"
        raise InputError("submit", "no submitit", expected) from None
    logging.getLogger("submitit").setLevel(logging.CRITICAL)  # it writes to standard output
    return submitit.AutoExecutor


def _python(request: ClusterRequest) -> Path | None:
    """The Python that runs submitit in a job; None for the one that runs this.

    Raises:
        InputError: a frozen app is none, or the one given has no submitit.
    """
    is_frozen = bundle_folder() is not None or getattr(sys, "frozen", False)
    if is_frozen and request.executor == "local":
        # submitit starts its local jobs with the program that runs, which would be the app
        expected = "slurm in the packaged app; local needs Isoloss installed from source with pip"
        raise InputError("submit", "local", expected)
    if request.python is None:
        if is_frozen:
            expected = (
                "a Python with submitit that the nodes see, for the packaged app is none "
                "(or install Isoloss from source with pip)"
            )
            raise InputError("submit_python", "none", expected)
        return None
    command = [str(request.python), "-c", "import submitit"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=clean_environment(),
            timeout=_ASKING_LIMIT_S,
            check=False,
        )
        has_it = done.returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        has_it = False
    if not has_it:
        expected = "a Python with submitit (python -m pip install submitit)"
        raise InputError("submit_python", request.python, expected)
    return request.python.absolute()


def _command(run: Run, name: str, calibration: CalibrationRequest, python: Path) -> list[str]:
    """What runs in the job, for no shell."""
    from core.calibration.cluster import job as script

    place = run.folder / name
    limits = (calibration.start_limit_s, calibration.line_limit_s, calibration.limit_s)
    probe = calibration.command(run.folder / PROBE.name)
    start = [python, run.folder / Path(script.__file__).name, place, *map(repr, limits)]
    return [str(part) for part in (*start, *probe, "--out", place / "result.json")]


def _parameters(
    request: ClusterRequest, name: str, gpu_type: str, limit_s: float
) -> dict[str, Any]:
    """Of submitit's executor."""
    common: dict[str, Any] = {"timeout_min": math.ceil(limit_s / 60), "name": f"isoloss-{name}"}
    if request.executor == "local":
        return {**common, "gpus_per_node": request.gpus_per_node}
    found = {**common, "slurm_use_srun": False, "slurm_signal_delay_s": _SIGNAL_S}
    if request.partition:
        found["slurm_partition"] = request.partition
    if request.gpus_per_node:
        typed = f"gpu:{gpu_type}" if gpu_type else "gpu"
        found["slurm_gres"] = f"{typed}:{request.gpus_per_node}"
    if request.options:
        options = {key: value or True for key, value in request.options.items()}
        found["slurm_additional_parameters"] = options
    return found


def _send(
    executor_class: "type[submitit.AutoExecutor]",
    run: Run,
    name: str,
    command: Sequence[str],
    parameters: Mapping[str, Any],
    python: Path | None,
) -> "submitit.Job[Any]":
    from submitit.helpers import CommandFunction

    is_local = run.executor == "local"
    chosen = {} if python is None else {f"{run.executor}_python": shlex.quote(str(python))}
    executor = executor_class(run.folder / name / "submitit", cluster=run.executor, **chosen)
    executor.update_parameters(**parameters)
    # submitit chooses the GPUs of a local job by number, whatever a person has chosen; on a
    # node the environment is the scheduler's, which says which GPUs are the job's
    environ = dict(os.environ) if is_local else None
    return executor.submit(CommandFunction(list(command), verbose=False, env=environ))


@contextlib.contextmanager
def _as_before_the_app() -> Iterator[None]:
    """What a person's programs expect: sbatch and the jobs take the environment over.

    Nor do they get our terminal or pipes: a local job would hold them open, and submitit prints
    what we say ourselves.
    """
    before = dict(os.environ)
    streams: dict[int, int] = {}
    try:
        os.environ.clear()
        os.environ.update(clean_environment(before))
        sys.stdout.flush()
        nowhere = os.open(os.devnull, os.O_RDWR)
        for number in range(3):
            with contextlib.suppress(OSError):  # closed by who started us
                streams[number] = os.dup(number)
                os.dup2(nowhere, number)
        os.close(nowhere)
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        for number, stream in streams.items():
            os.dup2(stream, number)
            os.close(stream)
        os.environ.clear()
        os.environ.update(before)
