"""``isoloss plan``: one budget or target, on the hardware of 2020 or of today."""

import argparse
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from core.command_line import Once, Parser, UsageError, as_json, whole_number
from core.errors import InputError
from core.export.csv_plan import plan_as_csv
from core.export.json_plan import plan_as_dict
from core.export.text_plan import plan_as_text
from core.files import write_atomically
from core.footprint import CARBON_2020_KG_PER_KWH
from core.hardware.catalogue import gpus
from core.laws.library import DEFAULT_LAW, laws
from core.planner import AnyPlan, By, PlanRequest, plan
from core.quantities import Kind, parse_quantity

LAW_OF_TODAY = "besiroglu-2024"

BUDGETS = {
    "--hours": (By.HOURS, "training time, hours of the wall clock (also 3d, 90min)"),
    "--usd": (By.USD, "money, US dollars"),
    "--kwh": (By.ENERGY_KWH, "energy, kWh"),
    "--co2-kg": (By.CO2_KG, "emissions, kg CO2e"),
    "--loss": (By.LOSS, "target validation loss, nats per token"),
    "--params": (By.PARAMS, "parameters, as the law counts them (also 45M)"),
    "--neflo": (By.COMPUTE_NEFLO, "compute, floating-point operations of the law's count"),
}
_NUMBERS = {
    "--price": (
        *("price_usd_per_gpu_hour", Kind.USD_PER_HOUR, True),
        "USD per GPU-hour (default: the GPU's)",
    ),
    "--watts": (
        *("measured_watts", Kind.WATTS, False),
        "power of a GPU while training, W (default: as measured, else the TDP)",
    ),
    "--carbon-kg-per-kwh": (
        *("carbon_kg_per_kwh", Kind.CARBON_KG_PER_KWH, True),
        f"carbon of the grid, kg/kWh (default {CARBON_2020_KG_PER_KWH}, or of --zone)",
    ),
}
TODAY_NUMBERS = {
    "--unique-tokens": (
        *("unique_tokens", Kind.PARAMETERS, False),
        "different tokens that there are (also 20B); more are repetitions",
    ),
    "--inference-tokens": (
        *("inference_tokens", Kind.PARAMETERS, True),
        "tokens to read and write after training, paid by the same budget",
    ),
    "--deadline-hours": (
        *("deadline_hours", Kind.HOURS, False),
        "wall-clock time that the training may take at most (also 3d)",
    ),
    "--cap-usd": ("cap_usd", Kind.USD, False, "a further limit: US dollars"),
    "--cap-kwh": ("cap_kwh", Kind.ENERGY_KWH, False, "a further limit: kWh"),
    "--cap-co2-kg": ("cap_co2_kg", Kind.CO2_KG, False, "a further limit: kg CO2e"),
    "--idle-hours": ("idle_hours", Kind.HOURS, True, "hours that the GPUs are paid and idle"),
    "--storage-gb-months": (
        *("storage_gb_months", Kind.NUMBER, True),
        "storage that is paid, GB times months",
    ),
    "--usd-per-gb-month": ("usd_per_gb_month", Kind.NUMBER, True, "its price (default 0.02)"),
    "--batch-tokens": (
        *("batch_tokens", Kind.PARAMETERS, False),
        "tokens of an optimiser step (default: the law's)",
    ),
    "--phi": ("phi", Kind.NUMBER, False, "measured time over the roofline's, your own"),
    "--load-factor": ("load_factor", Kind.NUMBER, False, "mean power over the TDP (default 1)"),
    "--host-share": ("host_share", Kind.NUMBER, True, "power of the host over the GPU's"),
    "--pue": ("pue", Kind.NUMBER, False, "energy of the data centre over its machines'"),
}
TODAY_COUNTS = {
    "--n-gpus": ("n_gpus", "GPUs (default 1)"),
    "--gpus-per-node": ("gpus_per_node", "GPUs of a machine (default 8)"),
    "--vocab": ("vocab", "vocabulary, tokens (default: the law's)"),
    "--seq-len": ("seq_len", "context, tokens (default: the family's)"),
    "--micro-batch": ("micro_batch", "sequences of a forward pass (default: what is fastest)"),
    "--tp": ("tp", "tensor-parallel ranks (default: what is fastest)"),
    "--pp": ("pp", "pipeline stages (default: what is fastest)"),
}
TODAY_NAMES = {
    "--family": ("family", "gpt2, llama, transformer_xl (default: the law's, else llama)"),
    "--stack": ("stack", "training program (default: the usual one of the GPU)"),
    "--optimizer": ("optimizer", "bytes kept for a parameter, see isoloss estimate --help"),
    "--recompute": ("recompute", "none, selective, full (default: what is fastest)"),
    "--sharding": ("sharding", "none, zero1, zero2, zero3, fsdp (default: what is fastest)"),
    "--provider": ("provider", "whose price, see isoloss gpus --prices GPU"),
    "--zone": ("zone", "of the grid, see isoloss gpus --grids TEXT (default: the world)"),
}
FIELDS = {
    **{by.value: option for option, (by, _) in BUDGETS.items()},
    **{field: option for option, (field, *_) in {**_NUMBERS, **TODAY_NUMBERS}.items()},
    **{field: option for option, (field, _) in {**TODAY_COUNTS, **TODAY_NAMES}.items()},
    "gpu": "--gpu",
    "law": "--law",
    "precision": "--precision",
    "flat_tolerance": "--flat-tolerance",
    "goodput": "--goodput",
    "speed": "--speed-model",
}


