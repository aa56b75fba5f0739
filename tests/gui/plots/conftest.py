"""Plots with known runs and a law that is easy to compute by hand."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from core.runs.table import Run
from gui.plots.log_plot import LogPlot
from gui.plots.loss_plot import LossPlot
from gui.plots.size_plot import SizePlot
from gui.theme import LIGHT

COMPUTE = np.geomspace(1e14, 1e19, 120)
INSIDE = (1e14, 1e17)
BUDGET = 1e16


def frontier(compute):
    return 4.0 * (compute / 1e16) ** -0.05


def law(compute):
    return 1e7 * (compute / 1e16) ** 0.5


@pytest.fixture
def runs():
    return [
        Run(
            f"run {number}",
            10.0 ** (5 + number),
            start * np.geomspace(1, 30, 10),
            1.02 * frontier(start * np.geomspace(1, 30, 10)) + 0.1 * number,
        )
        for number, start in enumerate((1e14, 1e15, 1e16))
    ]


@pytest.fixture
def loss_plot(qtbot, runs):
    plot = LossPlot(LIGHT)
    qtbot.addWidget(plot)
    plot.resize(620, 450)
    plot.set_runs(runs)
    plot.set_frontier(COMPUTE, frontier(COMPUTE), INSIDE)
    plot.set_home_range(1e14, 1e19, 2.5, 5.5)
    plot.set_plan(BUDGET, frontier(BUDGET))
    plot.show()
    qtbot.waitExposed(plot)
    QApplication.processEvents()
    return plot


@pytest.fixture
def size_plot(qtbot, runs):
    plot = SizePlot(LIGHT)
    qtbot.addWidget(plot)
    plot.resize(620, 270)
    plot.set_law(COMPUTE, law(COMPUTE), INSIDE)
    best = [float(run.compute_neflo[-1]) for run in runs]
    sizes = [run.non_embedding_params for run in runs]
    plot.set_points([run.name for run in runs], best, sizes)
    plot.set_home_range(1e14, 1e19, 1e5, 1e9)
    plot.set_plan(BUDGET, law(BUDGET))
    plot.show()
    qtbot.waitExposed(plot)
    QApplication.processEvents()
    return plot


class Mouse:
    """Sends real mouse events to the viewport, at values of the plot."""

    def __init__(self, plot: LogPlot) -> None:
        self.plot = plot

    def at(self, x: float, y: float) -> QPoint:
        place = self.plot.to_pixels(np.log10(x), np.log10(y))
        return self.plot.mapFromScene(self.plot.view.mapToScene(place))

    def send(self, kind, place: QPoint, button, buttons) -> None:
        viewport = self.plot.viewport()
        where = QPointF(place)
        event = QMouseEvent(
            kind,
            where,
            QPointF(viewport.mapToGlobal(place)),
            button,
            buttons,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(viewport, event)

    def press(self, place, button=Qt.MouseButton.LeftButton) -> None:
        self.send(QEvent.Type.MouseButtonPress, place, button, button)

    def move(self, place, button=Qt.MouseButton.LeftButton) -> None:
        self.send(QEvent.Type.MouseMove, place, Qt.MouseButton.NoButton, button)

    def hover(self, place) -> None:
        self.move(place, Qt.MouseButton.NoButton)

    def release(self, place, button=Qt.MouseButton.LeftButton) -> None:
        self.send(QEvent.Type.MouseButtonRelease, place, button, Qt.MouseButton.NoButton)

    def drag(self, start, *places, button=Qt.MouseButton.LeftButton) -> None:
        self.press(start, button)
        for place in places:
            self.move(place, button)
        self.release(places[-1], button)

    def double_click(self, place) -> None:
        left = Qt.MouseButton.LeftButton
        self.press(place)
        self.release(place)
        self.send(QEvent.Type.MouseButtonDblClick, place, left, left)
        self.release(place)


@pytest.fixture
def mouse():
    return Mouse
