"""Ten million points of 1,000 runs read from CSV, beside a plain `pandas.read_csv`.

Also without pytest: ``.venv/bin/python tests/benchmarks/bench_runs.py``
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.runs.points import RunsTable
from core.runs.readers import read_runs

POINTS, RUNS = 10_000_000, 1000


def write_table(path: Path, points: int = POINTS) -> None:
    """Runs of the Chinchilla law with noise, one row a point, and a bad row in each million."""
    each, rng = points // RUNS, np.random.default_rng(0)
    for i, params in enumerate(np.geomspace(1e7, 1e10, RUNS)):
        tokens = np.linspace(1e8, 2e11, each).round()
        loss = 1.8 + 480 / params**0.35 + 2080 / tokens**0.366 + 0.01 * rng.random(each)
        frame = pd.DataFrame(
            {"run": f"run-{i}", "params": round(params), "tokens": tokens, "loss": loss}
        )
        frame.to_csv(path, mode="a", index=False, header=i == 0, float_format="%.8g")
        if i % 100 == 50:
            with path.open("a") as file:
                file.write(f"run-{i},{params:.0f},1e9,oops\n")


def timed(function: Callable[[], object]) -> tuple[float, object]:
    start = time.process_time()
    result = function()
    return time.process_time() - start, result


def beside_pandas(path: Path, rounds: int = 3, say: Callable[[str], object] = print) -> RunsTable:
    """CPU-seconds of both, taking turns, so that noise hits both alike.

    pandas is told which words are no numbers: left to find out, it keeps the column as Python
    objects and takes three times as long, which would flatter us.
    """
    plain, ours, calls = [], [], []
    for _ in range(rounds):
        plain.append(timed(lambda: pd.read_csv(path, na_values=["oops"]))[0])
        calls.clear()
        taken, table = timed(lambda: read_runs([path], progress=lambda f: calls.append(f) or True))
        ours.append(taken)
    n = table.n_points
    say(f"{n:,} points, {path.stat().st_size / 2**20:,.0f} MB, {rounds} rounds, the best of each")
    say(f"{'':<34}{'CPU s':>9}{'rows/s':>13}{'pandas / ours':>15}")
    for name, times in (("pandas.read_csv", plain), ("read_runs, checked and sorted", ours)):
        say(f"{name:<34}{min(times):9.2f}{n / min(times):13,.0f}{min(plain) / min(times):15.2f}")
    say(f"progress was told {len(calls)} times; {len(table.problems)} rows are listed as bad")
    return table


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Iterator[Path]:
    file = tmp_path_factory.mktemp("runs") / "ten_million.csv"
    write_table(file)
    yield file
    file.unlink()


def test_ten_million_points_beside_pandas(benchmark, capsys, path):
    with capsys.disabled():
        print()
        table = benchmark.pedantic(beside_pandas, args=(path,), rounds=1)
    assert table.n_points == POINTS
    assert table.n_runs == RUNS
    assert len(table.problems) == 10


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "runs.csv"
        write_table(file, int(sys.argv[1]) if len(sys.argv) > 1 else POINTS)
        beside_pandas(file)
