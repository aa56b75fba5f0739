"""Windows that ask before they lose something, and answers to their questions."""

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from core.documents.document import PlanDocument
from core.documents.store import save_plan
from core.planner import PlanRequest
from gui.app import make_application, make_window
from gui.settings import Settings

Button = QMessageBox.StandardButton


@pytest.fixture(autouse=True)
def closes_unasked():
    """Here windows ask, as they do for people."""


@pytest.fixture
def make(qtbot, tmp_path):
    def make(name="isoloss.ini"):
        window = make_window(make_application(), Settings(str(tmp_path / name)))
        qtbot.addWidget(window, before_close_func=lambda w: w.documents.let_go())
        window.show()
        QApplication.processEvents()
        return window

    return make


@pytest.fixture
def window(make):
    return make()


@pytest.fixture
def plan_file(tmp_path):
    path = tmp_path / "my plan.isoloss"
    save_plan(path, PlanDocument(PlanRequest(value=24.0)))
    return path


@pytest.fixture
def edit(hands):
    def edit(window, hours):
        hands.type(window.plan_view.inputs.hours, str(hours))

    return edit


@pytest.fixture
def question(hands):
    """The question on show, answered with a standard button."""

    def answer(window, button=None):
        hands.settle()
        boxes = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
        assert len(boxes) == 1
        text = f"{boxes[0].text()} {boxes[0].informativeText()}"
        if button is not None:
            boxes[0].button(button).click()
            hands.settle()
        return text

    return answer


@pytest.fixture
def choose(hands):
    """The file dialog on show, answered with a path, or given up."""

    def choose(window, path):
        hands.settle()
        dialog = next(d for d in window.findChildren(QFileDialog) if d.isVisible())
        if path is None:
            dialog.reject()
        else:
            dialog.fileSelected.emit(str(path))
            dialog.close()
        hands.settle()

    return choose


@pytest.fixture
def asks():
    """Whether a window asks something."""
    return lambda window: any(box.isVisible() for box in window.findChildren(QMessageBox))
