"""The hardware: which GPU and how many, its precision and price, and the training program."""

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.planner import AnyPlan, Plan, PlanRequest
from core.planner.request import ANY_GPU
from core.quantities import format_number
from core.speed.power_law_2020 import Precision
from gui.session import Session
from gui.views.plan.choosing_row import ChoosingRow
from gui.views.plan.gpu_list import (
    all_gpus,
    changes_for,
    formats_offered,
    gpus_of_2020,
    hours_that_pay,
)
from gui.views.plan.price_rows import PriceRow, ProviderRows
from gui.views.plan.speed_rows import SpeedRows
from gui.widgets.card import Card
from gui.widgets.choice_field import ChoiceField
from gui.widgets.count_field import CountField
from gui.widgets.fold_button import FoldButton
from gui.widgets.quantity_field import QuantityField
from gui.widgets.search_field import SearchField
from gui.widgets.tab_order import order_tabs
from gui.widgets.text import text_label


class HardwareCard(Card):
    """With a GPU of 2020 it is GPU, precision and price; with one of today also the rest."""

    said = Signal(str)  # a sentence for the status line

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Hardware"))
        self._session = session
        self._laid_aside: dict[str, object] = {}
        self.gpu = SearchField(
            self.tr("GPU"),
            tooltip=self.tr(
                "What to train on; type to search. Its price and power come along. Those of the "
                "2020 curve are planned for as in 2020: one GPU, no limits."
            ),
            fill=self._fill,
        )
        self.gpu.set_groups(gpus_of_2020())
        self.choosing = ChoosingRow(session)
        self.count = CountField(
            self.tr("Number"), self.tr("GPUs"), tooltip=self.tr("How many GPUs train together.")
        )
        self.precision = ChoiceField(self.tr("Precision"), tooltip="")
        self.price_row = PriceRow(session)
        self.price = self.price_row.price
        self.error = text_label("", "error", wraps=True)
        self.error.hide()
        self.more = FoldButton(self.tr("More"), is_title=False)
        self.more.setToolTip(self.tr("Provider, software, and your own measured speed"))
        self._of_2020 = text_label(self.tr("2020 curve: one GPU"), "unit")
        self._of_2020.setToolTip(
            self.tr(
                "The 2020 curve knows one GPU: no number of GPUs, software, families or limits. "
                "Choose a GPU of today for them."
            )
        )
        self.provider_rows = ProviderRows(session)
        self.speed_rows = SpeedRows(session)
        self._rest = QWidget()
        rest = QVBoxLayout(self._rest)
        rest.setContentsMargins(0, 0, 0, 0)
        rest.setSpacing(8)
        rest.addWidget(self.provider_rows)
        rest.addWidget(self.speed_rows)
        self.header.addWidget(self._of_2020)
        self.header.addWidget(self.more)
        self.add(self.gpu, self.choosing, self.count, self.precision, self.price_row)
        self.add(self.error, self._rest)
        self._order_tabs()
        self.gpu.chosen.connect(self._edit_gpu)
        self.count.edited.connect(self._edit_count)
        self.precision.chosen.connect(self._edit_precision)
        self.more.toggled.connect(self._on_more)

    def _order_tabs(self) -> None:
        """From the price to "More" in the title line, and on to what it shows."""
        provider, speed = self.provider_rows, self.speed_rows
        order_tabs(
            *(self.price, self.more, provider.provider, provider.spot),
            *(speed.stack, speed.measured, speed.size_measured),
        )

    def inputs(self) -> dict[str, QuantityField]:
        """Fields by the name that an `InputError` carries."""
        return {
            "n_gpus": self.count,
            "price_usd_per_gpu_hour": self.price,
            "phi": self.speed_rows.measured,
        }

    def other_fields(self) -> tuple[QuantityField, ...]:
        """Fields that errors are not about."""
        return (self.speed_rows.size_measured,)

    def show_plan(self, plan: AnyPlan) -> None:
        """Show the hardware that the plan was made with."""
        of_2020 = isinstance(plan, Plan)
        self._of_2020.setVisible(of_2020)
        self.count.setVisible(not of_2020)
        self.more.setVisible(not of_2020)
        self._rest.setVisible(not of_2020 and self.more.isChecked())
        if not isinstance(plan, Plan):
            self.gpu.fill()
            self.count.set_value(plan.known.n_gpus)
            # under a deadline the comparison finds out how many of each are worth while
            chosen = self._session.asked.gpu == ANY_GPU and plan.request.deadline_hours is not None
            self.count.setEnabled(not chosen)
            self.provider_rows.show_plan(plan)
            self.speed_rows.show_plan(plan)
        request = self._session.asked
        gpu = ANY_GPU if request.gpu == ANY_GPU else plan.known.gpu.id
        if not self.gpu.offers(gpu):  # a profile that was saved since
            self._fill()
        self.gpu.set_choice(gpu)
        self.precision.setVisible(request.gpu != ANY_GPU)  # each GPU then has its usual one
        self.choosing.show_plan(plan)
        self._show_precision(plan)
        self.price_row.show_plan(plan)
        self.show_error("")

    def show_error(self, sentence: str) -> None:
        """Say what cannot be done with this hardware."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        if sentence:
            alert = QAccessibleEvent(self.error, QAccessible.Event.Alert)
            QAccessible.updateAccessibility(alert)

    def choose_gpu(self, gpu: str) -> None:
        """Plan with another GPU: a catalogue id, or the path of a profile.

        On a slow device the budget may not pay for any model: it then gets more hours.
        """
        changes = changes_for(gpu, self._session.request, self._laid_aside)
        hours = hours_that_pay(replace(self._session.request, **changes))  # type: ignore[arg-type]
        if hours is not None:
            sentence = self.tr("This device needs more time for any model: planned for {0} hours")
            self.said.emit(sentence.format(format_number(hours)))
            changes["value"] = hours
        self._session.edit(self.tr("change of GPU"), **changes)

    def refresh_gpus(self, gpu: str = "") -> None:
        """The profiles are others by now; a plan with ``gpu`` is made again."""
        self._fill()
        if gpu and self._session.request.gpu == gpu:
            self._session.restore(self._session.request)

    def leave_gpu(self, gpu: str) -> None:
        """The profile ``gpu`` is gone: a plan with it goes back to the usual GPU."""
        if self._session.request.gpu == gpu:
            self._edit_gpu(PlanRequest().gpu)
            sentence = self.tr("The profile of this plan is gone: planned with {0} instead")
            self.said.emit(sentence.format(self._session.plan.known.gpu.name))
        self._fill()

    def _show_precision(self, plan: AnyPlan) -> None:
        if isinstance(plan, Plan):
            names = {
                Precision.O0: self.tr("fp32 (O0)"),
                Precision.O1: self.tr("mixed (O1)"),
                Precision.O2: self.tr("almost fp16 (O2)"),
            }
            choices = [(level.value, name) for level, name in names.items()]
            tooltip = self.tr(
                "NVIDIA Apex level: O0 is fp32, O1 mixed precision, O2 almost all fp16."
            )
        else:
            named = {"fp8": self.tr("fp8 (its matrices)")}
            choices = [(name, named.get(name, name)) for name in formats_offered(plan)]
            tooltip = self.tr("What matrices are multiplied in; the formats that the GPU has.")
        self.precision.set_choices(choices)
        self.precision.set_tooltip(tooltip)
        self.precision.set_choice(plan.known.precision.value)

    def _fill(self) -> None:
        self.gpu.set_groups(all_gpus(self._session.plan.known.gpu.id))

    def _on_more(self, is_open: bool) -> None:
        self.more.setText(self.tr("Less") if is_open else self.tr("More"))
        self.more.setAccessibleName(self.more.text())
        self._rest.setVisible(is_open)

    def _edit_gpu(self, gpu: str) -> None:
        changes = changes_for(gpu, self._session.request, self._laid_aside)
        self._session.edit(self.tr("change of GPU"), **changes)

    def _edit_count(self, count: float) -> None:
        self._session.edit(self.tr("change of the number of GPUs"), n_gpus=int(count))

    def _edit_precision(self, precision: str) -> None:
        self._session.edit(self.tr("change of precision"), precision=precision)
