"""How the plan runs on today's hardware: speed, layout, memory, and how sure all of it is."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from core.quantities import format_number
from gui.views.plan import joint_wording as words
from gui.widgets.card import Card
from gui.widgets.memory_bar import MemoryBar
from gui.widgets.stat_row import StatRow
from gui.widgets.text import text_label
from gui.widgets.text_row import TextRow

if TYPE_CHECKING:
    from core.planner.joint.plan import JointPlan


class RunCard(Card):
    """For plans of today only."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("How it runs"))
        self._speed = StatRow(self.tr("Speed of a GPU"))
        self._mfu = StatRow(self.tr("Utilisation, MFU"))
        self._layout = TextRow(self.tr("Layout"))
        self._memory = TextRow(self.tr("Memory"))
        self.bar = MemoryBar()
        self._sure = text_label("", "note", wraps=True)
        self.add(self._speed, self._mfu, self._layout, self._memory, self.bar, self._sure)
        self.body.addStretch(1)

    def show_plan(self, plan: "JointPlan") -> None:
        """Show speed, layout and memory."""
        from core.memory import MOST_OF_THE_DEVICE

        speed, stack, gpu = plan.speed, plan.known.stack, plan.known.gpu
        self._speed.set_value(
            format_number(speed.tokens_per_s_per_gpu.value, 3),
            self.tr("tok/s"),
            self.tr("{0}, φ {1}\n{2}").format(
                stack.name, format_number(stack.phi_on(gpu), 3), stack.source
            ),
            words.speed_interval_text(plan),
        )
        self._mfu.set_value(
            f"{100 * speed.mfu:.1f}",
            "%",
            self.tr("Model FLOP over the peak of the GPU, full attention counted (PaLM)."),
        )
        self._layout.set_text(
            words.layout_text(plan.layout),
            self.tr("The fastest of the layouts that were tried and fit."),
        )
        parts = words.memory_parts_text(plan)
        self._memory.set_text(words.memory_text(plan), parts)
        memory, size = plan.memory, gpu.memory_gib
        self.bar.set_shares(
            float(memory.allocated) / size, float(memory.reserved) / size, MOST_OF_THE_DEVICE
        )
        self.bar.setToolTip(self._memory.toolTip())
        self.bar.setAccessibleName(words.memory_text(plan))
        self._sure.setText(words.sureness_text(plan))
