"""``isoloss fit`` and ``isoloss backtest``: laws from a person's own trainings.

numpy, scipy and pandas come with the fits, so they are imported inside the commands.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.command_line import Once, Parser, UsageError, as_json
from core.errors import InputError
from core.quantities import Kind, format_count, format_number, format_scientific, parse_quantity

if TYPE_CHECKING:
    from core.fits.parametric import Choices
    from core.fits.report import FitReport
    from core.quantities import Estimate
    from core.runs.points import Columns, RunsTable

METHODS = ("parametric", "frontier", "frontier-2020", "isoflop", "data-constrained")
OBJECTIVES = ("huber", "lad", "log-ls")
FIELDS = {
    "file": "FILE",
    "compute_unit": "--columns compute_unit",
    "tokens_per_step": "--columns tokens_per_step",
    "params_counted": "--columns params_counted",
    "hide": "--hide",
    "fresh": "--fresh-law",
}
_COLUMN_NAMES = ("params", "tokens", "compute", "loss", "run", "step", "unique_tokens")
_COLUMN_WORDS = ("compute_unit", "params_counted")
_COLUMN_NUMBERS = ("tokens_per_step", "params_value")


def add_fit_options(command: Parser) -> None:
    """Options of ``isoloss fit``."""
    _add_data_options(command)
    command.add_argument("--method", default="parametric", action=Once, help=_one_of(METHODS))
    command.add_argument("--valley", default="cubic", action=Once, help="isoflop: cubic, parabola")
    command.add_argument(
        "--target-flops", metavar="C", action=Once, help="budget of the optimum, FLOP (also 1e21)"
    )
    command.add_argument("--save", metavar="LAW", action=Once, help="write a .isoloss-law file")
    command.add_argument("--name", metavar="NAME", action=Once, help="name of the saved law")
    command.add_argument(
        "--fresh-law",
        default="muennighoff-2023",
        action=Once,
        metavar="ID",
        help="data-constrained: law of data seen once, held fixed",
    )
    command.epilog = "example: isoloss fit runs.csv --target-flops 1e21 --save my.isoloss-law"


def add_backtest_options(command: Parser) -> None:
    """Options of ``isoloss backtest``."""
    _add_data_options(command)
    command.add_argument(
        "--hide", default="0.3", action=Once, help="share of the largest computes (default 0.3)"
    )


def fit_runs(arguments: argparse.Namespace) -> str:
    """Fit the files and say what came of it."""
    from core.fits.data_constrained import FreshLaw
    from core.fits.report import FitRequest, fit
    from core.laws.data_constrained import DataConstrainedLaw
    from core.laws.parametric import ParametricLaw
    from core.laws.published import library

    method = _choice(arguments.method, METHODS, "--method")
    valley = _choice(arguments.valley, ("cubic", "parabola"), "--valley")
    target = None
    if arguments.target_flops is not None:
        target = parse_quantity(arguments.target_flops, Kind.COMPUTE_NEFLO, "--target-flops")
    fresh = None
    if method == "data-constrained":
        law = library().get(arguments.fresh_law)
        base = law.base if isinstance(law, DataConstrainedLaw) else law
        if not isinstance(base, ParametricLaw):
            raise InputError("fresh", arguments.fresh_law, "the id of a law of size and tokens")
        fresh = FreshLaw(base.E, base.A, base.B, base.alpha, base.beta)
    table = _table(arguments)
    request = FitRequest(
        method=method,  # type: ignore[arg-type]
        choices=_choices(arguments),
        valley=valley,  # type: ignore[arg-type]
        fresh=fresh,
        target_flops=target,
    )
    report = fit(table, request, _progress("fitting"))
    if arguments.save is not None:
        _save(report, Path(arguments.save), arguments.name)
    document = report_as_dict(report, table)
    return as_json(document) if arguments.json else _report_text(report, table)


def backtest_runs(arguments: argparse.Namespace) -> str:
    """Hide the largest computes and say how far the forecast was off."""
    from core.fits.backtest import backtest
    from core.fits.resampling import Resampling

    try:
        hide = float(arguments.hide)
    except ValueError:
        raise InputError("hide", arguments.hide, "a share between 0 and 1") from None
    choices = replace(_choices(arguments), resampling=Resampling(0))
    table = _table(arguments)
    result = backtest(table, hide, choices)
    document = {
        "hide": result.hidden_share,
        "cut_flops": result.cut_flops,
        "n_hidden": int(result.seen.size),
        "n_shown": table.n_points - int(result.seen.size),
        "median_error": result.median_error,
        "largest_error": result.largest_error,
        "error_per_decade": result.error_per_decade,
        "decades": result.decades,
        "coefficients": result.coefficients,
        "points": [
            {"compute_flops": c, "seen": seen, "predicted": predicted, "relative_error": error}
            for c, seen, predicted, error in zip(
                result.compute_flops.tolist(),
                result.seen.tolist(),
                result.predicted.tolist(),
                result.relative_error.tolist(),
                strict=True,
            )
        ],
        "problems": [str(problem) for problem in table.problems],
    }
    if arguments.json:
        return as_json(document)
    return "\n".join(
        (
            f"{document['n_hidden']} of {table.n_points} points hidden, above "
            f"{format_scientific(result.cut_flops)} FLOP, over "
            f"{format_number(result.decades, 2)} decades",
            f"  median error     {result.median_error:.2%}",
            f"  largest error    {result.largest_error:.2%}",
            f"  per decade       {result.error_per_decade:.2%}",
        )
    )


def report_as_dict(report: "FitReport", table: "RunsTable") -> dict[str, object]:
    """Everything that ``isoloss fit --json`` prints."""
    return {
        "method": report.request.method,
        "coefficients": {
            name: {
                **_ends(coefficient.estimate),
                "se": coefficient.se,
                "reason": coefficient.reason,
            }
            for name, coefficient in report.coefficients.items()
        },
        "objective": report.objective,
        "n_points": report.n_points,
        "n_runs": report.n_runs,
        "starts_agreeing": report.starts_agreeing,
        "starts": report.starts,
        "gradient_norm": report.gradient_norm,
        "exponent_n": None if report.exponent_n is None else _ends(report.exponent_n),
        "target_flops": report.target_flops,
        "optimum": {name: _ends(estimate) for name, estimate in report.optimum.items()},
        "warnings": list(report.warnings),
        "problems": [str(problem) for problem in table.problems],
        "params_counted": report.params_counted,
        "choices": asdict(report.request.choices),
        "source": report.source,
        "data_hash": report.data_hash,
        "version": report.version,
    }


def _add_data_options(command: Parser) -> None:
    command.add_argument("files", nargs="+", metavar="FILE", help="runs: CSV, TSV, JSON Lines, ...")
    command.add_argument(
        "--columns", metavar="NAME=COLUMN,...", action=Once,
        help=f"what the columns are called: {', '.join(_COLUMN_NAMES)}; also "
        f"{', '.join((*_COLUMN_WORDS, *_COLUMN_NUMBERS))}",
    )  # fmt: skip
    command.add_argument("--objective", default="huber", action=Once, help=_one_of(OBJECTIVES))
    command.add_argument("--delta", default="1e-3", action=Once, help="of Huber's loss, log units")
    command.add_argument(
        "--drop-highest-loss",
        default="0",
        metavar="K",
        action=Once,
        help="leave out the K points of highest loss",
    )
    command.add_argument("--tied", action="store_true", help="alpha = beta")
    command.add_argument("--pin-e", metavar="E", action=Once, help="hold E at this many nats")
    command.add_argument("--starts", default="64", metavar="N", action=Once, help="random starts")
    command.add_argument(
        "--bootstrap", default="1000", metavar="N", action=Once, help="resamples (default 1000)"
    )
    command.add_argument("--seed", default="0", metavar="S", action=Once)
    command.add_argument("--by", default="run", action=Once, help="resample by run or by point")


def _choices(arguments: argparse.Namespace) -> "Choices":
    from core.fits.parametric import Choices
    from core.fits.resampling import Resampling

    pinned = arguments.pin_e
    return Choices(
        objective=_choice(arguments.objective, OBJECTIVES, "--objective"),  # type: ignore[arg-type]
        delta=parse_quantity(arguments.delta, Kind.LOSS, "--delta"),
        tied=arguments.tied,
        pinned_e=None if pinned is None else parse_quantity(pinned, Kind.LOSS, "--pin-e"),
        drop_highest_loss=_whole(arguments.drop_highest_loss, "--drop-highest-loss", 0, 10**9),
        starts=_whole(arguments.starts, "--starts", 1, 10_000),
        resampling=Resampling(
            resamples=_whole(arguments.bootstrap, "--bootstrap", 0, 100_000),
            seed=_whole(arguments.seed, "--seed", 0, 2**63 - 1),
            by=_choice(arguments.by, ("run", "point"), "--by"),  # type: ignore[arg-type]
        ),
    )


def _table(arguments: argparse.Namespace) -> "RunsTable":
    from core.runs.readers import read_runs

    try:
        return read_runs([Path(name) for name in arguments.files], _columns(arguments.columns))
    except InputError as error:
        if error.field in _COLUMN_NAMES:
            raise error.renamed(f"--columns {error.field}") from error
        raise


def _columns(text: str | None) -> "Columns | None":
    from core.runs.points import Columns

    if text is None:
        return None
    given: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        name = name.strip()
        known = (*_COLUMN_NAMES, *_COLUMN_WORDS, *_COLUMN_NUMBERS)
        if not equals or name not in known or not value:
            raise InputError("--columns", part, f"NAME=COLUMN with NAME one of {', '.join(known)}")
        if name in _COLUMN_NUMBERS:
            given[name] = parse_quantity(value, Kind.PARAMETERS, f"--columns {name}")
        else:
            given[name] = value
    return Columns(**given)


def _save(report: "FitReport", path: Path, name: str | None) -> None:
    from core.fits.saving import as_saved_law
    from core.laws.law_file import SUFFIX, save_law

    try:
        save_law(as_saved_law(report, name or path.name.removesuffix(SUFFIX)), path)
    except OSError as error:
        raise UsageError(
            f'--save must be a file that can be written, got "{path}" ({error.strerror})'
        ) from error


def _report_text(report: "FitReport", table: "RunsTable") -> str:
    lines = [
        f"{report.request.method} fit of {report.source}: {report.n_points} points of "
        f"{report.n_runs} runs, parameters {report.params_counted}",
        "",
    ]
    for name, coefficient in report.coefficients.items():
        if coefficient.estimate is None:
            lines.append(f"  {name:<12}not identified: {coefficient.reason}")
        else:
            lines.append(f"  {name:<12}{_with_interval(coefficient.estimate, format_number)}")
    if report.exponent_n is not None:
        lines.append(f"  {'N* ~ C^':<12}{_with_interval(report.exponent_n, format_number)}")
    if report.starts is not None:
        lines.append(f"  {'starts':<12}{report.starts_agreeing} of {report.starts} agree")
    if report.optimum:
        lines += ["", f"At {format_scientific(report.target_flops)} FLOP:"]
        writers = {"params": format_count, "tokens": format_count, "loss": format_number}
        for name, estimate in report.optimum.items():
            lines.append(f"  {name:<12}{_with_interval(estimate, writers[name])}")
    lines += ["", *(f"! {warning}" for warning in report.warnings)] if report.warnings else []
    if table.problems:
        lines += ["", f"{len(table.problems)} remarks on the data:"]
        lines += [f"  {problem}" for problem in table.problems[:20]]
        if len(table.problems) > 20:
            lines.append(f"  and {len(table.problems) - 20} more (--json lists them all)")
    return "\n".join(lines)


def _with_interval(estimate: "Estimate", write: Callable[[float], str]) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{write(estimate.value)}  (no interval)"
    level = f"{estimate.level:.0%}" if estimate.level else ""
    return f"{write(estimate.value)}  ({level}: {write(estimate.low)} to {write(estimate.high)})"


def _ends(estimate: "Estimate | None") -> dict[str, float | None]:
    if estimate is None:
        return {"value": None, "low": None, "high": None}
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _progress(what: str) -> Callable[[float], bool] | None:
    """A line on a terminal's standard error; silence everywhere else."""
    if not sys.stderr.isatty():
        return None
    started = time.monotonic()

    def show(fraction: float) -> bool:
        left = (time.monotonic() - started) * (1 - fraction) / fraction if fraction else 0.0
        end = "\n" if fraction >= 1 else ""
        print(
            f"\r{what} {fraction:4.0%}, {left:3.0f} s left ", end=end, file=sys.stderr, flush=True
        )
        return True

    return show


def _choice(text: str, known: tuple[str, ...], option: str) -> str:
    if text not in known:
        raise InputError(option, text, _one_of(known))
    return text


def _one_of(known: tuple[str, ...]) -> str:
    return f"one of {', '.join(known)}"


def _whole(text: str, option: str, least: int, most: int) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise InputError(option, text, f"a whole number from {least} to {most}")
    return value
