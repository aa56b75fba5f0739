"""Points of all files as one table: who is a run, in which order, and what is there twice."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.ops import FloatArray
from core.runs.collect import Collector
from core.runs.points import RunsTable
from core.runs.points_of_block import FileOfPoints

SAME_SIZE = 0.01  # N of one run, which C/(6 D) gives with the rounding of C and D
_CURVE_POINTS = 3  # typical points a size from which on a size without a name is one curve
_ORDER = ("compute", "loss", "unique_tokens", "tokens")  # within a run, the last one first
Index = npt.NDArray[np.intp]


@dataclass(slots=True)
class _Table:
    """The columns while they are put in order; arrays of shape (n,)."""

    columns: dict[str, npt.NDArray[np.generic]]
    run: Index
    names: list[str]
    collector: Collector

    def floats(self, name: str) -> FloatArray:
        return self.columns[name].astype(np.float64, copy=False)

    def take(self, order: npt.NDArray[np.generic]) -> None:
        self.columns = {name: column[order] for name, column in self.columns.items()}
        self.run = self.run[order]

    def source(self, row: int) -> FileOfPoints:
        """The file that a point is from."""
        return self.collector.sources[int(self._file(np.array([row]))[0])][0]

    def name_of(self, row: int) -> tuple[str, str]:
        """Name of a point's run, and nothing to add."""
        return self.names[self.run[row]], ""

    def line(self, row: int) -> int:
        """Where in its file a point is."""
        return int(self.columns["line"][row])

    def tell(
        self,
        role: str,
        reason: str,
        rows: Index,
        describe: Callable[[int], tuple[str, str]],
        *,
        used: bool,
    ) -> None:
        """Put ``rows`` into the journal, file by file; ``describe`` gives cell and addition."""
        files = self._file(rows)
        for file in np.unique(files).tolist():
            source = self.collector.sources[file][0]

            def at(row: int, source: FileOfPoints = source) -> tuple[int | None, str, str]:
                return source.at(self.line(row), *describe(row))

            column = source.choice.column(role) or role
            there = rows[files == file]
            self.collector.journal.rows(source.file, column, reason, there, at, used=used)

    def _file(self, rows: Index) -> Index:
        starts = [start for _, start in self.collector.sources]
        return np.searchsorted(starts, self.columns["origin"][rows], side="right") - 1


def assemble(collector: Collector, counted: str) -> RunsTable:
    """The table of all points that ``collector`` has; at least one.

    Args:
        collector: points of all files; emptied, to save memory.
        counted: what N counts.
    """
    columns = {name: np.concatenate(collector.parts.pop(name)) for name in list(collector.parts)}
    run = columns.pop("run").astype(np.intp, copy=False)
    columns["origin"] = np.arange(run.size)
    if not collector.has_unique:
        del columns["unique_tokens"]
    table = _Table(columns, run, list(collector.run_names), collector)
    _split_by_size(table)
    _number_by_appearance(table)
    _sort(table)
    _leave_out_repeats(table)
    _tell_short_runs(table)
    unique = table.floats("unique_tokens") if collector.has_unique else None
    result = [table.floats(name) for name in ("params", "tokens", "compute", "loss")]
    for column in (*result, *([] if unique is None else [unique]), table.run):
        column.setflags(write=False)
    params, tokens, compute, loss = result
    return RunsTable(
        tuple(table.names),
        table.run,
        params,
        tokens,
        compute,
        loss,
        unique,
        counted,
        ", ".join(dict.fromkeys(source.file for source, _ in collector.sources)),
        collector.journal.problems(),
    )


def _split_by_size(table: _Table) -> None:
    """Runs with points of several sizes become a run for each."""
    params, n = table.floats("params"), len(table.names)
    low, high = np.full(n, np.inf), np.zeros(n)
    np.minimum.at(low, table.run, params)
    np.maximum.at(high, table.run, params)
    for i in np.flatnonzero(high > low).tolist():
        is_exact = i in table.collector.unnamed and i not in table.collector.of_derived_size
        rows = np.flatnonzero(table.run == i)
        sizes, place = _clusters(params[rows], 0.0 if is_exact else SAME_SIZE)
        if i in table.collector.unnamed and np.median(np.bincount(place)) < _CURVE_POINTS:
            _name_rows(table, i, rows)
        elif sizes.size > 1:
            new = np.arange(sizes.size - 1) + len(table.names)
            table.run[rows] = np.r_[i, new][place]
            _name_sizes(table, i, sizes, table.source(int(rows[0])).file)


def _name_rows(table: _Table, i: int, rows: Index) -> None:
    """Sizes that hardly repeat are no curves: every row is the end of a training of its own."""
    collector = table.collector
    new = np.arange(rows.size - 1) + len(table.names)
    table.run[rows] = np.r_[i, new]
    collector.unnamed.update(new.tolist())
    file = table.source(int(rows[0])).file
    reason = f"no column names the runs: each of the {rows.size} rows is taken for one"
    collector.journal.note(file, reason)
    prefix = "" if len(collector.sources) == 1 else f"{table.names[i]} "
    table.names[i] = f"{prefix}row 1"
    table.names += [f"{prefix}row {number}" for number in range(2, rows.size + 1)]


