"""The comparison of laws: live, sortable, convertible, to be copied and read aloud."""

import math

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from core.families.counting import Counting
from core.laws.compare import compare
from gui.views.laws.dialog import LawsDialog, compare_laws
from gui.views.laws.model import NONE, Col, Dot

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


@pytest.fixture
def dialog(window, hands):
    entry = next(
        a for a in window.findChildren(QAction) if a.text().replace("&", "") == "Compare laws…"
    )
    assert entry.shortcut().toString() == "Ctrl+Shift+L"
    entry.trigger()
    hands.settle()
    return window.findChild(LawsDialog)


def cells(dialog, column, role=Qt.ItemDataRole.DisplayRole):
    order = dialog.order
    return [order.index(row, column).data(role) for row in range(order.rowCount())]


def row_of(dialog, name):
    return cells(dialog, Col.LAW).index(name)


def cell(dialog, name, column, role=Qt.ItemDataRole.DisplayRole):
    return dialog.order.index(row_of(dialog, name), column).data(role)


def test_the_dialog_shows_every_law_at_the_plans_compute(window, dialog):
    compute = window.session.plan.compute_neflo.value
    rows = compare(compute)
    assert not dialog.isModal()
    assert sorted(cells(dialog, Col.LAW)) == sorted(row.short_name for row in rows)
    sizes = [size for size in cells(dialog, Col.SIZE, Qt.ItemDataRole.EditRole) if size]
    assert sorted(sizes) == sorted(row.params for row in rows if row.params)


def test_it_says_that_the_spread_is_part_of_the_answer(dialog):
    labels = " ".join(label.text() for label in dialog.findChildren(QLabel))
    assert "such a spread is part of the honest answer" in labels
    assert "What the laws make of 3.03×10¹⁷ neFLO" in labels


def test_it_follows_the_plan_and_keeps_order_and_selection(window, dialog, hands):
    dialog.table.sortByColumn(Col.RATIO, DESCENDING)
    dialog.table.selectRow(row_of(dialog, "DeepSeek 2024"))
    before = cell(dialog, "DeepSeek 2024", Col.SIZE)
    hands.type(window.plan_view.inputs.hours, "2400")
    assert cell(dialog, "DeepSeek 2024", Col.SIZE) != before
    ratios = [r for r in cells(dialog, Col.RATIO, Qt.ItemDataRole.EditRole) if r is not None]
    assert ratios == sorted(ratios, reverse=True)
    chosen = dialog.table.selectionModel().selectedRows()
    assert [index.data() for index in chosen] == ["DeepSeek 2024"]


def test_what_has_no_number_shows_none_and_stays_last(dialog):
    for order in (ASCENDING, DESCENDING):
        for column in (Col.SIZE, Col.LOSS, Col.RATIO):
            dialog.table.sortByColumn(column, order)
            values = cells(dialog, column, Qt.ItemDataRole.EditRole)
            known = [value for value in values if value is not None]
            assert 2 < len(known) < len(values)
            assert values[: len(known)] == sorted(known, reverse=order == DESCENDING)
    assert cell(dialog, "DeepSeek 2024", Col.LOSS) == NONE
    assert cell(dialog, "Gadre 2024, C4", Col.SIZE) == NONE


def test_a_click_on_a_title_sorts_and_marks_it(dialog, hands):
    header = dialog.table.horizontalHeader()
    x = header.sectionViewportPosition(Col.RATIO) + 10
    before = cells(dialog, Col.LAW)
    QTest.mouseClick(
        header.viewport(),
        Qt.MouseButton.LeftButton,
        pos=header.viewport().rect().topLeft().__class__(x, 10),
    )
    hands.settle()
    title = dialog.order.headerData(Col.RATIO, Qt.Orientation.Horizontal)
    assert title in ("D / N ↑", "D / N ↓")
    assert cells(dialog, Col.LAW) != before


def test_remarks_label_what_a_law_is_not_for(dialog):
    assert cell(dialog, "DeepSeek 2024", Col.REMARKS) == "allocation only"
    assert "over-training only" in cell(dialog, "Gadre 2024, C4", Col.REMARKS)
    assert "loss only" in cell(dialog, "Kaplan 2020 L(N, D)", Col.REMARKS)
    assert "rounded" in cell(dialog, "Chinchilla, as printed", Col.REMARKS)
    assert "extrapolated" in cell(dialog, "Chinchilla, as printed", Col.REMARKS)
    tooltip = cell(dialog, "Chinchilla, as printed", Col.LAW, Qt.ItemDataRole.ToolTipRole)
    assert "Extrapolated by" in tooltip
    assert "N counts: with embeddings" in tooltip


def test_sizes_are_converted_to_the_counting_that_is_chosen(dialog, hands):
    before = cell(dialog, "Besiroglu 2024", Col.SIZE, Qt.ItemDataRole.EditRole)
    dialog.counting.setCurrentIndex(dialog.counting.findData(Counting.NON_EMBEDDING))
    hands.settle()
    after = cell(dialog, "Besiroglu 2024", Col.SIZE, Qt.ItemDataRole.EditRole)
    assert after < before
    assert cell(dialog, "Besiroglu 2024", Col.COUNTS) == "non-embedding"
    assert "not converted" in cell(dialog, "Llama 3, text", Col.REMARKS)
    assert len([size for size in cells(dialog, Col.SIZE) if size != NONE]) > 10


