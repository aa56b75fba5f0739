"""``isoloss estimate``: the speed and memory of one training, or of every row of a table."""

import argparse
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from core.command_line import Once, Parser, UsageError, as_json, whole_number
from core.errors import InputError
from core.quantities import Kind, parse_quantity

_Kind = TypeVar("_Kind", bound=StrEnum)

_SHAPE = {
    "--n-layers": ("n_layers", "layers"),
    "--d-model": ("d_model", "width of the residual stream"),
    "--n-heads": ("n_heads", "query heads (default: by the family's rule)"),
    "--n-kv-heads": ("n_kv_heads", "heads of keys and values (default: by the family's rule)"),
    "--d-ff": ("d_ff", "width of the feed-forward layer (default: by the family's rule)"),
    "--vocab": ("vocab", "vocabulary, tokens (default: the family's)"),
    "--seq-len": ("seq_len", "context, tokens (default: the family's)"),
}
_LAYOUT = {
    "--n-gpus": ("n_gpus", 1, "GPUs (default 1)"),
    "--gpus-per-node": ("gpus_per_node", 8, "GPUs of a machine (default 8)"),
    "--micro-batch": ("micro_batch", None, "sequences of a forward pass (default: as many as fit)"),
    "--grad-accum": ("grad_accum", 1, "micro-batches of a step (default 1)"),
    "--tp": ("tp", 1, "tensor-parallel ranks (default 1)"),
    "--pp": ("pp", 1, "pipeline stages (default 1)"),
    "--cp": ("cp", 1, "context-parallel ranks (default 1)"),
    "--vp": ("vp", 1, "virtual pipeline stages of a rank (default 1)"),
}
_MOST_GPUS, _MOST_LAYERS, _MOST = 1_000_000, 100_000, 10_000_000  # more than anyone has trained
_MOST_OF = {"n_gpus": _MOST_GPUS, "gpus_per_node": _MOST_GPUS, "n_layers": _MOST_LAYERS}
_NO_INPUT = ("model", "note", "step_time_s", "reported_tflops", "reported_mfu", "mem_gib")
FIELDS = {
    **{name: option for option, (name, _) in _SHAPE.items()},
    **{name: option for option, (name, *_) in _LAYOUT.items()},
    "family": "--family",
    "stack": "--stack",
    "phi": "--phi",
    "measured": "--measured",
    "measured_tokens_per_s_per_gpu": "--measured",
    "sharding": "--sharding",
    "recompute": "--recompute",
    "from-csv": "--from-csv",
    "gpu": "--gpu",
    "optimizer": "--optimizer",
    "precision": "--precision",
}


def add_estimate_options(command: Parser) -> None:
    """Options of ``isoloss estimate``."""
    command.add_argument(
        "--family", default="llama", action=Once, help="gpt2, llama, transformer_xl"
    )
    for option, (name, text) in _SHAPE.items():
        command.add_argument(option, dest=name, metavar="N", action=Once, help=text)
    command.add_argument("--tied", action="store_true", help="the head is the embedding")
    command.add_argument(
        "--gpu", default="h100_sxm", action=Once, help="see isoloss gpus (default h100_sxm)"
    )
    for option, (name, _, text) in _LAYOUT.items():
        command.add_argument(option, dest=name, metavar="N", action=Once, help=text)
    command.add_argument(
        "--recompute", default="none", action=Once, help="none, selective, full (default none)"
    )
    command.add_argument(
        "--sharding",
        action=Once,
        help="none, zero1, zero2, zero3, fsdp (default fsdp; alone none)",
    )
    command.add_argument(
        "--precision", default="auto", action=Once, help="bf16, fp16, fp8, fp32 (default auto)"
    )
    command.add_argument(
        "--no-flash-attention", action="store_true", help="scores are written to memory"
    )
    command.add_argument(
        "--optimizer",
        metavar="ID",
        action=Once,
        help="bytes kept for a parameter: adamw_mixed (the default), adamw_bf16, adamw_8bit, "
        "pytorch, megatron...",
    )
    command.add_argument("--stack", metavar="ID", action=Once, help="training program, see below")
    command.add_argument(
        "--phi", metavar="X", action=Once, help="measured time over the roofline's, your own"
    )
    command.add_argument(
        "--measured", metavar="X", action=Once, help="tokens/s per GPU of your own run of this"
    )
    command.add_argument(
        "--from-csv", metavar="FILE", action=Once, help="estimate every row of a table of trainings"
    )
    from core.speed.stacks import stacks

    command.epilog = (
        "stacks: "
        + ", ".join(stacks())
        + "; example: isoloss estimate --n-layers 32 --d-model 4096 --n-heads 32 --n-kv-heads 8 "
        "--d-ff 14336 --gpu h100_sxm --n-gpus 64 --micro-batch 1 --json"
    )


def estimate_runs(arguments: argparse.Namespace) -> str:
    """Estimate one training, or every row of a table."""
    if arguments.from_csv is not None:
        if not arguments.from_csv.strip():
            raise InputError("from-csv", arguments.from_csv, "the name of a file")
        return _table(Path(arguments.from_csv), arguments.json)
    from core.export.estimate import advice_as_dict, estimate_as_dict, estimate_as_text
    from core.planner.estimate import advice, estimate

    arch, setup, stack = _described(arguments)
    measured = _quantity(arguments.measured, Kind.PARAMETERS, "measured")
    phi = _quantity(arguments.phi, Kind.NUMBER, "phi")
    try:
        run = estimate(arch, setup, stack, measured, phi)
    except InputError as error:
        typed = {"phi": arguments.phi, "measured_tokens_per_s_per_gpu": arguments.measured}
        raise error.quoting(typed.get(error.field, error.value)) from None
    found = advice(run)
    if arguments.json:
        return as_json({**estimate_as_dict(run), "advice": advice_as_dict(found)})
    return estimate_as_text(run, found)


