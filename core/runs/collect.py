"""From points as a file has them to points with all of N, D and C, file after file."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core.errors import InputError
from core.quantities import format_count
from core.runs.journal import Journal
from core.runs.points import Columns
from core.runs.points_of_block import FileOfPoints, Points
from core.runs.recognise import Choice, listed, params_in_name

FLOP_PER_PARAM_AND_TOKEN = 6.0  # C = 6 N D: Kaplan et al. 2020 (arXiv 2001.08361), section 2.1
DISAGREEMENT = 0.05
MOST_POINTS = 50_000_000  # they take some 5 GB
MISSING = "is missing and does not follow from the other columns"


@dataclass(slots=True)
class Collector:
    """Points of all files, growing block by block.

    Attributes:
        columns: what the person said.
        journal: where problems go.
        parts: by quantity, plus ``run`` and ``line``, one array a block.
        run_names: position of each run.
        unnamed: runs that no column names: each is a file, or one size of it.
        of_derived_size: those of them whose N follows from C and D.
        sources: each file, and the number of points before it.
        size: number of points.
        has_unique: whether a file has unique tokens.
    """

    columns: Columns
    journal: Journal
    parts: dict[str, list[npt.NDArray[np.generic]]] = field(default_factory=dict)
    run_names: dict[str, int] = field(default_factory=dict)
    unnamed: set[int] = field(default_factory=set)
    of_derived_size: set[int] = field(default_factory=set)
    sources: list[tuple[FileOfPoints, int]] = field(default_factory=list)
    size: int = 0
    has_unique: bool = False
    _told: set[str] = field(default_factory=set)

    def open(self, source: FileOfPoints) -> None:
        """The points that follow are those of ``source``."""
        self.sources.append((source, self.size))

    def add(self, points: Points, source: FileOfPoints, run_name: str) -> None:
        """Points of one block, of the run ``run_name`` where they do not name theirs."""
        points = self._with_derived(points, source, run_name)
        n = points.lines.size
        self.size += n
        if self.size > MOST_POINTS:
            raise InputError("file", source.file, f"runs of at most {MOST_POINTS:,} points in all")
        for role in ("params", "tokens", "compute", "loss", "unique_tokens"):
            column = points.values.get(role)
            self._put(role, np.full(n, np.nan) if column is None else column)
        self.has_unique |= "unique_tokens" in points.values
        if points.names:
            positions = [
                self.run_names.setdefault(name.strip() or "(no name)", len(self.run_names))
                for name in points.names
            ]
            self._put("run", np.array(positions, dtype=np.intp)[points.run])
        else:
            run = self.run_names.setdefault(run_name, len(self.run_names))
            self.unnamed.add(run)
            if "params" not in source.roles:
                self.of_derived_size.add(run)
            self._put("run", np.full(n, run, dtype=np.intp))
        self._put("line", points.lines)

    def _put(self, name: str, column: npt.NDArray[np.generic]) -> None:
        self.parts.setdefault(name, []).append(column)

    def _with_derived(self, points: Points, source: FileOfPoints, run_name: str) -> Points:
        values, n = dict(points.values), points.lines.size
        nothing = np.full(n, np.nan)
        if "step" in values and self.columns.tokens_per_step is not None:
            values["tokens"] = values.pop("step") * self.columns.tokens_per_step
        params = values.get("params", nothing)
        params = self._said_params(params, points, run_name)
        tokens, compute = values.get("tokens", nothing), values.get("compute", nothing)
        self._report_disagreement(params, tokens, compute, points, source)
        with np.errstate(over="ignore", under="ignore"):
            six_n = FLOP_PER_PARAM_AND_TOKEN * params
            six_n = np.where(np.isnan(params), compute / tokens, six_n)
            missing = np.isnan(six_n)
            if missing.any():
                named = self._named_params(points, run_name, missing, source)
                six_n = np.where(missing, FLOP_PER_PARAM_AND_TOKEN * named, six_n)
            values["params"] = np.where(np.isnan(params), six_n / FLOP_PER_PARAM_AND_TOKEN, params)
            values["tokens"] = np.where(np.isnan(tokens), compute / six_n, tokens)
            values["compute"] = np.where(np.isnan(compute), six_n * tokens, compute)
        derived = Points(values, points.names, points.run, points.lines)
        good = np.ones(n, dtype=bool)
        for role in ("params", "tokens", "compute"):
            column = values[role]
            bad = good & ~(np.isfinite(column) & (column > 0))
            if bad.any():
                is_missing = bad & np.isnan(column)
                source.report(role, MISSING, np.flatnonzero(is_missing), points.lines, {})
                beyond = np.flatnonzero(bad & ~is_missing)
                source.report(role, "is beyond what a number can hold", beyond, points.lines, {})
                good &= ~bad
        return derived.where(good)

    def _said_params(
        self, params: npt.NDArray[np.float64], points: Points, run_name: str
    ) -> npt.NDArray[np.float64]:
        """N as the person gave it for all runs or by run, over what the table holds."""
        if self.columns.params_value is not None and self.columns.params is None:
            params = np.full(params.size, self.columns.params_value)
        by_run = self.columns.params_by_run
        if by_run and points.names:
            said = np.array([by_run.get(name.strip(), np.nan) for name in points.names])[points.run]
            params = np.where(np.isnan(said), params, said)
        elif run_name in by_run:
            params = np.full(params.size, by_run[run_name])
        return params

    def _named_params(
        self,
        points: Points,
        run_name: str,
        missing: npt.NDArray[np.bool_],
        source: FileOfPoints,
    ) -> npt.NDArray[np.float64]:
        """N that the runs' names give, where it is ``missing``; NaN where they give none."""
        names = points.names or (run_name,)
        run = points.run if points.names else np.zeros(missing.size, dtype=np.intp)
        sizes = np.full(len(names), np.nan)
        for i in np.unique(run[missing]).tolist():
            size = params_in_name(names[i])
            sizes[i] = np.nan if size is None else size
            if names[i] not in self._told:
                self._told.add(names[i])
                reason = (
                    "does not say how many parameters the run has; give them by run"
                    if size is None
                    else f"taken for a run of {format_count(size)} parameters, by its name"
                )
                self.journal.note(source.file, reason, column="run", value=names[i])
        return sizes[run]

    def _report_disagreement(
        self,
        params: npt.NDArray[np.float64],
        tokens: npt.NDArray[np.float64],
        compute: npt.NDArray[np.float64],
        points: Points,
        source: FileOfPoints,
    ) -> None:
        with np.errstate(over="ignore", under="ignore"):
            ratio = compute / (FLOP_PER_PARAM_AND_TOKEN * params * tokens)
            rows = np.flatnonzero(np.abs(ratio - 1) > DISAGREEMENT)

        def describe(row: int) -> tuple[int | None, str, str]:
            more = f"{ratio[row]:.3g} times 6 N D "
            return source.at(int(points.lines[row]), f"{compute[row]:.6g}", more.strip())

        if rows.size:
            column = source.choice.column("compute") or "compute"
            reason = f"differs by more than {100 * DISAGREEMENT:.0f} % from 6 N D: it is"
            self.journal.rows(source.file, column, reason, rows, describe, used=True)


def roles_to_read(
    choice: Choice, columns: Columns, file: str, header: tuple[str, ...]
) -> tuple[str, ...]:
    """The quantities that are read from columns of their own.

    Raises:
        InputError: they and what the person said are not enough for N, D, C and a loss.
    """
    has = {role for role in choice.by_role if choice.column(role) is not None} - {"run"}
    what = f"{file} with the columns {listed(header)}"
    if "loss" not in has and not choice.wide:
        raise InputError("loss", what, "a column of losses (val_loss, eval_loss, loss, ...)")
    if columns.tokens_per_step is not None and "step" in has and columns.tokens is None:
        has.discard("tokens")
    elif "step" in has:
        has.discard("step")
    if columns.params_value is not None and columns.params is None:
        has.discard("params")
    if not has & {"tokens", "step", "compute"}:
        hint = ""
        if choice.column("step") is not None:
            hint = f", or tokens_per_step for its {choice.column('step')}"
        raise InputError("tokens", what, f"a column of tokens or of compute{hint}")
    return tuple(
        role
        for role in ("params", "tokens", "compute", "step", "unique_tokens", "loss")
        if role in has
    )
