"""An environment is set up only with consent, whole or not at all, and goes without a trace.

A script plays uv: it takes the same words and does as little of the same as is needed.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.calibration import managed
from core.calibration.lock import Lock
from core.calibration.managed import (
    find_uv,
    managed_bytes,
    managed_folder,
    managed_python,
    plan_managed,
    remove_managed,
    set_up,
)
from core.errors import InputError

UV = """
import os, pathlib, sys, time
words = sys.argv[1:]
with open({log!r}, "a") as log: print(words, os.environ.get("UV_CACHE_DIR"), file=log)
if words == ["--version"]:
    print("uv {version} (0123abcd 2026-01-01)")
elif words[0] == "venv":
    bin = pathlib.Path(words[-1]) / "bin"; bin.mkdir(parents=True)
    (bin / "python").write_text("")
else:
    print("Downloading torch (200 MiB)", file=sys.stderr, flush=True)
    cache = pathlib.Path(os.environ["UV_CACHE_DIR"]); cache.mkdir()
    (cache / "wheel").write_bytes(b"x" * 5000)
    {then}
"""


@pytest.fixture
def uv(tmp_path):
    def make(version="0.8.13", then="pass"):
        path = tmp_path / "uv"
        source = UV.format(log=str(tmp_path / "log"), version=version, then=then)
        path.write_text(f"#!{sys.executable}\n{source}")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data Ünï" / "pytorch"


def commands_run(tmp_path):
    return [line for line in (tmp_path / "log").read_text().splitlines() if "--version" not in line]


def test_it_lies_in_the_folder_of_the_persons_data(monkeypatch, tmp_path):
    monkeypatch.setenv("ISOLOSS_DATA", str(tmp_path))
    assert managed_folder() == tmp_path / "pytorch"
    assert managed_python() is None


def test_a_plan_says_what_will_be_done_and_does_none_of_it(uv, folder, tmp_path):
    plan = plan_managed(folder, uv())
    assert 0 < plan.download_bytes < plan.disk_bytes < plan.free_bytes
    assert any("--torch-backend" in command for command in plan.commands)
    assert not folder.exists() and commands_run(tmp_path) == []


def test_nothing_is_done_without_consent(uv, folder, tmp_path):
    with pytest.raises(InputError, match="consent"):
        set_up(plan_managed(folder, uv()), agreed=False)
    assert not folder.exists() and commands_run(tmp_path) == []


def test_a_gpu_makes_it_larger(uv, folder, monkeypatch):
    monkeypatch.setattr(managed, "_gpu", lambda: "")
    small = plan_managed(folder, uv())
    monkeypatch.setattr(managed, "_gpu", lambda: "nvidia")
    large = plan_managed(folder, uv())
    assert large.download_bytes > 5 * small.download_bytes
    assert "nvidia-ml-py" in large.commands[1] and "nvidia-ml-py" not in small.commands[1]


def test_it_is_set_up_and_its_cache_is_removed(uv, folder, tmp_path):
    said = []
    python = set_up(plan_managed(folder, uv(then="time.sleep(0.5)")), True, said.append)
    assert python == folder / "env" / "bin" / "python" == managed_python(folder)
    assert not (folder / "cache").exists()
    assert said and all(0 <= progress.fraction <= 1 for progress in said)
    log = commands_run(tmp_path)
    assert len(log) == 2
    assert str(folder / "cache") in log[0] and "'torch'" in log[1]


def test_progress_tells_the_size_and_what_uv_says(uv, folder, monkeypatch):
    monkeypatch.setattr(managed, "_WEIGH_EVERY_S", 0.0)
    said = []
    set_up(plan_managed(folder, uv(then="time.sleep(1)")), True, said.append)
    assert max(progress.bytes for progress in said) >= 5000
    assert any("Downloading torch" in progress.said for progress in said)


def test_cancelling_removes_what_was_begun(uv, folder):
    plan = plan_managed(folder, uv(then="time.sleep(600)"))
    seen = []
    begun = folder / "cache" / "wheel"
    assert set_up(plan, True, seen.append, cancelled=begun.exists) is None
    assert not folder.exists() and managed_python(folder) is None


def test_a_uv_that_fails_is_told_and_leaves_nothing(uv, folder):
    plan = plan_managed(folder, uv(then="sys.exit('error: no network')"))
    with pytest.raises(InputError, match="no network"):
        set_up(plan, True)
    assert not folder.exists()


def test_half_of_an_environment_is_none_and_is_made_anew(uv, folder):
    (folder / "env" / "bin").mkdir(parents=True)
    (folder / "env" / "bin" / "python").write_text("")
    assert managed_python(folder) is None
    assert set_up(plan_managed(folder, uv()), True) == managed_python(folder) is not None


def test_two_at_once_are_refused(uv, folder):
    plan = plan_managed(folder, uv())
    lock = Lock(folder.parent, "setting-up")
    lock.take("PyTorch")
    with pytest.raises(InputError, match="another process"):
        set_up(plan, True)
    lock.release()


def test_removing_it_frees_its_size(uv, folder):
    set_up(plan_managed(folder, uv()), True)
    (folder / "env" / "weights").write_bytes(b"x" * 1000)
    assert remove_managed(folder) >= 1000
    assert not folder.exists() and managed_bytes(folder) == 0
    assert remove_managed(folder) == 0


def test_removing_a_link_leaves_what_it_points_to(folder, tmp_path):
    (tmp_path / "precious").mkdir()
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "precious")
    remove_managed(folder)
    assert (tmp_path / "precious").exists() and not folder.is_symlink()


def test_without_uv_it_says_where_to_get_it(folder, monkeypatch):
    monkeypatch.setattr(managed, "find_uv", lambda: None)
    with pytest.raises(InputError) as refused:
        plan_managed(folder)
    assert str(refused.value) == (
        "The program uv sets this up, and it is not on this computer: install it from "
        "https://docs.astral.sh/uv, then try again."
    )
    assert refused.value.message.code == "no_uv"


@pytest.mark.parametrize("version", ["0.4.1", "nonsense"])
def test_a_uv_that_is_too_old_is_refused(uv, folder, version):
    with pytest.raises(InputError, match=r"0\.7\.14 or newer"):
        plan_managed(folder, uv(version))


def test_a_disk_that_is_too_small_is_refused(uv, folder, monkeypatch):
    monkeypatch.setattr(managed.shutil, "disk_usage", lambda path: SimpleNamespace(free=10**8))
    with pytest.raises(InputError, match="GB free"):
        plan_managed(folder, uv())


def test_a_folder_that_cannot_be_made_is_told(uv, tmp_path):
    plan = plan_managed(tmp_path / "data" / "pytorch", uv())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pytorch").write_text("a file")
    with pytest.raises(InputError, match="folder"):
        set_up(plan, True)


def test_uv_is_found_on_the_path_and_where_its_installer_puts_it(home):
    places = [home / "tools", home / ".local" / "bin"]
    for place in places:
        place.mkdir(parents=True)
        (place / "uv").write_text("#!/bin/sh\n")
        (place / "uv").chmod(0o755)
    assert find_uv({"PATH": str(places[0])}) == places[0] / "uv"
    assert find_uv({}) == places[1] / "uv"
    (places[1] / "uv").unlink()
    beside = Path(sys.executable).with_name("uv")
    assert find_uv({}) == (beside if beside.exists() else None)
