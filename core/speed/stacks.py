"""Training software by how much longer than the roofline it takes, from published figures.

Two tables make a stack: `resources/speed/stacks.csv` says what it is, how tables call it and
what was published of it; the file of `core.speed.refit` adds what the shipped measurements say.
"""

import csv
import math
import re
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import resources
from core.errors import InputError
from core.hardware.devices import Device
from core.speed.calibrated import Calibrated
from core.speed.constants import Constants, chip_of, fitted_file

FILE = "speed/stacks.csv"
SELECTIVE_RECOMPUTE = 0.06  # published runs add between 0.04 and 0.08
# phi of stacks without measurements here was made with these, so they go together
_PUBLISHED_TRAFFIC = (390.0, 40.0)
_PUBLISHED_NODE_COST = {"a100": 0.006}
_PUBLISHED_NODE_COST_OTHER = 0.017
_PUBLISHED_RECOMPUTE = 1 / 3
EARLY_CHIPS = ("b200", "b300", "gb200")  # published trainings are few and vary


@dataclass(frozen=True, slots=True)
class Stack:
    """A training program of a time.

    Attributes:
        id: name on the command line and in files.
        name: name for people.
        phi: actual time over the roofline's.
        phi_low, phi_high: spread of published figures, 80 %.
        by_chip: phi where chips were measured apart, (chip, phi).
        n_measurements: published figures that phi rests on.
        kernels: generation of attention kernels, ``2023`` or ``today``.
        kappa_bytes, gamma_bytes: traffic of activations and of logits (see `Constants`).
        selective_recompute: work that selective recomputation adds; more where it takes every
            second matrix product and not attention alone.
        own_constants: whether phi was published with constants other than the fitted ones.
        node_cost: share of time that each doubling of nodes adds; the model's where None.
        exposed_sync: share of the gradients' way between machines that is not hidden.
        error_class: which held-out errors are its own: ``fitted`` for the one that the model was
            fitted to, ``measured`` where rows of it are in the shipped table, else ``preset``.
        source: where the figures were published.
        writes_scores: whether it has no flash attention, whatever is asked for.
        calibrated: times measured on the device itself, which stand for the roofline's; phi is
            1 then.
    """

    id: str
    name: str
    phi: float
    phi_low: float
    phi_high: float
    by_chip: tuple[tuple[str, float], ...]
    n_measurements: int
    kernels: str
    kappa_bytes: float
    gamma_bytes: float
    selective_recompute: float
    own_constants: bool
    node_cost: float | None
    exposed_sync: float
    error_class: str
    source: str
    calibrated: Calibrated | None = None
    writes_scores: bool = False

    def phi_on(self, device: Device) -> float:
        """The phi of the device's chip where it was measured apart, else the stack's."""
        return dict(self.by_chip).get(chip_of(device), self.phi)

    def constants_on(self, device: Device, known: Constants) -> Constants:
        """The constants that phi belongs to."""
        if not self.own_constants:
            return known if self.node_cost is None else replace(known, node_cost=self.node_cost)
        return replace(
            known,
            node_cost=_PUBLISHED_NODE_COST.get(chip_of(device), _PUBLISHED_NODE_COST_OTHER),
            attention_recompute=_PUBLISHED_RECOMPUTE,
        )


@cache
def stacks() -> dict[str, Stack]:
    """Every shipped stack by id, in the table's order."""
    return {row["id"]: make_stack(row, fitted_file()) for row in stack_rows()}


@cache
def stack_rows() -> list[dict[str, str]]:
    """The table of stacks as it is written."""
    with resources.path(FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def find_stack(name: str) -> Stack:
    """The stack called ``name`` by id or name, whatever the case.

    Raises:
        InputError: there is none; the message lists what there is.
    """
    wanted = name.strip().casefold()
    for stack in stacks().values():
        if wanted in (stack.id.casefold(), stack.name.casefold()):
            return stack
    raise InputError("stack", name, f"one of {', '.join(stacks())}")


def default_stack(device: Device) -> Stack:
    """What most people train with on ``device``: compiled PyTorch, JAX on a TPU."""
    if chip_of(device) in EARLY_CHIPS:
        return stacks()["blackwell-early"]
    return stacks()["maxtext" if device.vendor == "Google" else "pytorch-fsdp-compile"]


def recognised(text: str, device: Device, date: str = "") -> Stack | None:
    """The stack that a table's words name; None if they name none.

    Args:
        text: what its columns say of source, software and sharding.
        device: early Blackwell has a phi of its own unless the stack was measured on it.
        date: when it was published; Megatron-LM and NeMo go by year.
    """
    name = stack_named(f"{text} {date}")
    if name is None:
        return None
    stack = stacks()[name]
    chip = chip_of(device)
    if chip in EARLY_CHIPS and chip not in dict(stack.by_chip):
        return stacks()["blackwell-early"]
    return stack


@lru_cache(maxsize=4096)
def stack_named(words: str) -> str | None:
    """The id of the first stack of the table that ``words`` name."""
    folded = words.casefold()
    for row in stack_rows():
        if re.search(row["words"], folded, re.DOTALL):
            return row["id"]
    return None


def make_stack(row: dict[str, str], fitted: dict[str, Any]) -> Stack:
    """A row of the table with what was fitted to it.

    Args:
        row: of `stack_rows`.
        fitted: contents of the file of constants.
    """
    found = fitted["stacks"].get(row["id"], {})
    pairs = (pair.split(":") for pair in row["by_chip"].split("|") if pair)
    published = {chip: float(phi) for chip, phi in pairs}
    traffic = _PUBLISHED_TRAFFIC
    if row["traffic"] != "published":
        share = fitted["traffic"][row["traffic"]]
        traffic = (share * fitted["kappa_bytes"], share * fitted["gamma_bytes"])
    phi = float(row["phi"] or found.get("phi", 1.0))
    # one figure alone is worth what one other measurement is
    one = math.exp(fitted["errors"]["calibrated"]) if fitted["errors"] else 1.0
    return Stack(
        id=row["id"],
        name=row["name"],
        phi=phi,
        phi_low=float(row["phi_low"] or found.get("phi_low", phi / one)),
        phi_high=float(row["phi_high"] or found.get("phi_high", phi * one)),
        by_chip=tuple({**published, **found.get("by_chip", {})}.items()),
        n_measurements=int(row["n_measurements"] or found.get("n_measurements", 0)),
        kernels=row["kernels"],
        kappa_bytes=traffic[0],
        gamma_bytes=traffic[1],
        selective_recompute=float(row["selective_recompute"] or SELECTIVE_RECOMPUTE),
        own_constants=row["traffic"] == "published",
        node_cost=found.get("node_cost"),
        exposed_sync=float(row["exposed_sync"] or 0.0),
        writes_scores=row["scores"] == "written",
        error_class=found.get("error_class", "preset"),
        source=row["source"],
    )
