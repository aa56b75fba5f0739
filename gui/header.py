"""The line under the menus: tabs, and the two things one does with a plan."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTabBar, QWidget


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
            (self.tr("Fit runs"), self.tr("Fit a law to your own trainings (Ctrl+2)")),
        ):
            self.tabs.setTabToolTip(self.tabs.addTab(name), tip)
        self.copy = QPushButton(self.tr("Copy plan"))
        self.copy.setProperty("role", "quiet")
        self.copy.setToolTip(self.tr("Copy the plan as text (Ctrl+Shift+C)"))
        self.copy.setAccessibleName(self.tr("Copy the plan as text"))
        self.export = QPushButton(self.tr("Export…"))
        self.export.setProperty("role", "primary")
        self.export.setToolTip(self.tr("Export the plan as CSV (Ctrl+E)"))
        self.export.setAccessibleName(self.tr("Export the plan as CSV"))
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

    def show_view(self, index: int, has_plan: bool) -> None:
        """Mark the tab, and offer the buttons of a plan only where one is on show."""
        self.tabs.setCurrentIndex(index)
        self.copy.setVisible(has_plan)
        self.export.setVisible(has_plan)
