"""The rules of the house that neither ruff nor the type checker knows."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 400
# one file that runs on any machine without our packages
LONGER = {"core/calibration/probe.py": 1285}


def test_every_import_contract_is_kept():
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "core never imports Qt or the GUI KEPT" in done.stdout
    assert "inside core, imports point down KEPT" in done.stdout


def test_no_module_grows_beyond_what_one_can_keep_in_mind():
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for folder in ("core", "gui")
        for path in ROOT.glob(f"{folder}/**/*.py")
    }
    assert len(lengths) > 30
    too_long = {
        name: lines for name, lines in lengths.items() if lines > LONGER.get(name, MOST_LINES)
    }
    assert too_long == {}


def test_calls_into_qt_do_not_use_none_up(qapp):
    """Some PySide6 releases lose a reference to None in every call, and end in an abort."""
    from PySide6.QtWidgets import QLabel

    label = QLabel()
    before = sys.getrefcount(None)
    for _ in range(100):
        label.setText("text")
    assert sys.getrefcount(None) > before - 50
    label.deleteLater()
