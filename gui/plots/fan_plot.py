"""The sensitivity fan: what each defensible choice makes of the budget, one row a choice."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.quantities import format_count
from gui.plots.colours import blend, plot_font
from gui.plots.ticks import power_ticks
from gui.theme import Theme

_ROW = 26.0
_AXIS = 46.0
_GAP = 16.0
_DOT = 5.0
_ROOM = 0.12  # of the range, to either side
_LEAST_DECADES = 0.3
_BAND_OPACITY = 0.13


@dataclass(frozen=True, slots=True)
class FanRow:
    """One choice.

    Attributes:
        label: translated name of the choice.
        value: N* under it; NaN where there is none.
        problem: why it should not be believed; empty is well.
        is_chosen: whether it is the fit itself.
    """

    label: str
    value: float
    problem: str = ""
    is_chosen: bool = False


class FanPlot(QWidget):
    """Labels left, dots on a log axis, values right; the fit's interval as a band behind."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: tuple[FanRow, ...] = ()
        self._band: tuple[float, float] | None = None
        self._font = plot_font(12)
        self._strong = plot_font(12, QFont.Weight.DemiBold)
        self._metrics = QFontMetricsF(self._strong)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setProperty("ringed", True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName(self.tr("Optimal size under each choice"))

    @property
    def rows(self) -> tuple[FanRow, ...]:
        """The choices on show."""
        return self._rows

    def set_rows(self, rows: Sequence[FanRow], band: tuple[float, float] | None) -> None:
        """Show choices, and the interval of the fit that they vary."""
        self._rows, self._band = tuple(rows), band
        sentences = [f"{row.label}: {self._value_text(row)}" for row in self._rows]
        if band is not None:
            sentences.append(
                self.tr("80 % interval of the fit: {0} to {1}").format(*map(format_count, band))
            )
        self.setAccessibleDescription("\n".join(sentences))
        self.setToolTip("\n".join(f"{row.label}: {row.problem}" for row in rows if row.problem))
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """All rows and the axis."""
        return QSize(420, math.ceil(len(self._rows) * _ROW + _AXIS))

    def minimumSizeHint(self) -> QSize:
        """Rows may come closer, but not on top of each other."""
        return QSize(240, math.ceil(len(self._rows) * self._metrics.height() + _AXIS))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Band, rows, axis."""
        if not self._rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        row_height = area.height() / len(self._rows)
        low, high = self._range()
        self._paint_axis(painter, area, low, high)
        self._paint_band(painter, area, low, high)
        for number, row in enumerate(self._rows):
            middle = area.top() + (number + 0.5) * row_height
            self._paint_row(painter, row, area, middle, low, high)

    def _paint_row(
        self, painter: QPainter, row: FanRow, area: QRectF, y: float, low: float, high: float
    ) -> None:
        theme, height = self._theme, self._metrics.height()
        painter.setFont(self._strong if row.is_chosen else self._font)
        painter.setPen(QColor(theme.muted if row.problem else theme.ink))
        room = area.left() - _GAP
        text = self._metrics.elidedText(row.label, Qt.TextElideMode.ElideRight, room)
        left = QRectF(0, y - height / 2, room, height)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(left, int(Qt.AlignmentFlag.AlignRight | middle), text)
        right = QRectF(area.right() + _GAP, y - height / 2, self.width(), height)
        painter.drawText(right, int(Qt.AlignmentFlag.AlignLeft | middle), self._value_text(row))
        painter.setPen(QPen(blend(theme.line, theme.card, 0.9), 1))
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        if not math.isfinite(row.value) or row.value <= 0:
            return
        x = area.left() + (math.log10(row.value) - low) / (high - low) * area.width()
        colour = QColor(theme.accent if row.is_chosen else theme.size_line)
        # hollow, not only paler: a row that is not identified must not look sure
        painter.setPen(QPen(colour, 1.6) if row.problem else QPen(QColor(theme.card), 1.5))
        painter.setBrush(QColor(theme.card) if row.problem else colour)
        reach = _DOT + 1 if row.is_chosen else _DOT
        painter.drawEllipse(QPointF(x, y), reach, reach)

    def _paint_band(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        if self._band is None:
            return
        first, last = (
            area.left() + (math.log10(end) - low) / (high - low) * area.width()
            for end in self._band
        )
        colour = QColor(self._theme.accent)
        colour.setAlphaF(_BAND_OPACITY)
        painter.fillRect(QRectF(first, area.top(), max(last - first, 1.0), area.height()), colour)

    def _paint_axis(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        theme = self._theme
        line, grid = blend(theme.muted, theme.card, 0.5), blend(theme.line, theme.card, 0.75)
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        ticks = power_ticks(low, high, area.width(), metrics.horizontalAdvance, 22.0)
        painter.setPen(QPen(line, 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        for position, text in ticks.labelled:
            x = area.left() + (position - low) / (high - low) * area.width()
            painter.setPen(QPen(grid, 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(QColor(theme.muted))
            width = metrics.horizontalAdvance(text)
            painter.drawText(QPointF(x - width / 2, area.bottom() + 6 + metrics.ascent()), text)
        painter.setPen(QColor(theme.muted))
        title = QRectF(area.left(), area.bottom() + 24, area.width(), metrics.height())
        painter.drawText(title, int(Qt.AlignmentFlag.AlignCenter), self.tr("optimal parameters"))

    def _area(self) -> QRectF:
        """Where the dots are: labels take what they need, at most two fifths."""
        label = max(self._metrics.horizontalAdvance(row.label) for row in self._rows)
        value = max(self._metrics.horizontalAdvance(self._value_text(row)) for row in self._rows)
        left = min(label, 0.4 * self.width()) + _GAP
        right = self.width() - min(value, 0.25 * self.width()) - _GAP - 4
        bottom = min(self.height() - _AXIS + 2, len(self._rows) * 1.6 * _ROW)
        return QRectF(left, 2, max(right - left, 1.0), max(bottom, 1.0))

    def _range(self) -> tuple[float, float]:
        values = [row.value for row in self._rows if math.isfinite(row.value) and row.value > 0]
        logs = [math.log10(value) for value in (*values, *(self._band or ()))] or [6.0]
        low, high = min(logs), max(logs)
        room = max((high - low) * _ROOM, (_LEAST_DECADES - (high - low)) / 2)
        return low - room, high + room

    def _value_text(self, row: FanRow) -> str:
        if row.problem:
            return self.tr("not identified")
        return format_count(row.value) if math.isfinite(row.value) else self.tr("no fit")
