"""What a start loads, and in which order it shows what it has."""

import json
import os
import subprocess
import sys
import time

import pytest

LATE = ("pyqtgraph", "scipy", "pandas", "numpy.ma", "importlib.metadata")
SCRIPT = """
import gc, json, sys
from gui.app import make_application, make_window
from gui.settings import Settings

app = make_application()
window = make_window(app, Settings(sys.argv[1]))
view = window.plan_view
said = {}

def on_painted():
    said["loaded"] = sorted(sys.modules)
    said["hours"] = view.inputs.hours.isEnabled() and view.inputs.isVisible()
    said["texts"] = [label.text() for label in view.answer.findChildren(QLabel)]
    said["charts"] = view.has_charts

def on_built():
    QTimer.singleShot(0, tell)

def tell():
    said["then"] = view.charts.loss_plot.isVisible()
    app.quit()

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel
view.painted.connect(on_painted)
view.charts_built.connect(on_built)
window.show()
app.exec()
print(json.dumps(said))
"""


def run(arguments, tmp_path, **variables):
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(tmp_path),
        "ISOLOSS_DATA": str(tmp_path),
        **variables,
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def first_paint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("start")
    return run(["-c", SCRIPT, str(folder / "isoloss.ini")], folder)


def test_inputs_and_answer_are_painted_before_the_plots_are_made(first_paint):
    assert first_paint["hours"]
    assert any(text.startswith("3.19") for text in first_paint["texts"]), first_paint["texts"]
    assert not first_paint["charts"]
    assert first_paint["then"]


@pytest.mark.parametrize("module", LATE)
def test_the_first_paint_does_not_wait_for(module, first_paint):
    assert module not in first_paint["loaded"]


@pytest.mark.parametrize(
    "package", ["core.planner.joint", "core.fits", "core.export.csv_plan", "gui.views.fit"]
)
def test_the_first_paint_loads_no_part_of(package, first_paint):
    loaded = [name for name in first_paint["loaded"] if name.startswith(package)]
    assert loaded == []


def test_a_start_can_be_timed_from_outside(tmp_path):
    began = time.time()
    told = run(["-m", "gui"], tmp_path, ISOLOSS_START_CLOCK=repr(began))
    assert 0 < told["painted_ms"] <= told["complete_ms"] <= (time.time() - began) * 1000
    assert told["rss_mb"] > 10


def test_garbage_is_collected_once_the_window_stands(tmp_path):
    script = (
        "import gc, json, sys\n"
        "import gui.app\n"
        "from PySide6.QtCore import QTimer\n"
        "from PySide6.QtWidgets import QApplication\n"
        "make = gui.app.make_application\n"
        "def made():\n"
        "    app = make()\n"
        "    before = gc.isenabled()\n"
        "    def tell():\n"
        "        print(json.dumps([before, gc.isenabled()]))\n"
        "        app.quit()\n"
        "    QTimer.singleShot(0, tell)\n"
        "    return app\n"
        "gui.app.make_application = made\n"
        "from gui.__main__ import open_window\n"
        "sys.exit(open_window())\n"
    )
    assert run(["-c", script], tmp_path) == [False, True]
