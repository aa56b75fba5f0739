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
        self._plan = plan(request)
        self._gesture = 0
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
        new_step = name != self._last_name or self._since_edit.elapsed() > _TYPING_PAUSE_MS
        if new_step and not self._in_gesture:
            self._gesture += 1
        self._last_name = name
        self._since_edit.restart()
        self.undo_stack.push(_Edit(self, name, self._gesture, self._plan, answer))

    def set_budget(self, name: str, by: By, value: float) -> None:
        """Plan for another amount, or by another quantity."""
        self.edit(name, by=by, value=value)

    def drag_to(self, name: str, compute_neflo: float) -> None:
        """Move the budget to a compute; it stays time, money, energy or CO2 if it was."""
        request = replace(self.request, by=By.COMPUTE_NEFLO, value=compute_neflo)
        by = self.request.by if self.request.by in _BUDGETS else By.HOURS
        value = plan(request).quantity(by).value
        if value > 0:  # without a price, dollars cannot hold a budget
            self.set_budget(name, by, tidy(value, _DRAG_DIGITS))
        else:
            self.set_budget(name, By.COMPUTE_NEFLO, compute_neflo)

    def begin_gesture(self) -> None:
        """A drag begins: all its edits are one step back."""
        self._gesture += 1
        self._in_gesture = True

    def end_gesture(self) -> None:
        """The drag is over; views that waited for it may settle."""
        if self._in_gesture:
            self._in_gesture = False
            self._last_name = ""
            self._latest_wins.start()

    def show(self, answer: Plan) -> None:
        """Make ``answer`` the current plan; for the undo stack."""
        self._plan = answer
        self._latest_wins.start()

    def _announce(self) -> None:
        self.changed.emit(self._plan)


class _Edit(QUndoCommand):
    """One step: from a plan to a plan. Steps of one gesture merge into one."""

    def __init__(
        self, session: Session, name: str, gesture: int, before: Plan, after: Plan
    ) -> None:
        super().__init__(name)
        self._session = session
        self._gesture = gesture
        self._before = before
        self._after = after

    def id(self) -> int:
        """Qt merges only commands of the same id."""
        return 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over the end of a later edit of the same gesture."""
        if not isinstance(other, _Edit) or other._gesture != self._gesture:
            return False
        self._after = other._after
        self.setObsolete(self._after.request == self._before.request)
        return True

    def redo(self) -> None:
        """Show the plan after the step."""
        self._session.show(self._after)

    def undo(self) -> None:
        """Show the plan before the step."""
        self._session.show(self._before)
