"""The lower envelope of many runs: what a frontier rests on."""

import numpy as np
import numpy.typing as npt

from core.ops import FloatArray

_BINS = 2_000  # above this many points the lowest of each bin of x make a first hull


def lower_hull(x: FloatArray, y: FloatArray) -> npt.NDArray[np.intp]:
    """Indices of the lower convex hull by ascending x, its falling part (Andrew 1979).

    Args:
        x: (n,), finite.
        y: (n,), finite.
    """
    if x.size <= _BINS:
        found = _hull(x, y, np.arange(x.size))
    else:
        found = _hull(x, y, _lowest_of_bins(x, y))
        below = np.flatnonzero(y < np.interp(x, x[found], y[found]))
        found = _hull(x, y, np.union1d(found, below))
    return found[: int(y[found].argmin()) + 1]


def _hull(x: FloatArray, y: FloatArray, candidates: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """The whole lower hull of the candidates."""
    order = candidates[np.lexsort((y[candidates], x[candidates]))]
    xs, ys = x[order].tolist(), y[order].tolist()
    hull: list[int] = []
    for point in range(order.size):
        while len(hull) > 1 and _not_below(xs, ys, hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return order[hull]


def _not_below(x: list[float], y: list[float], left: int, middle: int, right: int) -> bool:
    rise = (x[middle] - x[left]) * (y[right] - y[left])
    return rise - (y[middle] - y[left]) * (x[right] - x[left]) <= 0


def _lowest_of_bins(x: FloatArray, y: FloatArray) -> npt.NDArray[np.intp]:
    """The lowest point of each of many bins, and both ends of x."""
    low, high = float(x.min()), float(x.max())
    bins = ((x - low) * ((_BINS - 1) / max(high - low, 1e-300))).astype(np.int32)
    lowest = np.full(_BINS, np.inf)
    np.minimum.at(lowest, bins, y)
    found = np.flatnonzero(y == lowest[bins])
    return np.unique(np.concatenate([found, [x.argmin(), x.argmax()]]))
