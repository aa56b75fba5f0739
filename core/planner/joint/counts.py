"""How many GPUs of a kind are worth while under a deadline: no more than help.

A budget of money, energy or emissions is spent by any number of GPUs if only they have the time.
A deadline takes that time: more GPUs spend more of the budget, and each does a little less. Of
1, 2, 4... GPUs the fewest are taken whose loss (whose GPU-hours, for a target loss) is within
`_WORTH` of the best. The search reads costs off the grid of sizes; the plan itself is exact.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from core.errors import InputError
from core.planner.joint.limits import budget
from core.planner.joint.plan import JointPlan, joint_plan
from core.planner.joint.setting import Setting, setting_of
from core.planner.joint.solve import least_score, solve
from core.planner.request import By, PlanRequest

MOST_GPUS = 1024
_WORTH = 1e-4  # relative: less is no reason for twice the GPUs
_PATIENCE = 2  # doublings that do not help before the search ends
_FEWER = 4  # the search begins at so many times fewer than would spend all
_SPENDABLE = (By.USD, By.ENERGY_KWH, By.CO2_KG)


def best_count(request: PlanRequest, n_gpus: int | None) -> JointPlan:
    """The plan with the given number of GPUs, or with as many as are worth while.

    Without a deadline, and for a budget of hours, that is the request's own number.

    Raises:
        InputError: no number of them can do it.
    """
    if n_gpus is not None or request.deadline_hours is None or request.by is By.HOURS:
        return joint_plan(replace(request, n_gpus=n_gpus or request.n_gpus))
    merits: dict[int, float] = {}
    for count in _counts(request):
        merits[count] = _merit(replace(request, n_gpus=count))
        last = list(merits.values())[-_PATIENCE - 1 :]
        finite = [merit for merit in last if math.isfinite(merit)]
        if len(finite) > _PATIENCE and finite[0] <= min(finite) * (1 + _WORTH):
            break
    least = min(merits.values())
    for count, merit in merits.items():
        if math.isfinite(merit) and merit <= least * (1 + _WORTH):
            try:
                return joint_plan(replace(request, n_gpus=count))
            except InputError:  # the grid was kinder than the exact size: a few more will do
                continue
    return joint_plan(replace(request, n_gpus=max(merits)))


def _counts(request: PlanRequest) -> Iterator[int]:
    """Numbers of GPUs from the fewest that could be worth while."""
    count = 1
    if request.by in _SPENDABLE and request.deadline_hours is not None:
        paid = budget(setting_of(replace(request, n_gpus=1, tp=None, pp=None)), *_asked(request))
        enough = (paid.gpu_hours or 0.0) / request.deadline_hours
        while count * _FEWER < min(enough, MOST_GPUS):
            count *= 2
    while count <= MOST_GPUS:
        yield count
        count *= 2


def _asked(request: PlanRequest) -> tuple[By, float]:
    return request.by, request.value


def _has_quick_score(setting: Setting, by: By) -> bool:
    """Whether the grid alone tells; a law that only knows its frontier is read off budgets."""
    return by in _SPENDABLE or (setting.surface is not None and by is not By.PARAMS)


def _merit(request: PlanRequest) -> float:
    """What is to be least: the loss, or the GPU-hours for a target loss; infinite if impossible."""
    try:
        setting = setting_of(request)
        if _has_quick_score(setting, request.by):
            return least_score(setting, *_asked(request))
        point = solve(setting, *_asked(request))
    except InputError:
        return math.inf
    if request.by is By.LOSS:
        return point.tokens * point.gpu_seconds
    return point.loss
