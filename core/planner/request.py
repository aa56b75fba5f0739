"""What a person asks: one budget or target, hardware, a law. Frozen, complete, serialisable."""

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import lru_cache
from operator import attrgetter

from core.errors import InputError
from core.footprint import CARBON_2020_KG_PER_KWH, CARBON_2020_SOURCE, hours_for_energy
from core.hardware.catalogue import Gpu, find_gpu, has_curve
from core.laws.frontier import FrontierLaw
from core.laws.library import DEFAULT_LAW, find_law, law_stamp
from core.planner.flat import TOLERANCE
from core.planner.path import Path, path_for
from core.quantities import Kind, check_positive
from core.speed.power_law_2020 import Precision, find_precision

_LEAST_RATE, _MOST_RATE = 1e-6, 1e9  # of USD/h, W and kg/kWh: far outside of any use


ANY_GPU = "any"
SPEEDS = ("auto", "2020", "roofline")


class By(StrEnum):
    """The one quantity that fixes the plan; the value is its name in files and options."""

    HOURS = "hours"
    USD = "usd"
    ENERGY_KWH = "kwh"
    CO2_KG = "co2_kg"
    LOSS = "loss"
    PARAMS = "params"
    COMPUTE_NEFLO = "neflo"

    @property
    def kind(self) -> Kind:
        """How its value is read and written."""
        return _KINDS[self]


def _by(name: object) -> By:
    try:
        return By(str(name))
    except ValueError:
        raise InputError("by", name, f"one of {', '.join(By)}") from None


_KINDS = {
    By.HOURS: Kind.HOURS,
    By.USD: Kind.USD,
    By.ENERGY_KWH: Kind.ENERGY_KWH,
    By.CO2_KG: Kind.CO2_KG,
    By.LOSS: Kind.LOSS,
    By.PARAMS: Kind.PARAMETERS,
    By.COMPUTE_NEFLO: Kind.COMPUTE_NEFLO,
}


