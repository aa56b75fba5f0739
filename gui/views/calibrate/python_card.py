"""Which Python measures: a list of those found, one's own, or one set up by the app."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.translate import translated
from gui.views.calibrate.choose_menu import add_choose_menu
from gui.views.calibrate.finder import has_gpu, is_managed
from gui.views.calibrate.links import center_title, link_button
from gui.views.calibrate.state import CalibrateState
from gui.views.calibrate.wording import python_text, short_path
from gui.widgets.card import Card
from gui.widgets.choice_field import ChoiceField
from gui.widgets.notice import NoticeList


class PythonCard(Card):
    """First card of the left column."""

    choose_requested = Signal()
    folder_requested = Signal()
    set_up_requested = Signal()

    def __init__(self, state: CalibrateState, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Python with PyTorch"))
        self._state = state
        self.look_button = link_button(
            self.tr("Look again"), self.tr("Ask every Python of this computer again")
        )
        center_title(self, self.look_button)
        self.python = ChoiceField(
            self.tr("Python"),
            tooltip=self.tr(
                "The Python that measures, in a process of its own. It needs PyTorch 2.1 or newer."
            ),
        )
        self.notices = NoticeList()
        self.choose_button = link_button(
            self.tr("Choose another…"), self.tr("Point to a Python, or to an environment's folder")
        )
        self.choose_button.setProperty("plain", True)  # a chevron has no room; the dots say it
        folder, program = add_choose_menu(self.choose_button).actions()
        folder.triggered.connect(self.folder_requested)
        program.triggered.connect(self.choose_requested)
        self.set_up_button = link_button(
            self.tr("Set one up for me…"),
            self.tr("Have an environment with PyTorch made by uv; shows first what that takes"),
        )
        row = QHBoxLayout()
        row.setSpacing(0)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.choose_button)
        row.addWidget(self.set_up_button)
        row.addStretch(1)
        column = QVBoxLayout()
        column.addLayout(row)
        self.add(self.python, self.notices)
        self.body.addLayout(column)
        self.python.chosen.connect(self._on_chosen)
        self.look_button.clicked.connect(state.finder.look)
        self.set_up_button.clicked.connect(self.set_up_requested)
        state.choices_changed.connect(self.show_state)
        state.busy_changed.connect(self.show_state)
        self.show_state()

    def show_state(self) -> None:
        """Show what was found, and what is wrong with the one that was chosen."""
        state = self._state
        found = state.finder.pythons
        self.python.set_choices([(str(python.path), python_text(python)) for python in found])
        python = state.python
        if python is None and found:
            python = found[0]
        if python is not None:
            self.python.set_choice(str(python.path))
            self.python.set_note(short_path(python.path))
        elif state.finder.is_looking:
            self.python.set_note(self.tr("Looking…"))
        else:
            self.python.set_note("")
        self.python.setEnabled(bool(found) and not state.is_measuring)
        self.look_button.setEnabled(not state.is_measuring)
        for button in (self.choose_button, self.set_up_button):
            button.setEnabled(not state.is_measuring)
        has_managed = any(is_managed(one) for one in found)
        text = self.tr("Set up by Isoloss…") if has_managed else self.tr("Set one up for me…")
        self.set_up_button.setText(text)
        self.set_up_button.setAccessibleName(text.rstrip("…"))
        self._show_notices()

    def _show_notices(self) -> None:
        state, finder = self._state, self._state.finder
        python = state.python
        if python is not None and python.problem is not None:
            self.notices.set_notices([("error", translated(python.problem))])
        elif finder.is_looking:
            self.notices.set_notices([])
        elif not finder.usable:
            text = self.tr("None of the Pythons found has a PyTorch that can measure.")
            self.notices.set_notices([("warning", text)])
        elif python is not None and not has_gpu(python):
            text = self.tr(
                "This PyTorch sees no GPU: it would measure the processor. For a GPU, choose a "
                "Python whose PyTorch was built for it."
            )
            self.notices.set_notices([("info", text)])
        else:
            self.notices.set_notices([])

    def _on_chosen(self, path: str) -> None:
        self._state.choose(python=Path(path), device="", precisions=())
