"""A slider whose way is even in the logarithm of a quantity."""

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

from gui.widgets.notches import next_notch, tidy

_POSITIONS = 10_000
_GROOVE = 4.0
_HANDLE_RADIUS = 8.0
_RING_RADIUS = 11.0
_INSET = 12.0  # keeps the focus ring inside the widget at both ends
_DRAG_DIGITS = 3


class LogSlider(QSlider):
    """Chooses a quantity between two positive ends; the integer position is an inner matter.

    Arrow keys step through 1, 2, 5, 10..., page keys by a decade, Home and End go to the ends.
    The wheel works only while the slider has the focus, so that a panel scrolls past it.

    Args:
        minimum: smallest quantity, positive.
        maximum: largest quantity.
        name: what is chosen, for screen readers.
        describe: writes a quantity with its unit (``"12 h"``), for screen readers.
        tooltip: one sentence with the unit.
        parent: owner.
    """

    value_changed = Signal(float)
    drag_started = Signal()
    drag_finished = Signal()

    def __init__(
        self,
        minimum: float,
        maximum: float,
        *,
        name: str,
        describe: Callable[[float], str],
        tooltip: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._low, self._high = minimum, maximum
        self._quantity = minimum
        self._mark: float | None = None
        self._grab = 0.0
        self._moving_handle = False
        self._describe = describe
        self.setRange(0, _POSITIONS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(name)
        self.setToolTip(tooltip)
        self.valueChanged.connect(self._on_position_changed)
        self._show_quantity(minimum)

    def quantity(self) -> float:
        """The chosen quantity, exactly as it was set."""
        return self._quantity

    def handle_x(self) -> float:
        """Where the handle stands, in pixels from the left."""
        return self._x_of(self._quantity)

    def set_value(self, quantity: float) -> None:
        """Show ``quantity`` (at an end if it lies outside) without emitting anything."""
        self._show_quantity(quantity)

    def set_bounds(self, minimum: float, maximum: float) -> None:
        """Change both ends; the quantity stays where it is."""
        self._low, self._high = minimum, maximum
        self._show_quantity(self._quantity)

    def set_mark(self, quantity: float | None) -> None:
        """Put a tick on the groove, for example where a budget starts to be sensible."""
        self._mark = quantity
        self.update()

    def sizeHint(self) -> QSize:
        """Wide enough to aim, high enough for the focus ring."""
        return QSize(160, 28)

    def minimumSizeHint(self) -> QSize:
        """Half of the usual width."""
        return QSize(80, 28)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take the handle, or bring it under the pointer."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        x = event.position().x()
        offset = x - self._x_of(self._quantity)
        self._grab = offset if abs(offset) <= _RING_RADIUS else 0.0
        self.setSliderDown(True)
        self.drag_started.emit()
        if not self._grab:
            self._choose(self._quantity_at(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while the handle is held."""
        if self.isSliderDown():
            self._choose(self._quantity_at(event.position().x() - self._grab))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the handle go."""
        if self.isSliderDown() and event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(False)
            self.drag_finished.emit()
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step while focused; otherwise leave the wheel to the panel."""
        turned = event.angleDelta().y()
        if not self.hasFocus() or turned == 0:
            event.ignore()
            return
        self._choose(next_notch(self._quantity, turned))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step by notches and decades."""
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Right, Qt.Key.Key_Up):
            self._choose(next_notch(self._quantity, 1))
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Down):
            self._choose(next_notch(self._quantity, -1))
        elif key == Qt.Key.Key_PageUp:
            self._choose(self._quantity * 10)
        elif key == Qt.Key.Key_PageDown:
            self._choose(self._quantity / 10)
        elif key == Qt.Key.Key_Home:
            self._choose(self._low)
        elif key == Qt.Key.Key_End:
            self._choose(self._high)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Groove, filled part, mark, focus ring, handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        palette = self.palette()
        strong = palette.accent().color() if self.isEnabled() else palette.mid().color()
        ground = palette.base().color()
        middle = self.height() / 2
        handle = QPointF(self._x_of(self._quantity), middle)
        groove = QRectF(0, middle - _GROOVE / 2, self.width(), _GROOVE)
        painter.setBrush(palette.mid())
        painter.drawRoundedRect(groove, _GROOVE / 2, _GROOVE / 2)
        groove.setRight(handle.x())
        painter.setBrush(strong)
        painter.drawRoundedRect(groove, _GROOVE / 2, _GROOVE / 2)
        if self._mark is not None and self._low <= self._mark <= self._high:
            tick = QRectF(self._x_of(self._mark) - 1, middle - 6, 2, 12)
            painter.setBrush(ground)
            painter.drawRect(tick.adjusted(-1.5, 0, 1.5, 0))
            painter.setBrush(palette.placeholderText())
            painter.drawRoundedRect(tick, 1, 1)
        self._paint_handle(painter, handle, strong, ground)

    def _paint_handle(
        self, painter: QPainter, centre: QPointF, colour: QColor, ground: QColor
    ) -> None:
        painter.setBrush(ground)
        if self.hasFocus():
            painter.setPen(QPen(colour, 2))
            painter.drawEllipse(centre, _RING_RADIUS, _RING_RADIUS)
        elif self.underMouse() and self.isEnabled():
            painter.setPen(QPen(self.palette().mid().color(), 2))
            painter.drawEllipse(centre, _RING_RADIUS, _RING_RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(centre, _HANDLE_RADIUS, _HANDLE_RADIUS)

    def _fraction_of(self, quantity: float) -> float:
        inside = min(max(quantity, self._low), self._high)
        return math.log(inside / self._low) / math.log(self._high / self._low)

    def _quantity_from(self, fraction: float) -> float:
        inside = min(max(fraction, 0.0), 1.0)
        return self._low * math.exp(inside * math.log(self._high / self._low))

    def _x_of(self, quantity: float) -> float:
        return _INSET + self._fraction_of(quantity) * (self.width() - 2 * _INSET)

    def _quantity_at(self, x: float) -> float:
        return tidy(self._quantity_from((x - _INSET) / (self.width() - 2 * _INSET)), _DRAG_DIGITS)

    def _show_quantity(self, quantity: float) -> None:
        self._quantity = quantity
        self._moving_handle = True
        self.setValue(round(self._fraction_of(quantity) * _POSITIONS))
        self._moving_handle = False
        self.setAccessibleDescription(self._describe(quantity))
        self.update()

    def _choose(self, quantity: float) -> None:
        inside = min(max(quantity, self._low), self._high)
        if inside != self._quantity:
            self._show_quantity(inside)
            self.value_changed.emit(inside)

    def _on_position_changed(self, position: int) -> None:
        """A screen reader has moved the slider itself."""
        if not self._moving_handle:
            self._choose(tidy(self._quantity_from(position / _POSITIONS), _DRAG_DIGITS))
