"""`plan(request) -> Plan`: the one way from a question to its numbers."""

import math
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from core import footprint
from core.errors import InputError
from core.families import transformer_xl as family
from core.families.transformer_xl import Shape
from core.laws.frontier import tokens
from core.messages import QT_TRANSLATE_NOOP, Message
from core.planner.flat import FlatOptimum, flat_optimum
from core.planner.path import LEAST_COMPUTE, MOST_COMPUTE
from core.planner.request import ANY_GPU, QUANTITY_OF, By, PlanRequest, Resolved, resolve
from core.planner.spread import Spread, spread
from core.planner.warnings import plan_warnings
from core.quantities import Estimate, format_number


@dataclass(frozen=True, slots=True)
class TippingPoint:
    """The smallest sensible budget: below it a smaller model is not cheaper.

    Attributes:
        hours, usd: its cost on the plan's GPU at the plan's price.
        d_model: its real width.
        non_embedding_params: its size.
    """

    hours: float
    usd: float
    d_model: float
    non_embedding_params: float


@dataclass(frozen=True, slots=True)
class ShapeOption:
    """A recommended shape, and its neighbour whose width suits the hardware better."""

    shape: Shape
    friendly: Shape

    @property
    def friendly_change(self) -> float:
        """Relative change of the parameters from the shape to its friendly neighbour."""
        return self.friendly.non_embedding_params / self.shape.non_embedding_params - 1


if TYPE_CHECKING:
    from core.planner.joint.plan import JointPlan

LIMITS = QT_TRANSLATE_NOOP("core", "between {low} and {high} {unit}")
LOSS_LIMITS = QT_TRANSLATE_NOOP(
    "core", "between {low} and {high} {unit} (by this law no compute goes below {least})"
)
QUANTITIES = (
    "loss",
    "non_embedding_params",
    "compute_neflo",
    "tokens",
    "steps",
    "hours",
    "usd",
    "energy_kwh",
    "co2_kg",
    "car_km",
    "tree_days",
    "speed_neflo_per_s",
)


