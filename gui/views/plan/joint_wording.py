"""What only a plan for today's hardware says, in words."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.planner import By
from core.quantities import format_count, format_number
from gui.views.plan.wording import has_interval, interval_text, level_text, spaced_count

if TYPE_CHECKING:
    from core.planner.joint.binding import Binding
    from core.planner.joint.plan import JointPlan, JointShape
    from core.training import Setup

translate = QCoreApplication.translate


def joint_size_text(plan: "JointPlan") -> str:
    """The sentence under the size."""
    estimate = plan.non_embedding_params
    if plan.request.by is By.PARAMS:
        return translate("answer", "No interval: this is what was asked for")
    if plan.is_open:
        return translate("answer", "No interval: at the slow end of the speed this pays for none")
    if estimate.low is None or estimate.high is None:
        return translate("answer", "No interval for the size")
    level = level_text(estimate)
    if not has_interval(estimate):
        return translate("answer", "{0} interval: the same size at either end").format(level)
    ends = spaced_count(estimate.low), spaced_count(estimate.high)
    return translate("answer", "{0} interval: {1} to {2}").format(level, *ends)


def flop_optimum_text(plan: "JointPlan") -> str:
    """What a formula would train, empty where the law leaves no choice."""
    best = plan.flop_optimum
    if best is None:
        return ""
    return translate("answer", "Best for FLOP alone: {0}").format(spaced_count(best.params))


def flop_optimum_source(plan: "JointPlan") -> str:
    """Why the two differ, for a tooltip."""
    best = plan.flop_optimum
    if best is None:
        return ""
    what = translate(
        "answer",
        "What the law alone would train within the same limits: {0} parameters on {1} tokens, "
        "loss {2}.",
    ).format(format_count(best.params), format_count(best.tokens), f"{best.loss:.4f}")
    why = translate(
        "answer",
        "The plan counts the time that each size really takes: larger models use the hardware "
        "better, until they need more memory than there is.",
    )
    return f"{what}\n{why}"


def sureness_text(plan: "JointPlan") -> str:
    """What the intervals cover, and what they do not."""
    speeds = {
        "fitted": translate("answer", "software that the speed model was fitted to"),
        "measured": translate("answer", "software whose published runs are known here"),
        "calibrated_similar": translate("answer", "your own measurement of a similar run"),
        "calibrated": translate("answer", "your own measurement"),
        "calibrated_here": translate("answer", "the calibration of this machine"),
        "fp8": translate("answer", "published runs in fp8"),
        "preset": translate("answer", "a published preset of the software"),
        "low_confidence": translate("answer", "little that is published: take it as rough"),
    }
    if plan.is_open:
        return translate(
            "answer",
            "No intervals: at the slow end of the speed's own, this budget pays for no model.",
        )
    class_ = str(plan.speed.confidence)
    covered = translate("answer", "{0} intervals cover the speed, from held-out errors of {1}")
    text = covered.format(level_text(plan.speed.tokens_per_s_per_gpu), speeds.get(class_, class_))
    if plan.known.law.cloud is None:
        text = translate("answer", "{0}. The law was published without one").format(text)
    else:
        text = translate("answer", "{0}, and the law").format(text)
    rest = translate("answer", "Price, power, grid and goodput are taken as they are.")
    return f"{text}. {rest}"


def speed_interval_text(plan: "JointPlan") -> str:
    """The interval under the speed."""
    return interval_text(plan.speed.tokens_per_s_per_gpu, _three_digits)


def _three_digits(value: float) -> str:
    return format_number(value, 3)


def layout_text(layout: "Setup") -> str:
    """``FSDP over 64 GPUs, micro-batch 4, full recomputation``."""
    words = []
    if layout.n_gpus == 1:
        words.append(translate("answer", "one GPU"))
    if layout.dp > 1:
        name = {"fsdp": "FSDP", "none": "DDP"}.get(layout.sharding.value, _zero(layout))
        words.append(translate("answer", "{0} over {1}").format(name, f"{layout.dp:,}"))
    if layout.tp > 1:
        words.append(translate("answer", "tensor {0}").format(layout.tp))
    if layout.pp > 1:
        words.append(translate("answer", "pipeline {0}").format(layout.pp))
    words.append(translate("answer", "micro-batch {0}").format(int(layout.micro_batch)))
    if layout.grad_accum > 1:
        steps = format_number(float(layout.grad_accum), 3)
        words.append(translate("answer", "{0} accumulated").format(steps))
    kinds = {
        "none": translate("answer", "no recomputation"),
        "selective": translate("answer", "selective recomputation"),
        "full": translate("answer", "full recomputation"),
    }
    words.append(kinds[layout.recompute.value])
    return ", ".join(word.replace(" ", "\u00a0") for word in words)  # breaks between, not inside


def _zero(layout: "Setup") -> str:
    return f"ZeRO-{layout.sharding.value[-1]}"


def memory_text(plan: "JointPlan") -> str:
    """``55.1 of 80 GiB``."""
    reserved = format_number(float(plan.memory.reserved), 3)
    return translate("answer", "{0} of {1} GiB").format(
        reserved, format_number(plan.known.gpu.memory_gib, 3)
    )


def memory_parts_text(plan: "JointPlan") -> str:
    """What the memory is taken by, for a tooltip."""
    names = {
        "weights": translate("answer", "weights"),
        "gradients": translate("answer", "gradients"),
        "optimizer": translate("answer", "optimizer states"),
        "activations": translate("answer", "activations"),
        "logits": translate("answer", "logits"),
        "buffers": translate("answer", "buffers"),
        "context": translate("answer", "reserve of driver and allocator"),
    }
    line = translate("answer", "{0}: {1} GiB")
    memory = plan.memory
    band = translate("answer", "reserved, with its band: {0} to {1} GiB").format(
        format_number(float(memory.low), 3), format_number(float(memory.high), 3)
    )
    allocated = line.format(
        translate("answer", "allocated"), format_number(float(memory.allocated), 3)
    )
    parts = [
        line.format(names.get(name, name), format_number(float(part), 3))
        for name, part in memory.parts().items()
    ]
    full = translate("answer", "Above the line, 90 % of the device, nothing counts as fitting.")
    return "\n".join((allocated, band, *parts, full))


def binding_texts(binding: "Binding") -> tuple[str, str]:
    """``Held by time`` and ``one more GPU-hour buys 0.0004 nats``."""
    names = {
        "hours": translate("answer", "Held by time"),
        "usd": translate("answer", "Held by money"),
        "kwh": translate("answer", "Held by energy"),
        "co2_kg": translate("answer", "Held by CO₂"),
        "neflo": translate("answer", "Held by compute"),
        "deadline_hours": translate("answer", "Held by the deadline"),
        "cap_usd": translate("answer", "Held by the money cap"),
        "cap_kwh": translate("answer", "Held by the energy cap"),
        "cap_co2_kg": translate("answer", "Held by the CO₂ cap"),
        "unique_tokens": translate("answer", "Held by data"),
        "memory": translate("answer", "Held by memory"),
    }
    units = {
        "GPU-hour": translate("answer", "one more GPU-hour buys {0} nats"),
        "USD": translate("answer", "one more dollar buys {0} nats"),
        "kWh": translate("answer", "one more kWh buys {0} nats"),
        "kg": translate("answer", "one more kg buys {0} nats"),
        "1e18 FLOP": translate("answer", "another 10¹⁸ FLOP buy {0} nats"),
        "1e9 unique tokens": translate("answer", "another 1 B new tokens buy {0} nats"),
        "": translate("answer", "{0} nats less without that limit"),
    }
    name = names.get(binding.name, binding.name)
    other = translate("answer", "one more {unit} buys {0} nats")
    nats = format_number(binding.nats_per_unit, 2)
    return name, units.get(binding.unit, other).format(nats, unit=binding.unit)


def heads_text(option: "JointShape") -> str:
    """Heads, feed-forward width and pace of a shape."""
    arch = option.architecture
    heads = translate("answer", "{0} heads").format(int(arch.n_heads))
    if arch.n_kv_heads != arch.n_heads:
        heads = translate("answer", "{0} heads, {1}\u00a0KV").format(
            int(arch.n_heads), int(arch.n_kv_heads)
        )
    width = translate("answer", "d_ff {0}").format(f"{int(arch.d_ff):,}")
    return f"{heads}\n{width}"


def pace_text(option: "JointShape") -> str:
    """How a shape compares with the typical one of its size."""
    percent = f"{abs(100 * option.slower):.1f}\u00a0%"
    if option.slower > 0:
        return translate("answer", "{0} slower than the typical shape").format(percent)
    return translate("answer", "{0} faster than the typical shape").format(percent)


def code_heading(plan: "JointPlan", option: "JointShape") -> str:
    """The lines above a shape's code; English, as code is."""
    size = format_count(option.shape.non_embedding_params)
    steps = max(1, round(plan.steps.value))
    return (
        f"Isoloss: {option.shape.role} shape, {size} parameters (as the law counts them);\n"
        f"stop after {steps:,} steps of {plan.known.batch_tokens:,.0f} tokens"
        f" (expected loss {plan.loss.value:.3f}, law {plan.known.law.id})"
    )
