"""What holds a training back: budgets and caps, as tokens that each size can be given."""

from dataclasses import dataclass

import numpy as np

from core.errors import InputError
from core.laws.frontier import FLO_PER_PARAM_TOKEN
from core.ops import FloatArray, Scalar
from core.planner.joint.setting import LIMITS, Setting
from core.planner.request import By
from core.quantities import format_number

_BUDGETS = (By.HOURS, By.USD, By.ENERGY_KWH, By.CO2_KG)


@dataclass(frozen=True, slots=True)
class Limit:
    """One budget or cap.

    Attributes:
        name: field of the request (``deadline_hours``) or name of the budget (``usd``).
        by: what it is counted in.
        amount: how much there is of it.
        gpu_hours: what it pays for; None for compute.
        pays_use: whether use after training is paid from it too.
    """

    name: str
    by: By
    amount: float
    gpu_hours: float | None
    pays_use: bool

    def tokens(
        self, setting: Setting, params: Scalar, gpu_seconds: Scalar, use_gpu_seconds: Scalar
    ) -> Scalar:
        """Training tokens that each size can be given, broadcast; 0 where none."""
        used = setting.request.inference_tokens if self.pays_use else 0.0
        if self.gpu_hours is None:
            left = self.amount / params / FLO_PER_PARAM_TOKEN - used / 3
            return np.maximum(left, 0.0)
        left = 3600 * self.gpu_hours - use_gpu_seconds * used
        return np.maximum(left, 0.0) * setting.request.goodput / gpu_seconds


def caps(setting: Setting) -> tuple[Limit, ...]:
    """The further limits of the request.

    Raises:
        InputError: one of them means nothing here, or idle hours and storage alone exceed it.
    """
    found = []
    for field, by in LIMITS.items():
        amount = getattr(setting.request, field)
        if amount is not None:
            pays_use = by is not By.HOURS
            hours = _paid(setting, by, amount, field)
            found.append(Limit(field, by, amount, hours, pays_use))
    return tuple(found)


def budget(setting: Setting, by: By, value: float) -> Limit:
    """The budget itself: time, money, energy, CO2 or compute.

    Raises:
        InputError: it means nothing here, or idle hours and storage alone exceed it.
    """
    hours = _paid(setting, by, value, by.value) if by in _BUDGETS else None
    return Limit(by.value, by, value, hours, pays_use=True)


def tokens_within(setting: Setting, limits: tuple[Limit, ...], *sizes: FloatArray) -> FloatArray:
    """Tokens that each size can be given within every limit.

    Args:
        setting: what is planned with.
        limits: at least one.
        sizes: parameters, GPU-seconds of training and of use per token; one shape.
    """
    least: FloatArray = np.minimum.reduce([limit.tokens(setting, *sizes) for limit in limits])
    return least


def _paid(setting: Setting, by: By, amount: float, field: str) -> float:
    hours = setting.gpu_hours(by, amount)
    if hours <= 0:
        fixed = f"more than {format_number(setting.rent.fixed_usd)}: idle hours and storage"
        raise InputError(field, amount, f"{fixed} take that much alone")
    return hours
