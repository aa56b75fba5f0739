"""Where the ticks of a log10 axis go and what they say; labels never overlap.

Positions are log10 of the value, because the plots draw in log10 themselves.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.quantities import superscript

Extent = Callable[[str], float]  # pixels that a label takes along the axis
Labeller = Callable[[float, float], str]  # value and step -> label

_LINEAR_BELOW_DECADES = 0.7
_FINE_BELOW_DECADES = 1.5
_MIN_MINOR_PIXELS = 4.0
_CLOSER = 0.4  # the few labels of a share may stand closer, or there is none beside the 0
_EDGE = 1e-9  # a tick on the edge of the range counts as inside


@dataclass(frozen=True, slots=True)
class Ticks:
    """Labelled ticks as (position, label) and minor tick positions, all in log10."""

    labelled: tuple[tuple[float, str], ...]
    minor: tuple[float, ...]


def power_label(value: float, step: float) -> str:
    """``3e17`` -> ``"3×10¹⁷"``, ``1e17`` -> ``"10¹⁷"``, as precise as ``step`` asks."""
    exponent = math.floor(math.log10(value) + _EDGE)
    mantissa = value / 10.0**exponent
    decimals = max(0, exponent - math.floor(math.log10(step) + _EDGE))
    if math.isclose(mantissa, 1.0, rel_tol=1e-9):
        return f"10{superscript(exponent)}"
    return f"{mantissa:.{decimals}f}×10{superscript(exponent)}"


def plain_label(value: float, step: float) -> str:
    """``3.5`` -> ``"3.5"``: decimals as ``step`` asks, powers of ten far from 1."""
    if not 1e-4 < value < 1e5:
        return power_label(value, step)
    return f"{value:.{max(0, -math.floor(math.log10(step) + _EDGE))}f}"


def power_ticks(low: float, high: float, length: float, extent: Extent, gap: float) -> Ticks:
    """Ticks of an axis over many powers of ten (compute, parameters).

    Args:
        low: log10 of the lower end.
        high: log10 of the upper end.
        length: pixels between the two.
        extent: pixels that a label takes along the axis.
        gap: least free pixels between two labels.
    """
    return _ticks(low, high, length, extent, gap, power_label)


def plain_ticks(low: float, high: float, length: float, extent: Extent, gap: float) -> Ticks:
    """Like ``power_ticks``, with labels as plain decimals and as many as can stand (loss)."""
    return _ticks(low, high, length, extent, gap, plain_label, at_least_tenths=True)


def linear_ticks(low: float, high: float, length: float, extent: Extent, gap: float) -> Ticks:
    """Ticks of an axis of shares, which are positions themselves, labelled in per cent."""
    if not (high > low and length > 0 and math.isfinite(low) and math.isfinite(high)):
        return Ticks((), ())
    exponent = math.floor(math.log10(high - low)) - 1
    for power in (exponent, exponent + 1):
        for factor in (1, 2, 5):
            step = factor * 10.0**power
            first, last = math.ceil(low / step - _EDGE), math.floor(high / step + _EDGE)
            marks = [(n * step, percent_label(n * step, step)) for n in range(first, last + 1)]
            if _fits(marks, length / (high - low), extent, gap * _CLOSER):
                return Ticks(tuple(marks), ())
    return Ticks((), ())


def percent_label(value: float, step: float) -> str:
    """``-0.015`` -> ``"−1.5 %"``, with as many decimals as ``step`` asks."""
    decimals = max(0, -math.floor(math.log10(step) + _EDGE) - 2)
    text = f"{value * 100 + 0.0:.{decimals}f}"
    return f"{text.replace('-', '−')}\u00a0%"


def _ticks(
    low: float,
    high: float,
    length: float,
    extent: Extent,
    gap: float,
    label: Labeller,
    at_least_tenths: bool = False,
) -> Ticks:
    if not (high > low and length > 0 and math.isfinite(low) and math.isfinite(high)):
        return Ticks((), ())
    scale = length / (high - low)
    labelled: list[tuple[float, str]] = []
    for values in _candidates(low, high):
        found = [(value, max(step, value / 1e12)) for value, step in values]
        if at_least_tenths:
            found = [(v, min(step, 0.1) if v < 10 else step) for v, step in found]
        labelled = [(math.log10(value), label(value, step)) for value, step in found]
        if labelled and _fits(labelled, scale, extent, gap):
            break
    else:
        labelled = _thinned(labelled, scale, extent, gap)
    taken = [position for position, _ in labelled]
    return Ticks(tuple(labelled), tuple(_minor(low, high, scale, taken)))


def _candidates(low: float, high: float) -> Iterator[Sequence[tuple[float, float]]]:
    """(value, step) lists from fine to coarse."""
    span = high - low
    if span < _LINEAR_BELOW_DECADES:
        for step in _nice_steps(10.0**low, 10.0**high):
            yield [(value, step) for value in _multiples(low, high, step)]
    if span < _FINE_BELOW_DECADES:
        for mantissas in (range(1, 10), (1, 2, 5), (1, 3)):
            yield _inside(low, high, ((d, m) for d in _decades(low, high) for m in mantissas))
    step = 1
    while True:
        decades = [d for d in _decades(low, high) if d % step == 0]
        yield _inside(low, high, ((d, 1) for d in decades))
        if len(decades) <= 1:
            return
        step = {1: 2, 2: 3, 3: 5}.get(step, step * 2)


def _nice_steps(start: float, stop: float) -> Iterator[float]:
    exponent = math.floor(math.log10(stop - start)) - 1
    for power in (exponent, exponent + 1):
        for factor in (1, 2, 5):
            yield factor * 10.0**power


def _multiples(low: float, high: float, step: float) -> list[float]:
    first = math.ceil(10.0**low / step - 1e-6)
    last = math.floor(10.0**high / step + 1e-6)
    return [count * step for count in range(max(first, 1), last + 1)]


def _decades(low: float, high: float) -> range:
    return range(math.floor(low), math.floor(high) + 1)


def _inside(low: float, high: float, marks: Iterable[tuple[int, int]]) -> list[tuple[float, float]]:
    """(value, step) of the marks (decade, mantissa) that lie in the range."""
    return [
        (mantissa * 10.0**decade, 10.0**decade)
        for decade, mantissa in marks
        if low - _EDGE <= decade + math.log10(mantissa) <= high + _EDGE
    ]


def _fits(labelled: list[tuple[float, str]], scale: float, extent: Extent, gap: float) -> bool:
    return all(
        (b - a) * scale >= (extent(first) + extent(second)) / 2 + gap
        for (a, first), (b, second) in pairwise(labelled)
    )


def _thinned(
    labelled: list[tuple[float, str]], scale: float, extent: Extent, gap: float
) -> list[tuple[float, str]]:
    kept: list[tuple[float, str]] = []
    for mark in labelled:
        if not kept or _fits([kept[-1], mark], scale, extent, gap):
            kept.append(mark)
    return kept


def _minor(low: float, high: float, scale: float, taken: list[float]) -> list[float]:
    """Unlabelled ticks: 2 to 9 in each decade, else whole decades, where there is room."""
    span = high - low
    if span < _LINEAR_BELOW_DECADES:
        marks: list[float] = []
        for step in _nice_steps(10.0**low, 10.0**high):
            marks = [math.log10(value) for value in _multiples(low, high, step)]
            if all((b - a) * scale >= 2 * _MIN_MINOR_PIXELS for a, b in pairwise(marks)):
                break
    else:
        mantissas = range(1, 10) if scale * math.log10(10 / 9) >= _MIN_MINOR_PIXELS / 2 else (1,)
        marks = [
            decade + math.log10(mantissa)
            for decade in _decades(low, high)
            for mantissa in mantissas
            if low <= decade + math.log10(mantissa) <= high
        ]
    return [mark for mark in marks if all(abs(mark - other) > 1e-6 for other in taken)]
