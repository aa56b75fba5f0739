"""The one state of the calibrate view: what to measure, what was measured, what is kept."""

import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.calibration.messages import DeviceInfo, Skipped
from core.calibration.predictions import Prediction, predictions, so_far
from core.calibration.profile import Profile, rename
from core.calibration.profiles import Kept
from core.calibration.pythons import TorchPython
from core.calibration.result import Calibration
from core.calibration.run import Outcome
from core.errors import InputError
from core.messages import Message
from gui.jobs import Job, Jobs
from gui.settings import Settings
from gui.views.calibrate import work
from gui.views.calibrate.choices import Choices
from gui.views.calibrate.device_watch import DeviceWatch
from gui.views.calibrate.drafts import Drafts
from gui.views.calibrate.finder import Finder
from gui.views.calibrate.library import Library
from gui.views.calibrate.progress import RunSoFar, Told


class CalibrateState(QObject):
    """Views call the verbs and listen to the signals; they never talk to each other.

    One calibration runs at a time. It is stopped through an event of its own, since the points
    of a run that was stopped count. What was measured is a draft until it is saved or discarded:
    neither another run nor the end of the window loses it.
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
        self.drafts = Drafts(self)
        self.watch = DeviceWatch(self.finder)
        self._jobs = Jobs(self)
        self._lines = Told(self)
        self._choices = Choices()
        self._run: Job | None = None
        self._fitting: Job | None = None
        self._stop = threading.Event()
        self._so_far = RunSoFar()
        self._points: tuple[Prediction, ...] = ()
        self._profile: Profile | None = None
        self._excluded: frozenset[int] = frozenset()
        self._kept: Kept | None = None
        self._draft: Path | None = None
        self._problem: Message | InputError | None = None
        self._lines.came.connect(self._take_line)
        self.finder.changed.connect(self._on_found)
        self.library.removed.connect(self._on_removed)
        self.library.reread.connect(self._on_reread)
        self.drafts.was_read.connect(self._open_newest_draft)

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
    def draft(self) -> Path | None:
        """The file of the run on show that nobody has saved; None for a kept profile."""
        return self._draft

    @property
    def is_saved(self) -> bool:
        """Whether the file holds just this profile."""
        return self._kept is not None and self._kept.profile == self._profile

    @property
    def problem(self) -> Message | InputError | None:
        """What went wrong last."""
        return self._problem

    def begin(self) -> None:
        """Look for Pythons, profiles, and what an earlier run has left; the first time only."""
        self.library.read()
        self.finder.look()
        self.drafts.read()

    def choose(self, **chosen: object) -> None:
        """Change what the next run does."""
        wanted = replace(self._choices, **chosen)  # type: ignore[arg-type]
        if wanted != self._choices:
            self._choices = wanted
            self.choices_changed.emit()

    def start(self) -> None:
        """Measure; what is on show goes, and stays among the profiles or the drafts."""
        python = self.python
        if python is None or not self.can_start:
            return
        try:
            request = self._choices.request(python, self.device)
        except InputError as error:
            self._set_problem(error)
            return
        self._leave()
        out = work.unsaved_file()
        self._show(None, None, out)
        self._so_far = RunSoFar()
        self._stop = threading.Event()
        measuring = partial(work.measure, request, out, self._stop.is_set, self._lines.came.emit)
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
        self._start_fit(partial(work.fit_again, profile, wanted, self._draft))

    def open(self, kept: Kept) -> None:
        """Show a kept profile."""
        if not self.is_measuring:
            self._leave()
            self._show(kept.profile, kept)

    def open_draft(self, path: Path) -> None:
        """Show a run that nobody has saved."""
        if not self.is_measuring and path != self._draft:
            self._leave()
            self._show(None, None, path)
            self._start_fit(partial(work.open_draft, path))

    def open_result(self, calibration: Calibration) -> None:
        """Fit what a probe measured elsewhere, and show it."""
        if not self.is_measuring:
            self._leave()
            out = work.unsaved_file()
            self._show(None, None, out)
            self._start_fit(partial(work.fit_measured, calibration, out))

    def discard(self) -> None:
        """Give up what is on show and not saved: a run, or what was changed in a profile.

        Raises:
            InputError: its file cannot be removed.
        """
        if self.is_measuring or self._profile is None or self.is_saved:
            return
        self._stop_fitting()
        if self._kept is not None:
            self._show(self._kept.profile, self._kept)
            self.busy_changed.emit()
            return
        if self._draft is not None and self._draft.exists():
            self.drafts.discard(self._draft)
            self.library.forget()
        self._show(None, None)
        self.busy_changed.emit()

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
        if self._draft is not None:
            self.drafts.remove(self._draft)
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
        """End the run and its child, and wait for it; what is not saved is a draft then."""
        self._keep_changes()
        self.finder.shut_down()
        self.library.shut_down()
        self.drafts.shut_down()
        self._jobs.shut_down()

    def _leave(self) -> None:
        """Something else will be on show."""
        self._stop_fitting()
        self._set_problem(None)
        self._keep_changes()

    def _keep_changes(self) -> None:
        """What was left out of a kept profile by hand and not saved is a draft from now on."""
        if self._kept is not None and self._profile is not None and not self.is_saved:
            self.drafts.keep(self._profile)

    def _show(self, profile: Profile | None, kept: Kept | None, draft: Path | None = None) -> None:
        self._profile, self._kept, self._draft = profile, kept, draft
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
        if isinstance(line, DeviceInfo):
            self.watch.see(line)
        if self._so_far.take(line):
            self._draw_run()
        else:
            self.progressed.emit()

    def _on_measured(self, outcome: Outcome) -> None:
        self._set_problem(outcome.message)
        if outcome.calibration is not None and outcome.calibration.steps:
            self._start_fit(partial(work.fit_measured, outcome.calibration, self._draft))
        elif self._draft is not None:
            self.drafts.remove(self._draft)  # nothing that could be fitted

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
        self._show(profile, self._kept, self._draft)
        if self._draft is not None:
            self.drafts.add(self._draft)

    def _open_newest_draft(self) -> None:
        """What an earlier session left is on show again."""
        runs = self.drafts.runs
        if runs and self._profile is None and not self.is_fitting:
            self.open_draft(runs[0].path)

    def _on_found(self) -> None:
        self.choices_changed.emit()
        if not self.finder.is_looking:  # every device was seen: profiles may no longer match
            self.profile_changed.emit()
            self.library.announce()

    def _on_reread(self) -> None:
        """Another program may have written the profile on show."""
        mine = self._kept
        if mine is None or not self.is_saved or self.is_fitting:
            return
        found = next((one for one in self.library.profiles if one.path == mine.path), mine)
        if found.profile != mine.profile:
            self._show(found.profile, found)

    def _on_removed(self, path: Path) -> None:
        if self._kept is not None and self._kept.path == path:
            self._show(self._profile, None)
