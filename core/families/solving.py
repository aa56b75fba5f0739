"""The width at which a sum of powers reaches a size."""

import math

import numpy as np

from core.ops import ARRAY, SCALAR, Ops, Scalar

_NEWTON_STEPS = 60
_SETTLED = 1e-9  # Newton squares its error: the step after this one is below rounding


def width_at(terms: list[tuple[Scalar, float]], target: Scalar) -> Scalar:
    """Where the sum of coefficient * width ** exponent is ``target``; any shape, broadcast.

    In ln width the logarithm of such a sum is increasing and convex (log-sum-exp), so Newton
    from the right of the root falls onto it and cannot pass it; the least width at which one
    term alone reaches the target is such a start.

    Args:
        terms: coefficients (> 0) and exponents (> 0).
        target: positive and finite.
    """
    arrays = np.ndim(target) or any(np.ndim(coefficient) for coefficient, _ in terms)
    ops = ARRAY if arrays else SCALAR
    logs = [(ops.log(coefficient), exponent) for coefficient, exponent in terms]
    wanted = ops.log(target)
    x = _start(logs, wanted)
    for _ in range(_NEWTON_STEPS):
        powers = [ops.exp(log + exponent * x) for log, exponent in logs]
        total = _sum(powers)
        slope = _sum([exponent * power for (_, exponent), power in zip(logs, powers, strict=True)])
        step = (ops.log(total) - wanted) * total / slope
        x = x - step
        if _largest(step, ops) <= _SETTLED:
            break
    return ops.exp(x)


def _start(logs: list[tuple[Scalar, float]], wanted: Scalar) -> Scalar:
    ends = [(wanted - log) / exponent for log, exponent in logs]
    least = ends[0]
    for end in ends[1:]:
        least = np.minimum(least, end)
    return least


def _sum(parts: list[Scalar]) -> Scalar:
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def _largest(step: Scalar, ops: Ops) -> float:
    return math.fabs(step) if ops is SCALAR else float(np.abs(step).max())
