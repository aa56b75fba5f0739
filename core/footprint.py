"""Money, energy, CO2 and everyday comparisons of a training.

energy [kWh] = hours x watts / 1000. The 2020 calculator's first release left out the
conversion and labelled kilojoules as kWh; here 12 h at 119.35 W are 1.432 kWh.

Since the Llama papers (Touvron et al. 2023, arXiv 2302.13971, section 6) the account is
``energy = GPU-hours x (GPU power + host) x PUE`` and ``CO2 = energy x grid + embodied``; BLOOM
(Luccioni et al. 2022, arXiv 2211.02001) adds idle nodes and what making the machines emitted,
which doubles its figure. Everything is linear in GPU-hours, so a budget is a division: see
`Power.kwh_per_gpu_hour`, `co2_kg_per_gpu_hour`.
"""

from dataclasses import dataclass

from core.errors import InputError
from core.ops import Scalar
from core.quantities import check_positive

CARBON_2020_KG_PER_KWH = 0.534
CARBON_2020_SOURCE = "grid figure of T. Le Scao's calculator (Hugging Face, June 2020)"

CAR_KG_PER_KM = 0.393 / 1.609344
CAR_SOURCE = "EPA Greenhouse Gas Equivalencies Calculator 2024: 0.393 kg CO2e per mile"

TREE_KG_PER_DAY = 11.0 / 365.25
TREE_SOURCE = "Green Algorithms (Lannelongue et al. 2021): a mature tree takes up 11 kg a year"

_LARGEST_PUE = 3.0


def energy_kwh(hours: Scalar, watts: Scalar) -> Scalar:
    """Electric energy of ``hours`` at ``watts``."""
    return hours * watts / 1000


def hours_for_energy(kwh: Scalar, watts: Scalar) -> Scalar:
    """Inverse of `energy_kwh` in the hours."""
    return kwh * 1000 / watts


def car_km(co2_kg: Scalar) -> Scalar:
    """Kilometres of an average US passenger car with the same emissions."""
    return co2_kg / CAR_KG_PER_KM


def tree_days(co2_kg: Scalar) -> Scalar:
    """Days that one mature tree needs to take the emissions up."""
    return co2_kg / TREE_KG_PER_DAY


@dataclass(frozen=True, slots=True)
class Power:
    """What one GPU at work draws from the grid.

    Attributes:
        gpu_watts: measured mean power, or the datasheet's TDP.
        load_factor: mean power over ``gpu_watts``; 1 where that was measured.
        host_share: power of CPU, memory, network and fans over that of the GPU.
        pue: energy of the data centre over that of its machines, at least 1.

    Raises:
        InputError: a value is out of its range.
    """

    gpu_watts: float
    load_factor: float = 1.0
    host_share: float = 0.0
    pue: float = 1.0

    def __post_init__(self) -> None:
        check_positive(self.gpu_watts, "gpu_watts")
        check_positive(self.load_factor, "load_factor")
        check_positive(self.host_share, "host_share", zero_allowed=True)
        if not 1 <= check_positive(self.pue, "pue") <= _LARGEST_PUE:
            raise InputError("pue", self.pue, f"between 1 and {_LARGEST_PUE:g}")

    @property
    def machine_watts(self) -> float:
        """GPU and its share of the machine, before the data centre's cooling."""
        return self.gpu_watts * self.load_factor * (1 + self.host_share)

    @property
    def kwh_per_gpu_hour(self) -> float:
        """Energy from the grid that a GPU-hour takes."""
        return self.machine_watts * self.pue / 1000


def energy_of_gpus(gpu_hours: Scalar, power: Power) -> Scalar:
    """Energy from the grid, kWh."""
    return gpu_hours * power.kwh_per_gpu_hour


def co2_kg_per_gpu_hour(
    power: Power, grid_kg_per_kwh: Scalar, embodied_kg_per_gpu_hour: Scalar = 0.0
) -> Scalar:
    """Emissions of a GPU-hour: of its energy, and its share of making the machine."""
    return power.kwh_per_gpu_hour * grid_kg_per_kwh + embodied_kg_per_gpu_hour


def co2_of_gpus(
    gpu_hours: Scalar,
    power: Power,
    grid_kg_per_kwh: Scalar,
    embodied_kg_per_gpu_hour: Scalar = 0.0,
) -> Scalar:
    """Emissions of ``gpu_hours``, kg CO2e."""
    return gpu_hours * co2_kg_per_gpu_hour(power, grid_kg_per_kwh, embodied_kg_per_gpu_hour)


@dataclass(frozen=True, slots=True)
class Rent:
    """What the GPUs cost beside the hours that the training itself takes.

    Attributes:
        usd_per_gpu_hour: price of a GPU-hour.
        idle_gpu_hours: GPU-hours that are paid and not trained in (set-up, waiting, debugging).
        storage_gb_months: checkpoints and data, 1e9 bytes times months.
        usd_per_gb_month: price of that storage.

    Raises:
        InputError: a value is negative or not finite.
    """

    usd_per_gpu_hour: float
    idle_gpu_hours: float = 0.0
    storage_gb_months: float = 0.0
    usd_per_gb_month: float = 0.0

    def __post_init__(self) -> None:
        for field in self.__slots__:
            check_positive(getattr(self, field), field, zero_allowed=True)

    @property
    def fixed_usd(self) -> float:
        """What is paid whatever the training takes: idle hours and storage."""
        idle = self.idle_gpu_hours * self.usd_per_gpu_hour
        return idle + self.storage_gb_months * self.usd_per_gb_month


def money_usd(gpu_hours: Scalar, rent: Rent) -> Scalar:
    """US dollars for the training's GPU-hours, the idle ones and storage."""
    return gpu_hours * rent.usd_per_gpu_hour + rent.fixed_usd


def gpu_hours_for_money(usd: Scalar, rent: Rent) -> Scalar:
    """Inverse of `money_usd` at a price above 0; negative where the fixed part alone is more."""
    return (usd - rent.fixed_usd) / rent.usd_per_gpu_hour
