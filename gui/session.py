"""The one state of a document: what is asked, what is answered, and how to go back.

Views call `Session.edit` and listen to `Session.changed`; they never talk to each other.
"""

from dataclasses import replace

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from core.errors import InputError
from core.planner import By, Plan, PlanRequest, plan
from gui.widgets.notches import tidy

_BUDGETS = (By.HOURS, By.USD, By.ENERGY_KWH, By.CO2_KG)
_DRAG_DIGITS = 4  # finer than a pixel, and a number that one would have typed
_UNDO_LIMIT = 500
_TYPING_PAUSE_MS = 1500  # edits of one field closer than this are one step back


class Session(QObject):
    """Holds the request, plans it, and keeps the undo stack.

    Planning takes microseconds and happens at once; `changed` comes once per turn of the
    event loop with the latest plan, however many edits came in between.
    """

    changed = Signal(object)  # Plan
    refused = Signal(object)  # InputError; the last good plan stays

    def __init__(self, request: PlanRequest, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(_UNDO_LIMIT)
        self._plan = plan(request)
        self._open_step: _Edit | None = None
        self._in_gesture = False
        self._last_name = ""
        self._since_edit = QElapsedTimer()
        self._since_edit.start()
        self._latest_wins = QTimer(self, singleShot=True, interval=0)
        self._latest_wins.timeout.connect(self._announce)

    @property
    def plan(self) -> Plan:
        """The last good answer."""
        return self._plan

    @property
    def request(self) -> PlanRequest:
        """The question that it answers."""
        return self._plan.request

    @property
    def in_gesture(self) -> bool:
        """Whether something is being dragged right now."""
        return self._in_gesture

    def edit(self, name: str, **changes: object) -> None:
        """Change fields of the request; ``name`` is what the undo menu calls the step.

        A request that cannot be planned is refused with a signal and changes nothing.
        """
        request = replace(self.request, **changes)  # type: ignore[arg-type]
        if request == self.request:
            return
        try:
            answer = plan(request)
        except InputError as error:
            if self._latest_wins.isActive():  # or it would wipe the refusal off the screen
                self._latest_wins.stop()
                self._announce()
            self.refused.emit(error)
            return
        paused = self._since_edit.elapsed() > _TYPING_PAUSE_MS
        if not self._in_gesture and (name != self._last_name or paused):
            self._open_step = None
        self._last_name = name
        self._since_edit.restart()
        if self._open_step is None:
            step = _Edit(self, name, self.request, request)
            self.undo_stack.push(step)
            self._open_step = step
        else:
            self._open_step.after = request
            self.show(answer)

    def set_budget(self, name: str, by: By, value: float) -> None:
        """Plan for another amount, or by another quantity."""
        self.edit(name, by=by, value=value)

    def drag_to(self, name: str, compute_neflo: float) -> None:
        """Move the budget to a compute; it stays time, money, energy or CO2 if it was."""
        request = replace(self.request, by=By.COMPUTE_NEFLO, value=compute_neflo)
        by = self.request.by if self.request.by in _BUDGETS else By.HOURS
        try:
            value = plan(request).quantity(by).value
        except InputError as error:
            self.refused.emit(error)
            return
        if value > 0:  # without a price, dollars cannot hold a budget
            self.set_budget(name, by, tidy(value, _DRAG_DIGITS))
        else:
            self.set_budget(name, By.COMPUTE_NEFLO, compute_neflo)

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
        self._latest_wins.start()

    def restore(self, request: PlanRequest) -> None:
        """Answer ``request`` again; for the undo stack, and for a law file that has changed."""
        self._open_step = None
        try:
            self.show(plan(request))
        except InputError as error:  # the law file of then is gone
            self.refused.emit(error)

    def show(self, answer: Plan) -> None:
        """Make ``answer`` the current plan."""
        self._plan = answer
        self._latest_wins.start()

    def _announce(self) -> None:
        self.changed.emit(self._plan)


class _Edit(QUndoCommand):
    """One step, from a request to a request.

    A drag grows its step in place: Qt's merging keeps every merged command alive.
    """

    def __init__(
        self, session: Session, name: str, before: PlanRequest, after: PlanRequest
    ) -> None:
        super().__init__(name)
        self._session = session
        self.before = before
        self.after = after

    def redo(self) -> None:
        """Ask what is asked after the step."""
        self._session.restore(self.after)

    def undo(self) -> None:
        """Ask what was asked before the step."""
        self._session.restore(self.before)
