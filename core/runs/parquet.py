"""Parquet, in batches, through pyarrow, which is an optional extra."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from core.bundle import bundle_folder
from core.errors import InputError
from core.runs.blocks import BLOCK_ROWS, Block, BlockBuilder, Reader, Sample, to_text

_Batch = Any  # of pyarrow, which may be missing
_INSTALL = "readable: install the Parquet reader with: pip install pyarrow"
_CONVERT = (  # a bundle has no pip, and the reader is as large as half of it
    "saved as CSV or JSON Lines for this app, which has no reader of Parquet; where pandas is:"
    " pandas.read_parquet('runs.parquet').to_csv('runs.csv', index=False)"
)


def sample(path: Path, rows: int) -> Sample:
    """Names of the columns and first rows.

    Raises:
        InputError: pyarrow is not installed, or the file is damaged.
    """
    with _opened(path) as file:
        header = tuple(file.schema_arrow.names)
        first: tuple[tuple[str, ...], ...] = ()
        if rows:
            for batch in file.iter_batches(batch_size=rows):
                first = tuple(
                    tuple(to_text(row.get(name)) for name in header) for row in batch.to_pylist()
                )
                break
        return Sample(header, first, path.stem, "row")


def blocks(path: Path, names: Sequence[str], label: str | None) -> Iterator[Block]:
    """The columns ``names`` and the runs in ``label``, batch by batch."""
    wanted = list(dict.fromkeys((*names, *([] if label is None else [label]))))
    with _opened(path) as file:
        total, row = max(file.metadata.num_rows, 1), 1
        for batch in file.iter_batches(batch_size=BLOCK_ROWS, columns=wanted):
            yield _block(batch, names, label, row, min((row + batch.num_rows - 1) / total, 1.0))
            row += batch.num_rows


def _block(
    batch: _Batch, names: Sequence[str], label: str | None, first: int, fraction: float
) -> Block:
    pa = import_module("pyarrow")
    lines = np.arange(first, first + batch.num_rows)
    kinds = [batch.column(name).type for name in names]
    if not all(pa.types.is_floating(kind) or pa.types.is_integer(kind) for kind in kinds):
        builder = BlockBuilder(len(names), label is not None)
        for row, cells in enumerate(batch.to_pylist()):
            run = None if label is None else to_text(cells[label])
            builder.add(first + row, [cells[name] for name in names], run)
        return builder.build(fraction)
    columns = tuple(
        batch.column(name).cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        for name in names
    )
    labels: tuple[str, ...] = ()
    label_index = np.empty(0, dtype=np.intp)
    if label is not None:
        encoded = batch.column(label)
        if not pa.types.is_dictionary(encoded.type):
            encoded = encoded.dictionary_encode()
        labels = (*(to_text(name) for name in encoded.dictionary.to_pylist()), "")
        label_index = encoded.indices.fill_null(len(labels) - 1).to_numpy().astype(np.intp)
    return Block(columns, {}, labels, label_index, lines, fraction)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        pq = import_module("pyarrow.parquet")
    except ImportError as error:
        raise InputError("file", path.name, _CONVERT if bundle_folder() else _INSTALL) from error
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except InputError:
        raise
    except Exception as error:  # a library's, on a file that may hold anything
        raise InputError("file", path.name, f"a whole Parquet file ({error})") from error


def _recognises(path: Path, head: bytes) -> bool:
    return head[:4] == b"PAR1"


READER = Reader("Parquet", (".parquet",), _recognises, sample, blocks)
