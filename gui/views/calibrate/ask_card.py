"""What is measured: device, precision, training program, and for how long."""

from PySide6.QtWidgets import QCheckBox, QWidget

from core.calibration.messages import Stack
from core.calibration.run import LONGEST_MINUTES
from core.quantities import Kind, format_number
from gui.views.calibrate.choices import QUICK, THOROUGH, most_processes, precisions_of
from gui.views.calibrate.state import CalibrateState
from gui.views.calibrate.wording import device_note, device_text, stack_text
from gui.widgets.card import Card
from gui.widgets.choice_field import ChoiceField
from gui.widgets.quantity_field import QuantityField
from gui.widgets.tab_order import order_tabs
from gui.widgets.ticks_field import TicksField

_OWN = "own"
_COUNTS = (1, 2, 4, 8, 16, 32)


class AskCard(Card):
    """Second card of the left column."""

    def __init__(self, state: CalibrateState, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("What to measure"))
        self._state = state
        self._has_own_time = False
        self.device = ChoiceField(
            self.tr("Device"), tooltip=self.tr("What PyTorch sees, the fastest first.")
        )
        self.processes = ChoiceField(
            self.tr("GPUs"),
            tooltip=self.tr(
                "How many GPUs train together: more than one measures the links between them and "
                "data-parallel steps, too."
            ),
        )
        self.precision = TicksField(
            self.tr("Precision"),
            tooltip=self.tr("What matrices are multiplied in; each gets an equal share of time."),
        )
        self.stack = ChoiceField(
            self.tr("Model"),
            tooltip=self.tr(
                "The program whose training steps are timed: a decoder of today (SDPA attention, "
                "SwiGLU, RMSNorm), the Transformer-XL of the 2020 curve, or both."
            ),
        )
        self.stack.set_choices(
            [
                ("decoder", stack_text(Stack.DECODER)),
                ("txl", stack_text(Stack.TXL)),
                ("both", self.tr("both, half the time each")),
            ]
        )
        self.time = ChoiceField(
            self.tr("Time"), tooltip=self.tr("For all of it; more time measures more shapes.")
        )
        self.time.set_choices(
            [
                (repr(QUICK), self.tr("quick: 2 minutes")),
                (repr(THOROUGH), self.tr("thorough: 10 minutes")),
                (_OWN, self.tr("other…")),
            ]
        )
        self.minutes = QuantityField(
            self.tr("Minutes"),
            Kind.NUMBER,
            self.tr("min"),
            tooltip=self.tr("How many minutes the measurement may take."),
        )
        self.compile = QCheckBox(self.tr("with torch.compile"))
        self.compile.setToolTip(
            self.tr("Compile every model first, as your training does; takes longer a point")
        )
        self.compile.setAccessibleDescription(self.compile.toolTip())
        self.add(self.device, self.processes, self.precision, self.stack, self.time)
        self.add(self.minutes, self.compile)
        self.device.chosen.connect(self._on_device)
        self.processes.chosen.connect(self._on_processes)
        self.precision.chosen.connect(self._on_precisions)
        self.stack.chosen.connect(self._on_stack)
        self.time.chosen.connect(self._on_time)
        self.minutes.edited.connect(self._on_minutes)
        self.compile.toggled.connect(self._on_compile)
        state.choices_changed.connect(self.show_state)
        state.busy_changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Show what is chosen, of what the Python has to offer."""
        state = self._state
        python, chosen = state.python, state.choices
        devices = python.devices if python is not None else ()
        self.device.set_choices([(one.device, device_text(one)) for one in devices])
        if state.device:
            self.device.set_choice(state.device)
        device = next((one for one in devices if one.device == state.device), None)
        self.device.set_note("" if device is None else device_note(device))
        self._show_processes(most_processes(python, state.device))
        offered = precisions_of(python, state.device)
        if self.precision.choices() != offered:
            self.precision.set_choices([(name, name) for name in offered])
            self._order_tabs()
        chosen_of_it = [name for name in offered if name in chosen.precisions]
        self.precision.set_ticked(chosen_of_it or offered[:1])
        self._show_share(max(1, len(chosen_of_it)))
        self.stack.set_choice(chosen.stack)
        is_own = self._has_own_time or chosen.minutes not in (QUICK, THOROUGH)
        self.time.set_choice(_OWN if is_own else repr(chosen.minutes))
        self.minutes.setVisible(is_own)
        if not self.minutes.is_being_edited():
            self.minutes.set_value(chosen.minutes)
        self.compile.setChecked(chosen.compile)
        for widget in (*self._fields(), self.minutes, self.compile):
            widget.setEnabled(not state.is_measuring)
        self.device.setEnabled(bool(devices) and not state.is_measuring)

    def _fields(self) -> tuple[QWidget, ...]:
        return self.device, self.processes, self.precision, self.stack, self.time

    def _order_tabs(self) -> None:
        order_tabs(
            *(self.device, self.processes, *self.precision.boxes, self.stack, self.time),
            *(self.minutes, self.compile),
        )

    def _show_processes(self, most: int) -> None:
        counts = [count for count in _COUNTS if count < most] + [most]
        self.processes.set_choices([(str(count), str(count)) for count in counts])
        wanted = min(self._state.choices.processes, most)
        self.processes.set_choice(str(wanted if wanted in counts else 1))
        self.processes.setVisible(most > 1)

    def _show_share(self, precisions: int) -> None:
        """How long each fit is measured for."""
        chosen = self._state.choices
        fits = precisions * (2 if chosen.stack == "both" else 1)
        minutes = format_number(chosen.minutes / fits, 2)
        text = self.tr("{0} fits, about {1} min each").format(fits, minutes)
        self.time.set_note(text if fits > 1 else "")

    def _on_device(self, device: str) -> None:
        self._state.choose(device=device, precisions=())

    def _on_processes(self, count: str) -> None:
        self._state.choose(processes=int(count))

    def _on_precisions(self, names: tuple[str, ...]) -> None:
        self._state.choose(precisions=names)

    def _on_stack(self, stack: str) -> None:
        self._state.choose(stack=stack)

    def _on_time(self, time: str) -> None:
        self._has_own_time = time == _OWN
        if not self._has_own_time:
            self._state.choose(minutes=float(time))
        self.show_state()
        if self._has_own_time:
            self.minutes.select()

    def _on_minutes(self, minutes: float) -> None:
        if minutes > LONGEST_MINUTES:
            limit = self.tr("at most {0} minutes").format(LONGEST_MINUTES)
            self.minutes.set_error(limit)
            return
        self.minutes.set_error(None)
        self._state.choose(minutes=minutes)

    def _on_compile(self, on: bool) -> None:
        self._state.choose(compile=on)
