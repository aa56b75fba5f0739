"""What a run has said so far, and how long it still takes."""

from PySide6.QtCore import QElapsedTimer, QObject, Signal

from core.calibration.messages import Progress, Skipped, StepMeasurement


class RunSoFar:
    """Begins with the run; times are those of the wall.

    Attributes:
        steps: measured so far.
        skipped: what could not be measured.
        doing: what the probe said last of how far it is; None until it says.
    """

    def __init__(self) -> None:
        self.steps: list[StepMeasurement] = []
        self.skipped: list[Skipped] = []
        self.doing: Progress | None = None
        self._since_start, self._since_said = QElapsedTimer(), QElapsedTimer()
        self._since_start.start()

    def take(self, line: object) -> bool:
        """The probe has said something; whether there is another point."""
        match line:
            case Progress():
                self.doing = line
                self._since_said.start()
            case Skipped():
                self.skipped.append(line)
            case StepMeasurement() if line.processes == 1:
                self.steps.append(line)
                return True
        return False

    @property
    def seconds_left(self) -> float | None:
        """By now; None until the probe says."""
        if self.doing is None:
            return None
        return max(0.0, self.doing.seconds_left - self._since_said.elapsed() / 1000)

    @property
    def share_done(self) -> float:
        """Of the time that the run takes."""
        left = self.seconds_left
        if left is None:
            return 0.0
        elapsed = self._since_start.elapsed() / 1000
        return min(1.0, elapsed / (elapsed + left)) if elapsed + left > 0 else 1.0


class Told(QObject):
    """From the worker's thread to that of the window."""

    came = Signal(object)
