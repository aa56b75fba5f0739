"""Whether a window can be opened at all, asked before Qt, which would abort the process."""

import ctypes
import os
import re
import socket
import sys
from pathlib import Path

from core.cli import NoDisplayError

_XCB_LIBRARIES = ("libxcb-cursor.so.0", "libxkbcommon-x11.so.0", "libEGL.so.1")
_SCREENLESS = ("offscreen", "minimal", "vnc")
_XCB_PACKAGES = "libxcb-cursor0 libxkbcommon-x11-0 libegl1"


def require_display() -> None:
    """Return if Qt can open a window here.

    Raises:
        NoDisplayError: it cannot; the message says why and what would help.
    """
    platform = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0]
    _require_qt()
    if not sys.platform.startswith("linux") or platform in _SCREENLESS:
        return
    if platform not in ("", "xcb", "wayland", "wayland-egl"):
        raise NoDisplayError(
            f'QT_QPA_PLATFORM must be xcb, wayland or {", ".join(_SCREENLESS)}, got "{platform}"'
        )
    wayland = platform != "xcb" and _wayland_answers()
    if wayland or platform.startswith("wayland"):
        if not wayland:
            raise NoDisplayError("no Wayland compositor answers (see WAYLAND_DISPLAY)")
        return
    display = os.environ.get("DISPLAY", "")
    if not display:
        raise NoDisplayError("there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)")
    if not _x_server_answers(display):
        raise NoDisplayError(f'the display "{display}" does not answer')
    _require_xcb_libraries()


def _require_qt() -> None:
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ImportError as error:
        raise NoDisplayError(f"Qt could not be loaded ({error})") from error


def _require_xcb_libraries() -> None:
    for library in _XCB_LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            raise NoDisplayError(
                f"Qt needs {library}; on Debian and Ubuntu: sudo apt-get install {_XCB_PACKAGES}"
            ) from None


def _wayland_answers() -> bool:
    name = os.environ.get("WAYLAND_DISPLAY", "")
    if not name:
        return False
    return _answers(str(Path(os.environ.get("XDG_RUNTIME_DIR", "/")) / name))


def _x_server_answers(display: str) -> bool:
    """Whether something listens where ``DISPLAY`` points; an unknown form is believed."""
    match = re.fullmatch(r"(?P<host>[^:]*):(?P<number>\d+)(?:\.\d+)?", display)
    if match is None:
        return "/" in display  # macOS launchd sockets; anything else Qt would abort on
    host, number = match["host"], int(match["number"])
    try:
        if host in ("", "unix"):
            return _unix_socket_answers(number)
        with socket.create_connection((host, 6000 + number), timeout=2):
            return True
    except OSError:
        return False


def _unix_socket_answers(number: int) -> bool:
    name = f"/tmp/.X11-unix/X{number}"
    return _answers(name) or _answers(f"\0{name}")  # a file, an abstract name, or both


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(address)
        except OSError:
            return False
        return True
