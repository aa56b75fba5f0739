"""The sheets: everything is there, marked where not verified, sorted, searched, copied."""

import csv
import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget

import resources
from core.hardware.devices import devices
from core.hardware.factors import factors
from core.hardware.grids import attributions, grids
from core.hardware.prices import is_stale, prices
from gui.views.catalogue.dialog import (
    FACTORS,
    GPUS,
    GRIDS,
    PRICES,
    RUNS,
    CatalogueDialog,
    show_catalogue,
)
from gui.views.catalogue.table import MARK, NONE

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
EDIT, TOOLTIP = Qt.ItemDataRole.EditRole, Qt.ItemDataRole.ToolTipRole
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
PUBLISHED = "speed/published_training_speed.csv"


@pytest.fixture
def go(dialog, hands):
    def go(index):
        dialog.tabs.setCurrentIndex(index)
        hands.settle()
        return dialog.page(index)

    return go


def test_every_row_of_every_table_is_there_with_its_source(go, look):
    with resources.path(PUBLISHED).open(newline="") as file:
        published = len(list(csv.DictReader(file)))
    expected = {
        GPUS: len(devices()),
        PRICES: len(prices()),
        GRIDS: len(grids()),
        FACTORS: len(factors()),
        RUNS: published,
    }
    assert published == 340
    for index, count in expected.items():
        page = go(index)
        assert page.order.rowCount() == count
        assert NONE not in look.cells(page, "source")
        assert {"checked", "origin"} <= set(look.titles(page))
        assert str(count) in page.count.text()


def test_a_cell_that_is_not_verified_is_marked_in_sign_words_and_speech(go, look):
    page = go(GPUS)
    assert devices()["h100_nvl"].unverified == ("tf32_tflops", "fp8_tflops", "interconnect_gb_s")
    assert look.cell(page, "h100_nvl", "fp8, TFLOP/s") == f"{MARK} 1,671"
    assert "not verified" in look.cell(page, "h100_nvl", "fp8, TFLOP/s", TOOLTIP)
    assert "not verified" in look.cell(page, "h100_nvl", "fp8, TFLOP/s", SPOKEN)
    assert look.cell(page, "h100_nvl", "bf16, TFLOP/s") == "835"
    assert "not verified" not in look.cell(page, "h100_nvl", "bf16, TFLOP/s", SPOKEN)
    assert "fp8" in look.cell(page, "h100_nvl", "checked")
    assert f"{MARK} not verified" in page.footnote.text()


def test_the_mark_stands_at_exactly_the_numbers_that_the_catalogue_names(go, look):
    page = go(GPUS)
    numbers = [name for name in look.titles(page) if name.split(", ")[-1][0].isupper()]
    numbers = [name for name in numbers if name != "GPU"]
    assert len(numbers) == 10
    for device in devices().values():
        marked = [look.cell(page, device.id, name).startswith(MARK) for name in numbers]
        assert sum(marked) == len(device.unverified)


def test_a_price_is_marked_as_long_as_nobody_checked_it(go, look):
    page = go(PRICES)
    for row, price in enumerate(page.model.rows):
        for place, usd in ((1, price.ondemand_usd_per_gpu_h), (2, price.spot_usd_per_gpu_h)):
            text = page.model.index(row, place).data()
            if usd is None:
                assert text == NONE
            else:
                assert text == (f"{usd:,.3f}" if price.verified else f"{MARK} {usd:,.3f}")


def test_a_stale_price_says_so_and_a_fresh_one_does_not(go, look):
    page = go(PRICES)
    place = look.column(page, "age")
    seen = set()
    for row, price in enumerate(page.model.rows):
        stale = is_stale(price, look.today)
        cell = page.model.index(row, place)
        seen.add(stale)
        words = {True: "over 90 days old", None: "maybe over 90 days", False: "90 days or less"}
        assert cell.data() == words[stale]
        assert ("older than 90 days" in cell.data(TOOLTIP)) == (stale is not False)
    assert seen == {True, False, None}


def test_numbers_sort_as_numbers_and_what_is_not_known_stays_last(go, look):
    page = go(GPUS)
    for order in (ASCENDING, DESCENDING):
        page.table.sortByColumn(look.column(page, "fp8, TFLOP/s"), order)
        values = look.cells(page, "fp8, TFLOP/s", EDIT)
        known = [value for value in values if value is not None]
        assert 5 < len(known) < len(values)
        assert values[: len(known)] == sorted(known, reverse=order == DESCENDING)
    assert look.titles(page)[look.column(page, "fp8, TFLOP/s")] == "fp8 ↓, TFLOP/s"


def test_a_search_keeps_rows_with_all_words_of_any_column_or_detail(go, look, hands):
    page = go(PRICES)
    page.search.setFocus()
    QTest.keyClicks(page.search, "H100 SXM lambda")
    hands.settle()
    expected = [p for p in prices() if p.gpu == "h100_sxm" and p.provider == "lambda"]
    assert len(expected) == page.order.rowCount() > 0
    assert set(look.cells(page, "provider")) == {"lambda"}
    assert f"{len(expected)} of" in page.count.text()
    page.search.setText("marketplace minimum")  # only the notes say so
    assert 0 < page.order.rowCount() < len(prices())


def test_a_search_without_a_hit_says_so(go, hands):
    page = go(GRIDS)
    page.search.setText("atlantis")
    hands.settle()
    assert page.empty.isVisible()
    assert "atlantis" in page.empty.text()
    page.search.clear()
    hands.settle()
    assert not page.empty.isVisible()
    assert page.table.isVisible()


