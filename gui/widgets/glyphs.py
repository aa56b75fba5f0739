"""Small signs drawn with a painter: sharp at every scale and coloured by the theme."""

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

NoticeKind = Literal["warning", "info", "error"]


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(
        colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    )


def _begin(painter: QPainter, rect: QRectF) -> None:
    """Map a 16 by 16 square to ``rect``."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / 16, rect.height() / 16)


def paint_reset(painter: QPainter, rect: QRectF, colour: QColor) -> None:
    """An arrow that turns back on itself."""
    painter.save()
    _begin(painter, rect)
    painter.setPen(_pen(colour, 1.5))
    circle = QRectF(3, 3, 10, 10)
    arc = QPainterPath()
    arc.arcMoveTo(circle, 150)
    arc.arcTo(circle, 150, -300)
    start = arc.elementAt(0)
    painter.drawPath(arc)
    tip = QPointF(start.x, start.y)
    painter.drawPolyline(QPolygonF([tip + QPointF(-0.7, -3.6), tip, tip + QPointF(3.6, -0.5)]))
    painter.restore()


def paint_notice(painter: QPainter, rect: QRectF, colour: QColor, kind: NoticeKind) -> None:
    """A triangle for a warning, a disc for information and for an error."""
    painter.save()
    _begin(painter, rect)
    painter.setPen(_pen(colour, 1.4))
    if kind == "warning":
        corners = [QPointF(8, 2), QPointF(14.3, 13.3), QPointF(1.7, 13.3)]
        painter.drawPolygon(QPolygonF(corners))
        _paint_stroke_and_dot(painter, colour, top=6.4, bottom=9.2, dot=11.2)
    elif kind == "error":
        painter.drawEllipse(QRectF(1.7, 1.7, 12.6, 12.6))
        _paint_stroke_and_dot(painter, colour, top=4.8, bottom=8.6, dot=11.0)
    else:
        painter.drawEllipse(QRectF(1.7, 1.7, 12.6, 12.6))
        _paint_stroke_and_dot(painter, colour, top=7.6, bottom=11.2, dot=4.9)
    painter.restore()


def _paint_stroke_and_dot(
    painter: QPainter, colour: QColor, *, top: float, bottom: float, dot: float
) -> None:
    painter.drawLine(QPointF(8, top), QPointF(8, bottom))
    painter.setBrush(colour)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawEllipse(QPointF(8, dot), 0.95, 0.95)
