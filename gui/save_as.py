"""Asks where a plan is to be saved, and again before a file goes that nobody has asked about."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from core.files import is_gone
from gui.document_dialogs import file_dialog, replace_question


class SaveAs(QObject):
    """One question after the other; ``chosen`` or ``given_up`` comes in the end.

    Args:
        window: in front of which it asks.
    """

    chosen = Signal(Path)
    given_up = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._path = Path()

    def ask(self, folder: str, name: str) -> None:
        """Ask for a file.

        Args:
            folder: where the dialog begins.
            name: that it proposes.
        """
        dialog = file_dialog(self._window, folder, save_as=name)
        dialog.fileSelected.connect(self._on_selected)
        dialog.rejected.connect(self.given_up)
        dialog.open()

    def _on_selected(self, name: str) -> None:
        from core.documents.store import with_plan_suffix

        self._path = with_plan_suffix(Path(name))
        if self._path == Path(name) or is_gone(self._path):
            self.chosen.emit(self._path)
            return
        box = replace_question(self._window, self._path)
        box.finished.connect(self._on_answer)
        box.open()

    def _on_answer(self, answer: int) -> None:
        if answer == QMessageBox.StandardButton.Save:
            self.chosen.emit(self._path)
        else:
            self.given_up.emit()
