"""In and out of the calibrate view: Pythons, profiles and results, each through a dialog."""

from pathlib import Path

from PySide6.QtCore import QDir, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QLineEdit, QWidget

from core.calibration.profile_file import SUFFIX, is_profile
from core.calibration.profiles import Kept
from core.calibration.result import read_calibration
from core.errors import InputError
from core.folders import home_folder
from gui.settings import Settings
from gui.views.calibrate.state import CalibrateState


class CalibrateFiles(QObject):
    """Asks, reads and writes; what goes wrong is said in the view."""

    done = Signal(str)  # a sentence for the status line
    profile_chosen = Signal(str)  # path of a profile to plan with
    profile_written = Signal(str)  # path of one whose content is another now
    profile_gone = Signal(str)

    def __init__(self, state: CalibrateState, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._state = state
        self._settings = settings
        self._window = window
        self._about: Kept | None = None
        state.library.removed.connect(self._on_removed)
        state.library.reread.connect(self._on_reread)

    def ask_python(self) -> None:
        """Ask for an interpreter."""
        dialog = QFileDialog(self._window, self.tr("Choose a Python"), str(home_folder()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._ask_for_python(dialog)

    def ask_environment(self) -> None:
        """Ask for the folder of an environment, which may be a hidden one."""
        title = self.tr("Choose the folder of an environment")
        dialog = QFileDialog(self._window, title, str(home_folder()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        self._ask_for_python(dialog)

    def _ask_for_python(self, dialog: QFileDialog) -> None:
        dialog.setFilter(dialog.filter() | QDir.Filter.Hidden)  # venvs are often called .venv
        dialog.fileSelected.connect(self.take_python)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_python(self, name: str) -> None:
        """Add a Python to the list and choose it."""
        try:
            python = self._state.finder.add(Path(name))
        except InputError as error:
            self._state.show_problem(error)
            return
        self._state.choose(python=python, device="", precisions=())

    def save(self, name: str) -> None:
        """Keep the profile on show; a new one becomes the GPU of the plan."""
        is_new = self._state.kept is None
        kept = self._state.save(name)
        if kept is None:
            return
        if is_new and kept.profile.has_fit:
            self._settings.default_gpu = str(kept.path)
            self.done.emit(self.tr("Saved: plans now begin with {0}").format(kept.profile.name))
            self.profile_written.emit(str(kept.path))
            self.profile_chosen.emit(str(kept.path))
        else:
            self.profile_written.emit(str(kept.path))
            self.done.emit(self.tr("Saved {0}").format(kept.profile.name))

    def ask_name(self, kept: Kept) -> None:
        """Ask for another name of a profile."""
        self._about = kept
        dialog = QInputDialog(self._window)
        dialog.setWindowTitle(self.tr("Rename profile"))
        dialog.setLabelText(self.tr("Name"))
        dialog.setTextEchoMode(QLineEdit.EchoMode.Normal)
        dialog.setTextValue(kept.profile.name)
        dialog.textValueSelected.connect(self.rename)
        dialog.finished.connect(dialog.deleteLater)
        dialog.resize(420, dialog.sizeHint().height())
        dialog.open()

    def rename(self, name: str) -> None:
        """Give the profile that was asked about another name."""
        if self._about is None:
            return
        try:
            kept = self._state.library.rename(self._about, name)
        except InputError as error:
            self._state.show_problem(error)
            return
        self._state.take_renamed(kept)
        self.profile_written.emit(str(kept.path))

    def ask_export(self, kept: Kept) -> None:
        """Ask where a copy of a profile is to be written."""
        self._about = kept
        kinds = self.tr("Profiles of Isoloss (*.json)")
        dialog = QFileDialog(self._window, self.tr("Export profile"), self._settings.folder, kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX[1:])
        dialog.selectFile(kept.path.name)
        dialog.fileSelected.connect(self.export)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export(self, name: str) -> None:
        """Write a copy of the profile that was asked about."""
        if self._about is None:
            return
        try:
            self._state.library.export(self._about, Path(name))
        except InputError as error:
            self._state.show_problem(error)
            return
        self._settings.folder = str(Path(name).parent)
        self.done.emit(self.tr("Saved {0}").format(name))

    def ask_import(self) -> None:
        """Ask for a profile, or for what a probe wrote elsewhere."""
        kinds = self.tr("Profiles and results (*.json);;All files (*)")
        dialog = QFileDialog(self._window, self.tr("Import profile"), self._settings.folder, kinds)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self.take_file)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_file(self, name: str) -> None:
        """Keep a profile of another place, or fit a probe's result."""
        path = Path(name)
        try:
            if is_profile(path):
                self._state.open(self._state.library.add(path))
            else:
                calibration = read_calibration(path)
                if not calibration.steps:
                    expected = "a result with training steps of one process"
                    raise InputError("calibration", path.name, expected)
                self._state.open_result(calibration)
        except InputError as error:
            self._state.show_problem(error)
            return
        self._settings.folder = str(path.parent)

    def delete(self, kept: Kept) -> None:
        """Remove a profile; a plan with it goes back to the usual GPU."""
        try:
            self._state.library.delete(kept)
        except InputError as error:
            self._state.show_problem(error)
            return
        self._state.drafts.forget()

    def undo_delete(self) -> None:
        """Bring the profile back that was deleted last."""
        try:
            kept = self._state.library.bring_back()
        except InputError as error:
            self._state.show_problem(error)
            return
        if kept is not None:
            self.profile_written.emit(str(kept.path))
            self._state.open(kept)

    def discard(self) -> None:
        """Give up what is on show and not saved; that of a run can be undone."""
        try:
            self._state.discard()
        except InputError as error:
            self._state.show_problem(error)

    def discard_draft(self, path: Path) -> None:
        """Give up a run that nobody has saved."""
        if path == self._state.draft:
            self.discard()
            return
        try:
            self._state.drafts.discard(path)
        except InputError as error:
            self._state.show_problem(error)

    def undo_discard(self) -> None:
        """Bring the run back that was discarded last."""
        try:
            path = self._state.drafts.bring_back()
        except InputError as error:
            self._state.show_problem(error)
            return
        if path is not None:
            self._state.open_draft(path)

    def use(self, kept: Kept) -> None:
        """Plan with a profile, now and at the next start."""
        self._settings.default_gpu = str(kept.path)
        self.profile_chosen.emit(str(kept.path))

    def _on_removed(self, path: Path) -> None:
        """A profile is gone, by whosever hand: nothing may begin with it."""
        if self._settings.default_gpu == str(path):
            self._settings.default_gpu = ""
        self.profile_gone.emit(str(path))

    def _on_reread(self) -> None:
        self.profile_written.emit("")  # none in particular: lists of GPUs have others now
