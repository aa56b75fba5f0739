"""A plan as text for a terminal, a chat or a mail."""

from core.export.labels import LABELS, value_text
from core.planner import QUANTITIES, Plan, ShapeOption
from core.quantities import format_count, format_duration, format_number, format_usd


def plan_as_text(plan: Plan) -> str:
    """A readable table that ends with its warnings and sources; no trailing newline."""
    known, request = plan.known, plan.request
    lines = [
        f"Plan for {format_number(request.value, 6)} {request.by.kind.value}"
        f" on {known.gpu.name}, {known.precision.value}, law {known.law.id}",
        "",
        *(
            f"  {LABELS[name]:<22}{value_text(name, getattr(plan, name).value)}"
            for name in QUANTITIES
        ),
        "",
        *(_option_line(option) for option in plan.shapes),
        "",
    ]
    tip = plan.tipping_point
    if tip is not None:
        cost = f"{format_duration(tip.hours)}, {format_usd(tip.usd)}"
        lines.append(f"  {'Sensible from':<22}{cost} (d_model {format_number(tip.d_model)})")
    lines += [
        f"  {'Price':<22}{format_number(known.price)} USD per GPU-hour ({known.price_source})",
        f"  {'Power':<22}{format_number(known.watts, 5)} W ({known.watts_source})",
        f"  {'Grid':<22}{format_number(known.carbon)} kg/kWh ({known.carbon_source})",
        f"  {'How sure':<22}no intervals: this law and this speed curve were published without",
    ]
    if plan.warnings:
        lines.append("")
        lines += [f"  ! {warning}" for warning in plan.warnings]
    return "\n".join(lines)


def _option_line(option: ShapeOption) -> str:
    shape, friendly = option.shape, option.friendly
    text = f"{shape.n_layers} layers x {shape.d_model}"
    size = f"{format_count(shape.non_embedding_params)} parameters"
    label = f"{shape.role.capitalize()} shape"
    if friendly.d_model == shape.d_model:
        return f"  {label:<22}{text}, {size} (a friendly width already)"
    change = f"{option.friendly_change:+.1%} parameters"
    return f"  {label:<22}{text}, {size} (friendlier width {friendly.d_model}: {change})"
