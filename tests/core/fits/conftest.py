"""Synthetic trainings of a law that is known, and published ones."""

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from core.runs.points import RunsTable
from core.runs.shipped import shipped_table

DATA = Path(__file__).parent / "data"

FIRST_RUNS = (
    "2x64x64", "2x64x128", "2x96x96", "2x128x128", "2x128x256", "2x128x512", "2x192x192",
    "2x256x256", "2x256x512", "2x256x1024", "3x256x512", "4x256x1024", "2x512x2048",
    "3x512x1024", "4x512x1024", "4x512x2048", "8x512x2048", "12x512x2048", "16x512x2048",
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """A law to draw runs from."""

    A: float = 480.0
    B: float = 2080.0
    E: float = 1.8
    alpha: float = 0.35
    beta: float = 0.366

    def loss(self, params, tokens):
        return self.E + self.A / params**self.alpha + self.B / tokens**self.beta

    def best(self, compute):
        """N* by hand: where alpha A / N^alpha = beta B / D^beta and 6 N D = C."""
        sizes = np.geomspace(1e4, 1e14, 4001)
        for _ in range(5):
            place = int(self.loss(sizes, compute / 6 / sizes).argmin())
            sizes = np.geomspace(sizes[place - 1], sizes[place + 1], 4001)
        return float(sizes[int(self.loss(sizes, compute / 6 / sizes).argmin())])


def make_table(params, tokens, loss, run_index=None, compute=None, **more):
    params, tokens, loss = (np.asarray(column, dtype=float) for column in (params, tokens, loss))
    if run_index is None:
        run_index = np.unique(params, return_inverse=True)[1]
    return RunsTable(
        run_names=tuple(f"run {i}" for i in range(int(run_index.max()) + 1)),
        run_index=run_index,
        params=params,
        tokens=tokens,
        compute_flops=6 * params * tokens if compute is None else compute,
        loss=loss,
        **more,
    )


def make_grid(params, tokens):
    """Every size at every number of tokens."""
    columns = np.meshgrid(params, tokens, indexing="ij")
    return tuple(column.ravel() for column in columns)


@pytest.fixture(scope="session")
def truth():
    return Truth


@pytest.fixture(scope="session")
def table_of():
    """A table of columns; runs are sizes."""
    return make_table


@pytest.fixture(scope="session")
def grid():
    return make_grid


@pytest.fixture(scope="session")
def drawn():
    """A table drawn from a law: ``sizes`` x ``tokens`` with noise on ln(loss)."""

    def draw(law=None, sizes=None, tokens=None, noise=0.0, seed=0):
        law = law or Truth()
        sizes = np.geomspace(1e7, 1e10, 8) if sizes is None else sizes
        tokens = np.geomspace(1e9, 1e11, 8) if tokens is None else tokens
        params, seen = make_grid(sizes, tokens)
        error = noise * np.random.default_rng(seed).standard_normal(params.size)
        return make_table(params, seen, law.loss(params, seen) * np.exp(error))

    return draw


@pytest.fixture(scope="session")
def all_runs():
    """The 28 shipped trainings."""
    return shipped_table()


@pytest.fixture(scope="session")
def first_runs():
    """The 19 of them that the first version of the data held."""
    return shipped_table(only=FIRST_RUNS)


def read_columns(name):
    with (DATA / name).open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {key: [row[key] for row in rows] for key in rows[0]}


@pytest.fixture(scope="session")
def repeated_runs():
    """The 182 data-constrained runs of Muennighoff et al. 2023."""
    columns = read_columns("data_constrained_c4_182.csv")
    names = ("params", "tokens", "val_loss", "unique_tokens")
    params, tokens, loss, unique = (np.array(columns[name], dtype=float) for name in names)
    return make_table(params, tokens, loss, np.arange(loss.size), unique_tokens=unique)


@pytest.fixture(scope="session")
def overtrained_runs():
    """Runs of Gadre et al. 2024 by data set: name -> table, runs of one row."""
    columns = read_columns("gadre_overtraining_runs.csv")
    sets = np.array(columns["train_dataset"])
    params, tokens, loss = (
        np.array([float(cell or "nan") for cell in columns[name]])
        for name in ("params", "tokens", "loss_c4")
    )
    return {
        name: make_table(params[mine], tokens[mine], loss[mine], np.arange(int(mine.sum())))
        for name in np.unique(sets)
        if (mine := (sets == name) & np.isfinite(loss)).sum() > 5
    }
