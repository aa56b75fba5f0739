"""The shipped laws of every kind, read from ``resources/laws``; a law is one file there."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import resources
from core.laws.about import About
from core.laws.allocation import AllocationLaw, PowerLaw, TableLaw
from core.laws.data_constrained import DataConstrainedLaw
from core.laws.documents import about_from, frontier_from, parametric_from
from core.laws.frontier import FrontierLaw
from core.laws.hyperparameters import HyperparameterLaw, PowerRule
from core.laws.kaplan import KaplanFrontier, KaplanLoss
from core.laws.overtraining import OverTrainingLaw
from core.laws.parametric import ParametricLaw
from core.laws.reading import Fields, finite_row, parse

PublishedLaw = (
    ParametricLaw
    | DataConstrainedLaw
    | KaplanFrontier
    | KaplanLoss
    | AllocationLaw
    | TableLaw
    | OverTrainingLaw
    | HyperparameterLaw
)
Law = FrontierLaw | PublishedLaw
_MOST_ROWS = 10_000


@cache
def library() -> dict[str, Law]:
    """Every shipped law by id, in the order of their files.

    Raises:
        InputError: a file that cannot be used; it and the field are named.
    """
    found = [law_from_file(path) for path in sorted(resources.path("laws").glob("*.json"))]
    return {law_id(law): law for law in found}


def law_id(law: Law) -> str:
    """The id of a law of any kind."""
    return law.id if isinstance(law, FrontierLaw) else law.about.id


def law_from_file(path: Path) -> Law:
    """The law of one file of ``resources/laws``.

    Raises:
        InputError: the file cannot be used; it and the field are named.
    """
    document = parse(path.read_bytes(), path.name)
    name = document.text("id")
    kind = document.text("kind")
    if kind == "frontier":
        return frontier_from(document, name, coefficients=document, runs=True)
    if kind not in _KINDS:
        document.refuse("kind", f"one of frontier, {', '.join(_KINDS)}")
    return _KINDS[kind](document, about_from(document, name))


def _data_constrained(document: Fields, about: About) -> DataConstrainedLaw:
    part = document.part("coefficients")
    return DataConstrainedLaw(
        parametric_from(document, about),
        part.number("r_d_star", 1e-3, 1e12),
        part.number("r_n_star", 1e-3, 1e12),
        about,
    )


def _allocation(document: Fields, about: About) -> AllocationLaw:
    part = document.part("coefficients")
    names = ("params", "flops_per_token", "tokens")
    params, flops, tokens = (_power_law(part, name) if part.has(name) else None for name in names)
    if params is None and flops is None and tokens is None:
        document.refuse("coefficients", f"at least one of {', '.join(names)}")
    return AllocationLaw(params, flops, tokens, about)


def _table(document: Fields, about: About) -> TableLaw:
    rows: list[tuple[float, float, float]] = []
    for row in document.items("rows", _MOST_ROWS):
        cells = finite_row(row, 3)
        if cells is None or min(cells) <= 0 or (rows and cells[0] <= rows[-1][0]):
            document.refuse("rows", "compute, params and tokens, the compute increasing")
        rows.append((cells[0], cells[1], cells[2]))
    if len(rows) < 2:
        document.refuse("rows", "at least two rows")
    return TableLaw(tuple(rows), about)


def _kaplan_frontier(document: Fields, about: About) -> KaplanFrontier:
    part = document.part("coefficients")
    return KaplanFrontier(
        part.number("critical_compute", 1e-30, 1e60),
        part.number("alpha", 1e-3, 10),
        params=_power_law(part, "params"),
        tokens=_power_law(part, "tokens"),
        batch_tokens=_power_law(part, "batch_tokens"),
        steps=_power_law(part, "steps"),
        about=about,
    )


def _kaplan_loss(document: Fields, about: About) -> KaplanLoss:
    part = document.part("coefficients")
    values = {
        f"{name}_{what}": part.number(f"{name}_{what}", 1e-3, 1e30)
        for name in ("params", "tokens", "joint_params", "joint_tokens")
        for what in ("scale", "exponent")
    }
    return KaplanLoss(**values, about=about)


def _over_training(document: Fields, about: About) -> OverTrainingLaw:
    part = document.part("coefficients")
    e, a, b, eta = (part.number(name, 0.0, 1e30) for name in ("E", "a", "b", "eta"))
    return OverTrainingLaw(e, a, b, eta, about)


def _hyperparameters(document: Fields, about: About) -> HyperparameterLaw:
    rate, batch = (
        _power_rule(document.part(name)) if document.has(name) else None
        for name in ("learning_rate", "batch_tokens")
    )
    if rate is None and batch is None:
        document.refuse("learning_rate", "there, or batch_tokens")
    return HyperparameterLaw(rate, batch, about)


def _power_law(part: Fields, name: str) -> PowerLaw:
    inside = part.part(name)
    return PowerLaw(inside.number("coefficient", 1e-30, 1e30), inside.number("exponent", -10, 10))


def _power_rule(part: Fields) -> PowerRule:
    params, tokens, compute = (
        part.number(name, -10, 10) if part.has(name) else 0.0
        for name in ("params", "tokens", "compute")
    )
    unit = part.number("compute_unit_neflo", 1e-30, 1e60) if part.has("compute_unit_neflo") else 1.0
    return PowerRule(part.number("coefficient", 1e-30, 1e30), params, tokens, compute, unit)


_KINDS: dict[str, Callable[[Fields, About], PublishedLaw]] = {
    "parametric": parametric_from,
    "data-constrained": _data_constrained,
    "kaplan-frontier": _kaplan_frontier,
    "kaplan-loss": _kaplan_loss,
    "allocation": _allocation,
    "table": _table,
    "over-training": _over_training,
    "hyperparameters": _hyperparameters,
}
