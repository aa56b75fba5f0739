"""Points that a person should look at, each with why and a box that leaves it out."""

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from core.calibration.predictions import Prediction
from gui.views.calibrate.state import CalibrateState
from gui.views.calibrate.wording import batch_text, reasons_text, shape_text, signed_percent
from gui.widgets.card import Card
from gui.widgets.text import text_label

_MOST_SHOWN = 6


class SuspectsCard(Card):
    """The worst first; there is no card while there is nothing to look at."""

    def __init__(self, state: CalibrateState, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Does not fit"))
        self._state = state
        self.rows = [_SuspectRow(state) for _ in range(_MOST_SHOWN)]
        self.add(text_label(self.tr("A tick leaves a point out; the fit follows."), "note"))
        self.add(*self.rows)
        self._more = text_label("", "note", wraps=True)
        self.add(self._more)
        state.points_changed.connect(self.show_state)
        state.busy_changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """List them, and those that were left out."""
        state = self._state
        found: list[Prediction] = []
        if state.profile is not None:
            found = [p for p in state.points if p.is_misfit or p.place in state.excluded]
            rest = [p for p in state.points if p.reasons and p not in found]
            found = sorted(found, key=_how_far, reverse=True) + rest
        self.setVisible(bool(found))
        for row, point in zip(self.rows, found, strict=False):
            row.show_point(point)
        for row in self.rows[len(found) :]:
            row.hide()
        rest_count = len(found) - len(self.rows)
        self._more.setVisible(rest_count > 0)
        self._more.setText(self.tr("{0} more in the table of points").format(rest_count))


class _SuspectRow(QWidget):
    """One point."""

    def __init__(self, state: CalibrateState) -> None:
        super().__init__()
        self._state = state
        self._place = -1
        self.box = QCheckBox()
        self.box.setToolTip(self.tr("Leave the point out; the fit is made again at once"))
        self._why = text_label("", "note", wraps=True)
        self._why.setContentsMargins(26, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.box)
        layout.addWidget(self._why)
        self.box.clicked.connect(self._on_clicked)

    def show_point(self, point: Prediction) -> None:
        """Name the point and its reasons."""
        self._place = point.place
        step = point.step
        name = self.tr("{0}, {1} tokens").format(shape_text(step), batch_text(step))
        self.box.setText(name)
        self.box.setAccessibleName(self.tr("Leave out {0}").format(name))
        self.box.setChecked(point.place in self._state.excluded)
        why = reasons_text(point)
        if point.place in self._state.excluded and point.error is not None:
            off = self.tr("left out, {0} off").format(signed_percent(point.error))
            why = f"{off}; {why}" if why else off
        self.box.setAccessibleDescription(why)
        self._why.setText(why)
        self._why.setVisible(bool(why))
        self.show()

    def _on_clicked(self, is_out: bool) -> None:
        self._state.leave_out(self._place, is_out)


def _how_far(point: Prediction) -> float:
    return abs(point.error or 0.0)
