"""Numbers of the answer as people read them, and how sure they are."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication

from core.export.labels import friendly_change_text
from core.planner import Plan
from core.planner.flat import FlatOptimum
from core.quantities import (
    Estimate,
    format_count,
    format_duration,
    format_number,
    format_scientific,
    format_usd,
)

translate = QCoreApplication.translate

_LONG = 1e7  # numbers from here on would be wider than their column
_CERTAIN = 1e-6  # what was asked for comes back as narrow as this


def has_interval(estimate: Estimate) -> bool:
    """Whether there is an interval to show; a number that was asked for has none."""
    if estimate.low is None or estimate.high is None:
        return False
    return estimate.high - estimate.low > _CERTAIN * abs(estimate.value)


def interval_text(estimate: Estimate, write: Callable[[float], str]) -> str:
    """``80 %: 3.10 to 3.25``, empty where there is none."""
    if estimate.low is None or estimate.high is None or not has_interval(estimate):
        return ""
    return translate("answer", "{0}: {1} to {2}").format(
        level_text(estimate), write(estimate.low), write(estimate.high)
    )


def size_interval_text(plan: Plan) -> str:
    """The sentence under the size."""
    estimate = plan.non_embedding_params
    if estimate.low is None or estimate.high is None:
        if plan.known.law.cloud is not None:
            return translate("answer", "No interval: the law has none for so small a budget")
        return translate("answer", "No interval: the law was published without one")
    if not has_interval(estimate):
        return translate("answer", "No interval: this is what was asked for")
    return translate("answer", "{0} interval: {1} to {2}").format(
        level_text(estimate), spaced_count(estimate.low), spaced_count(estimate.high)
    )


def stat_texts(
    estimate: Estimate, write: Callable[[float], str], unit: str = ""
) -> tuple[str, str, str, str]:
    """A number for `StatRow.set_value`; a unit that ``write`` brings goes beside it."""
    text = write(estimate.value)
    number, found = (text, unit) if unit else split_unit(text)
    return number, found, source_text(estimate), interval_text(estimate, write)


def level_text(estimate: Estimate) -> str:
    """``80 %``."""
    return f"{100 * (estimate.level or 0):.3g}\u00a0%"


def source_text(estimate: Estimate) -> str:
    """The tooltip of a number: its full value, its interval, and where it comes from."""
    value = format_number(estimate.value, 6)
    if estimate.low is None or estimate.high is None:
        interval = translate("answer", "no interval: published without one")
    elif not has_interval(estimate):
        interval = translate("answer", "no interval: this is what was asked for")
    else:
        interval = interval_text(estimate, format_number)
    return f"{value} ({interval})\n{estimate.source}"


def flat_text(flat: FlatOptimum) -> str:
    """``31 M to 66 M``."""
    low, high = (format_count(end, 2) for end in (flat.low, flat.high))
    return translate("answer", "{0} to {1}").format(low, high)


def flat_source(flat: FlatOptimum) -> str:
    """What other sizes cost, for a tooltip."""
    within = translate(
        "answer", "Sizes whose loss for the same budget is at most {0} above the best."
    ).format(percent_text(flat.tolerance))
    half = translate("answer", "Half the size: {0} nats more; {1}.")
    twice = translate("answer", "Twice the size: {0} nats more; {1}.")
    lines = [within]
    for text, increase, extra in (
        (half, flat.half_loss_increase, flat.half_extra_compute),
        (twice, flat.twice_loss_increase, flat.twice_extra_compute),
    ):
        if increase is not None:
            lines.append(text.format(f"{increase:.3f}", _extra_text(extra)))
    return "\n".join(lines)


def _extra_text(extra: float | None) -> str:
    if extra is None:
        return translate("answer", "no compute makes up for it")
    return translate("answer", "{0} more compute for the same loss").format(percent_text(extra))


def percent_text(fraction: float) -> str:
    """``0.5 %``, never broken across lines."""
    return f"{format_number(100 * fraction, 3)}\u00a0%"


def format_hours(hours: float) -> str:
    """Hours as one number with one unit: ``12.5 h``, ``3.2 days``, ``29.3 min``."""
    if 1 <= hours < 48:
        return f"{format_number(hours)} h"
    return format_duration(hours)


def split_unit(text: str) -> tuple[str, str]:
    """``"1.12 B"`` as number and unit, so that the numbers of a column end in one line."""
    number, _, unit = text.rpartition(" ")
    return (number, unit) if number else (unit, "")


def spaced_count(value: float) -> str:
    """``45.1 M``, never broken across lines."""
    return format_count(value).replace(" ", "\u00a0")


def signed_percent(fraction: float) -> str:
    """``-0.065`` -> ``"−6.5 %"``, never broken across lines."""
    return friendly_change_text(fraction).replace("-", "−").replace(" ", "\u00a0")


def loss_text(loss: float) -> str:
    """Three decimals."""
    return f"{loss:.3f}"


def dimension_text(size: int) -> str:
    """Layers or a width; as a power of ten where nobody would build it."""
    return str(size) if size < _LONG else format_scientific(size, 2)


def steps_text(steps: float) -> str:
    """Whole steps, a fraction where there is not even one, a short form for very many."""
    if steps < 1:
        return format_number(steps, 2)
    return f"{round(steps):,}" if steps < _LONG else format_count(steps)


def value_text(value: object) -> str:
    """What was refused, as people write it: a number short, a word as it is."""
    try:
        return format_number(float(str(value)))
    except ValueError:
        return str(value)


def money_text(usd: float) -> str:
    """Dollars without their sign, short from ten millions up."""
    return format_usd(usd).removeprefix("$") if usd < _LONG else format_count(usd)
