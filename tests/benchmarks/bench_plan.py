"""One plan beside a plain `scipy.optimize.root` of the same equation, and a million plans.

Also without pytest: ``.venv/bin/python tests/benchmarks/bench_plan.py``
"""

import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import root

from core.hardware.catalogue import gpus
from core.laws.library import DEFAULT_LAW, find_law
from core.planner import Plan, PlanGrid, PlanRequest, plan, plan_grid

ROUNDS = 40
HOURS = np.geomspace(1, 100, 64).tolist()  # no two plans in a row are the same
REQUESTS = [PlanRequest(value=hours) for hours in HOURS]
MILLION = 1_000_000

LAW, GPU = find_law(DEFAULT_LAW), gpus()["V100"]


def hours_at(width: np.ndarray) -> np.ndarray:
    """The equation of the 2020 article, written down as it reads: hours of a width, in fp32."""
    depth = width / 128
    params = 7 * depth * width**2 + 8 * depth * width + 3 * width + 3
    compute = 86_400 * ((params - LAW.f) / LAW.d) ** (1 / LAW.e)
    speed = GPU.k * width**GPU.a * depth / (depth + GPU.b) * np.log(65) ** GPU.c
    return compute / speed / 3600


def by_root(hours: float) -> float:
    """Only the width: no names are looked up, nothing is checked, no quantity is read off."""
    return root(lambda width: hours_at(width) - hours, 500.0).x[0]


def located(request: PlanRequest) -> Plan:
    """Names looked up, numbers and limits checked, the width solved for; quantities wait."""
    return plan(request)


def asked(hours: float) -> Plan:
    """The same with the request made, too."""
    return plan(PlanRequest(value=hours))


def read(request: PlanRequest) -> Plan:
    """The same with all twelve quantities and their sources."""
    answer = plan(request)
    answer.estimates()
    return answer


def exhausted(request: PlanRequest) -> Plan:
    """Everything that the window shows: quantities, both shapes, tipping point, warnings."""
    answer = read(request)
    _ = answer.shapes, answer.tipping_point, answer.warnings
    return answer


ROWS: dict[str, tuple[Callable[..., object], list]] = {
    "scipy root, the width alone": (by_root, HOURS),
    "plan(request)": (located, REQUESTS),
    "plan(PlanRequest(...))": (asked, HOURS),
    "plan, every quantity read": (read, REQUESTS),
    "plan, all that the window shows": (exhausted, REQUESTS),
}


def seconds_each(function: Callable[..., object], arguments: list) -> float:
    start = time.perf_counter()
    for argument in arguments:
        function(argument)
    return (time.perf_counter() - start) / len(arguments)


def single_plans(say: Callable[[str], object] = print) -> dict[str, list[float]]:
    """Seconds of each row in each round; the rows take turns, so that noise hits all alike."""
    results: dict[str, list[float]] = {name: [] for name in ROWS}
    for _ in range(ROUNDS):
        for name, (function, arguments) in ROWS.items():
            results[name].append(seconds_each(function, arguments))
    base, *_ = results.values()
    say(f"{len(HOURS)} budgets from 1 h to 100 h, {ROUNDS} rounds; microseconds a plan")
    say(f"{'':<34}{'median':>9}{'min':>9}{'root / ours: median':>21}{'of minima':>11}")
    for name, times in results.items():
        ratio = statistics.median(b / t for b, t in zip(base, times, strict=True))
        say(
            f"{name:<34}{1e6 * statistics.median(times):9.2f}{1e6 * min(times):9.2f}"
            f"{ratio:21.1f}{min(base) / min(times):11.1f}"
        )
    return results


def million_plans(say: Callable[[str], object] = print) -> PlanGrid:
    """A million budgets on one GPU, then 200,000 on each of five, beside the loop."""
    budgets = np.geomspace(0.01, 1e5, MILLION)
    loop = MILLION * min(seconds_each(exhausted, REQUESTS) for _ in range(ROUNDS))
    say(f"{'':<34}{'seconds':>9}{'plans/s':>13}{'loop / ours':>13}")
    say(f"{'loop over plan, all read (scaled)':<34}{loop:9.2f}{MILLION / loop:13,.0f}{1:13.1f}")
    for name, values, names in (
        ("plan_grid, a million budgets", budgets, None),
        ("plan_grid, 200,000 x 5 GPUs", budgets[::5], list(gpus())),
    ):
        start = time.perf_counter()
        grid = plan_grid(PlanRequest(), values, names)
        taken = time.perf_counter() - start
        say(f"{name:<34}{taken:9.2f}{MILLION / taken:13,.0f}{loop / taken:13.1f}")
    return grid


def test_single_plans_beside_scipy_root(benchmark, capsys):
    for hours, request in zip(HOURS, REQUESTS, strict=True):
        assert plan(request).d_model == pytest.approx(by_root(hours), rel=1e-6)
    with capsys.disabled():
        print()
        benchmark.pedantic(single_plans, rounds=1)


def test_a_million_plans(benchmark, capsys):
    with capsys.disabled():
        print()
        grid = benchmark.pedantic(million_plans, rounds=1)
    assert grid.loss.shape == (len(gpus()), MILLION // 5)
    assert np.isfinite(grid.loss).all()


if __name__ == "__main__":
    single_plans()
    print()
    million_plans()
    sys.exit(0)
