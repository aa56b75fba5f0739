"""The first start: a word under the slider about what to drag, gone for good once it is known."""

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from gui.session import Session
from gui.settings import Settings
from gui.views.plan.view import PlanView
from gui.widgets.tab_order import order_tabs
from gui.widgets.text import text_label

_NOTCH = 7.0  # height of the tip that points to the handle
_RADIUS = 6.0
_WASH = 0.12  # of the accent colour, on whatever the ground is


def show_first_hint(view: PlanView, session: Session, settings: Settings) -> "FirstHint":
    """Put the hint under the slider of ``view``."""
    hint = FirstHint(view, session, settings)
    body = view.inputs.budget.body
    body.insertWidget(body.indexOf(view.inputs.slider) + 1, hint)
    order_tabs(view.inputs.slider, hint.button)
    return hint


class FirstHint(QWidget):
    """Stands in the way of nothing: the cards below make room for it."""

    def __init__(self, view: PlanView, session: Session, settings: Settings) -> None:
        super().__init__()
        self._view = view
        self._session = session
        self._settings = settings
        self._slider = view.inputs.slider
        self._has_moved = False
        text = self.tr("Drag this, or the blue line in the plots. Everything follows.")
        self._label = text_label(text, "notice", wraps=True)
        self.button = QPushButton(self.tr("Got it"))
        self.button.setProperty("role", "link")
        self.button.setToolTip(self.tr("Close this hint (Escape)"))
        self.button.setAccessibleDescription(self.button.toolTip())
        self.button.clicked.connect(self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 6 + round(_NOTCH), 4, 6)
        layout.setSpacing(4)
        layout.addWidget(self._label, 1)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.setAccessibleName(text)
        self._slider.valueChanged.connect(self._point)
        self._slider.value_changed.connect(self._on_moved)
        self._slider.drag_finished.connect(self._on_released)
        view.charts_built.connect(self._hear_plots)
        view.installEventFilter(self)
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def dismiss(self) -> None:
        """Close it, and never show it again."""
        self._settings.knows_dragging = True
        self._view.removeEventFilter(self)
        if self.button.hasFocus():
            self._slider.setFocus()
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Escape that nothing in the view had a use for closes the hint."""
        if (
            event.type() == QEvent.Type.KeyPress
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            self.dismiss()
            return True
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A wash with a tip that points to the slider's handle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wash = self.palette().accent().color()
        wash.setAlphaF(_WASH)
        area = QRectF(self.rect()).adjusted(0, _NOTCH, 0, 0)
        shape = QPainterPath()
        shape.addRoundedRect(area, _RADIUS, _RADIUS)
        reach = _RADIUS + _NOTCH
        tip = min(max(self._slider.handle_x(), reach), self.width() - reach)
        notch = QPainterPath(QPointF(tip - _NOTCH, area.top()))
        notch.lineTo(tip, 0)
        notch.lineTo(tip + _NOTCH, area.top())
        painter.fillPath(shape.united(notch), wash)

    def _hear_plots(self) -> None:
        for plot in (self._view.charts.loss_plot, self._view.charts.size_plot):
            plot.compute_dragged.connect(self._on_moved)
            plot.drag_finished.connect(self._on_released)

    def _point(self, _position: int) -> None:
        self.update()

    def _on_moved(self) -> None:
        self._has_moved = True
        if not self._session.in_gesture:  # by key, or by the wheel
            self.dismiss()

    def _on_released(self) -> None:
        if self._has_moved:  # not while the hand still holds what it moves
            self.dismiss()
