"""An unexpected error goes to the log and one dialog; never a traceback on the screen."""

import sys

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox

from gui import crash


@pytest.fixture
def installed(qapp, monkeypatch, capsys):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(crash, "_seen", set())
    before = list(crash._log.handlers)
    crash.install()
    yield
    for handler in set(crash._log.handlers) - set(before):
        handler.close()
        crash._log.removeHandler(handler)


def fail():
    try:
        raise RuntimeError("the unexpected")
    except RuntimeError:
        return sys.exc_info()


def test_an_error_is_shown_once_with_details_to_copy(installed, qapp):
    boxes = [sys.excepthook(*fail()), sys.excepthook(*fail())]
    shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]
    shown = [box for box in shown if box.isVisible()]
    assert len(shown) == 1
    assert "the unexpected" in shown[0].detailedText()
    assert "Traceback" not in shown[0].text()
    assert boxes[1] is None
    shown[0].close()


def test_an_error_is_written_to_the_log_with_versions(installed, home):
    box = sys.excepthook(*fail())
    box.close()
    logs = list(home.rglob("isoloss.log"))
    assert len(logs) == 1
    text = logs[0].read_text(encoding="utf-8")
    assert "RuntimeError: the unexpected" in text
    assert "Qt 6" in text
