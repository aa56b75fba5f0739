"""What puts one GPU before another, in sentences."""

from collections.abc import Iterator
from dataclasses import replace

from core.errors import InputError
from core.messages import QT_TRANSLATE_NOOP, Message
from core.planner.joint.plan import JointPlan, joint_plan
from core.planner.joint.setting import Setting
from core.planner.request import By, PlanRequest
from core.quantities import format_count, format_duration, format_number

_SPENT = 0.98  # share of a budget; less is worth a sentence
WHY_SPEED = QT_TRANSLATE_NOOP(
    "core",
    "{best} trains {ratio} times as much per {unit} as {other}: {tokens} tokens/s for {rate} "
    "{unit} an hour against {other_tokens} for {other_rate}, on a model of {params} parameters.",
)
WHY_RATE = QT_TRANSLATE_NOOP(
    "core",
    "{best} trains {ratio} times as fast as {other}: {tokens} against {other_tokens} tokens/s, on "
    "a model of {params} parameters.",
)
WHY_MEMORY = QT_TRANSLATE_NOOP(
    "core",
    "The best model on {best}, of {params} parameters, does not fit {other}, which trains one of "
    "{other_params}.",
)
WHY_DEADLINE = QT_TRANSLATE_NOOP(
    "core",
    "The deadline stops {gpu} after {share} % of the budget, with {count} of them.",
)
WHY_TIME = QT_TRANSLATE_NOOP("core", "{best} takes {hours} and {other} {other_hours}.")
WHY_TIE = QT_TRANSLATE_NOOP(
    "core",
    "The difference to {other} is smaller than the errors of the two speeds: call it a tie.",
)
WHY_SURE = QT_TRANSLATE_NOOP(
    "core", "The difference to {other} is larger than the errors of the two speeds."
)


def reasons(
    request: PlanRequest, names: tuple[str, str], plans: tuple[JointPlan, JointPlan], tie: bool
) -> Iterator[Message]:
    """Why the first of two plans is before the second, and how sure that is."""
    best, other = plans
    params = format_count(best.point.params)
    parts = {"best": names[0], "other": names[1], "params": params}
    try:
        same_size = joint_plan(replace(other.request, by=By.PARAMS, value=best.point.params))
    except InputError:
        sizes = {**parts, "other_params": format_count(other.point.params)}
        yield Message("why_memory", WHY_MEMORY, sizes)
    else:
        yield _of_speed(request.by, best, same_size, parts)
    for name, plan in zip(names, plans, strict=True):
        share = _share_spent(request, plan)
        if share < _SPENT:
            said = {"gpu": name, "share": format_number(100 * share, 2)}
            count = str(plan.known.n_gpus)
            yield Message("why_deadline", WHY_DEADLINE, {**said, "count": count})
    if request.by is not By.HOURS:
        times = [format_duration(plan.hours.value) for plan in plans]
        yield Message("why_time", WHY_TIME, {**parts, "hours": times[0], "other_hours": times[1]})
    code, template = ("why_tie", WHY_TIE) if tie else ("why_sure", WHY_SURE)
    yield Message(code, template, {"other": names[1]})


def _of_speed(by: By, best: JointPlan, other: JointPlan, parts: dict[str, str]) -> Message:
    """Tokens a second, per hour or per what is paid, of both on one size."""
    speeds = [plan.speed.tokens_per_s_per_gpu.value * plan.known.n_gpus for plan in (best, other)]
    parts |= {"tokens": format_number(speeds[0], 3), "other_tokens": format_number(speeds[1], 3)}
    unit, rates = _paid_an_hour(by, (best.known, other.known))
    if not all(rates):
        return Message("why_rate", WHY_RATE, parts | _ratio(speeds[0] / speeds[1]))
    rate, other_rate = (format_number(each, 4) for each in rates)
    ratio = speeds[0] / rates[0] / (speeds[1] / rates[1])
    named = {"unit": unit, "rate": rate, "other_rate": other_rate, **_ratio(ratio)}
    return Message("why_speed", WHY_SPEED, parts | named)


def _ratio(ratio: float) -> dict[str, str]:
    return {"ratio": format_number(ratio, 3)}


def _paid_an_hour(by: By, settings: tuple[Setting, Setting]) -> tuple[str, list[float]]:
    """What all GPUs take of the budget's kind in an hour; zeros where that does not decide."""
    if by is By.HOURS:
        return "h", [0.0, 0.0]
    if by in (By.ENERGY_KWH, By.CO2_KG):
        name = "kwh_per_gpu_hour" if by is By.ENERGY_KWH else "co2_per_gpu_hour"
        return by.kind.value, [getattr(known, name) * known.n_gpus for known in settings]
    return By.USD.kind.value, [(known.price or 0.0) * known.n_gpus for known in settings]


def _share_spent(request: PlanRequest, plan: JointPlan) -> float:
    """Part of a budget that is used up; 1 for a target."""
    if request.by not in (By.USD, By.ENERGY_KWH, By.CO2_KG):
        return 1.0
    used = plan.quantity(request.by)
    return 1.0 if used is None else used.value / request.value
