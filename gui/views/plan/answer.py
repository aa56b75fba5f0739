"""The answer: size, loss, when to stop, shapes, costs, and what to doubt."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from core.export.code import generic_code, transfo_xl_code
from core.messages import Message
from core.planner import Plan, ShapeOption
from core.planner.flat import TOLERANCE
from core.quantities import Estimate, format_count, format_energy, format_mass, format_number
from gui.session import Session
from gui.translate import translated, wrapped
from gui.views.plan.law_text import counts_otherwise
from gui.views.plan.wording import (
    dimension_text,
    flat_source,
    flat_text,
    format_hours,
    interval_text,
    loss_text,
    money_text,
    percent_text,
    signed_percent,
    size_interval_text,
    source_text,
    split_unit,
    steps_text,
)
from gui.widgets.card import Card
from gui.widgets.notice import NoticeList
from gui.widgets.shape_card import ShapeCard
from gui.widgets.stat_row import StatRow, share_baseline
from gui.widgets.text import text_label

_STILL_THE_SAME_SIZE = 0.1  # a neighbour that changes the size by more is another model
_HARMLESS = {"counted_otherwise"}  # known before the plan: no reason to doubt this budget


class AnswerPanel(QWidget):
    """The right column; in a narrow window it lies under the plots as a row."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._cards = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._cards.setSpacing(12)
        for widget in (self._train_this(), self._shapes(), self._costs()):
            self._cards.addWidget(widget)
        self.notices = NoticeList()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(self._cards)
        layout.addWidget(self.notices)
        layout.addStretch(1)
        session.changed.connect(self.show_plan)
        self.show_plan(session.plan)

    def set_lying(self, lying: bool) -> None:
        """Lay the cards beside each other instead of under each other."""
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._cards.setDirection(across if lying else down)
        self._pair.setDirection(down if lying else across)

    def show_plan(self, plan: Plan) -> None:
        """Show every number of the plan."""
        self._show_size(plan)
        self._loss.set_value(*_row(plan.loss, loss_text, self.tr("nats")))
        self._steps.set_value(*_row(plan.steps, steps_text, self.tr("steps")))
        self._time.set_value(*_row(plan.hours, format_hours))
        self._tokens.set_value(*_row(plan.tokens, format_count))
        self._show_flat_optimum(plan)
        for card, option in zip((self.wide, self.narrow), plan.shapes, strict=True):
            self._show_shape(card, option)
        self._money.set_value(*_row(plan.usd, money_text, self.tr("USD")))
        self._energy.set_value(*_row(plan.energy_kwh, _energy_text))
        self._co2.set_value(*_row(plan.co2_kg, _mass_text))
        self._everyday.setText(
            self.tr("as a car over {0} km\none tree takes it up in {1} days").format(
                format_number(plan.car_km.value, 2), format_number(plan.tree_days.value, 2)
            )
        )
        self._everyday.setToolTip(wrapped(f"{plan.car_km.source}\n{plan.tree_days.source}"))
        self.notices.set_notices([("warning", translated(message)) for message in plan.warnings])

    def _train_this(self) -> Card:
        card = Card(self.tr("Train this"))
        self._hero = text_label("", "hero")
        self._hero.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        parameters = text_label(self.tr("parameters"), "value")
        hero = QHBoxLayout()
        hero.setSpacing(8)
        hero.addWidget(self._hero, 0, Qt.AlignmentFlag.AlignBottom)
        hero.addWidget(parameters, 1, Qt.AlignmentFlag.AlignBottom)
        share_baseline(self._hero, parameters)
        self._confidence = text_label("", "note", wraps=True)
        self._doubt = text_label("", "caution", wraps=True)
        self._loss = StatRow(self.tr("Expected loss"))
        self._steps = StatRow(self.tr("Stop after"))
        self._time = StatRow(self.tr("Training time"))
        self._tokens = StatRow(self.tr("Tokens"))
        self._flat = StatRow(self.tr("Within {0} of best").format(percent_text(TOLERANCE)))
        card.body.addLayout(hero)
        card.add(self._confidence, self._doubt)
        card.add(self._loss, self._steps, self._time, self._tokens, self._flat)
        card.body.addStretch(1)
        return card

    def _shapes(self) -> QWidget:
        holder = QWidget()
        self._pair = row = QBoxLayout(QBoxLayout.Direction.LeftToRight, holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.wide = ShapeCard(self.tr("Wide"))
        self.narrow = ShapeCard(self.tr("Narrow"))
        self.wide.copy_requested.connect(self._copy_wide)
        self.narrow.copy_requested.connect(self._copy_narrow)
        row.addWidget(self.wide, 1)
        row.addWidget(self.narrow, 1)
        return holder

    def _costs(self) -> QWidget:
        card = Card(self.tr("What it costs"))
        self._money = StatRow(self.tr("Money"))
        self._energy = StatRow(self.tr("Energy"))
        self._co2 = StatRow(self.tr("CO₂"))
        self._everyday = text_label("", "note", wraps=True)
        card.add(self._money, self._energy, self._co2, self._everyday)
        card.body.addStretch(1)
        return card

    def _show_size(self, plan: Plan) -> None:
        """The answer, how sure it is, and whether it should be doubted."""
        params, law = plan.non_embedding_params, plan.known.law
        text = self.tr("Train {0} parameters")
        if counts_otherwise(law):
            text = self.tr("Train {0} parameters ({1})")
        self._hero.setText(format_count(params.value))
        self._hero.setToolTip(wrapped(source_text(params)))
        self._hero.setAccessibleName(text.format(self._hero.text(), law.params_counted))
        sureness = size_interval_text(plan)
        self._hero.setAccessibleDescription(sureness)
        self._confidence.setText(sureness)
        doubts = [message for message in plan.warnings if message.code not in _HARMLESS]
        self._doubt.setVisible(bool(doubts))
        self._doubt.setText(self._doubt_text(doubts) if doubts else "")
        self._doubt.setToolTip(wrapped("\n".join(translated(message) for message in doubts)))

    def _show_flat_optimum(self, plan: Plan) -> None:
        flat = plan.flat_optimum
        self._flat.setVisible(flat is not None)
        if flat is not None:
            self._flat.set_value(flat_text(flat), tooltip=flat_source(flat))

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

    def _show_shape(self, card: ShapeCard, option: ShapeOption) -> None:
        shape, friendly = option.shape, option.friendly
        if friendly.d_model == shape.d_model:
            advice = self.tr("a friendly width")
        elif abs(option.friendly_change) > _STILL_THE_SAME_SIZE:
            advice = ""
        else:
            advice = self.tr("friendlier: {0}\u00a0×\u00a0{1} ({2}\u00a0params)").format(
                friendly.n_layers, friendly.d_model, signed_percent(option.friendly_change)
            )
        card.set_shape(
            f"{dimension_text(shape.n_layers)} × {dimension_text(shape.d_model)}",
            self.tr("{0} params").format(format_count(shape.non_embedding_params)),
            advice,
            self.tr(
                "Layers × d_model (with d_inner = d_model), rounded to a multiple of 8. Widths "
                "that are multiples of 64 were measurably faster (T. Le Scao 2020)."
            ),
        )

    def _copy_wide(self, language: str) -> None:
        self._copy(self.wide, language, self._session.plan.shapes[0])

    def _copy_narrow(self, language: str) -> None:
        self._copy(self.narrow, language, self._session.plan.shapes[1])

    def _copy(self, card: ShapeCard, language: str, option: ShapeOption) -> None:
        write = {"transfo_xl": transfo_xl_code, "generic": generic_code}[language]
        QGuiApplication.clipboard().setText(write(self._session.plan, option.shape))
        card.show_copied()


def _row(
    estimate: Estimate, write: Callable[[float], str], unit: str = ""
) -> tuple[str, str, str, str]:
    """A number for `StatRow.set_value`; a unit that ``write`` brings goes beside it."""
    text = write(estimate.value)
    number, found = (text, unit) if unit else split_unit(text)
    return number, found, source_text(estimate), interval_text(estimate, write)


def _energy_text(kwh: float) -> str:
    return " ".join(format_energy(kwh))


def _mass_text(kg: float) -> str:
    return " ".join(format_mass(kg))
