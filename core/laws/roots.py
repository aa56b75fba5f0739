"""A root of an increasing function, one number or a whole array of problems at once."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.ops import FloatArray

_HALVINGS = 200  # a bracket of any two doubles is down to neighbours long before


def increasing_root(
    function: Callable[[FloatArray], FloatArray], low: npt.ArrayLike, high: npt.ArrayLike
) -> FloatArray:
    """Where ``function`` crosses zero between ``low`` and ``high``, to the last digit.

    Args:
        function: increasing, elementwise, over the common shape of its brackets.
        low: where it is negative, any shape.
        high: where it is positive, broadcast with ``low``. Where the function does not change
            its sign the nearer end is the answer.

    Returns:
        The roots, an array of the common shape of the brackets.
    """
    left, right = (np.array(end, dtype=np.float64) for end in np.broadcast_arrays(low, high))
    for _ in range(_HALVINGS):
        middle = 0.5 * (left + right)
        if np.all((middle <= left) | (middle >= right)):
            break
        above = function(middle) > 0
        right = np.where(above, middle, right)
        left = np.where(above, left, middle)
    return np.asarray(0.5 * (left + right))
