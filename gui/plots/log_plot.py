"""The base of our plots: log10 axes, zoom and pan that cannot lose one, focus, theme."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QGraphicsItem, QWidget

from gui.plots.axis import RIGHT_MARGIN, TITLE_HEIGHT, LogAxis, Style
from gui.theme import Theme

_PAN_BUTTONS = Qt.MouseButton.RightButton | Qt.MouseButton.MiddleButton
_KEYBOARD_REASONS = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)
_KEY_ZOOM = 0.8
_LEAST_DECADES = (0.05, 0.02)


class LogPlot(pg.PlotWidget):
    """A plot whose data are log10 of the values, or on a linear y axis the values; x is compute."""

    def __init__(
        self,
        theme: Theme,
        accessible_name: str,
        y_style: Style,
        parent: QWidget | None = None,
        x_style: Style = "powers",
    ) -> None:
        self.x_axis = LogAxis("bottom", x_style)
        self.y_axis = LogAxis("left", y_style)
        super().__init__(
            parent,
            axisItems={"bottom": self.x_axis, "left": self.y_axis},
            enableMenu=False,
        )
        self.theme = theme
        self.pen_scale = 1.0
        self._is_linear = y_style == "linear"
        self._home: tuple[float, float, float, float] | None = None
        self._pan_from: QPointF | None = None
        self._ring_visible = False
        self.setAccessibleName(accessible_name)
        self.setAntialiasing(True)
        self.setMouseTracking(True)
        self.setAcceptDrops(False)  # files are for the window
        self.plotItem.hideButtons()
        self.plotItem.layout.setContentsMargins(0, TITLE_HEIGHT, RIGHT_MARGIN, 0)
        self.view = self.plotItem.getViewBox()
        for axis in (self.x_axis, self.y_axis):
            axis.setZValue(self.view.zValue() - 1)  # the grid lies under the curves
        self.view.setMenuEnabled(False)
        self.view.disableAutoRange()
        self.view.setDefaultPadding(0.0)
        self.view.sigRangeChanged.connect(self._on_view_changed)
        self.view.sigResized.connect(self._on_view_changed)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``, at once."""
        self.theme = theme
        self.setBackground(theme.card)
        self.x_axis.set_theme(theme)
        self.y_axis.set_theme(theme)
        self.viewport().update()

    def set_home_range(self, x0: float, x1: float, y0: float, y1: float) -> None:
        """Show these values (not logarithms) now and after ``reset_view``."""
        low_x, high_x = math.log10(x0), math.log10(x1)
        low_y, high_y = (y0, y1) if self._is_linear else (math.log10(y0), math.log10(y1))
        self._home = (low_x, high_x, low_y, high_y)
        room_x = min(3.0, 0.5 + 2 * (high_x - low_x))
        room_y = 2 * (high_y - low_y)
        if not self._is_linear:
            room_y = min(3.0, 0.1 + room_y)
        self.view.setLimits(
            xMin=low_x - room_x,
            xMax=high_x + room_x,
            yMin=low_y - room_y,
            yMax=high_y + room_y,
            minXRange=_LEAST_DECADES[0],
            minYRange=min(_LEAST_DECADES[1], (high_y - low_y) / 10),
        )
        self.reset_view()

    def reset_view(self) -> None:
        """Go back to the home range."""
        if self._home is not None:
            x0, x1, y0, y1 = self._home
            self.view.setRange(xRange=(x0, x1), yRange=(y0, y1), padding=0)

    def zoom(self, factor: float) -> None:
        """Show ``factor`` times as many decades around the centre."""
        self.view.scaleBy((factor, factor))

    def plot_area(self) -> QRectF:
        """The plot area in pixels, from 0, 0."""
        return QRectF(0, 0, self.view.width(), self.view.height())

    def to_pixels(self, x: float, y: float) -> QPointF:
        """Pixels in the plot area of a place in log10."""
        (x0, x1), (y0, y1) = self.view.viewRange()
        area = self.plot_area()
        return QPointF((x - x0) / (x1 - x0) * area.width(), (y1 - y) / (y1 - y0) * area.height())

    def from_pixels(self, place: QPointF) -> tuple[float, float]:
        """log10 coordinates of pixels in the plot area."""
        (x0, x1), (y0, y1) = self.view.viewRange()
        area = self.plot_area()
        return (
            x0 + place.x() / area.width() * (x1 - x0),
            y1 - place.y() / area.height() * (y1 - y0),
        )

    def pixel_size(self) -> tuple[float, float]:
        """Width and height of a pixel in log10."""
        (x0, x1), (y0, y1) = self.view.viewRange()
        area = self.plot_area()
        return (x1 - x0) / area.width(), (y1 - y0) / area.height()

    def area_pixels(self, viewport_place: QPointF) -> QPointF:
        """Pixels in the plot area of a place on the viewport."""
        scene_place = self.viewportTransform().inverted()[0].map(viewport_place)
        return self.view.mapFromScene(scene_place)

    @contextmanager
    def exporting(self, scale: float) -> Iterator[None]:
        """Draw for paper: pens ``scale`` times as thick, nothing that belongs to the cursor."""
        axes = (self.x_axis, self.y_axis)
        on_screen = self.pen_scale
        self.clear_hover()
        self._set_pen_scale(scale)
        for axis in axes:  # the cache holds pixels of the screen
            axis.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        try:
            yield
        finally:
            self._set_pen_scale(on_screen)
            for axis in axes:
                axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def clear_hover(self) -> None:
        """Forget what the cursor pointed at."""

    def layout_overlays(self) -> None:
        """Put what lies over the curves where the view now wants it."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Right or middle button: begin to pan."""
        if event.button() & _PAN_BUTTONS:
            self._pan_from = event.position()
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, if a button is down."""
        event.accept()
        if self._pan_from is None:
            return
        before = self.from_pixels(self.area_pixels(self._pan_from))
        after = self.from_pixels(self.area_pixels(event.position()))
        self.view.translateBy(x=before[0] - after[0], y=before[1] - after[1])
        self._pan_from = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End of a pan."""
        if event.button() & _PAN_BUTTONS:
            self._pan_from = None
            self.viewport().unsetCursor()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Left: back to the home range."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset_view()
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home or A resets the view, + and - zoom."""
        self._show_ring(True)
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_A):
            self.reset_view()
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_KEY_ZOOM)
        elif event.key() == Qt.Key.Key_Minus:
            self.zoom(1 / _KEY_ZOOM)
        else:
            event.ignore()  # the window may have a shortcut for it

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring to those who came by keyboard."""
        super().focusInEvent(event)
        self._show_ring(event.reason() in _KEYBOARD_REASONS)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take the focus ring away."""
        super().focusOutEvent(event)
        self._show_ring(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The scene, and the focus ring over it."""
        super().paintEvent(event)
        if self._ring_visible:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(self.theme.accent), 2))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), 6, 6)

    def event(self, event: QEvent) -> bool:
        """Follow the screen: cosmetic pens count its pixels, twice as fine at 200 %."""
        if event.type() in (QEvent.Type.Show, QEvent.Type.DevicePixelRatioChange):
            self._set_pen_scale(self.devicePixelRatioF())
        return super().event(event)

    def _show_ring(self, visible: bool) -> None:
        if visible != self._ring_visible:
            self._ring_visible = visible
            self.viewport().update()

    def _set_pen_scale(self, scale: float) -> None:
        if scale != self.pen_scale:
            self.pen_scale = scale
            self.set_theme(self.theme)

    def _on_view_changed(self, *_: object) -> None:
        self.layout_overlays()
