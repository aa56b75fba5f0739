"""What every reader hands over: some rows of a file, as numbers where they are numbers."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from core.errors import InputError
from core.ops import FloatArray
from core.runs.points import shown

BLOCK_BYTES = 16 * 2**20
MOST_COLUMNS = 20_000
BLOCK_ROWS = 200_000  # of readers that count rows instead of bytes
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "#n/a"})


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some rows of one file, k columns of them.

    Attributes:
        columns: k arrays of shape (n,), NaN where a cell is no number.
        texts: by column and row, cells that are no finite number as they are written; a cell
            that is empty needs no entry.
        labels: names of runs; empty if the table was not asked for them.
        label_index: shape (n,), which of ``labels`` a row has.
        lines: shape (n,), 1-based lines, or numbers of rows where the format has no lines.
        fraction: how much of the file has been read, 0 to 1.
        left_out: line, text and reason of rows that could not be taken apart.
        notes: line (or None) and text of what else there is to know.
    """

    columns: tuple[FloatArray, ...]
    texts: dict[int, dict[int, str]]
    labels: tuple[str, ...]
    label_index: npt.NDArray[np.intp]
    lines: npt.NDArray[np.int64]
    fraction: float
    left_out: tuple[tuple[int, str, str], ...] = ()
    notes: tuple[tuple[int | None, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """The beginning of a file.

    Attributes:
        header: names of the columns.
        rows: the first rows as text.
        run_name: the run that the file is, where it has no column of runs.
        place: what a row is called: "line", or "row" or "entry" where there are no lines.
        is_log: whether records of other kinds are to be expected between the points.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    run_name: str
    place: str = "line"
    is_log: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """One file format.

    Attributes:
        name: what people call it.
        suffixes: endings of names by which a folder is searched for it, lower case.
        recognises: whether a file is of this format, from its path and first 64 kB.
        sample: its columns and first rows; raises ``InputError`` if it is unusable.
        blocks: the rows: path, names of numeric columns, column of runs or None.
    """

    name: str
    suffixes: tuple[str, ...]
    recognises: Callable[[Path, bytes], bool]
    sample: Callable[[Path, int], Sample]
    blocks: Callable[[Path, Sequence[str], str | None], Iterator[Block]]


def too_wide(file: str) -> InputError:
    """The error for a table of more than `MOST_COLUMNS`."""
    return InputError("file", file, f"a table of at most {MOST_COLUMNS:,} columns")


def to_number(cell: object) -> float:
    """A cell as a number; NaN if it is none, infinite if it is too large for one."""
    if isinstance(cell, bool) or cell is None:
        return math.nan
    try:
        return float(cell)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf
    except (TypeError, ValueError):
        return math.nan


def to_text(cell: object) -> str:
    """A cell as one would read it in the file."""
    if cell is None:
        return ""
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) >= 10**300:
        return "an integer of more than 300 digits"  # str() of it may raise
    if isinstance(cell, (str, int, float)):
        return str(cell)
    try:
        return shown(str(cell)[:200])
    except (RecursionError, ValueError):  # nested too deeply, a number of too many digits
        return f"a {type(cell).__name__}"


@dataclass(slots=True)
class BlockBuilder:
    """Gathers cells row by row, for the formats that come that way."""

    width: int
    with_labels: bool
    cells: list[list[float]] = field(init=False)
    texts: dict[int, dict[int, str]] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    label_index: list[int] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    notes: list[tuple[int | None, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.cells = [[] for _ in range(self.width)]

    def add(self, line: int, cells: Sequence[Any], label: str | None = None) -> None:
        """One row: a cell for each column, and the run that it belongs to."""
        row = len(self.lines)
        self.lines.append(line)
        for place, cell in enumerate(cells):
            number = to_number(cell)
            self.cells[place].append(number)
            if not math.isfinite(number) and cell is not None and cell != "":
                self.texts.setdefault(place, {})[row] = to_text(cell)
        if self.with_labels:
            self.label_index.append(self.names.setdefault(label or "", len(self.names)))

    def build(self, fraction: float) -> Block:
        """The rows so far."""
        return Block(
            tuple(np.array(column, dtype=np.float64) for column in self.cells),
            self.texts,
            tuple(self.names),
            np.array(self.label_index, dtype=np.intp),
            np.array(self.lines, dtype=np.int64),
            fraction,
            tuple(self.left_out),
            tuple(self.notes),
        )
