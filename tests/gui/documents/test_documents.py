"""A plan is a file: opened, saved, reverted, and never lost without a question."""

import json

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDropEvent
from PySide6.QtWidgets import QMessageBox

from core.documents.document import PlanDocument
from core.documents.store import backup_of, open_plan, save_plan
from core.errors import InputError
from core.laws.about import About
from core.laws.law_file import SavedLaw, save_law
from core.laws.parametric import ParametricLaw
from core.planner import PlanRequest
from gui.views.stack import FIT

Button = QMessageBox.StandardButton


def trigger(window, text):
    next(a for a in window.findChildren(QAction) if a.text().replace("&", "") == text).trigger()


def hours(path):
    return open_plan(path).document.request.value


def test_an_untouched_plan_closes_without_a_question(window, asks):
    assert window.windowTitle() == "Untitled[*] — Isoloss"
    assert not window.isWindowModified()
    assert window.close()
    assert not asks(window)


def test_a_plan_changed_and_changed_back_closes_without_a_question(window, edit, asks):
    edit(window, 24)
    assert window.isWindowModified()
    edit(window, 12)
    assert not window.isWindowModified()
    assert window.close()
    assert not asks(window)


def test_a_new_plan_is_saved_under_the_name_that_is_chosen(window, edit, choose, tmp_path):
    edit(window, 24)
    trigger(window, "Save")
    path = tmp_path / "first.isoloss"
    choose(window, path)
    assert hours(path) == 24
    assert open_plan(path).document.answers["loss"] == window.session.plan.loss.value
    assert window.windowTitle() == "first.isoloss[*] — Isoloss"
    assert window.windowFilePath() == str(path)
    assert not window.isWindowModified()


def test_saving_again_asks_nothing_and_keeps_the_version_before(window, edit, asks, plan_file):
    window.documents.open(plan_file)
    edit(window, 36)
    trigger(window, "Save")
    assert not asks(window)
    assert (hours(plan_file), hours(backup_of(plan_file))) == (36, 24)


def test_undo_leads_back_across_a_save_and_tells_saved_from_changed(window, edit, plan_file, hands):
    window.documents.open(plan_file)
    edit(window, 36)
    trigger(window, "Save")
    edit(window, 48)
    for value, is_modified in ((36, False), (24, True)):
        window.session.undo_stack.undo()
        hands.settle()
        assert (window.session.request.value, window.isWindowModified()) == (value, is_modified)
    window.session.undo_stack.redo()
    hands.settle()
    assert not window.isWindowModified()


def test_opening_begins_a_history_of_its_own(window, edit, plan_file, question):
    edit(window, 36)
    window.documents.open(plan_file)
    question(window, Button.Discard)
    assert window.session.request.value == 24
    assert not window.session.undo_stack.canUndo()
    assert window.plan_view.inputs.hours.value() == 24


@pytest.mark.parametrize("what", ["close", "new", "open"])
@pytest.mark.parametrize("answer", [Button.Save, Button.Discard, Button.Cancel])
def test_changes_are_saved_discarded_or_kept_as_the_person_says(
    window, edit, question, plan_file, tmp_path, what, answer
):
    window.documents.open(plan_file)
    edit(window, 36)
    other = tmp_path / "other.isoloss"
    save_plan(other, PlanDocument(PlanRequest(value=48.0)))
    {
        "close": window.close,
        "new": window.documents.new,
        "open": lambda: window.documents.open(other),
    }[what]()
    assert "my plan.isoloss" in question(window, answer)
    assert hours(plan_file) == (36 if answer == Button.Save else 24)
    if answer == Button.Cancel:
        assert window.isVisible()
        assert window.session.request.value == 36
    elif what == "close":
        assert not window.isVisible()
    else:
        assert window.session.request.value == (12 if what == "new" else 48)


def test_a_save_dialog_that_is_given_up_leaves_the_window_open(
    window, edit, question, choose, tmp_path
):
    edit(window, 36)
    window.close()
    question(window, Button.Save)
    choose(window, None)
    assert window.isVisible()
    trigger(window, "Save")
    choose(window, tmp_path / "later.isoloss")
    assert window.isVisible()  # the close of before is forgotten


def test_a_save_that_fails_says_so_and_closes_nothing(window, edit, question, plan_file, choose):
    edit(window, 36)
    window.close()
    question(window, Button.Save)
    choose(window, plan_file.parent / "none" / "x.isoloss")
    text = question(window, Button.Ok)
    assert "Nothing was lost" in text
    assert "No such file" in text
    assert window.isVisible()
    assert window.isWindowModified()


