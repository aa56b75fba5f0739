"""Start-up: builds settings, theme, session and window, and connects them."""

import gc
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

import resources
from core.cli import UNEXPECTED
from core.errors import InputError
from core.planner import PlanRequest
from gui import crash, hard_crash, qt_log
from gui.application import Application
from gui.main_window import MainWindow
from gui.session import Session
from gui.settings import Settings
from gui.theme import ThemeManager, load_fonts

_OFFER_AFTER_MS = 500  # the first window comes first


def run(path: Path | None = None) -> int:
    """Open the window and run until it is closed; returns the exit status.

    Args:
        path: of a plan file to open in it.
    """
    app = make_application()
    crash.install()
    qt_log.install()
    last_crash = hard_crash.watch()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl+C in the terminal ends the event loop
    try:
        return _run(app, path, last_crash)
    finally:
        hard_crash.end_watch()
        qt_log.uninstall()


def _run(app: QApplication, path: Path | None, last_crash: Path | None) -> int:
    try:
        window = make_window(app, Settings())
        _begin(window, path, last_crash)
    except Exception as error:  # a double click has no terminal: the dialog must say it
        crash.report(type(error), error)
        app.exec()
        return UNEXPECTED
    if start_clock := os.environ.get("ISOLOSS_START_CLOCK"):
        from gui.start_clock import StartClock

        StartClock(window.plan_view, float(start_clock))
    window.show()
    QTimer.singleShot(_OFFER_AFTER_MS, window.documents.offer_recovery)
    gc.freeze()
    gc.enable()
    status = app.exec()
    window.deleteLater()
    return status


def _begin(window: MainWindow, path: Path | None, last_crash: Path | None) -> None:
    """Open what is asked for, and tell how the last run ended."""
    if last_crash is not None:
        from gui.start_notices import tell_of_crash

        tell_of_crash(window.notice_bar, last_crash)
    if path is not None:
        window.documents.open(path)
    window.open_asked()


def make_application() -> QApplication:
    """The one QApplication, named, with fonts and the system's language."""
    QCoreApplication.setApplicationName("isoloss")
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        app = Application(sys.argv[:1])
    app.setApplicationDisplayName("Isoloss")
    app.setDesktopFileName("isoloss")
    load_fonts()
    _load_translations(app)
    return app


def make_window(app: QApplication, settings: Settings) -> MainWindow:
    """A window on a new session with the default plan."""
    themes = ThemeManager(app, settings.theme)
    window = MainWindow(_first_session(app, settings), themes, settings)
    if isinstance(app, Application):
        app.file_asked.connect(window.open_asked)
    if settings.damage is not None:
        from gui.start_notices import tell_of_damage

        tell_of_damage(window.notice_bar, settings.damage)
    themes.dress()
    return window


def _first_session(app: QApplication, settings: Settings) -> Session:
    """A plan on the GPU that the person has calibrated, else on the usual one."""
    if settings.default_gpu:
        from gui.views.plan.gpu_list import hours_that_pay

        request = PlanRequest(gpu=settings.default_gpu)
        hours = hours_that_pay(request)
        try:
            return Session(request if hours is None else replace(request, value=hours), app)
        except InputError as error:
            if error.field == "gpu":  # its file is gone, or is no profile any more
                settings.default_gpu = ""
    return Session(PlanRequest(), app)


def _load_translations(app: QApplication) -> None:
    qt_folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    for name, folder in (
        ("qtbase", qt_folder),
        ("isoloss", str(resources.path("icons").parent / "i18n")),
    ):
        translator = QTranslator(app)
        if translator.load(QLocale(), name, "_", folder):
            app.installTranslator(translator)
