"""A calibration from the button to the plan, as a person does it."""

import gc
import weakref
from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt

from core.calibration.messages import Parallel
from core.calibration.profile import make_profile
from core.calibration.profile_file import load_profile
from core.calibration.profiles import kept_profiles
from core.calibration.result import write_calibration
from core.calibration.unsaved import unsaved_folder, unsaved_runs
from gui.app import make_application, make_window
from gui.views.stack import CALIBRATE, PLAN


@pytest.fixture
def disturbed(measured, timed):
    """The steps with one that was far too slow."""
    steps = list(measured)
    steps[5] = timed(steps[5], 1.7)
    return steps


@pytest.fixture
def saved(finished, idle):
    finished.fit.save_button.click()
    idle(finished)
    return finished


def test_the_tab_is_behind_the_fit_and_nothing_waits_for_it(window):
    tabs = window.header.tabs
    assert [tabs.tabText(n) for n in range(tabs.count())][CALIBRATE] == "Calibrate"
    assert "Ctrl+4" in tabs.tabToolTip(CALIBRATE)
    assert window.views._calibrate is None


def test_a_run_shows_its_points_and_then_how_sure_the_fit_is(finished):
    assert finished.charts.predicted.n_points == 24
    assert finished.charts.points.rowCount() == 24
    held_out = finished.state.profile.fits[0].roofline.held_out
    assert f"{100 * held_out.median:.2g}" in finished.fit.hero.text()
    assert f"{100 * held_out.largest:.2g}" in finished.fit.largest.copied_text()
    assert finished.fit.article.copied_text() == "15\u00a0%"
    assert finished.state.problem is None
    assert finished.fit.name.text() == "This PC: RTX 4090, bf16, 2026-11-22"


def test_points_appear_as_they_come_with_the_time_left(view, probe, qtbot, idle):
    probe("say(**DEVICE); steps(*STEPS[:14]); progress(14, 95); wait()")
    bar = view.inputs.run_bar
    bar.start_button.click()
    qtbot.waitUntil(lambda: view.state.run.doing is not None, timeout=30_000)
    assert view.charts.predicted.n_points == 14
    assert view.charts.points.rowCount() == 14
    assert "14 points" in bar.sentence.text() and "min left" in bar.sentence.text()
    assert bar.cancel_button.isVisible() and not bar.start_button.isVisible()
    assert view.state.profile is None
    view.state.stop()
    idle(view)


def test_points_without_a_fit_lie_on_the_line_and_say_so(view, probe, qtbot, idle):
    probe("say(**DEVICE); steps(*STEPS[:2]); progress(2, 95); wait()")
    view.inputs.run_bar.start_button.click()
    qtbot.waitUntil(lambda: view.state.run.doing is not None, timeout=30_000)
    assert view.charts.predicted.n_points == 2
    assert view.charts.predicted.note.isVisible()
    assert "not predicted yet" in view.charts.predicted.describe(0)
    view.state.stop()
    idle(view)


def test_cancelling_keeps_the_points_and_fits_them(view, probe, qtbot, idle):
    probe("say(**DEVICE); steps(*STEPS[:14]); progress(14, 95); wait()")
    view.inputs.run_bar.start_button.click()
    qtbot.waitUntil(lambda: len(view.state.points) == 14, timeout=30_000)
    view.inputs.run_bar.cancel_button.click()
    assert view.state.is_stopping
    assert not view.inputs.run_bar.cancel_button.isEnabled()
    idle(view)
    assert len(view.state.profile.steps) == 14
    assert view.fit.hero.text().endswith("off")
    assert "kept" in view.inputs.notices.texts()[0]


def test_too_few_points_are_not_identified_and_can_be_kept(view, probe, idle):
    probe("say(**DEVICE); steps(*STEPS[:3]); say(**DONE)")
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert view.fit.hero.text() == "Not identified"
    assert "3 points" in view.fit.notices.texts()[0]
    assert not view.fit.largest.isVisible()
    assert view.fit.save_button.isEnabled()
    assert "nothing predicts them" in view.charts.predicted.note.text


def test_what_does_not_fit_is_named_and_a_tick_refits_without_it(view, probe, idle, disturbed):
    probe(steps=disturbed)
    view.inputs.run_bar.start_button.click()
    idle(view)
    before = view.state.profile.fits[0].roofline.held_out.largest
    row = view.suspects.rows[0]
    assert view.suspects.isVisible()
    assert row.box.text().startswith(f"{disturbed[5].n_layers} × {disturbed[5].d_model}")
    row.box.click()
    idle(view)
    assert view.state.profile.excluded == (5,)
    assert view.state.profile.fits[0].roofline.held_out.largest < before / 3
    assert "left out of the fit" in view.charts.predicted.describe(5)
    view.suspects.rows[0].box.click()
    idle(view)
    assert view.state.profile.excluded == ()


