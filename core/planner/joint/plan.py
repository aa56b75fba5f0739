"""The plan for today's hardware, read like that of 2020: the same names, the same units."""

import math
from dataclasses import dataclass
from functools import cached_property

from core import footprint
from core.families.architecture import Architecture
from core.families.transformer_xl import Shape
from core.laws.frontier import FLO_PER_PARAM_TOKEN
from core.memory import Memory, memory_of
from core.messages import Message
from core.planner.flat import FlatOptimum
from core.planner.joint.binding import (
    Binding,
    FlopOptimum,
    bindings,
    flop_optimum,
    nats_per_gpu_hour,
)
from core.planner.joint.flat import flat_optimum
from core.planner.joint.setting import Setting, setting_of
from core.planner.joint.solve import Point, solve, total_gpu_hours
from core.planner.joint.spread import Spread, spread
from core.planner.joint.warnings import plan_warnings
from core.planner.request import QUANTITY_OF, By, PlanRequest
from core.quantities import Estimate
from core.speed.estimate import SpeedEstimate, estimate_speed
from core.speed.roofline import gpu_seconds_per_token
from core.training import Setup

_SPENT = 1e-4  # of a budget; less that is left is rounding


@dataclass(frozen=True, slots=True)
class JointShape:
    """A recommended shape: whole numbers that suit the hardware already.

    Attributes:
        shape: as the plans of 2020 write it; its size counts what the law counts.
        architecture: all of its dimensions.
        slower: relative time of a token against the typical shape of that size.
    """

    shape: Shape
    architecture: Architecture
    slower: float

    @property
    def friendly(self) -> Shape:
        """The shape itself: there is no friendlier neighbour."""
        return self.shape

    @property
    def friendly_change(self) -> float:
        """Relative change of the parameters to the friendly neighbour: none."""
        return 0.0


