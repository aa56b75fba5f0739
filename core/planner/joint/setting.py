"""All of a request but its value, for the roofline model: names looked up, numbers checked."""

from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from core.calibration.hardware import Hardware, hardware_of, is_profile_file, profile_stamp
from core.errors import InputError
from core.families.architecture import Recompute
from core.families.counting import Counting
from core.families.family import Family
from core.families.library import families, find_family
from core.footprint import Power, Rent, co2_kg_per_gpu_hour
from core.hardware.catalogue import gpus
from core.hardware.devices import Device, devices
from core.hardware.factors import Embodied
from core.hardware.tables import stamp, user_folder
from core.laws.frontier import FrontierLaw
from core.laws.library import find_law, law_stamp
from core.memory import find_recipe
from core.planner.joint.power import embodied_of, grid_of, power_of
from core.planner.joint.price import NO_SPOT_PRICE, Priced, price_of
from core.planner.joint.surface import LossSurface, assumed_repetition
from core.planner.request import By, PlanRequest
from core.quantities import format_number
from core.speed.device_names import device_called
from core.speed.estimate import PHI_LIMITS
from core.speed.stacks import Stack, default_stack, find_stack
from core.training import NumberFormat, Sharding, format_called

_DEFAULT_FAMILY = "llama"
# far outside of any use, inside of what stays finite
_RANGES: dict[str, tuple[float, float]] = {
    "n_gpus": (1, 1_000_000),
    "gpus_per_node": (1, 256),
    "vocab": (64, 10_000_000),
    "seq_len": (8, 10_000_000),
    "micro_batch": (1, 1_000_000),
    "tp": (1, 256),
    "pp": (1, 1024),
    "phi": PHI_LIMITS,
    "batch_tokens": (1, 1e12),
    "load_factor": (0.01, 2),
    "host_share": (0, 10),
    "pue": (1, 3),
    "unique_tokens": (1e6, 1e18),
    "inference_tokens": (0, 1e24),
    "idle_hours": (0, 1e9),
    "storage_gb_months": (0, 1e12),
    "usd_per_gb_month": (0, 1e3),
    "deadline_hours": (1e-6, 1e12),
    "cap_usd": (1e-6, 1e18),
    "cap_kwh": (1e-6, 1e18),
    "cap_co2_kg": (1e-6, 1e18),
}
_WELL_KNOWN = ["h100_sxm", "a100_sxm_80", "rtx4090"]
_ALIKE, _FEW = 0.6, 4
_OWN_TABLES = ("prices.csv", "prices-refreshed.csv", "gpus.csv")
LIMITS = {
    "deadline_hours": By.HOURS,
    "cap_usd": By.USD,
    "cap_kwh": By.ENERGY_KWH,
    "cap_co2_kg": By.CO2_KG,
}


_BESIDE_THE_SPEED = (
    *("price_usd_per_gpu_hour", "provider", "spot", "idle_hours", "storage_gb_months"),
    *("usd_per_gb_month", "measured_watts", "load_factor", "host_share", "pue", "zone"),
    *("carbon_kg_per_kwh", "goodput", "unique_tokens", "inference_tokens", *LIMITS),
)
_USUAL = {name: field.default for name, field in PlanRequest.__dataclass_fields__.items()}


