"""The GPUs of the 2020 calculator, read from the shipped table."""

import csv
from dataclasses import dataclass, fields
from functools import cache, lru_cache

import resources
from core.errors import InputError


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU with the constants of its 2020 speed fit, its price and its power.

    Attributes:
        id: name on the command line and in files.
        name: name for people.
        k: neFLO/s at unit width and batch factor.
        k1_o1: factor of Apex mixed precision O1 over O0.
        k2_o2: factor of Apex mixed precision O2 over O0.
        a: exponent of the width.
        c: exponent of ln(batch + 1).
        b: half-saturation depth, layers.
        micro_batch_size: sequences of 150 tokens that the fit was measured with.
        price_usd_per_gpu_hour: cloud price, dated `price_date`.
        measured_watts: mean power measured while training.
    """

    id: str
    name: str
    k: float
    k1_o1: float
    k2_o2: float
    a: float
    c: float
    b: float
    micro_batch_size: int
    price_usd_per_gpu_hour: float
    price_date: str
    price_source: str
    measured_watts: float
    watts_source: str
    source: str

    @property
    def dated_price_source(self) -> str:
        """Whose price it is, and of when; all of them are years old."""
        return f"{self.price_source} of {self.price_date}, stale"


@cache
def gpus() -> dict[str, Gpu]:
    """Every GPU of the shipped catalogue by id, in the table's order."""
    with resources.path("catalog/speed_2020.csv").open(encoding="utf-8", newline="") as file:
        rows = [_gpu(row) for row in csv.DictReader(file)]
    return {gpu.id: gpu for gpu in rows}


@lru_cache(maxsize=256)
def has_curve(name: str) -> bool:
    """Whether ``name`` is a GPU of 2020, whatever its case."""
    return any(gpu.id.casefold() == name.casefold() for gpu in gpus().values())


def find_gpu(name: str) -> Gpu:
    """The GPU called ``name``, whatever its case.

    Raises:
        InputError: there is none; the message lists what there is.
    """
    for gpu in gpus().values():
        if gpu.id.casefold() == name.casefold():
            return gpu
    raise InputError("gpu", name, f"one of {', '.join(gpus())}")


def _gpu(row: dict[str, str]) -> Gpu:
    values = {field.name: field.type(row[field.name]) for field in fields(Gpu)}  # type: ignore[operator]
    return Gpu(**values)
