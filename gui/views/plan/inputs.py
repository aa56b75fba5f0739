"""What one decides: budget, hardware, law, energy. Renders a plan, edits the request."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.errors import InputError
from core.footprint import CARBON_2020_KG_PER_KWH
from core.hardware.catalogue import gpus
from core.planner import By, Plan
from core.quantities import Kind, format_duration, format_number, format_usd
from core.speed.power_law_2020 import Precision
from gui.session import Session
from gui.translate import translated
from gui.views.plan.target_row import TargetRow
from gui.views.plan.task_card import TaskCard
from gui.widgets.card import Card
from gui.widgets.choice_field import ChoiceField
from gui.widgets.log_slider import LogSlider
from gui.widgets.quantity_field import QuantityField
from gui.widgets.text import text_label

SLIDER_HOURS = (0.1, 1e4)


def field_value(plan: Plan, name: str) -> float:
    """The last good value of an input by the name that an `InputError` carries."""
    known = plan.known
    settings = {
        "price_usd_per_gpu_hour": known.price,
        "measured_watts": known.watts,
        "carbon_kg_per_kwh": known.carbon * 1000,
    }
    return settings[name] if name in settings else plan.quantity(By(name)).value


class InputsPanel(QWidget):
    """The left column."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.task = TaskCard(session)
        self.law = self.task.law
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for card in (self._budget(), self._hardware(), self.task, self._energy()):
            layout.addWidget(card)
        layout.addStretch(1)
        self._fields = {
            "hours": self.hours,
            "usd": self.usd,
            "price_usd_per_gpu_hour": self.price,
            "measured_watts": self.watts,
            "carbon_kg_per_kwh": self.carbon,
        }
        for field in (*self._fields.values(), *self.target.fields()):
            field.committed.connect(session.end_step)
        session.changed.connect(self.show_plan)
        session.refused.connect(self._show_refusal)
        self.show_plan(session.plan)

    def show_plan(self, plan: Plan) -> None:
        """Show what is asked; fields that are being typed in keep their text."""
        known, request = plan.known, plan.request
        for field in (*self._fields.values(), self.target.field):
            if not field.is_being_edited():  # its text is still the one that was refused
                field.set_error(None)
        self.hours.set_value(plan.hours.value)
        self.usd.set_value(plan.usd.value)
        self.slider.set_value(plan.hours.value)
        self.target.show_plan(plan)
        self._held.setText(self.tr("fixed: {0}").format(self._held_name(request.by)))
        self._show_tipping_point(plan)
        self.gpu.set_choice(known.gpu.id)
        self.precision.set_choice(known.precision.value)
        self.task.show_plan(plan)
        self.price.set_value(known.price)
        self.watts.set_value(known.watts)
        self.carbon.set_value(known.carbon * 1000)
        self.price.set_reset(
            request.price_usd_per_gpu_hour is not None,
            self.tr("Back to the catalogue: {0} USD/h").format(
                format_number(known.gpu.price_usd_per_gpu_hour)
            ),
        )
        self.watts.set_reset(
            request.measured_watts is not None,
            self.tr("Back to the measured {0} W").format(
                format_number(known.gpu.measured_watts, 5)
            ),
        )
        own_grid = known.carbon != CARBON_2020_KG_PER_KWH
        self.carbon.set_reset(own_grid, self.tr("Back to the figure of 2020: 534 g/kWh"))
        self._price_note.setText(QCoreApplication.translate("core", known.price_source))

    def _budget(self) -> Card:
        card = Card(self.tr("Budget"))
        self.hours = QuantityField(
            self.tr("Time"),
            Kind.HOURS,
            self.tr("h"),
            tooltip=self.tr("Training time on one GPU, in hours."),
        )
        self.usd = QuantityField(
            self.tr("Money"),
            Kind.USD,
            self.tr("USD"),
            tooltip=self.tr("What that time costs at the price below, in US dollars."),
        )
        self.slider = LogSlider(
            *SLIDER_HOURS,
            name=self.tr("Training time"),
            describe=format_duration,
            tooltip=self.tr(
                "Training time, in hours. The tick marks the smallest sensible budget."
            ),
        )
        self.target = TargetRow()
        self._tip_note = text_label("", "note", wraps=True)
        self._held = text_label("", "unit")
        self._held.setToolTip(
            self.tr("What stays as it is when the hardware, the law or a price changes.")
        )
        card.header.addWidget(self._held)
        card.add(self.hours, self.usd, self.slider, self._tip_note, self.target)
        self.hours.edited.connect(self._edit_hours)
        self.usd.edited.connect(self._edit_usd)
        self.slider.value_changed.connect(self._edit_hours)
        self.slider.drag_started.connect(self._session.begin_gesture)
        self.slider.drag_finished.connect(self._session.end_gesture)
        self.target.edited.connect(self._edit_target)
        return card

    def _hardware(self) -> Card:
        card = Card(self.tr("Hardware"))
        self.gpu = ChoiceField(
            self.tr("GPU"),
            tooltip=self.tr(
                "The GPU whose measured speed is used. Its price and power come along."
            ),
        )
        self.gpu.set_choices([(gpu.id, gpu.name) for gpu in gpus().values()])
        self.precision = ChoiceField(
            self.tr("Precision"),
            tooltip=self.tr(
                "NVIDIA Apex level: O0 is fp32, O1 mixed precision, O2 almost all fp16."
            ),
        )
        names = {
            Precision.O0: self.tr("fp32 (O0)"),
            Precision.O1: self.tr("mixed (O1)"),
            Precision.O2: self.tr("almost fp16 (O2)"),
        }
        self.precision.set_choices([(level.value, name) for level, name in names.items()])
        self.price = QuantityField(
            self.tr("Price"),
            Kind.USD_PER_HOUR,
            self.tr("USD/h"),
            tooltip=self.tr("Price of one GPU for an hour, in US dollars."),
            zero_allowed=True,
        )
        self._price_note = text_label("", "note", wraps=True)
        card.add(self.gpu, self.precision, self.price, self._price_note)
        self.gpu.chosen.connect(self._edit_gpu)
        self.precision.chosen.connect(self._edit_precision)
        self.price.edited.connect(self._edit_price)
        self.price.reset_requested.connect(self._reset_price)
        return card

    def _energy(self) -> Card:
        card = Card(self.tr("Energy"))
        self.watts = QuantityField(
            self.tr("Power"),
            Kind.WATTS,
            self.tr("W"),
            tooltip=self.tr("Mean power of the GPU while it trains, in watts."),
        )
        self.carbon = QuantityField(
            self.tr("Grid"),
            Kind.CARBON_G_PER_KWH,
            self.tr("g/kWh"),
            tooltip=self.tr("Emissions of the electricity, in grams of CO2e per kWh."),
            zero_allowed=True,
        )
        card.add(self.watts, self.carbon)
        self.watts.edited.connect(self._edit_watts)
        self.watts.reset_requested.connect(self._reset_watts)
        self.carbon.edited.connect(self._edit_carbon)
        self.carbon.reset_requested.connect(self._reset_carbon)
        return card

    def _held_name(self, by: By) -> str:
        """What stays as it is when the hardware or the law changes."""
        if by is By.HOURS:
            return self.tr("time")
        return self.tr("money") if by is By.USD else self.target.name_of(by)

    def _show_tipping_point(self, plan: Plan) -> None:
        tip = plan.tipping_point
        self.slider.set_mark(None if tip is None else tip.hours)
        if tip is None:
            self._tip_note.setText(self.tr("no smallest sensible budget by this law"))
        else:
            self._tip_note.setText(
                self.tr("sensible from {0} ({1})").format(
                    format_duration(tip.hours), format_usd(tip.usd)
                )
            )

    def _show_refusal(self, error: InputError) -> None:
        """Say it at the field that it is about, be it typed, clicked or read from a file."""
        field = self._fields.get(error.field)
        by = None if field or error.field == "law" else By(error.field)
        name = field.name if field else "" if by is None else self.target.field_of(by).name
        if self.task.take_refusal(error, name):
            return
        if by is not None:
            self.target.choose(by)
        field = field or self.target.field
        good = field_value(self._session.plan, error.field)
        typed = field.text() if field.is_being_edited() else format_number(float(str(error.value)))
        field.set_value(good)
        sentence = self.tr('{0} must be {1}, got "{2}"')
        field.set_error(sentence.format(name, translated(error.message), typed))

    def _edit_hours(self, hours: float) -> None:
        self._session.set_budget(self.tr("change of time"), By.HOURS, hours)

    def _edit_usd(self, usd: float) -> None:
        self._session.set_budget(self.tr("change of money"), By.USD, usd)

    def _edit_target(self, by: By, value: float) -> None:
        self._session.set_budget(self.tr("change of target"), by, value)

    def _edit_gpu(self, gpu: str) -> None:
        # a price or a power that was typed in belongs to the GPU it was typed for
        self._session.edit(
            self.tr("change of GPU"), gpu=gpu, price_usd_per_gpu_hour=None, measured_watts=None
        )

    def _edit_precision(self, precision: str) -> None:
        self._session.edit(self.tr("change of precision"), precision=precision)

    def _edit_price(self, price: float) -> None:
        self._session.edit(self.tr("change of price"), price_usd_per_gpu_hour=price)

    def _reset_price(self) -> None:
        self._session.edit(self.tr("reset of price"), price_usd_per_gpu_hour=None)

    def _edit_watts(self, watts: float) -> None:
        self._session.edit(self.tr("change of power"), measured_watts=watts)

    def _reset_watts(self) -> None:
        self._session.edit(self.tr("reset of power"), measured_watts=None)

    def _edit_carbon(self, grams: float) -> None:
        self._session.edit(self.tr("change of grid carbon"), carbon_kg_per_kwh=grams / 1000)

    def _reset_carbon(self) -> None:
        self._session.edit(
            self.tr("reset of grid carbon"), carbon_kg_per_kwh=CARBON_2020_KG_PER_KWH
        )
