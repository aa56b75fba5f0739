"""The README's two commands in a clone that nobody has set up, in a path with a space."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.fresh_clone, pytest.mark.timeout(900)]


def run(command, folder, **more):
    clean = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "VIRTUAL_ENV")
        and not name.startswith(("PYTEST_", "MAKE", "MFLAGS"))
    }
    clean["PATH"] = os.pathsep.join(
        entry for entry in os.environ["PATH"].split(os.pathsep) if ".venv" not in entry
    )
    return subprocess.run(
        command,
        cwd=folder,
        env=clean,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **more,
    )


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fresh") / "my isoloss"
    result = run(["git", "clone", "--quiet", str(ROOT), str(folder)], ROOT)
    assert result.returncode == 0, result.stderr
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_make_run_without_a_display_prints_the_default_plan_and_why(clone):
    result = run(["make", "run"], clone)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "there is no display" in result.stdout
    assert "3.193 nats per token" in result.stdout


def test_make_run_passes_options_on(clone):
    result = run(["make", "run", "ARGS=plan --usd 24.06"], clone)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "124,555 steps" in result.stdout


def test_make_test_runs_the_tests_of_the_clone(clone):
    arguments = "PYTEST_ARGS=tests/core/test_shapes.py tests/gui/test_session.py"
    result = run(["make", "test", arguments], clone)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " passed" in result.stdout


def test_the_clone_stays_clean(clone):
    assert run(["git", "status", "--porcelain"], clone).stdout == ""