@dataclass(frozen=True, slots=True, eq=False)  # one object a request: its identity is the key
class Setting:
    """What a joint plan is answered with.

    Attributes:
        law, surface: the loss; the surface is None for a law that only knows its frontier.
        family, counting: whose shapes, and what the law's N includes of them.
        gpu, precision, stack: hardware, number format and training program.
        batch_tokens: of an optimiser step; `batch_raised` where more GPUs needed a larger one.
        price: per GPU-hour, None where nobody offers one; with its source.
        power: None where the device's TDP is not known.
        carbon: kg CO2e per kWh.
        embodied: of making the hardware.
    """

    request: PlanRequest
    law: FrontierLaw
    surface: LossSurface | None
    family: Family
    counting: Counting
    vocab: int
    seq_len: int
    gpu: Device
    precision: NumberFormat
    stack: Stack
    batch_tokens: float
    batch_raised: bool
    priced: Priced
    power: Power | None
    watts_source: str
    carbon: float
    carbon_source: str
    embodied: Embodied

    @property
    def n_gpus(self) -> int:
        """All GPUs."""
        return self.request.n_gpus

    @property
    def price(self) -> float | None:
        """USD per GPU-hour; None where there is none."""
        return self.priced.usd_per_gpu_hour

    @property
    def price_source(self) -> str:
        """Whose price it is, and of when."""
        return self.priced.dated

    @property
    def watts(self) -> float | None:
        """Mean power of a GPU, W; None where not known."""
        return None if self.power is None else self.power.gpu_watts * self.power.load_factor

    @property
    def rent(self) -> Rent:
        """What the GPUs cost.

        Raises:
            InputError: no price is known.
        """
        if self.price is None:
            kind = "spot price" if self.priced.source == NO_SPOT_PRICE else "price"
            expected = f"given: no {kind} of {self.gpu.name} is known"
            raise InputError("price_usd_per_gpu_hour", "none", expected)
        request = self.request
        return Rent(
            self.price,
            request.idle_hours * request.n_gpus,
            request.storage_gb_months,
            request.usd_per_gb_month,
        )

    @property
    def kwh_per_gpu_hour(self) -> float:
        """Energy from the grid.

        Raises:
            InputError: the power is not known.
        """
        if self.power is None:
            raise self._no_power()
        return self.power.kwh_per_gpu_hour

    @property
    def co2_per_gpu_hour(self) -> float:
        """Emissions, kg CO2e.

        Raises:
            InputError: the power is not known.
        """
        if self.power is None:
            raise self._no_power()
        making = self.embodied.kg_per_gpu_hour
        return float(co2_kg_per_gpu_hour(self.power, self.carbon, making))

    def _no_power(self) -> InputError:
        return InputError("measured_watts", "none", f"given: no power of {self.gpu.name} is known")

    def gpu_hours(self, by: By, value: float) -> float:
        """GPU-hours of training (and use) that a budget pays for; may be 0 or negative.

        Raises:
            InputError: the budget means nothing here: no price, no power, no emissions.
        """
        if by is By.HOURS:
            return value * self.n_gpus
        if by is By.USD:
            rent = self.rent
            if rent.usd_per_gpu_hour == 0:
                raise InputError("price_usd_per_gpu_hour", 0, "positive to plan for dollars")
            return (value - rent.fixed_usd) / rent.usd_per_gpu_hour
        if by is By.ENERGY_KWH:
            return value / self.kwh_per_gpu_hour
        per_hour = self.co2_per_gpu_hour
        if per_hour == 0:
            raise InputError("carbon_kg_per_kwh", self.carbon, "positive to plan for CO2")
        return value / per_hour


def setting_of(request: PlanRequest) -> Setting:
    """Look the names up and check every number but the value.

    Raises:
        InputError: a name that is unknown or a number out of range; the field is named.
    """
    check_types(request)
    if not 0 < request.flat_tolerance < 1:
        raise InputError("flat_tolerance", request.flat_tolerance, "a share between 0 and 1")
    asked = replace(request, by=By.HOURS, value=1.0, flat_tolerance=0.005)
    hardware_is = catalogue_stamp(), profile_stamp(request.gpu)
    return _setting(asked, law_stamp(request.law), hardware_is)


def on_hardware_alone(request: PlanRequest) -> PlanRequest:
    """The request without all that the speed of a size does not depend on.

    So a dragged budget, another price or another grid finds the costs of sizes again.
    """
    changes: dict[str, Any] = {name: _USUAL[name] for name in _BESIDE_THE_SPEED}
    return replace(request, **changes)


def check_types(request: PlanRequest) -> None:
    """A request may come from a file, where anything can stand anywhere."""
    for field, (kinds, expected) in _TYPES.items():
        given = getattr(request, field)
        if given is None and field in _MAY_BE_NONE:
            continue
        if not isinstance(given, kinds) or (isinstance(given, bool) and kinds != (bool,)):
            raise InputError(field, given, expected)


_NAMES = (
    *("gpu", "precision", "law", "speed", "family", "stack", "recompute", "sharding"),
    *("provider", "zone", "optimizer"),
)
_COUNTS = ("vocab", "seq_len", "n_gpus", "gpus_per_node", "micro_batch", "tp", "pp")
_FLAGS = ("spot",)
_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    name: ((str,), "a name")
    if name in _NAMES
    else ((int,), "a whole number")
    if name in _COUNTS
    else ((bool,), "true or false")
    if name in _FLAGS
    else ((int, float), "a number")
    for name in PlanRequest.__dataclass_fields__
    if name != "by"
}
_MAY_BE_NONE = {
    name for name, field in PlanRequest.__dataclass_fields__.items() if field.default is None
}


