"""The command line: ``isoloss plan | compare | estimate | layouts | ...``."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import core
from core.command_line import Once, Parser, UsageError, as_json, joined
from core.errors import InputError
from core.export.text_plan import plan_as_text
from core.laws.library import laws
from core.planner import PlanRequest, plan
from core.quantities import Kind, format_count, format_number, format_scientific, parse_quantity

BAD_INPUT = 2
UNEXPECTED = 70  # EX_SOFTWARE of sysexits.h
INTERRUPTED = 130


class NoDisplayError(Exception):
    """The window cannot be opened here; the text says why."""


def main(argv: Sequence[str], open_window: Callable[..., int]) -> int:
    """Run one command and return its exit status: 0, 2 for bad input, 70 for a fault of ours.

    Args:
        argv: arguments after the program's name; none opens the window, a plan file alone
            opens it with that plan.
        open_window: opens the window, with the plan of a path if it gets one, and runs it;
            raises `NoDisplayError` where it cannot.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # a pipe on Windows is not UTF-8 by itself, and an argument need not be text at all
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        return _run(argv, open_window)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # the traceback goes into the log, not into the face
        from core.crash_log import log_command

        return _refuse(log_command(error, list(argv)), UNEXPECTED)


def _run(argv: Sequence[str], open_window: Callable[..., int]) -> int:
    plan_file = _plan_file(argv)
    try:
        if plan_file is not None:
            return _open_plan(plan_file, open_window)
        if argv:
            return _print(_answer(list(argv)))
        return open_window()
    except NoDisplayError as reason:
        return _print(_default_plan(reason))
    except UsageError as error:
        return _refuse(str(error))
    except InputError as error:
        fields = _commands()[argv[0]].fields if argv and plan_file is None else {}
        return _refuse(str(error.renamed(fields.get(error.field, error.field))))


def _plan_file(argv: Sequence[str]) -> Path | None:
    """The plan file that stands alone on the command line, as a double click puts it there."""
    # the same question as `core.documents.store.is_plan_file`, which start-up must not load
    alone = len(argv) == 1 and argv[0].casefold().endswith((".isoloss", ".isoloss.bak"))
    return Path(argv[0]) if alone else None


def _open_plan(path: Path, open_window: Callable[..., int]) -> int:
    try:
        return open_window(path)
    except NoDisplayError as reason:
        from core.document_options import answered

        opened = answered(path)
        text = plan_as_text(opened.answer) + opened.as_text()
        return _print(f"The window cannot be opened: {reason}. Here is its plan as text.\n\n{text}")


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


def _refuse(line: str, status: int = BAD_INPUT) -> int:
    print(" ".join(line.split()), file=sys.stderr)
    return status


def _answer(argv: list[str]) -> str:
    """What the command prints."""
    parser, commands = parsers()
    command = commands.get(argv[0])
    if command is None:
        if argv[0] in ("-h", "--help", "--version"):
            parser.parse_args(argv[:1])  # prints and exits with 0
        raise UsageError(f'command must be one of {", ".join(_commands())}, got "{argv[0]}"')
    arguments = command.parse_args(joined(argv[1:], command.options()))
    return _commands()[argv[0]].run(arguments)


def _default_plan(reason: NoDisplayError) -> str:
    return (
        f"The window cannot be opened: {reason}. Here is the default plan as text;\n"
        f"isoloss plan --help says how to ask for another.\n\n{plan_as_text(plan(PlanRequest()))}"
    )


class _Command(NamedTuple):
    """What a command is for, its options, what runs it, and its options by field."""

    text: str
    add_options: Callable[[Parser], None]
    run: Callable[[argparse.Namespace], str]
    fields: dict[str, str]


@cache
def _commands() -> dict[str, _Command]:
    """Each command by name; the window starts without loading them."""
    from core import calibrate_commands as calibrating
    from core import catalogue_commands as catalogue
    from core import compare_commands as comparing
    from core import estimate_commands as estimating
    from core import fit_commands as fitting
    from core import layout_commands as layouts
    from core import plan_commands as planning

    return {
        "plan": _Command(
            "the whole plan for one budget or target",
            planning.add_plan_options,
            planning.make_plan,
            planning.FIELDS,
        ),
        "compare": _Command(
            "the same budget on every GPU and at every provider",
            comparing.add_compare_options,
            comparing.compare_gpus,
            comparing.FIELDS,
        ),
        "estimate": _Command(
            "the speed and memory of one training, or of every row of a table",
            estimating.add_estimate_options,
            estimating.estimate_runs,
            estimating.FIELDS,
        ),
        "layouts": _Command(
            "the ways to split one training over many GPUs, fastest first",
            layouts.add_layout_options,
            layouts.rank_layouts,
            layouts.FIELDS,
        ),
        "calibrate": _Command(
            "the speed of this machine, measured, for plans with --gpu PROFILE",
            calibrating.add_calibrate_options,
            calibrating.calibrate,
            calibrating.FIELDS,
        ),
        "gpus": _Command(
            "the GPUs of the catalogue, with price and power",
            catalogue.add_gpus_options,
            catalogue.list_gpus,
            catalogue.FIELDS,
        ),
        "laws": _Command(
            "the loss laws, with coefficients and sources", _add_laws_options, _laws, {}
        ),
        "fit": _Command(
            "a law from your own trainings, and how sure it is",
            fitting.add_fit_options,
            fitting.fit_runs,
            fitting.FIELDS,
        ),
        "backtest": _Command(
            "hide the largest computes, refit, and see how far the forecast is off",
            fitting.add_backtest_options,
            fitting.backtest_runs,
            fitting.FIELDS,
        ),
    }


def parsers() -> tuple[Parser, dict[str, Parser]]:
    """The parser of the program, and that of each command by name."""
    parser = Parser(
        prog="isoloss",
        allow_abbrev=False,
        description="How big should a language model be for a budget? Alone: opens the window.",
    )
    parser.add_argument("--version", action="version", version=f"isoloss {core.__version__}")
    parser.add_argument(
        "--self-test",
        action="store_true",
        help="say of every part of this program whether it works here; status 1 if one does not",
    )
    subparsers = parser.add_subparsers(dest="COMMAND", metavar="COMMAND", required=True)
    commands = {}
    for name, command in _commands().items():
        commands[name] = subparsers.add_parser(
            name, allow_abbrev=False, help=command.text, description=command.text
        )
        commands[name].add_argument(
            "--json", action="store_true", help="print JSON instead of a table"
        )
        command.add_options(commands[name])
    return parser, commands


def _add_laws_options(command: Parser) -> None:
    command.add_argument(
        "--at", metavar="C", action=Once, help="compare every published law at this many FLOP"
    )


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
