"""The line edit inside a quantity field: keys, wheel and the way back to a catalogue value."""

from typing import cast

from PySide6.QtCore import QEvent, QKeyCombination, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from gui.widgets.glyphs import paint_reset
from gui.widgets.text import tabular

_EXPORT = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_E)


def is_for_the_window(event: QEvent, edit: QLineEdit) -> bool:
    """Whether a line edit is about to take a key away from the window that means the window."""
    if event.type() != QEvent.Type.ShortcutOverride:
        return False
    key_event = cast(QKeyEvent, event)
    undo = key_event.matches(QKeySequence.StandardKey.Undo)
    redo = key_event.matches(QKeySequence.StandardKey.Redo)
    return key_event.keyCombination() == _EXPORT or ((undo or redo) and not edit.isModified())


class NumberEdit(QLineEdit):
    """A right-aligned line edit with steps, a way out and a button in front of the number."""

    stepped = Signal(int, bool)
    escaped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFont(tabular(self.font()))
        # In front, not behind: the numbers of neighbouring rows stay aligned when it comes.
        self.reset_button = _ResetButton(self)
        self.reset_button.hide()

    def event(self, event: QEvent) -> bool:
        """Leave the window its shortcuts; a line edit takes Ctrl+E, and Ctrl+Z, for itself."""
        if is_for_the_window(event, self):
            event.ignore()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Steps, Escape and the way back; everything else is typing."""
        key, modifiers = Qt.Key(event.key()), event.modifiers()
        to_notch = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        reset_key = key == Qt.Key.Key_Backspace and bool(
            modifiers & Qt.KeyboardModifier.ControlModifier
        )
        if key == Qt.Key.Key_Up:
            self.stepped.emit(1, to_notch)
        elif key == Qt.Key.Key_Down:
            self.stepped.emit(-1, to_notch)
        elif key == Qt.Key.Key_Escape and self.isModified():
            self.escaped.emit()
        elif reset_key and not self.reset_button.isHidden():
            self.reset_button.click()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step while focused; otherwise leave the wheel to the panel."""
        turned = event.angleDelta()
        # Some systems turn the wheel sideways while Shift is held.
        steps = turned.y() or turned.x()
        if not self.hasFocus() or steps == 0:
            event.ignore()
            return
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.stepped.emit(1 if steps > 0 else -1, shift)
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the button at the front edge."""
        super().resizeEvent(event)
        size = self.reset_button.sizeHint()
        gap = (self.height() - size.height()) // 2
        self.reset_button.setGeometry(gap, gap, size.width(), size.height())


class _ResetButton(QToolButton):
    """The way back to the catalogue's value."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "inline")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def sizeHint(self) -> QSize:
        """A square inside the field."""
        return QSize(24, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground of the style sheet, then the arrow."""
        super().paintEvent(event)
        painter = QPainter(self)
        rect = self.rect().toRectF().adjusted(4, 4, -4, -4)
        paint_reset(painter, rect, self.palette().buttonText().color())
