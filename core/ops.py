"""One formula for scalars and arrays: the handful of functions that differ between them.

The scalar set keeps a single plan free of numpy's per-call cost; the array set plans a
million budgets in one pass. Both run the same expressions, so they cannot drift apart.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Scalar = Any  # float with SCALAR, FloatArray with ARRAY: the formulas are the same


@dataclass(frozen=True, slots=True)
class Ops:
    """The functions that a formula takes from ``math`` or from ``numpy``."""

    exp: Callable[[Scalar], Scalar]
    log: Callable[[Scalar], Scalar]
    sqrt: Callable[[Scalar], Scalar]
    floor: Callable[[Scalar], Scalar]
    maximum: Callable[[Scalar, Scalar], Scalar]
    where: Callable[[Scalar, Scalar, Scalar], Scalar]


def _choose(condition: bool, yes: float, no: float) -> float:
    return yes if condition else no


SCALAR = Ops(math.exp, math.log, math.sqrt, math.floor, max, _choose)
ARRAY = Ops(np.exp, np.log, np.sqrt, np.floor, np.maximum, np.where)