def add_plan_options(command: Parser) -> None:
    """Options of ``isoloss plan``."""
    add_budget_options(command)
    names = ", ".join(gpus())
    command.add_argument(
        "--gpu",
        default="V100",
        action=Once,
        help=f"{names} by the curve of 2020 (default V100); h100_sxm and others of today, "
        "see isoloss gpus; any for the best of those",
    )
    command.add_argument(
        "--precision",
        default="auto",
        action=Once,
        help="O0 (fp32), O1 or O2 by the curve of 2020 (default O0); bf16, fp16, fp8, fp32 today",
    )
    command.add_argument(
        "--law",
        action=Once,
        help=f"{', '.join(laws())} (default {DEFAULT_LAW}, and {LAW_OF_TODAY} for GPUs of today)",
    )
    _add_numbers(command, _NUMBERS)
    add_today_options(command)
    command.add_argument(
        "--speed-model", default="auto", action=Once, help="auto, 2020 or roofline (default auto)"
    )
    command.epilog = (
        "examples: isoloss plan --usd 100 --gpu P100 --precision O1 --csv plan.csv; "
        "isoloss plan --usd 1000 --gpu any; "
        "isoloss plan --hours 3d --gpu h100_sxm --n-gpus 64 --unique-tokens 20B"
    )
    command.add_argument(
        "--flat-tolerance",
        default="0.005",
        metavar="X",
        action=Once,
        help="how much more loss counts as nearly as good, relative (default 0.005)",
    )
    command.add_argument(
        "--csv", metavar="FILE", help="also write the plan to this CSV file; - prints it instead"
    )
    command.add_argument(
        "--from",
        dest="from_file",
        metavar="FILE",
        action=Once,
        help="the plan of an .isoloss file, in place of a budget and its options",
    )
    command.add_argument(
        "--save", metavar="FILE", action=Once, help="also save the plan as an .isoloss file"
    )


def add_budget_options(command: Parser) -> None:
    """The budget or target, one of which must be given."""
    for option, (by, text) in BUDGETS.items():
        command.add_argument(option, dest=by.value, metavar="X", help=text, action=Once)


def add_today_options(command: Parser) -> None:
    """What only plans on hardware of today know."""
    for option, (field, text) in {**TODAY_COUNTS, **TODAY_NAMES}.items():
        name = "ID" if option in TODAY_NAMES else "N"
        command.add_argument(option, dest=field, metavar=name, help=text, action=Once)
    _add_numbers(command, TODAY_NUMBERS)
    command.add_argument(
        "--goodput",
        metavar="X",
        action=Once,
        help="share of the time that trains, a number or a preset (default 1)",
    )
    command.add_argument("--spot", action="store_true", help="prices of spare capacity")


def _add_numbers(command: Parser, options: dict[str, tuple[str, Kind, bool, str]]) -> None:
    for option, (field, _, _, text) in options.items():
        command.add_argument(option, dest=field, metavar="X", help=text, action=Once)


