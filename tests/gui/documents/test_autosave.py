"""What is unsaved survives a crash, is offered at the next start, and only then."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest
from PySide6.QtWidgets import QMessageBox

from core.documents.document import PlanDocument
from core.documents.places import autosave_folder
from core.documents.recovery import left_behind
from core.documents.store import open_plan, save_plan
from core.planner import PlanRequest
from gui import crash


def kept():
    folder = autosave_folder()
    return sorted(folder.glob("*.autosave")) if folder.is_dir() else []


@pytest.fixture
def soon(window):
    """Autosave without the wait."""
    window.documents.autosave.timer.setInterval(0)
    return window


def crashed(home, path=None):
    """Isoloss in a process of its own: edits, autosaves, and is killed."""
    script = """
        import os, signal, sys, time
        from pathlib import Path
        from gui.app import make_application, make_window
        from gui.settings import Settings
        app = make_application()
        window = make_window(app, Settings(sys.argv[1]))
        window.documents.autosave.timer.setInterval(0)
        if len(sys.argv) > 2:
            window.documents.open(Path(sys.argv[2]))
        window.show()
        window.session.edit("x", value=77.0)
        autosave, end = window.documents.autosave, time.monotonic() + 60
        while time.monotonic() < end:
            app.processEvents()
            if autosave._file and autosave._file.path.exists():
                break
        os.kill(os.getpid(), signal.SIGKILL)
    """
    arguments = [str(home / "crashed.ini"), *([str(path)] if path else [])]
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script), *arguments], check=False)
    assert done.returncode == -signal.SIGKILL


def test_an_edit_is_kept_and_let_go_when_it_is_saved_or_undone(soon, edit, qtbot, tmp_path):
    edit(soon, 24)
    qtbot.waitUntil(lambda: len(kept()) == 1)
    soon.session.undo_stack.undo()
    qtbot.waitUntil(lambda: kept() == [])
    edit(soon, 36)
    qtbot.waitUntil(lambda: len(kept()) == 1)
    soon.documents._on_save_chosen(tmp_path / "x.isoloss")
    assert kept() == []


def test_a_window_without_changes_keeps_nothing(soon, plan_file, hands, qtbot):
    soon.documents.open(plan_file)
    qtbot.wait(50)
    assert not autosave_folder().exists()


def test_closing_properly_leaves_nothing(soon, edit, qtbot):
    edit(soon, 24)
    qtbot.waitUntil(lambda: len(kept()) == 1)
    soon.documents.let_go()
    soon.close()
    assert list(autosave_folder().iterdir()) == []


def test_what_a_crash_left_is_offered_and_restored_with_its_name(
    make, home, plan_file, hands, question
):
    crashed(home, plan_file)
    window = make()
    window.documents.offer_recovery()
    (text,) = window.notice_bar.texts()
    assert "not closed properly" in text
    assert "my plan.isoloss" in text
    window.notice_bar.button("Restore").click()
    hands.settle()
    assert window.session.request.value == 77
    assert window.windowTitle() == "my plan.isoloss[*] — Isoloss"
    assert window.isWindowModified()
    assert open_plan(plan_file).document.request.value == 24  # until it is saved
    assert len(kept()) == 1  # it is this window's by now
    assert left_behind() == ()
    window.documents.save()
    assert open_plan(plan_file).document.request.value == 77
    assert kept() == []


def test_a_restored_plan_does_not_overwrite_what_was_saved_meanwhile(
    make, home, plan_file, hands, question
):
    crashed(home, plan_file)
    save_plan(plan_file, PlanDocument(PlanRequest(value=99.0)))
    window = make()
    window.documents.offer_recovery()
    window.notice_bar.button("Restore").click()
    hands.settle()
    window.documents.save()
    assert "changed by another program" in question(window, QMessageBox.StandardButton.Cancel)
    assert open_plan(plan_file).document.request.value == 99


def test_what_is_not_wanted_is_deleted_and_the_next_is_offered(make, home, hands):
    crashed(home)
    crashed(home)
    window = make()
    window.documents.offer_recovery()
    for left in (1, 0):
        window.notice_bar.button("Discard").click()
        hands.settle()
        assert len(kept()) == left
        assert len(window.notice_bar.texts()) == left


def test_an_offer_that_nobody_answers_is_made_again(make, home):
    crashed(home)
    first = make()
    first.documents.offer_recovery()
    second = make("other.ini")
    second.documents.offer_recovery()
    assert not second.has_notice_bar  # it is being offered elsewhere
    first.close()
    third = make("third.ini")
    third.documents.offer_recovery()
    assert third.has_notice_bar


def test_a_running_window_is_not_robbed(soon, make, edit, qtbot):
    edit(soon, 24)
    qtbot.waitUntil(lambda: len(kept()) == 1)
    other = make("other.ini")
    other.documents.offer_recovery()
    assert not other.has_notice_bar


def test_changes_since_the_start_are_asked_about_before_a_restore(make, home, edit, question):
    crashed(home)
    window = make()
    edit(window, 5)
    window.documents.offer_recovery()
    window.notice_bar.button("Restore").click()
    question(window, QMessageBox.StandardButton.Cancel)
    assert window.session.request.value == 5
    assert len(kept()) == 1
    window.notice_bar.button("Restore").click()  # it is still on offer
    question(window, QMessageBox.StandardButton.Discard)
    assert window.session.request.value != 5


def test_an_unexpected_error_finds_the_plan_kept(window, edit, monkeypatch):
    monkeypatch.setattr(crash, "_counts", type(crash._counts)())
    edit(window, 24)
    assert kept() == []
    try:
        raise RuntimeError("the unexpected")
    except RuntimeError:
        crash.report(*sys.exc_info())
    assert len(kept()) == 1


def test_a_folder_that_cannot_be_written_is_said_once_and_stops_nothing(
    soon, edit, qtbot, home, monkeypatch
):
    autosave_folder().parent.mkdir(parents=True)
    autosave_folder().write_text("a file where the folder should be")
    said = []
    soon.documents.said.connect(said.append)
    for hours in (24, 36):
        edit(soon, hours)
        qtbot.waitUntil(lambda: not soon.documents.autosave.timer.isActive())
        soon.documents.autosave._jobs._pool.waitForDone()
        qtbot.wait(20)
    assert len(said) == 1
    assert "could not be kept safe" in said[0]
    assert soon.session.request.value == 36


def test_a_double_click_of_macos_opens_the_file(plan_file, home):
    """QFileOpenEvent, sent to an application of ours."""
    script = """
        import sys
        from PySide6.QtCore import QCoreApplication
        from PySide6.QtGui import QFileOpenEvent
        from gui.app import make_application, make_window
        from gui.settings import Settings
        app = make_application()
        QCoreApplication.sendEvent(app, QFileOpenEvent(sys.argv[2]))
        window = make_window(app, Settings(sys.argv[1]))
        window.open_asked()
        print(window.windowTitle(), window.session.request.value)
        window.session.edit("x", value=3.0)
        window.documents.let_go()
        QCoreApplication.sendEvent(app, QFileOpenEvent(sys.argv[2]))
        box = window.documents._question
        print(box.text())
        box.reject()
        window.close()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), str(home / "x.ini"), str(plan_file)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONIOENCODING": "utf-8"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "my plan.isoloss[*] — Isoloss 24.0",
        "Save the changes to my plan.isoloss?",
    ]
