"""Settings survive damage: a broken file is set aside and named, and the window starts."""

import os
import signal
import subprocess
import sys
import time

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtWidgets import QApplication, QMainWindow

from gui.app import make_application, make_window
from gui.settings import Settings

READERS = (
    *("theme", "legend_visible", "folder", "geometry", "splitter", "open_folds", "pythons"),
    *("default_gpu", "knows_dragging"),
)


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "config with ünïcode"
    folder.mkdir()
    return folder / "isoloss.ini"


def filled(path):
    settings = Settings(str(path))
    settings.theme = "dark"
    settings.pythons = ["/usr/bin/python3", "/opt/päth with, comma"]
    settings.open_folds = {"energy", "task"}
    settings.geometry = QByteArray(bytes(range(256)))
    settings.knows_dragging = True
    settings.save()
    return settings


def test_what_is_set_is_read_back(path):
    filled(path)
    again = Settings(str(path))
    assert again.damage is None
    assert (again.theme, again.open_folds) == ("dark", {"energy", "task"})
    assert again.pythons == ["/usr/bin/python3", "/opt/päth with, comma"]
    assert bytes(again.geometry.data()) == bytes(range(256))


BROKEN = {
    "binary": bytes(range(256)) * 20,
    "all zeroes": b"\0" * 4096,
    "another format": b'{"theme": "dark"}',
    "half a line": b"[General]\ntheme=dark\nknows_dra",
    "half a section": b"[Gene",
    "any object": b"[General]\ntheme=@Variant(\\0\\0\\0\\x7f\\0\\0\\0\\x4Foo\\0)\n",
    "gigantic": b"[General]\nfolder=" + b"x" * 2_000_000,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_set_aside_whole_and_nothing_of_it_is_used(path, content):
    path.write_bytes(content)
    settings = Settings(str(path))
    assert settings.damage is not None
    kept = settings.damage.kept
    assert kept.name == f"isoloss.ini.broken-{time.strftime('%Y-%m-%d')}"
    assert kept.read_bytes() == content
    assert settings.theme == "system"
    settings.theme = "light"
    settings.save()
    assert Settings(str(path)).theme == "light"


def test_the_second_broken_file_of_a_day_leaves_the_first(path):
    for content in (b"one", b"two"):
        path.write_bytes(content)
        Settings(str(path))
    kept = sorted(path.parent.glob("*.broken-*"))
    assert [file.read_bytes() for file in kept] == [b"one", b"two"]


def test_a_folder_or_a_pipe_in_place_of_the_file_is_moved_away(path):
    path.mkdir()
    assert Settings(str(path)).damage.kept.is_dir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)
        assert Settings(str(path)).damage.kept.is_fifo()


def test_a_file_that_cannot_be_moved_is_left_and_this_run_remembers_for_itself(path, monkeypatch):
    path.write_bytes(b"\0\0")

    def refuse(self, target):
        raise PermissionError

    monkeypatch.setattr(type(path), "rename", refuse)
    settings = Settings(str(path))
    assert settings.damage.kept is None
    settings.theme = "dark"
    settings.save()
    assert settings.theme == "dark"
    assert path.read_bytes() == b"\0\0"


@pytest.mark.parametrize("cut", range(0, 400, 7))
def test_a_file_cut_off_anywhere_never_fails(path, cut):
    filled(path)
    path.write_bytes(path.read_bytes()[:cut])
    settings = Settings(str(path))
    for name in READERS:
        getattr(settings, name)


@pytest.mark.parametrize(
    "value",
    ["@Rect(1 2 3 4)", "@Invalid()", "a, b, c", "@ByteArray(\\xff\\0)", "1e999", '"', "\\x"],
)
def test_values_of_another_kind_count_as_not_set(path, value):
    names = ("theme", "legend", "folder", "geometry1", "splitter1", "open_folds", "default_gpu")
    lines = [f"{name}={value}" for name in (*names, "pythons", "knows_dragging")]
    path.write_text("\n".join(["[General]", *lines]), encoding="utf-8")
    settings = Settings(str(path))
    assert settings.theme == "system"
    assert isinstance(settings.folder, str)
    assert isinstance(settings.geometry, QByteArray)
    assert isinstance(settings.default_gpu, str)
    assert not settings.knows_dragging
    assert all(isinstance(name, str) for name in settings.pythons)


@pytest.mark.parametrize("gpu", ["nonsense", "/", "a\\0b.json", "[", "any"])
def test_the_window_starts_whatever_the_settings_say(qtbot, path, gpu):
    state = "geometry1=@ByteArray(\\xff\\xff)\nsplitter1=@ByteArray(\\x1)\nopen_folds=x\n"
    path.write_text(f"[General]\ndefault_gpu={gpu}\n{state}", encoding="utf-8")
    window = make_window(make_application(), Settings(str(path)))
    qtbot.addWidget(window)
    window.show()
    assert window.session.plan.loss.value > 0


def test_the_window_names_the_file_in_a_notice_that_can_be_closed(qtbot, path):
    path.write_bytes(b"\0" * 100)
    window = make_window(make_application(), Settings(str(path)))
    qtbot.addWidget(window)
    window.show()
    (text,) = window.notice_bar.texts()
    assert f"isoloss.ini.broken-{time.strftime('%Y')}" in text
    assert QApplication.activeModalWidget() is None
    window.notice_bar.button("Close").click()
    assert window.notice_bar.texts() == []
    assert not window.notice_bar.isVisible()


def test_a_window_that_was_on_a_screen_now_gone_comes_back(qtbot, settings):
    elsewhere = QMainWindow()
    qtbot.addWidget(elsewhere)
    elsewhere.setGeometry(50_000, 40_000, 1000, 600)
    elsewhere.show()
    settings.geometry = elsewhere.saveGeometry()
    window = make_window(make_application(), settings)
    qtbot.addWidget(window)
    window.show()
    assert window.screen().availableGeometry().intersects(window.geometry())


WRITER = """
import sys
from gui.settings import Settings
settings = Settings(sys.argv[1])
print("ready", flush=True)
n = 0
while True:
    n += 1
    settings.pythons = [f"/python/{n}/" + "x" * 2000] * 20
    settings.theme = "dark"
    settings.save()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_writer_that_is_killed_never_leaves_half_a_file(path):
    for pause_s in (0.0, 0.003, 0.01, 0.017, 0.03):
        child = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE)
        child.stdout.readline()
        time.sleep(pause_s)
        child.send_signal(signal.SIGKILL)
        child.communicate()
        settings = Settings(str(path))
        assert settings.damage is None
        assert len({len(name) for name in settings.pythons}) <= 1
    assert not list(path.parent.glob("*.broken-*"))
