"""The files that were used last."""

import pytest
from PySide6.QtWidgets import QApplication

from core.documents.document import PlanDocument
from core.documents.store import save_plan
from core.planner import PlanRequest
from gui import recent
from gui.recent import MOST, RecentMenu, labels
from gui.settings import Settings


@pytest.fixture
def menu(window):
    return window.findChild(RecentMenu)


def texts(menu):
    menu.fill()
    return [a.text().replace("&", "") for a in menu.actions() if not a.isSeparator()]


def test_nothing_to_open_is_nothing_to_choose(menu):
    assert not menu.menuAction().isEnabled()


def test_opened_and_saved_files_come_first_once_and_are_remembered(make, tmp_path, plan_file):
    window = make()
    other = tmp_path / "other.isoloss"
    save_plan(other, PlanDocument(PlanRequest(value=36.0)))
    for path in (plan_file, other, plan_file):
        window.documents.open(path)
    menu = window.findChild(RecentMenu)
    assert menu.menuAction().isEnabled()
    assert texts(menu) == ["1 my plan.isoloss", "2 other.isoloss", "Clear list"]
    window.close()
    again = make()
    assert texts(again.findChild(RecentMenu))[0] == "1 my plan.isoloss"


def test_choosing_one_opens_it(window, menu, plan_file):
    recent.remember(Settings(window._settings._store.fileName()), plan_file)
    menu.fill()
    menu.actions()[0].trigger()
    QApplication.processEvents()
    assert window.session.request.value == 24


def test_a_file_that_is_gone_is_named_and_leaves_the_list(window, menu, plan_file):
    window.documents.open(plan_file)
    plan_file.unlink()
    menu.fill()
    menu.actions()[0].trigger()
    (text,) = window.notice_bar.texts()
    assert "my plan.isoloss" in text
    assert texts(menu) == ["Clear list"]
    assert not menu.menuAction().isEnabled()


def test_the_list_can_be_cleared(window, menu, plan_file):
    window.documents.open(plan_file)
    menu.fill()
    menu.actions()[-1].trigger()
    assert texts(menu) == ["Clear list"]


def test_the_list_ends(settings, tmp_path):
    for number in range(MOST + 5):
        recent.remember(settings, tmp_path / f"{number}.isoloss")
    assert len(settings.recent) == MOST
    assert settings.recent[0].endswith(f"{MOST + 4}.isoloss")


def test_files_that_are_called_alike_are_told_apart_by_folder(home):
    names = [str(home / "a" / "plan.isoloss"), "/b/plan.isoloss", "/b/other.isoloss"]
    assert labels(names) == ["plan.isoloss — ~/a", "plan.isoloss — /b", "other.isoloss"]


def test_an_ampersand_in_a_name_is_shown(window, menu, tmp_path):
    path = tmp_path / "R&D.isoloss"
    save_plan(path, PlanDocument(PlanRequest()))
    window.documents.open(path)
    menu.fill()
    assert menu.actions()[0].text() == "&1 R&&D.isoloss"


def test_a_damaged_list_is_an_empty_one(settings):
    settings._store.setValue("recent", {"a": 1})
    assert settings.recent == []
