"""JSON Lines: one object a line, the points of one run or of many."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import InputError
from core.runs.blocks import BLOCK_BYTES, Block, BlockBuilder, Reader, Sample
from core.runs.records import add_record, flat, header_of, parse, rows_of
from core.runs.text_file import pieces

_SAMPLED_BYTES = 4 * 2**20  # an evaluation may come long after the first step


def sample(path: Path, rows: int) -> Sample:
    """Keys of the first objects, and the first ``rows`` of them.

    Raises:
        InputError: there is no object in it.
    """
    records = []
    for piece in pieces(path, _SAMPLED_BYTES):
        for line in piece.content.split(b"\n"):
            value, _ = parse(piece.text(line).encode())
            if isinstance(value, dict):
                records.append(flat(value))
        if records:
            header = header_of(records)
            return Sample(header, rows_of(records[:rows], header), path.stem, is_log=True)
    raise InputError("file", path.name, "JSON Lines: an object on each line")


def blocks(path: Path, names: Sequence[str], label: str | None) -> Iterator[Block]:
    """The values of the keys ``names``, and of ``label``, block by block."""
    is_told = False
    for piece in pieces(path, BLOCK_BYTES // 4):
        builder = BlockBuilder(len(names), label is not None)
        if piece.encoding != "utf-8" and not is_told:
            is_told = True
            builder.notes.append((None, "is not UTF-8 text: read as Windows-1252"))
        for number, content in enumerate(piece.content.split(b"\n"), piece.first_line):
            if not content.strip():
                continue
            text = piece.text(content)
            value, reason = parse(text.encode())
            if isinstance(value, dict):
                add_record(builder, number, flat(value), names, label)
            else:
                builder.left_out.append((number, text, reason or "is no JSON object"))
        yield builder.build(piece.fraction)


def _recognises(path: Path, head: bytes) -> bool:
    if path.suffix.lower() in READER.suffixes:
        return True
    first = head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0]
    value, _ = parse(first) if first.startswith(b"{") else (None, "")
    return isinstance(value, dict) and "log_history" not in value


READER = Reader("JSON Lines", (".jsonl", ".ndjson"), _recognises, sample, blocks)
