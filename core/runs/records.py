"""Rows that are JSON objects, as blocks: whatever is in them, nothing is believed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.runs.blocks import BlockBuilder, to_text

_DEEPEST = 4
_MOST_COLUMNS = 10_000


def parse(text: bytes) -> tuple[Any, str]:
    """A JSON value and an empty reason, or None and why it is none."""
    try:
        return json.loads(text), ""
    except RecursionError:
        return None, "is nested too deeply"
    except UnicodeDecodeError:
        return None, "is not UTF-8 text"
    except ValueError:
        return None, "is not JSON"


def flat(record: Mapping[str, Any]) -> dict[str, Any]:
    """Nested objects with their keys joined by "/": ``{"eval": {"loss": 3}}`` has eval/loss."""
    cells: dict[str, Any] = {}
    for key, value in _leaves(record, "", _DEEPEST):
        if len(cells) >= _MOST_COLUMNS:
            break
        cells[key] = value
    return cells


def header_of(records: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every key of ``records``, in the order in which they appear."""
    return tuple(dict.fromkeys(key for record in records for key in record))


def rows_of(
    records: Sequence[Mapping[str, Any]], header: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    """``records`` as text, one cell for each name of ``header``."""
    return tuple(tuple(to_text(record.get(name)) for name in header) for record in records)


def add_record(
    builder: BlockBuilder,
    line: int,
    record: Mapping[str, Any],
    names: Sequence[str],
    label: str | None,
) -> None:
    """Put the cells ``names`` of a flat record, and its run, into ``builder``."""
    run = None if label is None else to_text(record.get(label))
    builder.add(line, [record.get(name) for name in names], run)


def _leaves(record: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, Mapping) and depth:
            yield from _leaves(value, f"{prefix}{key}/", depth - 1)
        else:
            yield f"{prefix}{key}", value
