"""Numbers with units: what an estimate is, how quantities are read and written."""

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from core.errors import InputError

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN_DIGITS = str.maketrans("⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "-+0123456789")
_COUNT_SUFFIXES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12}
_PF_DAY_FLOP = 8.64e19  # Kaplan et al. 2020 (arXiv 2001.08361), section 1.3


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number that knows how sure it is and where it came from.

    Attributes:
        value: best estimate, in the unit that its name states.
        low: lower end of the interval, None where the source gives no interval.
        high: upper end of the interval, None likewise.
        level: coverage of the interval (0.8 for 80 %), None likewise.
        source: law, catalogue row or formula that the number follows from.
    """

    value: float
    low: float | None = None
    high: float | None = None
    level: float | None = None
    source: str = ""


class Kind(StrEnum):
    """What a quantity measures; the value is its base unit as shown to people."""

    HOURS = "h"
    USD = "USD"
    USD_PER_HOUR = "USD/h"
    WATTS = "W"
    ENERGY_KWH = "kWh"
    CO2_KG = "kg"
    CARBON_KG_PER_KWH = "kg/kWh"
    CARBON_G_PER_KWH = "g/kWh"
    COMPUTE_NEFLO = "neFLO"
    PARAMETERS = "parameters"
    LOSS = "nats"
    NUMBER = ""


_UNITS: dict[Kind, dict[str, float]] = {
    Kind.HOURS: {
        "s": 1 / 3600,
        "sec": 1 / 3600,
        "min": 1 / 60,
        "mins": 1 / 60,
        "m": 1 / 60,
        "h": 1.0,
        "H": 1.0,
        "hr": 1.0,
        "hrs": 1.0,
        "hour": 1.0,
        "hours": 1.0,
        "d": 24.0,
        "day": 24.0,
        "days": 24.0,
        "w": 168.0,
        "week": 168.0,
        "weeks": 168.0,
        "year": 8766.0,
        "years": 8766.0,
    },
    Kind.USD: {
        "$": 1.0,
        "USD": 1.0,
        "usd": 1.0,
        "k$": 1e3,
        "M$": 1e6,
        "k": 1e3,
        "M": 1e6,
        "B": 1e9,
    },
    Kind.USD_PER_HOUR: {"$": 1.0, "USD": 1.0, "$/h": 1.0, "USD/h": 1.0},
    Kind.WATTS: {"W": 1.0, "kW": 1e3},
    Kind.ENERGY_KWH: {"Wh": 1e-3, "kWh": 1.0, "MWh": 1e3, "GWh": 1e6},
    Kind.CO2_KG: {"g": 1e-3, "kg": 1.0, "t": 1e3},
    Kind.CARBON_KG_PER_KWH: {"kg/kWh": 1.0, "g/kWh": 1e-3, "kg": 1.0, "g": 1e-3},
    Kind.CARBON_G_PER_KWH: {"g/kWh": 1.0, "kg/kWh": 1e3, "g": 1.0, "kg": 1e3},
    Kind.COMPUTE_NEFLO: {
        "neFLO": 1.0,
        "FLO": 1.0,
        "FLOP": 1.0,
        "PF-day": _PF_DAY_FLOP,
        "PF-days": _PF_DAY_FLOP,
        **_COUNT_SUFFIXES,
        "P": 1e15,
        "E": 1e18,
        "Z": 1e21,
    },
    Kind.PARAMETERS: {"parameters": 1.0, "params": 1.0, **_COUNT_SUFFIXES},
    Kind.LOSS: {"nats": 1.0},
    Kind.NUMBER: {},
}

_NUMBER = re.compile(
    r"(?P<prefix>\$?)(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"(?P<unit>[^\d\s.,+-][^\d\s.,]*)?"
)
_PART = re.compile(r"[\d.]+[a-zA-Z]+")  # "3h20min" is two of them
_COMPOUND = re.compile(r"(?:[\d.]+[a-zA-Z]+){2,}")
_SPACES_IN_NUMBER = re.compile(r"(?<=\d)\s(?=\d{3}(?!\d))")
_SPACES_BESIDE_SIGNS = re.compile(r"\s+(?=\D)|(?<=[$×·*])\s+")
# "3×1017" is not a power: without a sign for it, the digits belong to the number
_POWER_OF_TEN = re.compile(
    r"[×·*x]10(?:(?:\^|\*\*)(?P<plain>[+-]?\d+)|(?P<raised>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))"
)


def parse_quantity(text: str, kind: Kind, field: str, *, zero_allowed: bool = False) -> float:
    """Read ``"1.5M"``, ``"3 days"``, ``"$20"``, ``"1 500 000"``, ``"2e6"`` or ``"2×10⁶"``.

    Whatever ``format_number`` writes of a value that is allowed reads back.

    Args:
        text: what the person typed.
        kind: quantity that is expected; a bare number is in its base unit.
        field: name that an error carries.
        zero_allowed: whether 0 is a sensible value (a free GPU, a carbon-free grid).

    Returns:
        The value in the base unit of ``kind``, finite.

    Raises:
        InputError: not a number, an unknown unit, not finite, or not positive.
    """
    wanted = "a number of at least 0" if zero_allowed else "a positive number"
    compact = _SPACES_BESIDE_SIGNS.sub("", _SPACES_IN_NUMBER.sub("", text.strip()))
    joined = "".join(text.split())
    if kind is Kind.HOURS and _COMPOUND.fullmatch(joined):
        parts = _PART.findall(joined)
        return check_positive(
            sum(parse_quantity(part, kind, field) for part in parts), field, text, zero_allowed
        )
    match = _NUMBER.fullmatch(_POWER_OF_TEN.sub(_as_exponent, compact, count=1))
    if match is None:
        raise InputError(field, text, f"{wanted}{_how_to_write(text, kind)}")
    units = _UNITS[kind]
    if match["prefix"] and "$" not in units:
        raise InputError(field, text, wanted)
    scale = units.get(match["unit"]) if match["unit"] else 1.0
    if scale is None:
        if not units:
            raise InputError(field, text, f"{wanted} without a unit")
        known = ", ".join(dict.fromkeys(units))
        raise InputError(field, text, f"{wanted} in {kind.value} (units understood: {known})")
    value = float(match["number"].replace(",", "")) * scale
    return check_positive(value, field, text, zero_allowed)


def _how_to_write(text: str, kind: Kind) -> str:
    """A hint for a text that is more than a wrong number: units, or the decimal comma."""
    if re.search(r"\d,\d", text):
        return " (the decimal mark is a point)"
    if _UNITS[kind] and re.match(r"\s*[+$-]?\d.*[^\W\d_]", text):
        return f" in {kind.value} (units understood: {', '.join(units_understood(kind))})"
    return ""


def units_understood(kind: Kind) -> tuple[str, ...]:
    """The units that ``parse_quantity`` knows for ``kind``, each scale once, as written first."""
    first_names: dict[float, str] = {}
    for unit, scale in _UNITS[kind].items():
        first_names.setdefault(scale, unit)
    return tuple(first_names.values())


def _as_exponent(match: re.Match[str]) -> str:
    digits = match["plain"] or match["raised"].translate(_PLAIN_DIGITS)
    return f"e{digits}"


def check_positive(
    value: float, field: str, shown: object = None, zero_allowed: bool = False
) -> float:
    """Return ``value`` if it is finite and positive (or zero where allowed).

    Raises:
        InputError: it is not; ``shown`` is what the message quotes.
    """
    if math.isfinite(value) and (value > 0 or (zero_allowed and value == 0)):
        return value
    wanted = "a number of at least 0" if zero_allowed else "a positive number"
    raise InputError(field, value if shown is None else shown, wanted)


def superscript(exponent: int) -> str:
    """``17`` -> ``"¹⁷"``."""
    return str(exponent).translate(_SUPERSCRIPTS)


def format_number(value: float, digits: int = 4) -> str:
    """``value`` to ``digits`` significant digits, grouped by thousands, never ``1e+17``.

    Powers of ten, below 1e-4 and from 1e9, have one digit fewer.
    """
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if not -4 <= exponent < 9:
        return format_scientific(value, digits - 1)
    decimals = max(0, digits - 1 - exponent)
    text = f"{round(value, digits - 1 - exponent):,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_ascii(text: str) -> str:
    """``"3.03×10¹⁷ − 1"`` -> ``"3.03e17 - 1"``, for files that must open anywhere."""
    powers = _POWER_OF_TEN.sub(_as_exponent, text)
    return powers.replace("−", "-").replace("×", "x").replace("\u00a0", " ").replace("₂", "2")


def format_scientific(value: float, digits: int = 3) -> str:
    """``3.03e17`` -> ``"3.03×10¹⁷"`` with ``digits`` significant digits."""
    mantissa, exponent = f"{value:.{max(digits - 1, 0)}e}".split("e")
    return f"{mantissa}×10{superscript(int(exponent))}"


def format_count(value: float, digits: int = 3) -> str:
    """``45.06e6`` -> ``"45.1 M"``; the suffixes are k, M, B and T."""
    for suffix, scale in (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3)):
        # 999 950 must read 1 M, not 1,000 k
        if abs(value) >= scale * (1 - 0.5 * 10.0**-digits):
            if abs(value) >= 1e15:
                return format_scientific(value, digits)
            return f"{_fixed(value / scale, digits)} {suffix}"
    return _fixed(value, digits)


def format_duration(hours: float) -> str:
    """``3.34`` -> ``"3 h 20 min"``; seconds below a minute, days above 48 h."""
    minutes = hours * 60
    if minutes < 1:
        return f"{format_number(hours * 3600, 3)} s"
    if hours < 1:
        return f"{format_number(minutes, 3)} min"
    if round(minutes) < 48 * 60:
        whole, rest = divmod(round(minutes), 60)
        return f"{whole} h {rest} min" if rest else f"{whole} h"
    days = hours / 24
    if days < 730:
        return f"{format_number(days, 3)} days"
    return f"{format_number(days / 365.25, 3)} years"


def format_usd(value: float) -> str:
    """Dollars with cents below 1,000 and none above."""
    if value >= 1e9:
        return f"${format_count(value)}"
    if value >= 1000:
        return f"${value:,.0f}"
    return f"${value:,.2f}" if value >= 0.01 or value == 0 else f"${format_number(value, 2)}"


def format_energy(kwh: float) -> tuple[str, str]:
    """Value and unit: Wh below 0.1 kWh, MWh from 10,000 kWh."""
    if kwh < 0.1:
        return format_number(kwh * 1000, 3), "Wh"
    if kwh < 1e4:
        return format_number(kwh, 3), "kWh"
    if kwh < 1e9:
        return format_number(kwh / 1000, 3), "MWh"
    return format_count(kwh / 1000), "MWh"


def format_mass(kg: float) -> tuple[str, str]:
    """Value and unit: g below 0.1 kg, t from 10,000 kg."""
    if kg < 0.1:
        return format_number(kg * 1000, 3), "g"
    if kg < 1e4:
        return format_number(kg, 3), "kg"
    if kg < 1e9:
        return format_number(kg / 1000, 3), "t"
    return format_count(kg / 1000), "t"


def _fixed(value: float, digits: int) -> str:
    """``digits`` significant digits with trailing zeros kept, so that widths stay put."""
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    return f"{value:,.{max(0, digits - 1 - exponent)}f}"
