"""Runs that are not saved: found again, whatever their files hold."""

import pytest

from core.calibration.profile import make_profile
from core.calibration.profile_file import save_profile
from core.calibration.result import write_calibration
from core.calibration.unsaved import new_unsaved, read_unsaved, unsaved_folder, unsaved_runs
from core.errors import InputError


@pytest.fixture
def calibration(machine):
    device = machine()
    return device.calibration(device.steps(12))


def test_a_run_is_found_before_and_after_its_fit(home, calibration):
    first, second = new_unsaved(), None
    write_calibration(calibration, first)
    second = new_unsaved()
    assert second != first
    save_profile(make_profile(calibration, "mine", [2]), second)
    assert {run.name for run in unsaved_runs()} == {
        "This PC: A processor, fp32, 2026-11-22",
        "mine",
    }
    assert {run.points for run in unsaved_runs()} == {12}
    assert read_unsaved(first).excluded == ()
    assert read_unsaved(second).excluded == (2,)


def test_what_is_no_run_is_not_listed(home, machine):
    write_calibration(machine().calibration(), new_unsaved())
    (unsaved_folder() / "broken.json").write_text("{")
    assert unsaved_runs() == ()
    with pytest.raises(InputError, match="a run with training steps"):
        read_unsaved(next(p for p in unsaved_folder().iterdir() if p.name != "broken.json"))


def test_without_a_folder_there_are_none(home):
    assert unsaved_runs() == ()
