"""What several processes reach together, beside one of them alone; no part of any fit."""

from dataclasses import dataclass
from statistics import median

from core.calibration.messages import CollectiveMeasurement, Parallel, StepMeasurement
from core.calibration.result import Calibration
from core.messages import QT_TRANSLATE_NOOP, Message
from core.quantities import format_number

_SHAPE = ("stack", "n_layers", "d_model", "n_heads", "d_ff", "vocab", "seq_len", "micro_batch")
_ALIKE = (*_SHAPE, "precision", "compile")

_TOGETHER = QT_TRANSLATE_NOOP(
    "core",
    "{way} over {processes} processes in {precision}: {rate} tokens/s each, {share} % of one "
    "alone (model of {layers} x {width})",
)
_TOGETHER_ONLY = QT_TRANSLATE_NOOP(
    "core",
    "{way} over {processes} processes in {precision}: {rate} tokens/s each (model of "
    "{layers} x {width})",
)
_LINK = QT_TRANSLATE_NOOP(
    "core", "{operation} over {processes} processes ({backend}): {rate} GB/s on the bus"
)


@dataclass(frozen=True, slots=True)
class Together:
    """A step of several processes.

    Attributes:
        step: as measured.
        alone: tokens a second of one process by itself with the same shape; None where nobody
            measured that.
    """

    step: StepMeasurement
    alone: float | None

    @property
    def way(self) -> Parallel:
        """How they share it; the first probes had only one way, and did not say."""
        return self.step.parallel or Parallel.DDP

    @property
    def each(self) -> float:
        """Tokens a second of one process."""
        return self.step.tokens_per_s / self.step.processes

    @property
    def share(self) -> float | None:
        """Of the speed that one process has alone; None where that is not known."""
        return None if self.alone is None else self.each / self.alone


def together(calibration: Calibration) -> tuple[Together, ...]:
    """Every step of several processes, in the order in which they were measured."""
    alone: dict[tuple[object, ...], list[float]] = {}
    for step in calibration.steps:
        alone.setdefault(_kind(step), []).append(step.tokens_per_s)
    found = []
    for step in calibration.shared_steps:
        speeds = alone.get(_kind(step))
        found.append(Together(step, median(speeds) if speeds else None))
    return tuple(found)


def at_their_largest(calibration: Calibration) -> tuple[Together, ...]:
    """Of every way to share and every precision the step of the largest model."""
    largest: dict[tuple[Parallel, int, str, bool], Together] = {}
    for one in sorted(together(calibration), key=lambda one: one.step.params, reverse=True):
        step = one.step
        largest.setdefault((one.way, step.processes, step.precision, step.compile), one)
    return tuple(one for _, one in sorted(largest.items()))


def shared_messages(calibration: Calibration) -> tuple[Message, ...]:
    """Links at their best, and the steps `at_their_largest`."""
    steps = (step_message(one) for one in at_their_largest(calibration))
    return (*link_messages(calibration), *steps)


def link_messages(calibration: Calibration) -> tuple[Message, ...]:
    """Every collective at its best size."""
    best: dict[tuple[str, int, str], float] = {}
    for entry in calibration.measurements:
        if isinstance(entry, CollectiveMeasurement):
            kind = entry.operation, entry.processes, entry.backend
            best[kind] = max(best.get(kind, 0.0), entry.bus_bytes_per_s)
    found = []
    for (operation, processes, backend), rate in best.items():
        parts = {
            "operation": operation.replace("_", "-"),
            "processes": str(processes),
            "backend": backend,
            "rate": format_number(rate / 1e9, 3),
        }
        found.append(Message("link_speed", _LINK, parts))
    return tuple(found)


def step_message(one: Together) -> Message:
    """A shared step in a sentence."""
    parts = {
        "way": str(one.way).upper(),
        "processes": str(one.step.processes),
        "precision": one.step.precision,
        "rate": format_number(one.each, 3),
        "layers": str(one.step.n_layers),
        "width": str(one.step.d_model),
    }
    if one.share is None:
        return Message("together_only", _TOGETHER_ONLY, parts)
    parts["share"] = format_number(100 * one.share, 2)
    return Message("together", _TOGETHER, parts)


def _kind(step: StepMeasurement) -> tuple[object, ...]:
    return tuple(getattr(step, name) for name in _ALIKE)
