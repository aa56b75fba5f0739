"""In and out of the fit view: opening runs, saving a law, handing one to the plan."""

from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from core import crash_log
from core.errors import InputError
from core.fits.saving import as_saved_law
from core.folders import data_folder
from core.laws.law_file import SUFFIX, save_law
from gui.jobs import Jobs
from gui.settings import Settings
from gui.views.fit.columns_dialog import ColumnsDialog
from gui.views.fit.data_card import refusal_text
from gui.views.fit.problems_dialog import ProblemsDialog
from gui.views.fit.state import FitState


class FitFiles(QObject):
    """Asks, reads and writes; nothing here blocks or loses a file."""

    done = Signal(str)  # a sentence for the status line
    law_chosen = Signal(str)  # path of a law to plan with

    def __init__(self, state: FitState, jobs: Jobs, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._state = state
        self._jobs = jobs
        self._settings = settings
        self._window = window

    def ask_open(self) -> None:
        """Ask for files with runs."""
        dialog = QFileDialog(
            self._window,
            self.tr("Open runs"),
            self._settings.folder,
            self.tr("Runs (*.csv *.tsv *.txt *.jsonl *.json *.parquet *tfevents*);;All files (*)"),
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def open(self, paths: list[Path]) -> None:
        """Read these files."""
        if paths:
            crash_log.note(f"opened {', '.join(path.name for path in paths[:3])}")
            self._settings.folder = str(paths[0].parent)
            self._state.open(paths)

    def ask_columns(self) -> None:
        """Show what the columns are taken for, and let the person say otherwise."""
        data = self._state.data
        if data.paths:
            dialog = ColumnsDialog(data.paths, data.columns, self._jobs, self._window)
            dialog.accepted_columns.connect(self._read_again)
            dialog.open()

    def show_problems(self) -> None:
        """List what was wrong with the rows."""
        ProblemsDialog(self._state.data.table.problems, self._window).open()

    def ask_save(self) -> None:
        """Ask where the law is to be saved."""
        dialog = QFileDialog(
            self._window,
            self.tr("Save law"),
            self._settings.folder,
            self.tr("Laws of Isoloss (*.isoloss-law)"),
        )
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX[1:])
        dialog.selectFile(f"{self._law_name()}{SUFFIX}")
        dialog.fileSelected.connect(self._on_save_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def use_in_plan(self) -> None:
        """Keep the law in the data folder, and say where for the plan."""
        folder = data_folder() / "laws"
        stamp = f"{datetime.now():%Y-%m-%d %H%M%S}"
        path = folder / f"{self._law_name()} {stamp}{SUFFIX}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._complain(path, error.strerror or str(error))
            return
        if self.save_to(path):
            self.law_chosen.emit(str(path))

    def save_to(self, path: Path) -> bool:
        """Save the law of the fit; whether it worked. A failure is shown and loses nothing."""
        report = self._state.report
        if report is None:
            return False
        try:
            save_law(as_saved_law(report, path.name.removesuffix(SUFFIX)), path)
        except OSError as error:
            self._complain(path, error.strerror or str(error))
            return False
        except InputError as error:
            self._complain(path, refusal_text(error))
            return False
        self.done.emit(self.tr("Saved {0}").format(path))
        return True

    def _law_name(self) -> str:
        data = self._state.data
        return data.paths[0].stem if data.paths else self.tr("Transformer-XL refitted")

    def _on_chosen(self, names: list[str]) -> None:
        self.open([Path(name) for name in names])

    def _on_save_chosen(self, name: str) -> None:
        if self.save_to(Path(name)):
            self._settings.folder = str(Path(name).parent)

    def _read_again(self, columns: object) -> None:
        self._state.open(self._state.data.paths, columns)  # type: ignore[arg-type]

    def _complain(self, path: Path, reason: str) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            self.tr("Not saved"),
            self.tr("{0} could not be written: {1}. Nothing was lost.").format(path.name, reason),
            QMessageBox.StandardButton.Ok,
            self._window,
        )
        box.finished.connect(box.deleteLater)
        box.open()
