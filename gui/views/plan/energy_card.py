"""The energy: power of the GPU and of what stands around it, and the grid."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.footprint import CARBON_2020_KG_PER_KWH
from core.planner import AnyPlan, Plan
from core.quantities import Kind, format_number
from gui.session import Session
from gui.views.plan.zone_row import ZoneRow
from gui.widgets.fold_card import FoldCard
from gui.widgets.quantity_field import QuantityField


class EnergyCard(FoldCard):
    """Of 2020: watts and grid, always open. Of today: also PUE, host, load and the zone."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Energy"))
        self._session = session
        self.watts = QuantityField(
            self.tr("Power"),
            Kind.WATTS,
            self.tr("W"),
            tooltip=self._about_watts(),
        )
        self.watts.set_placeholder(self.tr("not known"))
        self.carbon = QuantityField(
            self.tr("Grid"),
            Kind.CARBON_G_PER_KWH,
            self.tr("g/kWh"),
            tooltip=self.tr("Emissions of the electricity, in grams of CO2e per kWh."),
            zero_allowed=True,
        )
        self.load = QuantityField(
            self.tr("Load"),
            Kind.NUMBER,
            self.tr("of TDP"),
            tooltip=self._about_load(),
        )
        self.host = QuantityField(
            self.tr("Host"),
            Kind.NUMBER,
            self.tr("of GPU"),
            tooltip=self._about_host(),
            zero_allowed=True,
        )
        self.pue = QuantityField(
            self.tr("PUE"),
            Kind.NUMBER,
            self.tr("times"),
            tooltip=self.tr("Power of the whole building over that of its computers, a ratio."),
        )
        self.zone = ZoneRow(session)
        self._around = QWidget()
        around = QVBoxLayout(self._around)
        around.setContentsMargins(0, 0, 0, 0)
        around.setSpacing(8)
        for field in (self.load, self.host, self.pue):
            around.addWidget(field)
        self.add(self.watts, self._around, self.zone.chooser, self.carbon, self.zone)
        self.watts.edited.connect(self._edit_watts)
        self.watts.reset_requested.connect(self._reset_watts)
        self.carbon.edited.connect(self._edit_carbon)
        self.carbon.reset_requested.connect(self._reset_carbon)
        self.load.edited.connect(self._edit_load)
        self.load.reset_requested.connect(self._reset_load)
        self.host.edited.connect(self._edit_host)
        self.host.reset_requested.connect(self._reset_host)
        self.pue.edited.connect(self._edit_pue)
        self.pue.reset_requested.connect(self._reset_pue)

    def inputs(self) -> dict[str, QuantityField]:
        """Fields by the name that an `InputError` carries."""
        return {
            "measured_watts": self.watts,
            "carbon_kg_per_kwh": self.carbon,
            "load_factor": self.load,
            "host_share": self.host,
            "pue": self.pue,
        }

    def show_plan(self, plan: AnyPlan) -> None:
        """Show power and grid."""
        known = plan.known
        self.set_foldable(not isinstance(plan, Plan))
        self._around.setVisible(not isinstance(plan, Plan))
        self.zone.setVisible(not isinstance(plan, Plan))
        self.zone.chooser.setVisible(not isinstance(plan, Plan))
        self.watts.set_value(known.watts)
        self.carbon.set_value(known.carbon * 1000)
        if isinstance(plan, Plan):
            self._show_2020(plan)
            return
        request, power = plan.request, plan.known.power
        self.watts.set_reset(request.measured_watts is not None, self.tr("Back to the TDP"))
        self.carbon.set_reset(
            request.carbon_kg_per_kwh is not None, self.tr("Back to the zone's figure")
        )
        usual = self.tr("Back to the usual figure")
        names = {"load_factor": self.load, "host_share": self.host, "pue": self.pue}
        for name, field in names.items():
            field.set_value(None if power is None else getattr(power, name))
            field.set_reset(getattr(request, name) is not None, usual)
        self.load.setEnabled(request.measured_watts is None)
        self._name_sources(known.watts_source)
        self.zone.show_plan(plan)
        grid = self.tr("{0} g/kWh").format(format_number(known.carbon * 1000, 3))
        if known.watts is None:
            self.set_summary(grid)
        else:
            watts = self.tr("{0} W").format(format_number(known.watts, 4))
            self.set_summary(self.tr("{0} · {1}").format(watts, grid))

    def _name_sources(self, of_watts: str) -> None:
        """Where each figure comes from, in its tooltip."""
        from core.hardware.factors import HOST_SHARE, LOAD_FACTOR

        for field, unit, sentence, source in (
            (self.watts, self.tr("W"), self._about_watts(), of_watts),
            (self.load, self.tr("of TDP"), self._about_load(), LOAD_FACTOR.source),
            (self.host, self.tr("of GPU"), self._about_host(), HOST_SHARE.source),
        ):
            field.set_unit(unit, f"{sentence}\n{source}")

    def _about_watts(self) -> str:
        return self.tr("Mean power of the GPU while it trains, in watts.")

    def _about_load(self) -> str:
        return self.tr("Mean power over the GPU's TDP; your own watts replace it.")

    def _about_host(self) -> str:
        return self.tr("Power of processor, memory and fans, as a share of the GPU's.")

    def _show_2020(self, plan: Plan) -> None:
        self.watts.set_unit(self.tr("W"), self._about_watts())
        own_watts = plan.request.measured_watts is not None
        measured = format_number(plan.known.gpu.measured_watts, 5)
        self.watts.set_reset(own_watts, self.tr("Back to the measured {0} W").format(measured))
        own_grid = plan.known.carbon != CARBON_2020_KG_PER_KWH
        self.carbon.set_reset(own_grid, self.tr("Back to the figure of 2020: 534 g/kWh"))

    def _edit_watts(self, watts: float) -> None:
        self._session.edit(self.tr("change of power"), measured_watts=watts)

    def _reset_watts(self) -> None:
        self._session.edit(self.tr("reset of power"), measured_watts=None)

    def _edit_carbon(self, grams: float) -> None:
        self._session.edit(self.tr("change of grid carbon"), carbon_kg_per_kwh=grams / 1000)

    def _reset_carbon(self) -> None:
        self._session.edit(self.tr("reset of grid carbon"), carbon_kg_per_kwh=None)

    def _edit_load(self, share: float) -> None:
        self._session.edit(self.tr("change of load"), load_factor=share)

    def _reset_load(self) -> None:
        self._session.edit(self.tr("reset of load"), load_factor=None)

    def _edit_host(self, share: float) -> None:
        self._session.edit(self.tr("change of host power"), host_share=share)

    def _reset_host(self) -> None:
        self._session.edit(self.tr("reset of host power"), host_share=None)

    def _edit_pue(self, pue: float) -> None:
        self._session.edit(self.tr("change of PUE"), pue=pue)

    def _reset_pue(self) -> None:
        self._session.edit(self.tr("reset of PUE"), pue=None)