@dataclass(frozen=True)
class JointPlan:
    """One answer: size, tokens and layout of least loss within every limit.

    Quantities are worked out when first asked for. Hours, dollars, energy and emissions are all
    that the budget pays: the training and, with ``inference_tokens``, the use after it.

    Attributes:
        request: the question as it was put.
        known: the law, GPU and figures that it was answered with.
        point: the optimum.
    """

    request: PlanRequest
    known: Setting
    point: Point

    def _given(self, by: By, solved: float) -> float:
        """The budget as it was typed, unless another limit leaves some of it unspent."""
        given = self.request.value
        return (
            given
            if self.request.by is by and math.isclose(given, solved, rel_tol=_SPENT)
            else solved
        )

    def _estimate(self, name: str, value: float, source: str) -> Estimate:
        ends = self._spread.ends.get(name)
        if ends is None:
            return Estimate(value, source=source)
        low, high = value * ends[0], value * ends[1]
        return Estimate(value, low, high, self._spread.level, source)

    @cached_property
    def _spread(self) -> Spread:
        return spread(self.known, self.request.by, self.request.value, self.point, self.speed)

    @property
    def is_open(self) -> bool:
        """Whether it has no interval: at the slow end of the speed's it pays for no training."""
        return not self._spread.ends

    def speed_interval(self, name: str) -> tuple[float, float] | None:
        """The interval of a quantity by the error of the speed alone, not of the law."""
        estimate, ends = getattr(self, name), self._spread.by_speed.get(name)
        if estimate is None or ends is None:
            return None
        return estimate.value * ends[0], estimate.value * ends[1]

    @cached_property
    def speed(self) -> SpeedEstimate:
        """Tokens a second, utilisation, and how sure they are."""
        fill = float(self.memory.fill(self.known.gpu))
        stack, own_phi = self.known.stack, self.known.request.phi
        return estimate_speed(self.point.arch, self.layout, stack, phi=own_phi, memory_fill=fill)

    @property
    def layout(self) -> Setup:
        """How the GPUs share the work."""
        return self.point.layout

    @cached_property
    def memory(self) -> Memory:
        """The fullest GPU at its peak."""
        return memory_of(self.point.arch, self.layout)

    @cached_property
    def non_embedding_params(self) -> Estimate:
        """Best size, as the law counts it."""
        law = self.known.law
        source = f"least loss within the limits by law {law.id} ({law.source}) at actual speed"
        value = self._given(By.PARAMS, self.point.params)
        return self._estimate("non_embedding_params", value, source)

    @cached_property
    def compute_neflo(self) -> Estimate:
        """Training FLOP, 6 N D with the law's N."""
        solved = FLO_PER_PARAM_TOKEN * self.point.params * self.point.tokens
        source = "6 x parameters x tokens (Kaplan et al. 2020, section 2.1)"
        return self._estimate("compute_neflo", self._given(By.COMPUTE_NEFLO, solved), source)

    @cached_property
    def loss(self) -> Estimate:
        """Validation loss, nats per token."""
        law = self.known.law
        value = self._given(By.LOSS, self.point.loss)
        return self._estimate("loss", value, f"law {law.id}: {law.source}")

    @cached_property
    def tokens(self) -> Estimate:
        """Tokens seen, repetitions included."""
        return self._estimate("tokens", self.point.tokens, "what the limits leave at this speed")

    @property
    def epochs(self) -> float:
        """How often each token is seen; 1 at most where there are enough."""
        unique = self.request.unique_tokens
        return 1.0 if unique is None else max(1.0, self.point.tokens / unique)

    @cached_property
    def steps(self) -> Estimate:
        """Optimiser steps after which to stop."""
        batch = self.batch_tokens
        return self._estimate("steps", self.point.tokens / batch, f"tokens / {batch:,.0f} a step")

    @property
    def batch_tokens(self) -> float:
        """Tokens of an optimiser step: the wanted batch in whole sequences of each copy."""
        layout = self.layout
        sequences = layout.micro_batch * layout.grad_accum * layout.dp
        return float(sequences * self.known.seq_len)

    @cached_property
    def training_gpu_hours(self) -> float:
        """GPU-hours of the training, goodput counted."""
        return float(total_gpu_hours(self.known, self.point.tokens, self.point, with_use=False))

    @property
    def use_gpu_hours(self) -> float:
        """GPU-hours of reading and writing ``inference_tokens``."""
        return self.gpu_hours - self.training_gpu_hours

    @property
    def gpu_hours(self) -> float:
        """All GPU-hours that are paid for work."""
        return float(total_gpu_hours(self.known, self.point.tokens, self.point))

    @property
    def training_hours(self) -> float:
        """Wall-clock hours of the training."""
        return self.training_gpu_hours / self.known.n_gpus

    @cached_property
    def speed_neflo_per_s(self) -> Estimate:
        """FLOP of the law's count a second, all GPUs together, goodput counted."""
        per_token = FLO_PER_PARAM_TOKEN * self.point.params
        solved = per_token * self.request.goodput * self.known.n_gpus / self.point.gpu_seconds
        return self._estimate("speed_neflo_per_s", solved, f"roofline model, {self._stack}")

    @property
    def _stack(self) -> str:
        stack = self.known.stack
        return f"{stack.name}, phi {stack.phi_on(self.known.gpu):.3g} ({stack.source})"

    @cached_property
    def hours(self) -> Estimate:
        """Wall-clock hours that the GPUs work."""
        solved = self.gpu_hours / self.known.n_gpus
        source = f"tokens / speed ({self._stack})"
        return self._estimate("hours", self._given(By.HOURS, solved), source)

    @cached_property
    def usd(self) -> Estimate | None:
        """All dollars, idle hours and storage included; None where no price is known."""
        if self.known.price is None:
            return None
        solved = footprint.money_usd(self.gpu_hours, self.known.rent)
        source = f"GPU-hours x {self.known.price_source}"
        return self._estimate("usd", self._given(By.USD, float(solved)), source)

    @cached_property
    def energy_kwh(self) -> Estimate | None:
        """Energy from the grid; None where the power is not known."""
        if self.known.power is None:
            return None
        solved = self.gpu_hours * self.known.kwh_per_gpu_hour
        source = f"GPU-hours x {self.known.watts_source}"
        return self._estimate("energy_kwh", self._given(By.ENERGY_KWH, solved), source)

    @cached_property
    def co2_kg(self) -> Estimate | None:
        """Emissions, the making of the hardware included; None where the power is not known."""
        if self.known.power is None:
            return None
        solved = self.gpu_hours * self.known.co2_per_gpu_hour
        making = self.known.embodied
        source = f"kWh x {self.known.carbon_source}; hardware: {making.source}"
        return self._estimate("co2_kg", self._given(By.CO2_KG, solved), source)

    @cached_property
    def car_km(self) -> Estimate | None:
        """The emissions as kilometres of an average US car."""
        return self._everyday("car_km", footprint.CAR_KG_PER_KM, footprint.CAR_SOURCE)

    @cached_property
    def tree_days(self) -> Estimate | None:
        """The emissions as days of growth of one mature tree."""
        return self._everyday("tree_days", footprint.TREE_KG_PER_DAY, footprint.TREE_SOURCE)

    def _everyday(self, name: str, kg_per_unit: float, source: str) -> Estimate | None:
        co2 = self.co2_kg
        if co2 is None:
            return None
        return self._estimate(name, co2.value / kg_per_unit, source)

    @property
    def d_model(self) -> float:
        """The real width that the speed is read at."""
        return float(self.point.arch.d_model)

    @property
    def tipping_point(self) -> None:
        """None: a smaller model is cheaper at every size."""
        return None

    @property
    def floor_compute(self) -> float:
        """Compute below which the law is not followed, neFLO."""
        return self.known.law.floor_compute

    @cached_property
    def flat_optimum(self) -> FlatOptimum | None:
        """Sizes nearly as good within the limits; None for a law that only knows its frontier."""
        return flat_optimum(self.known, self.point, self.request.flat_tolerance)

    @cached_property
    def shapes(self) -> tuple[JointShape, JointShape]:
        """The wide and the narrow shape."""
        known = self.known
        pair = known.family.shapes_for(
            self.point.params, known.counting, vocab=known.vocab, seq_len=known.seq_len
        )
        wide, narrow = (
            self._shape(role, arch) for role, arch in zip(("wide", "narrow"), pair, strict=True)
        )
        return wide, narrow

    def _shape(self, role: str, arch: Architecture) -> JointShape:
        seconds = float(gpu_seconds_per_token(arch, self.layout, self.known.stack))
        count = round(float(arch.counted(self.known.counting)))
        shape = Shape(role, int(arch.n_layers), int(arch.d_model), int(arch.d_ff), count)
        return JointShape(shape, arch, seconds / self.point.gpu_seconds - 1)

    @cached_property
    def flop_optimum(self) -> FlopOptimum | None:
        """What the law alone would train within the same limits."""
        return flop_optimum(self.known, self.request.by, self.request.value)

    @cached_property
    def bindings(self) -> tuple[Binding, ...]:
        """What holds the plan back, and what more of it would buy."""
        return bindings(self.known, self.request.by, self.request.value, self.point)

    @cached_property
    def nats_per_gpu_hour(self) -> float:
        """Loss that one more GPU-hour takes off; none where memory alone ends the training."""
        if self.bindings and all(binding.name == "memory" for binding in self.bindings):
            return 0.0
        return nats_per_gpu_hour(self.known, self.point)

    @cached_property
    def warnings(self) -> tuple[Message, ...]:
        """Every range that the plan leaves, worst news first."""
        shapes = tuple(option.architecture for option in self.shapes)
        return plan_warnings(
            self.known,
            self.point,
            self.speed,
            self.memory,
            shapes,
            self.epochs,
            self.batch_tokens,
        )

    def quantity(self, by: By) -> Estimate | None:
        """The estimate of a quantity that plans can be asked by; None where it is not known."""
        found: Estimate | None = getattr(self, QUANTITY_OF[by])
        return found

    def estimates(self) -> dict[str, Estimate]:
        """Every known quantity by name, in the order of `core.planner.plan.QUANTITIES`."""
        from core.planner.plan import QUANTITIES

        found = {name: getattr(self, name) for name in QUANTITIES}
        return {name: estimate for name, estimate in found.items() if estimate is not None}


def joint_plan(request: PlanRequest) -> JointPlan:
    """The plan for one request on today's hardware.

    Raises:
        InputError: a name or number that cannot be used; the field is named.
    """
    known = setting_of(request)
    return JointPlan(request, known, solve(known, request.by, request.value))