@lru_cache(maxsize=2048)
def _setting(request: PlanRequest, law_is: object, hardware_is: object) -> Setting:
    check_numbers(request)
    law = find_law(request.law)
    family = find_family(request.family or _family_of(law))
    hardware = _hardware(request, family.id)
    gpu, stack = hardware.device, hardware.stack
    sold = hardware.card or gpu  # the catalogue knows no price of a person's own card
    seq_len = request.seq_len or family.seq_len
    vocab = request.vocab or (law.vocab_size if law.family == "decoder" else None) or family.vocab
    ranks = (request.tp or 1) * (request.pp or 1)
    if request.n_gpus % ranks:
        raise InputError("n_gpus", request.n_gpus, f"a multiple of tp x pp = {ranks}")
    if request.phi is not None:
        stack = replace(stack, phi=request.phi, by_chip=())
    least_batch = float(seq_len * request.n_gpus // ranks)
    batch = request.batch_tokens or float(law.tokens_per_step)
    raised = request.batch_tokens is None and batch < least_batch
    priced = price_of(request, sold)
    power, watts_source = power_of(_with_watts(request, hardware), gpu, priced)
    carbon, carbon_source = grid_of(request)
    return Setting(
        request=request,
        law=law,
        surface=_surface(law, request.unique_tokens),
        family=family,
        counting=_counting(law, family),
        vocab=vocab,
        seq_len=seq_len,
        gpu=gpu,
        precision=hardware.precision,
        stack=stack,
        batch_tokens=least_batch if raised else batch,
        batch_raised=raised,
        priced=priced,
        power=power,
        watts_source=watts_source,
        carbon=carbon,
        carbon_source=carbon_source,
        embodied=embodied_of(sold),
    )


def catalogue_stamp() -> tuple[object, ...]:
    """What changes when a person's own prices or GPUs do."""
    folder = user_folder()
    return folder, *(stamp(folder / name) for name in _OWN_TABLES)


def _hardware(request: PlanRequest, family: str) -> Hardware:
    """A device of the catalogue with a training program, or what a person calibrated."""
    if is_profile_file(request.gpu):
        return hardware_of(request.gpu, request.precision, request.stack, family)
    gpu = _device(request.gpu)
    stack = find_stack(request.stack) if request.stack else default_stack(gpu)
    return Hardware(gpu, stack, format_called(request.precision, gpu))


def _with_watts(request: PlanRequest, hardware: Hardware) -> PlanRequest:
    """With the power that was measured on the device, where nobody says otherwise."""
    if hardware.power_w is None or request.load_factor is not None:
        return request
    return replace(request, measured_watts=request.measured_watts or hardware.power_w)


def _device(name: str) -> Device:
    """The device that ``name`` means, in the catalogue's words or in those of a table."""
    try:
        return device_called(name)
    except InputError:
        near = [known for known in devices() if name and name.casefold() in known]
        near += get_close_matches(name.casefold(), devices(), cutoff=_ALIKE)
        names = list(dict.fromkeys(near)) or _WELL_KNOWN
        shown = f"{', '.join(gpus())} (curves of 2020), any, or an id that isoloss gpus lists, such"
        raise InputError("gpu", name, f"one of {shown} as {', '.join(names[:_FEW])}") from None


def _family_of(law: FrontierLaw) -> str:
    return law.family if law.family in families() else _DEFAULT_FAMILY


def _surface(law: FrontierLaw, unique_tokens: float | None) -> LossSurface | None:
    if law.surface is None:
        return None
    return LossSurface(law.surface, law.repetition or assumed_repetition(), unique_tokens)


def _counting(law: FrontierLaw, family: Family) -> Counting:
    counted = law.params_counted
    if counted.startswith("M / 6"):
        return Counting.FLOPS_OVER_SIX
    if counted == "with embeddings":
        return Counting.TIED if family.tied else Counting.UNTIED
    return Counting(counted) if counted in set(Counting) else Counting.NON_EMBEDDING


def check_numbers(request: PlanRequest) -> None:
    """Refuse what lies outside of any use, whatever the GPU.

    Raises:
        InputError: a number out of range, or a name that is none; the field is named.
    """
    for field, (low, high) in _RANGES.items():
        given = getattr(request, field)
        if given is not None and not low <= given <= high:  # NaN is in no range
            ends = f"{format_number(low)} and {format_number(high)}"
            raise InputError(field, given, f"between {ends}")
    if not 0 < request.goodput <= 1:
        raise InputError("goodput", request.goodput, "a share above 0 and up to 1")
    if request.optimizer is not None:
        find_recipe(request.optimizer)
    for field, kinds in (("recompute", Recompute), ("sharding", Sharding)):
        given = getattr(request, field)
        if given is not None and given not in set(kinds):
            raise InputError(field, given, f"one of {', '.join(kinds)}")