def test_a_tick_in_the_table_leaves_a_point_out(finished, idle):
    model = finished.charts.points
    box = model.index(3, 0)
    role = Qt.ItemDataRole.CheckStateRole
    assert model.data(box, role) == Qt.CheckState.Checked
    assert model.setData(box, Qt.CheckState.Unchecked.value, role)
    assert model.data(box, role) == Qt.CheckState.Unchecked
    idle(finished)
    assert finished.state.profile.excluded == (3,)
    assert model.as_tsv().splitlines()[4].startswith("left out")
    assert "1 left out" in finished.charts._counted.text()


def test_a_saved_profile_is_the_gpu_of_the_plan_and_of_the_next_start(
    saved, window, settings, qtbot
):
    kept, _ = kept_profiles()
    assert [one.profile.name for one in kept] == ["This PC: RTX 4090, bf16, 2026-11-22"]
    path = str(kept[0].path)
    assert window.session.request.gpu == path
    gpu = window.plan_view.inputs.gpu
    assert gpu.choice() == path
    assert gpu._choices[0] == (path, kept[0].profile.name)
    assert unsaved_runs() == () and not any(unsaved_folder().iterdir())
    again = make_window(make_application(), settings)
    qtbot.addWidget(again)
    assert again.session.request.gpu == path


def test_a_default_that_is_gone_gives_the_usual_plan(settings, tmp_path, qtbot):
    settings.default_gpu = str(tmp_path / "gone.json")
    window = make_window(make_application(), settings)
    qtbot.addWidget(window)
    assert window.session.request.gpu == "V100"


def test_the_plan_says_that_its_speed_was_measured(saved, window, hands):
    speed = window.plan_view.inputs.hardware.speed_rows
    hands.settle()
    assert "measured here on 2026-11-22" in speed._note.text()
    assert "decoder in bf16" in speed.stack._choices[0][1]


def test_a_closed_window_is_garbage(qtbot, settings, pythons, probe, idle):
    made = make_window(make_application(), settings)
    made.show()
    made.show_view(CALIBRATE)
    idle(made.calibrate_view)
    made.calibrate_view.inputs.run_bar.start_button.click()
    idle(made.calibrate_view)
    made.close()
    made.deleteLater()
    gone = weakref.ref(made.calibrate_view)
    del made
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert gone() is None


def test_a_slow_device_gets_the_hours_that_any_model_needs(
    opened, keep, some_profile, measured, timed, window, settings, qtbot
):
    kept = keep(some_profile("Slow", steps=[timed(step, 2e4) for step in measured]))
    view = opened()
    view.profiles.list.setCurrentRow(0)
    view.profiles.use_button.click()
    request = window.session.request
    assert request.gpu == str(kept.path) and request.value > 12
    assert f"{request.value:,.0f} hours" in window.statusBar().currentMessage()
    again = make_window(make_application(), settings)
    qtbot.addWidget(again)
    assert again.session.request == request


def test_from_a_profile_to_another_gpu_and_back(saved, window, hands):
    path = window.session.request.gpu
    hardware = window.plan_view.inputs.hardware
    for gpu in ("h100_sxm", path, "V100", path):
        hardware.choose_gpu(gpu)
        hands.settle()
        assert window.session.request.gpu == gpu
        assert hardware.gpu.choice() == gpu
        assert hardware.error.text() == ""


def test_the_plan_offers_the_precisions_that_were_measured(saved, window):
    precision = window.plan_view.inputs.precision
    assert [name for name, _ in precision._choices] == ["bf16"]


def test_a_profile_is_compared_with_the_shipped_figures(finished):
    assert finished.fit.shipped.isVisible()
    assert "×" in finished.fit.shipped.copied_text()
    assert "RTX 4090" in finished.fit.shipped.toolTip()


def test_what_was_measured_and_not_saved_is_there_at_the_next_start(
    finished, window, settings, qtbot, idle
):
    n = len(finished.state.points)
    window.views.shut_down()
    again = make_window(make_application(), settings)
    qtbot.addWidget(again)
    again.show()
    again.show_view(CALIBRATE)
    idle(again.calibrate_view)
    assert len(again.calibrate_view.state.points) == n
    assert again.calibrate_view.state.kept is None
    again.views.shut_down()


