"""What was wrong with the files: file, line, reason, and whether the row is used."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.runs.points import RowProblem
from gui.plots.rows_model import Column, RowsModel
from gui.widgets.text import text_label


class ProblemsDialog(QDialog):
    """A list to read beside the file, and to copy."""

    def __init__(self, problems: Sequence[RowProblem], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Remarks on the files"))
        self._problems = tuple(problems)
        left_out = sum(not problem.used for problem in problems)
        heading = text_label(
            self.tr("{0} rows or parts were left out, {1} are used with a remark.").format(
                f"{left_out:,}", f"{len(problems) - left_out:,}"
            ),
            "note",
            wraps=True,
        )
        self.model = RowsModel(self)
        self.model.set_rows(
            [
                Column(self.tr("file"), self._file),
                Column(self.tr("line"), self._line),
                Column(self.tr("reason"), self._reason),
                Column(self.tr("used"), self._used),
            ],
            len(self._problems),
        )
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setAccessibleName(self.windowTitle())
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.setResizeContentsPrecision(200)
        self.table.setWordWrap(False)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        for button in buttons.buttons():
            button.setIcon(QIcon())  # Fusion's icons are of another world
        copy = QPushButton(self.tr("Copy list"))
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.close)
        copy.clicked.connect(self._copy)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(heading)
        layout.addWidget(self.table, 1)
        layout.addWidget(buttons)
        self.resize(760, 460)

    def _file(self, row: int) -> str:
        return self._problems[row].file

    def _line(self, row: int) -> str:
        line = self._problems[row].line
        return "" if line is None else str(line)

    def _reason(self, row: int) -> str:
        problem = self._problems[row]
        reason = f'"{problem.value}" {problem.reason}' if problem.value else problem.reason
        return f"{problem.column}: {reason}" if problem.column else reason

    def _used(self, row: int) -> str:
        return self.tr("kept") if self._problems[row].used else self.tr("left out")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.model.as_tsv())
