"""A child gets a clean environment, is read line by line, and is never left behind."""

import ctypes
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.calibration import child as child_module
from core.calibration.child import Child, clean_environment


@pytest.fixture
def start():
    children = []

    def run(source, **options):
        children.append(Child([sys.executable, "-c", source], **options))
        return children[-1]

    yield run
    for one in children:
        one.end()


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat").read_text()
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_until(true, seconds=20):
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    assert true()


def test_the_library_path_of_before_the_bundle_is_restored():
    given = {"LD_LIBRARY_PATH": "/bundle:/mine", "LD_LIBRARY_PATH_ORIG": "/mine", "HOME": "/h"}
    cleaned = clean_environment(given, bundle=Path("/bundle"))
    assert cleaned["LD_LIBRARY_PATH"] == "/mine"
    assert "LD_LIBRARY_PATH_ORIG" not in cleaned
    assert cleaned["HOME"] == "/h"


def test_a_library_path_that_only_the_bundle_has_set_is_dropped():
    given = {"LD_LIBRARY_PATH": "/bundle"}
    assert "LD_LIBRARY_PATH" not in clean_environment(given, bundle=Path("/bundle"))


def test_a_library_path_of_the_person_stays_where_nothing_is_bundled():
    assert clean_environment({"LD_LIBRARY_PATH": "/cuda"})["LD_LIBRARY_PATH"] == "/cuda"


def test_nothing_of_qt_pyinstaller_or_our_python_is_handed_on():
    ours = ("QT_PLUGIN_PATH", "QT_QPA_PLATFORM", "_PYI_ARCHIVE_FILE", "_PYI_SPLASH_IPC")
    ours += ("_MEIPASS2", "PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__")
    given = dict.fromkeys(ours, "x")
    assert set(clean_environment(given)) == {
        "PYTHONUTF8",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
    }


def test_folders_of_the_bundle_leave_the_path():
    given = {"PATH": os.pathsep.join(("/bundle/bin", "/usr/bin", "/bundles/bin"))}
    cleaned = clean_environment(given, bundle=Path("/bundle"))
    assert cleaned["PATH"] == os.pathsep.join(("/usr/bin", "/bundles/bin"))


def test_a_child_of_a_frozen_app_has_the_clean_environment(start, monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", "/bundle", raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", "/bundle")
    monkeypatch.setenv("PYTHONPATH", "/bundle/lib")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    child = start("import json, os; print(json.dumps(dict(os.environ)))")
    seen = json.loads(child.read_line(20))
    assert not {"LD_LIBRARY_PATH", "PYTHONPATH", "QT_QPA_PLATFORM"} & set(seen)


def test_no_shell_reads_the_arguments():
    words = ["a b", "'", '"', "$HOME", "; echo no", "Ünï", "*"]
    child = Child([sys.executable, "-c", "import sys; print(sys.argv[1:])", *words])
    try:
        assert child.read_line(20).decode() == str(words)
    finally:
        child.end()


def test_lines_come_one_by_one_and_then_the_end(start):
    child = start("print('one'); print(); print('three', end='')")
    assert [child.read_line(20) for _ in range(5)] == [b"one", b"", b"three", None, None]


def test_a_line_without_end_is_cut_and_the_next_ones_are_read(start):
    child = start("print('x' * 500_000); print('after')", longest_line=1_000)
    first = child.read_line(20)
    assert len(first) <= 1_000 + (1 << 16)
    assert child.read_line(20) == b"after"


def test_waiting_for_a_line_ends_in_time(start):
    child = start("import time; time.sleep(60)")
    with pytest.raises(TimeoutError):
        child.read_line(0.05)


def test_the_last_of_standard_error_is_kept(start):
    child = start("import sys; sys.stderr.write('x' * 100_000 + 'the end')")
    assert child.read_line(20) is None
    child.end(5)
    assert child.stderr_tail.endswith("the end") and len(child.stderr_tail) < 20_000


