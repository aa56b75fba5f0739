"""Whose electricity it is: one of hundreds of zones, with year, basis and credit."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.quantities import format_number
from gui.session import Session
from gui.translate import wrapped
from gui.widgets.search_field import Group, SearchField
from gui.widgets.text import text_label

if TYPE_CHECKING:
    from core.hardware.grids import Grid
    from core.planner.joint.plan import JointPlan

translate = QCoreApplication.translate


class ZoneRow(QWidget):
    """The lines under the grid's figure; ``chooser`` is the field above it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.chooser = SearchField(
            self.tr("Zone"),
            tooltip=self.tr(
                "Country, state, province or cloud region whose electricity it is, in g/kWh; type "
                "to search."
            ),
            fill=self._fill,
        )
        self._note = text_label("", "note", wraps=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._note)
        self.chooser.chosen.connect(self._edit_zone)

    def show_plan(self, plan: "JointPlan") -> None:
        """Show the zone, and what its figure counts."""
        from core.hardware.grids import WORLD, find_grid

        self.chooser.fill()
        grid = find_grid(plan.request.zone or WORLD)
        self.chooser.set_choice(grid.zone)
        if plan.request.carbon_kg_per_kwh is not None:
            self._note.setText(self.tr("your own figure instead of the zone's"))
            self._note.setToolTip("")
            return
        self._note.setText(f"{grid.basis_text}\n{grid.attribution}")
        self._note.setToolTip(wrapped("\n".join((grid.source, grid.licence, grid.notes))))

    def _fill(self) -> None:
        self.chooser.set_groups(zone_groups())

    def _edit_zone(self, zone: str) -> None:
        # whoever chooses a zone wants its figure
        self._session.edit(self.tr("change of zone"), zone=zone, carbon_kg_per_kwh=None)


def zone_groups() -> list[Group]:
    """Every zone with its figure, by level."""
    from core.hardware.grids import grids

    names = {
        "world": translate("Zone", "World"),
        "country": translate("Zone", "Countries"),
        "us_state": translate("Zone", "US states"),
        "cn_province": translate("Zone", "Chinese provinces"),
        "cloud_region": translate("Zone", "Cloud regions"),
        "region": translate("Zone", "Continents and unions"),
        "country_alt": translate("Zone", "Countries, another basis"),
        "legacy": translate("Zone", "The figure of 2020"),
    }
    return [
        (heading, [(grid.zone, _label(grid)) for grid in grids() if grid.level == level])
        for level, heading in names.items()
    ]


def _label(grid: "Grid") -> str:
    name = grid.name if grid.level != "cloud_region" else grid.zone
    figure = format_number(grid.gco2e_per_kwh, 3)
    return translate("Zone", "{0}, {1} g").format(name, figure)
