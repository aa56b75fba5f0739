"""The verdict in words: the best choice, its runner-up, why, and how sure."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from core.planner.joint.compare import Comparison, Row
from core.quantities import format_count, format_duration, format_usd
from gui.translate import translated
from gui.views.compare.model import CompareModel
from gui.views.compare.state import CompareState
from gui.widgets.card import Card
from gui.widgets.text import text_label

_NAMED_TIES, _NAMED_REASONS = 3, 4
translate = QCoreApplication.translate


class VerdictCard(Card):
    """Renders a comparison; plans with its best row."""

    def __init__(
        self, state: CompareState, model: CompareModel, parent: QWidget | None = None
    ) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Best choice"))
        self._state = state
        self._model = model
        self.best = text_label("", "question", wraps=True)
        self.best.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.figures = text_label("", "strong", wraps=True)
        self.sure = text_label("", "note", wraps=True)
        self.caution = text_label("", "caution", wraps=True)
        self.use = QPushButton(self.tr("Plan with this GPU"))
        self.use.setProperty("role", "primary")
        self.use.setToolTip(self.tr("Make this GPU, provider and number those of the plan."))
        self.use.setAccessibleName(self.tr("Plan with the best GPU"))
        self.use.clicked.connect(self._use_best)
        self._second_title = text_label(self.tr("Runner-up"), "title")
        self.second = text_label("", "strong", wraps=True)
        self.second_figures = text_label("", "note", wraps=True)
        self._why_title = text_label(self.tr("Why"), "title")
        self._why = QVBoxLayout()
        self._why.setSpacing(6)
        self.reasons = text_label("", "note", wraps=True)
        self.add(self.best, self.figures, self.sure, self.caution, self.use)
        self.body.addSpacing(4)
        self.add(self._second_title, self.second, self.second_figures)
        self.body.addSpacing(4)
        self.add(self._why_title, self.reasons)
        state.compared.connect(self.show_comparison)
        self.show_comparison()

    def show_comparison(self) -> None:
        """Say what came of it."""
        found = self._state.comparison
        best = None if found is None else found.best
        other = None if found is None else found.runner_up
        for widget in (self.figures, self.sure, self.use):
            widget.setVisible(best is not None)
        for widget in (self._second_title, self.second, self.second_figures):
            widget.setVisible(other is not None)
        self.caution.hide()
        if found is None or best is None:
            self._show_none(found)
            return
        self.best.setText(counted_name(best))
        self.figures.setText(_figures(best))
        self.sure.setText(self._sure_text(found, best))
        remarks = self._model.remarks(best)
        self.caution.setText(remarks)
        self.caution.setVisible(bool(remarks))
        if other is not None:
            self.second.setText(counted_name(other))
            remarks = self._model.remarks(other)
            self.second_figures.setText(
                "\n".join(part for part in (_figures(other), remarks) if part)
            )
        self.reasons.setText("\n".join(translated(message) for message in found.why))
        for widget in (self._why_title, self.reasons):
            widget.setVisible(bool(found.why))
        self.setAccessibleDescription(self.text())

    def text(self) -> str:
        """The verdict as sentences, for screen readers and the clipboard."""
        parts = (self.best, self.figures, self.sure, self.second, self.second_figures, self.reasons)
        return "\n".join(part.text() for part in parts if part.text() and not part.isHidden())

    def _show_none(self, found: Comparison | None) -> None:
        self.reasons.setVisible(found is not None)
        self._why_title.setVisible(found is not None)
        if found is None:
            self.best.setText(self.tr("No answer yet"))
            return
        self.best.setText(self.tr("No GPU of the catalogue can do this"))
        reasons = list(dict.fromkeys(translated(row.reason) for row in found.rows if row.reason))
        lines = reasons[:_NAMED_REASONS]
        if len(reasons) > _NAMED_REASONS:
            lines.append(self.tr("and others; each row of the table says its own"))
        self.reasons.setText("\n".join(lines))

    def _sure_text(self, found: Comparison, best: Row) -> str:
        assert best.plan is not None
        decides = best.plan.loss if found.ranked_by == "loss" else best.plan.usd
        lines = []
        if decides is not None and decides.low is not None and decides.high is not None:
            write = _loss if found.ranked_by == "loss" else format_usd
            ends = (write(decides.low), write(decides.high))
            lines.append(self.tr("80 % interval {0} to {1}").format(*ends))
        names = list(dict.fromkeys(row.name for row in found.ties if row.gpu != best.gpu))
        if names:
            shown = ", ".join(names[:_NAMED_TIES])
            if len(names) > _NAMED_TIES:
                shown = self.tr("{0} and {1} more").format(shown, len(names) - _NAMED_TIES)
            lines.append(self.tr("As good within the errors of the speeds: {0}.").format(shown))
        return "\n".join(lines)

    def _use_best(self) -> None:
        found = self._state.comparison
        if found is not None and found.best is not None:
            self._state.plan_with(found.best)


def counted_name(row: Row) -> str:
    """``8 × H100 SXM5 80GB, lambda``."""
    assert row.plan is not None
    count = row.plan.known.n_gpus
    name = f"{row.name}, {row.provider}" if row.provider else row.name
    return f"{count} × {name}" if count > 1 else name


def _figures(row: Row) -> str:
    plan = row.plan
    assert plan is not None
    parts = [
        translate("Compare", "loss {0}").format(_loss(plan.loss.value)),
        translate("Compare", "{0} params").format(format_count(plan.non_embedding_params.value)),
        format_duration(plan.hours.value),
    ]
    if plan.usd is not None:
        parts.append(format_usd(plan.usd.value))
    return " · ".join(part.replace(" ", "\u00a0") for part in parts)


def _loss(value: float) -> str:
    return f"{value:.3f}"
