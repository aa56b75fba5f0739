"""A person's own trainings as one table of points, and what was wrong with its rows."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from core.ops import FloatArray
from core.runs.table import Run

PARAMS_COUNTED = ("non-embedding", "with-head", "with-embeddings", "unknown")
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row, a run or a file that is not as it should be.

    Attributes:
        file: file name without its folder.
        line: 1-based as an editor shows it; None where it concerns no line or the format has none.
        column: column as the file calls it, or the quantity; empty where it concerns no column.
        value: the cell as it is written; empty where it concerns no cell.
        reason: what is wrong, completing "<value> ..." or "<column>: ...".
        used: kept despite the problem.
    """

    file: str
    line: int | None
    column: str
    value: str
    reason: str
    used: bool

    def __str__(self) -> str:
        place = [self.file]
        if self.line is not None:
            place.append(f"line {self.line}")
        if self.column:
            place.append(f"column {self.column}")
        what = f'"{self.value}" {self.reason}' if self.value else self.reason
        if not self.used:
            what += " (left out)"
        elif self.line is not None:
            what += " (kept)"
        return f"{', '.join(place)}: {what}"


@dataclass(frozen=True, slots=True)
class Columns:
    """What a person says about the columns; None where they are to be recognised by name.

    Attributes:
        params, tokens, compute, loss, run, step, unique_tokens: names of columns. In a wide
            table ``loss`` is the metric of the runs' columns (``eval/loss``).
        compute_unit: of the column compute; PF-days are 8.64e19 FLOP.
        tokens_per_step: turns steps into tokens; wins over a column of tokens not named here.
        params_counted: what N counts, one of ``PARAMS_COUNTED``.
        params_value: N of every run, for files of one run; wins over a column not named here.
        params_by_run: N of runs by name, for tables that do not hold it.
    """

    params: str | None = None
    tokens: str | None = None
    compute: str | None = None
    loss: str | None = None
    run: str | None = None
    step: str | None = None
    unique_tokens: str | None = None
    compute_unit: Literal["FLOP", "PF-days"] | None = None
    tokens_per_step: float | None = None
    params_counted: str | None = None
    params_value: float | None = None
    params_by_run: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class RunsTable:
    """Points of trainings, run by run and by rising tokens within a run.

    Attributes:
        run_names: the runs in the order in which the files have them.
        run_index: shape (n,), which of ``run_names`` a point belongs to.
        params: shape (n,), N.
        tokens: shape (n,), D: tokens seen, repeats counted.
        compute_flops: shape (n,), C in FLOP.
        loss: shape (n,), nats per token.
        unique_tokens: shape (n,), tokens without repeats, for data-constrained fits.
        params_counted: one of ``PARAMS_COUNTED``.
        source: names of the files.
        problems: what was wrong, left out or assumed.
    """

    run_names: tuple[str, ...]
    run_index: npt.NDArray[np.intp]
    params: FloatArray
    tokens: FloatArray
    compute_flops: FloatArray
    loss: FloatArray
    unique_tokens: FloatArray | None = None
    params_counted: str = "unknown"
    source: str = ""
    problems: tuple[RowProblem, ...] = ()

    @property
    def n_points(self) -> int:
        """How many points there are."""
        return self.loss.size

    @property
    def n_runs(self) -> int:
        """How many trainings the points come from."""
        return len(self.run_names)

    @property
    def data_hash(self) -> str:
        """SHA-256 (hex) of the runs and every column, bit by bit and in order."""
        digest = hashlib.sha256(repr((self.run_names, self.params_counted)).encode())
        digest.update(self.run_index.astype("<i8").tobytes())
        for column in self._columns():
            digest.update(b"-" if column is None else column.astype("<f8").tobytes())
        return digest.hexdigest()

    def subset(self, mask: npt.NDArray[np.bool_]) -> "RunsTable":
        """The points where ``mask`` (shape (n,)) holds, without the runs that lose all theirs."""
        kept = self.run_index[mask]
        present = np.bincount(kept, minlength=self.n_runs) > 0
        names = zip(self.run_names, present, strict=True)
        unique = self.unique_tokens
        return replace(
            self,
            run_names=tuple(name for name, is_in in names if is_in),
            run_index=(np.cumsum(present) - 1)[kept].astype(np.intp),
            params=self.params[mask],
            tokens=self.tokens[mask],
            compute_flops=self.compute_flops[mask],
            loss=self.loss[mask],
            unique_tokens=None if unique is None else unique[mask],
        )

    def as_runs(self) -> tuple[Run, ...]:
        """The runs as the plots draw them: smallest first, compute rising."""
        order = np.lexsort((self.compute_flops, self.run_index))
        ends = np.cumsum(np.bincount(self.run_index, minlength=self.n_runs))
        runs = []
        for name, points in zip(self.run_names, np.split(order, ends[:-1]), strict=True):
            compute, loss = self.compute_flops[points], self.loss[points]
            for column in (compute, loss):
                column.setflags(write=False)
            runs.append(Run(name, float(np.median(self.params[points])), compute, loss))
        return tuple(sorted(runs, key=lambda run: run.non_embedding_params))

    def _columns(self) -> tuple[FloatArray | None, ...]:
        return self.params, self.tokens, self.compute_flops, self.loss, self.unique_tokens


def shown(text: str) -> str:
    """``text`` of a file, fit for one line: cut short, control characters made visible."""
    plain = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text[:200])
    return plain if len(plain) <= _SHOWN_CHARACTERS else f"{plain[:_SHOWN_CHARACTERS]}…"
