"""Dragging the budget line, picking a value, keys: the same in both plots."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy


@pytest.fixture(params=["loss_plot", "size_plot"])
def plot(request):
    return request.getfixturevalue(request.param)


def values(spy):
    return [spy.at(i)[0] for i in range(spy.count())]


def test_dragging_the_line_asks_for_the_budget_under_the_cursor(plot, mouse):
    m = mouse(plot)
    spy, started, finished = map(
        QSignalSpy, (plot.compute_dragged, plot.drag_started, plot.drag_finished)
    )
    y = plot.plan[1]
    m.drag(m.at(1e16, y), m.at(3e16, y), m.at(1e17, y))
    assert values(spy) == pytest.approx([3e16, 1e17], rel=0.03)
    assert (started.count(), finished.count()) == (1, 1)


def test_line_stands_where_the_plan_says_not_where_the_cursor_is(plot, mouse):
    m = mouse(plot)
    before = plot.line.pos().x()
    m.drag(m.at(1e16, plot.plan[1]), m.at(1e17, plot.plan[1]))
    assert plot.line.pos().x() == before
    plot.set_plan(1e17, plot.plan[1])
    assert plot.line.pos().x() == pytest.approx(m.at(1e17, 1).x() - 60, abs=1.5)


def test_handle_can_be_grabbed_beside_the_line(plot, mouse):
    m = mouse(plot)
    handle = plot.line.handle_rect()
    edge = plot.mapFromScene(plot.view.mapToScene(handle.center())) + QPoint(15, 0)
    spy = QSignalSpy(plot.compute_dragged)
    m.drag(edge, edge + QPoint(40, 0))
    pixels_per_decade = plot.plot_area().width() / 5
    assert values(spy) == pytest.approx([1e16 * 10 ** (40 / pixels_per_decade)], rel=0.03)


def test_dragging_from_empty_ground_brings_the_budget_there(plot, mouse):
    m = mouse(plot)
    spy = QSignalSpy(plot.compute_dragged)
    y = plot.plan[1]
    m.drag(m.at(1e18, y), m.at(1.2e18, y), m.at(3e18, y))
    assert values(spy)[-1] == pytest.approx(3e18, rel=0.03)


def test_dragging_out_of_the_plot_stops_at_its_edge(plot, mouse):
    m = mouse(plot)
    spy = QSignalSpy(plot.compute_dragged)
    start = m.at(1e16, plot.plan[1])
    m.drag(start, start + QPoint(5000, 0))
    assert values(spy) == pytest.approx([1e19], rel=1e-6)


def test_click_picks_the_value_at_that_height(loss_plot, mouse, qtbot):
    m = mouse(loss_plot)
    with qtbot.waitSignal(loss_plot.loss_picked, timeout=2000) as picked:
        m.press(m.at(1e18, 3.0))
        m.release(m.at(1e18, 3.0))
    assert picked.args[0] == pytest.approx(3.0, rel=0.01)


def test_click_picks_the_size_at_that_height(size_plot, mouse, qtbot):
    m = mouse(size_plot)
    with qtbot.waitSignal(size_plot.params_picked, timeout=2000) as picked:
        m.press(m.at(1e15, 1e8))
        m.release(m.at(1e15, 1e8))
    assert picked.args[0] == pytest.approx(1e8, rel=0.06)


def test_click_on_the_line_picks_nothing(loss_plot, mouse, qtbot):
    m = mouse(loss_plot)
    with qtbot.assertNotEmitted(loss_plot.loss_picked, wait=400):
        m.press(m.at(1e16, 3.0))
        m.release(m.at(1e16, 3.0))


def test_double_click_resets_the_view_and_picks_nothing(loss_plot, mouse, qtbot):
    home = loss_plot.view.viewRange()
    loss_plot.zoom(0.5)
    assert loss_plot.view.viewRange() != home
    with qtbot.assertNotEmitted(loss_plot.loss_picked, wait=400):
        mouse(loss_plot).double_click(QPoint(500, 100))
    assert loss_plot.view.viewRange() == [pytest.approx(axis) for axis in home]


@pytest.mark.parametrize(
    "key, modifier, factor",
    [
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 1.05),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, 1 / 1.05),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, 1.5),
    ],
)
def test_arrow_keys_move_the_budget(plot, qtbot, key, modifier, factor):
    spy, started, finished = map(
        QSignalSpy, (plot.compute_dragged, plot.drag_started, plot.drag_finished)
    )
    qtbot.keyClick(plot, key, modifier)
    assert values(spy) == pytest.approx([1e16 * factor])
    assert (started.count(), finished.count()) == (1, 1)


def test_cursor_over_the_line_says_that_it_can_be_dragged(plot, mouse):
    m = mouse(plot)
    m.hover(m.at(1e16, plot.plan[1]))
    assert plot.viewport().cursor().shape() == Qt.CursorShape.SizeHorCursor
    m.hover(m.at(1e18, plot.plan[1]))
    assert plot.viewport().cursor().shape() != Qt.CursorShape.SizeHorCursor


@pytest.mark.parametrize("compute", [1.001e14, 1e15, 1e17, 9.99e18])
def test_read_out_is_never_clipped_nor_under_the_handle(plot, compute):
    for value in (plot.from_pixels(plot.plot_area().center())[1], plot.view.viewRange()[1][1]):
        plot.set_plan(compute, 10.0 ** (value - 1e-6))
        assert plot.plan_label.isVisible()
        assert plot.plot_area().contains(plot.plan_label.rect())
        assert not plot.plan_label.rect().intersects(plot.line.handle_rect())


def test_read_out_says_the_plan(loss_plot, size_plot):
    loss_plot.set_plan(3e17, 3.1934)
    size_plot.set_plan(3e17, 45.06e6)
    assert loss_plot.plan_label.text == "loss 3.19"
    assert size_plot.plan_label.text == "45.1 M"


def test_plan_out_of_view_hides_line_and_marker(plot):
    plot.set_plan(1e21, plot.plan[1])
    assert not plot.line.isVisible()
    assert not plot.marker.isVisible()
    plot.clear_plan()
    assert plot.plan is None


def test_handle_leaves_the_top_when_the_marker_is_there(plot):
    assert plot.line.handle_rect().top() < 10
    top = 10.0 ** (plot.view.viewRange()[1][1] - 1e-6)
    plot.set_plan(1e16, top)
    assert plot.line.handle_rect().bottom() > plot.plot_area().height() - 10


@pytest.mark.parametrize("compute", [1.001e14, 9.99e18])
def test_handle_stays_whole_at_the_edges_and_still_drags(plot, mouse, compute):
    plot.set_plan(compute, plot.plan[1])
    assert plot.plot_area().contains(plot.line.handle_rect())
    m = mouse(plot)
    spy = QSignalSpy(plot.compute_dragged)
    place = plot.mapFromScene(plot.view.mapToScene(plot.line.handle_rect().center()))
    m.drag(place, place + QPoint(0, 3))
    assert values(spy) == pytest.approx([compute], rel=0.03)
