"""A row of symbols with their names: which colour and form is which generation of GPU."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.plots.axis import RIGHT_MARGIN
from gui.plots.colours import plot_font
from gui.plots.compare_plot import SYMBOLS, Group, group_colour
from gui.theme import Theme

_SYMBOL = 8.0
_AFTER_SYMBOL = 5.0
_GAP = 14.0


class GroupLegend(QWidget):
    """Symbols and names from left to right; the last ones go first where room is short."""

    def __init__(
        self, theme: Theme, names: dict[Group, str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names = names
        self._shown: tuple[Group, ...] = tuple(names)
        self._font = plot_font(11)
        self._metrics = QFontMetricsF(self._font)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Colours of the points"))
        self._describe()

    def set_groups(self, groups: set[Group]) -> None:
        """Name the groups that are drawn."""
        self._shown = tuple(group for group in self._names if group in groups)
        self._describe()
        self.updateGeometry()
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of ``theme``."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """All of it in one line."""
        return QSize(math.ceil(self._width() + RIGHT_MARGIN), math.ceil(self._metrics.height()) + 4)

    def minimumSizeHint(self) -> QSize:
        """Nothing: it gives way."""
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it on the screen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_on(painter, self.width())

    def paint_on(self, painter: QPainter, total: float) -> None:
        """Draw up to where the plot ends in a width of ``total``, on the screen or for a file."""
        painter.setFont(self._font)
        total -= RIGHT_MARGIN
        x = max(0.0, total - self._width())
        middle = self.sizeHint().height() / 2
        for group in self._shown:
            name = self._names[group]
            width = _SYMBOL + _AFTER_SYMBOL + self._metrics.horizontalAdvance(name)
            if x + width > total + 1:
                return
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(group_colour(group, self._theme))
            _draw_symbol(painter, SYMBOLS[group], QPointF(x + _SYMBOL / 2, middle))
            painter.setPen(QColor(self._theme.muted))
            baseline = middle + (self._metrics.ascent() - self._metrics.descent()) / 2
            painter.drawText(QPointF(x + _SYMBOL + _AFTER_SYMBOL, baseline), name)
            x += width + _GAP

    def _width(self) -> float:
        each = _SYMBOL + _AFTER_SYMBOL + _GAP
        names = sum(self._metrics.horizontalAdvance(self._names[group]) for group in self._shown)
        return names + each * len(self._shown) - (_GAP if self._shown else 0)

    def _describe(self) -> None:
        self.setAccessibleDescription(", ".join(self._names[group] for group in self._shown))


def _draw_symbol(painter: QPainter, symbol: str, centre: QPointF) -> None:
    half = _SYMBOL / 2
    if symbol == "s":
        painter.drawRect(QRectF(centre.x() - half, centre.y() - half, _SYMBOL, _SYMBOL))
    elif symbol == "t1":
        corners = [QPointF(0, -half), QPointF(half, half), QPointF(-half, half)]
        painter.drawPolygon(QPolygonF([centre + corner for corner in corners]))
    elif symbol == "d":
        corners = [QPointF(0, -half), QPointF(half, 0), QPointF(0, half), QPointF(-half, 0)]
        painter.drawPolygon(QPolygonF([centre + corner for corner in corners]))
    else:
        painter.drawEllipse(centre, half, half)
