"""CSV and TSV files: their dialect, and their rows block by block."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from core.errors import InputError
from core.runs.blocks import MOST_COLUMNS, Block, Reader, Sample, too_wide
from core.runs.delimited_rows import LINES_OF_A_CELL, Dialect, Wanted, read_rows, split
from core.runs.text_file import Piece, first_lines, pieces

_DELIMITERS = (",", "\t", ";", "|")
_SNIFFED_LINES = 30


def sample(path: Path, rows: int) -> Sample:
    """Header and first rows of a delimited file.

    Raises:
        InputError: it is empty or its first row is no header.
    """
    dialect, lines = _sniff(path, rows)
    first = [split(line, dialect.delimiter) for line in lines[dialect.header_line :] if line]
    return Sample(dialect.header, tuple(tuple(row) for row in first[:rows]), path.stem)


def blocks(path: Path, names: Sequence[str], label: str | None) -> Iterator[Block]:
    """The columns ``names`` and the runs in ``label`` of a delimited file, block by block."""
    dialect, _ = _sniff(path, 0)
    place_of = {name: place for place, name in reversed(list(enumerate(dialect.header)))}
    places = tuple(place_of[name] for name in names)
    wanted = Wanted(places, None if label is None else place_of[label])
    is_told = False
    for piece in _without_header(_whole_rows(pieces(path)), dialect.header_line):
        for block in read_rows(piece, dialect, wanted):
            if piece.encoding == "utf-8" or is_told:
                yield block
            else:
                is_told = True
                yield replace(block, notes=((None, "is not UTF-8 text: read as Windows-1252"),))


def _recognises(path: Path, head: bytes) -> bool:
    return path.suffix.lower() in READER.suffixes or b"," in head or b"\t" in head


def _sniff(path: Path, rows: int) -> tuple[Dialect, list[str]]:
    lines = first_lines(path, max(_SNIFFED_LINES, rows) + 1)
    start = next((i for i, line in enumerate(lines) if line.strip() and line[0] != "#"), None)
    if start is None:
        raise InputError("file", path.name, "a table with a header: it is empty")
    body = [line for line in lines[start : start + _SNIFFED_LINES] if line]
    if max(body[0].count(sign) for sign in _DELIMITERS) >= MOST_COLUMNS:
        raise too_wide(path.name)
    delimiter = max(_DELIMITERS, key=lambda sign: _fit(body, sign))
    header = tuple(cell.strip() for cell in split(body[0], delimiter))
    if all(_is_number(cell) for cell in header):
        raise InputError("file", path.name, "a table whose first row names its columns")
    cells = [cell for line in body[1:] for cell in split(line, delimiter)]
    with_comma = sum(_is_number(cell.replace(",", ".", 1)) for cell in cells if "," in cell)
    with_point = sum(_is_number(cell) for cell in cells if "." in cell)
    decimal = "," if delimiter != "," and with_comma > with_point else "."
    return Dialect(delimiter, decimal, header, start + 1), lines


def _fit(lines: list[str], delimiter: str) -> tuple[float, int]:
    """How well ``delimiter`` explains ``lines``: share of rows like the header, then columns."""
    widths = [len(split(line, delimiter)) for line in lines]
    if widths[0] < 2:
        return 0.0, 0
    return sum(width == widths[0] for width in widths) / len(widths), widths[0]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _without_header(source: Iterator[Piece], header_line: int) -> Iterator[Piece]:
    for piece in source:
        if piece.first_line > header_line:
            yield piece
            continue
        parts = piece.content.split(b"\n", header_line)
        if len(parts) > header_line and parts[header_line]:
            yield Piece(parts[header_line], piece.encoding, header_line + 1, piece.fraction)


def _whole_rows(source: Iterator[Piece]) -> Iterator[Piece]:
    """Pieces that do not end inside a quoted cell of several lines."""
    carried = b""
    for piece in source:
        content = carried + piece.content
        first = piece.first_line - carried.count(b"\n")
        carried = b""
        if piece.fraction < 1 and b'"' in content:
            open_at = _open_row(content)
            content, carried = content[:open_at], content[open_at:]
        yield Piece(content, piece.encoding, first, piece.fraction)
    if carried:
        yield Piece(carried, piece.encoding, first + content.count(b"\n"), 1.0)


def _open_row(content: bytes) -> int:
    """Where the last row begins if a quote of it is open at the end, else the length."""
    end = len(content)
    if content.count(b'"') % 2 == 0:
        return end
    for _ in range(LINES_OF_A_CELL):
        start = content.rfind(b"\n", 0, max(end - 1, 0)) + 1
        if content.count(b'"', start, end) % 2:
            return start
        end = start
    return len(content)


READER = Reader("CSV or TSV", (".csv", ".tsv", ".txt", ".tab"), _recognises, sample, blocks)
