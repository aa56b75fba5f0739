"""What the comparison has done in the worker thread."""

from core.errors import CancelledError
from core.planner import PlanRequest
from core.planner.joint.compare import Comparison, compare
from gui.jobs import Progress

_ASKING = 0.9  # of the time; the rest goes into intervals and other figures of the table


def compare_all(request: PlanRequest, n_gpus: int | None, progress: Progress) -> Comparison:
    """Compare, and work out every figure that is shown, so that the window need not.

    Raises:
        InputError: what no GPU could answer.
        CancelledError: ``progress`` returned False.
    """

    def report(share: float) -> None:
        if not progress(share):
            raise CancelledError

    def report_asking(share: float) -> None:
        report(share * _ASKING)

    found = compare(request, n_gpus, report_asking)
    for number, row in enumerate(found.rows):
        if row.plan is not None:
            row.plan.estimates()
        report(_ASKING + (1 - _ASKING) * (number + 1) / len(found.rows))
    return found
