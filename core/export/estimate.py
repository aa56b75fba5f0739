"""An estimate of one training as plain values and as text."""

from core.export.joint import (
    architecture_as_dict,
    layout_as_dict,
    layout_text,
    memory_as_dict,
    speed_as_dict,
)
from core.families.architecture import Recompute
from core.families.counting import FlopRule
from core.memory import Advice
from core.planner.estimate import RunEstimate
from core.quantities import format_count, format_number, format_scientific


def estimate_as_dict(run: RunEstimate) -> dict[str, object]:
    """Everything that ``isoloss estimate --json`` prints; finite numbers, strings and None."""
    shape = architecture_as_dict(run.arch)
    recomputed = run.arch.flops_per_token(FlopRule.FULL_ATTENTION, run.setup.recompute)
    return {
        **speed_as_dict(run.speed),
        "memory_gib": memory_as_dict(run.memory, run.setup),
        "params": shape["params"],
        "non_embedding_params": shape["non_embedding_params"],
        "flops_per_token": run.flops_per_token[FlopRule.FULL_ATTENTION],
        "flops_per_token_by_convention": {
            **{rule.value: flops for rule, flops in run.flops_per_token.items()},
            "with recomputation": float(recomputed),
        },
        "shape": shape,
        "gpu": run.setup.gpu.id,
        "precision": run.setup.precision,
        "layout": layout_as_dict(run.setup),
        "stack": run.stack.id,
        "phi": run.speed.phi,
        "warnings": [str(warning) for warning in run.warnings],
    }


def advice_as_dict(advice: Advice) -> dict[str, object]:
    """What fits, and what would make it fit."""
    fewest = advice.fewest
    return {
        "fits": advice.fits,
        "largest_micro_batch": advice.largest_micro_batch,
        "recompute": None if advice.recompute is None else advice.recompute.value,
        "micro_batch_recomputed": advice.micro_batch_recomputed,
        "sharding": None if advice.sharding is None else advice.sharding.value,
        "micro_batch_sharded": advice.micro_batch_sharded,
        "grad_accum": advice.grad_accum,
        "fewest_gpus": None if fewest is None else layout_as_dict(fewest),
    }


def estimate_as_text(run: RunEstimate, advice: Advice) -> str:
    """A readable table that ends with its warnings; no trailing newline."""
    arch, setup, speed, memory = run.arch, run.setup, run.speed, run.memory
    rate = speed.tokens_per_s_per_gpu
    shape = f"{int(arch.n_layers)} layers x {int(arch.d_model)}"
    gpus = f"{setup.n_gpus:,} x {setup.gpu.name}"
    lines = [
        f"{arch.family} {shape}, {format_count(float(arch.params))} parameters, on {gpus}",
        "",
        _line("Speed of a GPU", f"{format_number(rate.value, 4)} tokens/s{_interval(rate)}"),
        _line("Speed of all", f"{format_count(rate.value * setup.n_gpus)} tokens/s"),
        _line("Step time", f"{format_number(float(speed.step_time_s.value), 4)} s"),
        _line("MFU", f"{speed.mfu:.1%} (full attention), {speed.mfu_causal:.1%} (causal)"),
        _line("How sure", speed.confidence),
        _line("Software", f"{run.stack.name}, phi {speed.phi:.3g}"),
        _line("Layout", layout_text(setup)),
        _line(
            "Memory",
            f"{format_number(float(memory.allocated), 4)} GiB allocated,"
            f" {format_number(float(memory.reserved), 4)} reserved"
            f" ({format_number(float(memory.low), 3)} to {format_number(float(memory.high), 3)})"
            f" of {format_number(setup.gpu.memory_gib, 4)}",
        ),
    ]
    lines += [
        _line(f"  {name}", f"{format_number(float(part), 3)} GiB")
        for name, part in memory.parts().items()
        if float(part) > 0
    ]
    lines += [_line("Fits", _advice_text(advice))]
    flops = (
        f"{format_scientific(value)} ({rule.value})" for rule, value in run.flops_per_token.items()
    )
    lines += [_line("FLOP per token", "; ".join(flops))]
    if run.warnings:
        lines += ["", *(f"  ! {warning}" for warning in run.warnings)]
    return "\n".join(lines)


def _advice_text(advice: Advice) -> str:
    words = ["yes" if advice.fits else "no"]
    words.append(f"largest micro-batch {advice.largest_micro_batch}")
    if not advice.fits and advice.recompute is not None:
        words.append(f"fits with {advice.recompute.value} recomputation")
    if not advice.fits and advice.sharding is not None:
        words.append(f"fits with {advice.sharding.value}")
    elif advice.recompute is None and advice.micro_batch_recomputed > advice.largest_micro_batch:
        full = Recompute.FULL.value
        words.append(f"{advice.micro_batch_recomputed} with {full} recomputation")
    if advice.fewest is not None:
        words.append(f"fewest GPUs {advice.fewest.n_gpus:,} ({layout_text(advice.fewest)})")
    return "; ".join(words)


def _interval(rate: object) -> str:
    low, high = getattr(rate, "low", None), getattr(rate, "high", None)
    if low is None or high is None:
        return ""
    return f" (80 %: {format_number(low, 3)} to {format_number(high, 3)})"


def _line(label: str, text: str) -> str:
    return f"  {label:<22}{text}"
