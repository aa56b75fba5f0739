"""A small button that folds what stands under it: a chevron and a word."""

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QEnterEvent,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

_CHEVRON = 10
_GAP = 6
_TEXT_PIXELS = 12
_LETTER_SPACING = 0.4


class FoldButton(QAbstractButton):
    """Checked is open. A card draws its focus ring.

    Args:
        text: translated word.
        is_title: whether it looks like the title of a card, with the chevron in front.
        parent: owner.
    """

    def __init__(self, text: str, *, is_title: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_title = is_title
        self.setProperty("ringed", True)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        font = QFont(self.font())
        font.setPixelSize(_TEXT_PIXELS)
        font.setWeight(QFont.Weight.DemiBold)
        if is_title:
            font.setCapitalization(QFont.Capitalization.AllUppercase)
            font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, _LETTER_SPACING)
        self._text_font = font
        self.setText(text)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        """The word and its chevron, as high as a title."""
        # capitals are wider than the text that the metrics are asked about
        text = self.text().upper() if self._is_title else self.text()
        spread = _LETTER_SPACING * len(text) if self._is_title else 0
        metrics = QFontMetrics(self._text_font)
        width = metrics.horizontalAdvance(text) + spread + _GAP + _CHEVRON + 2
        return QSize(round(width), metrics.height() + 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Chevron and word in the colour of a title or of a link."""
        palette = QGuiApplication.palette()
        role = QPalette.ColorRole.PlaceholderText if self._is_title else QPalette.ColorRole.Accent
        if self.underMouse():
            role = QPalette.ColorRole.WindowText
        group = QPalette.ColorGroup.Normal if self.isEnabled() else QPalette.ColorGroup.Disabled
        colour = palette.color(group, role)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour)
        painter.setFont(self._text_font)
        text = QRectF(self.rect())
        chevron = QRectF(0, (self.height() - _CHEVRON) / 2, _CHEVRON, _CHEVRON)
        if self._is_title:
            text.setLeft(_CHEVRON + _GAP)
        else:
            text.setRight(self.width() - _CHEVRON - _GAP)
            chevron.moveLeft(self.width() - _CHEVRON)
        painter.drawText(
            text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text()
        )
        self._paint_chevron(painter, chevron)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Light up."""
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Go dark."""
        super().leaveEvent(event)
        self.update()

    def _paint_chevron(self, painter: QPainter, rect: QRectF) -> None:
        painter.setPen(
            QPen(
                painter.pen().color(),
                1.6,
                Qt.PenStyle.SolidLine,
                Qt.PenCapStyle.RoundCap,
                Qt.PenJoinStyle.RoundJoin,
            )
        )
        x, y = rect.center().x(), rect.center().y()
        wide, high = 3.6, 1.9
        if self.isChecked() and not self._is_title:
            high = -high  # "Less" points up
        if self._is_title and not self.isChecked():
            corners = [
                QPointF(x - high, y - wide),
                QPointF(x + high, y),
                QPointF(x - high, y + wide),
            ]
        else:
            corners = [
                QPointF(x - wide, y - high),
                QPointF(x, y + high),
                QPointF(x + wide, y - high),
            ]
        painter.drawPolyline(QPolygonF(corners))
