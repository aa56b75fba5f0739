"""Blocks of any layout as points: one row a point, each quantity in its unit, bad rows told."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import InputError
from core.ops import FloatArray
from core.quantities import Kind, parse_quantity
from core.runs.blocks import MISSING, Block
from core.runs.journal import Journal
from core.runs.recognise import Choice

QUANTITIES = ("params", "tokens", "compute", "step", "unique_tokens", "loss")
_EMPTY = ("is NaN", "is empty")
_COUNTS = ("params", "tokens", "compute", "unique_tokens")


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points of one block.

    Attributes:
        values: by quantity, shape (n,), NaN where a cell is empty.
        names: of runs; empty where the file does not name them.
        run: shape (n,), which of ``names`` a point belongs to.
        lines: shape (n,), where a point stands in its file.
    """

    values: dict[str, FloatArray]
    names: tuple[str, ...]
    run: npt.NDArray[np.intp]
    lines: npt.NDArray[np.int64]

    def where(self, mask: npt.NDArray[np.bool_]) -> "Points":
        """The points where ``mask`` (shape (n,)) holds."""
        if mask.all():
            return self
        values = {role: column[mask] for role, column in self.values.items()}
        run = self.run[mask] if self.names else self.run
        return Points(values, self.names, run, self.lines[mask])


@dataclass(frozen=True, slots=True)
class FileOfPoints:
    """What is known of a file while its blocks are read.

    Attributes:
        file: its name for problems.
        place: what its rows are called, see ``Sample``.
        is_log: see ``Sample``.
        choice: which column is what.
        journal: where problems go.
        roles: quantities that are read from columns of their own.
    """

    file: str
    place: str
    is_log: bool
    choice: Choice
    journal: Journal
    roles: tuple[str, ...]

    def columns(self) -> tuple[str, ...]:
        """The numeric columns to ask the reader for: first ``roles``, then those of runs."""
        names = [str(self.choice.column(role)) for role in self.roles]
        return (*names, *(name for name, _ in self.choice.wide))

    def report(
        self,
        role: str,
        reason: str,
        rows: npt.NDArray[np.intp],
        lines: npt.NDArray[np.int64],
        value: "dict[int, str] | FloatArray",
        *,
        used: bool = False,
    ) -> None:
        """Rows of a block, ``lines`` theirs, whose ``role`` is ``reason``."""
        column = self.choice.column(role) or role

        def describe(row: int) -> tuple[int | None, str, str]:
            text = value.get(row, "") if isinstance(value, dict) else f"{value[row]:.6g}"
            return self.at(int(lines[row]), text)

        self.journal.rows(self.file, column, reason, rows, describe, used=used)

    def at(self, line: int, text: str, more: str = "") -> tuple[int | None, str, str]:
        """Line, cell and addition of a problem in row ``line``; no line where there are none."""
        if self.place == "line":
            return line, text, more
        return None, text, f"{more}({self.place} {line})"


def points_of(block: Block, source: FileOfPoints) -> tuple[Points, int]:
    """The points of ``block`` whose cells are numbers, and how many rows have no loss at all.

    Rows that cannot be used go into the journal; an empty cell stays NaN, since what is missing
    may follow from the rest.
    """
    _report_left_out(block, source)
    for place, reason in block.notes:
        source.journal.note(source.file, reason, line=place)
    points, texts = _wide(block, source) if source.choice.wide else _tidy(block, source)
    good = np.ones(points.lines.size, dtype=bool)
    for role, column in points.values.items():
        if role != "loss":
            good &= _usable(role, column, texts.get(role, {}), points.lines, source)
    loss = points.values["loss"]
    unread = texts.get("loss", {})
    blank = np.isnan(loss)
    blank[list(unread)] = False
    good &= _usable("loss", loss, unread, points.lines, source) & ~np.isnan(loss)
    n_blank = int(blank.sum())
    if n_blank and not source.is_log and not source.choice.wide:
        source.report("loss", "is empty", np.flatnonzero(blank), points.lines, {})
    return points.where(good), n_blank


