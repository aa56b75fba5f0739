"""An unexpected error goes to the log and one dialog; never a traceback on the screen."""

import gc
import subprocess
import sys
import threading

import pytest
from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, QTimer, qInstallMessageHandler
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core import crash_log
from gui import crash, qt_log
from gui.crash_dialog import CrashDialog


@pytest.fixture
def installed(qapp, monkeypatch, qtbot):
    for owner, name in ((sys, "excepthook"), (sys, "unraisablehook"), (threading, "excepthook")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setattr(crash, "_counts", type(crash._counts)())
    monkeypatch.setattr(crash, "_relay", None)
    monkeypatch.setattr(crash, "_keepers", [])
    monkeypatch.setattr(crash_log, "_actions", type(crash_log._actions)(maxlen=40))
    crash.install()
    yield
    for dialog in dialogs():
        dialog.close()
    crash._relay.deleteLater()


def dialogs():
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, CrashDialog)]


@pytest.fixture
def shown(installed, qtbot):
    """The one dialog, after what is given has gone wrong."""

    def after(*errors):
        for error in errors:
            fail(error)
        qtbot.waitUntil(lambda: len(dialogs()) == 1)
        qtbot.wait(300)
        (dialog,) = dialogs()
        return dialog

    return after


def fail(error=None):
    try:
        raise error or RuntimeError("the unexpected")
    except Exception:
        sys.excepthook(*sys.exc_info())


def log():
    return crash_log.log_path().read_text(encoding="utf-8")


def words(dialog):
    from PySide6.QtWidgets import QLabel

    return " ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def test_an_error_is_one_sentence_and_its_details_are_folded(shown):
    dialog = shown(RuntimeError("the unexpected"))
    assert "the unexpected" in words(dialog)
    assert "did not expect" in words(dialog)
    assert "Traceback" not in words(dialog)
    assert not dialog.details.isVisible()
    dialog.fold.click()
    assert dialog.details.isVisible()
    assert "Traceback" in dialog.details.toPlainText()


def test_the_log_and_the_copied_report_name_versions_and_the_last_actions(shown):
    crash_log.note("edit: change of time")
    dialog = shown(RuntimeError("the unexpected"))
    dialog.copy.click()
    for text in (log(), QGuiApplication.clipboard().text()):
        for part in ("RuntimeError: the unexpected", "Isoloss ", "Python 3", "Qt 6", "change of"):
            assert part in text
    assert "isoloss.log" in QGuiApplication.clipboard().text()


