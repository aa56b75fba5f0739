"""Joint plans on today's hardware beside a scipy minimisation of the same loss.

The baseline is `scipy.optimize.minimize_scalar` over ln(parameters), each evaluation trying every
layout at one size, as one would write it. Also without pytest:
``.venv/bin/python tests/benchmarks/bench_joint.py``
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize_scalar

from core.planner import By, PlanRequest, plan
from core.planner.joint import setting as setting_module
from core.planner.joint import sizes as sizes_module
from core.planner.joint.path import flop_path
from core.planner.joint.setting import setting_of
from core.planner.joint.sizes import costs, layouts_of

ROUNDS = 12
_WORST = 1e3  # nats, where nothing fits
LAW = "besiroglu-2024"
CASES = {
    "1 x RTX 4090": PlanRequest(law=LAW, gpu="rtx4090"),
    "8 x H100": PlanRequest(law=LAW, gpu="h100_sxm", n_gpus=8),
    "8 x H100, 5e9 unique, 1e11 served": PlanRequest(
        law=LAW, gpu="h100_sxm", n_gpus=8, unique_tokens=5e9, inference_tokens=1e11
    ),
    "512 x H100": PlanRequest(law=LAW, gpu="h100_sxm", n_gpus=512),
}
HOURS = np.geomspace(100, 1000, 8).tolist()


def by_scipy(request: PlanRequest) -> float:
    """The least loss over ln N, every layout tried at each size."""
    known = setting_of(request)
    layouts = layouts_of(known)

    def loss(ln_params: float) -> float:
        one = costs(known, np.array([ln_params]), layouts)
        left = 3600 * request.value * request.n_gpus
        left -= request.inference_tokens * one.use_gpu_seconds[0]
        tokens = left * request.goodput / one.gpu_seconds[0]
        return known.surface.loss(one.params[0], tokens) if tokens > 1 else _WORST

    return float(minimize_scalar(loss, bounds=(16, 25), method="bounded").fun)


def forget() -> None:
    """Empty every cache, so that a plan is the first of its hardware."""
    sizes_module._size_table.cache_clear()
    setting_module._setting.cache_clear()
    flop_path.cache_clear()


def cold(request: PlanRequest) -> float:
    """The first plan on this hardware."""
    forget()
    return plan(request).loss.value


def warm(request: PlanRequest) -> float:
    """Another budget on known hardware, as while the slider is dragged."""
    return plan(request).loss.value


def everything(request: PlanRequest) -> float:
    """The same with all that the window shows."""
    answer = plan(request)
    answer.estimates()
    _ = answer.shapes, answer.bindings, answer.flop_optimum, answer.warnings, answer.memory
    return answer.loss.value


ROWS: dict[str, Callable[[PlanRequest], float]] = {
    "scipy minimize_scalar": by_scipy,
    "plan, first on its hardware": cold,
    "plan, another budget": warm,
    "plan, all that the window shows": everything,
}


def report(say: Callable[[str], object] = print) -> None:
    """Milliseconds a plan, and scipy's time over ours, by case."""
    for case, request in CASES.items():
        times: dict[str, list[float]] = {name: [] for name in ROWS}
        warm(request)
        for number in range(ROUNDS):
            asked = replace(request, value=HOURS[number % len(HOURS)] * (1 + 0.001 * number))
            for name, function in ROWS.items():
                start = time.perf_counter()
                function(asked)
                times[name].append(time.perf_counter() - start)
        base = statistics.median(times["scipy minimize_scalar"])
        say(f"{case:<36}{'median, ms':>12}{'max, ms':>10}{'scipy / ours':>14}")
        for name, taken in times.items():
            middle = statistics.median(taken)
            say(f"  {name:<34}{1e3 * middle:12.2f}{1e3 * max(taken):10.2f}{base / middle:14.1f}")


def test_joint_plans_beside_scipy(benchmark, capsys):
    for request in CASES.values():
        asked = replace(request, by=By.HOURS, value=200.0)
        assert plan(asked).loss.value <= by_scipy(asked) * 1.001  # it may stop in a lesser dip
    with capsys.disabled():
        print()
        benchmark.pedantic(report, rounds=1)


if __name__ == "__main__":
    report()
    sys.exit(0)
