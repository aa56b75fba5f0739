"""The search for the best GPU, beside the window: it takes seconds, so it is a job."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.errors import CancelledError, InputError
from core.planner import AnyPlan, PlanRequest, plan
from gui.jobs import Job, Jobs, Progress

if TYPE_CHECKING:
    from core.planner.joint.compare import Comparison

_REMEMBERED = 32


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """The best GPU for a request.

    Attributes:
        comparison: all of them, and why the best is before its runner-up.
        plan: the answer on the best.
    """

    comparison: "Comparison"
    plan: AnyPlan


class BestGpu(QObject):
    """Finds the best GPU for one request at a time; a new search stops the one before."""

    found = Signal(object, object)  # PlanRequest, Choice
    refused = Signal(object)  # InputError
    progressed = Signal(float)
    busy_changed = Signal(bool)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self)
        self._job: Job | None = None
        self._request = PlanRequest()
        self._known: dict[tuple[PlanRequest, object], Choice] = {}

    @property
    def is_busy(self) -> bool:
        """Whether a search is on its way."""
        return self._job is not None

    def known(self, request: PlanRequest) -> Choice | None:
        """What an earlier search found for the same request."""
        return self._known.get(_key(request))

    def search(self, request: PlanRequest) -> None:
        """Look for the best GPU; `found` or `refused` follows."""
        self._stop()
        self._request = request
        self._job = job = self._jobs.start(_Search(request))
        job.done.connect(self._on_done)
        job.refused.connect(self._on_refused)
        job.progressed.connect(self._on_progressed)
        self.busy_changed.emit(True)

    def cancel(self) -> None:
        """Give the search up; nothing follows."""
        if self._job is not None:
            self._stop()
            self.busy_changed.emit(False)

    def shut_down(self) -> None:
        """Stop, and wait until the thread is free."""
        self.cancel()
        self._jobs.shut_down()

    def _stop(self) -> None:
        job, self._job = self._job, None
        if job is not None:
            job.cancel()

    def _on_progressed(self, fraction: float, _seconds_left: float) -> None:
        self.progressed.emit(fraction)

    def _on_done(self, choice: Choice) -> None:
        self._job = None
        self._known[_key(self._request)] = choice
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]
        self.busy_changed.emit(False)
        self.found.emit(self._request, choice)

    def _on_refused(self, error: InputError) -> None:
        self._job = None
        self.busy_changed.emit(False)
        self.refused.emit(error)


def _key(request: PlanRequest) -> tuple[PlanRequest, object]:
    """A request with what the catalogue holds: a new price may make another GPU the best."""
    from core.planner.joint.setting import catalogue_stamp

    return request, catalogue_stamp()


class _Search:
    """The work of one search; it holds a request and nothing of the window."""

    def __init__(self, request: PlanRequest) -> None:
        self._request = request

    def __call__(self, progress: Progress) -> Choice:
        """Compare every GPU, and plan on the best.

        Raises:
            InputError: none of the catalogue can do it.
            CancelledError: ``progress`` returned False.
        """
        from core.planner.joint.compare import compare

        comparison = compare(self._request, progress=_Telling(progress))
        best = comparison.best
        if best is None or best.plan is None:
            expected = "one by name: none of the catalogue can do this"
            raise InputError("gpu", self._request.gpu, expected)
        on_best = replace(
            self._request,
            gpu=best.gpu,
            provider=best.provider or None,
            n_gpus=best.plan.known.n_gpus,
        )
        return Choice(comparison, plan(on_best))


class _Telling:
    """Progress as `compare` wants it: an exception cancels."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def __call__(self, share: float) -> None:
        """Pass the share on.

        Raises:
            CancelledError: the result is no longer wanted.
        """
        if not self._progress(share):
            raise CancelledError
