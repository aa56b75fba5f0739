"""Bootstrap weights, and what a cloud of resampled numbers says (Efron 1979)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.ops import FloatArray
from core.quantities import Estimate

By = Literal["run", "point"]
LEVEL = 0.8
_MOST_BALANCED = 20_000_000  # draws held at once


@dataclass(frozen=True, slots=True)
class Resampling:
    """How often, from which seed, and what is drawn.

    Attributes:
        resamples: how many; 0 for none.
        seed: of `numpy.random.default_rng`; the same seed gives the same intervals.
        by: ``run`` draws whole trainings, whose points are not independent; ``point`` draws
            single points.
    """

    resamples: int = 1000
    seed: int = 0
    by: By = "run"


def bootstrap_weights(
    resampling: Resampling, run_index: npt.NDArray[np.intp], at_once: int
) -> Iterator[FloatArray]:
    """How often each point counts in each resample: parts of at most (at_once, n_points).

    Balanced where that fits into memory: over all resamples every unit is drawn equally often,
    which takes noise out of the standard errors (Davison, Hinkley and Schechtman 1986). The
    numbers do not depend on ``at_once``.
    """
    rng = np.random.default_rng(resampling.seed)
    units = run_index.size if resampling.by == "point" else int(run_index.max()) + 1
    total = resampling.resamples
    drawn = None
    if total * units <= _MOST_BALANCED:
        drawn = rng.permutation(np.tile(np.arange(units), total)).reshape(total, units)
    for first in range(0, total, at_once):
        size = min(at_once, total - first)
        if drawn is None:
            counts = rng.multinomial(units, np.full(units, 1 / units), size=size)
        else:
            part = drawn[first : first + size]
            counts = np.zeros((size, units), dtype=np.int64)
            np.add.at(counts, (np.arange(size)[:, None], part), 1)
        weights = counts.astype(np.float64)
        yield weights if resampling.by == "point" else weights[:, run_index]


def interval(value: float, cloud: FloatArray, source: str, level: float = LEVEL) -> Estimate:
    """The percentile interval of a cloud around a value; none for an empty cloud."""
    usable = cloud[np.isfinite(cloud)]
    if usable.size < 20:
        return Estimate(value, source=source)
    low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2])
    # a resample has fewer distinct runs, which can push the whole cloud to one side
    return Estimate(value, min(float(low), value), max(float(high), value), level, source)


def standard_error(cloud: FloatArray) -> float | None:
    """Standard deviation of a cloud, None for an empty one."""
    usable = cloud[np.isfinite(cloud)]
    return float(usable.std(ddof=1)) if usable.size >= 20 else None
