"""Measured steps as numbers to fit: what each of them has of every term, and how sure it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.calibration.messages import Stack, StepMeasurement
from core.errors import InputError
from core.families.architecture import Architecture
from core.families.library import find_family
from core.ops import FloatArray
from core.speed.calibrated import TERMS, counts, dimensions

PRECISIONS = ("bf16", "fp16", "fp32", "tf32")
_FAMILIES = {Stack.TXL: "transformer_xl", Stack.DECODER: "llama"}
_MEDIAN_ERROR = 1.2533  # of a median over that of a mean, for normal errors: sqrt(pi / 2)
_KNOWN_TO = 0.05  # a point whose median is no surer than this counts half

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Steps of one stack in one precision.

    Attributes:
        steps: as they were measured.
        counted: (points, terms) of `core.speed.calibrated.counts`.
        seconds: (points,) of a step.
        weights: (points,) from 0 to 1, less where repeats differ.
        shapes: of each point; batches of one model share theirs.
    """

    steps: tuple[StepMeasurement, ...]
    counted: FloatArray
    seconds: FloatArray
    weights: FloatArray
    shapes: tuple[Shape, ...]

    @property
    def n_shapes(self) -> int:
        """Different models."""
        return len(set(self.shapes))

    @property
    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Smallest and largest of each of `core.speed.calibrated.DIMENSIONS`."""
        sizes = [dimensions(architecture_of(step), step.micro_batch) for step in self.steps]
        return tuple((float(min(row)), float(max(row))) for row in zip(*sizes, strict=True))


def points_of(steps: Sequence[StepMeasurement]) -> Points:
    """The numbers of measured steps, at least one.

    Raises:
        InputError: sizes that no model has, or an unknown precision.
    """
    counted = []
    for step in steps:
        if step.precision not in PRECISIONS:
            raise InputError("precision", step.precision, f"one of {', '.join(PRECISIONS)}")
        has = counts(architecture_of(step), float(step.tokens))
        counted.append([float(has[name]) for name in TERMS])
    return Points(
        tuple(steps),
        np.array(counted),
        np.array([step.step_time_s for step in steps]),
        np.array([1 / (1 + (uncertainty(step) / _KNOWN_TO) ** 2) for step in steps]),
        tuple(shape_of(step) for step in steps),
    )


def architecture_of(step: StepMeasurement) -> Architecture:
    """The model of a measured step.

    Raises:
        InputError: sizes that no model has.
    """
    return find_family(_FAMILIES[step.stack]).architecture(
        n_layers=step.n_layers,
        d_model=step.d_model,
        n_heads=step.n_heads,
        n_kv_heads=step.n_heads,
        d_ff=step.d_ff,
        vocab=step.vocab,
        tied=False,
        seq_len=step.seq_len,
    )


def shape_of(step: StepMeasurement) -> Shape:
    """What makes a model another one; its batch does not."""
    return step.n_layers, step.d_model, step.n_heads, step.d_ff, step.vocab, step.seq_len


def uncertainty(step: StepMeasurement) -> float:
    """Standard error of the median, relative."""
    return _MEDIAN_ERROR * step.step_time_spread / step.step_time_s / float(np.sqrt(step.repeats))
