"""The calibrate view: inputs, points, fit and profiles, laid out for the width there is."""

from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.settings import Settings
from gui.theme import Theme
from gui.views.calibrate.charts import CalibrateCharts
from gui.views.calibrate.files import CalibrateFiles
from gui.views.calibrate.fit_card import FitCard
from gui.views.calibrate.inputs import SCROLL_BAR, CalibrateInputs
from gui.views.calibrate.profiles_card import ProfilesCard
from gui.views.calibrate.setup_dialog import SetUpDialog
from gui.views.calibrate.state import CalibrateState
from gui.views.calibrate.suspects_card import SuspectsCard
from gui.views.plan.view import COLUMN_WIDTH, SLIM_ANSWER_WIDTH, SLIM_BELOW, STACKED_BELOW
from gui.widgets.column import scroll_column

_LEAST_CHARTS_HEIGHT = 520
_GAP = 14
_GUTTER = 10  # kept free for a scroll bar, so that nothing moves when one comes
_MARGIN = 16


class CalibrateView(QWidget):
    """Three columns; in a narrow window the answer lies under the charts."""

    def __init__(self, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.state = CalibrateState(settings, self)
        self.files = CalibrateFiles(self.state, settings, self)
        self.inputs = CalibrateInputs(self.state)
        self.charts = CalibrateCharts(self.state, theme)
        self.fit = FitCard(self.state)
        self.suspects = SuspectsCard(self.state)
        self.profiles = ProfilesCard(self.state)
        self._answer = QWidget()
        answer = QVBoxLayout(self._answer)
        answer.setContentsMargins(0, 0, 0, 0)
        answer.setSpacing(12)
        for card in (self.fit, self.suspects, self.profiles):
            answer.addWidget(card)
        answer.addStretch(1)
        self._stacked: bool | None = None
        self._has_begun = False
        self._middle_area, self._middle = scroll_column()
        self._answer_area, self._right = scroll_column()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(_MARGIN, 2, _MARGIN - _GUTTER, 10)
        layout.setSpacing(0)
        layout.addWidget(self.inputs)
        layout.addSpacing(_GAP - SCROLL_BAR)
        layout.addWidget(self._middle_area, 1)
        layout.addSpacing(_GAP)
        layout.addWidget(self._answer_area)
        self._connect()
        self._arrange(SLIM_BELOW)

    def minimumSizeHint(self) -> QSize:
        """Small enough for the smallest window; the columns scroll."""
        return QSize(760, 400)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Move the answer where it has room."""
        super().resizeEvent(event)
        self._arrange(event.size().width())

    def showEvent(self, event: QShowEvent) -> None:
        """Look for Pythons when somebody first comes here: it starts every one of them."""
        super().showEvent(event)
        if not self._has_begun:
            self._has_begun = True
            self.state.begin()
        else:
            self.state.library.follow()

    def changeEvent(self, event: QEvent) -> None:
        """Another program may have saved profiles while it had the keyboard."""
        super().changeEvent(event)
        is_in_front = event.type() == QEvent.Type.ActivationChange and self.isActiveWindow()
        if is_in_front and self._has_begun:
            self.state.library.follow()

    def focus_first(self) -> None:
        """Put the keyboard where one begins."""
        self.inputs.python.python.setFocus(Qt.FocusReason.OtherFocusReason)

    def ask_set_up(self) -> None:
        """Show what setting an environment up takes, or offer to remove the one there is."""
        dialog = SetUpDialog(self)
        dialog.ready.connect(self._on_ready)
        dialog.removed.connect(self.state.finder.look)
        dialog.open()

    def shut_down(self) -> None:
        """End what runs, children included, and wait for it."""
        self.state.shut_down()
        for dialog in self.findChildren(SetUpDialog):
            dialog.close()

    def _connect(self) -> None:
        files, profiles = self.files, self.profiles
        for source in (self.inputs.python, self.charts):
            source.choose_requested.connect(files.ask_python)
            source.folder_requested.connect(files.ask_environment)
            source.set_up_requested.connect(self.ask_set_up)
        self.fit.save_requested.connect(files.save)
        self.fit.discard_requested.connect(files.discard)
        profiles.use_requested.connect(files.use)
        profiles.rename_requested.connect(files.ask_name)
        profiles.export_requested.connect(files.ask_export)
        profiles.delete_requested.connect(files.delete)
        profiles.undo_requested.connect(files.undo_delete)
        profiles.discard_requested.connect(files.discard_draft)
        profiles.undo_discard_requested.connect(files.undo_discard)
        profiles.import_requested.connect(files.ask_import)
        files.profile_chosen.connect(profiles.set_default)
        files.profile_gone.connect(self._show_default)
        self._show_default()
        for key, act in (("Ctrl+Return", self.state.start), ("Escape", self.state.stop)):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        for name, press in (
            ("F2", profiles.rename_button.click),
            ("Delete", profiles.remove_chosen),
        ):
            shortcut = QShortcut(QKeySequence(name), profiles.list)
            shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
            shortcut.activated.connect(press)

    def _show_default(self) -> None:
        self.profiles.set_default(self._settings.default_gpu)

    def _on_ready(self, python: Path) -> None:
        self.state.choose(python=python, device="", precisions=())
        self.state.finder.look()

    def _arrange(self, width: int) -> None:
        answer = SLIM_ANSWER_WIDTH if width < SLIM_BELOW else COLUMN_WIDTH
        self._answer_area.setFixedWidth(answer + _GUTTER)
        stacked = width < STACKED_BELOW
        self._answer.setMinimumWidth(0 if stacked else answer)
        self._answer.setMaximumWidth(16_777_215 if stacked else answer)
        if stacked == self._stacked:
            return
        self._stacked = stacked
        self._answer_area.setVisible(not stacked)
        self._middle.addWidget(self.charts)
        (self._middle if stacked else self._right).addWidget(self._answer)
        self.charts.setMinimumHeight(_LEAST_CHARTS_HEIGHT if stacked else 0)
