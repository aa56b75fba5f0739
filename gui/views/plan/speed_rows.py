"""How fast the training program is: a preset of its own, or one number that was measured."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.errors import InputError
from core.planner import By, Plan
from core.quantities import Kind, format_count, format_number
from gui.session import Session
from gui.views.plan.gpu_list import is_profile
from gui.widgets.choice_field import ChoiceField
from gui.widgets.quantity_field import QuantityField
from gui.widgets.search_field import SearchField
from gui.widgets.text import text_label

if TYPE_CHECKING:
    from core.planner.joint.plan import JointPlan

_USUAL = ""


class SpeedRows(QWidget):
    """The software, and "I measured X tokens/s", which makes phi one's own."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._measured_phi = self._measured_params = 0.0
        self.stack: ChoiceField = SearchField(
            self.tr("Software"),
            tooltip=self.tr("The training program; phi is its time over the roofline's."),
        )
        self.measured = QuantityField(
            self.tr("I measured"),
            Kind.NUMBER,
            self.tr("tok/s"),
            tooltip=self.tr(
                "Tokens a second per GPU that your own run reached on this GPU: it sets phi."
            ),
            nothing=self.tr("nothing yet"),
        )
        self.size_measured = QuantityField(
            self.tr("on a size of"),
            Kind.PARAMETERS,
            self.tr("params"),
            tooltip=self.tr("Parameters of the model that was measured; empty for the plan's."),
            nothing=self.tr("the plan's"),
        )
        self._note = text_label("", "note", wraps=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.stack, self.measured, self.size_measured, self._note):
            layout.addWidget(widget)
        self.stack.chosen.connect(self._edit_stack)
        self.measured.edited.connect(self._measure)
        self.measured.cleared.connect(self._forget)
        self.measured.reset_requested.connect(self._forget)
        self.size_measured.edited.connect(self._measure_again)
        self.size_measured.cleared.connect(self._measure_again)

    def show_plan(self, plan: "JointPlan") -> None:
        """Show software and phi."""
        self._offer(plan)
        self.stack.set_choice(plan.request.stack or _USUAL)
        own = plan.request.phi
        self.measured.set_reset(own is not None, self.tr("Forget it: back to the preset's phi"))
        if own is None and not self.measured.is_being_edited():
            self.measured.set_value(None)
            self.size_measured.set_value(None)
        stack, gpu = plan.known.stack, plan.known.gpu
        if own is not None:
            text = self.tr("φ {0}, measured by you").format(format_number(own, 3))
            if own == self._measured_phi:  # the plan on show may have another size by now
                size = format_count(self._measured_params)
                text = self.tr("{0} on {1} parameters").format(text, size)
            self._note.setText(text)
            self._note.setToolTip("")
            return
        if stack.calibrated is not None:
            self._note.setText(stack.source)
            self._note.setToolTip("")
            return
        phi = format_number(stack.phi_on(gpu), 3)
        low, high = format_number(stack.phi_low, 3), format_number(stack.phi_high, 3)
        self._note.setText(self.tr("φ {0} (published: {1} to {2})").format(phi, low, high))
        self._note.setToolTip(stack.source)

    def _offer(self, plan: "JointPlan") -> None:
        from core.speed.stacks import default_stack, stacks

        gpu = plan.known.gpu
        usual = self.tr("usual: {0}").format(default_stack(gpu).name)
        if plan.known.stack.calibrated is not None:
            usual = plan.known.stack.name
        elif is_profile(gpu.id):
            usual = self.tr("as it was measured")
        phi = QCoreApplication.translate("speed", "{0}, φ {1}")
        self.stack.set_choices(
            [(_USUAL, usual)]
            + [
                (stack.id, phi.format(stack.name, format_number(stack.phi_on(gpu), 3)))
                for stack in stacks().values()
            ]
        )

    def _edit_stack(self, stack: str) -> None:
        self._session.edit(self.tr("change of software"), stack=stack or None, phi=None)

    def _measure(self, tokens_per_s: float) -> None:
        from core.planner.joint.plan import joint_plan
        from core.speed.estimate import phi_of_run

        on_show, size = self._session.plan, self.size_measured.value()
        if isinstance(on_show, Plan):  # the row is hidden then
            return
        # not of the plan on show: that already follows from what was typed so far
        usual = replace(on_show.request, phi=None)
        if size is not None:
            usual = replace(usual, by=By.PARAMS, value=size)
        try:
            run = joint_plan(usual)
            phi = phi_of_run(run.point.arch, run.layout, run.known.stack, tokens_per_s)
        except InputError as error:
            self.measured.set_error(str(error))
            return
        self._measured_phi, self._measured_params = phi, run.point.params
        self._session.edit(self.tr("own measurement"), phi=phi)

    def _measure_again(self) -> None:
        measured = self.measured.value()
        if measured is not None:
            self._measure(measured)

    def _forget(self) -> None:
        self.measured.set_value(None)
        self._session.edit(self.tr("reset of the measurement"), phi=None)
