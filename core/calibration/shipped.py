"""A calibrated card beside what the catalogue and the roofline model say of it."""

from dataclasses import dataclass

import numpy as np

from core.calibration.fit import GroupFit
from core.calibration.hardware import card_of
from core.calibration.points import architecture_of
from core.calibration.profile import Profile
from core.hardware.devices import Device
from core.ops import FloatArray
from core.speed.roofline import gpu_seconds_per_token
from core.speed.stacks import Stack, default_stack
from core.training import Setup

_IN_THE_CATALOGUE = ("bf16", "fp16", "tf32")


@dataclass(frozen=True, slots=True)
class Shipped:
    """How fast the measured steps are against the shipped figures.

    Attributes:
        card: of the catalogue.
        stack: training program that the catalogue assumes for it.
        ratios: measured over shipped tokens a second, in the order of the group's points.
    """

    card: Device
    stack: Stack
    ratios: tuple[float, ...]

    @property
    def median(self) -> float:
        """Half of the points are faster."""
        return float(np.median(self.ratios))

    @property
    def ends(self) -> tuple[float, float]:
        """Of the middle 80 % of the points."""
        low, high = np.quantile(self.ratios, (0.1, 0.9)).tolist()
        return low, high


def against_shipped(profile: Profile, group: GroupFit) -> Shipped | None:
    """The comparison for one stack and precision; None for a device that nothing is known of.

    The shipped model was fitted to large models on full cards: small steps, which wait for the
    host, are slower than it says.
    """
    card = card_of(profile)
    if card is None or group.precision not in _IN_THE_CATALOGUE or not group.points:
        return None
    stack = default_stack(card)
    return Shipped(card, stack, tuple(_ratios(profile, group, card, stack).tolist()))


def _ratios(profile: Profile, group: GroupFit, card: Device, stack: Stack) -> FloatArray:
    precision = "fp32" if group.precision == "tf32" else group.precision
    found = []
    for place in group.points:
        step = profile.steps[place]
        setup = Setup(card, micro_batch=step.micro_batch, precision=precision)
        seconds = float(gpu_seconds_per_token(architecture_of(step), setup, stack))
        found.append(seconds * step.tokens / step.step_time_s)
    return np.array(found)