def test_the_counting_of_an_own_law_is_converted_too(window, hands, choose, make_law):
    choose(make_law(name="My runs"))
    dialog = compare_laws(window, window.session)
    dialog.counting.setCurrentIndex(dialog.counting.findData(Counting.NON_EMBEDDING))
    hands.settle()
    mine, theirs = (cell(dialog, n, Col.SIZE) for n in ("My runs", "Besiroglu 2024"))
    assert mine == theirs
    assert "not converted" not in cell(dialog, "My runs", Col.REMARKS)


def test_the_plans_law_is_marked_and_an_own_one_is_a_row(window, dialog, choose, make_law):
    assert dialog.model.chosen.id == "txl-wikitext103"
    choose(make_law(name="My runs"))
    assert dialog.model.chosen.short_name == "My runs"
    font = cell(dialog, "My runs", Col.LAW, Qt.ItemDataRole.FontRole)
    assert font.weight() > 500
    choose("hoffmann-2022")
    assert "My runs" not in cells(dialog, Col.LAW)


def test_dots_stand_in_the_order_of_the_sizes_and_hollow_outside_of_the_runs(dialog):
    dots = [dot for dot in cells(dialog, Col.PLACE, Qt.ItemDataRole.UserRole) if dot]
    assert all(isinstance(dot, Dot) for dot in dots)
    low, high = dialog.model.log_range()
    assert all(low < dot.position < high for dot in dots)
    assert [dot.position for dot in dots] == sorted(dot.position for dot in dots)
    assert sum(dot.is_chosen for dot in dots) == 1
    assert {dot.is_extrapolated for dot in dots} == {True, False}
    size = cell(dialog, "28 runs, June 2020", Col.SIZE, Qt.ItemDataRole.EditRole)
    dot = cell(dialog, "28 runs, June 2020", Col.PLACE, Qt.ItemDataRole.UserRole)
    assert dot.position == pytest.approx(math.log10(size))


def test_the_dots_are_painted(window, dialog, hands):
    dialog.resize(1220, 700)
    hands.settle()
    row = dialog.order.index(row_of(dialog, "28 runs, June 2020"), Col.PLACE)
    rect = dialog.table.visualRect(row)
    image = dialog.table.viewport().grab(rect).toImage()
    accent = QGuiApplication.palette().accent().color().name()
    shades = {image.pixelColor(x, image.height() // 2).name() for x in range(image.width())}
    assert accent in shades


@pytest.mark.parametrize("how", ["button", "key"])
def test_the_table_is_copied_in_its_order_with_full_numbers(dialog, hands, how):
    dialog.table.sortByColumn(Col.SIZE, DESCENDING)
    if how == "button":
        copy = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Copy as table")
        copy.click()
    else:
        dialog.activateWindow()
        dialog.table.setFocus()
        QTest.keyClick(dialog.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    hands.settle()
    lines = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert lines[0][:3] == ["law", "best size N", "tokens D"]
    assert len(lines) == 1 + dialog.order.rowCount()
    assert {len(line) for line in lines} == {len(Col) - 1}
    sizes = [float(line[1]) for line in lines[1:] if line[1]]
    assert sizes == sorted(sizes, reverse=True)
    assert [line[0] for line in lines[1:]] == cells(dialog, Col.LAW)


def test_a_second_call_brings_the_same_dialog_to_the_front(window, dialog):
    assert compare_laws(window, window.session) is dialog
    assert len(window.findChildren(LawsDialog)) == 1


def test_a_closed_dialog_is_gone_and_hears_nothing(window, dialog, hands, qtbot):
    dialog.close()
    qtbot.waitUntil(lambda: window.findChild(LawsDialog) is None)
    hands.type(window.plan_view.inputs.hours, "24")
    assert window.session.plan.hours.value == 24


def test_every_control_of_the_dialog_has_a_name_and_a_key(dialog):
    focusable = [
        widget
        for widget in dialog.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert len(focusable) >= 4
    for widget in focusable:
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface.text(QAccessible.Text.Name)
    dialog.activateWindow()
    dialog.table.setFocus()
    reached = set()
    for _ in range(len(focusable) + 1):
        reached.add(QApplication.focusWidget())
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert set(focusable) <= reached


def test_a_screen_reader_hears_what_the_dot_shows(dialog):
    spoken = cell(dialog, "28 runs, June 2020", Col.PLACE, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "best size on an axis: 45.1 M"


@pytest.mark.parametrize("hours", ["1e-9", "1e22"])
def test_budgets_at_the_end_of_the_world_are_compared_too(window, dialog, hands, hours):
    hands.type(window.plan_view.inputs.hours, hours)
    assert dialog.order.rowCount() > 15
    assert "Such" not in dialog.spread.text()
    dialog.grab()