@dataclass(frozen=True)
class Plan:
    """One answer: a point on the path of its law and GPU, its quantities read off there.

    Quantities are `Estimate`s in the unit that their name states, worked out when first
    asked for: a plan of which only the loss is wanted costs no more than that.

    Attributes:
        request: the question as it was put.
        known: the law, GPU and figures that it was answered with.
        ln_width: ln of the real model width, the plan's place on the path.
    """

    request: PlanRequest
    known: Resolved
    ln_width: float

    def _given(self, by: By, solved: float) -> float:
        """What the person gave, to the last digit, or else what was solved for."""
        return self.request.value if self.request.by is by else solved

    def _estimate(self, name: str, value: float, source: str) -> Estimate:
        if self._spread is None:
            return Estimate(value, source=source)
        low, high = self._spread.ends[name]
        return Estimate(value, low, high, self._spread.level, source)

    def _by_law(self, name: str, value: float) -> Estimate:
        return self._estimate(name, value, f"law {self.known.law.id}: {self.known.law.source}")

    def _by_speed(self, name: str, value: float) -> Estimate:
        gpu = self.known.gpu
        return self._estimate(name, value, f"2020 speed curve of {gpu.id}: {gpu.source}")

    @cached_property
    def _spread(self) -> Spread | None:
        """Intervals of every quantity, None for a law that was published without."""
        if self.known.law.cloud is None:
            return None
        return spread(self.known, self.request.by, self.request.value, self.ln_width)

    @cached_property
    def flat_optimum(self) -> FlatOptimum | None:
        """Sizes nearly as good; None for a law that only knows its frontier, or under it."""
        surface = self.known.law.surface
        if surface is None or self.ln_width < self.known.path.floor:
            return None
        params, compute = self.non_embedding_params.value, self.compute_neflo.value
        return flat_optimum(surface, params, compute, self.request.flat_tolerance)

    @cached_property
    def d_model(self) -> float:
        """The real width that the speed is read at."""
        return math.exp(self.ln_width)

    @cached_property
    def non_embedding_params(self) -> Estimate:
        """Optimal size."""
        return self._by_law(
            "non_embedding_params", self._given(By.PARAMS, family.params_at_width(self.d_model))
        )

    @cached_property
    def compute_neflo(self) -> Estimate:
        """Non-embedding floating-point operations of the whole training."""
        solved = math.exp(self.known.path.ln_compute(self.ln_width))
        return self._by_law("compute_neflo", self._given(By.COMPUTE_NEFLO, solved))

    @cached_property
    def loss(self) -> Estimate:
        """Validation loss, nats per token."""
        return self._by_law(
            "loss", self._given(By.LOSS, self.known.law.loss(self.compute_neflo.value))
        )

    @cached_property
    def tokens(self) -> Estimate:
        """Tokens seen."""
        seen = tokens(self.non_embedding_params.value, self.compute_neflo.value)
        return self._estimate(
            "tokens", seen, "neFLO / (6 x parameters) (Kaplan et al. 2020, section 2.1)"
        )

    @cached_property
    def steps(self) -> Estimate:
        """Optimiser steps of the law's batch, after which to stop."""
        batch = self.known.law.tokens_per_step
        known_batch = "the runs' batch" if self.known.law.runs_file else "an assumed batch"
        return self._estimate(
            "steps", self.tokens.value / batch, f"tokens / {batch} ({known_batch})"
        )

    @cached_property
    def speed_neflo_per_s(self) -> Estimate:
        """Speed of the GPU on a model of this width."""
        return self._by_speed("speed_neflo_per_s", self.known.path.speed.neflo_per_s(self.d_model))

    @cached_property
    def hours(self) -> Estimate:
        """Training time on one GPU."""
        solved = self.compute_neflo.value / self.speed_neflo_per_s.value / 3600
        return self._by_speed("hours", self._given(By.HOURS, solved))

    @cached_property
    def usd(self) -> Estimate:
        """Price of the training."""
        solved = self.hours.value * self.known.price
        source = f"hours x {self.known.price_source}"
        return self._estimate("usd", self._given(By.USD, solved), source)

    @cached_property
    def energy_kwh(self) -> Estimate:
        """Electric energy of the GPU."""
        solved = footprint.energy_kwh(self.hours.value, self.known.watts)
        source = f"hours x {self.known.watts_source}"
        return self._estimate("energy_kwh", self._given(By.ENERGY_KWH, solved), source)

    @cached_property
    def co2_kg(self) -> Estimate:
        """Emissions of that energy on the grid."""
        solved = self.energy_kwh.value * self.known.carbon
        source = f"kWh x {self.known.carbon_source}"
        return self._estimate("co2_kg", self._given(By.CO2_KG, solved), source)

    @cached_property
    def car_km(self) -> Estimate:
        """The emissions as kilometres of an average US car."""
        km = footprint.car_km(self.co2_kg.value)
        return self._estimate("car_km", km, footprint.CAR_SOURCE)

    @cached_property
    def tree_days(self) -> Estimate:
        """The emissions as days of growth of one mature tree."""
        days = footprint.tree_days(self.co2_kg.value)
        return self._estimate("tree_days", days, footprint.TREE_SOURCE)

    @cached_property
    def tipping_point(self) -> TippingPoint | None:
        """The smallest sensible budget, None where the law and the GPU have none."""
        path = self.known.path
        if not path.tips:
            return None
        width = math.exp(path.floor)
        hours = math.exp(path.floor_time) / 3600
        return TippingPoint(hours, hours * self.known.price, width, family.params_at_width(width))

    @property
    def floor_compute(self) -> float:
        """Compute below which the law is not followed, neFLO."""
        return math.exp(self.known.path.floor_ln_compute)

    @cached_property
    def shapes(self) -> tuple[ShapeOption, ShapeOption]:
        """The wide and the narrow shape."""
        shapes = family.shapes_for(self.non_embedding_params.value, self.d_model)
        wide, narrow = (ShapeOption(shape, family.friendly(shape)) for shape in shapes)
        return wide, narrow

    @cached_property
    def warnings(self) -> tuple[Message, ...]:
        """Every range that the plan leaves, worst news first."""
        return plan_warnings(
            self.known.path,
            self.ln_width,
            hours=self.hours.value,
            compute=self.compute_neflo.value,
            params=self.non_embedding_params.value,
            loss=self.loss.value,
            steps=self.steps.value,
            shapes=tuple(option.shape for option in self.shapes),
            carbon=self.known.carbon,
        )

    def quantity(self, by: By) -> Estimate:
        """The estimate of a quantity that plans can be asked by."""
        return getattr(self, QUANTITY_OF[by])  # type: ignore[no-any-return]

    def estimates(self) -> dict[str, Estimate]:
        """Every quantity by name, in the order of `QUANTITIES`."""
        return {name: getattr(self, name) for name in QUANTITIES}


