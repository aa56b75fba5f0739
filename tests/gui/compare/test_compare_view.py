"""The tab Compare GPUs: verdict, table, plot, export, and the way into the plan."""

import csv
import math
import subprocess
import sys
import textwrap

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.planner import By
from core.planner.joint.compare import compare
from gui.theme import DARK
from gui.views.compare.model import SORT_ROLE, Col
from gui.views.stack import COMPARE, PLAN


def column(view, col, role=Qt.ItemDataRole.DisplayRole):
    order = view.charts.points
    return [order.index(row, col).data(role) for row in range(order.rowCount())]


def sort(view, col, order=Qt.SortOrder.AscendingOrder):
    view.charts.table.sortByColumn(col, order)


def test_the_verdict_names_the_best_its_runner_up_and_why(view):
    found = compare(view.state.asked)
    verdict = view.verdict
    assert found.best.name in verdict.best.text()
    assert found.best.provider in verdict.best.text()
    assert found.runner_up.name in verdict.second.text()
    assert f"{found.best.plan.loss.value:.3f}" in verdict.figures.text()
    for message in found.why:
        assert str(message) in verdict.reasons.text()
    assert "80 %" in verdict.sure.text()


def test_ties_and_doubtful_prices_are_said_in_words(view):
    found = view.state.comparison
    tie = next(row for row in found.ties if row.gpu != found.best.gpu)
    assert tie.name in view.verdict.sure.text()
    remarks = column(view, Col.REMARKS)
    assert "tie" in remarks[view.model.rows.index(tie)]
    assert any("stale" in text for text in remarks)
    assert any("unverified" in text for text in remarks)


def test_the_table_has_every_row_in_the_order_of_the_comparison(view):
    rows = view.state.comparison.rows
    assert column(view, Col.GPU) == [row.name for row in rows]
    assert column(view, Col.LOSS)[0] == f"{rows[0].plan.loss.value:.3f}"


@pytest.mark.parametrize("order", list(Qt.SortOrder))
@pytest.mark.parametrize("col", [Col.LOSS, Col.SIZE, Col.HOURS, Col.ENERGY, Col.CO2])
def test_columns_sort_by_number_and_what_has_none_stays_last(view, col, order):
    sort(view, col, order)
    values = column(view, col, SORT_ROLE)
    there = [value for value in values if value is not None]
    assert there == sorted(there, reverse=order == Qt.SortOrder.DescendingOrder)
    assert len(there) < len(values)
    assert values[: len(there)] == there


def test_rows_without_a_plan_say_why_and_cannot_be_planned_with(view, settle):
    rows = view.state.comparison.rows
    row = next(row for row in rows if row.plan is None)
    assert view.model.remarks(row) == "no price is known"
    view.state.choose_row(row)
    assert not view.charts.use.isEnabled()


def test_the_filter_takes_every_word_and_one_offer_can_stand_for_a_gpu(view):
    view.charts.filter.setText("H100 lambda")
    assert set(column(view, Col.PROVIDER)) == {"lambda"}
    assert all("H100" in name for name in column(view, Col.GPU))
    view.charts.filter.setText("")
    view.charts.one_each.setChecked(True)
    names = column(view, Col.GPU)
    assert len(names) == len(set(names)) == 41


def test_numbers_stand_right_and_their_units_in_the_titles(view):
    titles = [view.charts.points.headerData(col, Qt.Orientation.Horizontal) for col in Col]
    for unit in ("nats", "h", "USD", "kWh", "kg"):
        assert any(unit in title for title in titles)
    index = view.charts.points.index(0, Col.USD)
    alignment = Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole))
    assert alignment & Qt.AlignmentFlag.AlignRight


