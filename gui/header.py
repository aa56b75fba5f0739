"""The line under the menus: tabs, and the two things one does with a plan."""

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTabBar, QWidget

Offer = Literal["plan", "table"]


class Header(QWidget):
    """Tabs left, buttons right."""

    view_chosen = Signal(int)
    copy_requested = Signal()
    export_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("Views"))
        for name, tip in (
            (self.tr("Plan"), self.tr("How big should my language model be? (Ctrl+1)")),
            (self.tr("Compare GPUs"), self.tr("Which GPU, and where to rent it? (Ctrl+2)")),
            (self.tr("Fit runs"), self.tr("Fit a law to your own trainings (Ctrl+3)")),
            (self.tr("Calibrate"), self.tr("Measure your own GPU (Ctrl+4)")),
        ):
            self.tabs.setTabToolTip(self.tabs.addTab(name), tip)
        self.copy = QPushButton()
        self.copy.setProperty("role", "quiet")
        self.export = QPushButton(self.tr("Export…"))
        self.export.setProperty("role", "primary")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 6)
        layout.setSpacing(8)
        layout.addWidget(self.tabs)
        layout.addStretch(1)
        layout.addWidget(self.copy)
        layout.addWidget(self.export)
        self.tabs.currentChanged.connect(self.view_chosen)
        self.copy.clicked.connect(self.copy_requested)
        self.export.clicked.connect(self.export_requested)
        self._offer("plan")

    def show_view(self, index: int, offers: Offer | None) -> None:
        """Mark the tab, and offer to copy and export a plan or a table where one is on show."""
        self.tabs.setCurrentIndex(index)
        for button in (self.copy, self.export):
            button.setVisible(offers is not None)
        if offers is not None:
            self._offer(offers)

    def _offer(self, what: Offer) -> None:
        if what == "plan":
            copy, export = self.tr("Copy the plan as text"), self.tr("Export the plan as CSV")
            self.copy.setText(self.tr("Copy plan"))
        else:
            copy, export = self.tr("Copy the table as text"), self.tr("Export the table as CSV")
            self.copy.setText(self.tr("Copy table"))
        self.copy.setToolTip(f"{copy} (Ctrl+Shift+C)")
        self.copy.setAccessibleName(copy)
        self.export.setToolTip(f"{export} (Ctrl+E)")
        self.export.setAccessibleName(export)
