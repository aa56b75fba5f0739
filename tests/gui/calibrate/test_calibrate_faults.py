"""What can go wrong with a calibration is said where it belongs, and costs no points."""

from dataclasses import replace

import pytest

from core.calibration.faults import fault
from core.calibration.lock import Lock
from core.hardware.tables import user_folder
from gui.views.calibrate import work
from gui.views.calibrate.finder import Found


def test_another_calibration_that_runs_is_named(view, idle):
    lock = Lock(user_folder())
    assert lock.take("cuda:1") is None
    view.inputs.run_bar.start_button.click()
    idle(view)
    lock.release()
    assert "cuda:1" in view.inputs.notices.texts()[0]
    assert view.inputs.run_bar.start_button.isEnabled()


def test_a_child_that_crashes_leaves_its_points_and_says_why(view, probe, idle):
    probe("say(**DEVICE); steps(*STEPS[:12]); raise KeyError('the reason')")
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert "the reason" in view.inputs.notices.texts()[0]
    assert len(view.state.profile.steps) == 12


def test_a_python_that_vanished_is_named(view, pythons, tmp_path, idle):
    gone = replace(view.state.python, path=tmp_path / "gone")
    view.state.finder._answers = {gone.path: Found(gone, 0, 1)}
    view.state.choose(python=gone.path)
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert "gone" in view.inputs.notices.texts()[0]
    assert view.state.points == ()


def test_closing_the_window_ends_the_child(window, view, probe, qtbot, process_is_alive):
    body = "say(**{**DEVICE, 'name': str(os.getpid())}); steps(STEPS[0]); time.sleep(600)"
    probe(body)
    view.inputs.run_bar.start_button.click()
    qtbot.waitUntil(lambda: len(view.state.points) == 1, timeout=30_000)
    pid = int(view.state.watch.device.name)
    assert process_is_alive(pid)
    window.close()
    assert not process_is_alive(pid)
    assert not view.state._jobs.is_busy


def test_what_was_skipped_is_counted(view, probe, idle):
    probe(
        "say(**DEVICE); steps(*STEPS)\n"
        "say(type='skipped', kind='step', reason='out_of_memory', detail='')\nsay(**DONE)"
    )
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert "out of memory" in " ".join(view.fit.notices.texts())


def test_the_choices_reach_the_probe(view, probe, idle):
    probe("say(**{**DEVICE, 'name': ' '.join(sys.argv[1:])}); steps(*STEPS); say(**DONE)")
    ask = view.inputs.ask
    ask.device.chosen.emit("cpu")
    for box in ask.precision.boxes[::-1]:  # bf16 first, which is ticked
        box.click()
    ask.stack.chosen.emit("txl")
    ask.time.chosen.emit("own")
    ask.minutes.edited.emit(3.5)
    ask.compile.click()
    view.inputs.run_bar.start_button.click()
    idle(view)
    said = view.state.profile.device.name
    for option in ("--device cpu", "--precision bf16", "--stack txl", "--minutes 3.5", "--compile"):
        assert option in said


def test_a_full_disk_loses_no_points(view, idle, monkeypatch, tmp_path):
    monkeypatch.setattr(work, "unsaved_file", lambda: tmp_path / "none" / "x.json")
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert "could not be saved" in view.inputs.notices.texts()[0]
    assert len(view.state.profile.steps) == 24


def test_no_torch_says_what_to_do(opened, pythons, settings):
    pythons()
    view = opened()
    assert "have one set up" in view.charts.empty.text()
    assert view.charts.choose_button.isVisible() and view.charts.set_up_button.isVisible()
    assert not view.inputs.run_bar.start_button.isEnabled()


@pytest.mark.parametrize(
    ("code", "words"), [("torch_missing", "no PyTorch"), ("torch_too_old", "too old")]
)
def test_a_python_that_cannot_measure_says_why(opened, pythons, code, words, a_python):
    pythons(
        a_python(devices=(), problem=fault(code, detail="1.13")),
    )
    view = opened()
    view.inputs.python.python.chosen.emit(str(view.state.finder.pythons[0].path))
    assert words in view.inputs.python.notices.texts()[0]
    assert not view.inputs.run_bar.start_button.isEnabled()


def test_a_torch_without_a_gpu_says_that_it_measures_the_processor(opened, pythons, a_python):
    cpu = {"device": "cpu", "kind": "cpu", "name": "A processor"}
    pythons(a_python(devices=(cpu,), torch="2.13.0+cpu"))
    view = opened()
    assert "no GPU" in view.inputs.python.notices.texts()[0]
    assert view.inputs.run_bar.start_button.isEnabled()
    assert view.inputs.ask.precision.choices() == ("fp32", "bf16")
    assert view.inputs.ask.precision.ticked() == ("fp32",)


def test_a_python_with_a_gpu_is_taken_before_one_without(opened, pythons, a_python):
    cpu = {"device": "cpu", "kind": "cpu", "name": "A processor"}
    pythons(a_python("/opt/a/bin/python", devices=(cpu,)), a_python("/opt/b/bin/python"))
    view = opened()
    assert str(view.state.python.path) == "/opt/b/bin/python"
    assert view.state.device == "cuda:0"


def test_a_python_that_was_pointed_to_is_asked_and_remembered(view, settings, idle, tmp_path):
    path = tmp_path / "my env" / "bin" / "python"
    path.parent.mkdir(parents=True)
    path.write_text("not a program")
    path.chmod(0o755)
    view.files.take_python(str(tmp_path / "my env"))
    idle(view)
    assert settings.pythons == [str(path)]
    assert view.state.python.path == path
    assert str(path) in view.inputs.python.notices.texts()[0]


def test_a_folder_without_a_python_is_refused(view, tmp_path, settings):
    view.files.take_python(str(tmp_path))
    assert "python" in view.inputs.notices.texts()[0].lower()
    assert settings.pythons == []
