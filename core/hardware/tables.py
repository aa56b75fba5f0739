"""Tables of the catalogue: the shipped ones, and a person's own in their folder.

A row that cannot be read never hides the others, and no row of a person's file is ever lost:
lines are added and taken out, the rest of the file stays as it was written.
"""

import csv
import io
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import resources
from core.errors import InputError
from core.files import is_gone, read_file, write_atomically
from core.folders import data_folder
from core.messages import QT_TRANSLATE_NOOP, Message

T = TypeVar("T")
Stamp = tuple[int, int, int] | None
_MOST_BYTES, _MOST_ROWS = 20_000_000, 100_000  # a refresh writes some thousand rows


def user_folder() -> Path:
    """Where a person's own rows live."""
    return data_folder()


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read: a file, or one row of it.

    Attributes:
        path: the file, which stays as it is.
        row: line of the file, the header being line 1; None for the file as a whole.
        error: the field and what it must be.
    """

    path: Path
    row: int | None
    error: InputError

    @property
    def message(self) -> Message:
        """One sentence for people, naming file, row and field."""
        parts = {"file": str(self.path), "reason": str(self.error)}
        if self.row is None:
            return Message(
                "unread_file", QT_TRANSLATE_NOOP("core", "{file} is not used: {reason}"), parts
            )
        return Message(
            "unread_row",
            QT_TRANSLATE_NOOP("core", "row {row} of {file} is not used: {reason}"),
            {**parts, "row": str(self.row)},
        )


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """The rows of one file that could be read, and what could not."""

    rows: tuple[T, ...] = ()
    problems: tuple[Problem, ...] = ()


def shipped_rows(name: str) -> list[dict[str, str]]:
    """Every row of a table in ``resources/catalog``."""
    with resources.path(f"catalog/{name}").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def stamp(path: Path) -> Stamp:
    """What changes when a file does; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def read_table(path: Path, columns: Iterable[str], read: Callable[[dict[str, str]], T]) -> Table[T]:
    """Read a person's file; none there is an empty table.

    Args:
        path: a CSV file with a header.
        columns: names that the header must have, in any order.
        read: makes a value of one row; raises `InputError` for a bad cell.
    """
    if is_gone(path):
        return Table()
    try:
        _, header, records = _opened(path, columns)
    except InputError as error:
        return Table(problems=(Problem(path, None, error),))
    rows: list[T] = []
    problems: list[Problem] = []
    for lines, cells in records:
        try:
            if len(cells) > len(header):
                raise InputError("row", ",".join(cells), f"of {len(header)} cells, as the header")
            rows.append(read(_as_row(header, cells)))
        except InputError as error:
            problems.append(Problem(path, lines.start + 1, error))
    return Table(tuple(rows), tuple(problems))


def put_row(
    path: Path,
    columns: tuple[str, ...],
    row: dict[str, str],
    same: Callable[[dict[str, str]], bool],
) -> None:
    """Add ``row`` to a person's file in place of those that are the ``same``; make it if needed.

    Raises:
        InputError: the file there cannot be read, and so must not be changed; or it cannot be
            written.
    """
    text, header = ("", list(columns)) if is_gone(path) else _without(path, columns, same)
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    if not text:
        writer.writerow(header)
    elif not text.endswith("\n"):
        lines.write("\n")
    writer.writerow([row.get(name, "") for name in header])
    _write(path, text + lines.getvalue())


def take_row(path: Path, columns: tuple[str, ...], same: Callable[[dict[str, str]], bool]) -> bool:
    """Take the rows that are the ``same`` out of a person's file; whether there was one.

    Raises:
        InputError: the file cannot be read or written; it stays as it is.
    """
    if is_gone(path):
        return False
    before = _opened(path, columns)[0]
    after, _ = _without(path, columns, same)
    if after == before:
        return False
    _write(path, after)
    return True


def write_table(path: Path, columns: tuple[str, ...], rows: Iterable[dict[str, str]]) -> None:
    """Write a whole table.

    Raises:
        InputError: it cannot be written.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    _write(path, text.getvalue())


def positive(row: dict[str, str], field: str) -> float | None:
    """The positive number in a cell; None for an empty one.

    Raises:
        InputError: it is something else.
    """
    text = row.get(field, "").strip()
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise InputError(field, text, "a positive number, or empty where not known")
    return value


def required(row: dict[str, str], field: str) -> str:
    """The text in a cell.

    Raises:
        InputError: it is empty.
    """
    text = row.get(field, "").strip()
    if not text:
        raise InputError(field, text, "given")
    return text


def _opened(
    path: Path, columns: Iterable[str]
) -> tuple[str, list[str], list[tuple[range, list[str]]]]:
    """Text, header and records of a file; a record knows its lines, counted from 0."""
    try:
        text = read_file(path, _MOST_BYTES).decode("utf-8-sig")
        reader = csv.reader(_lines(text), strict=True)
        records: list[tuple[range, list[str]]] = []
        start = 0
        for cells in reader:
            if cells:
                records.append((range(start, reader.line_num), cells))
                if len(records) > _MOST_ROWS:
                    raise ValueError(f"it has more than {_MOST_ROWS:,} rows")
            start = reader.line_num
    except (OSError, ValueError, csv.Error) as error:
        raise InputError("file", path, f"a readable CSV table ({error})") from error
    header = [name.strip() for name in records.pop(0)[1]] if records else []
    missing = [name for name in columns if name not in header]
    if missing:
        raise InputError("file", path, f"a table with the columns {', '.join(missing)}")
    return text, header, records


def _lines(text: str) -> list[str]:
    """Lines with their ends; unlike ``splitlines``, only at ends of lines that CSV knows."""
    return list(io.StringIO(text, newline=""))


def _as_row(header: list[str], cells: list[str]) -> dict[str, str]:
    return dict(zip(header, cells, strict=False))


def _without(
    path: Path, columns: Iterable[str], same: Callable[[dict[str, str]], bool]
) -> tuple[str, list[str]]:
    text, header, records = _opened(path, columns)
    gone = {line for lines, cells in records if same(_as_row(header, cells)) for line in lines}
    kept = [line for n, line in enumerate(_lines(text)) if n not in gone]
    return "".join(kept), header


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text.encode("utf-8"))
    except OSError as error:
        raise InputError("file", path, f"a file that can be written ({error.strerror})") from error
