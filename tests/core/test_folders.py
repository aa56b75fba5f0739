"""Where a person's data, settings and logs lie, on every system."""

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from core import folders
from core.folders import FOLDER_VARIABLE, config_folder, data_folder, log_folder
from core.hardware.tables import user_folder

XDG = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@pytest.fixture
def system(monkeypatch):
    """Makes the program believe that it runs elsewhere."""

    def become(platform):
        for name in (FOLDER_VARIABLE, *XDG):
            monkeypatch.delenv(name, raising=False)
        kinds = {"linux": Unix, "darwin": MacOS, "win32": Windows}
        monkeypatch.setattr(sys, "platform", platform)
        monkeypatch.setattr(platformdirs, "PlatformDirs", kinds[platform])

    return become


def places():
    return data_folder(), config_folder(), log_folder()


def test_on_linux_they_are_where_earlier_versions_left_them(system, home):
    system("linux")
    assert places() == (
        home / ".local/share/isoloss",
        home / ".config/isoloss",
        home / ".local/state/isoloss/log",
    )
    assert user_folder() == data_folder()


def test_on_linux_the_xdg_variables_move_them(system, monkeypatch, tmp_path):
    system("linux")
    for name in XDG:
        monkeypatch.setenv(name, str(tmp_path / name))
    assert places() == (
        tmp_path / "XDG_DATA_HOME/isoloss",
        tmp_path / "XDG_CONFIG_HOME/isoloss",
        tmp_path / "XDG_STATE_HOME/isoloss/log",
    )


def test_on_macos_they_are_in_the_library(system, home):
    system("darwin")
    library = home / "Library"
    support = library / "Application Support" / "Isoloss"
    assert places() == (support, support, library / "Logs" / "Isoloss")


def test_on_macos_settings_of_an_earlier_version_stay_in_use(system, home):
    system("darwin")
    older = home / "Library" / "Preferences" / "isoloss"
    older.mkdir(parents=True)
    assert config_folder() == older


def test_on_windows_data_of_an_earlier_version_stays_in_use(system, home, monkeypatch):
    system("win32")
    known = {"CSIDL_LOCAL_APPDATA": home / "local", "CSIDL_APPDATA": home / "roaming"}
    monkeypatch.setattr("platformdirs.windows.get_win_folder", lambda name: str(known[name]))
    local, roaming = home / "local" / "Isoloss", home / "roaming" / "Isoloss"
    assert places() == (local, local, local / "Logs")
    roaming.mkdir()
    assert data_folder() == roaming
    assert config_folder() == local


def test_one_variable_moves_all_of_them(monkeypatch, tmp_path):
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert places() == (tmp_path, tmp_path, tmp_path / "log")


def test_without_a_home_nothing_is_written_beside_the_program(system, monkeypatch, tmp_path):
    system("linux")
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # no HOME, unknown to the system
    monkeypatch.chdir(tmp_path)
    for folder in (*places(), folders.home_folder() / "x"):
        with pytest.raises(OSError):
            folder.mkdir(parents=True)
    assert list(tmp_path.iterdir()) == []


def test_asking_for_a_plan_loads_nothing_that_finds_folders():
    code = "import sys, core.folders, core.cli; sys.exit('platformdirs' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
