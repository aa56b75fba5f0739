"""Every GPU and provider at once beside one plan after the other, nothing kept between them.

Also without pytest: ``.venv/bin/python tests/benchmarks/bench_compare.py``
"""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace

from core.errors import InputError
from core.hardware.devices import devices
from core.hardware.prices import prices_of
from core.planner import By, PlanRequest
from core.planner.joint import path, setting, sizes
from core.planner.joint.compare import compare
from core.planner.joint.counts import MOST_GPUS
from core.planner.joint.plan import JointPlan, joint_plan

ROUNDS = 3
ASKED = PlanRequest(by=By.USD, value=1000.0, law="besiroglu-2024", speed="roofline", gpu="h100_sxm")
QUESTIONS = {
    "1,000 USD, one GPU each": ASKED,
    "100,000 USD within 3 days": replace(ASKED, value=1e5, deadline_hours=72.0),
    "loss 2.4 within 4 days": replace(ASKED, by=By.LOSS, value=2.4, deadline_hours=96.0),
}


def forget() -> None:
    """Empty every cache that a plan fills."""
    for cached in (sizes._size_table, setting._setting, path.flop_path):
        cached.cache_clear()


def one_by_one(request: PlanRequest) -> list[JointPlan]:
    """The best plan of each offer, each offer and number of GPUs from nothing."""
    powers = [2**step for step in range(MOST_GPUS.bit_length())]
    counts = powers if request.deadline_hours else [1]
    found = []
    for gpu in devices():
        for provider in {row.provider for row in prices_of(gpu) if row.usd_per_gpu_hour()}:
            asked = replace(request, gpu=gpu, provider=provider)
            plans = [plan for n in counts if (plan := alone(replace(asked, n_gpus=n)))]
            if plans:
                found.append(min(plans, key=lambda plan: (plan.loss.value, plan.usd.value)))
    return found


def alone(request: PlanRequest) -> JointPlan | None:
    """One plan with all caches empty; None where there is none."""
    forget()
    try:
        return joint_plan(request)
    except InputError:
        return None


def at_once(request: PlanRequest) -> object:
    """The comparison, from nothing."""
    forget()
    return compare(request)


def again(request: PlanRequest) -> object:
    """The comparison where another budget has been asked before, as in the window."""
    return compare(replace(request, value=request.value * 1.01))


def seconds(run: Callable[[PlanRequest], object], request: PlanRequest) -> float:
    start = time.perf_counter()
    run(request)
    return time.perf_counter() - start


def comparisons(say: Callable[[str], object] = print) -> dict[str, tuple[float, float, float]]:
    """Seconds of the three ways for each question; the baseline runs once, for it is slow."""
    say(f"{'':<28}{'one by one':>12}{'compare':>10}{'ratio':>8}{'again':>10}{'ratio':>8}")
    results = {}
    for name, request in QUESTIONS.items():
        base = seconds(one_by_one, request)
        first = statistics.median(seconds(at_once, request) for _ in range(ROUNDS))
        later = statistics.median(seconds(again, request) for _ in range(ROUNDS))
        results[name] = (base, first, later)
        say(
            f"{name:<28}{base:11.2f}s{first:9.2f}s{base / first:8.1f}"
            f"{later:9.2f}s{base / later:8.1f}"
        )
    return results


def test_all_gpus_at_once_beside_one_after_the_other(benchmark, capsys):
    with capsys.disabled():
        print()
        results = benchmark.pedantic(comparisons, rounds=1)
    assert set(results) == set(QUESTIONS)


if __name__ == "__main__":
    comparisons()
    sys.exit(0)