AnyPlan: TypeAlias = "Plan | JointPlan"  # read alike: the same names, the same units


def plan(request: PlanRequest) -> AnyPlan:
    """The plan for one request; the same request gives the same plan.

    Raises:
        InputError: a name or number that cannot be used; the field is named.
    """
    if request.of_today:
        from core.planner.joint.plan import joint_plan

        if str(request.gpu).casefold() == ANY_GPU:
            from core.planner.joint.compare import chosen

            return replace(joint_plan(chosen(request)), request=request)
        return joint_plan(request)
    return plan_2020(request)


def plan_2020(request: PlanRequest) -> Plan:
    """The plan by the speed curves of 2020, on one GPU.

    Raises:
        InputError: a name or number that cannot be used; the field is named.
    """
    known = resolve(request)
    return Plan(request, known, locate(known, request.by, request.value))


def locate(known: Resolved, by: By, value: float) -> float:
    """ln(d_model) of the plan at which quantity ``by`` is ``value``.

    Raises:
        InputError: the value lies outside of what the path can answer; the message says
            between which values it could lie.
    """
    path = known.path
    low, high = limits(known, by)
    if not low <= value <= high:
        raise out_of_limits(known, by, value, (low, high))
    match by:
        case By.PARAMS:
            return math.log(float(family.width_at_params(value)))
        case By.COMPUTE_NEFLO:
            return float(path.at_compute(value))
        case By.LOSS:
            return float(path.at_compute(path.law.compute_at_loss(value)))
        case _:
            return path.at_seconds(value * known.seconds_per_unit(by))


def out_of_limits(known: Resolved, by: By, value: float, ends: tuple[float, float]) -> InputError:
    """The error for a value that no plan can be made for."""
    low = format_number(_rounded(ends[0], ROUND_CEILING), 6)
    high = format_number(_rounded(ends[1], ROUND_FLOOR), 6)
    parts = {"low": low, "high": high, "unit": by.kind.value, "least": str(known.law.c)}
    template = LOSS_LIMITS if by is By.LOSS else LIMITS
    return InputError(by.value, value, Message("limits", template, parts))


def _rounded(value: float, direction: str) -> float:
    """Five digits, rounded inwards: a limit that a person types as it is printed is accepted."""
    return float(Context(prec=5, rounding=direction).create_decimal(repr(float(value))))


def limits(known: Resolved, by: By) -> tuple[float, float]:
    """The least and the greatest value of ``by`` that a plan can be made for."""
    path = known.path
    if by is By.COMPUTE_NEFLO:
        return LEAST_COMPUTE, MOST_COMPUTE
    if by is By.LOSS:
        return float(path.law.loss(MOST_COMPUTE)), float(path.law.loss(LEAST_COMPUTE))
    least, most = path.ends
    if by is By.PARAMS:
        fewest, largest = (family.params_at_width(math.exp(u)) for u in (least, most))
        return float(fewest), float(largest)
    unit = known.seconds_per_unit(by)
    return path.end_seconds[0] / unit, path.end_seconds[1] / unit