def test_the_folder_of_the_log_is_opened(shown, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    shown(RuntimeError()).folder.click()
    assert opened[0].toLocalFile() == str(crash_log.log_path().parent)


def test_escape_closes_the_dialog_and_the_same_error_is_not_shown_again(shown, qtbot):
    def again():
        fail(RuntimeError("again"))

    again()
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    QTest.keyClick(dialogs()[0], Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not dialogs())
    again()
    qtbot.wait(300)
    assert dialogs() == []
    fail(ValueError("another"))
    qtbot.waitUntil(lambda: len(dialogs()) == 1)


def test_a_storm_is_one_dialog_with_a_count_and_a_short_log(shown):
    dialog = shown(*[RuntimeError(f"number {n}") for n in range(5000)])
    assert "4999 more" in words(dialog)
    assert log().count("Traceback") == 1
    assert len(log()) < 10_000


def test_other_errors_join_the_dialog_that_is_open(shown, qtbot):
    dialog = shown(RuntimeError("one"))
    try:
        raise ValueError("two")
    except ValueError:
        sys.excepthook(*sys.exc_info())
    qtbot.waitUntil(lambda: "1 more" in words(dialog))
    assert dialogs() == [dialog]
    assert "ValueError: two" in dialog.text()


def test_what_saves_the_plan_is_called_first_and_may_fail(installed, qtbot):
    class Keeper:
        def __init__(self):
            self.dialogs = []

        def fail(self):
            raise ZeroDivisionError

        def keep(self):
            self.dialogs.append(len(dialogs()))

    keeper = Keeper()
    crash.keep_first(keeper.fail)
    crash.keep_first(keeper.keep)
    crash.keep_first(Keeper().keep)  # gone at once
    fail()
    assert keeper.dialogs == [0]
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert set(keeper.dialogs) == {0}
    assert "ZeroDivisionError" in log()


@pytest.mark.parametrize("works", [True, False])
def test_the_dialog_says_that_the_plan_is_kept_only_if_it_is(installed, qtbot, works):
    class Keeper:
        def keep(self):
            if not works:
                raise OSError(28, "No space left on device")

    keeper, window = Keeper(), QWidget()
    qtbot.addWidget(window)
    window.show()
    crash.keep_first(keeper.keep)
    fail()
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert ("Your plan is kept" in words(dialogs()[0])) == works
    assert ("save it now" in words(dialogs()[0])) != works


def test_without_a_window_the_dialog_says_that_it_cannot_start(installed, qtbot):
    fail()
    qtbot.waitUntil(lambda: len(dialogs()) == 1)
    assert "cannot start" in words(dialogs()[0])


def test_an_error_in_the_dialog_is_no_second_dialog(installed, qtbot, monkeypatch):
    monkeypatch.setattr(CrashDialog, "__init__", lambda *args: 1 // 0)
    fail()
    qtbot.waitUntil(lambda: "ZeroDivisionError" in log())
    assert dialogs() == []
    assert "the unexpected" in log()


def test_an_error_while_reporting_is_swallowed(installed, monkeypatch, qtbot):
    monkeypatch.setattr(crash_log, "report", lambda error: 1 // 0)
    fail()
    qtbot.wait(50)
    assert dialogs() == []


def test_errors_in_slots_threads_and_workers_are_reported(installed, qtbot):
    class Worker(QRunnable):
        def run(self):
            raise ValueError("in a worker")

    class Owner(QObject):
        def slot(self):
            raise KeyError("in a slot")

    def in_a_thread():
        raise OSError("in a thread")

    owner = Owner()
    with qtbot.capture_exceptions():
        crash.install()  # pytest-qt has put its own hook there
        QTimer.singleShot(0, owner.slot)
        thread = threading.Thread(target=in_a_thread)
        thread.start()
        thread.join()
        pool = QThreadPool()
        pool.start(Worker())
        pool.waitForDone()
        qtbot.waitUntil(lambda: len(dialogs()) == 1)
        qtbot.waitUntil(lambda: "2 more" in words(dialogs()[0]))
    for text in ("in a slot", "in a thread", "in a worker"):
        assert text in log()


def test_an_error_in_a_destructor_is_logged_and_not_shown(installed, qtbot):
    class Doomed:
        def __del__(self):
            raise RuntimeError("in a destructor")

    Doomed()
    gc.collect()
    qtbot.wait(20)
    assert "in a destructor" in log()
    assert dialogs() == []


def test_without_a_log_the_dialog_says_so_and_still_copies(shown, monkeypatch):
    monkeypatch.setenv("ISOLOSS_DATA", "/dev/null/x")
    dialog = shown(RuntimeError("unlogged"))
    assert "could not be written" in words(dialog)
    assert not dialog.folder.isEnabled()
    dialog.copy.click()
    assert "unlogged" in QGuiApplication.clipboard().text()


def test_complaints_of_qt_are_logged_a_few_times_each(qapp, capsys, monkeypatch):
    from PySide6.QtCore import qCritical, qDebug, qWarning

    monkeypatch.setattr(qt_log, "_counts", type(qt_log._counts)())
    before = qInstallMessageHandler(None)
    try:
        qt_log.install()
        for _ in range(20):
            qWarning("a warning of Qt")
        qCritical("critical")
        qDebug("whisper")
        qt_log.uninstall()
        qWarning("afterwards")
    finally:
        qInstallMessageHandler(before)
    assert log().count("a warning of Qt") == 3
    assert "ERROR Qt: critical" in log()
    assert "whisper" not in log()
    assert "afterwards" not in log()
    assert "whisper" in capsys.readouterr().err


HARD = """
import ctypes, sys
from gui import hard_crash
found = hard_crash.watch()
print(found.name if found else "nothing", len(found.read_text()) if found else 0)
if sys.argv[1] == "crash":
    ctypes.string_at(0)
hard_crash.end_watch()
"""


def start(how):
    done = subprocess.run(
        [sys.executable, "-c", HARD, how], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


def test_the_trace_of_a_hard_crash_is_found_once_at_the_next_start(home):
    assert start("well") == (0, "nothing 0\n")
    status, said = start("crash")
    assert status != 0
    status, said = start("well")
    assert said.startswith("hard-crash-")
    assert int(said.split()[1]) > 50
    assert start("well") == (0, "nothing 0\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows' own faults are in the file, too")
def test_a_window_that_closes_well_leaves_the_trace_of_another(home):
    other = HARD.replace("hard_crash.end_watch()", "sys.stdin.readline(); hard_crash.end_watch()")
    with subprocess.Popen(
        [sys.executable, "-c", other, "well"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as open_window:
        open_window.stdout.readline()
        assert start("crash")[0] != 0
        open_window.communicate("\n")
    assert start("well")[1].startswith("hard-crash-")


def test_only_a_few_traces_are_kept(home):
    folder = crash_log.log_path().parent
    folder.mkdir(parents=True)
    for day in range(10, 20):
        (folder / f"hard-crash-2020-01-{day}-000000.txt").write_text("old")
    start("crash")
    start("well")
    kept = sorted(path.name for path in folder.glob("hard-crash-*.txt"))
    assert len(kept) == 3
    assert "hard-crash-2020-01-19-000000.txt" in kept


def test_the_last_actions_are_what_the_person_did_by_name(installed, window, hands, tmp_path):
    hands.type(window.plan_view.inputs.hours, "4711")
    window.header.tabs.setCurrentIndex(2)
    (tmp_path / "my runs.csv").write_text("a,b\n1,2\n")
    window.open_runs([tmp_path / "my runs.csv"])
    window.session.undo_stack.undo()
    hands.type(window.plan_view.inputs.target.field, "0.5")
    report = crash_log.report(RuntimeError())
    expected = ("edit: change of time", "tab: Fit runs", "opened my runs.csv", "undo", "refused: ")
    places = [report.index(words) for words in expected]
    assert places == sorted(places)
    assert "4711" not in report
    assert str(tmp_path) not in report
    window.jobs.shut_down()


def test_the_report_names_a_menu_entry_that_was_chosen(installed, window, hands):
    about = next(
        entry
        for menu in window.menuBar().actions()
        for entry in menu.menu().actions()
        if "About" in entry.text()
    )
    about.trigger()
    hands.settle()
    assert "menu: About Isoloss" in crash_log.report(RuntimeError())
