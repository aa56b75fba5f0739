"""Which column of a file is what: the guesses with their reasons, a preview, and a say."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.errors import InputError
from core.quantities import Kind
from core.runs.points import PARAMS_COUNTED, Columns
from core.runs.readers import Preview
from gui.jobs import Jobs
from gui.plots.rows_model import Column, RowsModel
from gui.views.fit import work
from gui.views.fit.data_card import counted_sentence, counted_text, names_text, refusal_text
from gui.widgets.choice_field import ChoiceField, FocusedWheelComboBox
from gui.widgets.notice import Notice
from gui.widgets.quantity_field import QuantityField
from gui.widgets.text import text_label

_RECOGNISE = ""


class ColumnsDialog(QDialog):
    """Says what is read; every change looks at the beginning of the file again."""

    accepted_columns = Signal(object)  # Columns

    def __init__(
        self, paths: Sequence[Path], columns: Columns, jobs: Jobs, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Columns of {0}").format(names_text(tuple(paths))))
        self._paths = tuple(paths)
        self._columns = columns
        self._jobs = jobs
        self.preview: Preview | None = None
        self._heading = text_label(self.tr("Looking at the file…"), "note", wraps=True)
        self.roles: dict[str, FocusedWheelComboBox] = {}
        self._reasons: dict[str, QLabel] = {}
        self._model = RowsModel(self)
        self.table = QTableView()
        self.notice = Notice(kind="warning")
        self.notice.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.read_button = self.buttons.addButton(
            self.tr("Read these files"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.read_button.setProperty("role", "primary")
        self.read_button.setEnabled(False)
        for button in self.buttons.buttons():
            button.setIcon(QIcon())  # Fusion's icons are of another world
        self._lay_out()
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self.resize(860, 640)
        self._look()

    @property
    def columns(self) -> Columns:
        """What has been said so far."""
        return self._columns

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(24)
        top.addLayout(self._role_grid(), 3)
        top.addLayout(self._units(), 2)
        self.table.setModel(self._model)
        self.table.setAccessibleName(self.tr("First rows of the file"))
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setStretchLastSection(True)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.addWidget(self._heading)
        layout.addLayout(top)
        layout.addWidget(self.notice)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.buttons)

    def _role_grid(self) -> QGridLayout:
        names = {
            "params": self.tr("Parameters N"),
            "tokens": self.tr("Tokens D"),
            "compute": self.tr("Compute C"),
            "loss": self.tr("Loss"),
            "step": self.tr("Step"),
            "run": self.tr("Run"),
            "unique_tokens": self.tr("Unique tokens"),
        }
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(2, 1)
        for row, (role, name) in enumerate(names.items()):
            combo = FocusedWheelComboBox()
            combo.setAccessibleName(name)
            combo.setToolTip(self.tr("The column that holds it; or leave it to be recognised"))
            combo.setMinimumWidth(190)
            combo.activated.connect(self._on_chosen)
            label = QLabel(name)
            label.setBuddy(combo)
            reason = text_label("", "note", wraps=True)
            grid.addWidget(label, row, 0)
            grid.addWidget(combo, row, 1)
            grid.addWidget(reason, row, 2)
            self.roles[role] = combo
            self._reasons[role] = reason
        return grid

    def _units(self) -> QVBoxLayout:
        by_name = (_RECOGNISE, self.tr("by its name"))
        self.unit = ChoiceField(
            self.tr("Compute in"), tooltip=self.tr("Unit of the column of compute.")
        )
        self.unit.set_choices([by_name, ("FLOP", "FLOP"), ("PF-days", self.tr("PF-days"))])
        self.unit.set_choice(self._columns.compute_unit or _RECOGNISE)
        self.counted = ChoiceField(
            self.tr("N counts"), tooltip=self.tr("Which parameters the column of N counts.")
        )
        self.counted.set_choices([by_name, *((key, counted_text(key)) for key in PARAMS_COUNTED)])
        self.counted.set_choice(self._columns.params_counted or _RECOGNISE)
        self.tokens_per_step = QuantityField(
            self.tr("Tokens per step"),
            Kind.PARAMETERS,
            "",
            tooltip=self.tr("Turns steps into tokens: batch size times sequence length."),
        )
        self.params_value = QuantityField(
            self.tr("N of every run"),
            Kind.PARAMETERS,
            "",
            tooltip=self.tr("Parameters, for files that do not say."),
        )
        for field, value in (
            (self.tokens_per_step, self._columns.tokens_per_step),
            (self.params_value, self._columns.params_value),
        ):
            if value is not None:
                field.set_value(value)
        column = QVBoxLayout()
        column.setSpacing(8)
        for widget in (self.unit, self.counted, self.tokens_per_step, self.params_value):
            column.addWidget(widget)
        self.unit.chosen.connect(self._on_chosen)
        self.counted.chosen.connect(self._on_chosen)
        column.addStretch(1)
        self.tokens_per_step.edited.connect(self._on_chosen)
        self.params_value.edited.connect(self._on_chosen)
        return column

    def _on_chosen(self, _value: object = None) -> None:
        said: dict[str, Any] = {
            role: combo.currentData() or None for role, combo in self.roles.items()
        }
        said["compute_unit"] = self.unit.choice() or None
        self._columns = replace(
            self._columns,
            **said,
            params_counted=self.counted.choice() or None,
            tokens_per_step=self.tokens_per_step.value(),
            params_value=self.params_value.value(),
        )
        self._look()

    def _look(self) -> None:
        job = self._jobs.start(partial(work.look_at, self._paths[0], self._columns))
        job.done.connect(self._show)
        job.refused.connect(self._show_refusal)

    def _show(self, preview: Preview) -> None:
        self.preview = preview
        wide = preview.layout == "wide"
        layout = (
            self.tr("a column a run: {0} runs").format(len(preview.wide_runs))
            if wide
            else self.tr("a row a point")
        )
        self._heading.setText(
            self.tr("{0}, {1}; {2} ({3})").format(
                preview.format,
                layout,
                counted_sentence(preview.params_counted),
                QCoreApplication.translate("core", preview.counted_reason),
            )
        )
        for guess in preview.guesses:
            self._fill(self.roles[guess.role], guess.role, preview)
            self._reasons[guess.role].setText(QCoreApplication.translate("core", guess.reason))
        self._fill_table(preview)
        self.notice.set_notice(preview.missing)
        self.notice.setVisible(bool(preview.missing))
        self.read_button.setEnabled(not preview.missing)

    def _fill(self, combo: FocusedWheelComboBox, role: str, preview: Preview) -> None:
        said = getattr(self._columns, role)
        guess = next(guess for guess in preview.guesses if guess.role == role)
        combo.clear()
        found = guess.column if said is None else None
        recognised = self.tr("recognised: {0}").format(found) if found else self.tr("recognise")
        combo.addItem(recognised, _RECOGNISE)
        for name in preview.header:
            combo.addItem(name, name)
        combo.setCurrentIndex(max(0, combo.findData(said)) if said else 0)

    def _fill_table(self, preview: Preview) -> None:
        taken = {guess.column: guess.role for guess in preview.guesses if guess.column}
        columns = [
            Column(f"{name}\n→ {taken[name]}" if name in taken else f"{name}\n",
                   partial(_cell, preview.rows, place))
            for place, name in enumerate(preview.header)
        ]  # fmt: skip
        self._model.set_rows(columns, len(preview.rows))
        self.table.resizeColumnsToContents()

    def _show_refusal(self, error: InputError) -> None:
        self.notice.set_notice(refusal_text(error), "error")
        self.notice.show()
        self.read_button.setEnabled(False)

    def _accept(self) -> None:
        self.accepted_columns.emit(self._columns)
        self.accept()


def _cell(rows: Sequence[Sequence[str]], place: int, row: int) -> str:
    return rows[row][place] if place < len(rows[row]) else ""