def test_a_name_with_a_dot_is_saved_as_a_plan_and_replaces_nothing_unasked(
    window, edit, choose, question, plan_file, tmp_path
):
    edit(window, 36)
    trigger(window, "Save as…")
    choose(window, tmp_path / "budget v1.5")
    path = tmp_path / "budget v1.5.isoloss"
    assert (window.documents.path, hours(path)) == (path, 36)
    edit(window, 48)
    for answer, value in ((Button.Cancel, 36), (Button.Save, 48)):
        trigger(window, "Save as…")
        choose(window, tmp_path / "budget v1.5")  # the file dialog has not asked about the other
        assert "budget v1.5.isoloss.bak" in question(window, answer)
        assert hours(path) == value
    assert hours(backup_of(path)) == 36


def test_a_plan_whose_file_was_taken_away_is_not_closed_unasked(
    window, plan_file, question, asks, hands
):
    window.documents.open(plan_file)
    content = plan_file.read_bytes()
    plan_file.unlink()
    assert not window.close()
    question(window, Button.Cancel)
    assert window.isWindowModified()
    assert "my plan.isoloss is not in" in window.notice_bar.texts()[0]
    plan_file.write_bytes(content)  # it is there again
    window.documents.look_at_disk()
    assert window.notice_bar.texts() == []
    assert not window.isWindowModified()
    plan_file.unlink()
    window.documents.look_at_disk()
    window.notice_bar.button("Save").click()
    hands.settle()
    assert hours(plan_file) == 24
    assert window.close()
    assert not asks(window)


def test_a_file_in_a_folder_that_is_closed_to_us_says_why(window, plan_file, monkeypatch):
    real = type(plan_file).stat

    def refuse(self, **options):
        if self.parent == plan_file.parent and "isoloss" in self.name:
            raise PermissionError(13, "Permission denied", str(self))
        return real(self, **options)

    plan_file.chmod(0)
    monkeypatch.setattr(type(plan_file), "stat", refuse)
    monkeypatch.setattr("core.files.os.open", lambda *args, **kwargs: refuse(plan_file))
    window.documents.open_recent(str(plan_file))
    (text,) = window.notice_bar.texts()
    assert "Permission denied" in text


def test_a_plan_whose_own_law_is_gone_says_which_when_it_cannot_be_saved(
    window, choose, question, tmp_path
):
    own = tmp_path / "mine.isoloss-law"
    about = About("Mine", "mine", "non-embedding")
    save_law(SavedLaw(ParametricLaw(1.81, 477.8, 2143.4, 0.3473, 0.3671, about)), own)
    window.session.edit("law", law=str(own))
    own.unlink()
    trigger(window, "Save")
    choose(window, tmp_path / "x.isoloss")
    assert "mine.isoloss-law" in question(window, Button.Ok)
    assert window.isWindowModified()


def test_closing_twice_asks_once(window, edit, question):
    edit(window, 36)
    window.close()
    window.close()
    question(window, Button.Cancel)
    assert window.isVisible()


def test_reverting_is_a_step_that_can_be_undone(window, edit, plan_file, hands):
    window.documents.open(plan_file)
    edit(window, 36)
    trigger(window, "Revert to saved")
    hands.settle()
    assert window.session.request.value == 24
    assert not window.isWindowModified()
    window.session.undo_stack.undo()
    hands.settle()
    assert window.session.request.value == 36


@pytest.mark.parametrize(
    ("answer", "ours", "backup"),
    [(Button.Save, 36, 99), (Button.SaveAll, 99, 24), (Button.Cancel, 99, 24)],
)
def test_a_file_that_somebody_else_has_changed_is_not_overwritten_unasked(
    make, edit, question, choose, plan_file, tmp_path, answer, ours, backup
):
    window = make()
    window.documents.open(plan_file)
    save_plan(plan_file, PlanDocument(PlanRequest(value=99.0)))  # a second instance
    edit(window, 36)
    trigger(window, "Save")
    assert "changed by another program" in question(window, answer)
    if answer == Button.SaveAll:
        choose(window, tmp_path / "mine.isoloss")
        assert hours(tmp_path / "mine.isoloss") == 36
    assert hours(plan_file) == ours
    assert hours(backup_of(plan_file)) == backup


def test_a_change_by_somebody_else_is_said_and_can_be_taken(window, plan_file, hands):
    window.documents.open(plan_file)
    save_plan(plan_file, PlanDocument(PlanRequest(value=99.0)))
    window.documents.look_at_disk()
    window.documents.look_at_disk()
    (text,) = window.notice_bar.texts()
    assert "changed by another program" in text
    window.notice_bar.button("Take theirs").click()
    hands.settle()
    assert window.session.request.value == 99
    assert not window.isWindowModified()
    assert window.notice_bar.texts() == []


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[" * 10**6, b'{"format": "isoloss-plan", "version": 99}', b"\xff" * 99],
)
def test_a_file_that_cannot_be_opened_says_why_and_changes_nothing(
    window, edit, tmp_path, content, question
):
    edit(window, 36)
    path = tmp_path / "bad.isoloss"
    path.write_bytes(content)
    window.documents.open(path)
    question(window, Button.Discard)
    (text,) = window.notice_bar.texts()
    assert text.startswith("bad.isoloss cannot be opened")
    assert window.session.request.value == 36
    assert window.windowTitle() == "Untitled[*] — Isoloss"


