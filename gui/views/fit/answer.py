"""The answer of a fit: best size at the budget, coefficients, certificate, doubts."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from core.fits.report import FitReport
from core.fits.resampling import LEVEL
from core.fits.saving import can_be_saved
from core.quantities import Estimate, format_count, format_number, format_scientific
from gui.views.fit.coefficients import CoefficientsCard
from gui.views.fit.state import FitState
from gui.widgets.card import Card
from gui.widgets.notice import NoticeList
from gui.widgets.stat_row import StatRow, share_baseline
from gui.widgets.text import restyle, text_label

_MOST_WARNINGS = 5


class FitAnswer(QWidget):
    """The right column; in a narrow window it lies over the plots as a row."""

    save_requested = Signal()
    use_requested = Signal()

    def __init__(self, state: FitState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._cards = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._cards.setSpacing(12)
        self.coefficients = CoefficientsCard()
        self._cards.addWidget(self._optimum(), 1)
        self._cards.addWidget(self.coefficients, 1)
        self.coefficients.body.addLayout(self._buttons())
        self.notices = NoticeList()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(self._cards)
        layout.addWidget(self.notices)
        layout.addStretch(1)
        state.report_changed.connect(self.show_report)
        state.request_changed.connect(self._show_stale)
        state.busy_changed.connect(self._on_busy)
        self.show_report()

    def set_lying(self, lying: bool) -> None:
        """Lay the cards beside each other instead of under each other."""
        down, across = QBoxLayout.Direction.TopToBottom, QBoxLayout.Direction.LeftToRight
        self._cards.setDirection(across if lying else down)

    def show_report(self) -> None:
        """Show every number of the report, or what to do to get one."""
        report = self._state.report
        self.coefficients.setVisible(report is not None)
        self._rows.setVisible(report is not None)
        self._unit.setVisible(report is not None and "params" in report.optimum)
        if report is None:
            self._card.set_title(self.tr("The answer"))
            self._say(*self._invitation(), caution=False)
            self.notices.set_notices([])
            return
        self._show_optimum(report)
        self.coefficients.show_report(report)
        can_save = can_be_saved(report)
        for button, tooltip in (
            (self.save, self.tr("Save the law with its uncertainty (.isoloss-law)")),
            (self.use, self.tr("Save the law and plan with it")),
        ):
            button.setEnabled(can_save)
            why = self.tr("This fit gives no law: it lacks a loss, or a coefficient is not known")
            button.setToolTip(tooltip if can_save else why)
        self._show_warnings(report)

    def _show_optimum(self, report: FitReport) -> None:
        at = format_scientific(report.target_flops)
        self._card.set_title(self.tr("Best at {0} FLOP").format(at))
        size = report.optimum.get("params")
        self._unit.setText(self.tr("parameters"))
        if size is not None:
            self._say(format_count(size.value), interval_text(size, format_count), caution=False)
            self._hero.setAccessibleName(self.tr("Train {0} parameters").format(self._hero.text()))
        elif report.request.method == "data-constrained":
            self._show_repetitions(report)
        else:
            self._say(self.tr("Not identified"), self._reason(report), caution=True)
        self._show_row(self._tokens, report.optimum.get("tokens"), count=True)
        self._show_row(self._loss, report.optimum.get("loss"), unit=self.tr("nats"))
        self._show_row(self._exponent, report.exponent_n)
        self._rows.setVisible(bool(report.optimum) or report.exponent_n is not None)

    def _show_repetitions(self, report: FitReport) -> None:
        """What takes the place of the best size where data are repeated."""
        self._card.set_title(self.tr("Worth of repeated data"))
        found = report.coefficients["R_D_star"].estimate
        if found is None:
            self._say(self.tr("Not identified"), self._reason(report), caution=True)
            return
        self._unit.setText(self.tr("repetitions"))
        self._unit.show()
        sentence = self.tr("after which most of the worth is gone\n{0}")
        interval = interval_text(found, _three_digits)
        self._say(_three_digits(found.value), sentence.format(interval), caution=False)

    def _optimum(self) -> Card:
        self._card = Card(self.tr("The answer"))
        self._hero = text_label("", "hero")
        self._hero.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._unit = text_label(self.tr("parameters"), "value")
        hero = QHBoxLayout()
        hero.setSpacing(8)
        hero.addWidget(self._hero, 0, Qt.AlignmentFlag.AlignBottom)
        hero.addWidget(self._unit, 1, Qt.AlignmentFlag.AlignBottom)
        share_baseline(self._hero, self._unit)
        self._confidence = text_label("", "note", wraps=True)
        self._tokens = StatRow(self.tr("Tokens"))
        self._loss = StatRow(self.tr("Loss"))
        self._exponent = StatRow(self.tr("Size grows as C to the"))
        self._rows = QWidget()
        rows = QVBoxLayout(self._rows)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(8)
        for row in (self._tokens, self._loss, self._exponent):
            rows.addWidget(row)
        self._stale = text_label(self.tr("of the fit before: choices have changed"), "caution")
        self._stale.hide()
        self._card.body.addLayout(hero)
        self._card.add(self._confidence, self._stale, self._rows)
        self._card.body.addStretch(1)
        return self._card

    def _buttons(self) -> QHBoxLayout:
        self.save = QPushButton(self.tr("Save law…"))
        self.save.setAccessibleName(self.tr("Save law"))
        self.use = QPushButton(self.tr("Use in plan"))
        self.use.setAccessibleName(self.tr("Use in plan"))
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.save, self.use):
            button.setProperty("role", "quiet")
            row.addWidget(button, 1)
        self.save.clicked.connect(self.save_requested)
        self.use.clicked.connect(self.use_requested)
        return row

    def _show_row(
        self, row: StatRow, found: Estimate | None, *, unit: str = "", count: bool = False
    ) -> None:
        row.setVisible(found is not None)
        if found is None:
            return
        write = format_count if count else _three_decimals
        text = write(found.value)
        number, _, suffix = text.rpartition(" ")
        if number:
            text, unit = number, suffix
        row.set_value(text, unit, found.source, interval_text(found, write))

    def _show_warnings(self, report: FitReport) -> None:
        texts = [QCoreApplication.translate("core", text) for text in report.warnings]
        more = len(texts) - _MOST_WARNINGS
        if more > 1:  # a grid of many budgets warns of each edge
            texts[_MOST_WARNINGS:] = [self.tr("{0} warnings more like these").format(more)]
        self.notices.set_notices([("warning", text) for text in texts])

    def _show_stale(self) -> None:
        self._stale.setVisible(self._state.is_stale)

    def _say(self, headline: str, below: str, *, caution: bool) -> None:
        self._hero.setText(headline)
        self._confidence.setText(below)
        role = "caution" if caution else "note"
        if self._confidence.property("role") != role:
            self._confidence.setProperty("role", role)
            restyle(self._confidence)

    def _reason(self, report: FitReport) -> str:
        reasons = {part.reason for part in report.coefficients.values() if part.reason}
        return "\n".join(
            self.tr("These runs cannot tell: {0}").format(
                QCoreApplication.translate("core", reason)
            )
            for reason in sorted(reasons)
        )

    def _invitation(self) -> tuple[str, str]:
        if self._state.is_busy and not self._state.is_reading:
            return self.tr("Fitting…"), self.tr("Every number comes with its interval.")
        return self.tr("Not fitted yet"), self.tr(
            "Fit the runs to see the best size for a budget, and an 80\u00a0% interval for "
            "every number."
        )

    def _on_busy(self) -> None:
        if self._state.report is None:
            self.show_report()


def interval_text(found: Estimate, write: Callable[[float], str]) -> str:
    """The interval of a number, or that it has none."""
    if found.low is None or found.high is None:
        return QCoreApplication.translate("Fit", "no interval")
    return QCoreApplication.translate("Fit", "{0}\u00a0%: {1} to {2}").format(
        round((found.level or LEVEL) * 100), write(found.low), write(found.high)
    )


def _three_digits(value: float) -> str:
    return format_number(value, 3)


def _three_decimals(value: float) -> str:
    return f"{value:.3f}" if 1e-3 <= abs(value) < 1e6 else format_number(value, 3)
