"""The sheets of grids and of the factors of the energy account: shipped, to be read."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QCoreApplication

from core.hardware.factors import Factor, factors
from core.hardware.grids import Grid, attributions, grids
from core.quantities import format_number
from gui.views.catalogue.table import Column, Sheet
from gui.views.catalogue.wording import mark_legend, not_verified, origin_text, verified_text
from gui.widgets.glyphs import NoticeKind

translate = QCoreApplication.translate


class _Sourced(Protocol):
    """What grids and factors have in common."""

    @property
    def verified(self) -> bool: ...

    @property
    def notes(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def licence(self) -> str: ...


def grid_sheet() -> Sheet[Grid]:
    """Zones in the table's order."""
    return Sheet(
        columns=(
            Column(
                translate("Catalogue", "zone"),
                translate("Catalogue", "A country, state, province or cloud region."),
                _name,
            ),
            Column(
                translate("Catalogue", "code"),
                translate("Catalogue", "Its name on the command line and in files."),
                _zone,
            ),
            Column(
                translate("Catalogue", "carbon"),
                translate("Catalogue", "Grams of CO2 equivalent per kilowatt-hour of electricity."),
                _grams,
                _doubt,
                format_number,
                unit="g CO₂e/kWh",
            ),
            Column(
                translate("Catalogue", "year"),
                translate("Catalogue", "The year that the figure is of."),
                _grid_year,
                about_source=True,
            ),
            Column(
                translate("Catalogue", "basis"),
                translate(
                    "Catalogue", "What is counted; figures of different bases do not compare."
                ),
                _basis,
                about_source=True,
            ),
            Column(translate("Catalogue", "kind"), "", _level),
            *_checked_columns(),
            Column(
                translate("Catalogue", "attribution"),
                translate("Catalogue", "The line that the licence asks to be shown."),
                _attribution,
                about_source=True,
            ),
            *_source_columns(),
        ),
        rows=grids,
        key=_zone,
        title=_name,
        notices=_notices,
        footnote=" ".join((mark_legend(), "; ".join(attributions()))),
    )


def factor_sheet() -> Sheet[Factor]:
    """Figures of the energy account in the table's order."""
    return Sheet(
        columns=(
            Column(
                translate("Catalogue", "figure"),
                translate("Catalogue", "Its name on the command line and in files."),
                _key,
                widest=230,
            ),
            Column(
                translate("Catalogue", "value"),
                translate("Catalogue", "In the unit beside it."),
                _value,
                _doubt,
                format_number,
            ),
            Column(translate("Catalogue", "unit"), "", _unit),
            Column(
                translate("Catalogue", "year"),
                translate("Catalogue", "The year that the figure is of."),
                _factor_year,
                about_source=True,
            ),
            *_checked_columns(),
            Column(
                translate("Catalogue", "confidence"),
                translate("Catalogue", "How sure the figure is: high, medium or low."),
                _confidence,
                about_source=True,
            ),
            *_source_columns(),
        ),
        rows=_factors,
        key=_key,
        title=_key,
        notices=_notices,
        footnote=" ".join(
            (
                mark_legend(),
                translate(
                    "Catalogue",
                    "PUE is what a data centre draws over what its machines draw. Each row names "
                    "its source and licence.",
                ),
            )
        ),
    )


def _checked_columns() -> tuple[Column[_Sourced], ...]:
    return (
        Column(
            translate("Catalogue", "checked"),
            translate("Catalogue", "Whether it was checked against a second source."),
            _checked,
            _doubt,
            marked=False,
            about_source=True,
        ),
        Column(
            translate("Catalogue", "origin"),
            translate("Catalogue", "Shipped with the application."),
            _origin,
            about_source=True,
        ),
    )


def _source_columns() -> tuple[Column[_Sourced], ...]:
    return (
        Column(
            translate("Catalogue", "source"),
            translate("Catalogue", "Where the figure was read."),
            _source,
            about_source=True,
        ),
        Column(
            translate("Catalogue", "licence"),
            translate("Catalogue", "Under which its source may be used."),
            _licence,
            about_source=True,
            in_table=False,
        ),
        Column(translate("Catalogue", "notes"), "", _notes, about_source=True, in_table=False),
    )


def _notices(row: _Sourced) -> Sequence[tuple[NoticeKind, str]]:
    if row.verified:
        return ()
    return (("warning", translate("Catalogue", "This figure was not verified.")),)


def _factors() -> Sequence[Factor]:
    return tuple(factors().values())


def _checked(row: _Sourced) -> str:
    return verified_text(row.verified)


def _doubt(row: _Sourced) -> str:
    return "" if row.verified else not_verified()


def _origin(_row: _Sourced) -> str:
    return origin_text("shipped")


def _source(row: _Sourced) -> str:
    return row.source


def _licence(row: _Sourced) -> str:
    return row.licence


def _notes(row: _Sourced) -> str:
    return row.notes


def _name(grid: Grid) -> str:
    return grid.name


def _zone(grid: Grid) -> str:
    return grid.zone


def _grams(grid: Grid) -> float:
    return grid.gco2e_per_kwh


def _grid_year(grid: Grid) -> str:
    return str(grid.year)


def _basis(grid: Grid) -> str:
    return grid.basis


def _level(grid: Grid) -> str:
    return {
        "country": translate("Catalogue", "country"),
        "country_alt": translate("Catalogue", "country, other basis"),
        "us_state": translate("Catalogue", "US state"),
        "cn_province": translate("Catalogue", "province of China"),
        "cloud_region": translate("Catalogue", "cloud region"),
        "region": translate("Catalogue", "region"),
        "world": translate("Catalogue", "world"),
        "legacy": translate("Catalogue", "2020 calculator"),
    }.get(grid.level, grid.level)


def _attribution(grid: Grid) -> str:
    return grid.attribution


def _key(factor: Factor) -> str:
    return factor.key


def _value(factor: Factor) -> float:
    return factor.value


def _unit(factor: Factor) -> str:
    return factor.unit


def _factor_year(factor: Factor) -> str:
    return factor.year


def _confidence(factor: Factor) -> str:
    return factor.confidence