def given_budget(arguments: argparse.Namespace) -> tuple[By, float]:
    """The budget or target that was given.

    Raises:
        UsageError: none or several.
        InputError: it is no such quantity.
    """
    given = [by for by, _ in BUDGETS.values() if getattr(arguments, by.value) is not None]
    if len(given) != 1:
        got = " and ".join(FIELDS[by.value] for by in given) or "none"
        raise UsageError(f"exactly one of {', '.join(BUDGETS)} must be given, got {got}")
    by = given[0]
    return by, parse_quantity(getattr(arguments, by.value), by.kind, by.value)


def today_fields(arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields of a request that were given and that the curve of 2020 does not know.

    Raises:
        InputError: one of them is no such quantity.
    """
    found = _numbers(arguments, TODAY_NUMBERS)
    for field, _ in TODAY_COUNTS.values():
        text = getattr(arguments, field)
        if text is not None:
            found[field] = whole_number(text, field)
    for field, _ in TODAY_NAMES.values():
        if getattr(arguments, field) is not None:
            found[field] = getattr(arguments, field)
    if arguments.goodput is not None:
        from core.hardware.goodput import parse_goodput

        found["goodput"] = parse_goodput(arguments.goodput)
    if arguments.spot:
        found["spot"] = True
    return found


def make_plan(arguments: argparse.Namespace) -> str:
    """Plan, and write or print it."""
    opened = None
    if arguments.from_file is not None:
        from core.document_options import opened_plan

        opened = opened_plan(arguments, FIELDS)
    answer = _planned(arguments) if opened is None else opened.answer
    if arguments.save is not None:
        from core.document_options import save_as

        save_as(arguments.save, answer)
    if arguments.csv == "-":
        if arguments.json:
            raise UsageError('--csv must be a file beside --json, got "-"')
        return plan_as_csv(answer, date.today()).decode().rstrip()
    if arguments.csv is not None:
        save_csv(arguments.csv, plan_as_csv(answer, date.today()))
    if arguments.json:
        said = {} if opened is None else opened.as_dict()
        return as_json({**plan_as_dict(answer), **said})
    said_text = "" if opened is None else opened.as_text()
    return plan_as_text(answer, date.today()) + said_text


def save_csv(name: str, content: bytes) -> None:
    """Write the file that ``--csv`` names.

    Raises:
        UsageError: it has no name or cannot be written.
    """
    if name == "":
        raise UsageError('--csv must be a file name, or - for standard output, got ""')
    try:
        write_atomically(Path(name), content)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(
            f'--csv must be a file that can be written, got "{name}" ({reason})'
        ) from error


def refuse_contradictions(arguments: argparse.Namespace) -> None:
    """Options of which one would silently win.

    Raises:
        UsageError: two of them were given.
    """
    for one, others in _EITHER_OR.items():
        if getattr(arguments, one, None) is None:
            continue
        for other in others:
            if getattr(arguments, other):
                name = FIELDS.get(other, f"--{other}")
                raise UsageError(f"{name} must be left out beside {FIELDS[one]}, got both")


_EITHER_OR = {
    "price_usd_per_gpu_hour": ("provider", "spot"),
    "carbon_kg_per_kwh": ("zone",),
    "measured_watts": ("load_factor",),
}


def _request(arguments: argparse.Namespace) -> PlanRequest:
    refuse_contradictions(arguments)
    by, value = given_budget(arguments)
    changes = {**_numbers(arguments, _NUMBERS), **today_fields(arguments)}
    request = PlanRequest(
        by=by,
        value=value,
        gpu=arguments.gpu,
        precision=arguments.precision,
        speed=arguments.speed_model,
        flat_tolerance=parse_quantity(arguments.flat_tolerance, Kind.LOSS, "flat_tolerance"),
        law=arguments.law or DEFAULT_LAW,
        **changes,
    )
    if arguments.law is None and request.of_today:
        return replace(request, law=LAW_OF_TODAY)
    return request


def _planned(arguments: argparse.Namespace) -> AnyPlan:
    """The plan; what is wrong with it quotes the words that were typed."""
    try:
        return plan(_request(arguments))
    except InputError as error:
        typed = getattr(arguments, error.field, None)
        if typed is None or typed is False:
            raise
        raise error.quoting(typed) from error


def _numbers(
    arguments: argparse.Namespace, options: dict[str, tuple[str, Kind, bool, str]]
) -> dict[str, Any]:
    return {
        field: parse_quantity(getattr(arguments, field), kind, field, zero_allowed=zero)
        for field, kind, zero, _ in options.values()
        if getattr(arguments, field) is not None
    }
