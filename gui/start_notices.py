"""What the start has to tell: settings that were broken, a crash of the last run."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices

from core import crash_log
from core.crash_log import without_home
from core.folders import log_folder
from gui.settings_file import Damage
from gui.widgets.notice_bar import NoticeBar, Offer

translate = QCoreApplication.translate


def tell_of_damage(notices: NoticeBar, damage: Damage) -> None:
    """Name the settings file that could not be used."""
    crash_log.write(f"settings could not be used: {without_home(str(damage.path))}", "WARNING")
    if damage.kept is None:
        text = translate(
            "StartNotices",
            "The settings in {0} cannot be read, and the file cannot be moved. Isoloss starts as "
            "if it were new, and remembers nothing until the file is gone.",
        ).format(without_home(str(damage.path)))
    else:
        text = translate(
            "StartNotices",
            "The settings could not be read, so Isoloss starts as if it were new. Nothing else is "
            "lost; the old file is {0}.",
        ).format(without_home(str(damage.kept)))
    notices.say("settings", text, "info", _close())


def tell_of_crash(notices: NoticeBar, trace: Path) -> None:
    """Say that the last run ended in a hard crash, and where its trace is."""
    crash_log.write(f"the last run crashed, its trace is in {trace.name}", "ERROR")
    text = translate(
        "StartNotices",
        "Isoloss crashed when it ran last. What is known of it is in {0}; nothing was sent.",
    ).format(without_home(str(trace)))
    show = Offer(
        translate("StartNotices", "Open folder"),
        open_log_folder,
        translate("StartNotices", "Show the folder with the log and the traces"),
    )
    notices.say("crash", text, "warning", show, _close())


def _close() -> Offer:
    close = translate("StartNotices", "Close")
    return Offer(close, None, translate("StartNotices", "Close this notice"))


def open_log_folder() -> None:
    """Show the folder with the log and the traces."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(log_folder())))
