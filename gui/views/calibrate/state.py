"""The one state of the calibrate view: what to measure, what was measured, what is kept."""

import threading
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.calibration.messages import DeviceInfo, Progress, Skipped, StepMeasurement
from core.calibration.predictions import Prediction, predictions, so_far
from core.calibration.profile import Profile, changes, changes_since, rename
from core.calibration.profiles import Kept
from core.calibration.pythons import TorchPython
from core.calibration.result import Calibration
from core.calibration.run import CalibrationRequest, Outcome
from core.errors import InputError
from core.messages import Message
from gui.jobs import Job, Jobs
from gui.settings import Settings
from gui.views.calibrate import work
from gui.views.calibrate.finder import Finder
from gui.views.calibrate.library import Library
from gui.views.calibrate.progress import RunSoFar

QUICK, THOROUGH = 2.0, 10.0


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person has chosen.

    Attributes:
        python: interpreter; None for the best that was found.
        device: id of PyTorch; empty for the fastest.
        precision: empty for the device's usual one.
        stack: ``decoder``, ``txl`` or ``both``.
        minutes: for all of it.
        compile: whether with ``torch.compile``.
    """

    python: Path | None = None
    device: str = ""
    precision: str = ""
    stack: str = "decoder"
    minutes: float = QUICK
    compile: bool = False


class CalibrateState(QObject):
    """Views call the verbs and listen to the signals; they never talk to each other.

    One calibration runs at a time. It is stopped through an event of its own, since the points
    of a run that was stopped count; only closing the window throws a run away.
    """

    choices_changed = Signal()
    busy_changed = Signal()
    progressed = Signal()
    points_changed = Signal()  # of a run, or of the profile on show
    profile_changed = Signal()
    problem_changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.finder = Finder(settings, self)
        self.library = Library(self)
        self._jobs = Jobs(self)
        self._lines = _Lines(self)
        self._choices = Choices()
        self._run: Job | None = None
        self._fitting: Job | None = None
        self._stop = threading.Event()
        self._so_far = RunSoFar()
        self._points: tuple[Prediction, ...] = ()
        self._profile: Profile | None = None
        self._excluded: frozenset[int] = frozenset()
        self._kept: Kept | None = None
        self._problem: Message | InputError | None = None
        self._device: DeviceInfo | None = None
        self._lines.came.connect(self._take_line)
        self.finder.changed.connect(self._on_found)
        self.library.removed.connect(self._on_removed)

    @property
    def choices(self) -> Choices:
        """What the next run does."""
        return self._choices

    @property
    def python(self) -> TorchPython | None:
        """The Python that was chosen, else the best; None while there is none."""
        found = self.finder.pythons
        chosen = self._choices.python
        if chosen is not None:
            return next((python for python in found if python.path == chosen), None)
        return next((python for python in found if python.is_usable), None)

    @property
    def device(self) -> str:
        """The device that was chosen, else the fastest of the Python; empty without one."""
        python = self.python
        names = [one.device for one in python.devices] if python else []
        if self._choices.device in names:
            return self._choices.device
        return names[0] if names else ""

    @property
    def is_measuring(self) -> bool:
        """Whether a calibration runs."""
        return self._run is not None

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to stop and ends its last step."""
        return self.is_measuring and self._stop.is_set()

    @property
    def is_fitting(self) -> bool:
        """Whether points are being fitted."""
        return self._fitting is not None

    @property
    def can_start(self) -> bool:
        """Whether there is something to measure with, and nothing in the way."""
        python = self.python
        return python is not None and python.is_usable and not self.is_measuring

    @property
    def run(self) -> RunSoFar:
        """What the run, or the last one, has said so far."""
        return self._so_far

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What could not be measured, of the run or the profile on show."""
        if self._profile is not None:
            return self._profile.calibration.skipped
        return tuple(self._so_far.skipped)

    @property
    def points(self) -> tuple[Prediction, ...]:
        """What is drawn: of the run, else of the profile on show."""
        return self._points

    @property
    def profile(self) -> Profile | None:
        """The fit on show."""
        return self._profile

    @property
    def excluded(self) -> frozenset[int]:
        """Points left out, as ticked: a fit that goes on may not know yet."""
        return self._excluded

    @property
    def kept(self) -> Kept | None:
        """The file that the profile on show comes from; None for one that was never saved."""
        return self._kept

    @property
    def is_saved(self) -> bool:
        """Whether the file holds just this profile."""
        return self._kept is not None and self._kept.profile == self._profile

    @property
    def problem(self) -> Message | InputError | None:
        """What went wrong last."""
        return self._problem

    def changes_of(self, profile: Profile) -> tuple[Message, ...]:
        """What is no longer as a profile measured it, as far as its device was seen."""
        seen = [device for python in self.finder.usable for device in python.devices]
        if self._device is not None and self._device.name == profile.device.name:
            return changes(profile, self._device)  # a run knows best
        return changes_since(profile, seen)

    def begin(self) -> None:
        """Look for Pythons, profiles, and what an earlier run has left; the first time only."""
        self.library.read()
        self.finder.look()
        recovering = self._jobs.start(work.recover)
        recovering.done.connect(self._take_recovered)

    def choose(self, **chosen: object) -> None:
        """Change what the next run does."""
        wanted = replace(self._choices, **chosen)  # type: ignore[arg-type]
        if wanted != self._choices:
            self._choices = wanted
            self.choices_changed.emit()

    def start(self) -> None:
        """Measure; what is on show goes, a kept profile of it stays kept."""
        python = self.python
        if python is None or not self.can_start:
            return
        chosen = self._choices
        try:
            request = CalibrationRequest(
                python.path,
                device=self.device,
                precisions=(chosen.precision,) if chosen.precision else (),
                minutes=chosen.minutes,
                stack=chosen.stack,
                compile=chosen.compile,
            )
        except InputError as error:
            self._set_problem(error)
            return
        self._stop_fitting()
        self._show(None, None)
        self._set_problem(None)
        self._so_far = RunSoFar()
        self._stop = threading.Event()
        measuring = partial(work.measure, request, self._stop.is_set, self._lines.came.emit)
        self._run = self._jobs.start(measuring)
        self._run.done.connect(self._on_measured)
        self._run.refused.connect(self._set_problem)
        self._run.ended.connect(self._on_run_ended)
        self.busy_changed.emit()
        self._draw_run()

    def stop(self) -> None:
        """End the run; what was measured is fitted."""
        if self.is_measuring and not self._stop.is_set():
            self._stop.set()
            self.busy_changed.emit()

    def leave_out(self, place: int, is_out: bool) -> None:
        """Leave a point out of the fit, or take it back in; fits again at once."""
        profile = self._profile
        if profile is None or not 0 <= place < len(profile.steps):
            return
        wanted = self._excluded | {place} if is_out else self._excluded - {place}
        if wanted == self._excluded:
            return
        self._excluded = wanted
        self._start_fit(partial(work.fit_again, profile, wanted))

    def open(self, kept: Kept) -> None:
        """Show a kept profile."""
        if not self.is_measuring:
            self._stop_fitting()
            self._set_problem(None)
            self._show(kept.profile, kept)

    def open_result(self, calibration: Calibration) -> None:
        """Fit what a probe measured elsewhere, and show it."""
        if not self.is_measuring:
            self._set_problem(None)
            self._show(None, None)
            self._start_fit(partial(work.fit_measured, calibration))

    def save(self, name: str) -> Kept | None:
        """Keep the profile on show under a name; None if it could not be, with the problem."""
        if self._profile is None:
            return None
        try:
            named = rename(self._profile, name)
            kept = self.library.keep(named, None if self._kept is None else self._kept.path)
        except InputError as error:
            self._set_problem(error)
            return None
        if self._kept is None:
            work.unsaved_file().unlink(missing_ok=True)
        self._set_problem(None)
        self._show(kept.profile, kept)
        return kept

    def take_renamed(self, kept: Kept) -> None:
        """The profile on show has another name by now."""
        if self._kept is not None and self._kept.path == kept.path and self._profile is not None:
            self._profile = replace(self._profile, name=kept.profile.name)
            self._kept = kept
            self.profile_changed.emit()

    def show_problem(self, problem: Message | InputError | None) -> None:
        """Say what went wrong, or nothing any more."""
        self._set_problem(problem)

    def shut_down(self) -> None:
        """End the run and its child, and wait for it."""
        self.finder.shut_down()
        self.library.shut_down()
        self._jobs.shut_down()

    def _show(self, profile: Profile | None, kept: Kept | None) -> None:
        self._profile, self._kept = profile, kept
        self._excluded = frozenset(() if profile is None else profile.excluded)
        self._points = () if profile is None else predictions(profile)
        self.profile_changed.emit()
        self.points_changed.emit()

    def _draw_run(self) -> None:
        self._points = so_far(self._so_far.steps)
        self.points_changed.emit()

    def _set_problem(self, problem: Message | InputError | None) -> None:
        self._problem = problem
        self.problem_changed.emit()

    def _take_line(self, line: object) -> None:
        if not self.is_measuring:
            return
        match line:
            case DeviceInfo():
                self._device = line
            case Progress():
                self._so_far.take(line)
            case Skipped():
                self._so_far.skipped.append(line)
            case StepMeasurement() if line.processes == 1:
                self._so_far.steps.append(line)
                self._draw_run()
                return
        self.progressed.emit()

    def _on_measured(self, outcome: Outcome) -> None:
        self._set_problem(outcome.message)
        if outcome.calibration is not None and outcome.calibration.steps:
            self._start_fit(partial(work.fit_measured, outcome.calibration))

    def _on_run_ended(self, _job: Job) -> None:
        self._run = None
        self.busy_changed.emit()
        self.library.announce()  # the device was seen: profiles may no longer match

    def _start_fit(self, run: partial[Profile]) -> None:
        self._stop_fitting()
        self._fitting = self._jobs.start(run)
        self._fitting.done.connect(self._take_fit)
        self._fitting.refused.connect(self._set_problem)
        self._fitting.ended.connect(self._on_fit_ended)
        self.busy_changed.emit()

    def _stop_fitting(self) -> None:
        if self._fitting is not None:
            self._fitting.cancel()
            self._fitting = None

    def _on_fit_ended(self, job: Job) -> None:
        if job is self._fitting:
            self._fitting = None
            self.busy_changed.emit()

    def _take_fit(self, profile: Profile) -> None:
        self._show(profile, self._kept)

    def _take_recovered(self, profile: Profile | None) -> None:
        if profile is not None and self._profile is None and not self.is_measuring:
            self._show(profile, None)

    def _on_found(self) -> None:
        self.choices_changed.emit()
        if not self.finder.is_looking:  # every device was seen: profiles may no longer match
            self.profile_changed.emit()
            self.library.announce()

    def _on_removed(self, path: Path) -> None:
        if self._kept is not None and self._kept.path == path:
            self._show(self._profile, None)


class _Lines(QObject):
    """From the worker's thread to that of the window."""

    came = Signal(object)
