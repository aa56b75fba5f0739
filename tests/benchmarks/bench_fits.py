"""One fit and a thousand resamples beside scipy's BFGS on the same objective.

Also without pytest: ``.venv/bin/python tests/benchmarks/bench_fits.py``
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from core.fits.parametric import NAMES, Choices, ParametricFit, fit_parametric
from core.fits.resampling import Resampling, bootstrap_weights

POINTS, RESAMPLES, SINGLE, ROUNDS = 240, 1000, 20, 7
PLAIN = Choices(resampling=Resampling(0))


def points() -> tuple[np.ndarray, ...]:
    """240 points scattered like those of Hoffmann et al. 2022, with noise and outliers."""
    rng = np.random.default_rng(0)
    params = np.exp(rng.uniform(np.log(5e7), np.log(1.6e10), POINTS))
    tokens = params * np.exp(rng.uniform(np.log(1), np.log(300), POINTS))
    noise = 0.006 * rng.standard_t(3, POINTS)
    loss = (1.817 + 478 / params**0.3473 + 2143 / tokens**0.3672) * np.exp(noise)
    return params, tokens, loss, np.arange(POINTS)


PARAMS, TOKENS, LOSS, RUN_INDEX = points()
X, Y = np.log(PARAMS) - np.log(PARAMS).mean(), np.log(TOKENS) - np.log(TOKENS).mean()
LN_LOSS = np.log(LOSS)
START = np.array([np.log(0.5), 0.3, np.log(0.5), 0.3, np.log(1.5)])


def objective(theta: np.ndarray, weights: np.ndarray) -> float:
    """Huber's loss on centred variables, as one would write it down for scipy."""
    a, alpha, b, beta, e = theta
    law = np.exp(a - alpha * X) + np.exp(b - beta * Y) + np.exp(e)
    size = np.abs(np.log(law) - LN_LOSS)
    return float(weights @ np.where(size <= 1e-3, size * size / 2, 1e-3 * (size - 5e-4)))


def by_bfgs(start: np.ndarray, weights: np.ndarray) -> OptimizeResult:
    """Finite differences; scaled, or it would call the start converged."""
    scale = 1 / objective(start, weights)
    found = minimize(
        lambda theta: scale * objective(theta, weights), start, method="BFGS",
        options={"gtol": 1e-7},
    )  # fmt: skip
    found.fun /= scale
    return found


def fit(**changes: object) -> ParametricFit:
    return fit_parametric(PARAMS, TOKENS, LOSS, RUN_INDEX, replace(PLAIN, **changes))


def from_start() -> float:
    """Our own solver from the start that scipy gets, and nothing else."""
    from core.fits.parametric import _solve, _Space

    space = _Space.of(PARAMS, TOKENS, LOSS, PLAIN)
    return float(_solve(space.terms, START[None], np.ones(POINTS), PLAIN).objective[0])


def cpu(function: Callable[[], object]) -> float:
    start = time.process_time()
    function()
    return time.process_time() - start


def in_turns(functions: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median CPU-seconds of each, taking turns, so that noise hits all alike."""
    taken: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(ROUNDS):
        for name, function in functions.items():
            taken[name].append(cpu(function))
    return {name: statistics.median(times) for name, times in taken.items()}


def one_fit(say: Callable[[str], object] = print) -> dict[str, float]:
    """CPU-seconds of one centred fit each way."""
    ones = np.ones(POINTS)
    times = in_turns(
        {
            "BFGS, finite differences, 1 start": lambda: by_bfgs(START, ones),
            "ours from that start": from_start,
            "ours, 1 start, with everything": lambda: fit(starts=1),
            "ours, 64 starts, with everything": fit,
        }
    )
    baseline = next(iter(times.values()))
    say(f"one fit of {POINTS} points, five coefficients, median of {ROUNDS}")
    say(f"{'':<36}{'CPU ms':>9}{'BFGS / ours':>13}{'a start':>10}")
    for name, taken in times.items():
        starts = 64 if "64" in name else 1
        ratio = baseline / taken
        say(f"{name:<36}{1e3 * taken:9.2f}{ratio:13.2f}{ratio * starts:10.1f}")
    say(f"objective: BFGS {by_bfgs(START, ones).fun:.12g}, ours {fit().objective:.12g}")
    return times


def resamples(say: Callable[[str], object] = print) -> tuple[float, float]:
    """CPU-seconds of 1,000 resamples together, and of a loop of single refits with scipy."""
    resampling = Resampling(RESAMPLES, by="point")
    found = fit(starts=1, resampling=resampling)
    ours = statistics.median(
        cpu(lambda: fit(starts=1, resampling=resampling)) for _ in range(3)
    ) - statistics.median(cpu(lambda: fit(starts=1)) for _ in range(3))
    weights = np.concatenate(list(bootstrap_weights(resampling, RUN_INDEX, RESAMPLES)))
    best = by_bfgs(START, np.ones(POINTS)).x
    taken, worse = 0.0, []
    for i in range(SINGLE):
        start = time.process_time()
        theirs = by_bfgs(best, weights[i]).fun
        taken += time.process_time() - start
        worse.append(theirs / objective(centred(found.ensemble[i]), weights[i]) - 1)
    loop = taken * RESAMPLES / SINGLE
    say(f"{RESAMPLES:,} resamples of {POINTS} points, each refitted from the whole's minimum")
    say(f"{'':<36}{'CPU s':>9}{'loop / ours':>13}")
    say(f"{f'scipy one by one (from {SINGLE})':<36}{loop:9.2f}{1:13.2f}")
    say(f"{'ours, together as arrays':<36}{ours:9.2f}{loop / ours:13.1f}")
    say(f"scipy's objective above ours: {min(worse):.1e} to {max(worse):.1e}")
    return loop, ours


def centred(coefficients: np.ndarray) -> np.ndarray:
    """A, B, E, alpha, beta as the centred theta of `objective`."""
    a, b, e, alpha, beta = coefficients
    at_n, at_d = np.log(PARAMS).mean(), np.log(TOKENS).mean()
    return np.array([np.log(a) - alpha * at_n, alpha, np.log(b) - beta * at_d, beta, np.log(e)])


def test_one_centred_fit_beside_finite_difference_bfgs(benchmark, capsys):
    with capsys.disabled():
        print()
        benchmark.pedantic(one_fit, rounds=1)
    found = fit()
    assert found.starts_agreeing == 64
    assert found.objective <= by_bfgs(START, np.ones(POINTS)).fun * (1 + 1e-9)
    assert from_start() <= found.objective * (1 + 1e-9)


def test_a_thousand_resamples_beside_a_loop_of_refits(benchmark, capsys):
    with capsys.disabled():
        print()
        benchmark.pedantic(resamples, rounds=1)
    ensemble = fit(starts=1, resampling=Resampling(50, by="point")).ensemble
    assert ensemble.shape == (50, len(NAMES))
    assert np.isfinite(ensemble).all()


if __name__ == "__main__":
    one_fit()
    print()
    resamples()
