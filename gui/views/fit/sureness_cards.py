"""How often the fit is repeated to know how sure it is, and the budget that it is read off at."""

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from core.quantities import Kind, format_scientific
from gui.views.fit.state import FitState
from gui.widgets.card import Card
from gui.widgets.choice_field import ChoiceField
from gui.widgets.quantity_field import QuantityField

_MOST_RESAMPLES = 10_000


class UncertaintyCard(Card):
    """The bootstrap."""

    def __init__(self, state: FitState, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("How sure"))
        self._state = state
        self.resamples = QuantityField(
            self.tr("Resamples"),
            Kind.NUMBER,
            self.tr("times"),
            tooltip=self.tr("How often the runs are drawn again and fitted; 0 for no intervals."),
            zero_allowed=True,
        )
        self.by = ChoiceField(
            self.tr("Drawn by"),
            tooltip=self.tr("Points of one training are not independent: draw whole runs."),
        )
        self.by.set_choices([("run", self.tr("Whole runs")), ("point", self.tr("Single points"))])
        self.seed = QuantityField(
            self.tr("Seed"),
            Kind.NUMBER,
            "",
            tooltip=self.tr("The same seed gives the same intervals."),
            zero_allowed=True,
        )
        self.add(self.resamples, self.by, self.seed)
        self.resamples.edited.connect(self._choose_resamples)
        self.by.chosen.connect(self._choose_by)
        self.seed.edited.connect(self._choose_seed)
        state.request_changed.connect(self.show_request)
        self.show_request()

    def show_request(self) -> None:
        """Show the choices."""
        request = self._state.request
        resampling = request.choices.resampling
        self.resamples.set_value(resampling.resamples)
        self.by.set_choice(resampling.by)
        self.seed.set_value(resampling.seed)
        self.by.setVisible(request.method == "parametric")

    def _choose_resamples(self, count: float) -> None:
        self._change(resamples=min(round(count), _MOST_RESAMPLES))

    def _choose_by(self, by: str) -> None:
        self._change(by=by)

    def _choose_seed(self, seed: float) -> None:
        self._change(seed=min(round(seed), 2**32 - 1))

    def _change(self, **changes: object) -> None:
        request = self._state.request
        resampling = replace(request.choices.resampling, **changes)  # type: ignore[arg-type]
        choices = replace(request.choices, resampling=resampling)
        self._state.choose(replace(request, choices=choices))


class BudgetCard(Card):
    """The compute that the answer is for."""

    def __init__(self, state: FitState, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Answer for"))
        self._state = state
        self.budget = QuantityField(
            self.tr("Compute"),
            Kind.COMPUTE_NEFLO,
            self.tr("FLOP"),
            tooltip=self.tr("Training compute, C = 6 N D, in FLOP; drag the blue line as well."),
        )
        self.add(self.budget)
        self.budget.edited.connect(state.set_budget)
        self.budget.reset_requested.connect(self._reset)
        state.request_changed.connect(self.show_request)
        self.show_request()

    def show_request(self) -> None:
        """Show the budget."""
        self.budget.set_value(self._state.budget)
        largest = float(self._state.data.table.compute_flops.max())
        self.budget.set_reset(
            self._state.request.target_flops is not None,
            self.tr("Back to the largest compute of the runs: {0} FLOP").format(
                format_scientific(largest)
            ),
        )

    def _reset(self) -> None:
        self._state.set_budget(None)
