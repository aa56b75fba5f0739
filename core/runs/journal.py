"""Everything that readers find wrong, in the order of files and lines, without flooding memory."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.runs.points import RowProblem, shown

DETAILED_ROWS = 1000  # of one kind in one column of one file; the others are counted


@dataclass(slots=True)
class _Kind:
    """Rows with the same thing wrong."""

    file: str
    column: str
    reason: str
    used: bool
    count: int = 0
    detailed: list[RowProblem] = field(default_factory=list)


class Journal:
    """Collects problems while files are read.

    Args:
        limit: rows of one kind that are listed one by one; a last entry counts the others.
    """

    def __init__(self, limit: int = DETAILED_ROWS) -> None:
        self._limit = limit
        self._notes: list[RowProblem] = []
        self._kinds: dict[tuple[str, str, str, bool], _Kind] = {}
        self._files: dict[str, int] = {}

    def note(
        self,
        file: str,
        reason: str,
        *,
        column: str = "",
        value: str = "",
        line: int | None = None,
        used: bool = True,
    ) -> None:
        """Something to know about a file, a run or a column; ``used`` as in ``RowProblem``."""
        self._files.setdefault(file, len(self._files))
        self._notes.append(RowProblem(file, line, column, shown(value), reason, used))

    def rows(
        self,
        file: str,
        column: str,
        reason: str,
        rows: npt.NDArray[np.intp],
        describe: Callable[[int], tuple[int | None, str, str]],
        *,
        used: bool = False,
    ) -> None:
        """Rows with the same thing wrong.

        Args:
            file: where they are.
            column: likewise; empty where it concerns no column.
            reason: what is wrong, the same for all of them.
            rows: shape (k,), which they are, in the caller's own counting.
            describe: line, cell and what to add to the reason, for a row; asked only for the
                rows that will be listed.
            used: kept all the same.
        """
        self._files.setdefault(file, len(self._files))
        key = (file, column, reason, used)
        kind = self._kinds.setdefault(key, _Kind(*key))
        kind.count += rows.size
        for row in rows[: self._limit - len(kind.detailed)].tolist():
            line, value, more = describe(row)
            text = f"{reason} {more}" if more else reason
            kind.detailed.append(RowProblem(file, line, column, shown(value), text, used))

    def problems(self) -> tuple[RowProblem, ...]:
        """By file: what concerns the whole of it, then by line, then what was only counted."""
        listed = [(0, note) for note in self._notes]
        for kind in self._kinds.values():
            listed += [(1, problem) for problem in kind.detailed]
            if kind.count > len(kind.detailed):
                more = f"{kind.count - len(kind.detailed):,} more rows: {kind.reason}"
                listed.append((2, RowProblem(kind.file, None, kind.column, "", more, kind.used)))
        listed.sort(key=lambda item: (self._files[item[1].file], item[0], item[1].line or 0))
        return tuple(problem for _, problem in listed)
