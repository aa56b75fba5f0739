"""Refreshing prices: only named providers, in the background, and nothing saved unseen."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from core.errors import InputError
from core.hardware.offers import PROVIDERS, fetch_offers
from core.hardware.prices import default_price, prices
from gui.views.catalogue import refresh_dialog, refresh_work
from gui.views.catalogue.dialog import PRICES
from gui.views.catalogue.refresh_dialog import RefreshDialog


@pytest.fixture
def refresh(dialog, look, hands):
    """The dialog that asks, over the catalogue."""
    dialog.tabs.setCurrentIndex(PRICES)
    dialog.prices.refresh_button.click()
    hands.settle()
    return look.over(dialog)


@pytest.fixture
def ask(refresh, qtbot, window):
    """Ticks providers, asks, and waits for what comes of it."""

    def ask(*names):
        for name in names:
            refresh.providers[name].setChecked(True)
        refresh.ask_button.click()
        qtbot.waitUntil(lambda: not window.jobs.is_busy)
        return refresh

    return ask


def usd_now():
    return default_price("h100_sxm").usd_per_gpu_hour()


def test_nobody_is_asked_before_somebody_is_ticked(refresh, providers):
    assert set(refresh.providers) == set(PROVIDERS)
    assert not any(box.isChecked() for box in refresh.providers.values())
    assert not refresh.ask_button.isEnabled()
    refresh.ask()
    assert providers.asked == []


def test_only_those_that_are_ticked_are_asked(ask, providers, make_offer):
    providers.answers = {"aws": [make_offer(3.0)], "gcp": [make_offer(3.0, provider="gcp")]}
    ask("aws", "gcp")
    assert providers.asked == ["aws", "gcp"]


def test_what_passed_and_what_was_dropped_is_shown_with_its_reason(ask, providers, make_offer):
    providers.answers["aws"] = [
        make_offer(6.5),
        make_offer(200.0, instance="p5.dear"),
        make_offer(3.0, instance="odd", gpu_name="X1"),
    ]
    refresh = ask("aws")
    table = refresh.dropped_table.model()
    reasons = [table.index(row, 4).data() for row in range(table.rowCount())]
    assert len(reasons) == 2
    assert any("200 USD per GPU-hour is not above 0" in reason for reason in reasons)
    assert refresh.kept_table.model().rowCount() == 1
    assert "Passed the checks: 1;" in refresh.summary.text()
    assert "dropped: 2" in refresh.summary.text()


def test_a_price_that_moved_much_is_not_saved_unless_it_is_ticked(
    ask, providers, make_offer, dialog, qtbot, look
):
    known = {p.provider: p for p in prices() if p.gpu == "h100_sxm"}
    assert "aws" in known
    providers.answers["aws"] = [make_offer(50.0), make_offer(6.5, instance="p5.4xlarge")]
    providers.answers["aws"] += [make_offer(50.0, instance=f"p5.{n}") for n in range(2)]
    refresh = ask("aws")
    assert refresh.changes.rowCount() > 0
    first = refresh.changes.index(0, 0)
    assert first.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Unchecked
    quiet = len(refresh.refresh.kept) - len({c.price.key for c in refresh.refresh.changes})
    assert f"Save prices: {quiet}" == refresh.save_button.text()
    refresh.changes_table.setFocus()
    refresh.changes_table.setCurrentIndex(first)
    QTest.keyClick(refresh.changes_table, Qt.Key.Key_Space)
    assert first.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
    assert f"Save prices: {quiet + 1}" == refresh.save_button.text()
    taken = refresh.changes.accepted[0].price
    with qtbot.waitSignal(dialog.changed):
        refresh.save_button.click()
    saved = [price for price in prices() if price.origin == "refreshed"]
    assert len(saved) == quiet + 1
    assert taken.key in {price.key for price in saved}
    assert "refreshed" in look.cells(dialog.prices, "origin")
    assert f"Refreshed prices saved: {quiet + 1}" in dialog.said.text()


def test_all_or_none_can_be_ticked(ask, providers, make_offer):
    providers.answers["aws"] = [make_offer(50.0)]
    refresh = ask("aws")
    assert not refresh.save_button.isEnabled()
    refresh.changes.tick_all(True)
    assert refresh.save_button.isEnabled()
    assert len(refresh.changes.accepted) == refresh.changes.rowCount() == 1
    refresh.changes.tick_all(False)
    assert not refresh.save_button.isEnabled()


def test_closing_saves_nothing(ask, providers, make_offer, folder):
    providers.answers["aws"] = [make_offer(6.5)]
    before = usd_now()
    ask("aws").reject()
    assert not folder.exists()
    assert usd_now() == before


def test_a_saved_price_is_the_plans(ask, providers, make_offer, session, qtbot):
    providers.answers["aws"] = [make_offer(6.5)]
    before = session.plan.usd.value
    refresh = ask("aws")
    with qtbot.waitSignal(session.changed):
        refresh.save_button.click()
    assert usd_now() == 6.5
    assert session.plan.usd.value != before


def test_a_cancelled_question_saves_nothing_and_can_be_asked_again(
    refresh, providers, make_offer, qtbot, window, folder
):
    started, let_go = threading.Event(), threading.Event()

    def slow():
        started.set()
        let_go.wait(20)
        return [make_offer(6.5)]

    providers.answers = {"aws": slow, "gcp": [make_offer(6.0, provider="gcp")]}
    refresh.providers["aws"].setChecked(True)
    refresh.providers["gcp"].setChecked(True)
    refresh.ask_button.click()
    qtbot.waitUntil(started.is_set)
    assert refresh.bar.isVisible()
    refresh.cancel_button.click()
    assert refresh.ask_button.isVisible()
    let_go.set()
    qtbot.waitUntil(lambda: not window.jobs.is_busy)
    assert refresh.refresh is None
    assert providers.asked == ["aws"]
    assert not folder.exists()
    providers.answers["aws"] = [make_offer(6.5)]
    refresh.ask_button.click()
    qtbot.waitUntil(lambda: refresh.refresh is not None)


def test_a_provider_that_does_not_answer_is_named_beside_those_that_did(ask, providers, make_offer):
    error = InputError("provider", "gcp", "reachable over the network (timed out)")
    providers.answers = {"aws": [make_offer(6.5)], "gcp": error}
    refresh = ask("aws", "gcp")
    assert refresh.notices.texts() == [
        "gcp gave no prices: it must be reachable over the network (timed out)."
    ]
    assert refresh.save_button.isVisible()


def test_without_a_network_it_says_so_in_one_sentence(ask, providers):
    providers.answers["aws"] = InputError("provider", "aws", "reachable over the network (offline)")
    refresh = ask("aws")
    assert refresh.notices.texts() == [
        "aws gave no prices: it must be reachable over the network (offline)."
    ]
    assert refresh.ask_button.isVisible()


def test_without_the_extra_it_gives_the_command_that_installs_it(window, qtbot, monkeypatch, look):
    monkeypatch.setattr(refresh_work, "find_spec", lambda name: None)
    monkeypatch.setattr(refresh_work.sys, "executable", "/opt/my python/bin/python")
    dialog = RefreshDialog(window.jobs, fetch_offers, lambda: look.today, window)
    dialog.open()
    command = '"/opt/my python/bin/python" -m pip install gpuhunt'
    (sentence,) = dialog.notices.texts()
    assert sentence.endswith(command)
    dialog.copy_command.click()
    assert QGuiApplication.clipboard().text() == command
    dialog.reject()


def test_a_bundle_offers_no_command_that_it_cannot_run(window, monkeypatch, look, tmp_path):
    monkeypatch.setattr(refresh_work, "find_spec", lambda name: None)
    monkeypatch.setattr(refresh_work, "bundle_folder", lambda: tmp_path)
    dialog = RefreshDialog(window.jobs, fetch_offers, lambda: look.today, window)
    dialog.open()
    (sentence,) = dialog.notices.texts()
    assert "a price of your own under Prices" in sentence
    assert "pip" not in sentence
    assert not dialog.copy_command.isVisible()
    dialog.reject()


def test_asking_without_the_extra_says_so_too(ask, providers):
    from core.messages import Message

    missing = Message(
        "no_gpuhunt",
        "asked through gpuhunt, which is not installed ({extra})",
        {"extra": "pip install gpuhunt"},
    )
    providers.answers["aws"] = InputError("provider", "aws", missing)
    refresh = ask("aws")
    (sentence,) = refresh.notices.texts()
    assert sentence.endswith("-m pip install gpuhunt")
    assert refresh.copy_command.isVisible()


def test_a_file_that_cannot_be_written_keeps_the_answers(ask, providers, make_offer, monkeypatch):
    def refuse(*_):
        raise InputError("file", "prices-refreshed.csv", "a file that can be written (disk full)")

    monkeypatch.setattr(refresh_dialog, "save_refresh", refuse)
    providers.answers["aws"] = [make_offer(6.5)]
    refresh = ask("aws")
    refresh.save_button.click()
    assert refresh.isVisible()
    assert "disk full" in refresh.notices.texts()[0]
    assert refresh.refresh.kept
