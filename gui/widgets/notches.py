"""Round numbers that arrow keys step through."""

import math

_SMALLEST, _LARGEST = 1e-300, 1e300
_TOLERANCE = 1e-9  # 0.1 + 0.2 counts as standing on the notch 0.3, not just above it


def next_notch(value: float, direction: int) -> float:
    """The nearest 1, 2 or 5 times a power of ten above or below ``value``.

    Args:
        value: a positive number.
        direction: above when positive, below when negative.

    Returns:
        The notch, or ``value`` itself at the ends of what a float can hold.
    """
    if not _SMALLEST <= value <= _LARGEST:
        return value
    exponent = math.floor(math.log10(value))
    notches = [
        float(f"{digit}e{power}")
        for power in (exponent - 1, exponent, exponent + 1)
        for digit in (1, 2, 5)
    ]
    if direction > 0:
        return min(notch for notch in notches if notch > value * (1 + _TOLERANCE))
    return max(notch for notch in notches if notch < value * (1 - _TOLERANCE))


def tidy(value: float, digits: int) -> float:
    """``value`` to ``digits`` significant digits, as a person would have typed it."""
    return float(f"{value:.{digits - 1}e}")