def _report_left_out(block: Block, source: FileOfPoints) -> None:
    reasons = np.array([reason for _, _, reason in block.left_out])
    for reason in dict.fromkeys(reasons.tolist()):
        rows = np.flatnonzero(reasons == reason)
        source.journal.rows(
            source.file, "", reason, rows, lambda row: source.at(*block.left_out[row][:2])
        )


def _tidy(block: Block, source: FileOfPoints) -> tuple[Points, dict[str, dict[int, str]]]:
    values, texts = {}, {}
    for place, role in enumerate(source.roles):
        scale = source.choice.by_role[role].scale
        is_changed = scale != 1 or place in block.texts
        values[role] = block.columns[place] * scale if is_changed else block.columns[place]
        if place in block.texts:
            texts[role] = block.texts[place]
    return Points(values, block.labels, block.label_index, block.lines), texts


def _wide(block: Block, source: FileOfPoints) -> tuple[Points, dict[str, dict[int, str]]]:
    """Each run's column below the other; cells without a loss are no points."""
    shared, shared_texts = _tidy(block, source)
    first = len(source.roles)
    rows, losses, owner = [], [], []
    loss_texts: dict[int, str] = {}
    size = 0
    for j in range(len(source.choice.wide)):
        column, texts = block.columns[first + j], block.texts.get(first + j, {})
        is_point = ~np.isnan(column)
        is_point[[row for row, text in texts.items() if text.strip().lower() not in MISSING]] = True
        at = np.flatnonzero(is_point)
        new_row = {int(row): size + i for i, row in enumerate(at)} if texts else {}
        loss_texts |= {new_row[row]: text for row, text in texts.items() if row in new_row}
        rows.append(at)
        losses.append(column[at])
        owner.append(np.full(at.size, j, dtype=np.intp))
        size += at.size
    row = np.concatenate(rows)
    values = {role: column[row] for role, column in shared.values.items()}
    values["loss"] = np.concatenate(losses)
    texts_of_shared = {
        role: {i: texts[r] for i, r in enumerate(row.tolist()) if r in texts}
        for role, texts in shared_texts.items()
    }
    names = tuple(run for _, run in source.choice.wide)
    points = Points(values, names, np.concatenate(owner), block.lines[row])
    return points, {**texts_of_shared, "loss": loss_texts}


def _usable(
    role: str,
    column: FloatArray,
    texts: dict[int, str],
    lines: npt.NDArray[np.int64],
    source: FileOfPoints,
) -> npt.NDArray[np.bool_]:
    """Where ``column`` holds a positive number or nothing; counts like 124M are put into it."""
    good = np.ones(column.size, dtype=bool)
    by_reason: dict[str, list[int]] = {}
    for row, text in texts.items():
        if role in _COUNTS and math.isnan(column[row]):
            column[row] = _count(text, source.choice.by_role[role].scale)
        if not math.isfinite(column[row]):
            reason = _unreadable(text, column[row])
            if role == "loss" or reason not in _EMPTY:
                by_reason.setdefault(reason, []).append(row)
    for reason, rows in by_reason.items():
        at = np.array(sorted(rows), dtype=np.intp)
        good[at] = False
        source.report(role, reason, at, lines, texts)
    for reason, mask in (
        ("is infinite", np.isinf(column) & good),
        ("is not positive", column <= 0),
    ):
        if mask.any():
            good &= ~mask
            source.report(role, reason, np.flatnonzero(mask), lines, column)
    return good


def _count(text: str, scale: float) -> float:
    """``124M``, ``1,234,567``: what people write for parameters and tokens; else NaN."""
    try:
        return parse_quantity(text, Kind.PARAMETERS, "count") * scale
    except InputError:
        return math.nan


def _unreadable(text: str, value: float) -> str:
    if text.strip().lower() in MISSING:
        return "is NaN" if "nan" in text.lower() else "is empty"
    if math.isinf(value):
        return "is infinite" if "inf" in text.lower() else "is too large for a number"
    return "is not a number"
