"""The button that fits, and while it does: how far, how long still, and a way out."""

from PySide6.QtWidgets import (
    QWidget,
)

from core.quantities import format_duration
from gui.views.fit.data_card import names_text
from gui.views.fit.state import FitState
from gui.widgets.run_bar import StartOrProgress


class RunBar(StartOrProgress):
    """Starts and cancels a fit."""

    def __init__(self, state: FitState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.fit_button = self.start_button
        self.fit_button.setToolTip(self.tr("Fit the runs as chosen above (Ctrl+Return)"))
        self.cancel_button.setText(self.tr("Cancel"))
        self.cancel_button.setToolTip(self.tr("Stop; what is on show stays (Escape)"))
        self.cancel_button.setAccessibleName(self.tr("Cancel"))
        self.fit_button.clicked.connect(state.fit)
        self.cancel_button.clicked.connect(state.cancel)
        state.busy_changed.connect(self._show_state)
        state.request_changed.connect(self._show_state)
        state.report_changed.connect(self._show_state)
        state.progressed.connect(self._show_progress)
        self._show_state()

    def _show_state(self) -> None:
        busy = self._state.is_busy
        self.set_busy(busy)
        if busy:
            self.show_progress(None, self._doing())
        else:
            stale = self._state.is_stale
            text = self.tr("Fit again as chosen") if stale else self.tr("Fit these runs")
            self.fit_button.setText(text)
            self.fit_button.setAccessibleName(text)

    def _show_progress(self, fraction: float, seconds_left: float) -> None:
        if not self._state.is_busy:
            return
        share = f"{fraction:.0%}".replace("%", "\u00a0%")
        if seconds_left < 0:
            text = self.tr("{0} {1}").format(self._doing(), share)
        else:
            left = format_duration(max(1, round(seconds_left)) / 3600)
            text = self.tr("{0} {1}, {2} left").format(self._doing(), share, left)
        self.show_progress(fraction, text)

    def _doing(self) -> str:
        if self._state.is_reading:
            name = names_text(self._state.opening)
            return self.tr("Reading {0}…").format(name if len(name) < 16 else f"{name[:14]}…")
        return self.tr("Fitting…")
