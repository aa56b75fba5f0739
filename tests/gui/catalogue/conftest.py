"""The real dialog on a folder of its own, with providers that answer what a test wants."""

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog

from core.hardware.offers import Offer
from core.planner import PlanRequest
from gui.session import Session
from gui.views.catalogue.dialog import CatalogueDialog

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where the person's own rows live; never the real place."""
    folder = tmp_path / "data"
    monkeypatch.setenv("ISOLOSS_DATA", str(folder))
    return folder


class Providers:
    """Answers for providers, and who was asked."""

    def __init__(self):
        self.answers = {}
        self.asked = []

    def __call__(self, provider):
        self.asked.append(provider)
        answer = self.answers[provider]
        if callable(answer):
            return answer()
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def providers():
    return Providers()


def offer(usd, spot=False, **changes):
    fields = {
        "provider": "aws",
        "region": "us-east-1",
        "instance": "p5.48xlarge",
        "gpu_name": "H100",
        "gpu_memory_gb": 80.0,
        "gpu_count": 8,
        "usd_per_hour": usd * 8,
        "spot": spot,
    }
    return Offer(**(fields | changes))


@pytest.fixture
def session(window):
    """A document on a GPU of the catalogue."""
    return Session(PlanRequest(gpu="h100_sxm"), window)


@pytest.fixture
def make_dialog(window, session, providers, qtbot):
    """Opens the catalogue as the window does."""

    def make():
        dialog = CatalogueDialog(session, window.jobs, window, today=lambda: TODAY, fetch=providers)
        dialog.show()
        qtbot.waitExposed(dialog)
        for _ in range(5):
            QApplication.processEvents()
        return dialog

    yield make
    window.jobs.shut_down()
    QApplication.processEvents()


@pytest.fixture
def dialog(make_dialog):
    return make_dialog()


class Look:
    """Reads pages as they are on show, and finds what lies over them."""

    today = TODAY

    def titles(self, page):
        header = Qt.Orientation.Horizontal
        names = [page.order.headerData(n, header) for n in range(page.order.columnCount())]
        return [", ".join(name.strip().split("\n")) for name in names]

    def column(self, page, title):
        plain = [name.replace(" ↑", "").replace(" ↓", "") for name in self.titles(page)]
        return plain.index(title)

    def cells(self, page, title, role=Qt.ItemDataRole.DisplayRole):
        place = self.column(page, title)
        return [page.order.index(row, place).data(role) for row in range(page.order.rowCount())]

    def cell(self, page, key, title, role=Qt.ItemDataRole.DisplayRole):
        row = page.order.place_of(key)
        return page.order.index(row, self.column(page, title)).data(role)

    def chosen(self, page, title):
        row = page.table.selectionModel().selectedRows()[0].row()
        return page.order.index(row, self.column(page, title)).data()

    def over(self, dialog):
        return next(d for d in dialog.findChildren(QDialog) if d.isVisible())

    def type(self, form, **texts):
        for name, text in texts.items():
            edit = form.rows[name].edit
            edit.setFocus()
            edit.selectAll()
            QTest.keyClicks(edit, text)
        for _ in range(3):
            QApplication.processEvents()


@pytest.fixture
def look():
    return Look()


@pytest.fixture
def make_offer():
    return offer
