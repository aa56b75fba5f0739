"""What the fit view has done in the worker thread: reading, fitting, and looking back."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.errors import InputError
from core.fits.backtest import Backtest, backtest
from core.fits.data_constrained import FreshLaw
from core.fits.lines import (
    FrontierLine,
    Residuals,
    SizeLine,
    fit_residuals,
    frontier_line,
    size_lines,
)
from core.fits.report import FitReport, FitRequest, fit
from core.fits.resampling import Resampling
from core.fits.sensitivity import Row, sensitivity
from core.runs.points import Columns, RunsTable
from core.runs.readers import Preview, preview, read_runs
from core.runs.shipped import shipped_table
from core.runs.table import Run
from gui.jobs import Progress
from gui.plots.curves import thinned

_ROWS_TO_LOOK_AT = 30
DRAWN_BEYOND = (1e-3, 1e6)  # the frontier goes on past the runs, for whoever zooms out


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Runs as they are fitted, and as they are drawn.

    Attributes:
        table: every point.
        drawn: the same thinned out.
        paths: where they come from; empty for the example.
        columns: what was said about the columns.
    """

    table: RunsTable
    drawn: tuple[Run, ...]
    paths: tuple[Path, ...] = ()
    columns: Columns = field(default_factory=Columns)

    @property
    def is_example(self) -> bool:
        """Whether these are the shipped runs."""
        return not self.paths


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """A report with what is drawn of it."""

    data: Data
    request: FitRequest
    report: FitReport
    frontier: FrontierLine | None
    sizes: tuple[SizeLine, ...]
    residuals: Residuals | None


def example() -> Data:
    """The shipped runs."""
    table = shipped_table()
    return Data(table, table.as_runs())


def read(paths: Sequence[Path], columns: Columns, progress: Progress) -> Data:
    """Read files and thin out what is drawn.

    Raises:
        InputError: they cannot be used.
        CancelledError: ``progress`` returned False.
    """
    try:
        table = read_runs(paths, columns, progress)
    except OSError as error:
        name = Path(error.filename).name if error.filename else str(paths[0])
        raise InputError("file", name, f"readable: {error.strerror or error}") from error
    return Data(table, thinned(table.as_runs()), tuple(paths), columns)


def look_at(path: Path, columns: Columns, _progress: Progress) -> Preview:
    """The beginning of a file, and what its columns are taken for.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return preview(path, _ROWS_TO_LOOK_AT, columns)
    except OSError as error:
        raise InputError("file", path.name, f"readable: {error.strerror or error}") from error


def fit_runs(data: Data, request: FitRequest, progress: Progress) -> Fitted:
    """Fit, and work out what is drawn.

    Raises:
        InputError: the runs cannot carry the fit.
        CancelledError: ``progress`` returned False.
    """
    report = fit(data.table, _with_fresh_law(request), progress)
    low, high = report.compute_range
    ends = low * DRAWN_BEYOND[0], high * DRAWN_BEYOND[1]
    return Fitted(
        data,
        request,
        report,
        frontier_line(report, *ends),
        size_lines(report, data.table),
        fit_residuals(report, data.table),
    )


def _with_fresh_law(request: FitRequest) -> FitRequest:
    """Repeated data are judged against the law that their paper held fixed."""
    if request.method != "data-constrained" or request.fresh is not None:
        return request
    from core.laws.data_constrained import DataConstrainedLaw
    from core.laws.published import library

    law = next(law for law in library().values() if isinstance(law, DataConstrainedLaw)).base
    return replace(request, fresh=FreshLaw(law.E, law.A, law.B, law.alpha, law.beta))


def compare(
    data: Data, request: FitRequest, target_flops: float, progress: Progress
) -> tuple[Row, ...]:
    """The sensitivity fan at a budget."""
    return sensitivity(data.table, request.choices, target_flops, progress)


def look_back(data: Data, request: FitRequest, hide: float, _progress: Progress) -> Backtest:
    """Hide the largest computes, refit, forecast.

    Raises:
        InputError: too few points are left.
    """
    choices = request.choices
    quick = replace(choices, resampling=Resampling(0, choices.resampling.seed))
    return backtest(data.table, hide, quick)
