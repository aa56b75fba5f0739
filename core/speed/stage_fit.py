"""Makes the constants of `core.speed.stages` from published layouts, and says how they rank.

python -m core.speed.stage_fit            fits, reports, and writes resources/speed/stages.json
python -m core.speed.stage_fit --check    fits and reports

BigScience measured about a hundred layouts of models of 180 to 200 B parameters on one cluster
(bigscience-workshop/bigscience on GitHub, train/tr11-176B-ml/chronicles-prequel.md). Left out are
tables that do not state depth or width, a row whose ranks are more than its GPUs, the ZeRO-0
comparison, which says that its two rows cannot be compared, and rows repeated from another table.
"""

import csv
import json
import math
import sys
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

import numpy as np

import resources
from core.families.architecture import Architecture, Recompute
from core.files import write_atomically
from core.hardware.devices import find_device
from core.ops import FloatArray
from core.speed.refit import named_cases
from core.speed.stacks import Stack, stacks
from core.speed.stages import (
    FILE,
    RECOMPUTES,
    Layouts,
    StageCosts,
    StageTerms,
    seconds_of,
    stage_terms,
)
from core.speed.table import Case
from core.training import Setup, Sharding

BIGSCIENCE = "speed/bigscience_layouts.csv"
_VOCAB = 250_880  # BLOOM's; the trials name it 250k
_GROUPS_RANKED = 5  # layouts of one model, from which on ranks say something
_STACKS = {"megatron-2021": "a100_sxm_80", "nemo": "h100_sxm"}
_ROUNDS = 20
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Measured:
    """A published layout.

    Attributes:
        arch, setup, stack: what was trained.
        step_s: measured seconds of a step.
        sequences: of a step.
        group: layouts of one group can be compared.
    """

    arch: Architecture
    setup: Setup
    stack: Stack
    step_s: float
    sequences: float
    group: Hashable


@cache
def bigscience() -> tuple[Measured, ...]:
    """The shipped table of BigScience's trials."""
    with resources.path(BIGSCIENCE).open(encoding="utf-8", newline="") as file:
        return tuple(_trial(row) for row in csv.DictReader(file))


def published(stack: str) -> tuple[Measured, ...]:
    """Split trainings in 16 bits of the table of speeds, on the GPU of the stack's constants."""
    found = (case for name, case in named_cases() if name == stack)
    cases = (case for case in found if case.setup.gpu.id == _STACKS[stack])
    split = (case for case in cases if case.setup.tp * case.setup.pp * case.setup.cp > 1)
    return tuple(_case(case) for case in split if case.setup.precision != "fp8")


def terms_of(rows: Sequence[Measured]) -> StageTerms:
    """The form's terms of every row."""
    each = [stage_terms(row.arch, row.setup, layouts_of(row.setup), row.stack) for row in rows]
    return StageTerms(
        *(
            np.concatenate([np.broadcast_to(getattr(terms, field.name), 1) for terms in each])
            for field in fields(StageTerms)
        )
    )


def layouts_of(setup: Setup) -> Layouts:
    """A setup as layouts of length one."""
    return Layouts(
        tp=np.array([float(setup.tp)]),
        pp=np.array([float(setup.pp)]),
        vp=np.array([float(setup.vp)]),
        dp=np.array([float(setup.dp)]),
        micro_batch=np.array([float(setup.micro_batch)]),
        n_micro=np.array([float(setup.grad_accum)]),
        recompute=np.array([RECOMPUTES.index(setup.recompute)]),
        sharded=np.array([setup.sharding in (Sharding.FSDP, Sharding.ZERO3)]),
    )


def fit(rows: Sequence[Measured]) -> StageCosts:
    """Least squares of relative errors, all constants positive; which stage is slowest follows."""
    from scipy.optimize import nnls

    terms, step = terms_of(rows), np.array([row.step_s for row in rows])
    costs = StageCosts(1.0, 0.0, 1.0, 1.0, len(rows), "")
    for _ in range(_ROUNDS):
        whole = terms.layers * _layer(terms, costs)
        last = terms.last_layers * _layer(terms, costs) + costs.phi * terms.head_s
        is_last = last >= whole
        layers = terms.rounds * np.where(is_last, terms.last_layers, terms.layers)
        head = np.where(is_last, terms.rounds * terms.head_s, 0.0)
        columns = (layers * terms.layer_s + head, layers, layers * terms.reduce_s, terms.sync_s)
        matrix = np.stack(columns, axis=1) / step[:, None]
        rest = 1 - terms.rounds * terms.gather_s / step
        phi, tau, links, sync = nnls(matrix, rest)[0]
        costs = StageCosts(phi, tau, 1 / max(links, 1.0), sync, len(rows), "")
    return costs


def held_out(rows: Sequence[Measured]) -> FloatArray:
    """Seconds of every row by constants that have not seen its group."""
    found = np.zeros(len(rows))
    for group in dict.fromkeys(row.group for row in rows):
        inside = np.array([row.group == group for row in rows])
        rest = [row for row, known in zip(rows, inside, strict=True) if not known]
        own = [row for row, known in zip(rows, inside, strict=True) if known]
        found[inside] = seconds_of(terms_of(own), fit(rest))
    return found


