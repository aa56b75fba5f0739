"""How the runs are fitted: method, loss function, constraints."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from core.fits.parametric import Choices
from core.fits.report import METHODS
from core.quantities import Kind
from gui.views.fit.state import FitState
from gui.widgets.card import Card
from gui.widgets.choice_field import ChoiceField
from gui.widgets.quantity_field import QuantityField


class MethodCard(Card):
    """Which approach, and what it lets one choose."""

    def __init__(self, state: FitState, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Method"))
        self._state = state
        self._make_choices()
        self._make_numbers()
        self.more = QPushButton()
        self.more.setProperty("role", "link")
        self.more.setProperty("ringed", True)
        self.more.setCheckable(True)
        self.more.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.more.setToolTip(self.tr("Outliers, ties and what is held fixed"))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.pins_e, 1)
        row.addWidget(self.pinned_e)
        self.add(self.method, self.objective, self.valley)
        self.body.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self.add(self.delta, self.tied)
        self.body.addLayout(row)
        self.add(self.drop)
        self.more.toggled.connect(self.show_request)
        self.method.chosen.connect(self._choose_method)
        self.objective.chosen.connect(self._choose_objective)
        self.valley.chosen.connect(self._choose_valley)
        self.delta.edited.connect(self._choose_delta)
        self.tied.clicked.connect(self._choose_tied)
        self.pins_e.clicked.connect(self._choose_whether_pinned)
        self.pinned_e.edited.connect(self._choose_pinned)
        self.drop.edited.connect(self._choose_drop)
        state.request_changed.connect(self.show_request)
        self.show_request()

    def show_request(self, _opened: bool = False) -> None:
        """Show the choices, and only those that the method has."""
        request = self._state.request
        choices = request.choices
        parametric = request.method == "parametric"
        self.method.set_choice(request.method)
        self.method.set_note(self._notes[request.method])
        self.objective.set_choice(choices.objective)
        self.valley.set_choice(request.valley)
        self.delta.set_value(choices.delta)
        self.tied.setChecked(choices.tied)
        self.pins_e.setChecked(choices.pinned_e is not None)
        if choices.pinned_e is not None:
            self.pinned_e.set_value(choices.pinned_e)
        self.drop.set_value(choices.drop_highest_loss)
        self.objective.setVisible(parametric)
        opened = parametric and self.more.isChecked()
        self.more.setVisible(parametric)
        self._name_more()
        self.delta.setVisible(opened and choices.objective == "huber")
        self.valley.setVisible(request.method == "isoflop")
        for widget in (self.tied, self.pins_e, self.drop):
            widget.setVisible(opened)
        self.pinned_e.setVisible(opened)
        self.pinned_e.setEnabled(choices.pinned_e is not None)

    def _name_more(self) -> None:
        """A choice that is put away must not be forgotten."""
        choices, usual = self._state.request.choices, Choices()
        names = ("delta", "tied", "pinned_e", "drop_highest_loss")
        changed = sum(getattr(choices, name) != getattr(usual, name) for name in names)
        if self.more.isChecked():
            text = self.tr("Fewer choices")
        elif changed:
            text = self.tr("More choices ({0} changed)").format(changed)
        else:
            text = self.tr("More choices")
        self.more.setText(text)
        self.more.setAccessibleName(text)

    def _make_choices(self) -> None:
        names = {
            "parametric": self.tr("L(N, D), parametric"),
            "frontier": self.tr("Frontier, robust"),
            "frontier-2020": self.tr("Frontier, as in 2020"),
            "isoflop": self.tr("IsoFLOP valleys"),
            "data-constrained": self.tr("Repeated data"),
        }
        self._notes = {
            "parametric": self.tr("L = E + A N⁻ᵅ + B D⁻ᵝ, approach 3"),
            "frontier": self.tr("lower envelope of the runs, approach 1"),
            "frontier-2020": self.tr("the procedure of T. Le Scao"),
            "isoflop": self.tr("best size at each budget, approach 2"),
            "data-constrained": self.tr("what epochs are worth, Muennighoff 2023"),
        }
        self.method = ChoiceField(
            self.tr("Method"), tooltip=self.tr("How a law is drawn from the runs.")
        )
        self.method.set_choices([(method, names[method]) for method in METHODS])
        self.objective = ChoiceField(
            self.tr("Loss function"),
            tooltip=self.tr("What the fit makes small; Huber and LAD forgive outliers."),
        )
        self.objective.set_choices(
            [
                ("huber", self.tr("Huber on the log")),
                ("lad", self.tr("Absolute deviation")),
                ("log-ls", self.tr("Least squares")),
            ]
        )
        self.valley = ChoiceField(
            self.tr("Valley"), tooltip=self.tr("Curve through the losses at one budget.")
        )
        self.valley.set_choices([("cubic", self.tr("Cubic")), ("parabola", self.tr("Parabola"))])

    def _make_numbers(self) -> None:
        self.delta = QuantityField(
            self.tr("Huber δ"),
            Kind.NUMBER,
            self.tr("ln"),
            tooltip=self.tr("Residual, in log units, from which on a point counts as an outlier."),
        )
        self.tied = QCheckBox(self.tr("One exponent for N and D (α = β)"))
        self.tied.setToolTip(self.tr("Ties the exponents, so that the best D/N is constant."))
        self.pins_e = QCheckBox(self.tr("Hold E at"))
        self.pins_e.setToolTip(self.tr("Keeps the irreducible loss where you know it better."))
        self.pinned_e = QuantityField(
            self.tr("Irreducible loss E"),
            Kind.LOSS,
            self.tr("nats"),
            tooltip=self.tr("Loss that no size and no data goes below, in nats per token."),
        )
        self.pinned_e.hide_label()
        self.pinned_e.set_value(1.7)
        self.drop = QuantityField(
            self.tr("Leave out"),
            Kind.NUMBER,
            self.tr("highest"),
            tooltip=self.tr("How many points of the highest loss are left out, as outliers."),
            zero_allowed=True,
        )

    def _choose_method(self, method: str) -> None:
        self._state.choose(replace(self._state.request, method=method))  # type: ignore[arg-type]

    def _choose_objective(self, objective: str) -> None:
        self._change(objective=objective)

    def _choose_valley(self, valley: str) -> None:
        self._state.choose(replace(self._state.request, valley=valley))  # type: ignore[arg-type]

    def _choose_delta(self, delta: float) -> None:
        self._change(delta=delta)

    def _choose_tied(self, tied: bool) -> None:
        self._change(tied=tied)

    def _choose_whether_pinned(self, pinned: bool) -> None:
        self._change(pinned_e=self.pinned_e.value() if pinned else None)

    def _choose_pinned(self, loss: float) -> None:
        self._change(pinned_e=loss)

    def _choose_drop(self, count: float) -> None:
        most = self._state.data.table.n_points
        self._change(drop_highest_loss=min(round(count), most))

    def _change(self, **changes: object) -> None:
        request = self._state.request
        choices = replace(request.choices, **changes)  # type: ignore[arg-type]
        self._state.choose(replace(request, choices=choices))
