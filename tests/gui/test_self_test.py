"""The window's part of `isoloss --self-test`."""

import pytest
from PySide6.QtGui import QPixmap

from core.cli import NoDisplayError
from core.self_test import CheckError
from gui.main_window import MainWindow
from gui.plots.log_plot import LogPlot
from gui.self_test import paint_window


def test_the_window_is_painted_and_nothing_is_remembered(qapp, home):
    assert paint_window().endswith("offscreen)")
    assert [path for path in home.rglob("*") if "isoloss" in path.name.lower()] == []


def test_a_window_without_its_plots_fails(qapp, monkeypatch):
    monkeypatch.setattr(LogPlot, "isVisible", lambda self: False)
    monkeypatch.setattr("gui.self_test._LONGEST_WAIT_S", 0.2)
    with pytest.raises(CheckError, match="the plots do not come"):
        paint_window()


def test_a_window_that_stays_empty_fails(qapp, monkeypatch):
    empty = QPixmap(300, 200)
    empty.fill()
    monkeypatch.setattr(MainWindow, "grab", lambda self: empty)
    with pytest.raises(CheckError, match="1 colours only"):
        paint_window()


def test_qt_that_cannot_be_loaded_fails_with_the_reason(qapp, monkeypatch):
    def refuse():
        raise NoDisplayError("Qt could not be loaded (libEGL.so.1)")

    monkeypatch.setattr("gui.display.require_display", refuse)
    with pytest.raises(CheckError, match=r"libEGL\.so\.1"):
        paint_window()
