"""The column with the sizes as dots on one logarithmic axis, which its header carries."""

import math
from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QGuiApplication, QPainter, QPalette, QPen
from PySide6.QtWidgets import (
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from gui.plots.colours import plot_font
from gui.plots.ticks import Ticks, power_ticks
from gui.views.laws.model import Col, Dot, LawsModel

_DOT, _CHOSEN_DOT = 5.0, 6.0
_TICK_GAP = 18.0
_INSET = 20  # pixels of a cell that no dot's centre is on


class RowDelegate(QStyledItemDelegate):
    """Cells without a focus frame of their own: the row is what one goes to."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """As the base does, without the frame."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus


class DotDelegate(RowDelegate):
    """Paints one size a row, and through all of them a line at the plan's own."""

    def __init__(self, model: LawsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Ground, grid, the plan's line, the dot."""
        super().paint(painter, option, index)
        rect, palette = QRect(option.rect), QGuiApplication.palette()
        painter.save()
        painter.setPen(QPen(palette.color(QPalette.ColorRole.Mid), 1))
        for position, _ in ticks(self._model, rect.width()).labelled:
            x = round(self._x(position, rect))
            painter.drawLine(x, rect.top(), x, rect.bottom())
        accent = palette.color(QPalette.ColorRole.Accent)
        chosen = self._model.chosen
        if chosen is not None and chosen.params:
            x = round(self._x(math.log10(chosen.params), rect))
            painter.setPen(QPen(accent, 1))
            painter.drawLine(x, rect.top(), x, rect.bottom())
        dot = index.data(Qt.ItemDataRole.UserRole)
        if isinstance(dot, Dot):
            self._paint_dot(painter, dot, rect, palette, accent)
        painter.restore()

    def _paint_dot(
        self, painter: QPainter, dot: Dot, rect: QRect, palette: QPalette, accent: QColor
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = palette.color(QPalette.ColorRole.Base)
        colour = accent if dot.is_chosen else palette.color(QPalette.ColorRole.PlaceholderText)
        # hollow, not only paler: a size outside of its runs must not look as sure
        painter.setPen(QPen(colour, 1.6) if dot.is_extrapolated else QPen(ground, 1.5))
        painter.setBrush(ground if dot.is_extrapolated else colour)
        reach = _CHOSEN_DOT if dot.is_chosen else _DOT
        middle = QPointF(self._x(dot.position, rect), rect.center().y() + 0.5)
        painter.drawEllipse(middle, reach, reach)

    def _x(self, position: float, rect: QRect) -> float:
        return rect.left() + place(self._model, position, rect.width())


class DotHeader(QHeaderView):
    """A header that shows the powers of ten over the dots."""

    def __init__(self, model: LawsModel, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._laws = model
        self.setSectionsClickable(True)
        self.setHighlightSections(False)

    def paintSection(self, painter: QPainter, rect: QRect, logical: int) -> None:
        """The axis in its column, titles elsewhere."""
        if logical != Col.PLACE:
            super().paintSection(painter, rect, logical)
            return
        painter.save()
        painter.fillRect(rect, QGuiApplication.palette().color(QPalette.ColorRole.Base))
        painter.setPen(QGuiApplication.palette().color(QPalette.ColorRole.Mid))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        font = plot_font(12)
        metrics = QFontMetricsF(font)
        painter.setFont(font)
        painter.setPen(QGuiApplication.palette().color(QPalette.ColorRole.PlaceholderText))
        for position, text in ticks(self._laws, rect.width()).labelled:
            width = metrics.horizontalAdvance(text)
            x = rect.left() + place(self._laws, position, rect.width())
            box = QRectF(x - width / 2 - 1, rect.top(), width + 2, rect.height() - 1)
            if rect.left() <= box.left() and box.right() <= rect.right():
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.restore()


def place(model: LawsModel, position: float, width: int) -> float:
    """Pixels from the left edge of the column."""
    low, high = model.log_range()
    return _INSET + (position - low) / (high - low) * (width - 2 * _INSET)


def ticks(model: LawsModel, width: int) -> Ticks:
    """The powers of ten that have room."""
    return _ticks(*model.log_range(), width)


@lru_cache(maxsize=4)
def _ticks(low: float, high: float, width: int) -> Ticks:
    """Every row asks for the same ones."""
    extent = QFontMetricsF(plot_font(12)).horizontalAdvance
    return power_ticks(low, high, width - 2 * _INSET, extent, _TICK_GAP)
