"""What a plan answered when it was saved, against what it answers today."""

import math
from dataclasses import dataclass

from core.export.labels import LABELS, value_text
from core.laws.reading import Fields
from core.planner import QUANTITIES, AnyPlan

KEY_FIGURES = ("loss", "non_embedding_params", "tokens", "hours", "usd", "energy_kwh", "co2_kg")


@dataclass(frozen=True, slots=True)
class Change:
    """A figure that is another by now.

    Attributes:
        name: as in `core.planner.QUANTITIES`.
        old, new: in the unit of the name; None where it was or is not known.
    """

    name: str
    old: float | None
    new: float | None

    def __str__(self) -> str:
        before, now = (change_value_text(self.name, value) for value in (self.old, self.new))
        return f"{LABELS[self.name]} {before} -> {now}"


def answers_of(plan: AnyPlan) -> dict[str, float]:
    """The key figures of a plan, those that are known."""
    found = plan.estimates()
    return {name: float(found[name].value) for name in KEY_FIGURES if name in found}


def answers_from(fields: Fields) -> dict[str, float]:
    """The figures that a file has; a name of another version is left out.

    Raises:
        InputError: one is no finite number.
    """
    return in_order({name: fields.number(name) for name in fields.values})


def in_order(answers: dict[str, float]) -> dict[str, float]:
    """The figures that there are names for, always in the same order."""
    return {name: answers[name] for name in QUANTITIES if name in answers}


def changes(saved: dict[str, float], plan: AnyPlan) -> tuple[Change, ...]:
    """Which figures read otherwise today; none where the file has no figures."""
    if not saved:
        return ()
    today = answers_of(plan)
    pairs = (Change(name, saved.get(name), today.get(name)) for name in KEY_FIGURES)
    return tuple(pair for pair in pairs if _differs(pair))


def change_value_text(name: str, value: float | None) -> str:
    """A figure as short as a comparison needs it."""
    if value is None:
        return "none"
    if name == "loss":
        return f"{value:.3f}"
    return value_text(name, value).partition(" (")[0]


def _differs(pair: Change) -> bool:
    if pair.old is None or pair.new is None:
        return pair.old is not pair.new
    if math.isclose(pair.old, pair.new, rel_tol=1e-9):
        return False
    return change_value_text(pair.name, pair.old) != change_value_text(pair.name, pair.new)
