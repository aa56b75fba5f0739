"""What both plots of the plan share: the draggable budget, the plan's marker, hover."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from gui.plots.axis import Style
from gui.plots.log_plot import LogPlot
from gui.plots.overlays import MARKER_RADIUS, BudgetLine, Chip, Dot, best_place, clamped
from gui.theme import Theme

HOVER_PIXELS = 12.0
_GRAB_PIXELS = 8.0
_KEY_STEP = {False: 1.05, True: 1.5}  # without and with Shift
_DIRECTIONS: dict[int, int] = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_PICK_DELAY_MS = 200  # a double click resets the view and must not pick on its way
_INSET = 4.0
_HANDLE_CLEARANCE = 48.0


class BudgetPlot(LogPlot):
    """A plot over compute with a budget line to drag and a plan to read.

    The line stands where ``set_plan`` puts it; a drag only asks for another budget.
    """

    compute_dragged = Signal(float)
    drag_started = Signal()
    drag_finished = Signal()
    run_hovered = Signal(str)
    _cursor_moved = Signal(QPointF)  # the scene's own drops the last move of a quick one

    _label_offsets: tuple[tuple[float, float], ...] = ()
    _hover_offsets: tuple[tuple[float, float], ...] = ()

    def __init__(
        self,
        theme: Theme,
        accessible_name: str,
        y_style: Style,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, accessible_name, y_style, parent)
        self.setAccessibleDescription(
            self.tr("Drag the line, or press the left and right arrow keys, to choose the budget.")
        )
        self._plan: tuple[float, float] | None = None
        self._hovered: tuple[float, float] | None = None
        self._hovered_name = ""
        self._hover_text = ("", "")
        self._pressed_at: QPointF | None = None
        self._grab_offset = 0.0
        self._dragging = False
        self._key_held = False
        self._legend_visible = True
        self.line = BudgetLine(self.view)
        self.marker = Dot(self.view, MARKER_RADIUS)
        self.plan_label = Chip(self.view, pixels=13, strong=True)
        self.hover_dot = Dot(self.view, 4.5)
        self.hover_label = Chip(self.view, strong=True, border=True)
        self.hover_label.setZValue(50)
        for item in (self.line, self.marker, self.plan_label, self.hover_dot, self.hover_label):
            item.hide()
        self._pick_timer = QTimer(self, singleShot=True, interval=_PICK_DELAY_MS)
        self._pick_timer.timeout.connect(self._pick_pending)
        self._pending_pick = 0.0
        self._hover_proxy = pg.SignalProxy(self._cursor_moved, rateLimit=60, slot=self._on_hover)

    @property
    def plan(self) -> tuple[float, float] | None:
        """Compute and value of the plan on show."""
        return None if self._plan is None else (10.0 ** self._plan[0], 10.0 ** self._plan[1])

    def set_plan(self, compute: float, value: float) -> None:
        """Stand at this budget; ``value`` is the y of the plan there."""
        self._plan = (math.log10(compute), math.log10(value))
        self.plan_label.set_lines([self.plan_text(value)])
        self.layout_overlays()

    def clear_plan(self) -> None:
        """No plan: no line and no marker."""
        self._plan = None
        self.layout_overlays()

    def set_legend_visible(self, visible: bool) -> None:
        """Show or hide the names beside the curves; the plan's read-out stays."""
        self._legend_visible = visible
        self.layout_overlays()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``, at once."""
        super().set_theme(theme)
        self.line.set_theme(theme)
        self.marker.set_colours(theme.accent, theme.card)
        self.plan_label.set_colours(theme, theme.ink)
        self.hover_label.set_colours(theme, theme.ink)

    def plan_text(self, value: float) -> str:
        """What the read-out at the marker says."""
        raise NotImplementedError

    def pick(self, value: float) -> None:
        """Ask for a plan that reaches ``value`` on the y axis."""
        raise NotImplementedError

    def hover_at(self, place: QPointF) -> None:
        """Find out what is under the cursor, at ``place`` in the plot area."""
        raise NotImplementedError

    def show_hover(self, name: str, x: float, y: float, detail: str, colour: QColor) -> None:
        """Read out ``name`` and ``detail`` at a place in log10."""
        self._hovered = (x, y)
        self._hover_text = (name, detail)
        self.hover_dot.set_colours(colour, self.theme.card)
        self._layout_hover()
        self._set_hovered_name(name)

    @contextmanager
    def exporting(self, scale: float) -> Iterator[None]:
        """As the base does, without the handle."""
        self.line.set_handle_visible(False)
        try:
            with super().exporting(scale):
                yield
        finally:
            self.line.set_handle_visible(True)

    def clear_hover(self) -> None:
        """Forget what the cursor pointed at."""
        self._hovered = None
        self._layout_hover()
        self._set_hovered_name("")

    def layout_overlays(self) -> None:
        """Put line, marker and read-outs where the view now wants them."""
        area = self.plot_area()
        inner = area.adjusted(_INSET, _INSET, -_INSET, -_INSET)
        obstacles = self._layout_plan(area, inner)
        self.layout_curve_labels(inner, obstacles)
        self._layout_hover()

    def layout_curve_labels(self, area: QRectF, obstacles: list[QRectF]) -> None:
        """Put the curves' names where nothing is in their way."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left: take the line, or wait whether it becomes a click or a drag."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        event.accept()
        place = self.area_pixels(event.position())
        if not self.plot_area().contains(place):
            return
        self._pressed_at = place
        self._grab_offset = 0.0
        if self._near_line(place):
            self._grab_offset = self.line.pos().x() - place.x()
            self._start_drag()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the budget, or hover."""
        place = self.area_pixels(event.position())
        if self._pressed_at is None:
            super().mouseMoveEvent(event)
            if self._pan_from is None:
                self._show_grip(self._near_line(place))
                self._cursor_moved.emit(place)
            return
        if not self._dragging:
            moved = abs(place.x() - self._pressed_at.x())
            if moved < QApplication.startDragDistance():
                return
            self._start_drag()
        self._drag_to(place.x() + self._grab_offset)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End of a drag, or a click that picks a value."""
        if event.button() != Qt.MouseButton.LeftButton or self._pressed_at is None:
            super().mouseReleaseEvent(event)
            return
        if self._dragging:
            self._finish_drag()
        else:
            self._pending_pick = 10.0 ** self.from_pixels(self._pressed_at)[1]
            self._pick_timer.start()
        self._pressed_at = None
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Back to the home range, without the pick that the first click began."""
        self._pick_timer.stop()
        super().mouseDoubleClickEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The cursor has gone."""
        super().leaveEvent(event)
        self.clear_hover()
        if not self._dragging:
            self._show_grip(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the budget, with Shift further; the rest is the base's."""
        direction = _DIRECTIONS.get(event.key())
        if direction is None or self._plan is None:
            super().keyPressEvent(event)
            return
        self._show_ring(True)
        if not self._key_held:  # a key held down is one drag, and one step to undo
            self._key_held = True
            self.drag_started.emit()
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        self.compute_dragged.emit(10.0 ** self._plan[0] * _KEY_STEP[shift] ** direction)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End of a move by key."""
        if self._key_held and not event.isAutoRepeat():
            self._key_held = False
            self.drag_finished.emit()
        super().keyReleaseEvent(event)

    def _near_line(self, place: QPointF) -> bool:
        if self._plan is None or not self.line.isVisible():
            return False
        if not self.plot_area().contains(place):
            return False
        near = abs(place.x() - self.line.pos().x()) <= _GRAB_PIXELS
        return near or self.line.handle_rect().contains(place)

    def _start_drag(self) -> None:
        self._dragging = True
        self.clear_hover()
        self._show_grip(True)
        self.drag_started.emit()

    def _drag_to(self, pixel_x: float) -> None:
        inside = max(0.0, min(pixel_x, self.plot_area().width()))
        self.compute_dragged.emit(10.0 ** self.from_pixels(QPointF(inside, 0.0))[0])

    def _finish_drag(self) -> None:
        self._dragging = False
        self.drag_finished.emit()

    def _show_grip(self, hot: bool) -> None:
        self.line.set_hot(hot)
        if hot:
            self.viewport().setCursor(Qt.CursorShape.SizeHorCursor)
        else:
            self.viewport().unsetCursor()

    def _pick_pending(self) -> None:
        self.pick(self._pending_pick)

    def _on_hover(self, arguments: tuple[QPointF]) -> None:
        (place,) = arguments
        if not self.isVisible():  # the proxy's last move may come after the window has gone
            return
        if self._pressed_at is None and self.plot_area().contains(place):
            self.hover_at(place)
        else:
            self.clear_hover()

    def _layout_plan(self, area: QRectF, inner: QRectF) -> list[QRectF]:
        """Place line, marker and read-out; what the curves' names must keep clear of."""
        place = QPointF(-1, -1) if self._plan is None else self.to_pixels(*self._plan)
        line_seen = 0 <= place.x() <= area.width()
        marker_seen = area.contains(place)
        self.line.setVisible(line_seen)
        self.marker.setVisible(marker_seen)
        self.plan_label.setVisible(marker_seen)
        if not line_seen:
            return []
        self.line.place(place.x(), area.size(), place.y() < _HANDLE_CLEARANCE)
        handle = self.line.handle_rect().adjusted(-4, -4, 4, 4)
        taken = [handle, QRectF(place.x() - 4, 0, 8, area.height())]
        if marker_seen:
            self.marker.setPos(round(place.x()), place.y())
            size = self.plan_label.size
            rect = best_place(place, size, self._label_offsets, inner, [handle])
            rect = rect or clamped(QRectF(place, size), inner)
            self.plan_label.setPos(rect.topLeft())
            taken.append(rect)
        return taken

    def _layout_hover(self) -> None:
        place = None if self._hovered is None else self.to_pixels(*self._hovered)
        if place is None or not self.plot_area().contains(place):
            self.hover_dot.hide()
            self.hover_label.hide()
            return
        self.hover_dot.show()
        self.hover_label.show()
        self.hover_dot.setPos(place)
        area = self.plot_area().adjusted(_INSET, _INSET, -_INSET, -_INSET)
        handle = [self.line.handle_rect()] if self.line.isVisible() else []
        name, detail = self._hover_text
        self.hover_label.set_lines([name, detail])
        if self.hover_label.size.width() > area.width():
            self.hover_label.set_lines([name, *detail.split(" · ")])
        size = self.hover_label.size
        rect = best_place(place, size, self._hover_offsets, area, handle)
        rect = rect or clamped(QRectF(place + QPointF(12, -10), size), area)
        self.hover_label.setPos(rect.topLeft())

    def _set_hovered_name(self, name: str) -> None:
        if name != self._hovered_name:
            self._hovered_name = name
            self.run_hovered.emit(name)
