"""A comparison of GPUs as plain values, as text and as a table: one row a GPU and provider."""

import csv
import io
import math
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

from core.hardware.prices import age_text, is_stale
from core.messages import QT_TRANSLATE_NOOP, Message
from core.planner.joint.compare import Comparison, Row
from core.planner.joint.plan import JointPlan
from core.quantities import (
    Estimate,
    format_count,
    format_duration,
    format_number,
    format_usd,
    plain_ascii,
)

MARKS = {
    "measured": QT_TRANSLATE_NOOP(
        "core", "speed measured by you: unseen shapes within {low} to {high}"
    ),
    "tie": QT_TRANSLATE_NOOP("core", "as good within the errors"),
    "late": QT_TRANSLATE_NOOP("core", "misses the deadline at the low end of its speed"),
    "no_price": QT_TRANSLATE_NOOP("core", "no price known"),
    "unverified": QT_TRANSLATE_NOOP("core", "unverified price"),
    "host_out": QT_TRANSLATE_NOOP("core", "GPU only, host extra"),
    "of_2020": QT_TRANSLATE_NOOP("core", "price of the 2020 calculator"),
}
_ENDED = ("value", "low", "high")
_QUANTITIES = {
    "loss": "loss",
    "params": "non_embedding_params",
    "tokens": "tokens",
    "hours": "hours",
    "usd": "usd",
    "energy_kwh": "energy_kwh",
    "co2_kg": "co2_kg",
}
_SHOWN_ROWS = 25


def marks(row: Row, today: date) -> tuple[Message, ...]:
    """What to know of a row before one believes its price: unverified, stale, without a host."""
    found = ["tie"] if row.tie else []
    if _may_be_late(row):
        found.append("late")
    offer = row.offer
    first = _measured(row)
    if offer is None:
        if row.plan is None or row.plan.usd is None:
            found.append("no_price")
        return (*first, *(Message(code, MARKS[code]) for code in found))
    if not offer.verified:
        found.append("unverified")
    if offer.leaves_host_out:
        found.append("host_out")
    if offer.scope == "effective":
        found.append("of_2020")
    stale = is_stale(offer, today) is not False
    return (
        *first,
        *(Message(code, MARKS[code]) for code in found),
        *((age_text(offer, today),) if stale else ()),
    )


def _measured(row: Row) -> tuple[Message, ...]:
    """The held-out interval of a profile's own speeds."""
    measured = None if row.plan is None else row.plan.known.stack.calibrated
    if measured is None:
        return ()
    ends = (math.expm1(-measured.error), math.expm1(measured.error))
    low, high = (f"{100 * end:+.0f} %" for end in ends)
    return (Message("measured", MARKS["measured"], {"low": low, "high": high}),)


def _may_be_late(row: Row) -> bool:
    """Whether a target is reached after the deadline if the speed is at its low end."""
    if row.plan is None or row.plan.request.deadline_hours is None:
        return False
    hours = row.plan.hours
    return hours.high is not None and hours.high > row.plan.request.deadline_hours


def comparison_as_dict(comparison: Comparison, today: date) -> dict[str, object]:
    """Everything that ``isoloss compare --json`` prints; finite numbers, strings and None."""
    spot = comparison.request.spot
    rows = [row_as_dict(row, number, spot, today) for number, row in _numbered(comparison)]
    by_place = {id(row): values for row, values in zip(comparison.rows, rows, strict=True)}
    best, other = comparison.best, comparison.runner_up
    asked = comparison.request.as_dict()
    for name in ("gpu", "provider", "price_usd_per_gpu_hour", "measured_watts"):
        asked.pop(name)
    return {
        "request": {**asked, "by": comparison.request.by.value},
        "ranked_by": comparison.ranked_by,
        "best": None if best is None else by_place[id(best)],
        "runner_up": None if other is None else by_place[id(other)],
        "why": [str(message) for message in comparison.why],
        "rows": rows,
    }


def row_as_dict(row: Row, rank: int | None, spot: bool, today: date) -> dict[str, object]:
    """One row; what it has no figure of is None."""
    plan, offer = row.plan, row.offer
    values: dict[str, object] = {
        "rank": rank,
        "gpu": row.gpu,
        "name": row.name,
        "provider": row.provider or None,
        "region": None if offer is None else offer.region,
        "instance": None if offer is None else offer.instance,
        "tie": row.tie,
        "reason": None if row.reason is None else str(row.reason),
        "price_usd_per_gpu_hour": None if offer is None else offer.usd_per_gpu_hour(spot),
        "price_kind": None if offer is None else "spot" if spot else "on demand",
        "price_as_of": None if offer is None else offer.as_of,
        "price_verified": None if offer is None else offer.verified,
        "host_included": None if offer is None else not offer.leaves_host_out,
        "marks": [str(mark) for mark in marks(row, today)],
    }
    return {**values, **_plan_values(plan)}


def _plan_values(plan: JointPlan | None) -> dict[str, object]:
    figures = ("n_gpus", "precision", "stack", "gpu_hours", "mfu", "memory_fill", "confidence")
    if plan is None:
        return {**dict.fromkeys(figures), **dict.fromkeys((*_QUANTITIES, "tokens_per_s_per_gpu"))}
    known, speed = plan.known, plan.speed
    quantities = {name: _ends(getattr(plan, field)) for name, field in _QUANTITIES.items()}
    return {
        "n_gpus": known.n_gpus,
        "precision": known.precision.value,
        "stack": known.stack.id,
        "gpu_hours": plan.gpu_hours,
        "mfu": float(speed.mfu),
        "memory_fill": float(plan.memory.fill(known.gpu)),
        "confidence": str(speed.confidence),
        **quantities,
        "tokens_per_s_per_gpu": _ends(speed.tokens_per_s_per_gpu),
    }


