"""Name, unit and wording of every quantity, the same in table, CSV and text."""

from core.quantities import Estimate, format_count, format_duration, format_number

UNITS = {
    "loss": "nats per token",
    "non_embedding_params": "parameters",
    "compute_neflo": "neFLO",
    "tokens": "tokens",
    "steps": "steps",
    "hours": "h",
    "usd": "USD",
    "energy_kwh": "kWh",
    "co2_kg": "kg",
    "car_km": "km",
    "tree_days": "days",
    "speed_neflo_per_s": "neFLO/s",
}

LABELS = {
    "loss": "Expected loss",
    "non_embedding_params": "Parameters",
    "compute_neflo": "Compute",
    "tokens": "Tokens",
    "steps": "Stop after",
    "hours": "Time",
    "usd": "Money",
    "energy_kwh": "Energy",
    "co2_kg": "CO2",
    "car_km": "as a car over",
    "tree_days": "one tree takes up in",
    "speed_neflo_per_s": "Speed",
}


def interval_text(name: str, estimate: Estimate) -> str:
    """``"80 %: 38.1 M to 52.0 M"``, or nothing where there is no interval or no doubt."""
    low, high = estimate.low, estimate.high
    if low is None or high is None or high - low <= 1e-9 * abs(high):
        return ""
    write = format_count if name in ("non_embedding_params", "tokens", "steps") else format_number
    level = f"{100 * estimate.level:.0f} %: " if estimate.level else ""
    return f"{level}{write(low)} to {write(high)}"


def value_text(name: str, value: float, counted: str = "non-embedding") -> str:
    """The value with its unit, as a person reads it; ``counted`` is what parameters include."""
    if name == "non_embedding_params":
        return f"{format_count(value)} ({counted})"
    if name == "tokens":
        return format_count(value)
    if name == "hours":
        plain, spoken = f"{format_number(value)} h", format_duration(value)
        return plain if plain == spoken else f"{plain} ({spoken})"
    if name == "steps" and value >= 1:
        return f"{round(value):,} steps"
    return f"{format_number(value)} {UNITS[name]}"


def friendly_change_text(fraction: float) -> str:
    """``-0.065`` -> ``"-6.5 %"``; never ``"-0.0 %"``."""
    percent = round(100 * fraction, 1)
    return f"{percent:+.1f} %" if percent else "0 %"
