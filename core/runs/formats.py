"""The file formats that are known: a new one is a module with a ``READER`` and a line here."""

from pathlib import Path

from core.errors import InputError
from core.runs import delimited, jsonl, parquet, tensorboard, trainer_state
from core.runs.blocks import Reader
from core.runs.text_file import head_of

# The first that recognises a file reads it; CSV takes whatever has commas, so it is the last.
READERS: tuple[Reader, ...] = (
    parquet.READER,
    tensorboard.READER,
    jsonl.READER,
    trainer_state.READER,
    delimited.READER,
)


def reader_of(path: Path) -> Reader:
    """The reader for a file, by its content before its name.

    Raises:
        InputError: none knows it, it is empty, or it cannot be opened.
    """
    head = head_of(path)
    if not head.strip():
        raise InputError("file", path.name, "a file with runs: it is empty")
    for reader in READERS:
        if reader.recognises(path, head):
            return reader
    known = ", ".join(reader.name for reader in READERS)
    raise InputError("file", path.name, f"in one of the known formats ({known})")
