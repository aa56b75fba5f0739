"""What a person asks: one budget or target, hardware, a law. Frozen, complete, serialisable."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import lru_cache

from core.errors import InputError
from core.footprint import CARBON_2020_KG_PER_KWH, CARBON_2020_SOURCE, hours_for_energy
from core.hardware.catalogue import Gpu, find_gpu
from core.laws.frontier import FrontierLaw
from core.laws.library import DEFAULT_LAW, find_law, law_stamp
from core.planner.flat import TOLERANCE
from core.planner.path import Path, path_for
from core.quantities import Kind, check_positive
from core.speed.power_law_2020 import Precision, find_precision

_LEAST_RATE, _MOST_RATE = 1e-6, 1e9  # of USD/h, W and kg/kWh: far outside of any use


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
        value: its value, in the unit that `by` names.
        gpu: catalogue id.
        precision: O0, O1 or O2.
        law: law id, or the path of a law file.
        price_usd_per_gpu_hour: None for the catalogue's.
        measured_watts: power while training; None for the catalogue's.
        carbon_kg_per_kwh: of the grid.
        flat_tolerance: how much more loss, relative, counts as nearly as good.
    """

    by: By = By.HOURS
    value: float = 12.0
    gpu: str = "V100"
    precision: str = "O0"
    law: str = DEFAULT_LAW
    price_usd_per_gpu_hour: float | None = None
    measured_watts: float | None = None
    carbon_kg_per_kwh: float = CARBON_2020_KG_PER_KWH
    flat_tolerance: float = TOLERANCE

    def __post_init__(self) -> None:
        if type(self.by) is not By:  # a file has it as plain text
            object.__setattr__(self, "by", _by(self.by))

    def as_dict(self) -> dict[str, object]:
        """Plain values, ready for JSON."""
        return asdict(self)


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
    carbon: float,
) -> Resolved:
    if bool in map(type, (own_price, own_watts, carbon)):
        raise TypeError  # a bool would pass for a number
    law = find_law(law_id)
    gpu = find_gpu(gpu_id)
    precision = find_precision(precision_name)
    price, price_source = own_price, "your own price"
    if price is None:
        price, price_source = gpu.price_usd_per_gpu_hour, gpu.dated_price_source
    watts, watts_source = own_watts, "your own watts"
    if watts is None:
        watts, watts_source = gpu.measured_watts, f"watts {gpu.watts_source}"
    carbon_source = "your own grid figure"
    if carbon == CARBON_2020_KG_PER_KWH:
        carbon_source = CARBON_2020_SOURCE
    _check_rate(price, "price_usd_per_gpu_hour", zero_allowed=True)
    _check_rate(watts, "measured_watts")
    _check_rate(carbon, "carbon_kg_per_kwh", zero_allowed=True)
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
        missing = number is None and field in ("price_usd_per_gpu_hour", "measured_watts")
        if not missing and (isinstance(number, bool) or not isinstance(number, (int, float))):
            raise InputError(request.by if field == "value" else field, number, "a number")


def _check_rate(value: float, field: str, zero_allowed: bool = False) -> None:
    """Keep prices, watts and grids where their products with any budget stay finite."""
    check_positive(value, field, zero_allowed=zero_allowed)
    if value != 0 and not _LEAST_RATE <= value <= _MOST_RATE:
        expected = f"between {_LEAST_RATE:f} and {_MOST_RATE:,.0f}"
        raise InputError(field, value, f"0 or {expected}" if zero_allowed else expected)
