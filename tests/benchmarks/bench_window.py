"""From a move of the slider to the painted frame, in the real window, beside a bare repaint.

Offscreen under ``make bench``; under a virtual X display with

    xvfb-run -a -s "-screen 0 1920x1200x24" env QT_QPA_PLATFORM=xcb \
        .venv/bin/python tests/benchmarks/bench_window.py
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from gui.app import make_application, make_window
from gui.main_window import MainWindow
from gui.settings import Settings

MOVES = 200
FRAME_MS = 1000 / 60


class PaintCounter(QObject):
    """Counts the paint events of some widgets."""

    def __init__(self, widgets: list[QWidget]) -> None:
        super().__init__()
        self.counts = dict.fromkeys(map(id, widgets), 0)
        for widget in widgets:
            widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.counts[id(watched)] += 1
        return False


def open_window(folder: Path) -> tuple[QApplication, MainWindow]:
    app = make_application()
    window = make_window(app, Settings(str(folder / "isoloss.ini")))
    window.resize(1280, 800)
    window.show()
    for _ in range(50):
        app.processEvents()
    return app, window


def moves_to_frames(app: QApplication, window: MainWindow) -> list[float]:
    """Milliseconds from each mouse move on the slider until both plots are painted."""
    slider = window.plan_view.inputs.slider
    viewports = [plot.viewport() for plot in window.plan_view.charts.plots]
    counter = PaintCounter([*viewports, slider])
    y = slider.height() / 2

    def mouse(kind: QEvent.Type, x: float) -> None:
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else left
        place = QPointF(x, y)
        event = QMouseEvent(
            kind, place, slider.mapToGlobal(place), button, left, Qt.KeyboardModifier.NoModifier
        )
        QCoreApplication.sendEvent(slider, event)

    left = Qt.MouseButton.LeftButton
    first, last = 0.2 * slider.width(), 0.45 * slider.width()  # 0.8 h to 15 h
    mouse(QEvent.Type.MouseButtonPress, first)
    app.processEvents()
    times = []
    for move in range(MOVES):
        before = dict(counter.counts)
        x = first + (last - first) * (move + 1) / MOVES
        start = time.perf_counter()
        mouse(QEvent.Type.MouseMove, x)
        deadline = start + 2
        while any(counter.counts[key] == before[key] for key in before):
            app.processEvents()
            if time.perf_counter() > deadline:
                raise RuntimeError(
                    f"move {move} of the slider, to {slider.quantity()}, was not painted"
                )
        app.processEvents()
        times.append(1000 * (time.perf_counter() - start))
    mouse(QEvent.Type.MouseButtonRelease, last)
    return times


def bare_repaints(app: QApplication, window: MainWindow) -> list[float]:
    """Milliseconds to paint both plots again with nothing changed."""
    viewports = [plot.viewport() for plot in window.plan_view.charts.plots]
    times = []
    for _ in range(MOVES):
        start = time.perf_counter()
        for viewport in viewports:
            viewport.repaint()
        times.append(1000 * (time.perf_counter() - start))
        app.processEvents()
    return times


def summary(name: str, times: list[float]) -> str:
    p95 = statistics.quantiles(times, n=20)[-1]
    return f"{name:<34}{statistics.median(times):8.2f}{p95:8.2f}{max(times):8.2f}"


def measure(say: Callable[[str], object] = print) -> dict[str, list[float]]:
    with tempfile.TemporaryDirectory() as folder:
        app, window = open_window(Path(folder))
        results = {
            "bare repaint of both plots": bare_repaints(app, window),
            "slider move to painted frame": moves_to_frames(app, window),
        }
        window.close()
        window.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    say(f"platform {QGuiApplication.platformName()}, 1280x800, {MOVES} moves, ms")
    say(f"{'':<34}{'median':>8}{'p95':>8}{'max':>8}")
    for name, times in results.items():
        say(summary(name, times))
    bare, frame = results.values()
    ratio = statistics.median(frame) / statistics.median(bare)
    say(f"ratio of the medians {ratio:.2f}; a 60 Hz frame is {FRAME_MS:.1f} ms")
    return results


def test_slider_move_to_painted_frame(benchmark, capsys) -> None:
    """One round is a whole drag of 200 moves; the table says more than pytest-benchmark's."""
    with capsys.disabled():
        print()
        results = benchmark.pedantic(measure, rounds=1)
    assert len(results["slider move to painted frame"]) == MOVES


if __name__ == "__main__":
    measure()
    sys.exit(0)
