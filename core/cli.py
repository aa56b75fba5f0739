"""The command line: ``isoloss plan | gpus | laws``. Never imports Qt."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import core
from core import fit_commands
from core.command_line import Once, Parser, UsageError, as_json, joined
from core.errors import InputError
from core.export.csv_plan import plan_as_csv
from core.export.json_plan import plan_as_dict
from core.export.text_plan import plan_as_text
from core.files import write_atomically
from core.footprint import CARBON_2020_KG_PER_KWH
from core.hardware.catalogue import gpus
from core.laws.library import DEFAULT_LAW, laws
from core.planner import By, Plan, PlanRequest, plan
from core.quantities import Kind, format_count, format_number, format_scientific, parse_quantity

BAD_INPUT = 2

_BUDGETS = {
    "--hours": (By.HOURS, "training time on one GPU, hours (also 3d, 90min)"),
    "--usd": (By.USD, "money, US dollars"),
    "--kwh": (By.ENERGY_KWH, "energy of the GPU, kWh"),
    "--co2-kg": (By.CO2_KG, "emissions, kg CO2e"),
    "--loss": (By.LOSS, "target validation loss, nats per token"),
    "--params": (By.PARAMS, "non-embedding parameters (also 45M)"),
    "--neflo": (By.COMPUTE_NEFLO, "compute, non-embedding floating-point operations"),
}
_OVERRIDES = {
    "--price": (
        "price_usd_per_gpu_hour",
        Kind.USD_PER_HOUR,
        True,
        "USD per GPU-hour (default: the GPU's)",
    ),
    "--watts": (
        "measured_watts",
        Kind.WATTS,
        False,
        "power of the GPU while training, W (default: as measured)",
    ),
    "--carbon-kg-per-kwh": (
        "carbon_kg_per_kwh",
        Kind.CARBON_KG_PER_KWH,
        True,
        f"carbon of the grid, kg/kWh (default {CARBON_2020_KG_PER_KWH})",
    ),
}
_FIELDS = {
    **{by.value: option for option, (by, _) in _BUDGETS.items()},
    **{field: option for option, (field, *_) in _OVERRIDES.items()},
    "gpu": "--gpu",
    "law": "--law",
    "precision": "--precision",
    "flat_tolerance": "--flat-tolerance",
    **fit_commands.FIELDS,
}


class NoDisplayError(Exception):
    """The window cannot be opened here; the text says why."""


def main(argv: Sequence[str], open_window: Callable[[], int]) -> int:
    """Run one command and return its exit status: 0, or 2 for bad input.

    Args:
        argv: arguments after the program's name; none opens the window.
        open_window: opens the window and runs it; raises `NoDisplayError` where it cannot.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # a pipe on Windows is not UTF-8 by itself, and an argument need not be text at all
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        if argv:
            return _print(_answer(list(argv)))
        return open_window()
    except NoDisplayError as reason:
        return _print(_default_plan(reason))
    except UsageError as error:
        return _refuse(str(error))
    except InputError as error:
        return _refuse(str(error.renamed(_FIELDS.get(error.field, error.field))))


def _print(text: str) -> int:
    try:
        print(text, flush=True)
    except OSError as error:  # the reader is gone (isoloss plan | head), or the disk is full
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)  # else Python tries once more at exit, and complains
        os.close(nowhere)
        if not isinstance(error, BrokenPipeError):
            print(f"the answer cannot be written: {error.strerror}", file=sys.stderr)
            return 1
    return 0


def _refuse(line: str) -> int:
    print(" ".join(line.split()), file=sys.stderr)
    return BAD_INPUT


def _answer(argv: list[str]) -> str:
    """What the command prints."""
    parser, commands = _parsers()
    command = commands.get(argv[0])
    if command is None:
        if argv[0] in ("-h", "--help", "--version"):
            parser.parse_args(argv[:1])  # prints and exits with 0
        raise UsageError(f'command must be one of {", ".join(_COMMANDS)}, got "{argv[0]}"')
    arguments = command.parse_args(joined(argv[1:], command.options()))
    return _COMMANDS[argv[0]](arguments)


def _default_plan(reason: NoDisplayError) -> str:
    return (
        f"The window cannot be opened: {reason}. Here is the default plan as text;\n"
        f"isoloss plan --help says how to ask for another.\n\n{plan_as_text(plan(PlanRequest()))}"
    )


