"""Errors on measurements that a fit has not seen, and the intervals that follow from them."""

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np

from core.ops import FloatArray
from core.speed.constants import chip_of
from core.speed.fitting import Fit, fit_single_node, log_ratios
from core.speed.stacks import stack_rows
from core.speed.table import Case

Named = tuple[str, Case]
LEVEL = 0.8
# a person's own program is no Hugging Face eager of 2022
_OUTLIERS = ("hf-eager",)
# one tokens/s of a stack, taken for another of its runs, was off by 27 % in one case of ten
# over some 25 published stacks, more than those of the table show
_LEAST_PRESET = math.log(1.25)


def leave_out(
    cases: Sequence[Named],
    group: Callable[[Named], Hashable],
    fit: Callable[[Sequence[Named]], Fit],
) -> FloatArray:
    """ln(measured / predicted seconds) of each case, its group left out of the fit."""
    groups = [group(pair) for pair in cases]
    errors = np.zeros(len(cases))
    for left in dict.fromkeys(groups):
        rest = [pair for pair, g in zip(cases, groups, strict=True) if g != left]
        out = [i for i, g in enumerate(groups) if g == left]
        errors[out] = log_ratios(fit(rest), [cases[i] for i in out])
    return errors


def other_card(cases: Sequence[Named], fit: Fit) -> FloatArray:
    """Errors on H100 of a fit to A100; only attention's efficiency is the H100's own."""
    chips = [chip_of(case.setup.gpu) for _, case in cases]
    from_a100 = fit_single_node([p for p, chip in zip(cases, chips, strict=True) if chip == "a100"])
    shares = {**from_a100.known.attention_efficiency}
    shares["h100"] = fit.known.attention_efficiency["h100"]
    known = replace(from_a100.known, attention_efficiency=shares)
    there = [p for p, chip in zip(cases, chips, strict=True) if chip == "h100"]
    return log_ratios(replace(from_a100, known=known), there)


def leave_out_models(fit: Fit, cases: Sequence[Named]) -> tuple[FloatArray, list[str]]:
    """Errors of each stack and chip's models, phi taken from its other models; and which stack."""
    ratios = log_ratios(fit, cases)
    keys = [_stack_and_chip(pair) for pair in cases]
    models = [case.row["model"] for _, case in cases]
    errors, whose = [], []
    for i, ratio in enumerate(ratios):
        others = [
            r
            for r, key, model in zip(ratios, keys, models, strict=True)
            if key == keys[i] and model != models[i]
        ]
        if others:
            errors.append(ratio - float(np.median(others)))
            whose.append(keys[i])
    return np.array(errors), whose


def coverage(errors: FloatArray, groups: Sequence[Hashable]) -> float:
    """Share of errors inside of the interval that the other groups' errors make."""
    inside = 0
    for left in set(groups):
        out = np.array([group == left for group in groups])
        inside += int((np.abs(errors[out]) <= error_width(errors[~out])).sum())
    return inside / len(errors)


def summary(errors: FloatArray) -> dict[str, Any]:
    """Count, median, 90th percentile and largest error of tokens a second, per cent."""
    # predicted over measured speed is measured over predicted seconds
    off = 100 * np.abs(np.expm1(errors))
    return {
        "n": len(off),
        "median": float(np.median(off)),
        "p90": float(np.quantile(off, 0.9)),
        "max": float(off.max()),
    }


def error_widths(
    fit: Fit, cases: Sequence[Named], by_size: FloatArray, others: Sequence[Named]
) -> dict[str, float]:
    """Half widths of 80 % intervals in ln(tokens a second), by class of error.

    ``fitted``: the stack that the model was fitted to, one size left out. ``measured``: other
    stacks of the table, one model left out. ``fp8``: either, with phi from its runs in 16 bits.
    ``calibrated``: phi from one run of the same stack
    with another model; ``calibrated_similar``: with the same model and layout, other GPUs.
    ``preset``: phi from all other stacks, for a program is seldom the one that was published;
    at least a quarter.
    ``transfer``: phi from the same stack on another chip; ``low_confidence`` adds the last two.
    """
    in_fp8 = [pair for pair in cases if pair[1].setup.precision == "fp8"]
    calibrated, similar = _pair_widths(fit, [pair for pair in cases if pair[0]])
    preset = max(error_width(_other_stacks_phi(fit)), _LEAST_PRESET)
    transfer = error_width(_other_chips(fit, others))
    return {
        "fitted": error_width(by_size),
        "measured": error_width(leave_out_models(fit, others)[0]),
        "fp8": error_width(log_ratios(fit, in_fp8)),
        "calibrated_similar": similar,
        "calibrated": calibrated,
        "preset": preset,
        "transfer": transfer,
        "low_confidence": math.hypot(preset, transfer),
    }


def error_width(errors: FloatArray, weights: FloatArray | None = None) -> float:
    """Half width of the interval that holds 80 % of errors, by weight."""
    sizes = np.abs(errors)
    if weights is None:
        return float(np.quantile(sizes, LEVEL))
    return float(np.quantile(sizes, LEVEL, weights=weights, method="inverted_cdf"))


def _pair_widths(fit: Fit, cases: Sequence[Named]) -> tuple[float, float]:
    """How far one run of a stack and chip tells another: of another model, and of the same.

    Every stack counts alike, whatever the number of its runs.
    """
    ratios = log_ratios(fit, cases)
    groups: dict[str, list[int]] = {}
    for i, pair in enumerate(cases):
        groups.setdefault(_stack_and_chip(pair), []).append(i)
    apart: list[list[float]] = []
    alike: list[list[float]] = []
    for group in groups.values():
        apart.append([])
        alike.append([])
        for i, j in permutations(group, 2):
            one, other = cases[i][1], cases[j][1]
            off = float(ratios[i] - ratios[j])
            if one.row["model"] != other.row["model"]:
                apart[-1].append(off)
            elif _layout(one) == _layout(other):
                alike[-1].append(off)
    return _by_group(apart), _by_group(alike)


def _layout(case: Case) -> tuple[int, int, str]:
    return case.setup.tp, case.setup.pp, case.setup.precision


def _by_group(groups: Sequence[Sequence[float]]) -> float:
    weights = [1 / len(group) for group in groups for _ in group]
    return error_width(np.concatenate(groups), np.array(weights))


def _other_stacks_phi(fit: Fit) -> FloatArray:
    logs = {
        row["id"]: math.log(fit.stack(row["id"]).phi)
        for row in stack_rows()
        if row["id"] not in _OUTLIERS
    }
    return np.array([x - np.mean([y for m, y in logs.items() if m != n]) for n, x in logs.items()])


def _other_chips(fit: Fit, cases: Sequence[Named]) -> FloatArray:
    found = []
    for name in dict.fromkeys(name for name, _ in cases):
        by_chip = dict(fit.stack(name).by_chip)
        found += [math.log(a / b) for a, b in permutations(by_chip.values(), 2)]
    return np.array(found)


def _stack_and_chip(pair: Named) -> str:
    return f"{pair[0]} {chip_of(pair[1].setup.gpu)}"
