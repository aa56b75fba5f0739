"""Energy, CO2 and everyday comparisons of a training.

energy [kWh] = hours x watts / 1000. The 2020 calculator's first release left out the
conversion and labelled kilojoules as kWh; here 12 h at 119.35 W are 1.432 kWh.
"""

from core.ops import Scalar

CARBON_2020_KG_PER_KWH = 0.534
CARBON_2020_SOURCE = "grid figure of T. Le Scao's calculator (Hugging Face, June 2020)"

CAR_KG_PER_KM = 0.393 / 1.609344
CAR_SOURCE = "EPA Greenhouse Gas Equivalencies Calculator 2024: 0.393 kg CO2e per mile"

TREE_KG_PER_DAY = 11.0 / 365.25
TREE_SOURCE = "Green Algorithms (Lannelongue et al. 2021): a mature tree takes up 11 kg a year"


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
