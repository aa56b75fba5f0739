"""An environment with PyTorch on request: what it takes, consent, progress, removal."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.calibration.managed import ManagedPlan, SetUpProgress, managed_python
from core.errors import InputError
from gui.jobs import Job, Jobs, Work
from gui.views.calibrate import work
from gui.views.calibrate.wording import short_path, size_text
from gui.views.fit.data_card import refusal_text
from gui.widgets.notice import NoticeList
from gui.widgets.text import text_label

_STEPS = 1000


class SetUpDialog(QDialog):
    """Downloads nothing before its first button is pressed; closing it cancels."""

    ready = Signal(object)  # Path of the interpreter
    removed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("A Python with PyTorch, set up by Isoloss"))
        self._jobs = Jobs(self)
        self._plan: ManagedPlan | None = None
        self._job: Job | None = None
        self._done_so_far = _Told(self)
        self.text = text_label("", "", wraps=True)
        self.details = text_label("", "note", wraps=True)
        self.details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.said = text_label("", "note")
        self.notices = NoticeList()
        self.agree_button = QPushButton()
        self.agree_button.setProperty("role", "primary")
        self.remove_button = QPushButton(self.tr("Remove it"))
        self.cancel_button = QPushButton(self.tr("Not now"))
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addStretch(1)
        for button in (self.cancel_button, self.remove_button, self.agree_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(12)
        for widget in (self.text, self.details, self.bar, self.said, self.notices):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.resize(520, 260)
        self.agree_button.clicked.connect(self.set_up)
        self.remove_button.clicked.connect(self.remove)
        self.cancel_button.clicked.connect(self.close)
        self._done_so_far.told.connect(self._show_progress)
        self._show(busy=False)
        if managed_python() is None:
            self._look()
        else:
            self._show_installed()

    def set_up(self) -> None:
        """The person has agreed: download and install."""
        if self._plan is None or self._job is not None:
            return
        self.notices.set_notices([])
        tell = self._done_so_far.told.emit
        self._start(partial(work.do_set_up, self._plan, tell)).done.connect(self._on_ready)
        self.text.setText(self.tr("Downloading and installing PyTorch…"))
        self._show(busy=True)

    def remove(self) -> None:
        """Remove the environment."""
        if self._job is None:
            self._start(work.remove_set_up).done.connect(self._on_removed)
            self.text.setText(self.tr("Removing…"))
            self._show(busy=True)
            self.bar.setRange(0, 0)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Cancel what runs; half of an environment is removed."""
        self._jobs.shut_down()
        super().closeEvent(event)

    def reject(self) -> None:
        """Escape is closing."""
        self.close()

    def _look(self) -> None:
        self.text.setText(self.tr("Finding out what it takes…"))
        self._start(work.plan_set_up).done.connect(self._show_plan)

    def _start(self, run: Work) -> Job:
        self._job = self._jobs.start(run)
        self._job.refused.connect(self._show_refusal)
        self._job.ended.connect(self._on_ended)
        return self._job

    def _on_ended(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self._show(busy=False)

    def _show_plan(self, plan: ManagedPlan) -> None:
        self._plan = plan
        builds = {
            "nvidia": self.tr("PyTorch for your NVIDIA GPU"),
            "amd": self.tr("PyTorch for your AMD GPU"),
            "apple": self.tr("PyTorch for your Mac"),
        }
        build = builds.get(plan.gpu, self.tr("PyTorch for the processor; no GPU driver was found"))
        self.text.setText(
            self.tr(
                "{0}: about {1} to download, {2} on disk. Nothing is downloaded before you agree, "
                "nothing outside of this folder changes, and it can be removed here."
            ).format(build, size_text(plan.download_bytes), size_text(plan.disk_bytes))
        )
        self.details.setText(
            self.tr("Folder: {0} ({1} free)\nMade by: {2}").format(
                short_path(plan.folder), size_text(plan.free_bytes), short_path(plan.uv)
            )
        )
        self.details.setToolTip("\n".join(" ".join(command) for command in plan.commands))

    def _show_installed(self) -> None:
        self.text.setText(self.tr("Isoloss has set up a Python with PyTorch here."))
        self.details.setText(short_path(managed_python() or Path()))
        self._start(work.weigh_managed).done.connect(self._show_size)

    def _show_size(self, size: int) -> None:
        python = managed_python()
        if python is not None:
            text = self.tr("{0}: {1} on disk").format(short_path(python), size_text(size))
            self.details.setText(text)

    def _show_progress(self, progress: SetUpProgress) -> None:
        if self._job is None:
            return
        self.bar.setRange(0, _STEPS)
        self.bar.setValue(round(progress.fraction * _STEPS))
        size = size_text(progress.bytes)
        text = self.tr("{0} so far. {1}").format(size, progress.said[:60])
        self.said.setText(text)
        self.bar.setAccessibleDescription(text)

    def _show(self, busy: bool) -> None:
        is_there = managed_python() is not None
        self.bar.setVisible(busy)
        self.said.setVisible(busy)
        self.agree_button.setText(self.tr("Download and set up"))
        self.agree_button.setVisible(not is_there)
        self.agree_button.setEnabled(self._plan is not None and not busy)
        self.remove_button.setVisible(is_there)
        self.remove_button.setEnabled(not busy)
        closing = self.tr("Cancel") if busy else self.tr("Close") if is_there else ""
        self.cancel_button.setText(closing or self.tr("Not now"))
        for button in (self.agree_button, self.remove_button, self.cancel_button):
            button.setAccessibleName(button.text())

    def _show_refusal(self, error: InputError) -> None:
        self.notices.set_notices([("error", refusal_text(error))])
        if self._plan is None:
            self.text.setText(self.tr("It cannot be set up here."))
        else:
            self._show_plan(self._plan)

    def _on_ready(self, python: Path | None) -> None:
        if python is not None:
            self.ready.emit(python)
            self.close()

    def _on_removed(self, freed: int) -> None:
        self.removed.emit()
        self.text.setText(self.tr("Removed: {0} are free again.").format(size_text(freed)))
        self.details.setText("")
        self._plan = None
        self._start(work.plan_set_up).done.connect(self._show_plan)


class _Told(QObject):
    """From the worker's thread to that of the window."""

    told = Signal(object)
