"""The one-parameter family of plans that a frontier law and a speed model span.

Every quantity that a plan can be asked by grows with the real model width (the loss falls),
so any one of them fixes all the others. In the log of the width u:

    ln C(u)      the law's size formula, solved for the compute
    ln t(u)      ln C(u) - ln speed(u)

ln t has a minimum where the law's f is negative: below it a smaller model is not cheaper,
because the GPU slows down faster than the compute shrinks (T. Le Scao 2020, "tipping
point"). Training time alone then no longer says which size is best. From that point down
(or from the law's own floor, whichever comes first) the path shrinks parameters and
tokens in equal proportion, C ~ d_model^6, which keeps every quantity increasing; plans
there carry a warning and their loss is a lower bound. (Tokens are no such quantity: where f
is negative they rise again towards the floor.)
"""

import math
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

import numpy as np

from core.families import transformer_xl as family
from core.hardware.catalogue import Gpu
from core.laws.frontier import FrontierLaw
from core.ops import ARRAY, SCALAR, FloatArray, Ops, Scalar
from core.speed.power_law_2020 import PowerLaw2020, Precision, speed_model

LEAST_COMPUTE, MOST_COMPUTE = 1e-6, 1e60  # neFLO: far outside of any use, inside of float64
_EQUAL_PROPORTION = 6.0  # d ln C / d ln d_model where parameters (~ d^3) and tokens shrink alike
_TABLE_CELLS = 2048


@dataclass(frozen=True, slots=True)
class OnLaw:
    """The stretch of the path that follows the law's size formula."""

    law: FrontierLaw
    speed: PowerLaw2020

    def ln_compute(self, u: Scalar, ops: Ops = SCALAR) -> Scalar:
        """ln(neFLO) at ln(d_model)."""
        return self.law.ln_compute_at_params(family.params_at_width(ops.exp(u)), ops)

    def ln_seconds(self, u: Scalar, ops: Ops = SCALAR) -> tuple[Scalar, Scalar]:
        """ln(GPU-seconds) at ln(d_model), and its derivative."""
        width = ops.exp(u)
        params, elasticity = family.params_and_elasticity(width)
        ln_speed, speed_slope = self.speed.ln_speed_at(u, width, ops)
        ln_compute = self.law.ln_compute_at_params(params, ops)
        slope = self.law.compute_elasticity(params) * elasticity - speed_slope
        return ln_compute - ln_speed, slope


