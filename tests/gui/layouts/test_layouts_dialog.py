"""The ranking of layouts: the plan's own, ties named, sortable, to copy and to take."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from core.planner.layouts import rank_layouts
from gui.views.layouts.dialog import LayoutsDialog, show_layouts
from gui.views.layouts.model import Col

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def cells(dialog, column, role=Qt.ItemDataRole.DisplayRole):
    order = dialog.order
    return [order.index(row, column).data(role) for row in range(order.rowCount())]


def ranked(plan, shape=0):
    known = plan.known
    arch = plan.shapes[shape].architecture
    batch = known.batch_tokens / known.seq_len
    return rank_layouts(arch, plan.layout, known.stack, batch).layouts


def press(dialog, text):
    button = next(b for b in dialog.findChildren(QPushButton) if b.text().replace("&", "") == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_menu_opens_one_window_that_leaves_the_plan_free(window, plan_many, hands, qtbot):
    plan_many()
    entry = next(a for a in window.findChildren(QAction) if a.text().replace("&", "") == "Layouts…")
    for _ in range(2):
        entry.trigger()
        hands.settle()
    (dialog,) = window.findChildren(LayoutsDialog)
    assert not dialog.isModal()
    qtbot.waitUntil(lambda: dialog.model.rows != ())


def test_the_table_is_the_ranking_of_the_plans_shape(window, dialog):
    layouts = ranked(window.session.plan)
    rows = dialog.model.rows
    assert [row.setup.tp for row in rows] == [row.setup.tp for row in layouts]
    assert cells(dialog, Col.STEP, Qt.ItemDataRole.EditRole) == [row.step_s for row in layouts]
    assert "64 × H100" in dialog.question.text()


def test_ties_are_named_and_the_reason_is_said(dialog):
    places = cells(dialog, Col.PLACE)
    assert places[0].startswith("fastest")
    assert any(place.startswith("tie") for place in places)
    assert any(place.startswith("+") for place in places)
    assert "a tie" in dialog.sureness.text()
    assert "one cluster" in dialog.sureness.text()


def test_the_plans_own_split_is_marked_once_and_chosen(window, dialog):
    marked = [place for place in cells(dialog, Col.PLACE) if place.endswith("in the plan")]
    assert len(marked) == 1
    layout = window.session.plan.layout
    assert (dialog.chosen.setup.tp, dialog.chosen.setup.pp) == (layout.tp, layout.pp)


def test_every_column_sorts_both_ways(dialog):
    for column in Col:
        for order in (ASCENDING, DESCENDING):
            dialog.table.sortByColumn(column, order)
            values = cells(dialog, column, Qt.ItemDataRole.EditRole)
            assert values == sorted(values, reverse=order == DESCENDING)
            arrow = "↑" if order == ASCENDING else "↓"
            assert dialog.order.headerData(column, Qt.Orientation.Horizontal).endswith(arrow)


def test_copying_gives_every_row_with_full_numbers(dialog):
    press(dialog, "Copy as table")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].startswith("Against the fastest\tStep, s")
    assert len(lines) == 1 + len(dialog.model.rows)
    assert lines[1].split("\t")[Col.STEP] == f"{dialog.model.rows[0].step_s:.6g}"


def test_a_layout_that_is_used_is_one_step_back(window, dialog, hands, qtbot):
    before = window.session.request
    rows = dialog.model.rows
    row = next(row for row in rows[1:] if not dialog.model.is_planned(row))
    place = dialog.order.mapFromSource(dialog.model.index(rows.index(row), 0)).row()
    dialog.table.selectRow(place)
    press(dialog, "Use this layout")
    hands.settle()
    request = window.session.request
    assert (request.tp, request.pp) == (row.setup.tp, row.setup.pp)
    assert request.sharding == row.setup.sharding.value
    assert request.recompute == row.setup.recompute.value
    assert request.micro_batch == row.setup.micro_batch
    assert window.session.plan.layout.tp == row.setup.tp
    qtbot.waitUntil(lambda: dialog.model.is_planned(dialog.chosen))
    window.session.undo_stack.undo()
    assert window.session.request == before


def test_it_follows_the_plan_and_keeps_the_choice(window, dialog, plan_many, qtbot):
    dialog.table.selectRow(2)
    split = dialog.chosen.setup.tp, dialog.chosen.setup.pp, dialog.chosen.setup.sharding
    plan_many(value=170.0)
    layouts = ranked(window.session.plan)
    qtbot.waitUntil(lambda: dialog.model.rows == layouts)
    chosen = dialog.chosen.setup
    assert (chosen.tp, chosen.pp, chosen.sharding) == split


def test_the_narrow_shape_is_another_ranking(window, dialog, qtbot):
    dialog.shape.setCurrentIndex(1)
    layouts = ranked(window.session.plan, 1)
    assert layouts != ranked(window.session.plan)
    qtbot.waitUntil(lambda: dialog.model.rows == layouts)
    assert dialog.question.text().startswith(
        str(int(window.session.plan.shapes[1].architecture.n_layers))
    )


def test_a_slower_network_makes_steps_longer_and_can_be_taken_back(dialog, hands, qtbot):
    assert dialog.network.text() == "3,200"
    usual = dialog.model.rows[0].step_s
    hands.type(dialog.network, "10")
    qtbot.waitUntil(lambda: dialog.model.rows[0].step_s > usual)
    dialog.network.reset_requested.emit()
    qtbot.waitUntil(lambda: dialog.model.rows[0].step_s == usual)


def test_a_plan_of_2020_says_why_there_are_no_layouts(window, dialog, hands):
    window.session.edit("GPU", gpu="V100", n_gpus=1, stack=None, batch_tokens=None)
    hands.settle()
    assert type(window.session.plan).__name__ == "Plan"
    assert dialog.model.rows == ()
    assert "know one GPU alone" in dialog.sureness.text()
    assert not dialog.use_button.isEnabled()


def test_every_input_has_a_name_a_tooltip_and_is_reached_by_tab(dialog):
    for widget in (dialog.shape, dialog.network.focusProxy(), dialog.table):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert dialog.shape.toolTip()
    for column in Col:
        header = dialog.model.headerData(
            column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
        )
        assert header


@pytest.mark.parametrize("close", ["close", "reject"])
def test_closing_while_it_ranks_is_clean(window, plan_many, hands, close):
    plan_many()
    dialog = show_layouts(window, window.session)
    getattr(dialog, close)()
    hands.settle()
    assert not window.findChildren(LayoutsDialog)
