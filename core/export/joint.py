"""A plan on today's hardware as plain values, as text and as rows of a table."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import date

from core.export.labels import LABELS, UNITS, interval_text, value_text
from core.families.architecture import Architecture
from core.hardware.prices import age_text
from core.memory import Memory
from core.messages import Message
from core.planner.joint.binding import Binding
from core.planner.joint.plan import JointPlan, JointShape
from core.planner.request import QUANTITY_OF
from core.quantities import (
    Estimate,
    format_count,
    format_duration,
    format_number,
    plain_ascii,
)
from core.speed.estimate import SpeedEstimate
from core.training import Setup

Row = tuple[str, str, object, str, object, object, str]

_LIMIT_NAMES = {
    "hours": "time",
    "usd": "money",
    "kwh": "energy",
    "co2_kg": "emissions",
    "neflo": "compute",
    "deadline_hours": "the deadline",
    "cap_usd": "the cap on money",
    "cap_kwh": "the cap on energy",
    "cap_co2_kg": "the cap on emissions",
    "memory": "the GPU's memory",
    "unique_tokens": "the data",
}
_SETTINGS = ("n_gpus", "goodput", "unique_tokens", "inference_tokens", "deadline_hours")


def estimate_as_dict(estimate: Estimate) -> dict[str, object]:
    """Value, interval and source."""
    return asdict(estimate)


def joint_as_dict(plan: JointPlan) -> dict[str, object]:
    """Everything that ``isoloss plan --json`` prints; finite numbers, strings and None."""
    known = plan.known
    power = known.power
    return {
        "request": {
            **known.request.as_dict(),
            "by": plan.request.by.value,
            "value": plan.request.value,
            "flat_tolerance": plan.request.flat_tolerance,
            "gpu": known.gpu.id,
            "precision": known.precision.value,
            "family": known.family.id,
            "vocab": known.vocab,
            "seq_len": known.seq_len,
            "stack": known.stack.id,
            "batch_tokens": plan.batch_tokens,
            "speed": "roofline",
            "price_usd_per_gpu_hour": known.price,
            "measured_watts": known.watts,
            "host_share": None if power is None else power.host_share,
            "pue": None if power is None else power.pue,
            "carbon_kg_per_kwh": known.carbon,
        },
        **{name: None for name in UNITS if getattr(plan, name) is None},
        **{name: asdict(estimate) for name, estimate in plan.estimates().items()},
        "gpu_hours": plan.gpu_hours,
        "training_hours": plan.training_hours,
        "use_gpu_hours": plan.use_gpu_hours,
        "epochs": plan.epochs,
        "d_model": plan.d_model,
        "tipping_point": None,
        "shapes": [_shape_as_dict(option) for option in plan.shapes],
        "layout": layout_as_dict(plan.layout),
        "speed": speed_as_dict(plan.speed),
        "memory_gib": memory_as_dict(plan.memory, plan.layout),
        "flop_optimum": None if plan.flop_optimum is None else asdict(plan.flop_optimum),
        "bindings": [asdict(binding) for binding in plan.bindings],
        "nats_per_gpu_hour": plan.nats_per_gpu_hour,
        "flat_optimum": None if plan.flat_optimum is None else asdict(plan.flat_optimum),
        "warnings": [str(warning) for warning in plan.warnings],
    }


def architecture_as_dict(arch: Architecture) -> dict[str, object]:
    """The dimensions of a whole shape, and what they count."""
    return {
        "family": arch.family,
        "n_layers": int(arch.n_layers),
        "d_model": int(arch.d_model),
        "n_heads": int(arch.n_heads),
        "n_kv_heads": int(arch.n_kv_heads),
        "d_ff": int(arch.d_ff),
        "vocab": int(arch.vocab),
        "tied": arch.tied,
        "seq_len": int(arch.seq_len),
        "params": round(float(arch.params)),
        "non_embedding_params": round(float(arch.non_embedding_params)),
    }


def layout_as_dict(layout: Setup) -> dict[str, object]:
    """How the GPUs share the work."""
    return {
        "n_gpus": layout.n_gpus,
        "gpus_per_node": layout.gpus_per_node,
        "dp": layout.dp,
        "tp": layout.tp,
        "pp": layout.pp,
        "sharding": layout.sharding.value,
        "recompute": layout.recompute.value,
        "micro_batch": int(layout.micro_batch),
        "grad_accum": int(layout.grad_accum),
    }


def speed_as_dict(speed: SpeedEstimate) -> dict[str, object]:
    """Tokens a second with interval, step time, utilisation."""
    return {
        "tokens_per_s_per_gpu": asdict(speed.tokens_per_s_per_gpu),
        "step_time_s": float(speed.step_time_s.value),
        "mfu": float(speed.mfu),
        "mfu_causal": float(speed.mfu_causal),
        "hfu": float(speed.hfu),
        "model_tflops_per_gpu": float(speed.model_tflops_per_gpu),
        "confidence": speed.confidence,
    }


def memory_as_dict(memory: Memory, layout: Setup) -> dict[str, object]:
    """GiB of the fullest GPU."""
    return {
        "allocated": float(memory.allocated),
        "reserved": float(memory.reserved),
        "low": float(memory.low),
        "high": float(memory.high),
        "device": layout.gpu.memory_gib,
        "fill": float(memory.fill(layout.gpu)),
        "fits": bool(memory.fits(layout.gpu)),
        "parts": {name: float(part) for name, part in memory.parts().items()},
    }


def _shape_as_dict(option: JointShape) -> dict[str, object]:
    return {
        "role": option.shape.role,
        "d_inner": option.shape.d_inner,
        **architecture_as_dict(option.architecture),
        "counted_params": option.shape.non_embedding_params,
        "slower": option.slower,
    }


def joint_as_text(plan: JointPlan, today: date | None = None) -> str:
    """A readable table that ends with its warnings and sources; no trailing newline."""
    known = plan.known
    gpus = f"{known.n_gpus:,} x {known.gpu.name}" if known.n_gpus > 1 else known.gpu.name
    names = f"{known.precision.value}, {known.family.name}, law {known.law.id}"
    lines = [f"Plan for {_asked(plan)} on {gpus}, {names}", ""]
    lines += [_quantity_line(plan, name) for name in plan.estimates()]
    lines += ["", *(_shape_line(option) for option in plan.shapes), ""]
    lines += [f"  {label:<22}{text}" for label, text in _facts(plan, today)]
    if plan.warnings:
        lines += ["", *(f"  ! {warning}" for warning in plan.warnings)]
    return "\n".join(lines)


def layout_text(layout: Setup) -> str:
    """``"fsdp over 64, tp 2, micro-batch 4, full recomputation"``."""
    words = []
    if layout.dp > 1:
        words.append(f"{layout.sharding.value} over {layout.dp}")
    words += [f"{name} {rank}" for name, rank in (("tp", layout.tp), ("pp", layout.pp)) if rank > 1]
    words.append(f"micro-batch {int(layout.micro_batch)}")
    if layout.grad_accum > 1:
        words.append(f"{int(layout.grad_accum)} accumulated")
    kind = layout.recompute.value
    words.append("no recomputation" if kind == "none" else f"{kind} recomputation")
    return ", ".join(words)


def binding_text(binding: Binding) -> str:
    """``"time: one more GPU-hour buys 0.0004 nats"``."""
    name = _LIMIT_NAMES.get(binding.name, binding.name)
    nats = format_number(binding.nats_per_unit, 2)
    if not binding.unit:
        return f"{name}: without it the loss would be {nats} nats lower"
    unit = binding.unit if binding.unit[0].isdigit() else f"one more {binding.unit}"
    return f"{name}: {unit} buys {nats} nats"


def _facts(plan: JointPlan, today: date | None) -> Iterator[tuple[str, str]]:
    known, speed = plan.known, plan.speed
    rate = speed.tokens_per_s_per_gpu
    ends = (
        ""
        if rate.low is None or rate.high is None
        else (f" (80 %: {format_number(rate.low, 3)} to {format_number(rate.high, 3)})")
    )
    yield "Speed of a GPU", f"{format_number(rate.value, 3)} tokens/s{ends}, MFU {speed.mfu:.1%}"
    yield "Software", f"{known.stack.name}, phi {known.stack.phi_on(known.gpu):.3g}"
    yield "Layout", layout_text(plan.layout)
    memory = plan.memory
    yield (
        "Memory",
        f"{format_number(float(memory.allocated), 3)} GiB allocated,"
        f" {format_number(float(memory.reserved), 3)} reserved"
        f" of {format_number(known.gpu.memory_gib, 4)}",
    )
    if plan.epochs > 1:
        yield "Epochs", format_number(plan.epochs, 3)
    if plan.use_gpu_hours:
        share = f"{format_duration(plan.training_hours)} training"
        yield "Of the time", f"{share}, {format_number(plan.use_gpu_hours, 3)} GPU-hours of use"
    if (best := plan.flop_optimum) is not None:
        yield (
            "Best for FLOP alone",
            f"{format_count(best.params)} parameters, loss {best.loss:.4g}"
            + ("" if best.fits else ", which does not fit")
            + (f", {format_number(best.gpu_hours, 4)} GPU-hours" if _targeted(plan) else ""),
        )
    for binding in plan.bindings:
        yield "Held back by", binding_text(binding)
    if (flat := plan.flat_optimum) is not None:
        sizes = f"{format_count(flat.low)} to {format_count(flat.high)} parameters"
        yield "Nearly as good", f"{sizes} lose less than {flat.tolerance:.1%}"
    yield "Goodput", f"{known.request.goodput:.0%} of the time trains"
    price = "none" if known.price is None else f"{format_number(known.price)} USD per GPU-hour"
    age = known.priced.offer
    dated = f"; {age_text(age, today)}" if age is not None and today is not None else ""
    source = known.priced.source if dated else known.price_source
    yield "Price", f"{price} ({source}{dated})"
    if known.watts is not None:
        yield "Power", f"{format_number(known.watts, 5)} W ({known.watts_source})"
    yield "Grid", f"{format_number(known.carbon)} kg/kWh ({known.carbon_source})"
    level = f"{100 * (plan.loss.level or 0.8):.0f} %"
    law = (
        "and of the law" if known.law.cloud is not None else "alone: the law was published without"
    )
    if plan.is_open:
        yield "How sure", "no intervals: at the slow end of the speed's, this pays for no model"
    else:
        yield "How sure", f"{level} intervals of the speed (class {speed.confidence}) {law}"


def _targeted(plan: JointPlan) -> bool:
    return plan.request.by.value == "loss"


def _asked(plan: JointPlan) -> str:
    name = QUANTITY_OF[plan.request.by]
    text = value_text(name, plan.request.value, plan.known.law.params_counted)
    return f"a loss of {text}" if name == "loss" else text


def _quantity_line(plan: JointPlan, name: str) -> str:
    estimate = getattr(plan, name)
    text = value_text(name, estimate.value, plan.known.law.params_counted)
    if interval := interval_text(name, estimate):
        text = f"{text:<26}{interval}"
    return f"  {LABELS[name]:<22}{text}"


def _shape_line(option: JointShape) -> str:
    arch = option.architecture
    label = f"{option.shape.role.capitalize()} shape"
    heads = f"{int(arch.n_heads)} heads, {int(arch.n_kv_heads)} KV, d_ff {int(arch.d_ff)}"
    size = f"{format_count(option.shape.non_embedding_params)} parameters"
    pace = f"{abs(option.slower):.1%} {'slower' if option.slower > 0 else 'faster'}"
    return (
        f"  {label:<22}{int(arch.n_layers)} layers x {int(arch.d_model)}, {heads}: {size}, {pace}"
    )


def joint_rows(plan: JointPlan, today: date) -> Iterator[Row]:
    """What a joint plan adds to the tidy table; the caller writes the common rows."""
    known, speed = plan.known, plan.speed

    def row(section: str, name: str, value: object, unit: str = "", source: str = "") -> Row:
        return section, name, value, unit, None, None, plain_ascii(source)

    for name in _SETTINGS:
        yield row("request", name, getattr(known.request, name))
    yield row("request", "family", known.family.id, "", known.family.source)
    yield row("request", "stack", known.stack.id, "", known.stack.source)
    yield row("request", "batch_tokens", plan.batch_tokens, "tokens")
    if known.priced.offer is not None:
        age: Message = age_text(known.priced.offer, today)
        yield row("request", "price_age", plain_ascii(str(age)))
    rate = speed.tokens_per_s_per_gpu
    yield (
        *("speed", "tokens_per_s_per_gpu", rate.value, "tokens/s", rate.low, rate.high),
        plain_ascii(rate.source),
    )
    yield row("speed", "mfu", float(speed.mfu), "ratio", speed.confidence)
    yield row("speed", "step_time_s", float(speed.step_time_s.value), "s")
    for name, value in layout_as_dict(plan.layout).items():
        yield row("layout", name, value)
    for name, part in memory_as_dict(plan.memory, plan.layout).items():
        if not isinstance(part, dict):
            yield row("memory", name, part, "" if name in ("fits", "fill") else "GiB")
    yield row("plan", "gpu_hours", plan.gpu_hours, "h")
    yield row("plan", "training_hours", plan.training_hours, "h")
    yield row("plan", "epochs", plan.epochs)
    for binding in plan.bindings:
        unit = f"nats per {binding.unit}" if binding.unit else "nats"
        yield row("held_back_by", binding.name, binding.nats_per_unit, unit)
    if (best := plan.flop_optimum) is not None:
        yield row("flop_optimum", "params", best.params, "parameters", "best for FLOP alone")
        yield row("flop_optimum", "loss", best.loss, "nats per token")
    for option in plan.shapes:
        for name, value in _shape_as_dict(option).items():
            if name != "role":
                yield row(f"shape_{option.shape.role}", name, value)
