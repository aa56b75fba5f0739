"""GPUs as points: what they reach against what it takes, with intervals and the best named."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.plots.colours import blend, map_colour
from gui.plots.curve_item import CurveItem
from gui.plots.overlays import Chip, Dot, best_place, clamped
from gui.plots.point_plot import PointPlot
from gui.theme import Theme

Group = Literal["old", "ampere", "hopper", "blackwell", "amd", "google", "own"]
SYMBOLS: dict[Group, str] = {
    "old": "o",
    "ampere": "o",
    "hopper": "o",
    "blackwell": "o",
    "amd": "s",
    "google": "t1",
    "own": "d",
}
_SHADES: dict[Group, float] = {"old": 0.0, "ampere": 0.34, "hopper": 0.62, "blackwell": 0.9}
_SIZE = 8
_NAMED = 6
_LEADER_FROM = 15.0  # pixels between a point and its name
_LABEL_OFFSETS = (
    *((10, 0), (-10, 0), (9, -7), (9, 7), (-9, -7), (-9, 7)),
    *((0, -10), (0, 10), (16, -18), (16, 18), (-16, -18), (-16, 18)),
)
_LEAST_FACTOR = 1.25  # of a range, so that equal points stand in the middle of one
_ROOM, _ROOM_BELOW = 0.06, 0.2  # of a range; names find place under the best


@dataclass(frozen=True, slots=True)
class GpuPoint:
    """One GPU at one provider.

    Attributes:
        name: what a label says.
        x, y: values, positive.
        low, high: interval of y; equal to it where there is none.
        group: decides colour and symbol.
        lines: what the read-out says: a heading and details.
        is_best: whether it is the one to name before all others.
    """

    name: str
    x: float
    y: float
    low: float
    high: float
    group: Group
    lines: tuple[str, ...]
    is_best: bool = False


class ComparePlot(PointPlot):
    """Points in the order of their rank; the first ones are named where there is room."""

    point_picked = Signal(int)
    point_activated = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._gpus: tuple[GpuPoint, ...] = ()
        self._chosen: int | None = None
        self._labels: list[Chip] = []
        self._has_names = True
        self._intervals = CurveItem()
        self._leaders = CurveItem()
        super().__init__(theme, "", "plain", "plain", parent)
        self.setAccessibleName(self.tr("Every GPU and provider"))
        self._points.setSize(_SIZE)
        for item, depth in ((self._intervals, 6), (self._leaders, 7)):
            item.setZValue(depth)
            self.addItem(item, ignoreBounds=True)
        self._ring = Dot(self.view, 6.5)
        self._ring.setZValue(25)
        self._ring.hide()
        self._labels = [Chip(self.view) for _ in range(_NAMED)]
        self.set_theme(theme)

    @property
    def gpus(self) -> tuple[GpuPoint, ...]:
        """What is drawn."""
        return self._gpus

    @property
    def chosen(self) -> int | None:
        """The point with a ring around it."""
        return self._chosen

    def names_shown(self) -> list[str]:
        """The labels that have found room."""
        return [label.text for label in self._labels if label.isVisible()]

    def name_rects(self) -> list[QRectF]:
        """Where they are, in pixels of the plot area."""
        return [label.rect() for label in self._labels if label.isVisible()]

    def set_gpus(self, gpus: Sequence[GpuPoint], x_title: str, y_title: str) -> None:
        """Draw these, the best first."""
        self._gpus = tuple(gpus)
        self._chosen = None
        self.x_axis.set_title(x_title)
        self.y_axis.set_title(y_title)
        self._draw()
        if gpus:
            x0, x1 = _range([gpu.x for gpu in gpus])
            y0, y1 = _range([end for gpu in gpus for end in (gpu.low, gpu.high)])
            below = (y1 / y0) ** _ROOM_BELOW
            self.set_home_range(x0, x1, y0 / below, y1)
        self.setAccessibleDescription(
            self.tr("{0} points; {1} against {2}").format(len(gpus), y_title, x_title)
        )

    def choose(self, index: int | None) -> None:
        """Put the ring around a point."""
        self._chosen = index
        self.layout_overlays()

    def set_names_visible(self, visible: bool) -> None:
        """Show or hide the names at the points."""
        self._has_names = visible
        self.layout_overlays()

    def describe(self, index: int) -> list[str]:
        """Name, provider and figures of a point."""
        return list(self._gpus[index].lines)

    def colour_of(self, group: Group) -> QColor:
        """The colour of a generation or vendor."""
        return group_colour(group, self.theme)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``, at once."""
        super().set_theme(theme)
        pen = QPen(blend(theme.muted, theme.card, 0.45), 1.0 * self.pen_scale)
        pen.setCosmetic(True)
        self._intervals.setPen(pen)
        self._leaders.setPen(pen)
        for label in self._labels:
            label.set_colours(theme, theme.ink)
        if self._labels:
            self._draw()

    @contextmanager
    def exporting(self, scale: float) -> Iterator[None]:
        """Draw for paper: symbols as forms, for their cached pictures know only the screen."""
        options = {"antialias": True, "resolutionScale": scale}
        with super().exporting(scale):
            self._points.setExportMode(True, options)
            try:
                yield
            finally:
                self._points.setExportMode(False)

    def layout_overlays(self) -> None:
        """Ring and names to their points; a name that would touch another stays away."""
        super().layout_overlays()
        if not self._labels:
            return
        chosen = None if self._chosen is None else self._gpus[self._chosen]
        inside = chosen is not None and self._is_inside(self._place(chosen))
        self._ring.setVisible(inside)
        if chosen is not None and inside:
            self._ring.set_colours(self.colour_of(chosen.group), self.theme.ink)
            self._ring.setPos(self._place(chosen))
        self._place_names()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on a point chooses it."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            found = self._nearest(self.area_pixels(event.position()))
            if found is not None:
                self.point_picked.emit(found)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """On a point: use it; elsewhere back to the home range."""
        found = self._nearest(self.area_pixels(event.position()))
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.point_activated.emit(found)
            event.accept()
        else:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right walk along the ranks; Return uses the point."""
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is not None and self._gpus:
            now = -1 if self._chosen is None else self._chosen
            self.point_picked.emit(max(0, min(now + step, len(self._gpus) - 1)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._chosen is not None:
            self.point_activated.emit(self._chosen)
        else:
            super().keyPressEvent(event)

    def _draw(self) -> None:
        gpus = self._gpus
        colours = [self.colour_of(gpu.group) for gpu in gpus]
        self.set_points(
            np.log10([gpu.x for gpu in gpus]) if gpus else [],
            np.log10([gpu.y for gpu in gpus]) if gpus else [],
            colours,
        )
        if gpus:
            self._points.setSymbol([SYMBOLS[gpu.group] for gpu in gpus])
        ends = [(gpu.x, gpu.low, gpu.high) for gpu in gpus if gpu.high > gpu.low]
        xs = [value for x, _, _ in ends for value in (x, x, np.nan)]
        ys = [value for _, low, high in ends for value in (low, high, np.nan)]
        self._intervals.setData(np.log10(xs) if xs else [], np.log10(ys) if ys else [])
        self.layout_overlays()

    def _place(self, gpu: GpuPoint) -> QPointF:
        return self.to_pixels(float(np.log10(gpu.x)), float(np.log10(gpu.y)))

    def _is_inside(self, place: QPointF) -> bool:
        return self.plot_area().contains(place)

    def _place_names(self) -> None:
        area = self.plot_area().adjusted(2, 2, -2, -2)
        named: dict[str, GpuPoint] = {}
        for gpu in sorted(self._gpus, key=lambda gpu: not gpu.is_best):
            if len(named) == _NAMED:
                break
            named.setdefault(gpu.name, gpu)
        points = [QRectF(at.x() - 5, at.y() - 5, 10, 10) for at in map(self._place, self._gpus)]
        names: list[QRectF] = []
        leaders: list[tuple[QPointF, QRectF]] = []
        for label in self._labels[len(named) :]:
            label.hide()
        for rank, (label, gpu) in enumerate(zip(self._labels, named.values(), strict=False)):
            place = self._place(gpu)
            label.set_lines([gpu.name])
            rect = best_place(place, label.size, _LABEL_OFFSETS, area, points + names)
            if rect is None and rank == 0:  # the best has a name, even over other points
                rect = best_place(place, label.size, _LABEL_OFFSETS, area, names)
            visible = self._has_names and rect is not None and self._is_inside(place)
            label.setVisible(visible)
            if rect is not None and visible:
                label.setPos(rect.topLeft())
                names.append(rect)
                leaders.append((place, rect))
        self._draw_leaders(leaders)

    def _draw_leaders(self, leaders: Sequence[tuple[QPointF, QRectF]]) -> None:
        """A short line from a point to its name where the two are not side by side."""
        xs: list[float] = []
        ys: list[float] = []
        for place, rect in leaders:
            near = clamped(QRectF(place, QSizeF(0, 0)), rect.adjusted(3, 3, -3, -3)).topLeft()
            if QLineF(place, near).length() < _LEADER_FROM:
                continue
            for end in (place, near):
                x, y = self.from_pixels(end)
                xs.append(x)
                ys.append(y)
            xs.append(np.nan)
            ys.append(np.nan)
        self._leaders.setData(np.array(xs), np.array(ys))


def group_colour(group: Group, theme: Theme) -> QColor:
    """NVIDIA's generations on the colour map, the others in colours of their own."""
    if group in _SHADES:
        return map_colour(_SHADES[group], theme)
    if group == "own":
        return QColor(theme.accent)
    return QColor(theme.frontier if group == "amd" else theme.size_line)


def _range(values: Sequence[float]) -> tuple[float, float]:
    """Ends with room at both sides, never too close together."""
    low, high = float(np.log(min(values))), float(np.log(max(values)))
    room = max((high - low) * _ROOM, (np.log(_LEAST_FACTOR) - (high - low)) / 2, 1e-3)
    return float(np.exp(low - room)), float(np.exp(high + room))