QUANTITY_OF = {
    By.HOURS: "hours",
    By.USD: "usd",
    By.ENERGY_KWH: "energy_kwh",
    By.CO2_KG: "co2_kg",
    By.LOSS: "loss",
    By.PARAMS: "non_embedding_params",
    By.COMPUTE_NEFLO: "compute_neflo",
}


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """Everything that a plan depends on.

    Attributes:
        by: which quantity is given.
        value: its value, in the unit that `by` names. Hours are of the wall clock; with
            ``inference_tokens`` any budget pays for training and use.
        gpu: catalogue id, or ``any`` for the best of those that have a price.
        precision: O0, O1 or O2 by the 2020 curve; bf16, fp16, fp8 or fp32 by the roofline;
            ``auto`` for the model's first.
        law: law id, or the path of a law file.
        price_usd_per_gpu_hour: None for the catalogue's.
        measured_watts: power of a GPU while training; None for the catalogue's.
        carbon_kg_per_kwh: of the grid; None for the zone's, or for that of 2020.
        flat_tolerance: how much more loss, relative, counts as nearly as good.
        speed: ``2020``, ``roofline``, or ``auto``: the curve of 2020 for its five GPUs as long
            as nothing is asked for that it does not know.

    The rest belongs to the roofline model:
        family: id of the model family; None for the law's.
        vocab, seq_len: tokens; None for the law's and the family's.
        n_gpus, gpus_per_node: how many, and in machines of how many.
        stack: training program; None for the usual one of the GPU.
        phi: measured time over the roofline's; None for the stack's.
        micro_batch, recompute, sharding, tp, pp: None for whatever is fastest and fits.
        optimizer: id of what is kept for a parameter (`core.memory.RECIPES`); None for the usual.
        batch_tokens: tokens of an optimiser step; None for the law's.
        goodput: share of the time that trains (restarts, evaluation, stragglers).
        provider, spot: whose price, and whether of spare capacity.
        idle_hours: hours that every GPU is paid for beside the training.
        storage_gb_months, usd_per_gb_month: storage that is paid, and its price.
        load_factor, host_share, pue: power of GPU over its TDP, of host over GPU, of the
            building over both; None for the catalogue's.
        zone: of the grid.
        unique_tokens: different tokens that there are; None for ample.
        inference_tokens: tokens to read and write after training, paid by the same budget.
        deadline_hours, cap_usd, cap_kwh, cap_co2_kg: further limits.
    """

    by: By = By.HOURS
    value: float = 12.0
    gpu: str = "V100"
    precision: str = "auto"
    law: str = DEFAULT_LAW
    price_usd_per_gpu_hour: float | None = None
    measured_watts: float | None = None
    carbon_kg_per_kwh: float | None = None
    flat_tolerance: float = TOLERANCE
    speed: str = "auto"
    family: str | None = None
    vocab: int | None = None
    seq_len: int | None = None
    n_gpus: int = 1
    gpus_per_node: int = 8
    stack: str | None = None
    phi: float | None = None
    micro_batch: int | None = None
    recompute: str | None = None
    sharding: str | None = None
    tp: int | None = None
    pp: int | None = None
    optimizer: str | None = None
    batch_tokens: float | None = None
    goodput: float = 1.0
    provider: str | None = None
    spot: bool = False
    idle_hours: float = 0.0
    storage_gb_months: float = 0.0
    usd_per_gb_month: float = 0.02  # USD; object storage of the large clouds, 2026
    load_factor: float | None = None
    host_share: float | None = None
    pue: float | None = None
    zone: str | None = None
    unique_tokens: float | None = None
    inference_tokens: float = 0.0
    deadline_hours: float | None = None
    cap_usd: float | None = None
    cap_kwh: float | None = None
    cap_co2_kg: float | None = None

    def __post_init__(self) -> None:
        if type(self.by) is not By:  # a file has it as plain text
            object.__setattr__(self, "by", _by(self.by))

    def as_dict(self) -> dict[str, object]:
        """Plain values, ready for JSON."""
        return asdict(self)

    @property
    def of_today(self) -> bool:
        """Whether the roofline model answers it, and not the curve of 2020.

        Raises:
            InputError: an unknown speed model, or the curve of 2020 asked for what it does
                not know.
        """
        if self.speed not in SPEEDS:
            raise InputError("speed", self.speed, f"one of {', '.join(SPEEDS)}")
        if self.speed == "roofline":
            return True
        asks_more = _today_only(self) != _USUAL
        if self.speed == "2020":
            if asks_more:
                name = next(name for name in TODAY_ONLY if getattr(self, name) != _DEFAULTS[name])
                expected = "left out with the 2020 speed curve"
                raise InputError(name, getattr(self, name), expected)
            return False
        gpu: object = self.gpu  # from a file, anything can stand here
        return asks_more or not (isinstance(gpu, str) and has_curve(gpu))


_DEFAULTS = {field.name: field.default for field in fields(PlanRequest)}
_BEFORE_TODAY = set(list(_DEFAULTS)[: list(_DEFAULTS).index("speed") + 1])
TODAY_ONLY = tuple(name for name in _DEFAULTS if name not in _BEFORE_TODAY)
"""Fields that only the roofline model knows."""
_today_only = attrgetter(*TODAY_ONLY)
_USUAL = tuple(_DEFAULTS[name] for name in TODAY_ONLY)


@dataclass(frozen=True, slots=True)
class Resolved:
    """All of a request but its value: names looked up, numbers checked, the path they span."""

    law: FrontierLaw
    gpu: Gpu
    precision: Precision
    price: float
    watts: float
    carbon: float
    price_source: str
    watts_source: str
    carbon_source: str
    path: Path

    def seconds_per_unit(self, by: By) -> float:
        """GPU-seconds that one hour, dollar, kWh or kg of CO2 pays for."""
        if by is By.HOURS:
            return 3600.0
        if by is By.USD:
            return 3600 / self.price
        kwh = 1.0 if by is By.ENERGY_KWH else 1 / self.carbon
        return float(3600 * hours_for_energy(kwh, self.watts))


