"""A plan as text for a terminal, a chat or a mail."""

from datetime import date

from core.export.labels import LABELS, friendly_change_text, interval_text, value_text
from core.planner import QUANTITIES, QUANTITY_OF, AnyPlan, Plan, ShapeOption
from core.quantities import format_count, format_duration, format_number, format_usd


def plan_as_text(plan: AnyPlan, today: date | None = None) -> str:
    """A readable table that ends with its warnings and sources; no trailing newline.

    Args:
        plan: of either speed model.
        today: to say whether a price is stale.
    """
    if not isinstance(plan, Plan):
        from core.export.joint import joint_as_text

        return joint_as_text(plan, today)
    known = plan.known
    lines = [
        f"Plan for {_asked(plan)} on {known.gpu.name}, {known.precision.value}, law {known.law.id}",
        "",
        *(_quantity_line(plan, name) for name in QUANTITIES),
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
        *_how_sure(plan),
    ]
    if plan.warnings:
        lines.append("")
        lines += [f"  ! {warning}" for warning in plan.warnings]
    return "\n".join(lines)


def _how_sure(plan: Plan) -> list[str]:
    article = "the article of 2020 states an error of about 15 % for its speed curve"
    if plan.loss.level is None:
        first = "no intervals: the law and the speed curve were published without;"
    else:
        first = f"{100 * plan.loss.level:.0f} % intervals of the law's own fit; the speed has none:"
    lines = [f"  {'How sure':<22}{first}", f"  {'':<22}{article}"]
    if (flat := plan.flat_optimum) is not None:
        sizes = f"{format_count(flat.low)} to {format_count(flat.high)} parameters"
        lines.append(f"  {'Nearly as good':<22}{sizes} lose less than {flat.tolerance:.1%}")
    return lines


def _asked(plan: Plan) -> str:
    """The question, written as its answer is."""
    name = QUANTITY_OF[plan.request.by]
    text = value_text(name, plan.request.value, plan.known.law.params_counted)
    return f"a loss of {text}" if name == "loss" else text


def _quantity_line(plan: Plan, name: str) -> str:
    counted = plan.known.law.params_counted
    estimate = getattr(plan, name)
    text = value_text(name, estimate.value, counted)
    if interval := interval_text(name, estimate):
        text = f"{text:<24}{interval}"
    if name == "loss" and any(warning.code.startswith("below") for warning in plan.warnings):
        text += " or more (a lower bound)"
    return f"  {LABELS[name]:<22}{text}"


def _option_line(option: ShapeOption) -> str:
    shape, friendly = option.shape, option.friendly
    layers = "layer" if shape.n_layers == 1 else "layers"
    text = f"{shape.n_layers} {layers} x {shape.d_model}"
    size = f"{format_count(shape.non_embedding_params)} parameters"
    label = f"{shape.role.capitalize()} shape"
    if friendly.d_model == shape.d_model:
        return f"  {label:<22}{text}, {size} (a friendly width already)"
    change = friendly_change_text(option.friendly_change)
    return f"  {label:<22}{text}, {size} (friendlier width {friendly.d_model}: {change} parameters)"
