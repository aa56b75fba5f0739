"""``isoloss compare``: the same budget on every GPU and at every provider."""

import argparse
from datetime import date

from core import plan_commands
from core.command_line import Once, Parser, UsageError, as_json
from core.errors import InputError
from core.planner.request import PlanRequest

FIELDS = {**plan_commands.FIELDS, "precision": "--precision"}


def add_compare_options(command: Parser) -> None:
    """Options of ``isoloss compare``."""
    plan_commands.add_budget_options(command)
    default = plan_commands.LAW_OF_TODAY
    command.add_argument(
        "--law", default=default, action=Once, help=f"see isoloss laws (default {default})"
    )
    command.add_argument(
        "--precision",
        default="auto",
        action=Once,
        help="bf16, fp16, fp8 or fp32 (default: the usual one of each GPU)",
    )
    plan_commands.add_today_options(command)
    command.add_argument(
        "--csv", metavar="FILE", help="also write the table to this CSV file; - prints it instead"
    )
    command.epilog = (
        "Without --n-gpus and with a deadline each GPU is taken as often (1, 2, 4...) as helps. "
        "examples: isoloss compare --usd 1000; isoloss compare --loss 2.4 --deadline-hours 4d"
    )


def compare_gpus(arguments: argparse.Namespace) -> str:
    """What ``isoloss compare`` prints.

    Raises:
        UsageError: options that do not go together, or a file that cannot be written.
        InputError: a name or number that no GPU can be asked with.
    """
    from core.export.compare import comparison_as_csv, comparison_as_dict, comparison_as_text
    from core.planner.joint.compare import compare

    if arguments.csv == "-" and arguments.json:
        raise UsageError('--csv must be a file beside --json, got "-"')
    if arguments.provider is not None:
        raise UsageError(
            f'--provider must be left out: all are compared, got "{arguments.provider}"'
        )
    today = date.today()
    found = compare(*_asked(arguments))
    if arguments.csv is not None:
        table = comparison_as_csv(found, today)
        if arguments.csv == "-":
            return table.decode().rstrip()
        plan_commands.save_csv(arguments.csv, table)
    if arguments.json:
        return as_json(comparison_as_dict(found, today))
    return comparison_as_text(found, today)


def _asked(arguments: argparse.Namespace) -> tuple[PlanRequest, int | None]:
    """The request, and how many GPUs of each where that was said."""
    by, value = plan_commands.given_budget(arguments)
    fields = plan_commands.today_fields(arguments)
    if arguments.precision.upper() in ("O0", "O1", "O2"):
        raise InputError("precision", arguments.precision, "bf16, fp16, fp8, fp32 or auto")
    request = PlanRequest(
        by=by,
        value=value,
        gpu="any",
        law=arguments.law,
        precision=arguments.precision,
        speed="roofline",
        **fields,
    )
    return request, fields.get("n_gpus")
