"""The one state of the comparison: what is asked, and what came of it."""

from dataclasses import fields, replace
from datetime import datetime
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from core.calibration.measured import profiles_stamp
from core.errors import InputError
from core.planner import AnyPlan, By, PlanRequest
from core.planner.joint.compare import Comparison, Row
from core.planner.joint.setting import catalogue_stamp
from gui.jobs import Job, Jobs
from gui.session import Session
from gui.views.compare import work
from gui.views.plan.gpu_list import is_profile

_PAUSE_MS = 250  # a dragged budget is compared where it stops
_OF_ONE_GPU = ("gpu", "provider", "price_usd_per_gpu_hour", "measured_watts", "speed")
_TYPED = ("price_usd_per_gpu_hour", "measured_watts")
_LEAST_HOURS = 0.1


class CompareState(QObject):
    """Follows the session's request; what is changed here stays here until a GPU is chosen.

    Nothing is worked out while nobody looks: `set_active` says whether somebody does.
    """

    asked_changed = Signal()
    compared = Signal()
    busy_changed = Signal()
    progressed = Signal(float, float)  # fraction, seconds left
    refused = Signal(object)  # InputError
    row_chosen = Signal(object)  # Row or None
    gpu_chosen = Signal()

    def __init__(self, session: Session, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._followed = session.request
        self._asked = session.request
        self._n_gpus: int | None = None
        self._until: datetime | None = None
        self._comparison: Comparison | None = None
        self._compared_for: object = None
        self._comparing: object = None
        self._row: Row | None = None
        self._job: Job | None = None
        self._is_active = False
        self._settled = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._settled.timeout.connect(self.compare)
        session.changed.connect(self._follow)

    @property
    def asked(self) -> PlanRequest:
        """What every GPU is asked."""
        return self._asked

    @property
    def n_gpus(self) -> int | None:
        """GPUs of each; None for as many as help."""
        return self._n_gpus

    @property
    def until(self) -> datetime | None:
        """The moment that the deadline was given as, if it was."""
        return self._until

    @property
    def comparison(self) -> Comparison | None:
        """The last answer; None before the first."""
        return self._comparison

    @property
    def row(self) -> Row | None:
        """The row that is chosen."""
        return self._row

    @property
    def is_busy(self) -> bool:
        """Whether GPUs are being compared."""
        return self._job is not None

    @property
    def is_stale(self) -> bool:
        """Whether the answer on show is to another question."""
        return self._compared_for != self._question()

    def ask(self, **changes: object) -> None:
        """Ask something else of every GPU."""
        asked = replace(self._asked, **changes)  # type: ignore[arg-type]
        if asked != self._asked:
            self._asked = asked
            self._schedule()

    def ask_until(self, moment: datetime) -> None:
        """Give the deadline as a moment."""
        self._until = moment
        self.ask(deadline_hours=hours_until(moment))

    def ask_within(self, hours: float | None) -> None:
        """Give the deadline as hours; None for no deadline."""
        self._until = None
        self.ask(deadline_hours=hours)

    def set_n_gpus(self, n_gpus: int | None) -> None:
        """Take so many of each; None for as many as help."""
        if n_gpus != self._n_gpus:
            self._n_gpus = n_gpus
            self._schedule()

    def set_active(self, active: bool) -> None:
        """Say whether somebody looks; then what is stale is compared again."""
        self._is_active = active
        if not active:
            self._settled.stop()
            return
        if self._until is not None:
            self.ask_until(self._until)
        if self.is_stale and not self.is_busy:
            self._settled.start()

    def compare(self) -> None:
        """Compare now; what runs is pushed aside."""
        self._settled.stop()
        if self._job is not None:
            self._job.cancel()
        self._comparing = self._question()
        self._job = self._jobs.start(partial(work.compare_all, self._asked, self._n_gpus))
        self._job.progressed.connect(self.progressed)
        self._job.done.connect(self._take)
        self._job.refused.connect(self._refuse)
        self._job.ended.connect(self._on_ended)
        self.busy_changed.emit()

    def cancel(self) -> None:
        """Stop; the old answer stays."""
        self._settled.stop()
        if self._job is not None:
            self._job.cancel()
            self._job = None
            self.busy_changed.emit()

    def choose_row(self, row: Row | None) -> None:
        """Mark a row in the table and in the plot."""
        if row is not self._row:
            self._row = row
            self.row_chosen.emit(row)

    def plan_with(self, row: Row) -> None:
        """Make the GPU, provider and number of a row those of the plan, with what was asked."""
        if row.plan is None:
            return
        asked = replace(
            row.plan.request, gpu=row.gpu, provider=row.provider or None, speed=self._asked.speed
        )
        if not asked.of_today:
            asked = replace(asked, speed="roofline")
        now = self._session.request
        names = [field.name for field in fields(asked)]
        changes = {
            name: getattr(asked, name)
            for name in names
            if getattr(asked, name) != getattr(now, name)
        }
        self._session.edit(self.tr("choice of a GPU"), **changes)
        self._session.end_step()
        self.gpu_chosen.emit()

    def _follow(self, _plan: AnyPlan) -> None:
        """Take over what has changed in the session, and nothing else."""
        request, before = self._session.request, self._followed
        changed = {
            field.name: getattr(request, field.name)
            for field in fields(request)
            if getattr(request, field.name) != getattr(before, field.name)
        }
        if "value" in changed:  # 48 of what belongs to it
            changed["by"] = request.by
        self._followed = request
        if "deadline_hours" in changed and changed["deadline_hours"] != self._asked.deadline_hours:
            self._until = None
        self.ask(**changed)

    def _schedule(self) -> None:
        self.asked_changed.emit()
        if not self.is_stale:  # back where it was: nothing to do, and nothing to wait for
            self.cancel()
        elif self._is_active:
            self._settled.start()

    def _question(self) -> object:
        asked = self._asked
        unused: dict[str, Any] = dict.fromkeys(_OF_ONE_GPU, "")
        chooses = asked.deadline_hours is not None and asked.by is not By.HOURS
        if self._n_gpus is not None or chooses:
            unused["n_gpus"] = 1
        if is_profile(self._asked.gpu):  # its price and power count for its own row
            own = self._asked
            unused |= {name: getattr(own, name) for name in ("gpu", *_TYPED)}
        tables = catalogue_stamp(), profiles_stamp()
        return replace(asked, **unused), self._n_gpus, tables

    def _take(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._compared_for = self._comparing
        self._row = comparison.best
        self.compared.emit()
        self.row_chosen.emit(self._row)

    def _refuse(self, error: InputError) -> None:
        self._compared_for = self._comparing
        self._comparison = None
        self._row = None
        self.compared.emit()
        self.row_chosen.emit(None)
        self.refused.emit(error)

    def _on_ended(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self.busy_changed.emit()


def hours_until(moment: datetime) -> float:
    """Hours from now, to the tenth; at least a tenth."""
    hours = (moment - datetime.now()).total_seconds() / 3600
    return max(round(hours - _LEAST_HOURS / 2, 1), _LEAST_HOURS)
