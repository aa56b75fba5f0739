"""How much carbon a grid's electricity emits, by country, state, province or cloud region."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from core.errors import InputError
from core.hardware.tables import shipped_rows

WORLD = "OWID_WRL"

_SHOWN = 8
_ATTRIBUTIONS = {
    "Our World in Data": "Ember (2026); Energy Institute; Our World in Data - CC BY 4.0",
    "EPA eGRID2023": "US EPA eGRID2023, public domain",
    "GoogleCloudPlatform": "Google Cloud region carbon data 2024, Apache-2.0",
    "China MEE": "China MEE/NBS, Announcement 2025 No. 47, via codecarbon (MIT)",
}


@dataclass(frozen=True, slots=True)
class Grid:
    """The carbon intensity of one zone's electricity.

    Attributes:
        zone: code (``FRA``, ``US-CA``, ``CN-BJ``, ``gcp:us-central1``).
        level: ``country``, ``us_state``, ``cn_province``, ``cloud_region``, ``region``,
            ``world``; ``country_alt`` is a country by another basis, ``legacy`` the 2020
            calculator's.
        basis: what is counted; figures of different bases do not compare.
        attribution: line that the licence of the figure asks to be shown.
    """

    zone: str
    name: str
    level: str
    gco2e_per_kwh: float
    year: int
    basis: str
    verified: bool
    notes: str
    source: str
    licence: str
    attribution: str

    @property
    def kg_per_kwh(self) -> float:
        """Intensity in the planner's unit."""
        return self.gco2e_per_kwh / 1000

    @property
    def basis_text(self) -> str:
        """Year and basis, and whether nobody checked it."""
        mark = "" if self.verified else ", unverified"
        return f"{self.year}, {self.basis}{mark}"


@cache
def grids() -> tuple[Grid, ...]:
    """Every zone, in the table's order."""
    return tuple(_grid(row) for row in shipped_rows("carbon.csv"))


def find_grid(name: str) -> Grid:
    """The zone with this code, or of this name, whatever its case.

    A code comes before a name, and a country before a state of the same name (Georgia).

    Raises:
        InputError: there is none; the message lists what is near.
    """
    wanted = name.strip().casefold()
    for grid in grids():
        if grid.zone.casefold() == wanted:
            return grid
    for grid in grids():
        if grid.name.casefold() == wanted:
            return grid
    near = ", ".join(f"{grid.zone} ({grid.name})" for grid in _near(name)) or "FRA, US-CA, World"
    raise InputError("zone", name, f"a zone's code or name, such as {near}")


def search_grids(text: str) -> tuple[Grid, ...]:
    """The zones whose code or name has ``text`` in it, those that begin with it first."""
    wanted = text.strip().casefold()
    found = [
        grid for grid in grids() if wanted in grid.zone.casefold() or wanted in grid.name.casefold()
    ]
    found.sort(key=lambda grid: not grid.name.casefold().startswith(wanted))
    return tuple(found)


def attributions() -> tuple[str, ...]:
    """Every line that must be shown beside the figures, once."""
    return tuple(dict.fromkeys(grid.attribution for grid in grids()))


def _near(name: str) -> list[Grid]:
    words = {word.casefold(): grid for grid in grids() for word in (grid.zone, grid.name)}
    found = [words[word] for word in get_close_matches(name.casefold(), words, _SHOWN, 0.6)]
    found += search_grids(name)[:_SHOWN]
    return list(dict.fromkeys(found))[:_SHOWN]


def _grid(row: dict[str, str]) -> Grid:
    source = row["source"]
    credit = next((line for key, line in _ATTRIBUTIONS.items() if source.startswith(key)), source)
    return Grid(
        zone=row["zone"],
        name=row["name"],
        level=row["level"],
        gco2e_per_kwh=float(row["gco2e_per_kwh"]),
        year=int(row["year"]),
        basis=row["basis"],
        verified=row["verified"] == "true",
        notes=row["notes"],
        source=source,
        licence=row["source_licence"],
        attribution=credit,
    )
