"""Goodput: the share of paid GPU time in which a training moves on.

Restarts, evaluation, stragglers and idle nodes take the rest. A whole run's MFU over its
steady-state MFU is such a share; published runs lie between 0.44 and 0.97.
"""

from dataclasses import dataclass
from functools import cache

from core.errors import InputError
from core.hardware.tables import shipped_rows
from core.quantities import check_positive

NO_TIME_LOST = "none"


@dataclass(frozen=True, slots=True)
class Goodput:
    """Useful time over paid time of one published run.

    Attributes:
        id: name on the command line and in files.
        name: name for people.
        goodput: share, at most 1.
        whole_run_mfu: 6 N D over GPU-hours and peak; None where the share itself was published.
        steady_mfu: MFU while training; None likewise.
        notes: how the share follows.
    """

    id: str
    name: str
    goodput: float
    whole_run_mfu: float | None
    steady_mfu: float | None
    verified: bool
    notes: str
    source: str


@cache
def goodput_presets() -> dict[str, Goodput]:
    """Every published share by id, in the table's order."""
    return {row["id"]: _preset(row) for row in shipped_rows("goodput.csv")}


def parse_goodput(text: str) -> float:
    """A share that is typed as a number or by the id of a preset.

    Raises:
        InputError: it is neither, or not above 0 and at most 1.
    """
    preset = goodput_presets().get(text.strip())
    if preset is not None:
        return preset.goodput
    expected = f"above 0 and at most 1, or one of {', '.join(goodput_presets())}"
    try:
        value = check_positive(float(text), "goodput")
    except ValueError as error:  # an InputError is one too
        raise InputError("goodput", text, expected) from error
    if value > 1:
        raise InputError("goodput", text, expected)
    return value


def _preset(row: dict[str, str]) -> Goodput:
    return Goodput(
        id=row["id"],
        name=row["name"],
        goodput=float(row["goodput"]),
        whole_run_mfu=float(row["whole_run_mfu"]) if row["whole_run_mfu"] else None,
        steady_mfu=float(row["steady_mfu"]) if row["steady_mfu"] else None,
        verified=row["verified"] == "true",
        notes=row["notes"],
        source=row["source"],
    )
