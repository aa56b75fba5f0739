"""The application object: it hears of files that the desktop wants opened."""

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """macOS sends an event for a double click, maybe before there is a window."""

    file_asked = Signal()  # `take_asked` says which

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self._asked: list[str] = []

    def take_asked(self) -> list[str]:
        """Files that were asked for and that nobody has heard of yet."""
        asked, self._asked = self._asked, []
        return asked

    def event(self, event: QEvent) -> bool:
        """Pass on the files that are to be opened."""
        if isinstance(event, QFileOpenEvent) and event.file():
            self._asked.append(event.file())
            self.file_asked.emit()
            return True
        return super().event(event)
