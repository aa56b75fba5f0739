"""Reading a person's runs: any number of files, each in whichever format it has."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import CancelledError, InputError
from core.runs.assemble import assemble
from core.runs.blocks import MOST_COLUMNS, Reader, Sample, too_wide
from core.runs.collect import MISSING, Collector, roles_to_read
from core.runs.formats import READERS, reader_of
from core.runs.journal import Journal
from core.runs.points import Columns, RunsTable
from core.runs.points_of_block import FileOfPoints, points_of
from core.runs.recognise import Choice, Guess, choose
from core.runs.text_file import size_of

MOST_FILES = 10_000
_READING = 0.9  # of the work; the rest is sorting

Progress = Callable[[float], bool]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file looks like, before it is read.

    Attributes:
        format: what people call its format.
        layout: ``tidy`` (a row a point) or ``wide`` (a column a run).
        header: names of the columns.
        rows: first rows, a text a cell.
        guesses: what each quantity was taken from, and why.
        wide_runs: runs of a wide table.
        params_counted: what N counts.
        counted_reason: why.
        columns: the guesses as one would say them.
        missing: what is needed before the file can be read, empty if nothing.
    """

    format: str
    layout: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    guesses: tuple[Guess, ...]
    wide_runs: tuple[str, ...]
    params_counted: str
    counted_reason: str
    columns: Columns
    missing: str


def read_runs(
    paths: Sequence[Path], columns: Columns | None = None, progress: Progress | None = None
) -> RunsTable:
    """Read trainings from files and folders into one table.

    What cannot be used is left out and listed in the table's ``problems``; N, D and C follow
    from each other by C = 6 N D where one is missing.

    Args:
        paths: files of any known format, or folders of them.
        columns: what the person says about the columns; the rest is recognised.
        progress: called with the fraction done, 0 to 1; False stops the reading.

    Raises:
        InputError: a file is of no known format, cannot be read, lacks a quantity, or no row of
            any file can be used.
        CancelledError: ``progress`` returned False.
    """
    columns = columns or Columns()
    _check(columns)
    files = _files(paths)
    sizes = [size_of(path) for path in files]
    journal = Journal()
    collector = Collector(columns, journal)
    counted: list[str] = []
    for i, path in enumerate(files):
        done, share = sum(sizes[:i]) / sum(sizes), sizes[i] / sum(sizes)
        reader = reader_of(path)
        sample = _sample(reader, path, 0)
        choice = choose(sample.header, columns, path.name)
        roles = roles_to_read(choice, columns, path.name, sample.header)
        source = FileOfPoints(path.name, sample.place, sample.is_log, choice, journal, roles)
        _tell_choice(source)
        counted.append(choice.params_counted)
        collector.open(source)
        run_name = _run_name(path, sample, files)
        n_blank = 0
        for block in reader.blocks(path, source.columns(), choice.column("run")):
            points, blank = points_of(block, source)
            n_blank += blank
            collector.add(points, source, run_name)
            if progress and not progress(_READING * (done + share * block.fraction)):
                raise CancelledError
        if n_blank and sample.is_log:
            reason = f"{n_blank:,} of its records have no {choice.column('loss')}"
            journal.note(path.name, reason, used=False)
    if not collector.size:
        raise _nothing_usable(files, journal)
    table = assemble(collector, _agreed(counted, files, journal))
    if progress and not progress(1.0):
        raise CancelledError
    return table


def preview(path: Path, rows: int = 20, columns: Columns | None = None) -> Preview:
    """The beginning of a file and what its columns are taken for.

    Args:
        path: a file of any known format.
        rows: how many rows to show.
        columns: what the person has said so far.

    Raises:
        InputError: the file is of no known format, cannot be read, or ``columns`` names a column
            that it does not have.
    """
    columns = columns or Columns()
    reader = reader_of(path)
    sample = _sample(reader, path, rows)
    choice = choose(sample.header, columns, path.name)
    missing = ""
    try:
        roles_to_read(choice, columns, path.name, sample.header)
    except InputError as error:
        missing = f"{error.field}: {error.expected}"
    return Preview(
        reader.name,
        "wide" if choice.wide else "tidy",
        sample.header,
        sample.rows,
        choice.guesses,
        tuple(run for _, run in choice.wide),
        choice.params_counted,
        choice.counted_reason,
        _said(choice, columns),
        missing,
    )


