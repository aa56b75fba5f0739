"""The one state of a document: what is asked, what is answered, and how to go back.

Views call `Session.edit` and listen to `Session.changed`; they never talk to each other.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from core.errors import InputError
from core.planner import AnyPlan, By, PlanRequest, plan
from core.planner.request import ANY_GPU
from gui.best_gpu import BestGpu, Choice
from gui.widgets.notches import tidy

if TYPE_CHECKING:
    from core.planner.joint.compare import Comparison

_BUDGETS = (By.HOURS, By.USD, By.ENERGY_KWH, By.CO2_KG)
_DRAG_DIGITS = 4  # finer than a pixel, and a number that one would have typed
_STAND_INS = ("h100_sxm", "a100_sxm_80", "l40s", "rtx4090", "b200_sxm")
_UNDO_LIMIT = 500
_TYPING_PAUSE_MS = 1500  # edits of one field closer than this are one step back


class Session(QObject):
    """Holds the request, plans it, and keeps the undo stack.

    Planning takes milliseconds and happens at once; `changed` comes once per turn of the
    event loop with the latest plan, however many edits came in between. Only the search for the
    best of all GPUs takes longer: it runs beside the window, and until it ends the plan on the
    GPU that was best before stands in.
    """

    changed = Signal(object)  # AnyPlan
    refused = Signal(object)  # InputError; the last good plan stays
    choosing_changed = Signal(bool)  # whether the best GPU is being looked for
    choosing_progressed = Signal(float)

    def __init__(self, request: PlanRequest, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(_UNDO_LIMIT)
        self._request = request
        self._plan = plan(request)
        self._comparison: Comparison | None = None
        self._open_step: _Edit | None = None
        self._waiting: tuple[str, PlanRequest] | None = None
        self._in_gesture = False
        self._last_name = ""
        self._since_edit = QElapsedTimer()
        self._since_edit.start()
        self._latest_wins = QTimer(self, singleShot=True, interval=0)
        self._latest_wins.timeout.connect(self._announce)
        self._best = BestGpu(self)
        self._best.found.connect(self._on_found)
        self._best.refused.connect(self._on_none_found)
        self._best.busy_changed.connect(self.choosing_changed)
        self._best.progressed.connect(self.choosing_progressed)

    @property
    def plan(self) -> AnyPlan:
        """The last good answer."""
        return self._plan

    @property
    def request(self) -> PlanRequest:
        """The question; its GPU may be ``any`` where the plan's is the one that was best."""
        return self._request

    @property
    def asked(self) -> PlanRequest:
        """The question that an answer is still looked for, else `request`."""
        return self._request if self._waiting is None else self._waiting[1]

    @property
    def comparison(self) -> "Comparison | None":
        """All GPUs for this very request, where the best of them was asked for and found."""
        return self._comparison

    @property
    def is_choosing(self) -> bool:
        """Whether the best GPU is being looked for."""
        return self._best.is_busy

    @property
    def in_gesture(self) -> bool:
        """Whether something is being dragged right now."""
        return self._in_gesture

    def edit(self, name: str, **changes: object) -> None:
        """Change fields of the request; ``name`` is what the undo menu calls the step.

        A request that cannot be planned is refused with a signal and changes nothing.
        """
        request = replace(self.asked, **changes)  # type: ignore[arg-type]
        if request == self.asked:
            return
        if _leaves_gpu_open(request):
            self._ask_for_the_best(name, request)
            return
        try:
            answer = plan(request)
        except InputError as error:
            self._refuse(error)
            return
        self._give_up_choosing()
        self._commit(name, request, answer)

    def set_budget(self, name: str, by: By, value: float) -> None:
        """Plan for another amount, or by another quantity."""
        self.edit(name, by=by, value=value)

    def drag_to(self, name: str, compute_neflo: float) -> None:
        """Move the budget to a compute; it stays time, money, energy or CO2 if it was."""
        request = replace(self._plan.request, by=By.COMPUTE_NEFLO, value=compute_neflo)
        by = self.request.by if self.request.by in _BUDGETS else By.HOURS
        try:
            estimate = plan(request).quantity(by)
        except InputError as error:
            self.refused.emit(error)
            return
        if estimate is not None and estimate.value > 0:  # dollars need a price
            self.set_budget(name, by, tidy(estimate.value, _DRAG_DIGITS))
        else:
            self.set_budget(name, By.COMPUTE_NEFLO, compute_neflo)

    def choose_again(self) -> None:
        """Look for the best GPU after all, where that was given up."""
        if _leaves_gpu_open(self._request) and not self.is_choosing:
            self._best.search(self._request)

    def cancel_choosing(self) -> None:
        """Stop looking for the best GPU; what is on show stays."""
        self._give_up_choosing()
        self._latest_wins.start()

    def shut_down(self) -> None:
        """Stop what runs, and wait for it."""
        self._best.shut_down()

    def end_step(self) -> None:
        """A value was committed: the next edit of the same field is a step of its own."""
        self._open_step = None

    def begin_gesture(self) -> None:
        """A drag begins: all its edits are one step back."""
        self._open_step = None
        self._in_gesture = True

    def end_gesture(self) -> None:
        """The drag is over; views that waited for it may settle."""
        if not self._in_gesture:
            return
        self._in_gesture = False
        step, self._open_step = self._open_step, None
        if step is not None and step.after == step.before:
            step.setObsolete(True)  # back where it began: there is nothing to undo
            self.undo_stack.undo()
        elif _leaves_gpu_open(self._request) and self._comparison is None:
            self._best.search(self._request)
        self._latest_wins.start()

    def open(self, request: PlanRequest) -> None:
        """Begin another document: its plan is shown at once, and there is nothing to undo.

        Where it leaves the GPU open, a plan on some GPU stands in until the best is found.

        Raises:
            InputError: it cannot be planned; what is on show stays.
        """
        answer = self._first_answer(request)
        self._give_up_choosing()
        self._open_step, self._in_gesture = None, False
        self.undo_stack.clear()
        self.show(answer, request)
        self._latest_wins.stop()
        self._announce()
        if _leaves_gpu_open(request):
            self._restore_the_best(request)

    def restore(self, request: PlanRequest) -> None:
        """Answer ``request`` again; for the undo stack, and for a law file that has changed."""
        self._open_step = None
        self._give_up_choosing()
        if _leaves_gpu_open(request):
            self._restore_the_best(request)
            return
        try:
            self.show(plan(request))
        except InputError as error:  # the law file of then is gone
            self.refused.emit(error)

    def show(self, answer: AnyPlan, request: PlanRequest | None = None) -> None:
        """Make ``answer`` the current plan, of ``request`` where that leaves the GPU open."""
        self._request = answer.request if request is None else request
        self._plan = answer
        self._comparison = None
        self._latest_wins.start()

    def _refuse(self, error: InputError) -> None:
        if self._latest_wins.isActive():  # or it would wipe the refusal off the screen
            self._latest_wins.stop()
            self._announce()
        self.refused.emit(error)

    def _commit(self, name: str, request: PlanRequest, answer: AnyPlan) -> None:
        """Show an answer as a step of its own, or as part of the one that is open."""
        paused = self._since_edit.elapsed() > _TYPING_PAUSE_MS
        if not self._in_gesture and (name != self._last_name or paused):
            self._open_step = None
        self._last_name = name
        self._since_edit.restart()
        if self._open_step is None:
            step = _Edit(self, name, self._request, request, answer)
            self.undo_stack.push(step)
            self._open_step = step
        else:
            self._open_step.after = request
            self.show(answer, request)

    def _ask_for_the_best(self, name: str, request: PlanRequest) -> None:
        """Show what is known at once, and look for the best GPU unless a drag goes on."""
        known = self._best.known(request)
        answer = known.plan if known is not None else self._on_last_best(request)
        self._waiting = None
        if answer is None:
            self._waiting = (name, request)
        else:
            self._commit(name, request, answer)
        if known is not None:
            self._best.cancel()
            self._comparison = known.comparison
        elif not self._in_gesture or answer is None:
            self._best.search(request)

    def _on_last_best(self, request: PlanRequest) -> "AnyPlan | None":
        """The plan on the GPU that was best for the request before, if there was one."""
        if not _leaves_gpu_open(self._request):
            return None
        last = self._plan.request
        try:
            return plan(replace(request, gpu=last.gpu, provider=last.provider))
        except InputError:  # another GPU may be able to
            return None

    def _first_answer(self, request: PlanRequest) -> AnyPlan:
        if not _leaves_gpu_open(request):
            return plan(request)
        known = self._best.known(request)
        if known is not None:
            return known.plan
        for gpu in _STAND_INS:
            try:
                return plan(replace(request, gpu=gpu, provider=None))
            except InputError:  # another may be able to
                continue
        return plan(request)  # seconds, for once; or it says why none can

    def _restore_the_best(self, request: PlanRequest) -> None:
        known = self._best.known(request)
        answer = known.plan if known is not None else self._on_last_best(request)
        if answer is not None:
            self.show(answer, request)
        if known is not None:
            self._comparison = known.comparison
            return
        self._waiting = None if answer is not None else ("", request)
        self._best.search(request)

    def _give_up_choosing(self) -> None:
        self._waiting = None
        self._best.cancel()

    def _on_found(self, request: PlanRequest, choice: Choice) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting[0]:
            self._commit(waiting[0], request, choice.plan)
        else:
            self.show(choice.plan, request)
        self._comparison = choice.comparison

    def _on_none_found(self, error: InputError) -> None:
        self._waiting = None
        self._refuse(error)

    def _announce(self) -> None:
        self.changed.emit(self._plan)


def _leaves_gpu_open(request: PlanRequest) -> bool:
    return request.gpu == ANY_GPU


class _Edit(QUndoCommand):
    """One step, from a request to a request.

    A drag grows its step in place: Qt's merging keeps every merged command alive.
    """

    def __init__(
        self,
        session: Session,
        name: str,
        before: PlanRequest,
        after: PlanRequest,
        answer: AnyPlan,
    ) -> None:
        super().__init__(name)
        self._session = session
        self.before = before
        self.after = after
        self._answer: AnyPlan | None = answer

    def redo(self) -> None:
        """Show the answer the first time; later, ask what is asked after the step."""
        answer, self._answer = self._answer, None
        if answer is None:
            self._session.restore(self.after)
        else:
            self._session.show(answer, self.after)

    def undo(self) -> None:
        """Ask what was asked before the step."""
        self._session.restore(self.before)
