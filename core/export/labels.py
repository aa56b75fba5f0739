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


def interval_text(estimate: Estimate) -> str:
    """The interval, or the plain statement that there is none."""
    if estimate.low is None or estimate.high is None:
        return "no interval: published without one"
    level = f"{estimate.level:.0%} " if estimate.level else ""
    return f"{level}{format_number(estimate.low, 4)} to {format_number(estimate.high, 4)}"


def value_text(name: str, value: float) -> str:
    """The value with its unit, as a person reads it."""
    if name == "non_embedding_params":
        return f"{format_count(value)} (non-embedding)"
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
