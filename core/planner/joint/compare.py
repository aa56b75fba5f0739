"""The same question put to every GPU and every provider."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from core.calibration.measured import MeasuredGpu, measured_gpus, profiles_stamp
from core.errors import InputError
from core.hardware.devices import devices
from core.hardware.prices import Price, prices_of
from core.laws.library import law_stamp
from core.messages import QT_TRANSLATE_NOOP, Message
from core.planner.joint.counts import best_count
from core.planner.joint.plan import JointPlan
from core.planner.joint.price import OWN_MACHINE
from core.planner.joint.reasons import reasons
from core.planner.joint.setting import LIMITS, catalogue_stamp, setting_of
from core.planner.request import ANY_GPU, By, PlanRequest
from core.speed.estimate import Confidence
from core.speed.power_law_2020 import Precision

RANKED_BY_MONEY = (By.LOSS, By.PARAMS, By.COMPUTE_NEFLO)
_OF_ONE_GPU = ("provider", "price_usd_per_gpu_hour", "measured_watts")
_SAME = 1e-9  # relative; less is rounding
NO_PLAN = QT_TRANSLATE_NOOP("core", "{field} must be {expected}")
_DOUBTS = {
    "price": (
        "ahead_by_price",
        QT_TRANSLATE_NOOP(
            "core", "{gpu} would be better than {best}, if its price holds: nobody verified it."
        ),
    ),
    "speed": (
        "ahead_by_speed",
        QT_TRANSLATE_NOOP(
            "core",
            "{gpu} would be better than {best}, if its speed holds: too little of it is published.",
        ),
    ),
    "offer": (
        "ahead_without_offer",
        QT_TRANSLATE_NOOP(
            "core", "{gpu} would be better than {best}, but nobody is known to offer it."
        ),
    ),
}
_FEW = 3
_MISSING = {
    "price_usd_per_gpu_hour": QT_TRANSLATE_NOOP("core", "no price is known"),
    "measured_watts": QT_TRANSLATE_NOOP("core", "no power is known"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One GPU at one provider.

    Attributes:
        gpu: device id.
        provider: empty where nobody offers it; `OWN_MACHINE` for a person's own profile.
        offer: the catalogue's row.
        plan: None where there is none; ``reason`` then says why.
        tie: whether the errors of both speeds leave open that it is better than the best row.
    """

    gpu: str
    name: str
    provider: str
    offer: Price | None
    plan: JointPlan | None
    reason: Message | None = None
    tie: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether its price is verified or one's own, and its speed rests on measurements.

        A device that a person has measured needs no price: it is there already.
        """
        offer = self.offer
        if self.plan is None:
            return False
        if offer is None:
            if not self.is_measured:
                return False
        elif not (offer.verified or offer.origin == "yours"):
            return False
        return self.plan.speed.confidence is not Confidence.LOW

    @property
    def is_measured(self) -> bool:
        """Whether it is a profile of the person's own."""
        return self.provider == OWN_MACHINE

    @property
    def full_name(self) -> str:
        """GPU and provider."""
        return f"{self.name} at {self.provider}" if self.provider else self.name