def _sample(reader: Reader, path: Path, rows: int) -> Sample:
    sample = reader.sample(path, rows)
    if len(sample.header) > MOST_COLUMNS:
        raise too_wide(path.name)
    return sample


def _said(choice: Choice, columns: Columns) -> Columns:
    """What was recognised, as a person would say it."""
    column = choice.column
    return replace(
        columns,
        params=column("params"),
        tokens=column("tokens"),
        compute=column("compute"),
        loss=_loss_name(choice),
        run=column("run"),
        step=column("step"),
        unique_tokens=column("unique_tokens"),
        params_counted=choice.params_counted,
    )


def _check(columns: Columns) -> None:
    numbers = {"tokens_per_step": columns.tokens_per_step, "params_value": columns.params_value}
    numbers |= {f"params of {name}": value for name, value in columns.params_by_run.items()}
    for field, value in numbers.items():
        if value is not None and not (math.isfinite(value) and value > 0):
            raise InputError(field, value, "a positive number")


def _files(paths: Sequence[Path]) -> list[Path]:
    """Every file once; folders with all that a reader knows by name."""
    endings = tuple(suffix for reader in READERS for suffix in reader.suffixes)
    files: dict[Path, None] = {}
    for path in paths:
        if not _is_folder(path):
            files[path] = None
            continue
        found = [file for file in sorted(path.rglob("*")) if _is_run(file, endings)]
        if not found:
            raise InputError("file", path.name, "a folder with runs in it: none was found")
        files |= dict.fromkeys(found)
    if not files:
        raise InputError("file", "", "at least one file with runs")
    if len(files) > MOST_FILES:
        raise InputError("file", f"{len(files):,} files", f"at most {MOST_FILES:,} files")
    for path in files:
        reader_of(path)  # one that cannot be read is told before an hour is spent on the others
    return list(files)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, a folder that may not be entered: its reader says so
        return False


def _is_run(file: Path, endings: tuple[str, ...]) -> bool:
    name = file.name.lower()
    return file.is_file() and (name.endswith(endings) or ".tfevents." in name)


def _run_name(path: Path, sample: Sample, files: Sequence[Path]) -> str:
    """The run that a file is; with its folder where files in several are called the same."""
    if sample.run_name == path.stem and sum(file.stem == path.stem for file in files) > 1:
        return f"{path.absolute().parent.name}/{path.stem}"
    return sample.run_name


def _tell_choice(source: FileOfPoints) -> None:
    """What was read where the file offers more than one, or in another unit."""
    choice, journal = source.choice, source.journal
    if choice.ignored:
        others = ", ".join(choice.ignored[:4])
        journal.note(source.file, f"{_loss_name(choice)} is read as the loss; {others} is not")
    for role in (role for role in source.roles if role != "loss"):
        guess = choice.by_role[role]
        if guess.others:
            others = ", ".join(guess.others[:4])
            journal.note(source.file, f"{guess.column} is read as {role}; {others} is not")
        if guess.scale != 1:
            reason = f"is read in units of {guess.scale:g}"
            journal.note(source.file, reason, column=str(guess.column))


def _loss_name(choice: Choice) -> str | None:
    """Column of the losses, or what the columns of a wide table end in."""
    if choice.wide:
        return choice.wide[0][0].rpartition(" - ")[2]
    return choice.column("loss")


def _agreed(counted: Sequence[str], files: Sequence[Path], journal: Journal) -> str:
    """What N counts in all files, "unknown" where they differ."""
    kinds = list(dict.fromkeys(counted))
    if len(kinds) == 1:
        return kinds[0]
    journal.note(files[0].name, f"N does not count the same in all files: {', '.join(kinds)}")
    return "unknown"


def _nothing_usable(files: Sequence[Path], journal: Journal) -> InputError:
    names = ", ".join(path.name for path in files[:5])
    problems = [problem for problem in journal.problems() if not problem.used]
    if any(
        problem.reason.startswith(MISSING) and problem.column == "params" for problem in problems
    ):
        return InputError(
            "params", names, "known: name a column of N, or give N for all runs or run by run"
        )
    hint = f"; of {len(problems)} problems the first is: {problems[0]}" if problems else ""
    return InputError("file", names, f"a table with at least one row that can be used{hint}")