def _clusters(params: FloatArray, tolerance: float) -> tuple[FloatArray, Index]:
    """Sizes further apart than ``tolerance``, smallest first, and which one each point has."""
    sizes, inverse = np.unique(params, return_inverse=True)
    is_new = np.r_[True, np.diff(sizes) > tolerance * sizes[:-1]]
    return sizes[is_new], (np.cumsum(is_new) - 1)[inverse]


def _name_sizes(table: _Table, i: int, sizes: FloatArray, file: str) -> None:
    """Names for run ``i``, which keeps the smallest of ``sizes``, and for those of the others."""
    collector, name = table.collector, table.names[i]
    prefix = f"{name} "
    if i in collector.unnamed:
        collector.unnamed.update(range(len(table.names), len(table.names) + sizes.size - 1))
        reason = f"no column names the runs: each of the {sizes.size} sizes is taken for one"
        collector.journal.note(file, reason)
        prefix = "" if len(collector.sources) == 1 else prefix
    else:
        reason = f"has {sizes.size} sizes: each is taken for a run of its own"
        collector.journal.note(file, reason, column="run", value=name)
    labels = _labels(prefix, sizes)
    table.names[i] = labels[0]
    table.names += labels[1:]


def _labels(prefix: str, sizes: FloatArray) -> list[str]:
    for digits in (4, 8, 17):
        labels = [f"{prefix}N={size:.{digits}g}" for size in sizes]
        if len(set(labels)) == len(labels):
            break
    return labels


def _number_by_appearance(table: _Table) -> None:
    """Runs in the order of their first points, without those that have none."""
    n = len(table.names)
    first = np.full(n, table.run.size)
    np.minimum.at(first, table.run, np.arange(table.run.size))
    order = np.argsort(first, kind="stable")
    order = order[first[order] < table.run.size]
    new = np.empty(n, dtype=np.intp)
    new[order] = np.arange(order.size)
    table.run = new[table.run]
    table.collector.unnamed = {
        place for place, i in enumerate(order.tolist()) if i in table.collector.unnamed
    }
    table.names = [table.names[i] for i in order.tolist()]


def _sort(table: _Table) -> None:
    """Run by run, tokens rising; runs whose points stood otherwise are noted."""
    tokens = table.floats("tokens")
    step = np.diff(table.run)
    if (step >= 0).all() and (np.diff(tokens)[step == 0] > 0).all():
        return
    by_run = np.argsort(table.run, kind="stable")
    run, rows_tokens = table.run[by_run], tokens[by_run]
    falls = (np.diff(run) == 0) & (np.diff(rows_tokens) < 0)
    _, at = np.unique(run[1:][falls], return_index=True)
    rows = _named(table, by_run[1:][falls][at])
    reason = "has steps that are not in order from here: sorted"
    table.tell("run", reason, rows, table.name_of, used=True)
    keys = [table.floats(name) for name in _ORDER if name in table.columns]
    table.take(np.lexsort((*keys, table.run)))


def _leave_out_repeats(table: _Table) -> None:
    """The same point of the same run a second time; another loss there is only noted."""
    same = np.diff(table.run) == 0
    for name in ("tokens", "params", "unique_tokens"):
        if name in table.columns:
            column = table.floats(name)
            same &= (column[1:] == column[:-1]) | (np.isnan(column[1:]) & np.isnan(column[:-1]))
    if not same.any():
        return
    is_equal = same.copy()
    for name in ("loss", "compute"):
        is_equal &= np.diff(table.floats(name)) == 0
    loss = table.floats("loss")

    def describe(row: int) -> tuple[str, str]:
        before, here = table.source(row - 1), table.source(row)
        of_file = "" if before is here else f" of {before.file}"
        return f"{loss[row]:.10g}", f"{before.place} {table.line(row - 1)}{of_file}"

    table.tell("loss", "repeats", np.flatnonzero(is_equal) + 1, describe, used=False)
    differ = _named(table, np.flatnonzero(same & ~is_equal) + 1)
    table.tell("loss", "is at the same tokens of the same run as", differ, describe, used=True)
    table.take(np.r_[True, ~is_equal])


def _tell_short_runs(table: _Table) -> None:
    """Runs of one point, which say nothing about how losses fall with training."""
    single = np.bincount(table.run, minlength=len(table.names)) == 1
    if single.all() and len(table.names) > 1:
        file = table.source(0).file
        table.collector.journal.note(file, f"each of the {len(table.names)} runs has one point")
        return
    rows = np.flatnonzero(single[table.run])
    named = _named(table, rows)
    table.tell("run", "is a run of one point", named, table.name_of, used=True)
    if named.size < rows.size:
        file, several = table.source(int(rows[0])).file, rows.size - named.size
        reason = f"{several} of the {len(table.names)} sizes have one point"
        if len(table.names) == 1:
            reason = "has one point only"
        table.collector.journal.note(file, reason)


def _named(table: _Table, rows: Index) -> Index:
    """Those of ``rows`` whose run the file names: only there an order or a repeat is meant."""
    return rows[~np.isin(table.run[rows], list(table.collector.unnamed))]
