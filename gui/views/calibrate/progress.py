"""What a run has said so far, and how long it still takes."""

from PySide6.QtCore import QElapsedTimer

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

    def take(self, progress: Progress) -> None:
        """The probe has said how far it is."""
        self.doing = progress
        self._since_said.start()

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
