"""Whether a window can be opened is found out before Qt would abort."""

import socket

import pytest

from core.cli import NoDisplayError
from gui.display import require_display


@pytest.fixture
def bare(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    return monkeypatch


def test_no_variable_is_no_display(bare):
    with pytest.raises(NoDisplayError, match="neither DISPLAY nor WAYLAND_DISPLAY"):
        require_display()


@pytest.mark.parametrize("display", [":4711", "localhost:4711.0", "nonsense"])
def test_a_display_that_nobody_serves_is_named(bare, display):
    bare.setenv("DISPLAY", display)
    with pytest.raises(NoDisplayError, match=display):
        require_display()


def test_a_display_that_answers_is_accepted(bare):
    name = "\0/tmp/.X11-unix/X4712"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        bare.setenv("DISPLAY", ":4712.0")
        bare.setattr("gui.display._XCB_LIBRARIES", ())
        require_display()


def test_a_missing_library_of_qt_comes_with_the_command_that_installs_it(bare):
    bare.setattr("gui.display._x_server_answers", lambda display: True)
    bare.setattr("gui.display._XCB_LIBRARIES", ("libnot-there.so.0",))
    bare.setenv("DISPLAY", ":0")
    with pytest.raises(NoDisplayError, match=r"libnot-there.*apt-get install libxcb-cursor0"):
        require_display()


def test_a_platform_chosen_by_hand_is_believed(bare):
    bare.setenv("QT_QPA_PLATFORM", "offscreen")
    require_display()
