"""What is measured: several precisions, several GPUs, and which Python by its folder."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from core.calibration.messages import Parallel
from gui.views.calibrate import work

GPU = {"kind": "cuda", "name": "NVIDIA H100 80GB HBM3"}
TWO = ({"device": "cuda:0", **GPU}, {"device": "cuda:1", **GPU})
OTHER = {"device": "cuda:2", "kind": "cuda", "name": "NVIDIA T4"}


@pytest.fixture
def asked(monkeypatch):
    """What the probe would have been asked."""
    requests = []
    real = work.measure

    def measure(request, *rest):
        requests.append(request)
        return real(request, *rest)

    monkeypatch.setattr(work, "measure", measure)
    return requests


def tick(view, *names):
    precision = view.inputs.ask.precision
    pairs = list(zip(precision.choices(), precision.boxes, strict=True))
    for name, box in pairs:
        if name in names and not box.isChecked():
            box.click()
    for name, box in pairs:
        if name not in names and box.isChecked():
            box.click()


def test_the_usual_precision_is_ticked_and_needs_no_word(view, asked, idle):
    assert view.inputs.ask.precision.ticked() == ("bf16",)
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert asked[0].precisions == ()


def test_several_precisions_are_measured_in_one_run(view, asked, idle):
    tick(view, "fp32", "bf16", "tf32")
    assert "3 fits" in view.inputs.ask.time._note.text()
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert asked[0].precisions == ("bf16", "tf32", "fp32")


def test_the_last_precision_stays_ticked(view):
    precision = view.inputs.ask.precision
    precision.boxes[0].click()
    assert precision.ticked() == ("bf16",)


def test_every_precision_of_a_run_has_a_fit_of_its_own(view, probe, measured, timed, idle):
    slow = [replace(timed(step, 4.0), precision="fp32") for step in measured]
    probe(steps=[*measured, *slow])
    tick(view, "bf16", "fp32")
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert view.state.profile.precisions == ("bf16", "fp32")
    assert view.fit.group.isVisible()
    assert view.fit.group._choices[0][1].startswith("bf16")
    assert view.fit.name.text() == "This PC: RTX 4090, bf16, fp32, 2026-11-22"


def test_a_precision_that_the_device_has_not_is_named(view, probe, idle):
    probe(
        "say(**DEVICE); steps(*STEPS)\n"
        "say(type='skipped', kind='step', reason='unsupported', detail='', precision='tf32')\n"
        "say(**DONE)"
    )
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert "does not support tf32" in " ".join(view.fit.notices.texts())


def test_several_gpus_alike_can_be_measured_together(opened, pythons, a_python, asked, qtbot):
    pythons(a_python(devices=(*TWO, OTHER)))
    view = opened()
    processes = view.inputs.ask.processes
    assert processes.isVisible() and [n for n, _ in processes._choices] == ["1", "2"]
    processes.chosen.emit("2")
    view.inputs.run_bar.start_button.click()
    qtbot.waitUntil(lambda: bool(asked), timeout=10_000)
    assert asked[0].processes == 2
    view.state.shut_down()


def test_a_gpu_that_is_alone_of_its_kind_has_nothing_to_choose(opened, pythons, a_python):
    pythons(a_python(devices=(*TWO, OTHER)))
    view = opened()
    view.inputs.ask.processes.chosen.emit("2")
    view.inputs.ask.device.chosen.emit("cuda:2")
    assert not view.inputs.ask.processes.isVisible()
    assert view.state.choices.request(view.state.python, "cuda:2").processes == 1


def test_what_gpus_reached_together_is_said(view, probe, measured, idle):
    probe(
        "say(**DEVICE); steps(*STEPS)\n"
        "step = STEPS[0]\n"
        "say(**{**step, 'processes': 2, 'tokens_per_s': 1.8 * step['tokens_per_s']})\n"
        "say(type='measurement', kind='collective', operation='all_reduce', bytes=2**28,\n"
        "    processes=2, backend='nccl', seconds=0.01, spread=0.0, repeats=5,\n"
        "    bytes_per_s=2e10, bus_bytes_per_s=2.5e10)\n"
        "say(**DONE)"
    )
    view.inputs.run_bar.start_button.click()
    idle(view)
    row = view.fit.shared[Parallel.DDP]
    assert row.isVisible()
    assert "90" in row.copied_text()
    assert "all-reduce over 2 processes (nccl): 25 GB/s" in row.toolTip()


def test_one_gpu_says_nothing_about_several(finished):
    assert not any(row.isVisible() for row in finished.fit.shared.values())


@pytest.mark.parametrize("of_charts", [False, True])
def test_the_folder_of_an_environment_can_be_pointed_to(
    opened, pythons, settings, idle, tmp_path, of_charts
):
    pythons()
    view = opened()
    python = tmp_path / "my env" / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("not a program")
    python.chmod(0o755)
    button = view.charts.choose_button if of_charts else view.inputs.python.choose_button
    folder, _program = button.menu().actions()
    folder.trigger()
    dialog = view.findChild(QFileDialog)
    assert dialog.fileMode() == QFileDialog.FileMode.Directory
    dialog.fileSelected.emit(str(python.parent.parent))
    dialog.reject()
    idle(view)
    assert settings.pythons == [str(python)]


def test_the_program_itself_can_be_pointed_to(view):
    _folder, program = view.inputs.python.choose_button.menu().actions()
    program.trigger()
    dialog = view.findChild(QFileDialog)
    assert dialog.fileMode() == QFileDialog.FileMode.ExistingFile
    dialog.reject()


def test_every_button_and_box_is_reached_with_the_tab_key(finished, window):
    wanted = {
        *(finished.inputs.python.choose_button, finished.inputs.python.set_up_button),
        *(*finished.inputs.ask.precision.boxes, finished.inputs.ask.compile),
        *(finished.inputs.run_bar.start_button, finished.charts.table, finished.charts.tabs),
        *(finished.fit.name, finished.fit.save_button, finished.fit.discard_button),
        *(finished.profiles.list, finished.profiles.import_button),
        *(finished.profiles.discard_button,),
    }
    finished.focus_first()
    seen = set()
    for _ in range(80):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.add(QApplication.focusWidget())
    assert {widget for widget in wanted if widget.isEnabled()} <= seen
    buttons = [b for b in finished.findChildren(QPushButton) if b.isVisible() and b.isEnabled()]
    assert set(buttons) <= seen


def test_a_fit_on_a_busy_machine_is_not_to_be_relied_on(view, probe, measured, timed, idle):
    probe(steps=[timed(step, (1, 3, 0.4, 7)[n % 4]) for n, step in enumerate(measured)])
    view.inputs.run_bar.start_button.click()
    idle(view)
    assert "quiet machine" in " ".join(view.fit.notices.texts())


def test_a_fit_on_a_quiet_machine_has_no_such_warning(finished):
    assert "quiet machine" not in " ".join(finished.fit.notices.texts())
