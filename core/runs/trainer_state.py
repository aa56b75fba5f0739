"""``trainer_state.json``, which the Hugging Face Trainer writes beside each checkpoint."""

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.runs.blocks import Block, BlockBuilder, Reader, Sample, to_number
from core.runs.records import add_record, flat, header_of, parse, rows_of
from core.runs.text_file import all_of

MAX_BYTES = 256 * 2**20  # of a file that must be held as a whole
_SHARED_OUT = "total_flos is shared out over the steps: the file gives it for the last one only"


def sample(path: Path, rows: int) -> Sample:
    """Keys of the log, and its first entries.

    Raises:
        InputError: it is not a Trainer's state, or has no log.
    """
    records, _ = _log(path)
    header = header_of(records)
    return Sample(header, rows_of(records[:rows], header), _run_name(path), "entry", True)


def blocks(path: Path, names: Sequence[str], label: str | None) -> Iterator[Block]:
    """The entries of the log as one block."""
    records, notes = _log(path)
    builder = BlockBuilder(len(names), label is not None, notes=notes)
    for number, record in enumerate(records, 1):
        add_record(builder, number, record, names, label)
    yield builder.build(1.0)


def _log(path: Path) -> tuple[list[dict[str, Any]], list[tuple[int | None, str]]]:
    """The entries of the log, each with ``total_flos`` up to its step where the file has one."""
    content = all_of(path, MAX_BYTES)
    state, reason = parse(content.removeprefix(b"\xef\xbb\xbf"))
    log = state.get("log_history") if isinstance(state, dict) else state
    if not isinstance(log, list):
        why = f"it {reason}" if reason else 'it has no list "log_history"'
        raise InputError("file", path.name, f"a trainer_state.json or a list of objects: {why}")
    records = [flat(entry) for entry in log if isinstance(entry, dict)]
    if not records:
        raise InputError("file", path.name, "a log with entries: it has none")
    if not isinstance(state, dict) or any("total_flos" in entry for entry in records[:-1]):
        return records, []
    total, last = to_number(state.get("total_flos")), to_number(state.get("global_step"))
    if not (total > 0 and last > 0 and math.isfinite(total / last)):
        return records, []
    for record in records:
        record["total_flos"] = total * to_number(record.get("step")) / last
    return records, [(None, _SHARED_OUT)]


def _run_name(path: Path) -> str:
    """The folder of the training; checkpoints lie in folders of their own."""
    folder = path.absolute().parent
    if re.fullmatch(r"checkpoint-\d+", folder.name):
        folder = folder.parent
    return folder.name or path.stem


def _recognises(path: Path, head: bytes) -> bool:
    if path.name.lower() == "trainer_state.json":
        return True
    return path.suffix.lower() == ".json" and head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (
        b"{",
        b"[",
    )


READER = Reader(
    "Hugging Face trainer_state.json", ("trainer_state.json",), _recognises, sample, blocks
)
