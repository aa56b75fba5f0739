"""One number of the answer: what it is, how much, in which unit, how sure."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from gui.translate import wrapped
from gui.widgets.text import text_label

_BOTTOM_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom
_BOTTOM_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
_UNIT_WIDTH = 36


class StatRow(QWidget):
    """A label with a large number and its unit, on one baseline.

    The row takes the focus, so that a screen reader finds the number and Ctrl+C copies it.

    Args:
        label: translated name of the number.
        parent: owner.
    """

    def __init__(self, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = text_label(label, "note", wraps=True)
        self._value = text_label("", "value")
        self._value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._unit = text_label("", "unit")
        self._unit.setMinimumWidth(_UNIT_WIDTH)
        self._interval = text_label("", "note")
        self._interval.hide()
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("ringed", True)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(8)
        layout.setVerticalSpacing(0)
        layout.setColumnStretch(0, 1)
        layout.addWidget(self._label, 0, 0, Qt.AlignmentFlag.AlignBottom)
        layout.addWidget(self._value, 0, 1, _BOTTOM_RIGHT)
        layout.addWidget(self._unit, 0, 2, _BOTTOM_LEFT)
        layout.addWidget(self._interval, 1, 0, 1, 2, _BOTTOM_RIGHT)
        self.set_value("")

    def set_value(self, text: str, unit: str = "", tooltip: str = "", interval: str = "") -> None:
        """Show a number.

        Args:
            text: the number as written.
            unit: translated unit; without one the number goes to the right edge.
            tooltip: where the number comes from.
            interval: how sure it is, as a short line under the number.
        """
        self._value.setText(text)
        self._unit.setText(unit)
        self._unit.setVisible(bool(unit))
        self._interval.setText(interval)
        self._interval.setVisible(bool(interval))
        self.setToolTip(wrapped(tooltip))
        self.setAccessibleName(f"{self._label.text()}: {self.copied_text()}")
        self.setAccessibleDescription("\n".join(part for part in (interval, tooltip) if part))

    def copied_text(self) -> str:
        """What Ctrl+C copies: the number with its unit."""
        return f"{self._value.text()} {self._unit.text()}".strip()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the number."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(self.copied_text())
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Fonts come with the style sheet, after the constructor."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._share_baseline()

    def event(self, event: QEvent) -> bool:
        """Fonts are known once the row has been polished."""
        handled = super().event(event)
        if event.type() == QEvent.Type.Polish:
            self._share_baseline()
        return handled

    def _share_baseline(self) -> None:
        share_baseline(self._value, self._label, self._unit)


def share_baseline(large: QLabel, *small: QLabel) -> None:
    """Lift small labels that are aligned to the bottom onto the baseline of a large one."""
    large.ensurePolished()
    for label in small:
        label.ensurePolished()
        lift = large.fontMetrics().descent() - label.fontMetrics().descent()
        label.setContentsMargins(0, 0, 0, max(0, lift))
