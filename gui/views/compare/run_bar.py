"""How far the comparison is, how long still, and a way out; always the same height."""

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core.quantities import format_duration
from gui.views.compare.state import CompareState
from gui.widgets.text import text_label

_STEPS = 1000


class RunBar(QWidget):
    """Stands under the inputs, where it is always in view."""

    def __init__(self, state: CompareState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.sentence = text_label("", "note")
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.button = QPushButton()
        self.button.clicked.connect(self._on_clicked)
        keep = self.bar.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(keep)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addStretch(1)
        column.addWidget(self.sentence)
        column.addWidget(self.bar)
        column.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(column, 1)
        layout.addWidget(self.button)
        state.busy_changed.connect(self.show_state)
        state.asked_changed.connect(self.show_state)
        state.compared.connect(self.show_state)
        state.progressed.connect(self._show_progress)
        self.show_state()

    def show_state(self) -> None:
        """Say what is going on."""
        state = self._state
        busy = state.is_busy
        self.bar.setVisible(busy)
        name = self.tr("Cancel") if busy else self.tr("Compare")
        self.button.setText(name)
        self.button.setAccessibleName(name)
        self.button.setToolTip(
            self.tr("Stop; what is on show stays (Escape)")
            if busy
            else self.tr("Compare all GPUs and providers now (Ctrl+Return)")
        )
        if busy:
            self.bar.setValue(0)
            self.sentence.setText(self.tr("Comparing…"))
        elif state.is_stale:
            self.sentence.setText(self.tr("The table answers an older question."))
            if state.comparison is None:
                self.sentence.setText(self.tr("Nothing compared yet."))
        elif state.comparison is None:
            self.sentence.setText(self.tr("No GPU could be asked this."))
        else:
            rows = state.comparison.rows
            gpus = len({row.gpu for row in rows})
            planned = sum(row.plan is not None for row in rows)
            self.sentence.setText(self.tr("{0} GPUs, {1} offers with a plan").format(gpus, planned))

    def _show_progress(self, fraction: float, seconds_left: float) -> None:
        if not self._state.is_busy:
            return
        self.bar.setValue(round(fraction * _STEPS))
        text = self.tr("Comparing… {0}").format(f"{fraction:.0%}".replace("%", "\u00a0%"))
        if seconds_left >= 0:
            left = format_duration(max(1, round(seconds_left)) / 3600)
            text = self.tr("{0}, {1} left").format(text, left)
        self.sentence.setText(text)
        self.bar.setAccessibleDescription(text)

    def _on_clicked(self) -> None:
        if self._state.is_busy:
            self._state.cancel()
        else:
            self._state.compare()