def test_a_file_of_somebody_else_that_cannot_be_answered_is_not_overwritten_unasked(
    window, plan_file, hands, question, monkeypatch
):
    window.documents.open(plan_file)
    theirs = plan_file.read_text().replace('"value": 24.0', '"value": 36.0')
    plan_file.write_text(theirs)
    window.documents.look_at_disk()
    monkeypatch.setattr("gui.session.plan", refuse)
    window.notice_bar.button("Take theirs").click()
    hands.settle()
    monkeypatch.undo()
    hands.type(window.plan_view.inputs.hours, "48")
    trigger(window, "Save")
    question(window, Button.Cancel)
    assert plan_file.read_text() == theirs


def refuse(request):
    """As where the catalogue has changed in the meantime."""
    raise InputError("value", request.value, "something else")


def test_a_plan_that_cannot_be_answered_names_its_field(window, plan_file):
    text = plan_file.read_text().replace('"value": 24.0', '"value": 1e300')
    plan_file.write_text(text)
    window.documents.open(plan_file)
    (said,) = window.notice_bar.texts()
    assert "request.value must be between" in said
    assert window.session.request.value == 12


def test_the_backup_of_a_damaged_file_is_one_click_away(window, plan_file, hands, asks):
    save_plan(plan_file, PlanDocument(PlanRequest(value=36.0)))
    plan_file.write_bytes(b"{ damaged")
    window.documents.open(plan_file)
    assert "; the version" not in window.notice_bar.texts()[0]  # the button says that
    window.notice_bar.button("Open the backup").click()
    hands.settle()
    assert window.session.request.value == 24
    assert window.windowTitle() == "my plan.isoloss[*] — Isoloss"
    assert window.isWindowModified()
    trigger(window, "Save")
    assert not asks(window)
    assert hours(plan_file) == 24


def test_a_plan_that_answers_otherwise_today_says_so_once(window, plan_file, hands):
    values = json.loads(plan_file.read_text())
    values["answers"] = {"loss": 3.5, "usd": window.session.plan.usd.value * 2}
    values["saved_with"] = "0.0.1"
    plan_file.write_text(json.dumps(values))
    window.documents.open(plan_file)
    (text,) = window.notice_bar.texts()
    assert "Isoloss 0.0.1" in text
    assert "loss 3.500 → 3.020" in text
    assert "money" not in text
    window.notice_bar.button("Hide").click()
    hands.settle()
    assert window.notice_bar.texts() == []
    assert window.notice_bar.isHidden()


def test_a_plan_for_any_gpu_is_compared_when_its_gpu_is_found(window, plan_file, qtbot):
    request = PlanRequest(value=1000.0, by="usd", gpu="any", law="besiroglu-2024")
    save_plan(plan_file, PlanDocument(request, {"loss": 9.0}))
    window.documents.open(plan_file)
    assert not window.has_notice_bar
    assert window.session.request == request
    qtbot.waitUntil(lambda: not window.session.is_choosing, timeout=60_000)
    qtbot.waitUntil(lambda: window.has_notice_bar, timeout=5_000)
    assert "loss 9.000" in window.notice_bar.texts()[0]
    assert not window.isWindowModified()


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, left, none))


def test_a_plan_that_is_dropped_is_opened_and_other_files_are_runs(window, plan_file, tmp_path):
    drop(window, plan_file)
    assert window.session.request.value == 24
    assert window.views.currentWidget() is window.plan_view
    runs = tmp_path / "runs.csv"
    runs.write_text("run,params,tokens,loss\na,1e6,1e8,4.0\nb,2e6,1e8,3.9\n")
    drop(window, runs)
    assert window.header.tabs.currentIndex() == FIT


def test_a_name_with_a_placeholder_in_it_is_shown_as_it_is(window, tmp_path):
    path = tmp_path / "a[*]b.isoloss"
    save_plan(path, PlanDocument(PlanRequest()))
    window.documents.open(path)
    assert window.windowTitle() == "a[*][*]b.isoloss[*] — Isoloss"


def test_every_word_about_files_is_translated(make, qtbot, plan_file, edit):
    from PySide6.QtCore import QCoreApplication, QTranslator

    class Marking(QTranslator):
        def translate(self, context, text, disambiguation=None, count=-1):
            return f"§{text}"

        def isEmpty(self):
            return False

    translator = Marking()
    QCoreApplication.installTranslator(translator)
    try:
        window = make()
        window.documents.notices.say_gone(plan_file)
        window.documents.notices.say_changed(plan_file, True)
        assert all(text.startswith("§") for text in window.notice_bar.texts())
        edit(window, 36)
        window.close()
        (box,) = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
        assert box.text().startswith("§")
        assert box.informativeText().startswith("§")
        box.button(Button.Cancel).click()
    finally:
        QCoreApplication.removeTranslator(translator)