def _ends(estimate: Estimate | None) -> dict[str, object] | None:
    if estimate is None:
        return None
    return {name: value for name, value in asdict(estimate).items() if name != "source"}


def comparison_as_csv(comparison: Comparison, today: date) -> bytes:
    """The CSV file (RFC 4180), a line a row; the same comparison gives the same bytes."""
    spot = comparison.request.spot
    rows = [_flat(row_as_dict(row, rank, spot, today)) for rank, row in _numbered(comparison)]
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [])
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("ascii", errors="backslashreplace")


def _flat(values: dict[str, object]) -> dict[str, object]:
    """A row of cells: an interval as three columns, a list as one text."""
    cells: dict[str, object] = {}
    for name, value in values.items():
        if name in _QUANTITIES or name == "tokens_per_s_per_gpu":
            ends = value if isinstance(value, dict) else {}
            for end in _ENDED:
                cells[name if end == "value" else f"{name}_{end}"] = ends.get(end)
        elif isinstance(value, list):
            cells[name] = plain_ascii("; ".join(value))
        else:
            cells[name] = plain_ascii(value) if isinstance(value, str) else value
    return cells


def _numbered(comparison: Comparison) -> Iterator[tuple[int | None, Row]]:
    """Rows with their ranks; None for those that lack what decides."""
    ranked = len(comparison.ranked)
    for number, row in enumerate(comparison.rows):
        yield (number + 1 if number < ranked else None), row


def comparison_as_text(comparison: Comparison, today: date) -> str:
    """The verdict, why, and a table of the best rows; no trailing newline."""
    best, other = comparison.best, comparison.runner_up
    if best is None:
        reasons = dict.fromkeys(str(row.reason) for row in comparison.rows if row.reason)
        return "\n".join(["No GPU of the catalogue can do this:", *(f"  {r}" for r in reasons)])
    lines = [f"Best choice  {_sentence(best, comparison.ranked_by)}"]
    if other is not None:
        lines.append(f"Runner-up    {_sentence(other, comparison.ranked_by)}")
    for row in (best, other):
        if row is not None and (found := marks(row, today)):
            lines.append(f"             {row.name}: {'; '.join(str(mark) for mark in found)}")
    lines += [f"             {message}" for message in comparison.why]
    lines += ["", *_table(comparison, today)]
    ranked = [row for row in comparison.rows if row.plan is not None]
    more = len(ranked) - sum(row.plan is not None for row in _shown(comparison))
    if more:
        lines.append(f"... and {more} more rows; --csv and --json have all.")
    if without := [row for row in comparison.rows if row.plan is None]:
        names = ", ".join(dict.fromkeys(row.name for row in without))
        lines += ["", f"Without a plan: {names}.", "--json says why of each."]
    return "\n".join(lines)


def _sentence(row: Row, ranked_by: str) -> str:
    """Name and figures, with the interval of the one that decides."""
    plan = row.plan
    assert plan is not None
    count = f"{plan.known.n_gpus} x " if plan.known.n_gpus > 1 else ""
    money = "no price known" if plan.usd is None else format_usd(plan.usd.value)
    loss = f"loss {plan.loss.value:.3f}"
    decides = plan.loss if ranked_by == "loss" else plan.usd
    if decides is not None and decides.low is not None and decides.high is not None:
        if ranked_by == "loss":
            loss += f" ({decides.low:.3f} to {decides.high:.3f})"
        else:
            money += f" ({format_usd(decides.low)} to {format_usd(decides.high)})"
    return (
        f"{count}{row.full_name}: {loss}, "
        f"{format_count(plan.non_embedding_params.value)} parameters, "
        f"{format_duration(plan.hours.value)}, {money}"
    )


def _shown(comparison: Comparison) -> list[Row]:
    """The best rows, and wherever they stand those that the person has measured."""
    rows = comparison.rows
    return [*rows[:_SHOWN_ROWS], *(row for row in rows[_SHOWN_ROWS:] if row.is_measured)]


def _table(comparison: Comparison, today: date) -> Iterator[str]:
    yield (
        f"{'GPU':<36}{'provider':<25}{'GPUs':>5}{'loss':>8}{'size':>9}{'hours':>10}"
        f"{'USD':>11}{'kWh':>10}{'kg CO2':>10}  remarks"
    )
    for row in _shown(comparison):
        if (plan := row.plan) is None:
            continue
        usd, kwh, co2 = (
            "-" if found is None else format_number(found.value)
            for found in (plan.usd, plan.energy_kwh, plan.co2_kg)
        )
        yield (
            f"{row.name:<36}{row.provider or '-':<25}{plan.known.n_gpus:>5}"
            f"{plan.loss.value:>8.3f}{format_count(plan.non_embedding_params.value):>9}"
            f"{format_number(plan.hours.value):>10}{usd:>11}{kwh:>10}{co2:>10}"
            f"  {'; '.join(str(mark) for mark in marks(row, today))}"
        ).rstrip()
