"""Hands and eyes for a window on a virtual display: xdotool, and pictures of the screen."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from PySide6.QtGui import QColor, QGuiApplication, QImage

Found = TypeVar("Found")
SIZE = (1280, 800)
LINE = QColor("#0b6bcb")  # the budget line of the light theme
PART_OF_LINE = range(260, 340, 10)  # rows of the upper plot that only the line crosses


@contextmanager
def display() -> Iterator[str]:
    """A virtual display of its own, which this process can look at; yields its name."""
    read, write = os.pipe()
    screen = ["-screen", "0", f"{SIZE[0]}x{SIZE[1]}x24", "-nolisten", "tcp", "-ac", "-noreset"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), *screen], pass_fds=[write], stderr=subprocess.DEVNULL
    )
    os.close(write)
    try:
        with os.fdopen(read) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise SystemExit("Xvfb does not start")
        os.environ["DISPLAY"] = f":{number}"
        eyes = QGuiApplication(["eyes", "-platform", "xcb"])
        yield f":{number}"
        eyes.shutdown()
    finally:
        server.terminate()
        server.wait()


class Window:
    """The window of a program that was started on a display."""

    def __init__(self, process: subprocess.Popen[str], errors: Path) -> None:
        self.process = process
        self.errors = errors
        self.started = time.monotonic()
        self.id = self.wait_for(lambda: self.find("Isoloss"), "its window")
        self.seconds = time.monotonic() - self.started
        self.wait_for(lambda: budget_line(look()), "its plots")
        self.seconds_to_plots = time.monotonic() - self.started
        self.tool("windowfocus", "--sync", self.id)

    def tool(self, *words: str) -> str:
        """Run xdotool; what it printed."""
        done = subprocess.run(
            ["xdotool", *words],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip()

    def find(self, name: str) -> str:
        """The visible window whose title contains a text, or nothing."""
        return self.tool("search", "--onlyvisible", "--name", name).partition("\n")[0]

    def wait_for(self, find: Callable[[], Found | None], what: str) -> Found:
        """What `find` sees as soon as it sees anything."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if seen := find():
                return seen
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        said = self.errors.read_text(encoding="utf-8")
        self.process.kill()
        raise SystemExit(f"waited in vain for {what}; the program said:\n{said or '(nothing)'}")

    def key(self, *names: str) -> None:
        """Press keys, one after another, and let the window follow."""
        self.tool("key", "--clearmodifiers", "--delay", "60", *names)
        time.sleep(0.4)

    def type(self, text: str) -> None:
        """Type a text."""
        self.tool("type", "--delay", "40", text)
        time.sleep(0.3)

    def drag(self, start: tuple[int, int], by: int) -> None:
        """Pull something sideways with the mouse."""
        x, y = start
        self.tool("mousemove", str(x), str(y), "mousedown", "1")
        for step in range(1, 11):
            self.tool("mousemove", str(x + by * step // 10), str(y))
            time.sleep(0.03)
        self.tool("mouseup", "1")
        time.sleep(0.5)

    def title(self) -> str:
        """Of the main window."""
        return self.tool("getwindowname", self.id)

    def picture(self, path: Path) -> QImage:
        """What is on the screen, also as a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = look()
        picture.save(str(path))
        return picture

    def resident_mb(self) -> float:
        """What the program keeps in memory, MB."""
        pid = self.tool("getwindowpid", self.id)
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        kib = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
        return int(kib) * 1024 / 1e6

    def quit(self) -> None:
        """Close it by key and look at how it ended."""
        self.key("ctrl+q")
        try:
            status = self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise SystemExit("the window does not close") from None
        said = self.errors.read_text(encoding="utf-8")
        if status or "Traceback" in said:
            raise SystemExit(f"the window ended with status {status}:\n{said}")


def look() -> QImage:
    """What is on the screen."""
    return QGuiApplication.primaryScreen().grabWindow(0).toImage()


def budget_line(picture: QImage) -> tuple[int, int] | None:
    """A point on the blue line of the upper plot, once it is drawn."""
    width = picture.width()
    for x in range(width // 4, width * 3 // 4):
        if all(picture.pixelColor(x, y) == LINE for y in PART_OF_LINE):
            return x, PART_OF_LINE[len(PART_OF_LINE) // 2]
    return None