def test_renaming_keeps_the_file_and_the_plan(saved, window):
    (kept,) = saved.state.library.profiles
    saved.files.ask_name(kept)
    saved.files.rename("Mine")
    assert load_profile(kept.path).name == "Mine"
    assert saved.profiles.list.item(0).text() == "Mine"
    assert saved.fit.name.text() == "Mine"
    assert window.session.request.gpu == str(kept.path)
    assert dict(window.plan_view.inputs.gpu._choices)[str(kept.path)] == "Mine"


def test_deleting_takes_it_from_the_plan_and_can_be_undone(saved, window, settings, hands):
    (kept,) = saved.state.library.profiles
    saved.profiles.list.setCurrentRow(0)
    saved.profiles.delete_button.click()
    hands.settle()
    assert not kept.path.exists()
    assert window.session.request.gpu == "V100"
    assert settings.default_gpu == ""
    assert saved.state.profile is not None  # what is on show stays
    saved.profiles.undo_button.click()
    assert load_profile(kept.path) == kept.profile
    assert saved.profiles.list.count() == 1


def test_a_refit_is_saved_in_its_file(saved, idle):
    saved.state.leave_out(2, True)
    idle(saved)
    assert saved.fit.save_button.text() == "Save changes"
    saved.fit.save_button.click()
    (kept,) = saved.state.library.profiles
    assert load_profile(kept.path).excluded == (2,)
    assert saved.fit.save_button.text() == "Saved"
    assert not saved.fit.save_button.isEnabled()


def test_profiles_go_out_and_come_in(saved, tmp_path):
    (kept,) = saved.state.library.profiles
    saved.files.ask_export(kept)
    saved.files.export(str(tmp_path / "Ünï cödé.json"))
    assert load_profile(tmp_path / "Ünï cödé.json") == kept.profile
    saved.files.take_file(str(tmp_path / "Ünï cödé.json"))
    assert len(saved.state.library.profiles) == 2
    assert saved.profiles.list.count() == 2


def test_a_result_of_a_probe_by_hand_is_fitted(finished, tmp_path, idle):
    result = tmp_path / "result.json"
    write_calibration(finished.state.profile.calibration, result)
    finished.files.discard()
    finished.files.take_file(str(result))
    idle(finished)
    assert len(finished.state.points) == 24
    assert finished.state.kept is None


def test_a_file_that_is_none_is_refused(view, tmp_path):
    (tmp_path / "x.json").write_text('{"format": "isoloss-profile", "version": 1}')
    view.files.take_file(str(tmp_path / "x.json"))
    assert "profile" in view.inputs.notices.texts()[0]
    assert view.state.library.profiles == ()


def test_a_profile_that_no_longer_matches_says_so(opened, keep, some_profile):
    keep(some_profile("Old", driver="550.2", clock_max_mhz=2500.0))
    view = opened()
    assert view.profiles.list.item(0).text().startswith("⚠")
    view.profiles.list.setCurrentRow(0)
    assert "550.2" in " ".join(view.fit.notices.texts())


def test_a_profile_that_matches_has_no_warning(opened, keep, some_profile):
    keep(some_profile("Same"))
    view = opened()
    assert view.profiles.list.item(0).text() == "Same"
    view.profiles.list.setCurrentRow(0)
    assert view.fit.notices.texts() == []


def test_steps_of_several_processes_stand_beside_one_alone(view, some_profile):
    profile = some_profile()
    step = profile.steps[0]
    rate = 8 * 0.87 * step.tokens_per_s
    shared = replace(step, parallel=Parallel.FSDP, processes=8, tokens_per_s=rate)
    run = replace(profile.calibration, measurements=(*profile.steps, shared))
    view.state._show(make_profile(run), None)
    ddp, fsdp = (view.fit.shared[way] for way in Parallel)
    assert fsdp.isVisible() and not ddp.isVisible()
    assert fsdp.copied_text() == "87\N{NO-BREAK SPACE}%"
    assert "8 processes" in fsdp.toolTip()
    view.state._show(profile, None)
    assert not fsdp.isVisible()


def test_a_file_that_cannot_be_read_is_named_beside_the_others(opened, keep, some_profile):
    kept = keep(some_profile("Good"))
    kept.path.with_name("broken.json").write_text("{")
    view = opened()
    assert view.profiles.list.count() == 1
    said = view.profiles.notices.texts()[0]
    assert f"{kept.path.with_name('broken.json')} is not used: broken.json must be" in said


def test_planning_with_a_profile_goes_to_the_plan(opened, keep, some_profile, window, settings):
    kept = keep(some_profile())
    view = opened()
    view.profiles.list.setCurrentRow(0)
    view.profiles.use_button.click()
    assert window.views.currentWidget() is window.plan_view
    assert window.header.tabs.currentIndex() == PLAN
    assert window.session.request.gpu == str(kept.path) == settings.default_gpu
