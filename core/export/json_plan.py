"""A plan as plain values for JSON."""

from dataclasses import asdict

from core.families.transformer_xl import Shape
from core.planner import AnyPlan, Plan, PlanRequest, ShapeOption
from core.planner.request import TODAY_ONLY
from core.quantities import Estimate


def plan_as_dict(plan: AnyPlan) -> dict[str, object]:
    """Everything that ``isoloss plan --json`` prints; finite numbers, strings and None."""
    if not isinstance(plan, Plan):
        from core.export.joint import joint_as_dict

        return joint_as_dict(plan)
    known, tip = plan.known, plan.tipping_point
    return {
        "request": {
            **_asked(plan.request),
            "gpu": known.gpu.id,
            "precision": known.precision.value,
            "price_usd_per_gpu_hour": known.price,
            "measured_watts": known.watts,
            "carbon_kg_per_kwh": known.carbon,
        },
        **{name: _estimate(estimate) for name, estimate in plan.estimates().items()},
        "d_model": plan.d_model,
        "tipping_point": None
        if tip is None
        else {
            "hours": tip.hours,
            "usd": tip.usd,
            "d_model": tip.d_model,
            "non_embedding_params": tip.non_embedding_params,
        },
        "shapes": [_option(option) for option in plan.shapes],
        "flat_optimum": None if plan.flat_optimum is None else asdict(plan.flat_optimum),
        "warnings": [str(warning) for warning in plan.warnings],
    }


def _asked(request: PlanRequest) -> dict[str, object]:
    """What the curve of 2020 knows of a request."""
    skipped = {"speed", *TODAY_ONLY}
    return {name: value for name, value in request.as_dict().items() if name not in skipped}


def _estimate(estimate: Estimate) -> dict[str, object]:
    return {
        "value": estimate.value,
        "low": estimate.low,
        "high": estimate.high,
        "level": estimate.level,
        "source": estimate.source,
    }


def _option(option: ShapeOption) -> dict[str, object]:
    change = {"params_change": option.friendly_change}
    return {**_shape(option.shape), "friendly": {**_shape(option.friendly), **change}}


def _shape(shape: Shape) -> dict[str, object]:
    return {
        "role": shape.role,
        "n_layers": shape.n_layers,
        "d_model": shape.d_model,
        "d_inner": shape.d_inner,
        "non_embedding_params": shape.non_embedding_params,
    }
