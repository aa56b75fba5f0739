"""The GPUs that one can train on today: the shipped table, and a person's own rows."""

from dataclasses import asdict, dataclass, fields, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.hardware.tables import (
    Problem,
    Stamp,
    Table,
    positive,
    read_table,
    required,
    shipped_rows,
    stamp,
    user_folder,
)

OWN_FILE = "gpus.csv"

_NUMBERS = (
    "memory_gb",
    "mem_bw_gb_s",
    "fp32_tflops",
    "tf32_tflops",
    "fp16_tflops",
    "bf16_tflops",
    "fp8_tflops",
    "tdp_w",
    "interconnect_gb_s",
    "measured_bf16_matmul_tflops",
)
_TENSOR_RATES = ("tf32_tflops", "fp16_tflops", "bf16_tflops", "fp8_tflops")


@dataclass(frozen=True, slots=True)
class Device:
    """A device by its datasheet, in the units that the names state; None where not known.

    Attributes:
        id: name on the command line and in files.
        name: name for people.
        aliases: other names, among them what the driver and old tables call it.
        memory_gb: 1e9 bytes (a datasheet's GB is often 2^30: see ``memory_gib``).
        mem_bw_gb_s: 1e9 bytes a second.
        interconnect_gb_s: both directions together, 1e9 bytes a second.
        measured_bf16_matmul_tflops: best published matmul.
        verified: whether the row was checked; ``unverified_fields`` says which cells were not.
        origin: ``shipped`` or ``yours``.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    vendor: str
    release: str
    form_factor: str
    memory_gb: float
    memory_type: str
    mem_bw_gb_s: float
    fp32_tflops: float | None
    tf32_tflops: float | None
    fp16_tflops: float | None
    bf16_tflops: float | None
    fp8_tflops: float | None
    tdp_w: float | None
    interconnect: str
    interconnect_gb_s: float | None
    measured_bf16_matmul_tflops: float | None
    verified: bool
    unverified_fields: str
    notes: str
    source: str
    origin: str = "shipped"

    @property
    def memory_gib(self) -> float:
        """A datasheet's GB of GPU memory are 2^30 bytes (an A100 40GB reports 40,536 MiB)."""
        return self.memory_gb

    def is_called(self, name: str) -> bool:
        """Whether ``name`` is its id, its name or one of its aliases, whatever the case."""
        return name.casefold() in {word.casefold() for word in (self.id, self.name, *self.aliases)}

    def is_verified(self, field: str) -> bool:
        """Whether the value of ``field`` was checked against a second source."""
        if not self.verified:
            return False
        if "tensor rates" in self.unverified_fields and field in _TENSOR_RATES:
            return False
        words = self.unverified_fields.replace("(", ";").split(";")
        return field not in (word.strip() for word in words)

    @property
    def unverified(self) -> tuple[str, ...]:
        """The known numbers that were not checked; they are marked wherever they are shown."""
        return tuple(
            name
            for name in _NUMBERS
            if getattr(self, name) is not None and not self.is_verified(name)
        )


DEVICE_COLUMNS = tuple(field.name for field in fields(Device) if field.name != "origin")


def devices(folder: Path | None = None) -> dict[str, Device]:
    """Every device by id: the shipped ones in the table's order, then the person's own.

    A person's device stands in for a shipped one of the same id.

    Args:
        folder: where own rows live; default `user_folder`.
    """
    path = (folder or user_folder()) / OWN_FILE
    return _merged(path, stamp(path))


def own_devices(folder: Path | None = None) -> Table[Device]:
    """The person's own devices, and what of them could not be read."""
    path = (folder or user_folder()) / OWN_FILE
    return _own(path, stamp(path))


def device_problems(folder: Path | None = None) -> tuple[Problem, ...]:
    """What of the person's own devices could not be read."""
    return own_devices(folder).problems


def find_device(name: str) -> Device:
    """The device called ``name`` by id, name or alias, whatever the case.

    Raises:
        InputError: there is none; the message lists what there is.
    """
    found = devices()
    if name in found:
        return found[name]
    for device in reversed(found.values()):  # a person's own names win
        if device.origin == "yours" and device.is_called(name):
            return device
    for device in found.values():
        if device.is_called(name):
            return device
    raise InputError("gpu", name, f"one of {', '.join(found)}")


def device_from_row(row: dict[str, str]) -> Device:
    """The device in a row of a table.

    Raises:
        InputError: a cell is not what its column holds.
    """
    values: dict[str, Any] = {name: row.get(name, "").strip() for name in DEVICE_COLUMNS}
    for field in _NUMBERS:
        values[field] = positive(row, field)
    for field in ("memory_gb", "mem_bw_gb_s"):
        if values[field] is None:
            raise InputError(field, "", "a positive number")
    values["id"] = required(row, "id")
    values["name"] = values["name"] or values["id"]
    values["aliases"] = tuple(alias for alias in values["aliases"].split("|") if alias)
    values["verified"] = values["verified"].casefold() == "true"
    return Device(**values)


def row_of(device: Device) -> dict[str, str]:
    """The cells of a device, as `device_from_row` reads them."""
    values = asdict(device)
    cells = {name: "" if values[name] is None else str(values[name]) for name in DEVICE_COLUMNS}
    verified = "true" if device.verified else "false"
    return cells | {"aliases": "|".join(device.aliases), "verified": verified}


@cache
def _shipped() -> dict[str, Device]:
    return {row["id"]: device_from_row(row) for row in shipped_rows("gpus.csv")}


@lru_cache(maxsize=4)
def _own(path: Path, stamp: Stamp) -> Table[Device]:
    """The devices of a file, read again when ``stamp`` says that it is another."""
    found = read_table(path, ("id", "memory_gb", "mem_bw_gb_s"), device_from_row)
    return replace(found, rows=tuple(replace(device, origin="yours") for device in found.rows))


@lru_cache(maxsize=4)
def _merged(path: Path, stamp: Stamp) -> dict[str, Device]:
    return _shipped() | {device.id: device for device in _own(path, stamp).rows}
