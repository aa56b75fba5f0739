"""Figures of the energy account that are no measurement of one's own: PUE, host, making.

Each is shown with its source and can be replaced; none is hidden in a formula.
"""

from dataclasses import dataclass
from functools import cache

from core.errors import InputError
from core.hardware.tables import shipped_rows

LIFE_YEARS = 6.0
LIFE_USE = 0.85
LIFE_SOURCE = "a machine's life of 6 years at 85 % use (BLOOM: Luccioni et al. 2022, section 4.1)"

_GPUS_PER_SERVER = 8
_HOURS_PER_YEAR = 8760.0


@dataclass(frozen=True, slots=True)
class Factor:
    """One figure of the table, in ``unit``."""

    key: str
    value: float
    unit: str
    year: str
    verified: bool
    confidence: str
    notes: str
    source: str
    licence: str

    @property
    def dated_source(self) -> str:
        """Source and year, and whether nobody checked it."""
        year = f", {self.year}" if self.year else ""
        return f"{self.source}{year}{'' if self.verified else ', unverified'}"


@dataclass(frozen=True, slots=True)
class Preset:
    """A default that is shown, with the range that published accounts use.

    Attributes:
        id: name on the command line and in files.
        value: ratio.
        low, high: what published accounts range over; both ``value`` where there is one.
        source: where it comes from, and of when.
        verified: whether it was checked.
    """

    id: str
    value: float
    low: float
    high: float
    source: str
    verified: bool = True


@dataclass(frozen=True, slots=True)
class Embodied:
    """What making the hardware emitted, spread over its working hours.

    Attributes:
        kg_per_gpu_hour: kg CO2e of a GPU-hour, the GPU and its share of the server.
        gpu_kg: of making one GPU.
        server_kg: of making the server without its GPUs, per GPU.
        source: of all of it.
        verified: whether every figure was checked.
    """

    kg_per_gpu_hour: float
    gpu_kg: float
    server_kg: float
    source: str
    verified: bool


# Mean draw over TDP and the host's addition, as published accounts of trainings use them: the
# Llama papers take the whole TDP and no host, LLMCarbon (from Patterson et al. 2021) 330 W for a
# V100 system of 300 W (+10 %), and GPU servers' own CPU, memory and fans add up to 30 %.
LOAD_FACTOR = Preset(
    "load_factor", 1.0, 0.85, 1.0, "whole TDP, as Llama and BLOOM account; 0.85 to 1 is usual"
)
HOST_SHARE = Preset(
    "host_share",
    0.1,
    0.1,
    0.3,
    "330 W of system for a 300 W V100 (Patterson et al. 2021, arXiv 2104.10350); +10 to 30 %",
)


@cache
def factors() -> dict[str, Factor]:
    """Every figure by key, in the table's order."""
    return {row["key"]: _factor(row) for row in shipped_rows("factors.csv")}


def factor(key: str) -> Factor:
    """The figure with this key.

    Raises:
        InputError: there is none.
    """
    found = factors().get(key)
    if found is None:
        raise InputError("factor", key, f"one of {', '.join(factors())}")
    return found


@cache
def pue_presets() -> dict[str, Preset]:
    """PUE by place (``own_pc``, ``gcp_default``, ``aws:us-east-1``...), in the table's order."""
    found = [figure for figure in factors().values() if figure.key.startswith("pue.")]
    presets = [
        Preset(
            figure.key.removeprefix("pue."),
            figure.value,
            figure.value,
            figure.value,
            figure.dated_source,
            figure.verified,
        )
        for figure in found
    ]
    return {preset.id: preset for preset in presets}


def embodied(device_id: str) -> Embodied:
    """What making a GPU of this kind, and an eighth of its server, emitted per GPU-hour.

    An H100 SXM takes NVIDIA's figure for its baseboard of eight; every other GPU BLOOM's 150 kg,
    an estimate, for want of figures of its own. The server is BLOOM's, shared by eight.
    """
    server = factor("embodied.server_bloom")
    if device_id == "h100_sxm":
        gpu = factor("embodied.hgx_h100_8gpu")
        gpu_kg = gpu.value / _GPUS_PER_SERVER
    else:
        gpu = factor("embodied.gpu_bloom")
        gpu_kg = gpu.value
    server_kg = server.value / _GPUS_PER_SERVER
    hours = LIFE_YEARS * _HOURS_PER_YEAR * LIFE_USE
    return Embodied(
        (gpu_kg + server_kg) / hours,
        gpu_kg,
        server_kg,
        f"GPU: {gpu.dated_source}; server: {server.dated_source}; {LIFE_SOURCE}",
        gpu.verified and server.verified,
    )


def _factor(row: dict[str, str]) -> Factor:
    return Factor(
        key=row["key"],
        value=float(row["value"]),
        unit=row["unit"],
        year=row["year"],
        verified=row["verified"] == "true",
        confidence=row["confidence"],
        notes=row["notes"],
        source=row["source"],
        licence=row["source_licence"],
    )
