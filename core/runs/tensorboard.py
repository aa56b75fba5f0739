"""TensorBoard event files, through TensorBoard's own reader, which is an optional extra."""

import os
import struct
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.files import open_file
from core.runs.blocks import Block, BlockBuilder, Reader, Sample
from core.runs.records import add_record, header_of, rows_of

MAX_EVENT_BYTES = 256 * 2**20
MOST_EVENTS = 10_000_000
_LOADER = "tensorboard.backend.event_processing.event_file_loader"
_Value = Any  # of TensorBoard, which may be missing
_INSTALL = "readable: install TensorBoard's reader with: pip install tensorboard"


def sample(path: Path, rows: int) -> Sample:
    """Tags of the scalars, and their first values by step.

    Raises:
        InputError: TensorBoard is not installed, or there are no scalars.
    """
    records = _records(path)
    if not records:
        raise InputError("file", path.name, "an event file with scalars: it has none")
    header = header_of(records)
    return Sample(
        header, rows_of(records[:rows], header), path.absolute().parent.name, "step", True
    )


def blocks(path: Path, names: Sequence[str], label: str | None) -> Iterator[Block]:
    """The scalars ``names`` by step, as one block."""
    builder = BlockBuilder(len(names), label is not None)
    n_whole, is_cut = _count_events(path)
    records = _records(path)
    if is_cut:
        reason = f"ends within an event, after {n_whole:,} of them: is the training still running?"
        builder.notes.append((None, reason))
    for record in records:
        add_record(builder, int(record["step"]), record, names, label)
    yield builder.build(1.0)


def _records(path: Path) -> list[dict[str, Any]]:
    """Scalars by step: a dictionary a step, with its tags."""
    try:
        loader = import_module(_LOADER).LegacyEventFileLoader
    except ImportError as error:
        raise InputError("file", path.name, _INSTALL) from error
    n_whole, _ = _count_events(path)
    by_step: dict[int, dict[str, Any]] = {}
    repeated: list[dict[str, Any]] = []
    n_read = 0
    try:
        for event in loader(str(path)).Load():
            n_read += 1
            for value in event.summary.value:
                number = _scalar(value)
                if number is None:
                    continue
                record = by_step.setdefault(event.step, {"step": event.step})
                if value.tag in record:  # a training that went back to a checkpoint
                    repeated.append({"step": event.step, value.tag: number})
                else:
                    record[value.tag] = number
    except Exception as error:  # a library's, on a file that may hold anything
        raise InputError("file", path.name, f"a whole event file ({error})") from error
    if n_read < n_whole:
        why = f"an undamaged event file: event {n_read + 1} of {n_whole} has a wrong checksum"
        raise InputError("file", path.name, why)
    return [*by_step.values(), *repeated]


def _scalar(value: _Value) -> float | None:
    """The number in a summary's value, as TensorFlow 1 or as PyTorch and TensorFlow 2 write it."""
    kind = value.WhichOneof("value")
    if kind == "simple_value":
        return float(value.simple_value)
    if kind != "tensor" or any(dim.size != 1 for dim in value.tensor.tensor_shape.dim):
        return None
    try:
        array = import_module("tensorboard.util.tensor_util").make_ndarray(value.tensor)
        return float(array.item()) if array.dtype.kind in "fiu" else None
    except (TypeError, ValueError):
        return None


def _count_events(path: Path) -> tuple[int, bool]:
    """Whole events in a file, and whether it ends within one.

    The lengths are checked before a reader that believes them sees the file.
    """
    at, count = 0, 0
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size
        while at + 12 <= size:
            file.seek(at)
            (length,) = struct.unpack("<Q", file.read(8))
            if not 0 < length <= MAX_EVENT_BYTES:
                raise InputError("file", path.name, f"an event file: event {count + 1} is damaged")
            if at + 16 + length > size:
                break
            at += 16 + length
            count += 1
            if count > MOST_EVENTS:
                expected = f"an event file of at most {MOST_EVENTS:,} events"
                raise InputError("file", path.name, expected)
    return count, at < size


def _recognises(path: Path, head: bytes) -> bool:
    return ".tfevents." in path.name or b"brain.Event:" in head[:64]


READER = Reader("TensorBoard events", (".tfevents.",), _recognises, sample, blocks)