def _described(arguments: argparse.Namespace) -> tuple[Any, Any, Any]:
    from core.families.architecture import Recompute
    from core.families.library import find_family
    from core.memory import find_recipe, largest_micro_batch
    from core.planner.estimate import check_layout
    from core.training import Setup, Sharding

    missing = [option for option in ("--n-layers", "--d-model") if not _given(arguments, option)]
    if missing:
        raise UsageError(f"{missing[0]} must be given, or --from-csv FILE, got neither")
    shape = {name: _count(getattr(arguments, name), name) for name, _ in _SHAPE.values()}
    known = {name: value for name, value in shape.items() if value is not None}
    arch = find_family(arguments.family).architecture(**known, tied=arguments.tied or None)
    device, stack, precision = _hardware(arguments)
    layout: dict[str, Any] = {}
    for name, default, _ in _LAYOUT.values():
        given = _count(getattr(arguments, name), name)
        layout[name] = default if given is None else given
    sharding = arguments.sharding or ("fsdp" if layout["n_gpus"] > 1 else "none")
    setup = Setup(
        **{**layout, "gpu": device, "micro_batch": layout["micro_batch"] or 1},
        precision=precision,
        recompute=_choice(arguments.recompute, Recompute, "recompute"),
        sharding=_choice(sharding, Sharding, "sharding"),
        flash_attention=not arguments.no_flash_attention,
        optimizer=arguments.optimizer and find_recipe(arguments.optimizer).id,
    )
    check_layout(arch, setup)
    if layout["micro_batch"] is None:
        setup = replace(setup, micro_batch=max(1, largest_micro_batch(arch, setup)))
    return arch, setup, stack


def _hardware(arguments: argparse.Namespace) -> tuple[Any, Any, Any]:
    """Device, training program and number format: of the catalogue, or of a calibration."""
    from core.calibration.hardware import hardware_of, is_profile_file
    from core.speed.device_names import device_called
    from core.speed.stacks import default_stack, find_stack
    from core.training import format_called

    if is_profile_file(arguments.gpu):
        found = hardware_of(arguments.gpu, arguments.precision, arguments.stack, arguments.family)
        return found.device, found.stack, found.precision
    device = device_called(arguments.gpu)
    stack = find_stack(arguments.stack) if arguments.stack else default_stack(device)
    return device, stack, format_called(arguments.precision, device)


def _table(path: Path, in_json: bool) -> str:
    from core.speed.table import read_table

    known: dict[tuple[str, ...], dict[str, Any]] = {}
    gpus: dict[str, Any] = {}
    rows = [_row(number, row, known, gpus) for number, row in enumerate(read_table(path), start=2)]
    if in_json:
        return as_json({"rows": rows})
    lines = [f"{'line':>5}  {'model':<22}{'gpu':<14}{'tokens/s':>10}{'measured':>10}{'error':>8}"]
    for found in rows:
        if "error" in found:
            lines.append(f"{found['row']:>5}  {found['error']}")
            continue
        rate, measured = found["tokens_per_s_per_gpu"]["value"], found["measured"]
        compared = "" if measured is None else f"{measured:>10.0f}{rate / measured - 1:>8.1%}"
        lines.append(
            f"{found['row']:>5}  {found['model']:<22.21}{found['gpu']:<14}{rate:>10.0f}{compared}"
        )
    return "\n".join(lines)


def _row(
    number: int,
    row: dict[str, str],
    known: dict[tuple[str, ...], dict[str, Any]],
    gpus: dict[str, Any],
) -> dict[str, Any]:
    """One row's estimate, or why there is none; a bad row never hides the others.

    Trainings that a table names many times are estimated once and kept in ``known``; so are its
    devices in ``gpus``.
    """
    key = tuple(cell for column, cell in row.items() if column not in _NO_INPUT)
    if key not in known:
        known[key] = _estimated(row, gpus)
    return {"row": number, "model": row.get("model", ""), **known[key]}


def _estimated(row: dict[str, str], gpus: dict[str, Any]) -> dict[str, Any]:
    from core.export.estimate import estimate_as_dict
    from core.planner.estimate import estimate
    from core.speed.table import case_of

    try:
        case = case_of(row, gpus)
        run = estimate(case.arch, case.setup, case.stack)
    except InputError as error:
        return {"error": str(error)}
    return {
        **estimate_as_dict(run),
        "measured": case.measured_tokens_per_s_per_gpu,
        "assumed": list(case.assumed),
    }


def _given(arguments: argparse.Namespace, option: str) -> bool:
    return getattr(arguments, _SHAPE[option][0]) is not None


def _count(text: str | None, field: str) -> int | None:
    if text is None:
        return None
    value = whole_number(text, field)
    most = _MOST_OF.get(field, _MOST)
    if value > most:
        raise InputError(field, text, f"at most {most:,}")
    return value


def _quantity(text: str | None, kind: Kind, field: str) -> float | None:
    return None if text is None else parse_quantity(text, kind, field)


def _choice(text: str, kind: type[_Kind], field: str) -> _Kind:
    try:
        return kind(text.lower())
    except ValueError:
        raise InputError(field, text, f"one of {', '.join(kind)}") from None
