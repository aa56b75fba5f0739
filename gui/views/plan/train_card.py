"""The answer itself: size, loss, when to stop, and what holds it back."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.messages import Message
from core.planner import AnyPlan, Plan
from core.planner.flat import TOLERANCE
from core.quantities import Estimate, format_count, format_number
from gui.translate import translated, wrapped
from gui.views.plan.law_text import counts_otherwise
from gui.views.plan.wording import (
    flat_source,
    flat_text,
    format_hours,
    loss_text,
    percent_text,
    size_interval_text,
    source_text,
    stat_texts,
    steps_text,
)
from gui.widgets.card import Card
from gui.widgets.stat_row import StatRow, share_baseline
from gui.widgets.text import text_label
from gui.widgets.text_row import TextRow

_MOST_BINDINGS = 3  # what the budget is counted in, memory, data
_HARMLESS = {"counted_otherwise"}  # known before the plan: no reason to doubt this budget
# of today's plans only what may make the size itself wrong is worth the place under it
_GRAVE = ("outside", "guessing", "less_than_a_step", "too_little_data", "does_not_fit")


class TrainCard(Card):
    """One thing is largest on the screen: the size."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Train this"))
        self._hero = text_label("", "hero")
        self._hero.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        parameters = text_label(self.tr("parameters"), "value")
        hero = QHBoxLayout()
        hero.setSpacing(8)
        hero.addWidget(self._hero, 0, Qt.AlignmentFlag.AlignBottom)
        hero.addWidget(parameters, 1, Qt.AlignmentFlag.AlignBottom)
        share_baseline(self._hero, parameters)
        self._confidence = text_label("", "note", wraps=True)
        self._flop = text_label("", "note", wraps=True)
        self._doubt = text_label("", "caution", wraps=True)
        self._loss = StatRow(self.tr("Expected loss"))
        self._steps = StatRow(self.tr("Stop after"))
        self._time = StatRow(self.tr("Training time"))
        self._tokens = StatRow(self.tr("Tokens"))
        self._epochs = StatRow(self.tr("Epochs"))
        self._use = StatRow(self.tr("Use after it"))
        self._flat = StatRow(self.tr("Within {0} of best").format(percent_text(TOLERANCE)))
        self._held = tuple(TextRow("") for _ in range(_MOST_BINDINGS))
        self.body.addLayout(hero)
        self.add(self._confidence, self._flop, self._doubt)
        self.add(self._loss, self._steps, self._time, self._tokens, self._epochs, self._use)
        self.add(self._flat, *self._held)
        self.body.addStretch(1)

    def show_plan(self, plan: AnyPlan) -> None:
        """Show every number of the card."""
        self._show_size(plan)
        self._loss.set_value(*stat_texts(plan.loss, loss_text, self.tr("nats")))
        steps, unit, source, interval = stat_texts(plan.steps, steps_text, self.tr("steps"))
        # today's columns are longer, and the tokens below carry the same interval
        self._steps.set_value(steps, unit, source, interval if isinstance(plan, Plan) else "")
        self._time.set_value(*stat_texts(_training_time(plan), format_hours))
        self._tokens.set_value(*stat_texts(plan.tokens, format_count))
        flat = plan.flat_optimum
        self._flat.setVisible(flat is not None)
        if flat is not None:
            self._flat.set_value(flat_text(flat), tooltip=flat_source(flat))
        self._show_today(plan)

    def _show_today(self, plan: AnyPlan) -> None:
        """What plans of 2020 do not know."""
        today = (self._flop, self._epochs, self._use, *self._held)
        if isinstance(plan, Plan):
            for widget in today:
                widget.hide()
            return
        from gui.views.plan import joint_wording as words

        flop = words.flop_optimum_text(plan)
        self._flop.setVisible(bool(flop))
        self._flop.setText(flop)
        self._flop.setToolTip(wrapped(words.flop_optimum_source(plan)))
        self._epochs.setVisible(plan.epochs > 1)
        self._epochs.set_value(
            format_number(plan.epochs, 3),
            tooltip=self.tr("How often each token is seen; repetitions are worth less and less."),
        )
        self._use.setVisible(plan.use_gpu_hours > 0)
        self._use.set_value(
            format_number(plan.use_gpu_hours, 3),
            self.tr("GPU-h"),
            self.tr("GPU-hours of reading and writing after the training."),
        )
        for row in self._held:
            row.hide()
        shadow = self.tr("What holds the plan back, and what a little more of it would buy.")
        for row, binding in zip(self._held, plan.bindings, strict=False):
            label, text = words.binding_texts(binding)
            row.set_text(text, shadow, label)
            row.show()

    def _show_size(self, plan: AnyPlan) -> None:
        """The answer, how sure it is, and whether it should be doubted."""
        params, law = plan.non_embedding_params, plan.known.law
        text = self.tr("Train {0} parameters")
        if counts_otherwise(law):
            text = self.tr("Train {0} parameters ({1})")
        self._hero.setText(format_count(params.value))
        self._hero.setToolTip(wrapped(source_text(params)))
        self._hero.setAccessibleName(text.format(self._hero.text(), law.params_counted))
        if isinstance(plan, Plan):
            sureness = size_interval_text(plan)
            doubts = [message for message in plan.warnings if message.code not in _HARMLESS]
        else:
            from gui.views.plan.joint_wording import joint_size_text

            sureness = joint_size_text(plan)
            doubts = [message for message in plan.warnings if message.code.startswith(_GRAVE)]
        self._hero.setAccessibleDescription(sureness)
        self._confidence.setText(sureness)
        self._doubt.setVisible(bool(doubts))
        self._doubt.setText(self._doubt_text(doubts) if doubts else "")
        self._doubt.setToolTip(wrapped("\n".join(translated(message) for message in doubts)))

    def _doubt_text(self, warnings: list[Message]) -> str:
        """The worst warning in a few words; all of them stand below."""
        by_code = {message.code: message.parts for message in warnings}
        if (tip := by_code.get("below_tipping_point")) is not None:
            below = self.tr("{0} times below the tipping point: a lower bound")
            return below.format(tip["factor"])
        outside = [parts for code, parts in by_code.items() if code.startswith("outside")]
        if outside:
            furthest = max(outside, key=lambda parts: float(parts["decades"]))
            return self.tr("{0} times outside the runs: extrapolated").format(furthest["factor"])
        return self.tr("Doubt this: see the warning below")


def _training_time(plan: AnyPlan) -> Estimate:
    """Of the training alone, where the budget also pays for use after it."""
    if isinstance(plan, Plan) or not plan.use_gpu_hours:
        return plan.hours
    return Estimate(plan.training_hours, source=plan.hours.source)
