"""The Pythons of this computer as they answer."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.calibration.managed import managed_folder
from core.calibration.pythons import TorchPython, interpreter_in
from gui.jobs import Job, Jobs
from gui.settings import Settings
from gui.views.calibrate import work
from gui.views.calibrate.work import Found

_ON_GPUS = ("cuda", "rocm", "mps")


class Finder(QObject):
    """Asks them in the background; those that answer are there at once."""

    changed = Signal()
    _told = Signal(object)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._jobs = Jobs(self)
        self._looking: Job | None = None
        self._answers: dict[Path, Found] = {}
        self._round = 0
        self._told.connect(self._take)

    @property
    def pythons(self) -> tuple[TorchPython, ...]:
        """Those that have answered: first those with a GPU, then with a CPU, then the others."""
        found = sorted(self._answers.values(), key=_rank)
        return tuple(answer.python for answer in found)

    @property
    def usable(self) -> tuple[TorchPython, ...]:
        """Those that can calibrate."""
        return tuple(python for python in self.pythons if python.is_usable)

    @property
    def is_looking(self) -> bool:
        """Whether some have not answered yet."""
        return self._looking is not None

    def look(self) -> None:
        """Ask all of them again."""
        if self._looking is not None:
            self._looking.cancel()
        self._answers = {}
        self._round += 1
        chosen = [Path(name) for name in self._settings.pythons]
        tell = partial(self._tell, self._round)
        self._looking = self._jobs.start(partial(work.look, chosen, tell))
        self._looking.ended.connect(self._on_ended)
        self.changed.emit()

    def add(self, place: Path) -> Path:
        """Remember a Python that a person has pointed to, and ask again; its interpreter.

        Raises:
            InputError: there is none.
        """
        python = interpreter_in(place).absolute()
        names = [name for name in self._settings.pythons if name != str(python)]
        self._settings.pythons = [str(python), *names]
        self.look()
        return python

    def shut_down(self) -> None:
        """Stop, and wait until no Python of ours runs."""
        self._jobs.shut_down()

    def _tell(self, number: int, answer: object) -> None:
        self._told.emit((number, answer))

    def _take(self, told: tuple[int, Found]) -> None:
        number, answer = told
        if number == self._round:
            self._answers[answer.python.path] = answer
            self.changed.emit()

    def _on_ended(self, job: Job) -> None:
        if job is self._looking:
            self._looking = None
            self.changed.emit()


def is_managed(python: TorchPython) -> bool:
    """Whether the app has set it up."""
    return managed_folder() in python.path.parents


def has_gpu(python: TorchPython) -> bool:
    """Whether its PyTorch sees more than the CPU."""
    return any(device.kind in _ON_GPUS for device in python.devices)


def _rank(answer: Found) -> tuple[bool, bool, int]:
    python = answer.python
    return not python.is_usable, not has_gpu(python), answer.place
