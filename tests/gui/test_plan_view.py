"""The main job through the real window: type, drag, click, read."""

import math

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from core.planner import By, PlanRequest, plan

LEFT = Qt.MouseButton.LeftButton


def texts(widget):
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]


def test_a_first_start_shows_the_reference_plan(window):
    answer = texts(window.plan_view.answer)
    for text in ("45.1 M", "3.193", "124,555", "7 × 960", "12 × 728", "24.06", "1.43", "0.765"):
        assert text in answer


def test_every_answer_says_that_it_has_no_interval(window):
    assert any("No interval" in text for text in texts(window.plan_view.answer))


def test_typing_hours_moves_money_slider_and_plots_while_typing(window, hands):
    inputs, charts = window.plan_view.inputs, window.plan_view.charts
    hands.type(inputs.hours, "24")
    expected = plan(PlanRequest(value=24.0))
    assert inputs.usd.value() == pytest.approx(48.12)
    assert inputs.slider.quantity() == pytest.approx(24)
    for plot, value in (
        (charts.loss_plot, expected.loss.value),
        (charts.size_plot, expected.non_embedding_params.value),
    ):
        assert plot.plan == pytest.approx((expected.compute_neflo.value, value), rel=1e-9)
    assert f"{expected.loss.value:.3f}" in texts(window.plan_view.answer)


def test_typing_dollars_moves_the_hours(window, hands):
    hands.type(window.plan_view.inputs.usd, "$200.50")
    assert window.plan_view.inputs.hours.value() == pytest.approx(100)
    assert window.session.request.by is By.USD


def test_units_are_understood_in_the_budget(window, hands):
    hands.type(window.plan_view.inputs.hours, "3 days")
    assert window.session.plan.hours.value == 72


@pytest.mark.parametrize("rubbish", ["abc", "-3", "0", "1e999", "12 parsecs", "1,5"])
def test_what_cannot_be_read_is_marked_and_the_last_good_plan_stays(window, hands, rubbish):
    inputs = window.plan_view.inputs
    before = window.session.request
    hands.type(inputs.hours, rubbish)
    assert rubbish in inputs.hours.error()
    # the digits on the way may have been a budget of their own; Escape is back at a good one
    assert window.session.plan.hours.value > 0
    QTest.keyClick(inputs.hours.focusProxy(), Qt.Key.Key_Escape)
    assert inputs.hours.error() is None
    assert inputs.hours.value() == window.session.plan.hours.value
    if rubbish in ("abc", "-3", "0"):
        assert window.session.request == before


def test_a_budget_beyond_every_limit_is_refused_with_the_limits(window, hands):
    before = window.session.request
    inputs = window.plan_view.inputs
    hands.type(inputs.hours, "9")
    hands.type(inputs.hours, "1e300")
    assert "between" in inputs.hours.error()
    QTest.keyClick(inputs.hours.focusProxy(), Qt.Key.Key_Escape)
    hands.settle()
    assert before.value == 12
    assert inputs.hours.value() == window.session.plan.hours.value


def test_another_gpu_keeps_the_budget_and_brings_its_price_and_power(window, hands):
    inputs = window.plan_view.inputs
    hands.type(inputs.price, "9")
    inputs.gpu.chosen.emit("K80")
    hands.settle()
    known = window.session.plan.known
    assert window.session.plan.hours.value == 12
    assert (known.gpu.id, known.price, known.watts) == ("K80", 0.584, 142.42)
    assert inputs.price.value() == 0.584


def test_the_keyboard_chooses_a_gpu(window, hands):
    combo = window.plan_view.inputs.gpu.focusProxy()
    combo.setFocus()
    QTest.keyClick(combo, Qt.Key.Key_Down)
    hands.settle()
    assert window.session.plan.known.gpu.id == "V100-no-tensor-cores"


def test_an_edited_price_offers_the_way_back_to_the_catalogue(window, hands, qtbot):
    inputs = window.plan_view.inputs
    hands.type(inputs.price, "1")
    assert window.session.plan.usd.value == pytest.approx(12)
    assert "your own" in " ".join(texts(inputs))
    button = inputs.price.focusProxy().reset_button
    assert button.isVisible()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    hands.settle()
    assert window.session.request.price_usd_per_gpu_hour is None
    assert inputs.price.value() == 2.005
    assert not button.isVisible()


def test_a_price_of_zero_cannot_hold_a_budget_of_dollars(window, hands):
    inputs = window.plan_view.inputs
    hands.type(inputs.usd, "50")
    hands.type(inputs.price, "0")
    assert "positive to plan for dollars" in inputs.price.error()
    assert window.session.plan.known.price == 2.005


def test_watts_and_grid_change_energy_and_co2_only(window, hands):
    before = window.session.plan
    hands.type(window.plan_view.inputs.watts, "300")
    hands.type(window.plan_view.inputs.carbon, "50")
    after = window.session.plan
    assert after.energy_kwh.value == pytest.approx(3.6)
    assert after.co2_kg.value == pytest.approx(0.18)
    assert after.loss == before.loss


