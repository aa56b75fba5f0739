"""Fits of the roofline's constants to published measurements.

Errors are of ln(seconds a token). The loss is robust, so that runs which their own publisher
contradicts need not be left out by hand.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.ops import FloatArray
from core.speed.constants import Constants, chip_of
from core.speed.roofline import gpu_seconds_per_token
from core.speed.stacks import Stack, make_stack, stack_rows
from core.speed.table import Case

FOUNDRY = ("llm-foundry", "llm-foundry-pure")
_SOFT_ERROR = 0.03  # beyond it an error counts linearly
# Bytes of a word of the vocabulary in mixed precision: 2 logits written, 2 + 4 read and turned
# to fp32, 8 the log-softmax, 8 + 8 its backward pass and the loss's zeroed gradient, 6 turned
# back, 4 read by both matrix products. Only the two smallest models tell it from kappa.
_GAMMA_BYTES = 42.0
_LINK_EFFICIENCY = (
    0.8  # 0.6 to 1.0 predict about as well; left free it is 0.8 for tensor parallelism too
)
_START = {
    "a100": 0.28,
    "h100": 0.15,
    "kappa_bytes": 394.0,
    "attention_recompute": 0.2,
    "pure": 0.9,
    "pressure": 0.15,
}
_START_OTHERS = {"fused": 0.5, "score_bytes": 30.0, "fp8_bytes": 50.0}


@dataclass(frozen=True, slots=True)
class Fit:
    """Constants on their way into the file.

    Attributes:
        known: constants.
        traffic: share of kappa and gamma by kind of stack: ``eager``, ``pure``, ``fused``.
        stacks: phi, spread and node cost by stack.
    """

    known: Constants
    traffic: dict[str, float]
    stacks: dict[str, dict[str, Any]]

    def contents(self) -> dict[str, Any]:
        """As the file holds it, without errors and report."""
        values = {name: getattr(self.known, name) for name in Constants.__slots__}
        return {**values, "traffic": self.traffic, "stacks": self.stacks, "errors": {}}

    def stack(self, name: str) -> Stack:
        """A stack with these constants."""
        row = next(row for row in stack_rows() if row["id"] == name)
        return make_stack(row, self.contents())


def log_ratios(fit: Fit, named: Sequence[tuple[str, Case]]) -> FloatArray:
    """ln(measured seconds / predicted seconds) of cases with the names of their stacks."""
    stacks = {name: fit.stack(name) for name in {name for name, _ in named}}
    seconds = [
        gpu_seconds_per_token(case.arch, case.setup, stacks[name], fit.known)
        for name, case in named
    ]
    speeds = [measured(case) for _, case in named]
    ratios: FloatArray = -np.log(np.array(speeds) * np.array(seconds))
    return ratios


def measured(case: Case) -> float:
    """Tokens a second and GPU of a case that has them."""
    assert case.measured_tokens_per_s_per_gpu is not None
    return case.measured_tokens_per_s_per_gpu


def fit_single_node(named: Sequence[tuple[str, Case]]) -> Fit:
    """What one machine tells: attention, traffic, recomputation, the edge of memory.

    Args:
        named: cases of one machine each in bf16, of the stacks in `FOUNDRY`.
    """

    def trial(values: dict[str, float]) -> FloatArray:
        return log_ratios(_single_node(values), named)

    return _single_node(_robust_fit(trial, _START))


def fit_node_cost(fit: Fit, named: Sequence[tuple[str, Case]]) -> Fit:
    """With the cost of a doubling of nodes, from cases of several machines."""

    def trial(values: dict[str, float]) -> FloatArray:
        known = replace(fit.known, node_cost=values["node_cost"])
        return log_ratios(replace(fit, known=known), named)

    best = _robust_fit(trial, {"node_cost": fit.known.node_cost})
    return replace(fit, known=_with(fit.known, best))


def fit_other_stacks(fit: Fit, named: Sequence[tuple[str, Case]]) -> Fit:
    """With fused traffic, written scores, casts to fp8 and every stack's phi.

    Args:
        fit: constants of the first two fits.
        named: cases of other stacks, and in fp8 of all; phi follows from those in 16 bits.
    """
    owners = [row["id"] for row in stack_rows() if row["own_node_cost"]]
    costs = {name: {"node_cost": _own_node_cost(fit, named, name)} for name in owners}
    fit = replace(fit, stacks={**fit.stacks, **costs})
    keys = np.array([f"{name} {chip_of(case.setup.gpu)}" for name, case in named])
    bits16 = np.array([case.setup.precision != "fp8" for _, case in named])

    def with_values(values: dict[str, float]) -> Fit:
        shares = {**fit.traffic, "fused": values["fused"]}
        known = {name: value for name, value in values.items() if name != "fused"}
        return replace(fit, known=_with(fit.known, known), traffic=shares)

    def trial(values: dict[str, float]) -> FloatArray:
        ratios = log_ratios(with_values(values), named)
        level = {key: _median(ratios[(keys == key) & bits16]) for key in set(keys[bits16])}
        rest: FloatArray = ratios - np.array([level.get(key, 0.0) for key in keys])
        return rest

    fit = with_values(_robust_fit(trial, _START_OTHERS))
    ratios = log_ratios(fit, named)
    found = dict(fit.stacks)
    chips = [chip_of(case.setup.gpu) for _, case in named]
    for name in dict.fromkeys(name for name, _ in named if name not in FOUNDRY):
        own = [i for i, pair in enumerate(named) if pair[0] == name and bits16[i]]
        found[name] = {**found.get(name, {}), **_phi([chips[i] for i in own], ratios[own])}
    return replace(fit, stacks=found)


def _single_node(values: dict[str, float]) -> Fit:
    known = Constants(
        kappa_bytes=values["kappa_bytes"],
        gamma_bytes=_GAMMA_BYTES,
        link_efficiency=_LINK_EFFICIENCY,
        node_cost=0.015,
        attention_recompute=values["attention_recompute"],
        score_bytes=_START_OTHERS["score_bytes"],
        fp8_bytes=_START_OTHERS["fp8_bytes"],
        pressure=values["pressure"],
        attention_efficiency={chip: values[chip] for chip in ("a100", "h100")},
    )
    stacks = {name: {"phi": 1.0, "error_class": "fitted"} for name in FOUNDRY}
    traffic = {"eager": 1.0, "pure": values["pure"], "fused": _START_OTHERS["fused"]}
    return Fit(known, traffic, stacks)


def _own_node_cost(fit: Fit, named: Sequence[tuple[str, Case]], name: str) -> float:
    """Slope over doublings of nodes among cases that differ in nothing else."""
    own = [pair for pair in named if pair[0] == name]
    at_zero = replace(fit, stacks={**fit.stacks, name: {"node_cost": 0.0}})
    ratios = log_ratios(at_zero, own)
    doublings = np.array([math.log2(case.setup.nodes) for _, case in own])
    keys = [f"{c.row['stack']} {c.row['model']} {c.setup.grad_accum}" for _, c in own]
    for key in set(keys):
        same = np.array([k == key for k in keys])
        ratios[same] -= ratios[same].mean()
        doublings[same] -= doublings[same].mean()
    return max(0.0, float(ratios @ doublings / (doublings @ doublings)))


def _phi(chips: Sequence[str], ratios: FloatArray) -> dict[str, Any]:
    low, middle, high = np.exp(np.quantile(ratios, (0.1, 0.5, 0.9)))
    by_chip = {
        chip: math.exp(_median(ratios[[c == chip for c in chips]])) for chip in dict.fromkeys(chips)
    }
    return {
        "phi": float(middle),
        "phi_low": float(low),
        "phi_high": float(high),
        "by_chip": by_chip,
        "n_measurements": len(chips),
        "error_class": "measured",
    }


def _with(known: Constants, values: dict[str, float]) -> Constants:
    changes: dict[str, Any] = dict(values)
    return replace(known, **changes)


def _median(values: FloatArray) -> float:
    return float(np.median(values))


def _robust_fit(
    trial: Callable[[dict[str, float]], FloatArray], start: dict[str, float]
) -> dict[str, float]:
    """The positive values that make ``trial`` small, searched in their logarithms."""
    from scipy.optimize import least_squares

    names = list(start)

    def errors(logs: FloatArray) -> FloatArray:
        return trial(dict(zip(names, np.exp(logs).tolist(), strict=True)))

    first = np.log([start[name] for name in names])
    best = least_squares(errors, first, loss="soft_l1", f_scale=_SOFT_ERROR)
    return dict(zip(names, np.exp(best.x).tolist(), strict=True))