@dataclass(frozen=True, slots=True)
class Below:
    """The stretch under the floor: parameters and tokens shrink in equal proportion."""

    floor: float
    floor_ln_compute: float
    speed: PowerLaw2020

    def ln_compute(self, u: Scalar, ops: Ops = SCALAR) -> Scalar:
        """ln(neFLO) at ln(d_model)."""
        return self.floor_ln_compute + _EQUAL_PROPORTION * (u - self.floor)

    def ln_seconds(self, u: Scalar, ops: Ops = SCALAR) -> tuple[Scalar, Scalar]:
        """ln(GPU-seconds) at ln(d_model), and its derivative."""
        ln_speed, speed_slope = self.speed.ln_speed_at(u, ops.exp(u), ops)
        return self.ln_compute(u) - ln_speed, _EQUAL_PROPORTION - speed_slope


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Plans along the width for one law, GPU and precision.

    Attributes:
        floor: ln(d_model) from which up the law's size formula is followed.
        tips: whether the floor is a tipping point (else it is the law's own end).
        widths, times: ascending ln(d_model), and ln(seconds) there: each pair of
            neighbours brackets the solutions between them. Empty until `path_for` is done.
        ends: ln(d_model) of `LEAST_COMPUTE` and `MOST_COMPUTE`.
        end_seconds: GPU-seconds of the same two.
    """

    law: FrontierLaw
    speed: PowerLaw2020
    floor: float
    floor_ln_compute: float
    tips: bool
    on_law: OnLaw
    below: Below
    widths: tuple[float, ...] = ()
    times: tuple[float, ...] = ()
    floor_time: float = 0.0
    ends: tuple[float, float] = (0.0, 0.0)
    end_seconds: tuple[float, float] = (0.0, 0.0)

    def ln_compute(self, u: float) -> float:
        """ln(neFLO) at ln(d_model)."""
        return float((self.on_law if u >= self.floor else self.below).ln_compute(u))

    def ln_seconds(self, u: float) -> float:
        """ln(GPU-seconds) at ln(d_model)."""
        return float((self.on_law if u >= self.floor else self.below).ln_seconds(u)[0])

    def ln_compute_array(self, u: FloatArray) -> FloatArray:
        """`ln_compute` for an array of any shape."""
        on_law = self.on_law.ln_compute(np.maximum(u, self.floor), ARRAY)
        below = self.below.ln_compute(u)
        return cast(FloatArray, np.where(u >= self.floor, on_law, below))

    def at_compute(self, compute_neflo: Scalar, ops: Ops = SCALAR) -> Scalar:
        """ln(d_model) whose compute this is: closed form, but for the width's cubic."""
        floor_compute = math.exp(self.floor_ln_compute)
        params = self.law.params(ops.maximum(compute_neflo, floor_compute))
        on_law = ops.log(family.width_at_params(params, ops))
        below = self.floor + (ops.log(compute_neflo) - self.floor_ln_compute) / _EQUAL_PROPORTION
        return ops.where(compute_neflo >= floor_compute, on_law, below)

    def at_seconds(self, seconds: float) -> float:
        """ln(d_model) that takes ``seconds``: Newton kept inside a bracket of the table."""
        target = math.log(seconds)
        widths, times, floor = self.widths, self.times, self.floor
        cell = min(max(bisect_right(times, target), 1), len(times) - 1)
        low, high = widths[cell - 1], widths[cell]
        u = low + (high - low) * (target - times[cell - 1]) / (times[cell] - times[cell - 1])
        ln_seconds = (self.on_law if target >= self.floor_time else self.below).ln_seconds
        for _ in range(100):
            time, slope = ln_seconds(u)
            miss = time - target
            if miss > 0:
                high = u
            else:
                low = u
            closer = u - miss / slope if slope > 0 else low - 1
            if not low <= closer <= high:
                closer = 0.5 * (low + high)
            step = abs(closer - u)
            u = closer
            if step <= _settled(abs(u - floor)):
                break
        return u

    def at_seconds_array(self, seconds: FloatArray) -> FloatArray:
        """`at_seconds` for an array of any shape."""
        target = np.log(seconds)
        u = np.empty_like(target)
        on_law = target >= self.floor_time
        for branch, chosen in ((self.on_law, on_law), (self.below, ~on_law)):
            if chosen.any():
                u[chosen] = self._newton_array(branch, target[chosen])
        return u

    def _newton_array(self, branch: OnLaw | Below, target: FloatArray) -> FloatArray:
        widths, times = np.array(self.widths), np.array(self.times)
        cell = np.clip(np.searchsorted(times, target, side="right"), 1, widths.size - 1)
        low, high = widths[cell - 1], widths[cell]
        u = low + (high - low) * (target - times[cell - 1]) / (times[cell] - times[cell - 1])
        for _ in range(100):
            time, slope = branch.ln_seconds(u, ARRAY)
            miss = time - target
            high = np.where(miss > 0, u, high)
            low = np.where(miss > 0, low, u)
            closer = u - miss / np.where(slope > 0, slope, np.inf)
            inside = (closer >= low) & (closer <= high) & (slope > 0)
            closer = np.where(inside, closer, 0.5 * (low + high))
            settled = np.abs(closer - u) <= _settled(np.abs(closer - self.floor))
            u = closer
            if settled.all():
                break
        return cast(FloatArray, u)


def _settled(from_floor: Scalar) -> Scalar:
    """Step after which Newton is done: its error is the step squared over ``from_floor``.

    (d ln t / du grows like the distance from the tipping point, where it is 0.)
    """
    return 1e-9 * from_floor + 1e-16


@cache
def path_for(law: FrontierLaw, gpu: Gpu, precision: Precision) -> Path:
    """The path of a law on a GPU, its tipping point found and its bracket table made."""
    speed = speed_model(gpu, precision)
    on_law = OnLaw(law, speed)
    law_floor = math.log(family.width_at_params(law.params(law.floor_compute)))
    tip = _tipping_point(on_law, law_floor)
    floor = law_floor if tip is None else tip
    floor_ln_compute = float(on_law.ln_compute(floor))
    below = Below(floor, floor_ln_compute, speed)
    bare = Path(law, speed, floor, floor_ln_compute, tip is not None, on_law, below)
    first, last = bare.at_compute(LEAST_COMPUTE), bare.at_compute(MOST_COMPUTE)
    cells = np.linspace(first - 0.1, last + 0.1, _TABLE_CELLS)
    widths: FloatArray = np.sort(np.append(cells[cells != floor], floor))  # the kink is a node
    on_law_times = on_law.ln_seconds(np.maximum(widths, floor), ARRAY)[0]
    times = np.where(widths >= floor, on_law_times, below.ln_seconds(widths, ARRAY)[0])
    return replace(
        bare,
        widths=tuple(widths.tolist()),
        times=tuple(np.asarray(times).tolist()),
        floor_time=bare.ln_seconds(floor),
        ends=(first, last),
        end_seconds=(math.exp(bare.ln_seconds(first)), math.exp(bare.ln_seconds(last))),
    )


def _tipping_point(on_law: OnLaw, start: float) -> float | None:
    """ln(d_model) of least training time, None where time only grows from ``start`` up.

    The derivative of ln t changes its sign once, so bisection on it cannot miss.
    """

    def falls(u: float) -> bool:
        return bool(on_law.ln_seconds(u)[1] < 0)

    if not falls(start):
        return None
    low, high = start, start + 1.0
    while falls(high):
        low, high = high, high + 1.0
        if high > math.log(MOST_COMPUTE):
            return None
    while low < (middle := 0.5 * (low + high)) < high:
        low, high = (middle, high) if falls(middle) else (low, middle)
    return high
