"""``isoloss layouts``: the ways to split a training over many GPUs, fastest first."""

import argparse

from core.command_line import Once, Parser, as_json
from core.estimate_commands import _SHAPE, _described, add_estimate_options
from core.quantities import Kind, parse_quantity

_BATCH_TOKENS = 4_194_304  # Llama 2's step (Touvron et al. 2023, arXiv 2307.09288, section 2.2)
_N_GPUS = "64"
_COUNTS = {
    "--n-gpus": ("n_gpus", f"GPUs (default {_N_GPUS})"),
    "--gpus-per-node": ("gpus_per_node", "GPUs of a machine (default 8)"),
    "--cp": ("cp", "context-parallel ranks (default 1)"),
}
FIELDS = {
    **{name: option for option, (name, _) in _SHAPE.items()},
    **{name: option for option, (name, _) in _COUNTS.items()},
    "family": "--family",
    "stack": "--stack",
    "phi": "--phi",
    "gpu": "--gpu",
    "optimizer": "--optimizer",
    "precision": "--precision",
    "global_batch": "--global-batch",
    "node_gb_s": "--node-gb-s",
}


def add_layout_options(command: Parser) -> None:
    """Options of ``isoloss layouts``."""
    command.add_argument(
        "--family", default="llama", action=Once, help="gpt2, llama, transformer_xl"
    )
    for option, (name, text) in _SHAPE.items():
        command.add_argument(option, dest=name, metavar="N", action=Once, help=text)
    command.add_argument("--tied", action="store_true", help="the head is the embedding")
    command.add_argument(
        "--gpu", default="h100_sxm", action=Once, help="see isoloss gpus (default h100_sxm)"
    )
    for option, (name, text) in _COUNTS.items():
        command.add_argument(option, dest=name, metavar="N", action=Once, help=text)
    command.add_argument(
        "--global-batch",
        dest="global_batch",
        metavar="N",
        action=Once,
        help="sequences of a step on all GPUs (default: 4 M tokens)",
    )
    command.add_argument(
        "--node-gb-s",
        dest="node_gb_s",
        metavar="X",
        action=Once,
        help="network of a machine, GB/s in one direction (default: 400 with H100, 200 with A100)",
    )
    command.add_argument(
        "--precision", default="auto", action=Once, help="bf16, fp16, fp8, fp32 (default auto)"
    )
    command.add_argument(
        "--no-flash-attention", action="store_true", help="scores are written to memory"
    )
    command.add_argument(
        "--optimizer", metavar="ID", action=Once, help="what is kept in memory, as for estimate"
    )
    command.add_argument("--stack", metavar="ID", action=Once, help="training program, see below")
    command.add_argument(
        "--phi", metavar="X", action=Once, help="measured time over the roofline's, your own"
    )
    from core.speed.stacks import stacks

    command.epilog = (
        "Searches tp, pp, virtual stages, ZeRO-1 or FSDP, recomputation and micro-batch. Layouts "
        "within the error of the model are ties. stacks: "
        + ", ".join(stacks())
        + "; example: isoloss layouts --n-layers 80 --d-model 8192 --n-gpus 512 --stack nemo"
    )


def rank_layouts(arguments: argparse.Namespace) -> str:
    """Rank the layouts of one training."""
    from dataclasses import replace

    from core.export.layouts import ranking_as_dict, ranking_as_text
    from core.planner import layouts

    arch, setup, stack = _described(_as_for_estimate(arguments))
    phi = _number(arguments.phi, Kind.NUMBER, "phi")
    if phi is not None:
        stack = replace(stack, phi=phi, by_chip=())
    batch = _number(arguments.global_batch, Kind.PARAMETERS, "global_batch")
    ranking = layouts.rank_layouts(
        arch,
        setup,
        stack,
        _BATCH_TOKENS / float(arch.seq_len) if batch is None else batch,
        _number(arguments.node_gb_s, Kind.NUMBER, "node_gb_s"),
    )
    if arguments.json:
        return as_json(ranking_as_dict(ranking))
    return ranking_as_text(ranking)


def _as_for_estimate(arguments: argparse.Namespace) -> argparse.Namespace:
    """The options of ``isoloss estimate``, those that are searched at their defaults."""
    parser = Parser()
    add_estimate_options(parser)
    usual = vars(parser.parse_args([])) | {"micro_batch": "1", "n_gpus": _N_GPUS}
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    return argparse.Namespace(**(usual | given))


def _number(text: str | None, kind: Kind, field: str) -> float | None:
    return None if text is None else parse_quantity(text, kind, field)
