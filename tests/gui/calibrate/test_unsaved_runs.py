"""A run that is not saved is never lost: it is listed until somebody saves or discards it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.calibration.profile import rename
from core.calibration.profile_file import load_profile, save_profile
from core.calibration.profiles import keep_profile, kept_profiles, profiles_folder
from core.calibration.unsaved import read_unsaved, unsaved_folder, unsaved_runs
from gui.app import make_application, make_window
from gui.views.stack import CALIBRATE


def texts(view):
    return [view.profiles.list.item(n).text() for n in range(view.profiles.list.count())]


def run_again(view, probe, idle, steps=12):
    probe(f"say(**DEVICE); progress(0, 9); steps(*STEPS[:{steps}]); say(**DONE)")
    view.inputs.run_bar.start_button.click()
    idle(view)


@pytest.fixture
def open_again(settings, qtbot, idle):
    """The window of the next session, on the tab."""
    made = []

    def go():
        window = make_window(make_application(), settings)
        qtbot.addWidget(window)
        window.show()
        window.show_view(CALIBRATE)
        idle(window.calibrate_view)
        made.append(window)
        return window.calibrate_view

    yield go
    for window in made:
        window.views.shut_down()


def test_another_run_leaves_the_one_before_in_the_list(finished, probe, idle):
    run_again(finished, probe, idle)
    assert len(finished.state.points) == 12
    assert [run.points for run in finished.state.drafts.runs] == [12, 24]
    assert texts(finished)[0].startswith("Unsaved: 12 points, RTX 4090, bf16")
    finished.profiles.list.setCurrentRow(1)
    idle(finished)
    assert len(finished.state.points) == 24
    assert finished.fit.save_button.text() == "Save and plan with it"


def test_a_run_can_be_discarded_and_that_can_be_undone(finished, idle):
    assert finished.fit.discard_button.isVisible()
    finished.fit.discard_button.click()
    assert unsaved_runs() == () and finished.state.points == ()
    assert finished.profiles._deleted.text().startswith("Discarded: This PC: RTX 4090")
    finished.profiles.undo_button.click()
    idle(finished)
    assert len(finished.state.points) == 24
    assert len(unsaved_runs()) == 1
    assert not finished.profiles.undo_button.isVisible()


def test_a_run_is_discarded_from_the_list_by_key(finished, probe, idle):
    run_again(finished, probe, idle)
    finished.profiles.list.setCurrentRow(1)
    idle(finished)
    finished.profiles.list.setFocus()
    QTest.keyClick(finished.profiles.list, Qt.Key.Key_Delete)
    idle(finished)
    assert [run.points for run in unsaved_runs()] == [12]


def test_saving_one_run_leaves_the_others(finished, probe, idle):
    run_again(finished, probe, idle)
    finished.fit.save_button.click()
    assert [run.points for run in unsaved_runs()] == [24]
    assert len(kept_profiles()[0]) == 1
    assert not finished.fit.discard_button.isVisible()


def test_the_next_session_has_every_run_with_what_was_left_out(
    finished, probe, idle, window, open_again
):
    finished.state.leave_out(3, True)
    idle(finished)
    run_again(finished, probe, idle)
    window.close()
    view = open_again()
    assert len(view.state.points) == 12  # the newest is on show
    view.profiles.list.setCurrentRow(1)
    idle(view)
    assert len(view.state.points) == 24 and view.state.profile.excluded == (3,)


def test_a_window_closed_in_the_middle_of_a_run_keeps_its_points(
    view, probe, qtbot, window, open_again
):
    probe("say(**DEVICE); steps(*STEPS[:9]); wait()")
    view.inputs.run_bar.start_button.click()
    qtbot.waitUntil(lambda: len(view.state.points) == 9, timeout=30_000)
    window.close()
    assert len(open_again().state.points) == 9


def test_a_run_without_points_leaves_nothing_behind(view, probe, idle):
    probe("say(**DEVICE); sys.exit('broken')")
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert view.inputs.notices.texts()
    assert texts(view) == [] and not any(unsaved_folder().iterdir())


def test_what_was_changed_in_a_profile_is_kept_when_another_run_starts(
    opened, keep, some_profile, probe, idle
):
    kept = keep(some_profile("Mine"))
    view = opened()
    view.profiles.list.setCurrentRow(0)
    view.state.leave_out(2, True)
    idle(view)
    assert view.fit.discard_button.text() == "Discard changes"
    run_again(view, probe, idle)
    assert load_profile(kept.path).excluded == ()
    (left,) = [read_unsaved(run.path) for run in unsaved_runs() if run.name == "Mine"]
    assert left.excluded == (2,)


def test_changes_in_a_profile_can_be_discarded(opened, keep, some_profile, idle):
    keep(some_profile("Mine"))
    view = opened()
    view.profiles.list.setCurrentRow(0)
    view.state.leave_out(2, True)
    idle(view)
    view.fit.discard_button.click()
    assert view.state.profile.excluded == () and view.state.is_saved
    assert unsaved_runs() == ()


def test_profiles_that_another_program_saves_appear_by_themselves(view, some_profile, qtbot):
    assert texts(view) == []
    folder = profiles_folder()
    for name in ("A100", "H100"):
        keep_profile(some_profile(name), folder=folder)
    qtbot.waitUntil(lambda: len(texts(view)) == 2, timeout=10_000)
    assert sorted(texts(view)) == ["A100", "H100"]


def test_the_gpus_of_the_plan_follow_the_folder(view, window, some_profile, qtbot):
    kept = keep_profile(some_profile("Cluster: A100"))
    gpu = window.plan_view.inputs.gpu
    qtbot.waitUntil(lambda: gpu.offers(str(kept.path)), timeout=10_000)
    kept.path.unlink()
    qtbot.waitUntil(lambda: not gpu.offers(str(kept.path)), timeout=10_000)


def test_coming_back_to_the_tab_reads_the_folder_again(view, window, some_profile, idle):
    view.state.library._watcher.removePaths(view.state.library._watcher.directories())
    window.show_view(0)
    keep_profile(some_profile("While away"))
    window.show_view(CALIBRATE)
    idle(view)
    assert texts(view) == ["While away"]


def test_a_profile_on_show_that_another_program_writes_is_shown_anew(
    opened, keep, some_profile, qtbot
):
    kept = keep(some_profile("Before"))
    view = opened()
    view.profiles.list.setCurrentRow(0)
    save_profile(rename(kept.profile, "After"), kept.path)
    qtbot.waitUntil(lambda: texts(view) == ["After"], timeout=10_000)
    assert view.fit.name.text() == "After"


def test_a_plan_on_a_profile_that_another_program_removes_goes_back_to_the_usual_gpu(
    opened, keep, some_profile, window, settings, qtbot, hands
):
    kept = keep(some_profile())
    view = opened()
    view.profiles.list.setCurrentRow(0)
    view.profiles.use_button.click()
    hands.settle()
    assert window.session.request.gpu == settings.default_gpu == str(kept.path)
    kept.path.unlink()
    qtbot.waitUntil(lambda: window.session.request.gpu == "V100", timeout=10_000)
    assert settings.default_gpu == ""
    said = window.statusBar().currentMessage()
    assert said == "The profile of this plan is gone: planned with V100 16 GB instead"


def test_a_run_without_a_fit_can_be_saved_but_not_planned_with(view, probe, idle, window, settings):
    run_again(view, probe, idle, steps=2)
    assert view.fit.hero.text() == "Not identified"
    assert view.fit.save_button.text() == "Save"
    view.fit.save_button.click()
    (kept,) = view.state.library.profiles
    assert settings.default_gpu == "" and window.session.request.gpu == "V100"
    assert not window.plan_view.inputs.gpu.offers(str(kept.path))
    assert view.profiles.chosen() == kept and not view.profiles.use_button.isEnabled()
