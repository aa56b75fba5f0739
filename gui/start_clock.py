"""How long a start takes, told by the real window: for the benchmark, and for the curious."""

import json
import os
import sys
import time
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from gui.views.plan.view import PlanView


class StartClock(QObject):
    """Prints a line of JSON once the plots are painted, and ends the program.

    ``painted_ms`` is when the inputs and the answer stand on the screen and take edits,
    ``complete_ms`` when the plots do, both since ``began``, in seconds since
    1970; ``rss_mb`` is the memory then, None where the system does not tell.
    """

    def __init__(self, view: PlanView, began: float) -> None:
        super().__init__(view)
        self._view = view
        self._began = began
        self._painted_ms = 0.0
        self._last = QTimer(self, singleShot=True, interval=0)
        self._last.timeout.connect(self._tell)
        view.painted.connect(self._on_painted)
        view.charts_built.connect(self._watch_plots)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the paint of the last plot; it is on the screen when that event is over."""
        if event.type() == QEvent.Type.Paint:
            self._last.start()
        return super().eventFilter(watched, event)

    def _elapsed_ms(self) -> float:
        return (time.time() - self._began) * 1000

    def _on_painted(self) -> None:
        self._painted_ms = self._elapsed_ms()

    def _watch_plots(self) -> None:
        self._view.charts.size_plot.viewport().installEventFilter(self)

    def _tell(self) -> None:
        told = {
            "painted_ms": self._painted_ms,
            "complete_ms": self._elapsed_ms(),
            "rss_mb": resident_mb(),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        QApplication.quit()


def resident_mb() -> float | None:
    """Memory of this process that is not swapped out, in MB (10^6 bytes); Linux only."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
