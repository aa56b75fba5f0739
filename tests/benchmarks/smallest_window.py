"""The least that a PySide6 + pyqtgraph program can show: what start-up is measured against."""

import json
import os
import sys
import time
from pathlib import Path

import pyqtgraph
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow


class Clock(QObject):
    """Prints a line of JSON when the plot has been painted, and ends the program."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._last = QTimer(self, singleShot=True, interval=0)
        self._last.timeout.connect(self._tell)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self._last.start()
        return super().eventFilter(watched, event)

    def _tell(self) -> None:
        elapsed = (time.time() - float(os.environ["ISOLOSS_START_CLOCK"])) * 1000
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        rss = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        told = {"painted_ms": elapsed, "complete_ms": elapsed, "rss_mb": rss}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        QApplication.quit()


def main() -> None:
    app = QApplication([])
    window = QMainWindow()
    plot = pyqtgraph.PlotWidget()
    plot.plot([1, 2, 3], [1, 4, 9])
    window.setCentralWidget(plot)
    window.resize(1280, 800)
    plot.viewport().installEventFilter(Clock(plot))
    window.show()
    app.exec()


if __name__ == "__main__":
    main()