def resolve(request: PlanRequest) -> Resolved:
    """Look the names up and check every number.

    Raises:
        InputError: an unknown name, a number out of range, or a budget that the price or
            the grid makes meaningless (dollars at a price of 0); the field is named.
    """
    try:
        known = _setting(
            request.law,
            law_stamp(request.law),
            request.gpu,
            request.precision,
            request.price_usd_per_gpu_hour,
            request.measured_watts,
            request.carbon_kg_per_kwh,
        )
        tolerable = 0 < request.flat_tolerance < 1
    except (TypeError, AttributeError):  # text for a number, None for a name: say which
        _check_types(request)
        raise
    if type(request.value) is not float:
        _check_types(request)
    check_positive(request.value, request.by)
    if not tolerable:
        raise InputError("flat_tolerance", request.flat_tolerance, "a share between 0 and 1")
    if request.by is By.USD and known.price == 0:
        raise InputError("price_usd_per_gpu_hour", known.price, "positive to plan for dollars")
    if request.by is By.CO2_KG and known.carbon == 0:
        raise InputError("carbon_kg_per_kwh", known.carbon, "positive to plan for CO2")
    return known


@lru_cache(maxsize=256, typed=True)  # a dragged budget changes none of these
def _setting(
    law_id: str,
    stamp: tuple[int, int] | None,  # only a key: a law file that changes is another setting
    gpu_id: str,
    precision_name: str,
    own_price: float | None,
    own_watts: float | None,
    own_carbon: float | None,
) -> Resolved:
    if bool in map(type, (own_price, own_watts, own_carbon)):
        raise TypeError  # a bool would pass for a number
    law = find_law(law_id)
    gpu = find_gpu(gpu_id)
    precision = Precision.O0 if precision_name == "auto" else find_precision(precision_name)
    price, price_source = own_price, "your own price"
    if price is None:
        price, price_source = gpu.price_usd_per_gpu_hour, gpu.dated_price_source
    watts, watts_source = own_watts, "your own watts"
    if watts is None:
        watts, watts_source = gpu.measured_watts, f"watts {gpu.watts_source}"
    carbon, carbon_source = own_carbon, "your own grid figure"
    if carbon is None or carbon == CARBON_2020_KG_PER_KWH:
        carbon, carbon_source = CARBON_2020_KG_PER_KWH, CARBON_2020_SOURCE
    check_rate(price, "price_usd_per_gpu_hour", zero_allowed=True)
    check_rate(watts, "measured_watts")
    check_rate(carbon, "carbon_kg_per_kwh", zero_allowed=True)
    return Resolved(
        law,
        gpu,
        precision,
        price,
        watts,
        carbon,
        price_source,
        watts_source,
        carbon_source,
        path_for(law, gpu, precision),
    )


_NUMBERS = (
    "value",
    "price_usd_per_gpu_hour",
    "measured_watts",
    "carbon_kg_per_kwh",
    "flat_tolerance",
)


def _check_types(request: PlanRequest) -> None:
    """A request may come from a file, where anything can stand anywhere."""
    for field in ("gpu", "precision", "law"):
        if not isinstance(getattr(request, field), str):
            raise InputError(field, getattr(request, field), "a name")
    for field in _NUMBERS:
        number = getattr(request, field)
        missing = number is None and field not in ("value", "flat_tolerance")
        if not missing and (isinstance(number, bool) or not isinstance(number, (int, float))):
            raise InputError(request.by if field == "value" else field, number, "a number")


def check_rate(value: float, field: str, zero_allowed: bool = False) -> None:
    """Keep prices, watts and grids where their products with any budget stay finite.

    Raises:
        InputError: it lies outside.
    """
    check_positive(value, field, zero_allowed=zero_allowed)
    if value != 0 and not _LEAST_RATE <= value <= _MOST_RATE:
        expected = f"between {_LEAST_RATE:f} and {_MOST_RATE:,.0f}"
        raise InputError(field, value, f"0 or {expected}" if zero_allowed else expected)
