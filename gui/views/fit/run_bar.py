"""The button that fits, and while it does: how far, how long still, and a way out."""

from PySide6.QtCore import Qt
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
from gui.views.fit.data_card import names_text
from gui.views.fit.state import FitState
from gui.widgets.text import text_label

_STEPS = 1000


class RunBar(QWidget):
    """Stands under the left column, where it is always in view."""

    def __init__(self, state: FitState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.fit_button = QPushButton(self.tr("Fit these runs"))
        self.fit_button.setProperty("role", "primary")
        self.fit_button.setToolTip(self.tr("Fit the runs as chosen above (Ctrl+Return)"))
        self.fit_button.setAccessibleName(self.tr("Fit these runs"))
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setToolTip(self.tr("Stop; what is on show stays (Escape)"))
        self.cancel_button.setAccessibleName(self.tr("Cancel"))
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
        rest.setSpacing(4)
        rest.addWidget(self.fit_button)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(idle)
        self._stack.addWidget(busy)
        self.fit_button.clicked.connect(state.fit)
        self.cancel_button.clicked.connect(state.cancel)
        state.busy_changed.connect(self._show_state)
        state.request_changed.connect(self._show_state)
        state.report_changed.connect(self._show_state)
        state.progressed.connect(self._show_progress)
        self._show_state()

    def _show_state(self) -> None:
        busy = self._state.is_busy
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self.isAncestorOf(focused)
        self._stack.setCurrentIndex(int(busy))
        if had_focus:  # the keyboard stays where it was
            (self.cancel_button if busy else self.fit_button).setFocus()
        if busy:
            self.bar.setRange(0, 0)
            self.sentence.setText(self._doing())
        else:
            stale = self._state.is_stale
            text = self.tr("Fit again as chosen") if stale else self.tr("Fit these runs")
            self.fit_button.setText(text)
            self.fit_button.setAccessibleName(text)

    def _show_progress(self, fraction: float, seconds_left: float) -> None:
        if not self._state.is_busy:
            return
        self.bar.setRange(0, _STEPS)
        self.bar.setValue(round(fraction * _STEPS))
        share = f"{fraction:.0%}".replace("%", "\u00a0%")
        if seconds_left < 0:
            text = self.tr("{0} {1}").format(self._doing(), share)
        else:
            left = format_duration(max(1, round(seconds_left)) / 3600)
            text = self.tr("{0} {1}, {2} left").format(self._doing(), share, left)
        self.sentence.setText(text)
        self.bar.setAccessibleDescription(text)

    def _doing(self) -> str:
        if self._state.is_reading:
            name = names_text(self._state.opening)
            return self.tr("Reading {0}…").format(name if len(name) < 16 else f"{name[:14]}…")
        return self.tr("Fitting…")