def ranking(rows: Sequence[Measured], predicted: FloatArray) -> dict[str, Any]:
    """How well predictions order the layouts of every group that has enough of them.

    Returns:
        By group: the count, Spearman's correlation of step times, and how many per cent slower
        a sequence was in the layout of least predicted time than in the best measured one.
    """
    from scipy.stats import spearmanr

    found = {}
    for group in dict.fromkeys(row.group for row in rows):
        inside = [place for place, row in enumerate(rows) if row.group == group]
        if len(inside) < _GROUPS_RANKED:
            continue
        step, guess = np.array([rows[i].step_s for i in inside]), predicted[inside]
        sequences = np.array([rows[i].sequences for i in inside])
        cost = step / sequences
        picked = cost[np.argmin(guess / sequences)]
        found[str(group)] = {
            "n": len(inside),
            "spearman": float(spearmanr(guess, step)[0]),
            "picked_slower": 100 * float(picked / cost.min() - 1),
            "median_slower": 100 * float(np.median(cost) / cost.min() - 1),
        }
    return found


def within_groups(rows: Sequence[Measured], predicted: FloatArray) -> FloatArray:
    """Relative errors between layouts of one model, its mean error taken off."""
    logs = np.log(predicted / np.array([row.step_s for row in rows]))
    found = logs.copy()
    for group in {row.group for row in rows}:
        inside = np.array([row.group == group for row in rows])
        found[inside] -= np.median(logs[inside])
    return np.asarray(np.abs(np.expm1(found)))


def contents() -> dict[str, Any]:
    """What the file holds."""
    trials = bigscience()
    guess = held_out(trials)
    errors = guess / np.array([row.step_s for row in trials]) - 1
    many = [row.group for row in trials]
    ranked = np.array([many.count(group) >= _GROUPS_RANKED for group in many])
    found: dict[str, Any] = {
        "stacks": {"bigscience": {"gpu": "a100_sxm_80", **_constants(fit(trials))}},
        "held_out": {
            "bigscience, one model left out": summary(errors),
            "between layouts of one model": summary(within_groups(trials, guess)[ranked]),
        },
        "in_sample": {},
        "ranking": ranking(trials, guess),
    }
    for name, gpu in _STACKS.items():
        rows = published(name)
        costs = fit(rows)
        found["stacks"][name] = {"gpu": gpu, **_constants(costs)}
        ratios = seconds_of(terms_of(rows), costs) / np.array([row.step_s for row in rows])
        found["in_sample"][name] = summary(ratios - 1)
    rounded: dict[str, Any] = json.loads(
        json.dumps(found), parse_float=lambda digits: float(f"{float(digits):.{_DIGITS}g}")
    )
    return rounded


def summary(errors: FloatArray) -> dict[str, float]:
    """Median, 90 % quantile and largest of relative errors, per cent."""
    sizes = 100 * np.abs(errors)
    return {
        "n": len(sizes),
        "median": float(np.median(sizes)),
        "p90": float(np.quantile(sizes, 0.9)),
        "max": float(sizes.max()),
    }


def main(arguments: Sequence[str]) -> str:
    """Fits, writes the file unless ``--check``, and returns it as text."""
    text = json.dumps(contents(), indent=1) + "\n"
    if "--check" not in arguments:
        write_atomically(resources.path(FILE), text.encode())
    return text


def _layer(terms: StageTerms, costs: StageCosts) -> FloatArray:
    found: FloatArray = costs.phi * terms.layer_s + terms.reduce_s / costs.tp_share + costs.tau_s
    return found


def _constants(costs: StageCosts) -> dict[str, float]:
    return {
        "phi": costs.phi,
        "tau_s": costs.tau_s,
        "tp_share": costs.tp_share,
        "sync_times": costs.sync_times,
        "n": costs.n_layouts,
    }


def _trial(row: dict[str, str]) -> Measured:
    width, layers, heads = (float(row[name]) for name in ("d_model", "n_layers", "n_heads"))
    arch = Architecture(
        "gpt2", layers, width, heads, heads, 4 * width, 2, _VOCAB, tied=True, seq_len=2048
    )
    sequences, micro = float(row["global_batch"]), float(row["micro_batch"])
    setup = Setup(
        find_device("a100_sxm_80"),
        n_gpus=int(row["n_gpus"]),
        micro_batch=micro,
        grad_accum=math.ceil(sequences / int(row["dp"]) / micro),
        precision="fp16",
        recompute=Recompute.FULL,
        sharding=Sharding.ZERO1,
        tp=int(row["tp"]),
        pp=int(row["pp"]),
    )
    group = f"{layers:.0f} x {width:.0f}"
    return Measured(
        arch, setup, stacks()["bigscience"], float(row["step_time_s"]), sequences, group
    )


def _case(case: Case) -> Measured:
    setup, arch = case.setup, case.arch
    sequences = setup.micro_batch * setup.grad_accum * setup.dp
    rate = (case.measured_tokens_per_s_per_gpu or math.nan) * setup.n_gpus
    step = sequences * arch.seq_len / rate
    return Measured(arch, setup, case.stack, step, sequences, case.row["model"])


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:]))
