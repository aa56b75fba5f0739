"""The one state of the fit view: runs, choices, and what was fitted to them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import InputError
from core.fits.backtest import Backtest
from core.fits.lines import at_budget
from core.fits.report import FitReport, FitRequest
from core.fits.sensitivity import Row
from core.runs.points import Columns
from gui.jobs import Job, Jobs, Work
from gui.views.fit import work
from gui.views.fit.work import Data, Fitted

_BUDGET_PAUSE_MS = 400
HIDDEN_SHARE = 0.3


class FitState(QObject):
    """Holds data, request and results; long work goes to ``Jobs``, stale results nowhere.

    Views call the verbs and listen to the signals; they never talk to each other.
    """

    data_changed = Signal()
    request_changed = Signal()
    report_changed = Signal()
    fan_changed = Signal()
    backtest_changed = Signal()
    busy_changed = Signal()
    progressed = Signal(float, float)  # fraction, seconds left
    refused = Signal(object)  # InputError of reading or fitting

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._data = work.example()
        self._request = FitRequest()
        self._fitted: Fitted | None = None
        self._report: FitReport | None = None
        self._rows: tuple[Row, ...] = ()
        self._backtest: Backtest | InputError | None = None
        self._hidden_share = HIDDEN_SHARE
        self._main: Job | None = None
        self._is_reading = False
        self._details: list[Job] = []
        self._opening: tuple[Path, ...] = ()
        self._budget_settled = QTimer(self, singleShot=True, interval=_BUDGET_PAUSE_MS)
        self._budget_settled.timeout.connect(self._start_fan)

    @property
    def data(self) -> Data:
        """The runs on show."""
        return self._data

    @property
    def request(self) -> FitRequest:
        """What the next fit does."""
        return self._request

    @property
    def fitted(self) -> Fitted | None:
        """The last fit of these runs, with what is drawn of it."""
        return self._fitted

    @property
    def report(self) -> FitReport | None:
        """The same read off at the budget."""
        return self._report

    @property
    def rows(self) -> tuple[Row, ...]:
        """The sensitivity fan; empty until it is there."""
        return self._rows

    @property
    def backtest(self) -> Backtest | InputError | None:
        """The back-test, or why there is none; None until it is there."""
        return self._backtest

    @property
    def hidden_share(self) -> float:
        """Part of the points that the back-test hides."""
        return self._hidden_share

    @property
    def budget(self) -> float:
        """The budget of the answer, FLOP."""
        return self._request.target_flops or float(self._data.table.compute_flops.max())

    @property
    def is_busy(self) -> bool:
        """Whether runs are being read or fitted."""
        return self._main is not None

    @property
    def is_reading(self) -> bool:
        """Whether files are being read."""
        return self.is_busy and self._is_reading

    @property
    def opening(self) -> tuple[Path, ...]:
        """The files that are being read."""
        return self._opening

    @property
    def is_stale(self) -> bool:
        """Whether the choices have changed since the fit."""
        if self._fitted is None:
            return False
        target = self._request.target_flops
        return replace(self._fitted.request, target_flops=target) != self._request

    def open(self, paths: Sequence[Path], columns: Columns | None = None) -> None:
        """Read files in place of the runs on show; those stay if it fails."""
        self._opening = tuple(paths)
        reading = partial(work.read, tuple(paths), columns or Columns())
        self._start_main(reading, is_reading=True).done.connect(self._take_data)

    def choose(self, request: FitRequest) -> None:
        """Change what the next fit does; another budget shows in the answer at once."""
        if request == self._request:
            return
        moved = request.target_flops != self._request.target_flops
        self._request = request
        if moved and self._fitted is not None:
            self._report = at_budget(self._fitted.report, self.budget)
            self._budget_settled.start()
            self.report_changed.emit()
        self.request_changed.emit()

    def set_budget(self, flops: float | None) -> None:
        """Answer for another budget; None for the largest compute of the runs."""
        self.choose(replace(self._request, target_flops=flops))

    def set_hidden_share(self, share: float) -> None:
        """Hide another part in the back-test."""
        self._hidden_share = share
        self._backtest = None
        self.backtest_changed.emit()
        self._start_backtest()

    def fit(self) -> None:
        """Fit the runs as requested."""
        fitting = partial(work.fit_runs, self._data, self._request)
        self._start_main(fitting, is_reading=False).done.connect(self._take_fit)

    def cancel(self) -> None:
        """Stop reading or fitting; what is on show stays."""
        if self._main is not None:
            self._main.cancel()
            self._main = None
            self.busy_changed.emit()

    def _start_main(self, run: Work, is_reading: bool) -> Job:
        self._cancel_details()
        if self._main is not None:
            self._main.cancel()
        self._main = self._jobs.start(run)
        self._is_reading = is_reading
        self._main.progressed.connect(self.progressed)
        self._main.refused.connect(self.refused)
        self._main.ended.connect(self._on_main_ended)
        self.busy_changed.emit()
        return self._main

    def _on_main_ended(self, job: Job) -> None:
        if job is self._main:
            self._main = None
            self.busy_changed.emit()

    def _take_data(self, data: Data) -> None:
        self._cancel_details()
        self._data = data
        self._request = replace(self._request, target_flops=None)
        self._forget_fit()
        self.data_changed.emit()
        self.request_changed.emit()

    def _take_fit(self, fitted: Fitted) -> None:
        self._forget_fit()
        self._fitted = fitted
        target = fitted.report.target_flops
        self._report = (
            fitted.report if target == self.budget else at_budget(fitted.report, self.budget)
        )
        self.report_changed.emit()
        self.request_changed.emit()
        self._start_fan()
        self._start_backtest()

    def _forget_fit(self) -> None:
        self._fitted = self._report = self._backtest = None
        self._rows = ()
        self._budget_settled.stop()
        for signal in (self.report_changed, self.fan_changed, self.backtest_changed):
            signal.emit()

    def _start_fan(self) -> None:
        if self._fitted is not None and self._fitted.request.method == "parametric":
            data, request, budget = self._fitted.data, self._fitted.request, self.budget
            job = self._start_detail(partial(work.compare, data, request, budget))
            job.done.connect(self._take_rows)

    def _start_backtest(self) -> None:
        if self._fitted is not None and self._fitted.request.method == "parametric":
            data, request, share = self._fitted.data, self._fitted.request, self._hidden_share
            job = self._start_detail(partial(work.look_back, data, request, share))
            job.done.connect(self._take_backtest)
            job.refused.connect(self._take_backtest)

    def _start_detail(self, run: Work) -> Job:
        job = self._jobs.start(run)
        job.ended.connect(self._on_detail_ended)
        self._details.append(job)
        return job

    def _on_detail_ended(self, job: Job) -> None:
        if job in self._details:
            self._details.remove(job)

    def _cancel_details(self) -> None:
        for job in self._details:
            job.cancel()
        self._details.clear()
        self._budget_settled.stop()

    def _take_rows(self, rows: tuple[Row, ...]) -> None:
        self._rows = rows
        self.fan_changed.emit()

    def _take_backtest(self, found: Backtest | InputError) -> None:
        self._backtest = found
        self.backtest_changed.emit()
