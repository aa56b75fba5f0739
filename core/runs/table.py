"""The runs that ship with Isoloss, and which of their points a frontier rests on."""

import csv
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

import resources
from core.ops import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One training.

    Attributes:
        name: layers x d_model x d_inner.
        non_embedding_params: size.
        compute_neflo: shape (n,), increasing.
        loss: shape (n,), validation loss in nats per token.
    """

    name: str
    non_embedding_params: float
    compute_neflo: FloatArray
    loss: FloatArray


def load_runs(name: str, only: tuple[str, ...] | None = None) -> tuple[Run, ...]:
    """Runs of the shipped table ``name``, smallest first; ``only`` keeps the named ones."""
    points: dict[str, list[tuple[float, float]]] = {}
    params: dict[str, float] = {}
    with resources.path(f"runs/{name}").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            point = (float(row["compute_neflo"]), float(row["val_loss"]))
            points.setdefault(row["run"], []).append(point)
            params[row["run"]] = float(row["non_embedding_params"])
    chosen = [run for run in points if only is None or run in only]
    chosen.sort(key=params.__getitem__)
    return tuple(_run(run, params[run], points[run]) for run in chosen)


def _run(name: str, params: float, points: list[tuple[float, float]]) -> Run:
    compute, loss = np.array(sorted(points)).T.copy()
    for column in (compute, loss):
        column.setflags(write=False)
    return Run(name, params, compute, loss)


@dataclass(frozen=True, slots=True, eq=False)
class BestPoints:
    """The runs that touch the hull of all points, each at its compute-optimal moment.

    Attributes:
        names: run names.
        non_embedding_params, compute_neflo, loss: shape (n,).
    """

    names: tuple[str, ...]
    non_embedding_params: FloatArray
    compute_neflo: FloatArray
    loss: FloatArray


def best_points(
    runs: tuple[Run, ...], frontier_loss: Callable[[FloatArray], FloatArray]
) -> BestPoints:
    """For each run that touches the lower hull of all points, its compute-optimal moment.

    The hull is taken on linear axes, as the 2020 frontiers were fitted. The moment is the point
    with the largest excess over the frontier (T. Le Scao 2020): there the run is the best of all
    sizes by the widest margin.

    Args:
        runs: the trainings, at least one.
        frontier_loss: loss of the law's frontier at an array of neFLO.
    """
    owner = np.concatenate([np.full(run.loss.size, i) for i, run in enumerate(runs)])
    compute = np.concatenate([run.compute_neflo for run in runs])
    loss = np.concatenate([run.loss for run in runs])
    excess = np.log(frontier_loss(compute) / loss)
    touching = sorted({int(owner[point]) for point in _lower_hull(compute, loss)})
    index = np.array([np.where(owner == i, excess, -np.inf).argmax() for i in touching])
    return BestPoints(
        tuple(runs[i].name for i in touching),
        np.array([runs[i].non_embedding_params for i in touching]),
        compute[index],
        loss[index],
    )


def _lower_hull(x: FloatArray, y: FloatArray) -> list[int]:
    """Indices of the lower convex hull by ascending x (Andrew 1979), falling part only."""
    hull: list[int] = []
    for point in np.lexsort((y, x)).tolist():
        while len(hull) > 1 and _not_below(x, y, hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    lowest = min(hull, key=lambda p: y[p])
    return hull[: hull.index(lowest) + 1]


def _not_below(x: FloatArray, y: FloatArray, left: int, middle: int, right: int) -> bool:
    cross = (x[middle] - x[left]) * (y[right] - y[left])
    return bool(cross - (y[middle] - y[left]) * (x[right] - x[left]) <= 0)
