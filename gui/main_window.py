"""The main window: menus, header with tabs, the views, the status line."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QIcon,
    QKeySequence,
)
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

import resources
from gui.actions import Entry, add_entries
from gui.application import Application
from gui.documents import Documents, is_plan_name
from gui.export import Exporter
from gui.footsteps import Footsteps
from gui.header import Header, Offer
from gui.jobs import Jobs
from gui.recent import RecentMenu
from gui.session import Session
from gui.settings import Settings
from gui.theme import ThemeManager
from gui.theme_menu import ThemeMenu
from gui.translate import wrapped
from gui.views.plan.law_text import law_details, law_status
from gui.views.stack import CALIBRATE, COMPARE, FIT, PLAN, ViewStack
from gui.widgets.text import text_label

if TYPE_CHECKING:
    from gui.views.calibrate.view import CalibrateView
    from gui.views.fit.view import FitView
    from gui.widgets.notice_bar import NoticeBar

_MESSAGE_MS = 5000
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
        self.setWindowIcon(QIcon(str(resources.path("icons/isoloss.svg"))))
        self.jobs = Jobs(self)
        self.views = ViewStack(session, self.jobs, themes.theme, settings)
        self.plan_view = self.views.plan
        self.header = Header()
        self.exporter = Exporter(session, self.views, settings, self)
        self._notice_bar: NoticeBar | None = None
        self.documents = Documents(session, settings, self)
        self.setCentralWidget(self._central())
        self._law_label = text_label("", "unit")
        self._law_label.setContentsMargins(0, 0, 16, 4)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addPermanentWidget(self._law_label)
        self._make_menus()
        Footsteps(session, self.header.tabs, self.menuBar())
        self.setMinimumSize(960, 540)
        self.setAcceptDrops(True)
        self.exporter.done.connect(self._say)
        self.documents.said.connect(self._say)
        self.documents.changed.connect(self._show_document)
        self.plan_view.charts_built.connect(self._hear_charts)
        session.changed.connect(self._show_source)
        self.plan_view.inputs.hardware.said.connect(self._say)
        self.views.fit_built.connect(self._hear_fit)
        self.views.compare_built.connect(self._hear_compare)
        self.views.calibrate_built.connect(self._hear_calibrate)
        themes.changed.connect(self.views.set_theme)
        self.views.set_theme(themes.theme)
        self._show_source(session.plan)
        self._show_document()
        self._restore()
        self.plan_view.inputs.hours.select()

    def sizeHint(self) -> QSize:
        """The size at the very first start."""
        return QSize(1280, 800)

    @property
    def fit_view(self) -> "FitView":
        """The fit view."""
        return self.views.fit

    @property
    def calibrate_view(self) -> "CalibrateView":
        """The calibrate view."""
        return self.views.calibrate

    @property
    def has_notice_bar(self) -> bool:
        """Whether there has been anything to say yet."""
        return self._notice_bar is not None

    @property
    def notice_bar(self) -> "NoticeBar":
        """The notices above the view, made when there is the first."""
        if self._notice_bar is None:
            from gui.widgets.notice_bar import NoticeBar

            self._notice_bar = NoticeBar()
            self._column.insertWidget(1, self._notice_bar)
        return self._notice_bar

    def open_asked(self) -> None:
        """Open what the desktop has asked for."""
        app = QApplication.instance()
        if isinstance(app, Application):
            self.open_files([Path(name) for name in app.take_asked()])

    def open_files(self, paths: list[Path]) -> None:
        """Open a plan; everything else is read in the fit view."""
        plans = [path for path in paths if is_plan_name(path)]
        runs = [path for path in paths if not is_plan_name(path)]
        if runs:
            self.open_runs(runs)
        if plans:
            self.show_view(PLAN)
            self.documents.open(plans[0])
        if len(plans) > 1:
            self._say(self.tr("One window shows one plan: {0}").format(plans[0].name))

    def show_view(self, index: int) -> None:
        """Go to a tab: `PLAN`, `COMPARE`, `FIT` or `CALIBRATE`."""
        self.views.show_view(index)
        offers: dict[int, Offer] = {PLAN: "plan", COMPARE: "table"}
        self.header.show_view(index, offers.get(index))
        self._law_label.setVisible(index not in (FIT, CALIBRATE))

    def open_runs(self, paths: list[Path]) -> None:
        """Read files in the fit view."""
        self.show_view(FIT)
        self.fit_view.files.open(paths)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read the files that were dropped."""
        urls = event.mimeData().urls()
        paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.open_files(paths)

    def changeEvent(self, event: QEvent) -> None:
        """Look at the plan's file when somebody comes back to the window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self.documents.look_at_disk()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop what runs, and remember how the window was; unsaved changes are asked about."""
        if not self.documents.may_close():
            event.ignore()
            return
        self.documents.shut_down()
        self.jobs.shut_down()
        self.views.shut_down()
        self.session.shut_down()
        folds = self.plan_view.inputs.folds()
        self._settings.open_folds = {name for name, fold in folds.items() if fold.isChecked()}
        self._settings.geometry = self.saveGeometry()
        self._settings.splitter = self.plan_view.frame.splitter.saveState()
        self._settings.legend_visible = self._legend.isChecked()
        self._settings.save()
        super().closeEvent(event)

    def _central(self) -> QWidget:
        central = QWidget()
        self._column = layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.header)
        layout.addWidget(self.views, 1)
        self.header.view_chosen.connect(self.show_view)
        self.header.copy_requested.connect(self.exporter.copy_text)
        self.header.export_requested.connect(self.exporter.export_csv)
        return central

    def _make_menus(self) -> None:
        exporter, views, bar = self.exporter, self.views, self.menuBar()
        keys = QKeySequence.StandardKey
        documents, file = self.documents, bar.addMenu(self.tr("&File"))
        self._recent = RecentMenu(self._settings, file)
        self._recent.chosen.connect(documents.open_recent)
        add_entries(
            file,
            self,
            Entry(self.tr("&New"), documents.new, "Ctrl+N"),
            Entry(self.tr("&Open…"), documents.ask_open, "Ctrl+O"),
        )
        file.addMenu(self._recent)
        *_, self._revert = add_entries(
            file,
            self,
            None,
            Entry(self.tr("&Save"), documents.save, "Ctrl+S"),
            Entry(self.tr("Save &as…"), documents.save_as, "Ctrl+Shift+S"),
            Entry(self.tr("Re&vert to saved"), documents.revert),
        )
        add_entries(
            file,
            self,
            None,
            Entry(self.tr("Open r&uns…"), self._ask_open, "Ctrl+Shift+O"),
            None,
            Entry(self.tr("&Export plan (CSV)…"), exporter.export_csv, "Ctrl+E"),
            Entry(self.tr("Save plots as &PNG…"), exporter.export_png, "Ctrl+Shift+P"),
            Entry(self.tr("Save plots as SV&G…"), exporter.export_svg, "Ctrl+Shift+G"),
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
            Entry(self.tr("Go to &budget"), views.go_to_budget, "Ctrl+B"),
        )
        view = bar.addMenu(self.tr("&View"))
        *_, self._legend = add_entries(
            view,
            self,
            Entry(self.tr("&Plan"), self._show_plan, "Ctrl+1"),
            Entry(self.tr("Compare &GPUs"), self._show_compare, "Ctrl+2"),
            Entry(self.tr("&Fit runs"), self._show_fit, "Ctrl+3"),
            Entry(self.tr("Cali&brate"), self._show_calibrate, "Ctrl+4"),
            None,
            Entry(self.tr("&Reset zoom"), views.reset_zoom, "Ctrl+0"),
            Entry(self.tr("Zoom &in"), views.zoom_in, keys.ZoomIn),
            Entry(self.tr("Zoom &out"), views.zoom_out, keys.ZoomOut),
            None,
            Entry(self.tr("&Compare laws…"), self._compare_laws, "Ctrl+Shift+L"),
            Entry(self.tr("La&youts…"), self._rank_layouts, "Ctrl+Shift+Y"),
            Entry(self.tr("C&atalogue…"), self._show_catalogue, "Ctrl+Shift+K"),
            None,
            Entry(self.tr("&Legend"), views.set_legend_visible, "Ctrl+L", checkable=True),
        )
        view.addMenu(ThemeMenu(self._themes, self._settings, view))
        add_entries(
            bar.addMenu(self.tr("&Help")),
            self,
            Entry(self.tr("&Keys and sources"), self._show_help, keys.HelpContents),
            Entry(self.tr("&About Isoloss"), self._show_about),
        )

    def _show_document(self) -> None:
        documents = self.documents
        name = documents.name.replace("[*]", "[*][*]")  # a pair is the text itself
        self.setWindowTitle(f"{name}[*] — Isoloss")
        self.setWindowModified(documents.is_modified)
        self.setWindowFilePath(str(documents.path or ""))
        self._revert.setEnabled(documents.path is not None and documents.is_modified)
        self._recent.refresh()

    def _restore(self) -> None:
        self._legend.setChecked(self._settings.legend_visible)
        self.views.set_legend_visible(self._settings.legend_visible)
        self.plan_view.frame.splitter.restoreState(self._settings.splitter)
        for name, fold in self.plan_view.inputs.folds().items():
            fold.setChecked(name in self._settings.open_folds)
        if not self.restoreGeometry(self._settings.geometry):
            room = self.screen().availableSize() - QSize(0, _TITLE_BAR)
            self.resize(self.sizeHint().boundedTo(room))
        if not self._settings.knows_dragging:
            from gui.views.plan.first_hint import show_first_hint

            show_first_hint(self.plan_view, self.session, self._settings)

    def _show_plan(self) -> None:
        self.show_view(PLAN)

    def _show_compare(self) -> None:
        self.show_view(COMPARE)

    def _show_fit(self) -> None:
        self.show_view(FIT)

    def _show_calibrate(self) -> None:
        self.show_view(CALIBRATE)

    def _ask_open(self) -> None:
        self.show_view(FIT)
        self.fit_view.files.ask_open()

    def _hear_compare(self) -> None:
        self.views.compare.state.gpu_chosen.connect(self._show_plan)
        self.views.compare.charts.copied.connect(self._say)

    def _hear_charts(self) -> None:
        for plot in self.plan_view.charts.plots:
            plot.run_hovered.connect(self._name_run)

    def _hear_fit(self) -> None:
        self.fit_view.charts.fit_plot.run_hovered.connect(self._name_run)
        self.fit_view.files.done.connect(self._say)
        self.fit_view.files.law_chosen.connect(self._plan_with)

    def _hear_calibrate(self) -> None:
        view, hardware = self.calibrate_view, self.plan_view.inputs.hardware
        view.files.done.connect(self._say)
        view.files.profile_chosen.connect(hardware.choose_gpu)
        view.files.profile_written.connect(hardware.refresh_gpus)
        view.files.profile_gone.connect(hardware.leave_gpu)
        view.profiles.use_requested.connect(self._show_plan)

    def _plan_with(self, law: str) -> None:
        self.plan_view.inputs.task.choose_law(law)
        self.show_view(PLAN)

    def _say(self, sentence: str) -> None:
        self.statusBar().showMessage(sentence, _MESSAGE_MS)

    def _name_run(self, name: str) -> None:
        self.statusBar().showMessage(self.tr("run {0}").format(name) if name else "")

    def _show_source(self, plan: object) -> None:
        law = self.session.plan.known.law
        self._law_label.setText(law_status(law))
        self._law_label.setToolTip(wrapped(law_details(law)))

    def _compare_laws(self) -> None:
        from gui.views.laws.dialog import compare_laws

        compare_laws(self, self.session)

    def _show_catalogue(self) -> None:
        from gui.views.catalogue.dialog import show_catalogue

        show_catalogue(self, self.session, self.jobs)

    def _rank_layouts(self) -> None:
        from gui.views.layouts.dialog import show_layouts

        show_layouts(self, self.session)

    def _show_help(self) -> None:
        from gui.help import keys_and_sources

        keys_and_sources(self, self.session.plan).open()

    def _show_about(self) -> None:
        from gui.help import about

        about(self).open()
