"""Long work beside the window: one worker thread, progress, cancel, and results as signals."""

import gc
import threading
import time
from collections.abc import Callable
from typing import ClassVar

from PySide6.QtCore import QObject, QRunnable, QThread, QThreadPool, QTimer, Signal

from core.errors import CancelledError, InputError
from gui import crash

Progress = Callable[[float], bool]
Work = Callable[[Progress], object]

UNKNOWN = -1.0  # seconds left while nobody can tell
_REPORT_EVERY_S = 0.05
_TELL_AFTER_S = 0.5  # the first moments say little about the rest
_COLLECT_EVERY_MS = 2000


class Job(QObject):
    """One piece of work on its way; lives in the thread of the window.

    After ``cancel`` nothing but ``ended`` is emitted, whatever the work still brings.
    """

    progressed = Signal(float, float)  # fraction, seconds left or UNKNOWN
    done = Signal(object)
    refused = Signal(object)  # InputError
    ended = Signal(object)  # the job itself, last of all and in every case
    _reported = Signal(float, float)
    _returned = Signal(object, object)  # result, error

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._stop = threading.Event()
        self._is_over = False
        self._reported.connect(self._on_reported)
        self._returned.connect(self._on_returned)

    @property
    def is_cancelled(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop.is_set()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._is_over

    def cancel(self) -> None:
        """Ask the work to stop; its result is no longer wanted."""
        self._stop.set()

    def _on_reported(self, fraction: float, seconds_left: float) -> None:
        if not self.is_cancelled:
            self.progressed.emit(fraction, seconds_left)

    def _on_returned(self, result: object, error: object) -> None:
        if self._is_over:  # shut down before the result arrived
            return
        self._is_over = True
        if not self.is_cancelled:
            if error is None:
                self.done.emit(result)
            elif isinstance(error, InputError):
                self.refused.emit(error)
        if isinstance(error, Exception) and not isinstance(error, InputError):
            crash.report(type(error), error, error.__traceback__)
        self.ended.emit(self)

    def abandon(self) -> None:
        """End without what the worker has sent; for when it is known to be through."""
        self.cancel()
        self._on_returned(None, None)


class Jobs(QObject):
    """Runs work one piece after the other in a thread of its own.

    Garbage is collected in the window's thread only while work runs: a collector that starts
    in the worker may take Qt objects apart in a thread where they do not live. The collector
    is the process's, so all that have work share when it is off.
    """

    _n_busy: ClassVar[int] = 0
    _collects: ClassVar[bool] = False

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._pool.setThreadPriority(QThread.Priority.LowPriority)
        self._running: list[Job] = []
        self._collector = QTimer(self, interval=_COLLECT_EVERY_MS)
        self._collector.timeout.connect(self._collect)

    @property
    def is_busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self._running)

    def start(self, work: Work) -> Job:
        """Run ``work`` after what was started before.

        Args:
            work: called in the worker thread with a function that takes the fraction done and
                returns whether to go on. It must not touch a widget.
        """
        job = Job(self)
        job.ended.connect(self._on_ended)
        if not self._running:
            if Jobs._n_busy == 0:
                Jobs._collects = gc.isenabled()
                gc.disable()
            Jobs._n_busy += 1
            self._collector.start()
        self._running.append(job)
        self._pool.start(_Runner(job, work))
        return job

    def cancel_all(self) -> None:
        """Ask everything to stop."""
        for job in self._running:
            job.cancel()

    def shut_down(self) -> None:
        """Cancel everything and wait until the thread is free; new work may follow."""
        self.cancel_all()
        self._pool.waitForDone()
        for job in tuple(self._running):
            job.abandon()

    def _collect(self) -> None:
        if self._collects:
            gc.collect()

    def _on_ended(self, job: Job) -> None:
        self._running.remove(job)
        job.deleteLater()
        if not self._running:
            self._collector.stop()
            Jobs._n_busy -= 1
            if Jobs._n_busy == 0 and Jobs._collects:
                gc.enable()


class _Runner(QRunnable):
    """The work in the worker thread; all it does to the job is emit signals."""

    def __init__(self, job: Job, work: Work) -> None:
        super().__init__()
        self._job = job
        self._work = work
        self._started = self._last = 0.0

    def run(self) -> None:
        """Do the work, and hand over what came of it."""
        self._started = time.monotonic()
        result: object = None
        error: BaseException | None = None
        try:
            if not self._job.is_cancelled:
                result = self._work(self._progress)
        except CancelledError:
            pass
        except MemoryError:
            error = InputError("memory", "too little", "enough for this many points")
        except Exception as unexpected:  # into the crash log, in the window's thread
            error = unexpected
        self._job._returned.emit(result, error)

    def _progress(self, fraction: float) -> bool:
        now = time.monotonic()
        if now - self._last >= _REPORT_EVERY_S:
            self._last = now
            elapsed = now - self._started
            left = UNKNOWN
            if fraction > 0 and elapsed > _TELL_AFTER_S:
                left = elapsed * (1 - fraction) / fraction
            self._job._reported.emit(fraction, left)
        return not self._job.is_cancelled