def test_copying_gives_the_rows_on_show_with_full_numbers(view):
    view.charts.filter.setText("b200")
    view.charts.table.selectAll()
    view.charts.table.setFocus()
    QTest.keyClick(view.charts.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 1 + view.charts.points.rowCount()
    assert lines[0].split("\t")[Col.USD] == "USD"
    loss = next(row for row in view.state.comparison.rows if row.gpu == "b200_sxm").plan.loss
    assert lines[1].split("\t")[Col.LOSS] == f"{loss.value:.6g}"


def test_planning_with_a_row_takes_gpu_provider_number_and_budget_to_the_plan(window, view, settle):
    view.state.ask(value=50_000.0)
    view.state.ask_within(100.0)
    settle(view)
    row = next(row for row in view.state.comparison.ranked if row.gpu == "h100_sxm")
    view.state.choose_row(row)
    view.charts.use.click()
    QApplication.processEvents()
    request, answer = window.session.request, window.session.plan
    assert window.header.tabs.currentIndex() == PLAN
    assert (request.gpu, request.provider) == ("h100_sxm", row.provider)
    assert (request.by, request.value, request.deadline_hours) == (By.USD, 50_000.0, 100.0)
    assert request.n_gpus == row.plan.known.n_gpus > 1
    assert answer.loss == row.plan.loss
    window.session.undo_stack.undo()
    QApplication.processEvents()
    assert window.session.request.gpu == "V100"


def test_a_double_click_plans_with_the_row_under_it(window, view, hands):
    table = view.charts.table
    place = table.visualRect(view.charts.points.index(2, Col.GPU)).center()
    wanted = view.charts.points.shown()[2]
    QTest.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    hands.settle()
    assert window.session.request.gpu == wanted.gpu
    assert window.session.request.provider == wanted.provider


def test_what_is_changed_here_stays_here_until_a_gpu_is_chosen(window, view):
    before = window.session.request
    view.state.ask(value=77.0, spot=True)
    view.state.set_n_gpus(4)
    assert window.session.request == before


def test_the_comparison_follows_the_plan(window, view, settle):
    window.session.edit("another law", law="hoffmann-2022")
    window.session.set_budget("another budget", By.HOURS, 48.0)
    settle(view)
    asked = view.state.comparison.request
    assert (asked.by, asked.value, asked.law) == (By.HOURS, 48.0, "hoffmann-2022")
    assert view.ask.field_of(By.HOURS).value() == 48.0


def test_nothing_is_compared_while_another_tab_is_on_show(window, view, qtbot, settle):
    window.show_view(PLAN)
    window.session.set_budget("another budget", By.HOURS, 30.0)
    qtbot.wait(400)
    assert view.state.is_stale
    assert not view.state.is_busy
    window.show_view(COMPARE)
    settle(view)
    assert view.state.comparison.request.value == 30.0


def test_a_target_loss_is_drawn_and_ranked_by_money(view, settle):
    view.ask.by.chosen.emit(By.LOSS.value)
    view.state.ask(value=2.6)
    view.state.ask_within(72.0)
    settle(view)
    assert view.state.comparison.ranked_by == "usd"
    assert "USD" in view.charts.plot.y_axis._title
    money = [value for value in column(view, Col.USD, SORT_ROLE) if value is not None]
    assert money == sorted(money)
    assert "$" in view.verdict.sure.text()


def points_of(view):
    return view.charts.plot.gpus


def test_every_ranked_row_is_a_point_with_its_interval(view):
    ranked = view.state.comparison.ranked
    assert len(points_of(view)) == len(ranked)
    for point, row in zip(points_of(view), ranked, strict=True):
        assert (point.x, point.y) == (row.plan.hours.value, row.plan.loss.value)
        assert (point.low, point.high) == (row.plan.loss.low, row.plan.loss.high)


def test_the_plot_can_be_drawn_against_energy_and_emissions_but_not_the_budget(view):
    axis = view.charts.axis
    offered = [axis.itemData(place) for place in range(axis.count())]
    assert offered == ["hours", "energy_kwh", "co2_kg"]
    axis.setCurrentIndex(offered.index("co2_kg"))
    row = view.state.comparison.ranked[0]
    assert points_of(view)[0].x == row.plan.co2_kg.value
    assert "CO₂" in view.charts.plot.x_axis._title


@pytest.mark.parametrize("size", [(1280, 800), (1024, 700), (1920, 1080)])
def test_names_at_the_points_never_overlap_and_the_best_has_one(window, view, hands, size):
    window.resize(*size)
    hands.settle()
    plot = view.charts.plot
    rects = plot.name_rects()
    assert view.state.comparison.best.name in plot.names_shown()
    for number, rect in enumerate(rects):
        assert plot.plot_area().contains(rect)
        assert not any(rect.intersects(other) for other in rects[number + 1 :])


def place_of_point(plot, index):
    point = plot.gpus[index]
    inside = plot.to_pixels(math.log10(point.x), math.log10(point.y))
    return QPointF(plot.mapFromScene(plot.view.mapToScene(inside)))


def test_a_click_on_a_point_chooses_its_row_and_a_row_its_point(view, hands):
    plot = view.charts.plot
    lonely = max(range(len(plot.gpus)), key=lambda index: plot.gpus[index].y)
    place = place_of_point(plot, lonely)
    hands.send(plot.viewport(), QEvent.Type.MouseButtonPress, place)
    hands.send(plot.viewport(), QEvent.Type.MouseButtonRelease, place, Qt.MouseButton.NoButton)
    chosen = view.state.comparison.ranked[lonely]
    assert view.state.row is chosen
    current = view.charts.points.mapToSource(view.charts.table.currentIndex())
    assert view.model.rows[current.row()] is chosen
    view.charts.table.setCurrentIndex(view.charts.points.index(0, 0))
    assert plot.chosen == 0


def test_hovering_reads_a_point_out(view, hands):
    plot = view.charts.plot
    hands.send(
        plot.viewport(), QEvent.Type.MouseMove, place_of_point(plot, 0), Qt.MouseButton.NoButton
    )
    first = view.state.comparison.ranked[0]
    assert first.name in plot._label.text
    assert first.provider in plot._label.text
    assert f"{first.plan.loss.value:.3f}" in plot._label.text


def test_arrow_keys_walk_along_the_ranks(view):
    plot, found = view.charts.plot, view.state.comparison
    plot.setFocus()
    start = found.ranked.index(found.best)
    for _ in range(3):
        QTest.keyClick(plot, Qt.Key.Key_Right)
    assert view.state.row is found.ranked[start + 3]


def test_export_writes_the_table_on_show_here_and_the_plan_elsewhere(window, view, tmp_path):
    window.exporter.export_csv()
    window.exporter.save_to(tmp_path / "table.csv")
    with (tmp_path / "table.csv").open(encoding="ascii", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(view.state.comparison.rows)
    assert float(rows[0]["loss"]) == view.state.comparison.ranked[0].plan.loss.value
    window.show_view(PLAN)
    window.exporter.export_csv()
    window.exporter.save_to(tmp_path / "plan.csv")
    assert (tmp_path / "plan.csv").read_text().startswith("section,quantity")


def test_copying_puts_the_verdict_on_the_clipboard(window, view):
    window.header.copy.click()
    assert QGuiApplication.clipboard().text().startswith("Best choice")


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_plot_is_saved_with_its_legend(window, view, tmp_path, suffix):
    path = tmp_path / f"compare.{suffix}"
    getattr(window.exporter, f"export_{suffix}")()
    window.exporter.save_to(path)
    if suffix == "svg":
        text = path.read_text(encoding="utf-8")
        assert "Blackwell" in text
        assert "<image" not in text
    else:
        image = QImage(str(path))
        legend = view.charts.group_legend.sizeHint().height() + 8
        assert image.height() == 3 * (legend + view.charts.plot.viewport().height())


def test_both_themes_reach_plot_and_legend(window, view, hands):
    window._themes.set_mode("dark")
    hands.settle()
    plot = view.charts.plot
    assert plot.grab().toImage().pixelColor(plot.width() - 3, 3).name() == DARK.card
    window._themes.set_mode("light")


def focusable(view):
    return [
        widget
        for widget in view.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
    ]


def test_every_control_has_a_name_and_every_input_a_tooltip(view):
    view.state.ask_within(50.0)
    view.state.set_n_gpus(2)
    QApplication.processEvents()
    controls = focusable(view)
    assert len(controls) > 10
    for widget in controls:
        interface = QAccessible.queryAccessibleInterface(widget)
        assert interface.text(QAccessible.Text.Name), widget
    assert [widget for widget in focusable(view.ask) if not widget.toolTip()] == []


def test_the_first_window_does_not_load_the_comparison(tmp_path):
    script = textwrap.dedent(
        f"""
        import sys
        from gui.app import make_application, make_window
        from gui.settings import Settings

        app = make_application()
        window = make_window(app, Settings({str(tmp_path / "x.ini")!r}))
        window.show()
        app.processEvents()
        late = ("gui.views.compare", "core.planner.joint", "core.export.compare")
        loaded = [name for name in sys.modules if name.startswith(late)]
        assert not loaded, loaded
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
