"""An environment with PyTorch: nothing before consent, progress, cancel, removal."""

import sys
from functools import partial

import pytest

from core.calibration import managed
from core.calibration.managed import managed_folder, managed_python, plan_managed
from gui.views.calibrate import work
from gui.views.calibrate.setup_dialog import SetUpDialog

UV = """
import os, pathlib, sys, time
words = sys.argv[1:]
if words == ["--version"]:
    print("uv 0.8.13 (0123abcd 2026-01-01)")
elif words[0] == "venv":
    bin = pathlib.Path(words[-1]) / "bin"; bin.mkdir(parents=True)
    (bin / "python").write_text("")
else:
    print("Downloading torch (200 MiB)", file=sys.stderr, flush=True)
    {then}
"""


@pytest.fixture
def uv(tmp_path, monkeypatch):
    """Let a script play uv."""
    path = tmp_path / "uv"

    def play(then="pass"):
        path.write_text(f"#!{sys.executable}\n{UV.format(then=then)}")
        path.chmod(0o755)

    play()
    monkeypatch.setattr(work, "plan_managed", partial(plan_managed, uv=path))
    return play


@pytest.fixture
def opened_dialog(view, qtbot):
    """Opens the dialog as the button does."""

    def go():
        view.inputs.python.set_up_button.click()
        dialog = view.findChildren(SetUpDialog)[-1]
        qtbot.waitUntil(lambda: not dialog._jobs.is_busy, timeout=8_000)
        return dialog

    return go


def test_what_it_takes_is_shown_and_nothing_is_done_before_consent(uv, opened_dialog):
    dialog = opened_dialog()
    assert "to download" in dialog.text.text() and "GB" in dialog.text.text()
    assert "free" in dialog.details.text()
    assert dialog.agree_button.isEnabled()
    assert not managed_folder().exists()
    dialog.cancel_button.click()
    assert not managed_folder().exists()


def test_without_uv_one_sentence_says_where_to_get_it(uv, opened_dialog, monkeypatch):
    monkeypatch.setattr(managed, "find_uv", lambda: None)
    monkeypatch.setattr(work, "plan_managed", plan_managed)
    (said,) = opened_dialog().notices.texts()
    assert said.startswith("The program uv sets this up") and "got" not in said


def test_consent_sets_it_up_and_the_python_is_chosen(uv, opened_dialog, view, qtbot, idle):
    dialog = opened_dialog()
    with qtbot.waitSignal(dialog.ready, timeout=8_000):
        dialog.agree_button.click()
    idle(view)
    assert managed_python() is not None
    assert view.state.choices.python == managed_python()


def test_progress_is_shown_and_cancelling_leaves_nothing(uv, opened_dialog, qtbot, monkeypatch):
    monkeypatch.setattr(managed, "_WEIGH_EVERY_S", 0.0)
    uv("time.sleep(600)")
    dialog = opened_dialog()
    dialog.agree_button.click()
    qtbot.waitUntil(lambda: "Downloading torch" in dialog.said.text(), timeout=8_000)
    assert dialog.bar.isVisible()
    assert dialog.cancel_button.text() == "Cancel"
    dialog.cancel_button.click()
    assert not managed_folder().exists()


def test_a_failure_is_told_and_can_be_tried_again(uv, opened_dialog, qtbot):
    uv("sys.exit('error: no network')")
    dialog = opened_dialog()
    dialog.agree_button.click()
    qtbot.waitUntil(lambda: not dialog._jobs.is_busy, timeout=8_000)
    assert "no network" in dialog.notices.texts()[0]
    assert dialog.agree_button.isEnabled()
    assert not managed_folder().exists()


def test_without_uv_it_says_what_is_missing(opened_dialog, monkeypatch):
    monkeypatch.setattr(managed, "find_uv", lambda environ=None: None)
    dialog = opened_dialog()
    assert "uv" in dialog.notices.texts()[0]
    assert not dialog.agree_button.isEnabled()


def test_what_was_set_up_can_be_removed(uv, opened_dialog, qtbot):
    dialog = opened_dialog()
    with qtbot.waitSignal(dialog.ready, timeout=8_000):
        dialog.agree_button.click()
    again = opened_dialog()
    assert "on disk" in again.details.text()
    with qtbot.waitSignal(again.removed, timeout=8_000):
        again.remove_button.click()
    assert not managed_folder().exists()


def test_closing_the_window_ends_the_set_up(uv, opened_dialog, window, qtbot, monkeypatch):
    monkeypatch.setattr(managed, "_WEIGH_EVERY_S", 0.0)
    uv("time.sleep(600)")
    dialog = opened_dialog()
    dialog.agree_button.click()
    qtbot.waitUntil(lambda: "Downloading torch" in dialog.said.text(), timeout=8_000)
    window.close()
    assert not managed_folder().exists()