def test_a_target_can_be_typed_for_whoever_does_not_click_the_plots(window, hands):
    target = window.plan_view.inputs.target
    target.choose(By.PARAMS)
    hands.type(target.field, "1.5M")
    assert window.session.plan.non_embedding_params.value == 1.5e6
    target.choose(By.LOSS)
    hands.type(target.field, "3.5")
    assert window.session.plan.loss.value == 3.5
    assert "fixed: loss" in texts(window.plan_view.inputs)


def test_a_loss_that_no_compute_reaches_is_refused_with_the_reason(window, hands):
    target = window.plan_view.inputs.target
    hands.type(target.field, "1.9")
    assert "no compute goes below 1.94724078" in target.field.error()


@pytest.mark.parametrize("name", ["loss_plot", "size_plot"])
def test_dragging_the_line_moves_the_whole_plan_live(window, hands, name):
    plot = getattr(window.plan_view.charts, name)
    compute, value = plot.plan
    seen = []
    window.session.changed.connect(seen.append)
    hands.drag_line(plot, value, compute, compute / 30)
    assert len(seen) >= 5
    result = window.session.plan
    assert result.compute_neflo.value == pytest.approx(compute / 30, rel=0.05)
    assert window.plan_view.inputs.hours.value() == result.hours.value
    assert result.request.by is By.HOURS


def test_dragging_keeps_a_budget_of_dollars_in_dollars(window, hands):
    hands.type(window.plan_view.inputs.usd, "20")
    plot = window.plan_view.charts.loss_plot
    compute, value = plot.plan
    hands.drag_line(plot, value, compute, compute / 10)
    assert window.session.request.by is By.USD


def test_one_drag_is_one_step_to_undo(window, hands):
    plot = window.plan_view.charts.loss_plot
    compute, value = plot.plan
    hands.drag_line(plot, value, compute, compute / 10)
    assert window.session.undo_stack.count() == 1
    window.session.undo_stack.undo()
    hands.settle()
    assert window.session.request == PlanRequest()
    assert plot.plan[0] == pytest.approx(compute)
    assert window.plan_view.inputs.hours.value() == 12


def test_clicking_a_loss_plans_for_that_loss(window, hands, qtbot):
    plot = window.plan_view.charts.loss_plot
    hands.click(plot, 1e15, 3.6)
    qtbot.waitUntil(lambda: window.session.request.by is By.LOSS, timeout=2000)
    assert window.session.plan.loss.value == pytest.approx(3.6, rel=5e-3)


def test_clicking_a_size_plans_for_that_size(window, hands, qtbot):
    plot = window.plan_view.charts.size_plot
    hands.click(plot, 1e15, 3e6)
    qtbot.waitUntil(lambda: window.session.request.by is By.PARAMS, timeout=2000)
    assert window.session.plan.non_embedding_params.value == pytest.approx(3e6, rel=0.1)


def test_the_slider_moves_the_plan_by_key(window, hands):
    slider = window.plan_view.inputs.slider
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    hands.settle()
    assert window.session.plan.hours.value == 20


def test_below_the_tipping_point_the_answer_asks_for_doubt(window, hands):
    hands.type(window.plan_view.inputs.hours, "0.2")
    answer = window.plan_view.answer
    assert any("times below the tipping point" in text for text in texts(answer))
    assert any("smallest sensible budget" in text for text in answer.notices.texts())


def test_inside_the_runs_there_is_nothing_to_doubt(window):
    assert window.plan_view.answer.notices.texts() == []


def test_a_plan_far_outside_widens_the_view_and_comes_back(window, hands):
    charts = window.plan_view.charts
    home = charts.loss_plot.view.viewRange()[0]
    hands.type(window.plan_view.inputs.hours, "5000")
    compute = window.session.plan.compute_neflo.value
    low, high = charts.loss_plot.view.viewRange()[0]
    assert low < math.log10(compute) < high
    hands.type(window.plan_view.inputs.hours, "12")
    assert charts.loss_plot.view.viewRange()[0] == pytest.approx(home)


def test_both_plots_show_the_same_compute(window):
    charts = window.plan_view.charts
    charts.loss_plot.zoom(0.5)
    one, other = (plot.view.viewRange()[0] for plot in charts.plots)
    assert one == pytest.approx(other)


def test_another_law_draws_its_own_runs_and_line(window, hands):
    charts = window.plan_view.charts
    rows = charts.points.rowCount()
    window.plan_view.inputs.law.chosen.emit("txl-wikitext103-first")
    hands.settle()
    assert charts.points.rowCount() < rows
    assert window.session.plan.tipping_point is None
    assert "no smallest sensible budget by this law" in texts(window.plan_view.inputs)