def test_return_in_the_search_leaves_the_window_open(dialog, go):
    page = go(GPUS)
    dialog.activateWindow()
    page.search.setFocus()
    QTest.keyClick(page.search, Qt.Key.Key_Return)
    assert dialog.isVisible()


def test_the_details_say_source_date_licence_and_whether_it_was_verified(go, look):
    page = go(PRICES)
    doubted = next(p for p in page.model.rows if not p.verified and p.source_licence == "facts")
    page.choose(page.sheet.key(doubted))
    said = "\n".join(page.detail.texts())
    assert f"source: {doubted.source}" in said
    assert f"price of: {doubted.as_of}" in said
    assert "licence: facts" in said
    assert "checked: not verified" in said
    assert "This price was not verified." in said


def test_a_grid_shows_year_basis_and_attribution(go, look):
    page = go(GRIDS)
    page.choose("FRA")
    france = next(grid for grid in grids() if grid.zone == "FRA")
    said = "\n".join(page.detail.texts())
    assert f"year: {france.year}" in said
    assert f"basis: {france.basis}" in said
    assert f"attribution: {france.attribution}" in said
    assert "licence: CC-BY-4.0" in said
    for line in attributions():
        assert line in page.footnote.text()


def test_the_details_say_which_price_a_plan_takes(go, look):
    page = go(GPUS)
    page.choose("h100_sxm")
    assert any("A plan takes" in text for text in page.detail.notices.texts())
    page.choose("mi355x")
    assert page.detail.title.text() == devices()["mi355x"].name


def test_derived_speeds_of_published_runs_are_marked_and_counts_are_exact(go, look):
    page = go(RUNS)
    speeds = look.cells(page, "speed, tokens/s/GPU")
    derived = [run for run in page.model.rows if "tok/s derived" in run.cells["note"]]
    approximate = [run for run in page.model.rows if "approx" in run.cells["note"]]
    assert len(derived) == 36
    assert sum(text.startswith(MARK) for text in speeds) == len(derived) + len(approximate)
    assert {"32,768", "65,536"} <= set(look.cells(page, "sequence, tokens"))
    page.choose(page.sheet.key(derived[0]))
    assert derived[0].cells["note"] in page.detail.notices.texts()


def test_published_runs_are_cited_and_dated(go, look):
    page = go(RUNS)
    assert NONE not in look.cells(page, "date")
    assert any("arXiv 2104.04473" in text for text in look.cells(page, "source"))


def test_numbers_stand_right_in_figures_of_one_width(go, look):
    page = go(GPUS)
    index = page.order.index(0, look.column(page, "memory, GB"))
    assert index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight
    index = page.order.index(0, look.column(page, "GPU"))
    assert index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignLeft
    assert [tag.toString().data() for tag in page.table.font().featureTags()] == [b"tnum"]


def test_the_chosen_row_is_copied_with_full_numbers_and_its_source(dialog, go):
    page = go(GPUS)
    dialog.activateWindow()
    page.choose("h100_sxm")
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    header, row = (line.split("\t") for line in QGuiApplication.clipboard().text().splitlines())
    copied = dict(zip(header, row, strict=True))
    device = devices()["h100_sxm"]
    assert float(copied["fp8, TFLOP/s"]) == device.fp8_tflops
    assert copied["source"] == device.source


def test_the_catalogue_begins_at_the_gpu_of_the_plan(make_dialog, session, look):
    assert look.chosen(make_dialog().gpus, "GPU") == devices()[session.request.gpu].name


def test_a_choice_stays_when_the_rows_are_read_again(dialog, look):
    dialog.gpus.choose("l40s")
    dialog.gpus.read()
    assert look.chosen(dialog.gpus, "GPU") == devices()["l40s"].name


def test_the_menu_opens_one_window_that_blocks_nothing(window, hands):
    entry = next(a for a in window.findChildren(QAction) if a.text() == "C&atalogue…")
    assert entry.shortcut().toString() == "Ctrl+Shift+K"
    keys = [a.shortcut().toString() for a in window.findChildren(QAction)]
    assert keys.count("Ctrl+Shift+K") == 1
    entry.trigger()
    first = window.findChild(CatalogueDialog)
    assert first.isVisible()
    assert show_catalogue(window, window.session, window.jobs) is first
    assert not first.isModal()
    first.close()


def test_every_control_has_a_name_and_can_be_reached_by_keyboard(dialog, go):
    go(PRICES)
    focusable = [
        widget
        for widget in dialog.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(focusable) >= 7
    for widget in focusable:
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface.text(QAccessible.Text.Name), widget
    dialog.activateWindow()
    dialog.prices.table.setFocus()
    reached = set()
    for _ in range(len(focusable) + 2):
        reached.add(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert set(focusable) <= reached


def test_no_text_is_cut_in_the_smallest_window(dialog, go, hands):
    for index in (GPUS, PRICES, RUNS):
        page = go(index)
        dialog.resize(984, 620)
        hands.settle()
        for label in page.findChildren(QLabel):
            if label.isVisible() and label.text() and not label.wordWrap():
                assert label.sizeHint().width() <= label.width() + 1, label.text()


def test_the_first_window_does_not_load_the_catalogue():
    code = (
        "import sys; import gui.app;"
        "print([m for m in sys.modules if m.startswith('gui.views.catalogue')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
