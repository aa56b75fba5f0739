"""The real window, with settings of its own, and hands: keys and mouse."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.app import make_application, make_window
from gui.documents import Documents
from gui.settings import Settings

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def closes_unasked(monkeypatch):
    """Tests edit plans and close windows; those about saving ask as the window does."""
    monkeypatch.setattr(Documents, "may_close", lambda documents: True)


@pytest.fixture
def settings(tmp_path):
    return Settings(str(tmp_path / "isoloss.ini"))


@pytest.fixture
def window(qtbot, settings):
    window = make_window(make_application(), settings)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: window.plan_view.has_charts)
    QApplication.processEvents()
    return window


class Hands:
    """Types and drags as a person would, through the event queue."""

    def __init__(self, qtbot):
        self.qtbot = qtbot

    def settle(self):
        for _ in range(5):
            QApplication.processEvents()

    def type(self, field, text):
        edit = field.focusProxy()
        edit.setFocus()
        edit.selectAll()
        QTest.keyClicks(edit, text)
        self.settle()

    def send(self, widget, kind, place, buttons=LEFT):
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else LEFT
        place = QPointF(place)
        event = QMouseEvent(
            kind,
            place,
            widget.mapToGlobal(place),
            button,
            buttons,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(widget, event)
        self.settle()

    def place_of(self, plot, compute, value):
        import math

        inside = plot.to_pixels(math.log10(compute), math.log10(value))
        return QPointF(plot.mapFromScene(plot.view.mapToScene(inside)))

    def drag_line(self, plot, plan_value, start, end, release=True):
        viewport = plot.viewport()
        first, last = (self.place_of(plot, compute, plan_value) for compute in (start, end))
        self.send(viewport, QEvent.Type.MouseButtonPress, first)
        for step in range(1, 6):
            self.send(viewport, QEvent.Type.MouseMove, first + (last - first) * step / 5)
        if release:
            self.send(viewport, QEvent.Type.MouseButtonRelease, last, Qt.MouseButton.NoButton)

    def click(self, plot, compute, value):
        place = self.place_of(plot, compute, value)
        self.send(plot.viewport(), QEvent.Type.MouseButtonPress, place)
        self.send(plot.viewport(), QEvent.Type.MouseButtonRelease, place, Qt.MouseButton.NoButton)


@pytest.fixture
def hands(qtbot):
    return Hands(qtbot)
