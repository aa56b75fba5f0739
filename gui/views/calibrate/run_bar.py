"""The button that measures, and while it does: how far, how long still, and a way out."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.quantities import format_duration
from gui.views.calibrate.state import CalibrateState
from gui.widgets.text import text_label

_STEPS = 1000
_TICK_MS = 500  # the time left goes on while a point is measured


class RunBar(QWidget):
    """Stands under the left column, where it is always in view."""

    def __init__(self, state: CalibrateState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.start_button = QPushButton(self.tr("Start"))
        self.start_button.setProperty("role", "primary")
        self.start_button.setToolTip(self.tr("Measure as chosen above (Ctrl+Return)"))
        self.start_button.setAccessibleName(self.tr("Start the calibration"))
        self.cancel_button = QPushButton(self.tr("Stop"))
        self.cancel_button.setToolTip(self.tr("Stop; the points measured so far stay (Escape)"))
        self.cancel_button.setAccessibleName(self.tr("Stop the calibration"))
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.sentence = text_label("", "note")
        busy = QWidget()
        row = QHBoxLayout(busy)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addStretch(1)
        column.addWidget(self.sentence)
        column.addWidget(self.bar)
        column.addStretch(1)
        row.addLayout(column, 1)
        row.addWidget(self.cancel_button, 0, Qt.AlignmentFlag.AlignVCenter)
        idle = QWidget()
        rest = QVBoxLayout(idle)
        rest.setContentsMargins(0, 0, 0, 0)
        rest.addWidget(self.start_button)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(idle)
        self._stack.addWidget(busy)
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
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self._stack.setCurrentIndex(int(busy))
        self.start_button.setEnabled(state.can_start)
        self.cancel_button.setEnabled(not state.is_stopping)
        if had_focus:  # the keyboard stays where it was
            (self.cancel_button if busy else self.start_button).setFocus()
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
            time = format_duration(max(1, round(left)) / 3600)
            points = len(state.points)
            text = self.tr("{0} points, {1} left").format(points, time)
        if left is None:
            self.bar.setRange(0, 0)
        else:
            self.bar.setRange(0, _STEPS)
            self.bar.setValue(round(state.run.share_done * _STEPS))
        self.sentence.setText(text)
        self.sentence.setToolTip("" if doing is None else doing.doing)
        self.bar.setAccessibleDescription(text)
