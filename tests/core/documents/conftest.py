"""A law and a profile of a person's own, as files."""

import pytest

from core.calibration.profile import make_profile
from core.calibration.profile_file import save_profile
from core.laws.about import About
from core.laws.law_file import SavedLaw, save_law
from core.laws.parametric import ParametricLaw

LAW = ParametricLaw(1.81, 477.8, 2143.4, 0.3473, 0.3671, About("Mine", "mine", "non-embedding"))


@pytest.fixture
def own_law(tmp_path):
    path = tmp_path / "own" / "mine.isoloss-law"
    path.parent.mkdir()
    save_law(SavedLaw(LAW), path)
    return path


@pytest.fixture
def own_profile(tmp_path, machine):
    device = machine()
    found = device.calibration(device.steps(10, noise=0.02), device.steps(10, stack="txl"))
    path = tmp_path / "workstation.json"
    save_profile(make_profile(found, "workstation"), path)
    return path
