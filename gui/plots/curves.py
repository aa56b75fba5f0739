"""What the plots draw, as plain arrays in log10: runs, bundles of runs, laws."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.runs.table import Run

Array = npt.NDArray[np.float64]

MOST_DRAWN = 200_000  # points; beyond, two a pixel column say as much
BUNDLE_ABOVE = 50  # curve items are fast up to here; beyond, curves of a colour share one
_BUCKETS = 16


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Curves that one item draws in one colour; NaN parts them."""

    params: float
    x: Array
    y: Array


def bundles(runs: Sequence[Run]) -> list[Bundle]:
    """One bundle a run, or one per band of sizes when the runs are many."""
    ordered = sorted(runs, key=lambda run: run.non_embedding_params)
    if len(ordered) <= BUNDLE_ABOVE:
        groups = [[run] for run in ordered]
    else:
        logs = np.log([run.non_embedding_params for run in ordered])
        edges = np.linspace(logs[0], logs[-1], _BUCKETS + 1)[1:-1]
        bands = np.searchsorted(edges, logs, side="right")
        groups = [
            [run for run, band in zip(ordered, bands, strict=True) if band == wanted]
            for wanted in range(_BUCKETS)
        ]
    return [_joined(group) for group in groups if group]


def _joined(group: Sequence[Run]) -> Bundle:
    gap = np.array([np.nan])
    xs: list[Array] = []
    ys: list[Array] = []
    for run in group:
        xs += [np.log10(run.compute_neflo), gap]
        ys += [np.log10(run.loss), gap]
    middle = group[len(group) // 2].non_embedding_params
    return Bundle(middle, np.concatenate(xs[:-1]), np.concatenate(ys[:-1]))


@dataclass(frozen=True, slots=True)
class Hit:
    """The place on a run nearest to the cursor, in log10."""

    run: int
    x: float
    y: float
    pixels: float


class CurveIndex:
    """Finds the run nearest to a place, by pixels, over all segments at once."""

    def __init__(self, runs: Sequence[Run]) -> None:
        starts_x, starts_y, ends_x, ends_y, owner = [], [], [], [], []
        for number, run in enumerate(runs):
            x, y = np.log10(run.compute_neflo), np.log10(run.loss)
            if x.size == 1:
                x, y = np.repeat(x, 2), np.repeat(y, 2)
            starts_x.append(x[:-1])
            starts_y.append(y[:-1])
            ends_x.append(x[1:])
            ends_y.append(y[1:])
            owner.append(np.full(max(x.size - 1, 0), number))
        empty = np.empty(0)
        self._x = np.concatenate([empty, *starts_x])
        self._y = np.concatenate([empty, *starts_y])
        self._dx = np.concatenate([empty, *ends_x]) - self._x
        self._dy = np.concatenate([empty, *ends_y]) - self._y
        self._run = np.concatenate([np.empty(0, dtype=int), *owner])

    def nearest(self, x: float, y: float, pixel_x: float, pixel_y: float) -> Hit | None:
        """Nearest place to (x, y), where a pixel is ``pixel_x`` by ``pixel_y`` wide."""
        if self._run.size == 0:
            return None
        dx, dy = self._dx / pixel_x, self._dy / pixel_y
        to_x, to_y = (x - self._x) / pixel_x, (y - self._y) / pixel_y
        length = np.maximum(dx * dx + dy * dy, 1e-12)
        along = np.clip((to_x * dx + to_y * dy) / length, 0.0, 1.0)
        distance = np.hypot(to_x - along * dx, to_y - along * dy)
        best = int(np.argmin(distance))
        return Hit(
            int(self._run[best]),
            float(self._x[best] + along[best] * self._dx[best]),
            float(self._y[best] + along[best] * self._dy[best]),
            float(distance[best]),
        )


def split_at(
    x: Array, y: Array, inside: tuple[float, float]
) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """A law inside and outside of the data's range, joined without a gap; NaN parts pieces."""
    low, high = inside
    if not x.size:
        return (x, y), (x, y)
    knots = np.array([k for k in (low, high) if x[0] < k < x[-1] and k not in x])
    # np.union1d would import numpy.ma, 15 ms of every start
    full_x = np.insert(x, np.searchsorted(x, knots), knots)
    full_y = np.interp(full_x, x, y)
    within = (full_x >= low) & (full_x <= high)
    left, right = full_x <= low, full_x >= high
    gap = np.array([np.nan])
    outside_x = np.concatenate([full_x[left], gap, full_x[right]])
    outside_y = np.concatenate([full_y[left], gap, full_y[right]])
    return (full_x[within], full_y[within]), (outside_x, outside_y)


def thinned(runs: Sequence[Run], most: int = MOST_DRAWN) -> tuple[Run, ...]:
    """Runs of at most about ``most`` points in all, that look the same.

    Each run is cut into pieces of the same length in points, of which the lowest and the
    highest loss stay, and with them both ends of the run.
    """
    total = sum(run.loss.size for run in runs)
    if total <= most:
        return tuple(runs)
    return tuple(_thin(run, max(4, int(run.loss.size * most / total))) for run in runs)


def _thin(run: Run, most: int) -> Run:
    pieces = most // 2 - 1
    if run.loss.size <= most or pieces < 1:
        return run
    length = -(-run.loss.size // pieces)
    whole = run.loss.size // length * length
    table = run.loss[:whole].reshape(-1, length)
    starts = np.arange(len(table)) * length
    ends = np.array([0, run.loss.size - 1])
    kept = np.unique(
        np.concatenate([starts + table.argmin(axis=1), starts + table.argmax(axis=1), ends])
    )
    return Run(run.name, run.non_embedding_params, run.compute_neflo[kept], run.loss[kept])
