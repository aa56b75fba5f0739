"""The command line: ``isoloss plan | gpus | laws``. Never imports Qt."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import NoReturn

import core
from core.errors import InputError
from core.export.csv_plan import plan_as_csv
from core.export.json_plan import plan_as_dict
from core.export.text_plan import plan_as_text
from core.files import write_atomically
from core.footprint import CARBON_2020_KG_PER_KWH
from core.hardware.catalogue import gpus
from core.laws.library import DEFAULT_LAW, laws
from core.planner import By, Plan, PlanRequest, plan
from core.quantities import Kind, format_number, parse_quantity

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
}


class NoDisplayError(Exception):
    """The window cannot be opened here; the text says why."""


class _UsageError(Exception):
    """The words of the command are off; the text is the one line to print."""


class _Once(argparse.Action):
    """An option whose second value is refused instead of silently winning."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Store the value, or complain of the second."""
        given = namespace.__dict__.setdefault("given", set())
        if self.dest in given:
            before = getattr(namespace, self.dest)
            parser.error(f'{option_string} must be given once, got "{before}" and "{values}"')
        given.add(self.dest)
        setattr(namespace, self.dest, values)


class _Parser(argparse.ArgumentParser):
    """Argparse whose complaints become one line that names the option."""

    def error(self, message: str) -> NoReturn:
        option, _, rest = message.removeprefix("argument ").partition(": ")
        if rest == "expected one argument":
            message = f"{option} must be followed by a value"
        elif option == "unrecognized arguments":
            known = ", ".join(option for option in self.options() if len(option) > 2)
            message = f'options must be among {known}, got "{rest}"'
            if not rest.startswith("-"):
                message = f'only options may follow (such as --hours 12), got "{rest}"'
        elif rest.startswith("ignored explicit argument "):
            message = f"{option} must stand alone, got {rest.rpartition(' ')[2]}"
        raise _UsageError(message)

    def options(self) -> list[str]:
        """Every option string, for messages and for negative numbers."""
        return [option for action in self._actions for option in action.option_strings]


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
    except _UsageError as error:
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
        raise _UsageError(f'command must be one of {", ".join(_COMMANDS)}, got "{argv[0]}"')
    arguments = command.parse_args(_joined(argv[1:], command.options()))
    return _COMMANDS[argv[0]](arguments)


def _default_plan(reason: NoDisplayError) -> str:
    return (
        f"The window cannot be opened: {reason}. Here is the default plan as text;\n"
        f"isoloss plan --help says how to ask for another.\n\n{plan_as_text(plan(PlanRequest()))}"
    )


def _joined(argv: list[str], options: list[str]) -> list[str]:
    """``--hours -3`` as ``--hours=-3``: argparse would take some negative values for options."""
    joined: list[str] = []
    waiting = False
    for word in argv:
        is_option = word.partition("=")[0] in options
        if waiting and word.startswith("-") and not is_option:
            joined[-1] += f"={word}"
            waiting = False
        else:
            joined.append(word)
            waiting = is_option and "=" not in word and word not in _FLAGS
    return joined


_FLAGS = ("--json", "-h", "--help")


def _parsers() -> tuple[_Parser, dict[str, _Parser]]:
    parser = _Parser(
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
        )
    }
    for command in commands.values():
        command.add_argument("--json", action="store_true", help="print JSON instead of a table")
    _add_plan_options(commands["plan"])
    return parser, commands


def _add_plan_options(command: _Parser) -> None:
    for option, (by, text) in _BUDGETS.items():
        command.add_argument(option, dest=by.value, metavar="X", help=text, action=_Once)
    names = ", ".join(gpus())
    command.add_argument("--gpu", default="V100", action=_Once, help=f"{names} (default V100)")
    command.add_argument(
        "--precision", default="O0", action=_Once, help="O0 (fp32), O1 or O2 (default O0)"
    )
    names = ", ".join(laws())
    command.add_argument(
        "--law", default=DEFAULT_LAW, action=_Once, help=f"{names} (default {DEFAULT_LAW})"
    )
    for option, (field, _, _, text) in _OVERRIDES.items():
        command.add_argument(option, dest=field, metavar="X", help=text, action=_Once)
    command.epilog = "example: isoloss plan --usd 100 --gpu P100 --precision O1 --csv plan.csv"
    command.add_argument(
        "--csv", metavar="FILE", help="also write the plan to this CSV file; - prints it instead"
    )


def _request(arguments: argparse.Namespace) -> PlanRequest:
    given = [by for by, _ in _BUDGETS.values() if getattr(arguments, by.value) is not None]
    if len(given) != 1:
        got = " and ".join(_FIELDS[by.value] for by in given) or "none"
        raise _UsageError(f"exactly one of {', '.join(_BUDGETS)} must be given, got {got}")
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
            raise _UsageError('--csv must be a file beside --json, got "-"')
        return plan_as_csv(answer, date.today()).decode().rstrip()
    if arguments.csv == "":
        raise _UsageError('--csv must be a file name, or - for standard output, got ""')
    if arguments.csv is not None:
        try:
            write_atomically(Path(arguments.csv), plan_as_csv(answer, date.today()))
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise _UsageError(
                f'--csv must be a file that can be written, got "{arguments.csv}" ({reason})'
            ) from error
    return _json(plan_as_dict(answer)) if arguments.json else plan_as_text(answer)


def _gpus(arguments: argparse.Namespace) -> str:
    catalogue = list(gpus().values())
    if arguments.json:
        return _json([asdict(gpu) for gpu in catalogue])
    lines = [f"{'id':<24}{'name':<34}{'USD/h':>8}{'W':>9}"]
    for gpu in catalogue:
        price = format_number(gpu.price_usd_per_gpu_hour)
        watts = format_number(gpu.measured_watts, 5)
        lines.append(f"{gpu.id:<24}{gpu.name:<34}{price:>8}{watts:>9}")
    first = catalogue[0]
    lines += ["", f"Prices: {first.dated_price_source}. Power: {first.watts_source}."]
    return "\n".join(lines)


def _laws(arguments: argparse.Namespace) -> str:
    if arguments.json:
        return _json([asdict(law) for law in laws().values()])
    lines: list[str] = []
    for law in laws().values():
        lines += [
            f"{law.id}: {law.name}",
            f"  loss = {law.a} C^-{law.b} + {law.c}, C in {law.compute_unit_neflo:,.0f} neFLO",
            f"  {law.params_counted} params = {law.d} C^{law.e} + {law.f}",
            f"  {law.source} ({law.licence})",
        ]
    return "\n".join(lines)


def _json(document: object) -> str:
    return json.dumps(document, indent=2, allow_nan=False)


_COMMANDS: dict[str, Callable[[argparse.Namespace], str]] = {
    "plan": _plan,
    "gpus": _gpus,
    "laws": _laws,
}
