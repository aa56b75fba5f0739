"""What the probe says: one value object a line, all in seconds, bytes, FLOP and watts.

The probe's own docstring documents the same lines; `core.calibration.lines` reads them, strictly.
"""

from dataclasses import dataclass
from enum import StrEnum

SCHEMA = 1  # of lines and of the saved document; the probe's is the same


class Stack(StrEnum):
    """The stacks that the probe knows."""

    TXL = "txl"
    DECODER = "decoder"


class Parallel(StrEnum):
    """How processes share a training."""

    DDP = "ddp"  # each has all weights
    FSDP = "fsdp"  # each has its share of weights, gradients and optimizer


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """What is measured; texts are empty where not known."""

    schema: int
    date: str
    device: str
    kind: str
    name: str
    torch: str
    memory_bytes: int | None = None
    runtime: str = ""
    driver: str = ""
    python: str = ""
    platform: str = ""
    capability: str = ""
    precisions: tuple[str, ...] = ()
    threads: int = 0
    processes: int = 1
    multi_processors: int = 0
    power_limit_w: float | None = None
    clock_max_mhz: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInfo:
    """What is to come.

    Attributes:
        points: training steps of different shapes.
        seconds: for all of it.
    """

    points: int
    seconds: float
    stacks: tuple[str, ...] = ()
    precisions: tuple[str, ...] = ()
    compile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMeasurement:
    """A training step of one shape; ``processes`` > 1 is a data-parallel one.

    Attributes:
        parallel: how; None where one process trains alone, or where an older probe did not say.
        step_time_s: median of ``repeats``, seconds.
        step_time_spread: standard deviation of one step, seconds.
        tokens_per_s: of all processes.
        params, params_non_embedding: as built; the second without embedding and head.
        peak_memory_bytes: on a GPU allocated by torch, on a CPU the whole process.
        throttle: what NVML says slowed the GPU down.
    """

    stack: Stack
    n_layers: int
    d_model: int
    n_heads: int
    d_ff: int
    vocab: int
    seq_len: int
    micro_batch: int
    precision: str
    compile: bool
    processes: int
    step_time_s: float
    step_time_spread: float
    repeats: int
    warmup: int
    tokens_per_s: float
    params: int
    params_non_embedding: int
    parallel: Parallel | None = None
    peak_memory_bytes: int | None = None
    clock_mhz: float | None = None
    memory_clock_mhz: float | None = None
    temperature_c: float | None = None
    power_w: float | None = None
    throttle: tuple[str, ...] | None = None

    @property
    def tokens(self) -> int:
        """Tokens of a step of one process."""
        return self.micro_batch * self.seq_len


@dataclass(frozen=True, slots=True, kw_only=True)
class MatmulMeasurement:
    """An (m, k) by (k, n) product."""

    precision: str
    m: int
    n: int
    k: int
    seconds: float
    spread: float
    repeats: int
    flop_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BandwidthMeasurement:
    """A copy in memory; ``bytes`` are those read and those written."""

    bytes: int
    seconds: float
    spread: float
    repeats: int
    bytes_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LargestBatch:
    """The largest micro-batch that fits, to an eighth; the next one tried is ``fails_at``."""

    stack: Stack
    n_layers: int
    d_model: int
    n_heads: int
    d_ff: int
    vocab: int
    seq_len: int
    micro_batch: int
    precision: str
    fails_at: int
    peak_memory_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerMeasurement:
    """Watts while one shape trains for ``seconds``; ``method`` is ``counter`` or ``sampled``."""

    stack: Stack
    n_layers: int
    d_model: int
    n_heads: int
    d_ff: int
    vocab: int
    seq_len: int
    micro_batch: int
    precision: str
    power_w: float
    seconds: float
    steps: int
    method: str
    clock_mhz: float | None = None
    memory_clock_mhz: float | None = None
    temperature_c: float | None = None
    throttle: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectiveMeasurement:
    """A collective of ``bytes`` a process; bus bandwidth as NVIDIA's nccl-tests defines it."""

    operation: str
    bytes: int
    processes: int
    backend: str
    seconds: float
    spread: float
    repeats: int
    bytes_per_s: float
    bus_bytes_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """What was not measured.

    Attributes:
        kind: of measurement.
        reason: ``out_of_memory``, ``time``, ``unsupported`` or ``error``.
        detail: what torch said.
        parallel: how processes were to share the step; None for a step of one.
    """

    kind: str
    reason: str
    detail: str = ""
    stack: Stack | None = None
    n_layers: int | None = None
    d_model: int | None = None
    seq_len: int | None = None
    micro_batch: int | None = None
    vocab: int | None = None
    precision: str = ""
    parallel: Parallel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A point starts: ``done`` of ``points`` are over."""

    done: int
    points: int
    seconds_left: float
    doing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The end: ``status`` is ``complete``, ``stopped`` or ``failed``, ``reason`` a code."""

    status: str
    reason: str
    measured: int
    skipped: int
    elapsed_s: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Garbage:
    """A line that the probe did not write, or should not have.

    Attributes:
        text: its beginning.
        reason: what is wrong with it.
    """

    text: str
    reason: str


Measurement = (
    StepMeasurement
    | MatmulMeasurement
    | BandwidthMeasurement
    | LargestBatch
    | PowerMeasurement
    | CollectiveMeasurement
)
Line = DeviceInfo | PlanInfo | Measurement | Skipped | Progress | Done | Garbage
