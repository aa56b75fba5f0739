"""A plan as one tidy table: a row a quantity, seven columns, plain ASCII."""

import csv
import io
from collections.abc import Iterator
from datetime import date

import core
from core.export.labels import UNITS
from core.planner import AnyPlan, Plan, ShapeOption
from core.quantities import plain_ascii

COLUMNS = ("section", "quantity", "value", "unit", "low", "high", "source")
Row = tuple[str, str, object, str, object, object, str]


def plan_as_csv(plan: AnyPlan, day: date) -> bytes:
    """The CSV file (RFC 4180); the same plan on the same day gives the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for row in plan_rows(plan, day):
        writer.writerow("" if cell is None else cell for cell in row)
    return text.getvalue().encode("ascii", errors="backslashreplace")


def plan_rows(plan: AnyPlan, day: date) -> Iterator[Row]:
    """The rows below the header."""
    yield _row("about", "isoloss_version", core.__version__)
    yield _row("about", "date", day.isoformat())
    yield from _request_rows(plan)
    for name, estimate in plan.estimates().items():
        ends = (estimate.low, estimate.high)
        yield ("plan", name, estimate.value, UNITS[name], *ends, estimate.source)
    if (tip := plan.tipping_point) is not None:
        source = "least time of all sizes on this law and GPU"
        yield _row("tipping_point", "hours", tip.hours, "h", source)
        yield _row("tipping_point", "usd", tip.usd, "USD", source)
        yield _row("tipping_point", "d_model", tip.d_model, "", source)
    if isinstance(plan, Plan):
        for option in plan.shapes:
            yield from _shape_rows(option)
    else:
        from core.export.joint import joint_rows

        yield from joint_rows(plan, day)
    yield from _law_rows(plan)
    for warning in plan.warnings:
        yield _row("warning", warning.code, plain_ascii(str(warning)))


def _row(section: str, quantity: str, value: object, unit: str = "", source: str = "") -> Row:
    return (section, quantity, value, unit, None, None, source)


def _request_rows(plan: AnyPlan) -> Iterator[Row]:
    known, request = plan.known, plan.request
    yield _row("request", f"by_{request.by.value}", request.value, request.by.kind.value)
    yield _row("request", "law", known.law.id)
    yield _row("request", "gpu", known.gpu.id)
    yield _row("request", "precision", known.precision.value)
    price = ("price_usd_per_gpu_hour", known.price, "USD/h", known.price_source)
    yield _row("request", *price)
    yield _row("request", "measured_watts", known.watts, "W", known.watts_source)
    yield _row("request", "carbon_kg_per_kwh", known.carbon, "kg/kWh", known.carbon_source)


def _shape_rows(option: ShapeOption) -> Iterator[Row]:
    for shape, section in (
        (option.shape, f"shape_{option.shape.role}"),
        (option.friendly, f"shape_{option.shape.role}_friendly"),
    ):
        yield _row(section, "n_layers", shape.n_layers, "layers")
        yield _row(section, "d_model", shape.d_model)
        yield _row(section, "d_inner", shape.d_inner)
        yield _row(section, "non_embedding_params", shape.non_embedding_params, "parameters")


def _law_rows(plan: AnyPlan) -> Iterator[Row]:
    law = plan.known.law
    for name in ("a", "b", "c", "d", "e", "f"):
        yield _row("law", name, getattr(law, name), "", law.source)
    yield _row("law", "compute_unit_neflo", law.compute_unit_neflo, "neFLO", law.source)
    yield _row("law", "params_counted", law.params_counted, "", law.source)
    yield _row("law", "tokens_per_step", law.tokens_per_step, "tokens", law.source)
    for name, ends, unit in (
        ("params_range", law.params_range, "parameters"),
        ("compute_range_neflo", law.compute_range_neflo, "neFLO"),
    ):
        if ends is not None:
            yield ("law", name, None, unit, *ends, law.source)
