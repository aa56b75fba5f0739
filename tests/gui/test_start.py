"""The program starts on any machine: no home, no locale, no fonts, no network."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")

# The real start; once the window stands it says how it looks, and is closed as by a person.
WINDOW = """
import json, os, sys
asked = []
sys.addaudithook(lambda event, args: asked.append(event) if event.startswith("socket.") else None)
def sockets():
    folder = "/proc/self/fd"
    if not os.path.isdir(folder):
        return []
    links = [f"{folder}/{name}" for name in os.listdir(folder)]
    return [os.readlink(link) for link in links if os.path.islink(link)
            and os.readlink(link).startswith("socket:")]
before = sockets()
if "NO_HOME" in os.environ:
    import pwd
    def nobody(uid):
        raise KeyError(uid)
    pwd.getpwuid = nobody
    os.environ.pop("HOME", None)
if os.environ.get("FAULT") == "make":
    import gui.main_window
    def fail(self):
        raise RuntimeError("cannot be built")
    gui.main_window.MainWindow._make_menus = fail
if os.environ.get("FAULT") == "open":
    import gui.documents
    def fail(self, path):
        raise RuntimeError("cannot be opened")
    gui.documents.Documents.open = fail
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from gui import app
real = app.make_application
def make():
    application = real()
    QTimer.singleShot(1000, tell)
    return application
def tell():
    shown = [w for w in QApplication.topLevelWidgets() if w.isVisible()]
    answer = {"shown": [type(w).__name__ for w in shown], "asked": asked,
              "sockets": sorted(set(sockets()) - set(before))}
    for window in shown:
        if hasattr(window, "session"):
            answer["loss"] = window.session.plan.loss.value
            answer["notices"] = window.notice_bar.texts() if window.has_notice_bar else []
    print(json.dumps(answer), flush=True)
    for window in shown:
        window.close()
app.make_application = make
from gui.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


def run(words, env, cwd):
    return subprocess.run(
        [sys.executable, *words],
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT), **env},
        cwd=cwd,
        capture_output=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """Homes as people have them, by name, as variables."""
    for name in FOLDERS:
        monkeypatch.delenv(name, raising=False)
    for name in ("read only", "Zoë Ünï 研究"):
        (tmp_path / name).mkdir()
    (tmp_path / "read only").chmod(0o555)
    return {
        "good": {"HOME": str(tmp_path)},
        "missing": {"HOME": str(tmp_path / "not" / "there")},
        "read-only": {"HOME": str(tmp_path / "read only")},
        "unwritable": {"HOME": "/proc"},  # even for root
        "a file": {"HOME": "/dev/null"},
        "relative": {"HOME": "."},
        "unknown": {"NO_HOME": "1"},
        "non-ASCII": {"HOME": str(tmp_path / "Zoë Ünï 研究")},
        "C locale": {
            "HOME": str(tmp_path / "Zoë Ünï 研究"),
            **{"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        },
        "no fonts": {
            "HOME": str(tmp_path),
            "FONTCONFIG_FILE": "/dev/null",
            "FONTCONFIG_PATH": "/nonexistent",
        },
    }


NAMES = (
    *("good", "missing", "read-only", "unwritable", "a file", "relative", "unknown"),
    *("non-ASCII", "C locale", "no fonts"),
)


@LINUX
@pytest.mark.parametrize("name", NAMES)
def test_the_window_opens_and_closes_in_any_home(homes, name, tmp_path):
    work = tmp_path / "work"
    work.mkdir()
    done = run(["-c", WINDOW], homes[name], work)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["shown"] == ["MainWindow"]
    assert said["loss"] == pytest.approx(3.1928, abs=1e-4)
    assert said["notices"] == []
    assert "Traceback" not in done.stderr
    assert list(work.iterdir()) == []


@LINUX
@pytest.mark.parametrize("name", ["read-only", "unwritable", "a file", "C locale"])
def test_the_command_line_answers_in_any_home(homes, name, tmp_path):
    done = run(["-m", "gui", "plan", "--hours", "12", "--json"], homes[name], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert json.loads(done.stdout)["loss"]["value"] == pytest.approx(3.1928, abs=1e-4)


@LINUX
def test_the_start_of_the_window_opens_no_socket(homes, tmp_path):
    said = json.loads(run(["-c", WINDOW], homes["good"], tmp_path).stdout)
    assert said["asked"] == []
    assert said["sockets"] == []


@LINUX
def test_what_is_remembered_lies_in_the_platforms_folders_only(homes, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    before = {path.name for path in ROOT.iterdir()}
    run(["-c", WINDOW], {"HOME": str(home)}, tmp_path)
    files = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    assert files - {f for f in files if f.startswith(".cache/")} == {
        ".config/isoloss/isoloss.ini",
        ".local/state/isoloss/log/hard-crash.txt",
    }
    assert {path.name for path in ROOT.iterdir()} == before


@LINUX
def test_a_window_that_cannot_be_built_says_so_in_a_dialog(homes, tmp_path):
    done = run(["-c", WINDOW], {**homes["good"], "FAULT": "make"}, tmp_path)
    assert json.loads(done.stdout)["shown"] == ["CrashDialog"]
    assert done.returncode == 70
    log = tmp_path / ".local/state/isoloss/log/isoloss.log"
    assert "cannot be built" in log.read_text(encoding="utf-8")


@LINUX
def test_an_error_while_a_double_clicked_plan_is_opened_is_shown_too(homes, tmp_path):
    done = run(["-c", WINDOW, "x.isoloss"], {**homes["good"], "FAULT": "open"}, tmp_path)
    assert json.loads(done.stdout)["shown"] == ["CrashDialog"]
    assert done.returncode == 70


@LINUX
def test_a_hard_crash_is_named_at_the_next_start(homes, tmp_path):
    folder = tmp_path / ".local/state/isoloss/log"
    folder.mkdir(parents=True)
    (folder / "hard-crash.txt").write_text("Fatal Python error: Segmentation fault\n")
    (notice,) = json.loads(run(["-c", WINDOW], homes["good"], tmp_path).stdout)["notices"]
    assert "crashed" in notice
    assert "hard-crash-" in notice
    assert json.loads(run(["-c", WINDOW], homes["good"], tmp_path).stdout)["notices"] == []
