"""What several GPUs reached together: their links, and how well steps scale."""

import statistics
from dataclasses import dataclass

from core.calibration.messages import CollectiveMeasurement, StepMeasurement
from core.calibration.result import Calibration

_SHAPE = ("stack", "n_layers", "d_model", "vocab", "seq_len", "micro_batch", "precision", "compile")


@dataclass(frozen=True, slots=True)
class Together:
    """One run of several processes.

    Attributes:
        processes: how many.
        bus_bytes_per_s: the best of each operation, as NVIDIA's nccl-tests defines it.
        efficiency: data-parallel speed over that of as many single GPUs, the median of the
            shapes that were measured both ways; None where none was.
    """

    processes: int
    bus_bytes_per_s: dict[str, float]
    efficiency: float | None


def together(calibration: Calibration) -> Together | None:
    """What processes together measured; None for a run of one."""
    rates: dict[str, float] = {}
    most = 1
    alone: dict[tuple[object, ...], float] = {}
    shared: list[StepMeasurement] = []
    for entry in calibration.measurements:
        if isinstance(entry, CollectiveMeasurement):
            most = max(most, entry.processes)
            rates[entry.operation] = max(rates.get(entry.operation, 0.0), entry.bus_bytes_per_s)
        elif isinstance(entry, StepMeasurement) and entry.processes > 1:
            most = max(most, entry.processes)
            shared.append(entry)
        elif isinstance(entry, StepMeasurement):
            alone[_key(entry)] = entry.tokens_per_s
    if most == 1:
        return None
    found = [
        step.tokens_per_s / (step.processes * alone[_key(step)])
        for step in shared
        if _key(step) in alone
    ]
    return Together(most, rates, statistics.median(found) if found else None)


def _key(step: StepMeasurement) -> tuple[object, ...]:
    return tuple(getattr(step, name) for name in _SHAPE)
