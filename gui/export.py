"""Out of the window: the plan as CSV and text, the plots as PNG and SVG."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from core.files import write_atomically
from gui.session import Session
from gui.settings import Settings

if TYPE_CHECKING:
    from gui.plots.figure_export import Legend
    from gui.plots.log_plot import LogPlot


class Points(Protocol):
    """The table twin of some plots."""

    def as_tsv(self) -> str:
        """The points, tab separated."""


class Charts(Protocol):
    """The plots of a view."""

    @property
    def plots(self) -> "Sequence[LogPlot]":
        """From the top."""

    @property
    def points(self) -> Points:
        """What they show as a table."""

    def legend(self) -> "Legend | None":
        """What goes above them in a picture."""


class Table(Protocol):
    """A view whose answer is a table, to be written in place of the plan."""

    @property
    def file_name(self) -> str:
        """What the file is called unless one types another name."""

    def as_csv(self) -> bytes | None:
        """The table as a file; None while there is none."""

    def as_text(self) -> str | None:
        """The table for a mail; None while there is none."""


class Shown(Protocol):
    """Knows what is on the screen."""

    @property
    def charts(self) -> Charts:
        """The plots."""

    @property
    def table(self) -> Table | None:
        """The table that is exported in place of the plan, if one is."""


class Exporter(QObject):
    """Asks where to, writes, and says what happened; nothing here blocks or loses a file."""

    done = Signal(str)  # a sentence for the status line

    def __init__(self, session: Session, shown: Shown, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._shown = shown
        self._settings = settings
        self._window = window
        self._write: Callable[[Path], None] = self._write_csv

    def export_csv(self) -> None:
        """Ask for a file and write the plan, or the table on show, to it as CSV."""
        if self._shown.table is not None:
            if self._shown.table.as_csv() is None:
                self.done.emit(self.tr("There is no table yet"))
                return
            name = self._shown.table.file_name
            kinds = self.tr("CSV (*.csv)")
            self._ask(self.tr("Export table"), name, kinds, self._write_table)
            return
        self._ask(
            self.tr("Export plan"), "isoloss-plan.csv", self.tr("CSV (*.csv)"), self._write_csv
        )

    def export_png(self) -> None:
        """Ask for a file and draw both plots into it as a picture."""
        self._ask(self.tr("Save plots"), "isoloss.png", self.tr("PNG (*.png)"), self._write_png)

    def export_svg(self) -> None:
        """Ask for a file and draw both plots into it as vector graphics."""
        self._ask(self.tr("Save plots"), "isoloss.svg", self.tr("SVG (*.svg)"), self._write_svg)

    def copy_text(self) -> None:
        """Put the plan, or the table on show, on the clipboard as text."""
        if self._shown.table is not None:
            text = self._shown.table.as_text()
            QGuiApplication.clipboard().setText(text or "")
            said = self.tr("There is no table yet") if text is None else self.tr("Table copied")
            self.done.emit(said)
            return
        from core.export.text_plan import plan_as_text

        QGuiApplication.clipboard().setText(plan_as_text(self._session.plan, date.today()))
        self.done.emit(self.tr("Plan copied as text"))

    def copy_points(self) -> None:
        """Put the points of the plots on the clipboard, as a spreadsheet pastes them."""
        QGuiApplication.clipboard().setText(self._shown.charts.points.as_tsv())
        self.done.emit(self.tr("Points of the plots copied as a table"))

    def save_to(self, path: Path) -> None:
        """Write what was asked for to ``path``; a failure is shown and loses nothing."""
        try:
            self._write(path)
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            self._complain(path, getattr(error, "strerror", None) or str(error))
            return
        self._settings.folder = str(path.parent)
        self.done.emit(self.tr("Saved {0}").format(path))

    def _ask(self, title: str, name: str, kinds: str, write: Callable[[Path], None]) -> None:
        self._write = write
        dialog = QFileDialog(self._window, title, self._settings.folder, kinds)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(name).suffix[1:])
        dialog.selectFile(name)
        dialog.fileSelected.connect(self._on_chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_chosen(self, name: str) -> None:
        self.save_to(Path(name))

    def _write_csv(self, path: Path) -> None:
        from core.export.csv_plan import plan_as_csv

        write_atomically(path, plan_as_csv(self._session.plan, date.today()))

    def _write_table(self, path: Path) -> None:
        table = None if self._shown.table is None else self._shown.table.as_csv()
        write_atomically(path, table or b"")

    def _write_png(self, path: Path) -> None:
        from gui.plots.figure_export import save_png

        save_png(self._shown.charts.plots, path, legend=self._shown.charts.legend())

    def _write_svg(self, path: Path) -> None:
        from gui.plots.figure_export import save_svg

        save_svg(
            self._shown.charts.plots, path, title="Isoloss", legend=self._shown.charts.legend()
        )

    def _complain(self, path: Path, reason: str) -> None:
        box = QMessageBox(
            QMessageBox.Icon.Warning,
            self.tr("Not saved"),
            self.tr("{0} could not be written: {1}. Nothing was lost.").format(path.name, reason),
            QMessageBox.StandardButton.Ok,
            self._window,
        )
        box.setInformativeText(self.tr("Choose a folder that you can write to."))
        box.finished.connect(box.deleteLater)
        box.open()