def test_copying_a_shape_puts_code_for_it_on_the_clipboard(window):
    card = window.plan_view.answer.narrow
    card.copy_requested.emit("transfo_xl")
    code = QGuiApplication.clipboard().text()
    assert "n_layer=12" in code
    assert "d_model=728" in code
    card.copy_requested.emit("generic")
    assert '"n_layers": 12' in QGuiApplication.clipboard().text()


@pytest.mark.parametrize("size", [(1024, 700), (960, 540), (3840, 2160)])
def test_the_answer_is_on_screen_at_every_size(window, hands, size):
    window.resize(*size)
    hands.settle()
    hero = next(
        label for label in window.plan_view.answer.findChildren(QLabel) if label.text() == "45.1 M"
    )
    corner = hero.mapTo(window, hero.rect().bottomRight())
    assert hero.isVisible()
    assert not hero.visibleRegion().isEmpty()
    assert corner.x() < window.width()
    assert corner.y() < window.height()


def test_the_wheel_over_a_combo_box_scrolls_and_does_not_choose(window, hands, qtbot):
    combo = window.plan_view.inputs.law.focusProxy()
    window.plan_view.charts.loss_plot.setFocus()
    place = QPointF(combo.rect().center())
    down, none = QPoint(0, -120), Qt.KeyboardModifier.NoModifier
    turn = QWheelEvent(
        place, combo.mapToGlobal(place), QPoint(), down, Qt.MouseButton.NoButton, none,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(combo, turn)
    hands.settle()
    assert window.session.request == PlanRequest()
    assert not combo.focusPolicy() & (Qt.FocusPolicy.WheelFocus & ~Qt.FocusPolicy.StrongFocus)


def test_escape_brings_back_the_value_from_before_the_typing(window, hands):
    hours = window.plan_view.inputs.hours
    hands.type(hours, "24")
    QTest.keyClick(hours.focusProxy(), Qt.Key.Key_Return)
    hands.type(hours, "1:30")
    QTest.keyClick(hours.focusProxy(), Qt.Key.Key_Escape)
    hands.settle()
    assert hours.value() == 24
    assert window.session.plan.hours.value == 24


def test_enter_on_a_wrong_text_keeps_it_marked_and_gives_its_prefix_up(window, hands):
    hours = window.plan_view.inputs.hours
    for wrong in ("1:30", "1e30"):
        hands.type(hours, wrong)
        QTest.keyClick(hours.focusProxy(), Qt.Key.Key_Return)
        hands.settle()
        assert hours.error() is not None
        assert hours.text() == wrong
        assert window.session.plan.hours.value == 12


def test_commits_in_one_field_are_steps_of_their_own(window, hands):
    hours = window.plan_view.inputs.hours
    for text in ("24", "30"):
        hands.type(hours, text)
        QTest.keyClick(hours.focusProxy(), Qt.Key.Key_Return)
    window.session.undo_stack.undo()
    hands.settle()
    assert hours.value() == 24


def test_a_click_that_is_refused_is_told_in_the_field_of_what_was_clicked(window, hands):
    inputs = window.plan_view.inputs
    inputs.target.choose(By.COMPUTE_NEFLO)
    window.plan_view.charts.loss_plot.loss_picked.emit(1.5)
    hands.settle()
    assert inputs.target.by is By.LOSS
    assert 'got "1.5"' in inputs.target.field.error()
    assert inputs.target.field.value() == pytest.approx(window.session.plan.loss.value)


def test_dragging_the_line_beyond_the_edge_stops_at_the_edge(window, hands):
    plot = window.plan_view.charts.loss_plot
    compute, value = plot.plan
    edge = 10 ** plot.view.viewRange()[0][1]
    hands.drag_line(plot, value, compute, edge * 1000, release=False)
    for _ in range(3):
        hands.send(plot.viewport(), QEvent.Type.MouseMove, QPointF(plot.width() + 500, 200))
    assert window.session.plan.compute_neflo.value == pytest.approx(edge, rel=0.01)
    hands.send(plot.viewport(), QEvent.Type.MouseButtonRelease, QPointF(9999, 200), LEFT)


def test_keys_at_the_end_of_the_world_are_refused_and_raise_nothing(window, hands):
    plot = window.plan_view.charts.loss_plot
    refusals = []
    window.session.refused.connect(refusals.append)
    plot.compute_dragged.emit(1e61)
    plot.compute_dragged.emit(1e-9)
    assert len(refusals) == 2


@pytest.mark.parametrize("hours", ["20000", "1e8", "1e15", "1e22"])
def test_the_answer_fits_its_column_for_the_largest_plans(window, hands, hours):
    hands.type(window.plan_view.inputs.hours, hours)
    for label in window.plan_view.answer.findChildren(QLabel):
        if label.isVisible() and label.text():
            right = label.mapTo(window.plan_view.answer, label.rect().topRight()).x()
            assert right <= window.plan_view.answer.width(), label.text()
            if not label.wordWrap():
                assert label.sizeHint().width() <= label.width() + 1, label.text()
