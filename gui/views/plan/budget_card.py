"""The budget: time, money, a slider over both, and the other ways to fix a plan."""

from PySide6.QtWidgets import QWidget

from core.planner import AnyPlan, By, Plan
from core.quantities import Kind, format_duration, format_usd
from gui.session import Session
from gui.views.plan.target_row import TargetRow, asked_or_planned
from gui.widgets.card import Card
from gui.widgets.log_slider import LogSlider
from gui.widgets.quantity_field import QuantityField
from gui.widgets.text import text_label

SLIDER_HOURS = (0.1, 1e4)


class BudgetCard(Card):
    """Whatever is typed last holds the plan; the title line says which that is."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Budget"))
        self._session = session
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
        self.usd.set_placeholder(self.tr("no price known"))
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
        self.header.addWidget(self._held)
        self.add(self.hours, self.usd, self.slider, self._tip_note, self.target)
        self.hours.edited.connect(self._edit_hours)
        self.usd.edited.connect(self._edit_usd)
        self.slider.value_changed.connect(self._edit_hours)
        self.slider.drag_started.connect(session.begin_gesture)
        self.slider.drag_finished.connect(session.end_gesture)
        self.target.edited.connect(self._edit_target)

    def inputs(self) -> dict[str, QuantityField]:
        """Fields by the name that an `InputError` carries."""
        return {"hours": self.hours, "usd": self.usd}

    def show_plan(self, plan: AnyPlan) -> None:
        """Show what is asked."""
        of_2020 = isinstance(plan, Plan)
        self.hours.set_unit(
            self.tr("h"),
            self.tr("Training time on one GPU, in hours.")
            if of_2020
            else self.tr("Hours of the wall clock that the GPUs work."),
        )
        hours = asked_or_planned(plan, By.HOURS)
        self.hours.set_value(hours)
        self.usd.set_value(asked_or_planned(plan, By.USD))
        self.slider.set_value(plan.hours.value if hours is None else hours)
        self.target.show_plan(plan)
        self._held.setText(self.tr("fixed: {0}").format(self._held_name(plan.request.by)))
        self._show_tipping_point(plan)

    def _held_name(self, by: By) -> str:
        """What stays as it is when the hardware or the law changes."""
        if by is By.HOURS:
            return self.tr("time")
        return self.tr("money") if by is By.USD else self.target.name_of(by)

    def _show_tipping_point(self, plan: AnyPlan) -> None:
        tip = plan.tipping_point
        self.slider.set_mark(None if tip is None else tip.hours)
        self._tip_note.setVisible(isinstance(plan, Plan))
        if tip is None:
            self._tip_note.setText(self.tr("no smallest sensible budget by this law"))
        else:
            self._tip_note.setText(
                self.tr("sensible from {0} ({1})").format(
                    format_duration(tip.hours), format_usd(tip.usd)
                )
            )

    def _edit_hours(self, hours: float) -> None:
        self._session.set_budget(self.tr("change of time"), By.HOURS, hours)

    def _edit_usd(self, usd: float) -> None:
        self._session.set_budget(self.tr("change of money"), By.USD, usd)

    def _edit_target(self, by: By, value: float) -> None:
        self._session.set_budget(self.tr("change of target"), by, value)