@dataclass(frozen=True, slots=True)
class Comparison:
    """Rows from the best to the worst; those without a price, then those without a plan, last.

    For a budget the best is the lowest loss. For a target loss, a size or a compute it is the
    least money, then the least time.

    Attributes:
        request: what was asked.
        rows: one for each GPU and provider.
        why: what puts the best before its runner-up; empty with fewer than two plans.
    """

    request: PlanRequest
    rows: tuple[Row, ...]
    why: tuple[Message, ...]

    @property
    def ranked_by(self) -> str:
        """The quantity that decides: ``loss`` or ``usd``."""
        return "usd" if self.request.by in RANKED_BY_MONEY else "loss"

    @property
    def ranked(self) -> tuple[Row, ...]:
        """The rows that have what decides."""
        name = self.ranked_by
        return tuple(row for row in self.rows if row.plan and getattr(row.plan, name) is not None)

    @property
    def best(self) -> Row | None:
        """The best row that is sure of its price and speed, or of all where none is."""
        return next(iter(self._surest), None)

    @property
    def runner_up(self) -> Row | None:
        """The next row of another GPU."""
        best = self.best
        return next((row for row in self._surest if best and row.gpu != best.gpu), None)

    @property
    def ahead(self) -> tuple[Row, ...]:
        """Rows of other GPUs that would be better than the best, but are not sure."""
        best = self.best
        before: dict[str, Row] = {}
        for row in self.ranked:
            if row is best:
                break
            if best is not None and row.gpu != best.gpu:
                before.setdefault(row.gpu, row)
        return tuple(before.values())

    @property
    def _surest(self) -> list[Row]:
        return sorted(
            self.ranked,
            key=lambda row: (not row.is_sure, row.offer is None and not row.is_measured),
        )

    @property
    def ties(self) -> tuple[Row, ...]:
        """Rows of other GPUs that may as well be the best."""
        return tuple(row for row in self.rows if row.tie)


