"""The answer: size, loss, when to stop, shapes, costs, and what to doubt."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from core.export.code import generic_code, transfo_xl_code
from core.export.labels import friendly_change_text
from core.messages import Message
from core.planner import Plan, ShapeOption
from core.quantities import (
    Estimate,
    format_count,
    format_duration,
    format_energy,
    format_mass,
    format_number,
    format_scientific,
    format_usd,
)
from gui.session import Session
from gui.translate import translated, wrapped
from gui.widgets.card import Card
from gui.widgets.notice import NoticeList
from gui.widgets.shape_card import ShapeCard
from gui.widgets.stat_row import StatRow, share_baseline
from gui.widgets.text import restyle, text_label

_LONG = 1e7  # numbers from here on would be wider than their column
_STILL_THE_SAME_SIZE = 0.1  # a neighbour that changes the size by more is another model


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
        params = plan.non_embedding_params
        self._hero.setText(format_count(params.value))
        self._hero.setToolTip(wrapped(source_text(params)))
        self._hero.setAccessibleName(self.tr("Train {0} parameters").format(self._hero.text()))
        self._show_confidence(plan)
        loss, steps, hours, tokens = plan.loss, plan.steps, plan.hours, plan.tokens
        self._loss.set_value(f"{loss.value:.3f}", self.tr("nats"), source_text(loss))
        self._steps.set_value(steps_text(steps.value), self.tr("steps"), source_text(steps))
        self._time.set_value(*split_unit(format_hours(hours.value)), source_text(hours))
        self._tokens.set_value(*split_unit(format_count(tokens.value)), source_text(tokens))
        for card, option in zip((self.wide, self.narrow), plan.shapes, strict=True):
            self._show_shape(card, option)
        self._money.set_value(money_text(plan.usd.value), self.tr("USD"), source_text(plan.usd))
        energy = format_energy(plan.energy_kwh.value)
        self._energy.set_value(*energy, source_text(plan.energy_kwh))
        self._co2.set_value(*format_mass(plan.co2_kg.value), source_text(plan.co2_kg))
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
        self._loss = StatRow(self.tr("Expected loss"))
        self._steps = StatRow(self.tr("Stop after"))
        self._time = StatRow(self.tr("Training time"))
        self._tokens = StatRow(self.tr("Tokens"))
        card.body.addLayout(hero)
        card.add(self._confidence)
        card.add(self._loss, self._steps, self._time, self._tokens)
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

    def _show_confidence(self, plan: Plan) -> None:
        """The line under the size: how sure it is, or that it should be doubted."""
        if plan.warnings:
            text = self._doubt(plan.warnings)
        else:
            text = self.tr("No interval: the law was published without one")
        role = "caution" if plan.warnings else "note"
        self._confidence.setText(text)
        doubts = "\n".join(translated(message) for message in plan.warnings)
        self._confidence.setToolTip(wrapped(doubts))
        if self._confidence.property("role") != role:
            self._confidence.setProperty("role", role)
            restyle(self._confidence)

    def _doubt(self, warnings: tuple[Message, ...]) -> str:
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


def source_text(estimate: Estimate) -> str:
    """The tooltip of a number: its full value, its interval, and where it comes from."""
    value = format_number(estimate.value, 6)
    if estimate.low is None or estimate.high is None:
        interval = QCoreApplication.translate("answer", "no interval: published without one")
    else:
        interval = f"{format_number(estimate.low)} - {format_number(estimate.high)}"
    return f"{value} ({interval})\n{estimate.source}"


def format_hours(hours: float) -> str:
    """Hours as one number with one unit: ``12.5 h``, ``3.2 days``, ``29.3 min``."""
    if 1 <= hours < 48:
        return f"{format_number(hours)} h"
    return format_duration(hours)


def split_unit(text: str) -> tuple[str, str]:
    """``"1.12 B"`` as number and unit, so that the numbers of a column end in one line."""
    number, _, unit = text.rpartition(" ")
    return (number, unit) if number else (unit, "")


def signed_percent(fraction: float) -> str:
    """``-0.065`` -> ``"−6.5 %"``, never broken across lines."""
    return friendly_change_text(fraction).replace("-", "−").replace(" ", "\u00a0")


def dimension_text(size: int) -> str:
    """Layers or a width; as a power of ten where nobody would build it."""
    return str(size) if size < _LONG else format_scientific(size, 2)


def steps_text(steps: float) -> str:
    """Whole steps, a fraction where there is not even one, a short form for very many."""
    if steps < 1:
        return format_number(steps, 2)
    return f"{round(steps):,}" if steps < _LONG else format_count(steps)


def money_text(usd: float) -> str:
    """Dollars without their sign, short from ten millions up."""
    return format_usd(usd).removeprefix("$") if usd < _LONG else format_count(usd)
