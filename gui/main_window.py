"""The main window: menus, header, the plan view, the status line."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QIcon, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMainWindow,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

import resources
from gui.actions import Entry, add_entries
from gui.export import Exporter
from gui.help import about, keys_and_sources
from gui.session import Session
from gui.settings import Settings
from gui.theme import Mode, Theme, ThemeManager
from gui.views.plan.view import PlanView
from gui.widgets.text import text_label

_MESSAGE_MS = 5000
_ZOOM = 0.8
_TITLE_BAR = 40  # the frame comes on top of the window's own size


class MainWindow(QMainWindow):
    """One window, one session."""

    def __init__(self, session: Session, themes: ThemeManager, settings: Settings) -> None:
        super().__init__()
        self.session = session
        self._themes = themes
        self._settings = settings
        for owned in (session, themes):  # they go when the window goes
            owned.setParent(self)
        self.setWindowTitle("Isoloss")
        self.setWindowIcon(QIcon(str(resources.path("icons/isoloss.svg"))))
        self.plan_view = PlanView(session, themes.theme)
        self.exporter = Exporter(session, self.plan_view.charts, settings, self)
        self.setCentralWidget(self._central())
        self._law_label = text_label("", "unit")
        self._law_label.setContentsMargins(0, 0, 16, 4)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addPermanentWidget(self._law_label)
        self._make_menus()
        self.setMinimumSize(960, 540)
        self.exporter.done.connect(self._say)
        self.plan_view.charts.loss_plot.run_hovered.connect(self._name_run)
        self.plan_view.charts.size_plot.run_hovered.connect(self._name_run)
        session.changed.connect(self._show_source)
        themes.changed.connect(self._set_theme)
        self._set_theme(themes.theme)
        self._show_source(session.plan)
        self._restore()
        self.plan_view.inputs.hours.select()

    def sizeHint(self) -> QSize:
        """The size at the very first start."""
        return QSize(1280, 800)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember how the window was."""
        self._settings.geometry = self.saveGeometry()
        self._settings.splitter = self.plan_view.charts.splitter.saveState()
        self._settings.legend_visible = self._legend.isChecked()
        self._settings.save()
        super().closeEvent(event)

    def _central(self) -> QWidget:
        central = QWidget()
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        header = QHBoxLayout()
        header.setContentsMargins(16, 8, 16, 8)
        header.setSpacing(8)
        question = text_label(self.tr("How big should my language model be?"), "question")
        self._copy = QPushButton(self.tr("Copy plan"))
        self._copy.setProperty("role", "quiet")
        self._copy.setToolTip(self.tr("Copy the plan as text (Ctrl+Shift+C)"))
        self._copy.setAccessibleName(self.tr("Copy the plan as text"))
        self._export = QPushButton(self.tr("Export…"))
        self._export.setProperty("role", "primary")
        self._export.setToolTip(self.tr("Export the plan as CSV (Ctrl+E)"))
        self._export.setAccessibleName(self.tr("Export the plan as CSV"))
        header.addWidget(question)
        header.addStretch(1)
        header.addWidget(self._copy)
        header.addWidget(self._export)
        self._copy.clicked.connect(self.exporter.copy_text)
        self._export.clicked.connect(self.exporter.export_csv)
        layout.addLayout(header)
        layout.addWidget(self.plan_view, 1)
        return central

    def _make_menus(self) -> None:
        charts, exporter, bar = self.plan_view.charts, self.exporter, self.menuBar()
        keys = QKeySequence.StandardKey
        add_entries(
            bar.addMenu(self.tr("&File")),
            self,
            Entry(self.tr("&Export plan (CSV)…"), exporter.export_csv, "Ctrl+E"),
            Entry(self.tr("Save plots as &PNG…"), exporter.export_png, "Ctrl+Shift+P"),
            Entry(self.tr("Save plots as &SVG…"), exporter.export_svg, "Ctrl+Shift+G"),
            None,
            Entry(self.tr("&Quit"), self.close, "Ctrl+Q"),
        )
        edit = bar.addMenu(self.tr("&Edit"))
        undo = self.session.undo_stack.createUndoAction(self, self.tr("&Undo"))
        undo.setShortcut(QKeySequence(keys.Undo))
        redo = self.session.undo_stack.createRedoAction(self, self.tr("&Redo"))
        redo.setShortcut(QKeySequence("Ctrl+Shift+Z"))
        edit.addActions([undo, redo])
        add_entries(
            edit,
            self,
            None,
            Entry(self.tr("&Copy plan as text"), exporter.copy_text, "Ctrl+Shift+C"),
            Entry(self.tr("Copy &points of the plots"), exporter.copy_points, "Ctrl+Shift+T"),
            None,
            Entry(self.tr("Go to &budget"), self.plan_view.inputs.hours.select, "Ctrl+B"),
        )
        view = bar.addMenu(self.tr("&View"))
        _, _, _, self._legend = add_entries(
            view,
            self,
            Entry(self.tr("&Reset zoom"), charts.reset_view, "Ctrl+0"),
            Entry(self.tr("Zoom &in"), self._zoom_in, keys.ZoomIn),
            Entry(self.tr("Zoom &out"), self._zoom_out, keys.ZoomOut),
            None,
            Entry(self.tr("&Legend"), charts.set_legend_visible, "Ctrl+L", checkable=True),
        )
        self._make_theme_menu(view.addMenu(self.tr("&Theme")))
        add_entries(
            bar.addMenu(self.tr("&Help")),
            self,
            Entry(self.tr("&Keys and sources"), self._show_help, keys.HelpContents),
            Entry(self.tr("&About Isoloss"), self._show_about),
        )

    def _make_theme_menu(self, menu: QMenu) -> None:
        group = QActionGroup(self)
        names: dict[Mode, str] = {
            "system": self.tr("As the &system"),
            "light": self.tr("&Light"),
            "dark": self.tr("&Dark"),
        }
        for mode, name in names.items():
            action = group.addAction(name)
            action.setData(mode)
            action.setCheckable(True)
            action.setChecked(mode == self._themes.mode)
            menu.addAction(action)
        group.triggered.connect(self._on_theme_chosen)

    def _restore(self) -> None:
        self._legend.setChecked(self._settings.legend_visible)
        self.plan_view.charts.set_legend_visible(self._settings.legend_visible)
        self.plan_view.charts.splitter.restoreState(self._settings.splitter)
        if not self.restoreGeometry(self._settings.geometry):
            room = self.screen().availableSize() - QSize(0, _TITLE_BAR)
            self.resize(self.sizeHint().boundedTo(room))

    def _on_theme_chosen(self, action: QAction) -> None:
        mode = action.data()
        self._settings.theme = mode
        self._themes.set_mode(mode)

    def _set_theme(self, theme: Theme) -> None:
        self.plan_view.charts.set_theme(theme)

    def _zoom_in(self) -> None:
        self.plan_view.charts.zoom(_ZOOM)

    def _zoom_out(self) -> None:
        self.plan_view.charts.zoom(1 / _ZOOM)

    def _say(self, sentence: str) -> None:
        self.statusBar().showMessage(sentence, _MESSAGE_MS)

    def _name_run(self, name: str) -> None:
        self.statusBar().showMessage(self.tr("run {0}").format(name) if name else "")

    def _show_source(self, plan: object) -> None:
        law = self.session.plan.known.law
        self._law_label.setText(
            self.tr("{0} · {1} runs · {2}").format(law.name, law.n_runs, law.licence)
        )
        self._law_label.setToolTip(law.source)

    def _show_help(self) -> None:
        keys_and_sources(self, self.session.plan).open()

    def _show_about(self) -> None:
        about(self).open()
