"""Makes the file of fitted constants, and says how well it predicts what it has not seen.

python -m core.speed.refit            fits, reports, and writes resources/speed/roofline.json
python -m core.speed.refit --check    fits and reports
"""

import json
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

import resources
from core.files import write_atomically
from core.speed.constants import FILE
from core.speed.fitting import (
    FOUNDRY,
    Fit,
    fit_node_cost,
    fit_other_stacks,
    fit_single_node,
    log_ratios,
)
from core.speed.heldout import (
    Named,
    coverage,
    error_widths,
    leave_out,
    leave_out_models,
    other_card,
    summary,
)
from core.speed.stacks import stack_named
from core.speed.table import case_of, read_table, stack_words

TABLE = "speed/published_training_speed.csv"
_DIGITS = 5  # of what the file holds


def named_cases() -> list[Named]:
    """The shipped table's rows, each with the name of its stack."""
    found = []
    for row in read_table(resources.path(TABLE)):
        found.append((stack_named(f"{stack_words(row)} {row['date']}") or "", case_of(row)))
    return found


def single_node(cases: Sequence[Named]) -> list[Named]:
    """The runs of one machine in bf16 that the model is fitted to: 142 of the shipped table."""
    return [
        (name, case)
        for name, case in cases
        if name in FOUNDRY and case.setup.precision == "bf16" and case.setup.nodes == 1
    ]


def several_nodes(cases: Sequence[Named]) -> list[Named]:
    """The same of several machines."""
    return [
        (name, case)
        for name, case in cases
        if name in FOUNDRY and case.setup.precision == "bf16" and case.setup.nodes > 1
    ]


def other_stacks(cases: Sequence[Named]) -> list[Named]:
    """Every other stack in 16 bits."""
    return [(n, case) for n, case in cases if n not in FOUNDRY and case.setup.precision != "fp8"]


def fit_all(cases: Sequence[Named]) -> Fit:
    """All constants from all cases."""
    fit = fit_node_cost(fit_single_node(single_node(cases)), several_nodes(cases))
    in_fp8 = [pair for pair in cases if pair[1].setup.precision == "fp8"]
    return fit_other_stacks(fit, [*other_stacks(cases), *in_fp8])


def contradicted(case: Named) -> bool:
    """The four rows that other measurements contradict, or that had run out of memory.

    30B at 8,192 tokens on 8 GPUs of both cards; 760M at 512 and 1,024 on A100-80, where the
    publisher's earlier table has 56 % utilisation instead of 45 and 48.
    """
    row, tokens = case[1].row, case[1].arch.seq_len
    starved = row["model"] == "mpt-30b" and tokens == 8192
    slow = row["model"] == "mpt-760m" and row["gpu"] == "A100-80GB" and tokens in (512, 1024)
    return case[1].setup.nodes == 1 and (starved or slow)


def report(cases: Sequence[Named], fit: Fit) -> dict[str, Any]:
    """Held-out errors by protocol, in per cent of tokens a second."""
    one, many = single_node(cases), several_nodes(cases)
    kept = np.array([not contradicted(case) for case in one])
    by_size = leave_out(one, lambda pair: pair[1].row["model"], fit_single_node)
    by_card = leave_out(
        one, lambda pair: (pair[1].row["gpu"][:4], pair[1].row["model"]), fit_single_node
    )
    by_count = leave_out(
        many, lambda pair: pair[1].setup.n_gpus, lambda rest: fit_node_cost(fit, rest)
    )
    found = {
        "one model size left out, all single-node rows": summary(by_size),
        "the same without the four contradicted rows": summary(by_size[kept]),
        "one model size of one card left out, without the four": summary(by_card[kept]),
        "fitted to A100, H100 predicted with its attention": summary(other_card(one, fit)),
        "several nodes, one GPU count left out": summary(by_count),
        "one model left out, phi from the stack's others": summary(
            leave_out_models(fit, other_stacks(cases))[0]
        ),
    }
    ratios = log_ratios(fit, list(cases))
    groups = [
        f"{name} on {c.row['gpu']} in {'fp8' if c.setup.precision == 'fp8' else '16 bits'}"
        for name, c in cases
    ]
    for group in dict.fromkeys(groups):
        same = np.array([g == group for g in groups])
        found[f"after one phi: {group}"] = summary(ratios[same])
    return found


def contents(cases: Sequence[Named]) -> dict[str, Any]:
    """What the file holds."""
    fit = fit_all(cases)
    one = single_node(cases)
    by_size = leave_out(one, lambda pair: pair[1].row["model"], fit_single_node)
    errors = error_widths(fit, cases, by_size, other_stacks(cases))
    inside = {
        "fitted": coverage(by_size, [case.row["model"] for _, case in one]),
        "measured": coverage(*leave_out_models(fit, other_stacks(cases))),
    }
    found = {
        **fit.contents(),
        "errors": errors,
        "coverage": inside,
        "report": report(cases, fit),
    }
    # fewer digits than a fit's last steps differ in between machines
    rounded: dict[str, Any] = json.loads(
        json.dumps(found), parse_float=lambda digits: float(f"{float(digits):.{_DIGITS}g}")
    )
    return rounded


def text(found: dict[str, Any]) -> str:
    """The report for people."""
    lines = [f"{'':72}   n  median   p90   max"]
    for name, row in found["report"].items():
        lines.append(
            f"{name:72} {row['n']:3d} {row['median']:6.2f} {row['p90']:6.2f} {row['max']:6.2f}"
        )
    lines.append("80 % intervals, +- per cent of ln(tokens per second):")
    lines += [f"  {name:24} {100 * width:5.1f}" for name, width in found["errors"].items()]
    lines.append("held-out rows inside of intervals made from the other rows:")
    lines += [f"  {name:24} {100 * share:5.1f}" for name, share in found["coverage"].items()]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> str:
    """Fits, writes the file unless ``--check``, and returns the report."""
    found = contents(named_cases())
    if "--check" not in arguments:
        write_atomically(resources.path(FILE), (json.dumps(found, indent=1) + "\n").encode())
    return text(found)


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1:]))