def compare(
    request: PlanRequest,
    n_gpus: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Comparison:
    """Every GPU and provider, and every kept profile, for one budget or target.

    Args:
        request: what all have in common; what belongs to one GPU (its provider, price and
            watts) is not used but for that GPU's own profile, nor is a precision of 2020.
        n_gpus: of each; None lets each take as many (1, 2, 4...) as its deadline makes worth
            while (see `core.planner.joint.counts`). A person's own device is taken as often as
            ``request`` says: nobody can rent more of it.
        progress: is told the share that is done; may raise to cancel.

    Raises:
        InputError: what no GPU could answer: an unknown law, a number out of range.
    """
    everything, measured = devices(), measured_gpus()
    plain = _plain(replace(request, gpu=next(iter(everything))), n_gpus)
    setting_of(replace(plain, tp=None, pp=None, precision="auto"))  # wrong for all: no row
    found: list[Row] = []
    total = len(measured) + len(everything)
    for number, own in enumerate(measured):
        found.append(_row_of_own(own, request, plain))
        if progress is not None:
            progress((number + 1) / total)
    for number, gpu in enumerate(everything, len(measured)):
        found += _rows_of(replace(plain, gpu=gpu), n_gpus)
        if progress is not None:
            progress((number + 1) / total)
    ranked = sorted(found, key=lambda row: _rank(row, request.by))
    bare = Comparison(request, tuple(ranked), ())
    best = bare.best
    if best is None:
        return bare
    rows = tuple(replace(row, tie=_is_tie(best, row, bare.ranked_by)) for row in ranked)
    answer = replace(bare, rows=rows)
    return replace(answer, why=tuple(_why(answer)))


def chosen(request: PlanRequest) -> PlanRequest:
    """The request on the best GPU and provider, if it leaves them open.

    Raises:
        InputError: no GPU of the catalogue can answer it.
    """
    if request.gpu.casefold() != ANY_GPU:
        return request
    stamps = law_stamp(request.law), catalogue_stamp(), profiles_stamp()
    gpu, provider, n_gpus = _chosen(request, stamps)
    return replace(request, gpu=gpu, provider=provider or None, n_gpus=n_gpus)


@lru_cache(maxsize=64)
def _chosen(request: PlanRequest, stamps: object) -> tuple[str, str, int]:
    best = compare(request).best
    if best is None or best.plan is None:
        raise InputError("gpu", request.gpu, "one by name: none of the catalogue can do this")
    return best.gpu, best.provider, best.plan.known.n_gpus


def _plain(request: PlanRequest, n_gpus: int | None) -> PlanRequest:
    """The request without what belongs to one GPU."""
    nobodys: dict[str, Any] = dict.fromkeys(_OF_ONE_GPU)
    bare = replace(request, speed="roofline", **nobodys)
    if request.precision.upper() in set(Precision):
        bare = replace(bare, precision="auto")
    return bare if n_gpus is None else replace(bare, n_gpus=n_gpus)


def _rows_of(request: PlanRequest, n_gpus: int | None) -> Iterator[Row]:
    device = devices()[request.gpu]
    for provider in _providers(request):
        asked = replace(request, provider=provider or None)
        offer: Price | None = None
        try:
            offer = setting_of(replace(asked, tp=None, pp=None)).priced.offer
            yield Row(device.id, device.name, provider, offer, best_count(asked, n_gpus))
        except InputError as error:
            yield Row(device.id, device.name, provider, offer, None, _reason(error))


def _row_of_own(own: MeasuredGpu, request: PlanRequest, plain: PlanRequest) -> Row:
    """A profile with the program that was measured, and no price but the person's own."""
    name = own.device.id
    asked = replace(plain, gpu=name, provider=OWN_MACHINE, stack=None, phi=None)
    if request.gpu == name:
        typed = request.price_usd_per_gpu_hour
        asked = replace(asked, price_usd_per_gpu_hour=typed, measured_watts=request.measured_watts)
    offer: Price | None = None
    try:
        offer = setting_of(replace(asked, tp=None, pp=None)).priced.offer
        plan = best_count(asked, asked.n_gpus)
    except InputError as error:
        return Row(name, own.device.name, OWN_MACHINE, offer, None, _reason(error))
    return Row(name, own.device.name, OWN_MACHINE, offer, plan)


def _reason(error: InputError) -> Message:
    """Why a row has no plan, without the names of fields where it can be said without."""
    if error.value == "none" and error.field in _MISSING:
        return Message(error.field, _MISSING[error.field])
    return Message("no_plan", NO_PLAN, {"field": error.field, "expected": error.expected})


def _providers(request: PlanRequest) -> list[str]:
    """Whoever offers the GPU, in the catalogue's order; one without a name where nobody does."""
    offers = prices_of(request.gpu)
    names = [row.provider for row in offers if row.usd_per_gpu_hour(request.spot) is not None]
    return list(dict.fromkeys(names)) or [""]


def _rank(row: Row, by: By) -> tuple[bool, bool, bool, float, float, str, str]:
    plan = row.plan
    if plan is None:
        return True, True, True, 0.0, 0.0, row.gpu, row.provider
    money = math.inf if plan.usd is None else plan.usd.value
    if by not in RANKED_BY_MONEY:
        return False, False, False, plan.loss.value, money, row.gpu, row.provider
    hours = plan.hours.value
    return False, plan.usd is None, _is_cut(plan, by), money, hours, row.gpu, row.provider


def _is_cut(plan: JointPlan, by: By) -> bool:
    """Whether a deadline or cap ends the training of a size or compute before its time."""
    asked = plan.request
    if by is By.LOSS or all(getattr(asked, name) is None for name in LIMITS):
        return False
    return any(binding.name in LIMITS for binding in plan.bindings)


def _is_tie(best: Row, row: Row, name: str) -> bool:
    """Whether the difference is within the errors of both speeds, which are independent.

    Two offers of one GPU share the error of its speed: only the same figure makes a tie.
    """
    if row is best or row.plan is None or best.plan is None:
        return False
    here, there = getattr(best.plan, name), getattr(row.plan, name)
    if there is None:
        return False
    behind = there.value - here.value
    if row.gpu == best.gpu:
        return bool(behind <= _SAME * here.value)
    ends = best.plan.speed_interval(name), row.plan.speed_interval(name)
    if ends[0] is None or ends[1] is None:
        return bool(behind <= _SAME * here.value)
    return bool(behind <= math.hypot(ends[0][1] - here.value, there.value - ends[1][0]))


def _why(comparison: Comparison) -> Iterator[Message]:
    best, other = comparison.best, comparison.runner_up
    if best is None or other is None or best.plan is None or other.plan is None:
        return
    names = best.name, other.name
    yield from reasons(comparison.request, names, (best.plan, other.plan), other.tie)
    for row in comparison.ahead[:_FEW]:
        doubted = row.offer is not None and not row.offer.verified
        code, template = _DOUBTS["price" if doubted else "offer" if row.offer is None else "speed"]
        yield Message(code, template, {"gpu": row.full_name, "best": best.name})
