"""The sizes that the law alone would choose: best for the FLOP, whatever the hardware.

This is the optimum of 6 N D, which a formula gives; the one that a budget buys lies above it,
for larger models make better use of a GPU. Laws that only know their frontier have no other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from core.errors import InputError
from core.laws.data_constrained import DataConstrainedLaw
from core.laws.frontier import FLO_PER_PARAM_TOKEN
from core.ops import FloatArray
from core.planner.joint.limits import Limit, tokens_within
from core.planner.joint.setting import Setting
from core.planner.joint.sizes import LARGEST, SMALLEST, Sizes
from core.quantities import format_number

_POINTS, _FINE = 400, 65
_NEVER = 1e30  # seconds of a token that does not fit
_JUMP = 1.0  # of ln tokens from one size to the next: memory ends there, not the budget
_COMPUTE = (1e8, 1e32)  # neFLO


@dataclass(frozen=True, slots=True, eq=False)
class FlopPath:
    """Compute, size, tokens and loss along the law's optimum; arrays (n,), compute increasing."""

    ln_compute: FloatArray
    ln_params: FloatArray
    ln_tokens: FloatArray
    loss: FloatArray

    def tokens_at(self, ln_params: float) -> float:
        """Tokens for which a size is the law's best."""
        return float(np.exp(np.interp(ln_params, self.ln_params, self.ln_tokens)))

    def at_compute(self, compute_neflo: float) -> float:
        """Ln N at a compute.

        Raises:
            InputError: the law's sizes there are not between `SMALLEST` and `LARGEST`.
        """
        target = float(np.log(compute_neflo))
        self._check("neflo", compute_neflo, target, self.ln_compute)
        return float(np.interp(target, self.ln_compute, self.ln_params))

    def at_loss(self, loss: float) -> float:
        """Ln N at a loss.

        Raises:
            InputError: no compute on the path reaches it.
        """
        rising = -self.loss
        if not rising[0] <= -loss <= rising[-1]:
            low, high = (format_number(float(end), 5) for end in (self.loss[-1], self.loss[0]))
            raise InputError("loss", loss, f"between {low} and {high} nats")
        return self.at_compute(float(np.exp(np.interp(-loss, rising, self.ln_compute))))

    def within(
        self,
        setting: Setting,
        limits: tuple[Limit, ...],
        table: Sizes,
        finer: Callable[[FloatArray], Sizes],
    ) -> float:
        """Ln N of the largest compute that every limit allows.

        Args:
            setting: what is planned with.
            limits: at least one; errors name the first.
            table: costs over all sizes.
            finer: costs at any ln N.

        Raises:
            InputError: not even the first, or more than the last.
        """
        room = self._room(setting, limits, self.ln_params, table)
        first = limits[0]
        within = np.flatnonzero(room >= 0)
        if not within.size:
            expected = "more: it does not pay for the smallest model of the law"
            raise InputError(first.name, first.amount, expected)
        last = int(within[-1])
        if last == room.size - 1:
            expected = "less: it pays for more than the largest model of the law"
            raise InputError(first.name, first.amount, expected)
        # the speed need not fall steadily along the path: the last size that is paid for counts
        between = np.linspace(self.ln_params[last], self.ln_params[last + 1], _FINE)
        room = self._room(setting, limits, between, finer(between))
        last = int(np.flatnonzero(room >= 0)[-1]) if (room >= 0).any() else 0
        if last == room.size - 1 or room[last + 1] < -_JUMP:
            return float(between[last])
        share = np.clip(room[last] / (room[last] - room[last + 1]), 0.0, 1.0)
        return float(between[last] + share * (between[last + 1] - between[last]))

    def loss_within(self, setting: Setting, limits: tuple[Limit, ...], table: Sizes) -> float:
        """The loss at the largest compute that every limit allows, read off the table: quick.

        Infinite where the path does not hold that compute.
        """
        room = self._room(setting, limits, self.ln_params, table)
        within = np.flatnonzero(room >= 0)
        if not within.size or within[-1] == room.size - 1:
            return float("inf")
        last = int(within[-1])
        if room[last + 1] < -_JUMP:
            return float(self.loss[last])
        share = room[last] / (room[last] - room[last + 1])
        return float(self.loss[last] + share * (self.loss[last + 1] - self.loss[last]))

    def _room(
        self, setting: Setting, limits: tuple[Limit, ...], ln_params: FloatArray, table: Sizes
    ) -> FloatArray:
        """Ln of the tokens that the limits allow over those that the law wants, by size."""
        ln_seconds = np.log(np.minimum(table.gpu_seconds, _NEVER))
        seconds = np.exp(np.interp(ln_params, table.ln_params, ln_seconds))
        use = np.interp(ln_params, table.ln_params, table.use_gpu_seconds)
        allowed = tokens_within(setting, limits, np.exp(ln_params), seconds, use)
        wanted = np.interp(ln_params, self.ln_params, self.ln_tokens)
        return np.log(np.maximum(allowed, 1 / _NEVER)) - wanted

    def _check(self, field: str, value: float, place: float, along: FloatArray) -> None:
        if not along[0] <= place <= along[-1]:
            low, high = (format_number(float(np.exp(end)), 4) for end in (along[0], along[-1]))
            raise InputError(field, value, f"between {low} and {high}")


@lru_cache(maxsize=64)
def flop_path(setting: Setting) -> FlopPath:
    """The law's own optimum over all computes at which its sizes are those of a model."""
    compute = np.geomspace(*_COMPUTE, _POINTS)
    surface = setting.surface
    if surface is None:
        law = setting.law
        params = np.maximum(law.params(np.maximum(compute, law.floor_compute)), 1.0)
        loss = law.loss(compute)
    elif surface.unique_tokens is None:
        best = surface.parametric.optimum(compute)
        params, loss = best.params, best.loss
    else:
        repeated = DataConstrainedLaw(surface.parametric, *surface.repetition)
        best = repeated.optimum(compute, surface.unique_tokens)
        params, loss = best.params, best.loss
    inside = (params >= SMALLEST) & (params <= LARGEST)
    if surface is None:
        inside &= compute >= setting.law.floor_compute
    ln_compute, ln_params = np.log(compute[inside]), np.log(params[inside])
    ln_tokens = ln_compute - ln_params - np.log(FLO_PER_PARAM_TOKEN)
    return FlopPath(ln_compute, ln_params, ln_tokens, np.asarray(loss)[inside])
