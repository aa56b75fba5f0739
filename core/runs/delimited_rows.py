"""Rows of CSV: the fast way for blocks of plain numbers, one by one for those that are not."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt

from core.runs.blocks import Block, BlockBuilder
from core.runs.text_file import Piece

LINES_OF_A_CELL = 100  # a quote that is open for longer was never meant as one
_PARTS = 16
_SLOW_BYTES = 64 * 2**10
_FAST_SHARE = 0.02  # of odd rows in a block, up to which they are looked up one by one


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file writes its table.

    Attributes:
        delimiter: between cells.
        decimal: ``.``, or ``,`` as spreadsheets in many languages have it.
        header: names of the columns.
        header_line: 1-based line of the header.
    """

    delimiter: str
    decimal: str
    header: tuple[str, ...]
    header_line: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Places in a row of the numbers to read, and of the run's name (or None)."""

    numbers: tuple[int, ...]
    label: int | None


def read_rows(piece: Piece, dialect: Dialect, wanted: Wanted) -> Iterator[Block]:
    """The wanted columns of the rows in ``piece``, whose bad cells and rows are in the blocks."""
    is_plain = b"\0" not in piece.content and _plain_quotes(piece.content)
    yield from _read(piece, dialect, wanted, is_plain and wanted.label not in wanted.numbers)


def _read(piece: Piece, dialect: Dialect, wanted: Wanted, is_plain: bool) -> Iterator[Block]:
    """In one go, or in parts, so that one bad cell makes only its neighbours slow."""
    block = _by_pandas(piece, dialect, wanted) if is_plain else None
    if block is not None:
        yield block
        return
    parts = _parts(piece) if is_plain and len(piece.content) > _SLOW_BYTES else [piece]
    for part in parts:
        if len(parts) > 1:
            yield from _read(part, dialect, wanted, is_plain)
        else:
            yield _one_by_one(part, dialect, wanted)


def _parts(piece: Piece) -> list[Piece]:
    """``piece`` in about ``_PARTS`` pieces of whole lines."""
    content, line, start = piece.content, piece.first_line, 0
    size = len(content) // _PARTS
    parts = []
    while start < len(content):
        end = content.find(b"\n", start + size) + 1 or len(content)
        part = content[start:end]
        parts.append(Piece(part, piece.encoding, line, piece.fraction))
        line += part.count(b"\n")
        start = end
    return parts


def split(line: str, delimiter: str) -> list[str]:
    """Cells of a row; a row with a cell beyond ``csv.field_size_limit()`` is one cell."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return [line]


def _by_pandas(piece: Piece, dialect: Dialect, wanted: Wanted) -> Block | None:
    """All rows in one go; None where a row needs a closer look."""
    import pandas as pd

    content = piece.content
    # pandas takes the number of cells from the first row, and says nothing of shorter ones
    first = piece.text(content.split(b"\n", 1)[0]).rstrip("\r")
    if len(split(first, dialect.delimiter)) != len(dialect.header):
        return None
    kinds: dict[int, Any] = dict.fromkeys(wanted.numbers, np.float64)
    if wanted.label is not None:
        kinds[wanted.label] = "category"
    try:
        frame = pd.read_csv(
            BytesIO(content),
            sep=dialect.delimiter,
            header=None,
            usecols=sorted(kinds),
            dtype=kinds,
            skip_blank_lines=False,
            decimal=dialect.decimal,
            encoding=piece.encoding,
        )
    except (ValueError, TypeError):  # pandas' own errors are ValueErrors
        return None
    n_lines = content.count(b"\n") + (not content.endswith(b"\n"))
    columns = tuple(frame[place].to_numpy(dtype=np.float64) for place in wanted.numbers)
    odd = ~np.logical_and.reduce([np.isfinite(column) for column in columns])
    labels: tuple[str, ...] = ()
    label_index = np.empty(0, dtype=np.intp)
    if wanted.label is not None:
        labels = tuple(str(name) for name in frame[wanted.label].cat.categories)
        label_index = frame[wanted.label].cat.codes.to_numpy().astype(np.intp)
        if (label_index < 0).any():  # empty, or one of pandas' words for it ("None")
            return None
    if len(frame) != n_lines or odd.mean() > _FAST_SHARE:
        return None
    texts = _texts(np.flatnonzero(odd), piece, dialect, wanted) if odd.any() else {}
    if texts is None:
        return None
    lines = np.arange(piece.first_line, piece.first_line + n_lines)
    return Block(columns, texts, labels, label_index, lines, piece.fraction)


def _plain_quotes(content: bytes) -> bool:
    """Whether each line closes the quotes that it opens."""
    if b'"' not in content:
        return True
    signs = np.frombuffer(content, dtype=np.uint8)
    starts = np.flatnonzero(signs[:-1] == ord("\n")) + 1
    quotes = np.add.reduceat((signs == ord('"')).astype(np.int32), np.r_[0, starts])
    return not (quotes % 2).any()


def _texts(
    odd: npt.NDArray[np.intp], piece: Piece, dialect: Dialect, wanted: Wanted
) -> dict[int, dict[int, str]] | None:
    """Cells that are no finite number, as written; None if a row is not whole."""
    lines = piece.content.split(b"\n")
    texts: dict[int, dict[int, str]] = {}
    for row in odd.tolist():
        cells = split(piece.text(lines[row]).rstrip("\r"), dialect.delimiter)
        if len(cells) != len(dialect.header):
            return None
        for place, column in enumerate(wanted.numbers):
            cell = cells[column].strip()
            if cell and not _is_finite(cell, dialect):
                texts.setdefault(place, {})[row] = cell
    return texts


def _is_finite(cell: str, dialect: Dialect) -> bool:
    try:
        return bool(np.isfinite(float(cell.replace(dialect.decimal, ".", 1))))
    except ValueError:
        return False


def _one_by_one(piece: Piece, dialect: Dialect, wanted: Wanted) -> Block:
    builder = BlockBuilder(len(wanted.numbers), wanted.label is not None)
    width = len(dialect.header)
    for line, content, is_closed in _rows(piece):
        text = piece.text(content)
        if not text.strip():
            continue
        cells = split(text, dialect.delimiter)
        if not is_closed:
            builder.left_out.append((line, text, "opens a quote that it does not close"))
        elif "\0" in text:
            builder.left_out.append((line, text, "holds NUL bytes"))
        elif any(cell.strip() for cell in cells[width:]):
            why = f"has {len(cells)} cells where the header has {width}"
            builder.left_out.append((line, text, why))
        else:
            cells += [""] * (width - len(cells))
            numbers = [cells[place].strip() for place in wanted.numbers]
            if dialect.decimal == ",":
                numbers = [cell.replace(",", ".", 1) for cell in numbers]
            label = None if wanted.label is None else cells[wanted.label].strip()
            builder.add(line, numbers, label)
    return builder.build(piece.fraction)


def _rows(piece: Piece) -> Iterator[tuple[int, bytes, bool]]:
    """Line, content and whether its quotes are closed, of each row."""
    lines = [line.removesuffix(b"\r") for line in piece.content.split(b"\n")]
    at = 0
    while at < len(lines):
        end = at + 1
        if lines[at].count(b'"') % 2:
            last = min(len(lines), at + LINES_OF_A_CELL)
            while end < last and lines[end].count(b'"') % 2 == 0:
                end += 1
            end = end + 1 if end < last else at + 1
            is_closed = end > at + 1
        else:
            is_closed = True
        yield piece.first_line + at, b"\n".join(lines[at:end]), is_closed
        at = end
