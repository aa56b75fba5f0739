"""The button that measures, and while it does: how far, how long still, and a way out."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QWidget,
)

from gui.views.calibrate.state import CalibrateState
from gui.views.calibrate.wording import left_text
from gui.widgets.run_bar import StartOrProgress

_TICK_MS = 500  # the time left goes on while a point is measured


class RunBar(StartOrProgress):
    """Starts and stops a measurement."""

    def __init__(self, state: CalibrateState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.start_button.setText(self.tr("Start"))
        self.start_button.setToolTip(self.tr("Measure as chosen above (Ctrl+Return)"))
        self.start_button.setAccessibleName(self.tr("Start the calibration"))
        self.cancel_button.setText(self.tr("Stop"))
        self.cancel_button.setToolTip(self.tr("Stop; the points measured so far stay (Escape)"))
        self.cancel_button.setAccessibleName(self.tr("Stop the calibration"))
        self._ticks = QTimer(self, interval=_TICK_MS)
        self._ticks.timeout.connect(self._show_progress)
        self.start_button.clicked.connect(state.start)
        self.cancel_button.clicked.connect(state.stop)
        state.busy_changed.connect(self.show_state)
        state.choices_changed.connect(self.show_state)
        state.progressed.connect(self._show_progress)
        state.points_changed.connect(self._show_progress)
        self.show_state()

    def show_state(self) -> None:
        """The button, or how far it is."""
        state = self._state
        busy = state.is_measuring
        self.start_button.setEnabled(state.can_start)
        self.cancel_button.setEnabled(not state.is_stopping)
        self.set_busy(busy)
        if busy:
            self._ticks.start()
            self._show_progress()
        else:
            self._ticks.stop()

    def _show_progress(self) -> None:
        state = self._state
        if not state.is_measuring:
            return
        left, doing = state.run.seconds_left, state.run.doing
        if state.is_stopping:
            text = self.tr("Stopping after this step…")
        elif left is None or doing is None:
            text = self.tr("Starting PyTorch…")
        else:
            time = left_text(left)
            points = len(state.points)
            text = self.tr("{0} points, {1} left").format(points, time)
        self.show_progress(None if left is None else state.run.share_done, text)
        self.sentence.setToolTip("" if doing is None else doing.doing)