def _parsers() -> tuple[Parser, dict[str, Parser]]:
    parser = Parser(
        prog="isoloss",
        allow_abbrev=False,
        description="How big should a language model be for a budget? Alone: opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"isoloss {core.__version__}")
    subparsers = parser.add_subparsers(dest="COMMAND", metavar="COMMAND", required=True)
    commands = {
        name: subparsers.add_parser(name, allow_abbrev=False, help=text, description=text)
        for name, text in (
            ("plan", "the whole plan for one budget or target"),
            ("gpus", "the GPUs of the catalogue, with price and power"),
            ("laws", "the loss laws, with coefficients and sources"),
            ("fit", "a law from your own trainings, and how sure it is"),
            ("backtest", "hide the largest computes, refit, and see how far the forecast is off"),
        )
    }
    for command in commands.values():
        command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    _add_plan_options(commands["plan"])
    commands["laws"].add_argument(
        "--at", metavar="C", action=Once, help="compare every published law at this many FLOP"
    )
    fit_commands.add_fit_options(commands["fit"])
    fit_commands.add_backtest_options(commands["backtest"])
    return parser, commands


def _add_plan_options(command: Parser) -> None:
    for option, (by, text) in _BUDGETS.items():
        command.add_argument(option, dest=by.value, metavar="X", help=text, action=Once)
    names = ", ".join(gpus())
    command.add_argument("--gpu", default="V100", action=Once, help=f"{names} (default V100)")
    command.add_argument(
        "--precision", default="O0", action=Once, help="O0 (fp32), O1 or O2 (default O0)"
    )
    names = ", ".join(laws())
    command.add_argument(
        "--law", default=DEFAULT_LAW, action=Once, help=f"{names} (default {DEFAULT_LAW})"
    )
    for option, (field, _, _, text) in _OVERRIDES.items():
        command.add_argument(option, dest=field, metavar="X", help=text, action=Once)
    command.epilog = "example: isoloss plan --usd 100 --gpu P100 --precision O1 --csv plan.csv"
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


def _request(arguments: argparse.Namespace) -> PlanRequest:
    given = [by for by, _ in _BUDGETS.values() if getattr(arguments, by.value) is not None]
    if len(given) != 1:
        got = " and ".join(_FIELDS[by.value] for by in given) or "none"
        raise UsageError(f"exactly one of {', '.join(_BUDGETS)} must be given, got {got}")
    by = given[0]
    changes = {
        field: parse_quantity(getattr(arguments, field), kind, field, zero_allowed=zero)
        for field, kind, zero, _ in _OVERRIDES.values()
        if getattr(arguments, field) is not None
    }
    return PlanRequest(
        by=by,
        value=parse_quantity(getattr(arguments, by.value), by.kind, by.value),
        gpu=arguments.gpu,
        precision=arguments.precision,
        law=arguments.law,
        flat_tolerance=parse_quantity(arguments.flat_tolerance, Kind.LOSS, "flat_tolerance"),
        **changes,
    )


def _planned(arguments: argparse.Namespace) -> Plan:
    """The plan; what is wrong with it quotes the words that were typed."""
    try:
        return plan(_request(arguments))
    except InputError as error:
        typed = getattr(arguments, error.field)
        raise error.quoting(typed) from error


def _plan(arguments: argparse.Namespace) -> str:
    answer = _planned(arguments)
    if arguments.csv == "-":
        if arguments.json:
            raise UsageError('--csv must be a file beside --json, got "-"')
        return plan_as_csv(answer, date.today()).decode().rstrip()
    if arguments.csv == "":
        raise UsageError('--csv must be a file name, or - for standard output, got ""')
    if arguments.csv is not None:
        try:
            write_atomically(Path(arguments.csv), plan_as_csv(answer, date.today()))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise UsageError(
                f'--csv must be a file that can be written, got "{arguments.csv}" ({reason})'
            ) from error
    return as_json(plan_as_dict(answer)) if arguments.json else plan_as_text(answer)


def _gpus(arguments: argparse.Namespace) -> str:
    catalogue = list(gpus().values())
    if arguments.json:
        return as_json([asdict(gpu) for gpu in catalogue])
    lines = [f"{'id':<24}{'name':<34}{'USD/h':>8}{'W':>9}"]
    for gpu in catalogue:
        price = format_number(gpu.price_usd_per_gpu_hour)
        watts = format_number(gpu.measured_watts, 5)
        lines.append(f"{gpu.id:<24}{gpu.name:<34}{price:>8}{watts:>9}")
    first = catalogue[0]
    lines += ["", f"Prices: {first.dated_price_source}. Power: {first.watts_source}."]
    return "\n".join(lines)


def _laws(arguments: argparse.Namespace) -> str:
    if arguments.at is not None:
        return _compared(parse_quantity(arguments.at, Kind.COMPUTE_NEFLO, "--at"), arguments.json)
    if arguments.json:
        return as_json([asdict(law) for law in laws().values()])
    lines: list[str] = []
    for law in laws().values():
        lines += [
            f"{law.id}: {law.name}",
            f"  loss = {law.a:.10g} C^-{law.b:.10g} + {law.c:.10g},"
            f" C in {law.compute_unit_neflo:,.0f} FLO",
            f"  {law.params_counted} params = {law.d:.10g} C^{law.e:.10g} {law.f:+.10g}",
            f"  {law.source} ({law.licence})",
        ]
    return "\n".join(lines)


def _compared(compute_flops: float, in_json: bool) -> str:
    """Every published law at one budget: such a spread is part of the honest answer."""
    from core.laws.compare import compare

    rows = compare(compute_flops)
    if in_json:
        flat = [{**asdict(row), "flags": [str(flag) for flag in row.flags]} for row in rows]
        return as_json(flat)

    def cell(value: float | None, write: Callable[[float], str]) -> str:
        return "-" if value is None else write(value)

    lines = [f"At {format_scientific(compute_flops)} FLOP", ""]
    lines.append(f"{'law':<30}{'N*':>10}{'D*':>10}{'D/N':>8}{'loss':>8}  counts; gives")
    for row in rows:
        lines.append(
            f"{row.id:<30}{cell(row.params, format_count):>10}{cell(row.tokens, format_count):>10}"
            f"{cell(row.tokens_per_param, lambda x: format_number(x, 3)):>8}"
            f"{cell(row.loss, lambda x: f'{x:.3f}'):>8}  {row.params_counted}; {row.gives.value}"
            f"{', rounded in print' if row.rounded else ''}"
        )
    return "\n".join(lines)


_COMMANDS: dict[str, Callable[[argparse.Namespace], str]] = {
    "plan": _plan,
    "gpus": _gpus,
    "laws": _laws,
    "fit": fit_commands.fit_runs,
    "backtest": fit_commands.backtest_runs,
}