def test_a_child_that_writes_without_end_is_ended(start):
    child = start("while True: print('x' * 1000)")
    assert child.read_line(20)
    child.end()
    assert child.exit_status is not None


def test_one_that_listens_ends_by_itself(start):
    child = start("import sys; print('ready'); sys.stdin.read(); sys.exit(7)")
    child.read_line(20)
    assert child.end(20) == 7


def test_one_that_ignores_every_request_is_killed(start, monkeypatch):
    monkeypatch.setattr(child_module, "_ONCE_TERMINATED_S", 0.3)
    child = start(
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready')\n"
        "while True: time.sleep(1)"
    )
    child.read_line(20)
    assert child.end() == -9


def test_children_of_the_child_end_with_it(start):
    child = start(
        "import subprocess, sys, time\n"
        "one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(one.pid, flush=True); time.sleep(600)"
    )
    grandchild = int(child.read_line(20))
    child.end()
    wait_until(lambda: not is_running(grandchild))


def test_children_that_outlive_the_child_end_too(start):
    child = start(
        "import subprocess, sys\n"
        "one = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(one.pid, flush=True)"
    )
    grandchild = int(child.read_line(20))
    wait_until(lambda: child.exit_status is not None)
    child.end()
    wait_until(lambda: not is_running(grandchild))


def test_a_program_that_is_not_there_cannot_be_started(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        Child([tmp_path / "no python"])


NEW_GROUP, NO_WINDOW = 0x200, 0x8000000


@pytest.fixture
def windows(monkeypatch):
    """What is asked of Windows, in order; processes are started as they are here."""
    asked = []
    popen = subprocess.Popen

    def start(command, creationflags=0, **options):
        asked.append(("start", creationflags))
        assert "start_new_session" not in options
        return popen(command, **options)

    def run(command, creationflags=0, **options):
        asked.append((*command, creationflags))
        return subprocess.CompletedProcess(command, 0)

    kernel = SimpleNamespace(SetDllDirectoryW=lambda folder: asked.append(("dlls", folder)))
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel), raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", NEW_GROUP, raising=False)
    monkeypatch.setattr(subprocess, "CREATE_NO_WINDOW", NO_WINDOW, raising=False)
    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setenv("SYSTEMROOT", "/Windows")
    return asked


@pytest.fixture
def frozen(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", "/bundle", raising=False)


def test_on_windows_a_frozen_app_takes_its_dlls_back_once_the_child_has_started(
    windows, frozen, start
):
    child = start("print('ready')")
    assert child.read_line(20) == b"ready"
    assert windows == [("dlls", None), ("start", NEW_GROUP | NO_WINDOW), ("dlls", "/bundle")]


def test_on_windows_the_dlls_come_back_even_if_nothing_starts(windows, frozen, tmp_path):
    with pytest.raises(OSError, match="No such file"):
        Child([tmp_path / "no python"])
    assert windows[0] == ("dlls", None) and windows[-1] == ("dlls", "/bundle")


def test_on_windows_an_app_that_is_not_frozen_leaves_the_dlls_alone(windows, start):
    start("print('ready')").read_line(20)
    assert windows == [("start", NEW_GROUP | NO_WINDOW)]


def test_on_windows_a_child_that_does_not_listen_ends_with_all_that_it_started(windows, start):
    child = start("import time; print('ready', flush=True); time.sleep(600)")
    child.read_line(20)
    assert child.end() == -9
    program = str(Path("/Windows/System32/taskkill.exe"))
    assert windows[1:] == [(program, "/PID", str(child.pid), "/T", "/F", NO_WINDOW)]


def test_on_windows_one_that_ended_by_itself_is_not_killed(windows, start):
    child = start("import sys; print('ready'); sys.stdin.read(); sys.exit(7)")
    child.read_line(20)
    assert child.end(20) == 7
    assert len(windows) == 1
