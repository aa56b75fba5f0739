"""Where calibrations are to run, checked, and as the jobs that Slurm's own names make of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.calibration.cluster.folder import EXECUTORS, checked_name, default_folder
from core.calibration.cluster.slurm import SlurmError, check_slurm, gpu_types, partitions
from core.errors import InputError

LOCAL_JOB, CPU_JOB, UNTYPED_JOB = "this-computer", "cpu", "gpu"
_KEY = re.compile(r"[a-z][a-z0-9_-]*")
# what would make several processes of one job, or an answer that is no job
_OURS = frozenset(
    ("array", "nodes", "ntasks", "ntasks-per-node", "wrap", "wait", "test-only", "export", "chdir")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRequest:
    """Where calibrations are to run.

    Attributes:
        executor: one of `core.calibration.cluster.folder.EXECUTORS`.
        gpu_types: as the cluster calls them; those that Slurm names where empty.
        partition: of Slurm; its own default where empty.
        gpus_per_node: GPUs of a job; 0 for a job on the CPUs.
        options: of sbatch, by their long names; an option without a value has an empty one.
        folder: on a disk that the nodes share.
        python: with submitit, as the nodes find it; this one where None.
        label: name of the profiles; device and date where empty.
    """

    executor: str = "local"
    gpu_types: tuple[str, ...] = ()
    partition: str = ""
    gpus_per_node: int = 1
    options: Mapping[str, str] = field(default_factory=dict)
    folder: Path = field(default_factory=default_folder)
    python: Path | None = None
    label: str = ""

    def __post_init__(self) -> None:
        """Check what a person may have typed.

        Raises:
            InputError: a value that no job can have.
        """
        if self.executor not in EXECUTORS:
            raise InputError("submit", self.executor, f"one of {', '.join(EXECUTORS)}")
        if not 0 <= self.gpus_per_node <= 64:
            raise InputError("gpus_per_node", self.gpus_per_node, "from 0 (the CPUs) to 64")
        for name in self.gpu_types:
            checked_name(name)
            if self.gpu_types.count(name) > 1:
                raise InputError("gpu_type", name, "given once")
        if self.executor == "local":
            self._check_local()
        for key, value in self.options.items():
            known = key.replace("_", "-")
            if not _KEY.fullmatch(key) or known in _OURS or not value.isprintable():
                raise InputError("slurm", f"{key}={value}", "an option of sbatch for one process")

    def _check_local(self) -> None:
        for name, given in (("partition", self.partition), ("slurm", self.options)):
            if given:
                raise InputError(name, given, "left out with --submit local")
        if len(self.gpu_types) > 1:
            expected = "one at most with --submit local: two at once would measure each other"
            raise InputError("gpu_type", ",".join(self.gpu_types), expected)


def types_of(request: ClusterRequest) -> dict[str, str]:
    """The jobs by name, each with its type of GPU; a type is empty where any will do.

    Raises:
        InputError: Slurm does not know what was asked for, or has no GPU.
    """
    if request.executor == "slurm":
        check_slurm()
        try:
            return _types_of_slurm(request)
        except SlurmError as error:
            raise InputError("submit", "slurm", f"a Slurm that answers ({error})") from error
    return dict.fromkeys(request.gpu_types or (LOCAL_JOB,), "")


def _types_of_slurm(request: ClusterRequest) -> dict[str, str]:
    known = partitions()
    if request.partition and request.partition not in known:
        expected = f"one of {', '.join(known)}" if known else "left out: Slurm names none"
        raise InputError("partition", request.partition, expected)
    if not request.gpus_per_node:
        return dict.fromkeys(request.gpu_types or (CPU_JOB,), "")
    found = gpu_types(request.partition)
    if not request.gpu_types:
        enough = [name for name, count in found.items() if count >= request.gpus_per_node]
        if not enough:
            most = f"at most {max(found.values())}" if found else "0"
            expected = f"{most}: Slurm names no node with more (0 measures CPUs)"
            raise InputError("gpus_per_node", request.gpus_per_node, expected)
        return {checked_name(name) if name else UNTYPED_JOB: name for name in enough}
    for name in request.gpu_types:
        if name not in found:
            typed = ", ".join(one for one in found if one) or "left out: Slurm names none"
            raise InputError("gpu_type", name, f"one of {typed}" if any(found) else typed)
    return {name: name for name in request.gpu_types}
