"""Zoom, pan, reset, theme, focus and life time, the same in both plots."""

import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QGraphicsItem

from gui.plots.loss_plot import LossPlot
from gui.theme import DARK, LIGHT


@pytest.fixture(params=["loss_plot", "size_plot"])
def plot(request):
    return request.getfixturevalue(request.param)


def wheel(plot, place, delta):
    event = QWheelEvent(
        QPointF(place),
        QPointF(plot.viewport().mapToGlobal(place)),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(plot.viewport(), event)


def pixel(plot, place):
    image = plot.grab().toImage()
    return image.pixelColor((QPointF(place) * image.devicePixelRatio()).toPoint())


def spans(plot):
    return [high - low for low, high in plot.view.viewRange()]


def test_wheel_zooms_both_axes_around_the_cursor(plot):
    before = spans(plot)
    place = QPoint(300, 120)
    under = plot.from_pixels(plot.area_pixels(QPointF(place)))
    wheel(plot, place, 120)
    assert all(after < span for after, span in zip(spans(plot), before, strict=True))
    assert plot.from_pixels(plot.area_pixels(QPointF(place))) == pytest.approx(under, abs=0.01)


def test_nobody_gets_lost_by_zooming_out(plot):
    for _ in range(60):
        wheel(plot, QPoint(300, 120), -120)
    (x0, x1), _ = plot.view.viewRange()
    assert x0 >= 14 - 3.01
    assert x1 <= 19 + 3.01


def test_zooming_in_ends_before_labels_do(plot):
    for _ in range(80):
        wheel(plot, QPoint(300, 120), 120)
    assert plot.x_axis.tick_texts()
    assert spans(plot)[0] >= 0.04


@pytest.mark.parametrize("button", [Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton])
def test_right_and_middle_drag_pan(plot, mouse, qtbot, button):
    (x0, _), _ = plot.view.viewRange()
    with qtbot.assertNotEmitted(plot.compute_dragged):
        mouse(plot).drag(QPoint(300, 100), QPoint(250, 100), QPoint(200, 100), button=button)
    (after, _), _ = plot.view.viewRange()
    assert after - x0 == pytest.approx(5 * 100 / plot.plot_area().width(), rel=0.02)


@pytest.mark.parametrize("key", [Qt.Key.Key_Home, Qt.Key.Key_A])
def test_keys_zoom_and_reset(plot, qtbot, key):
    home = spans(plot)
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert spans(plot)[0] == pytest.approx(0.8 * home[0])
    qtbot.keyClick(plot, Qt.Key.Key_Minus)
    assert spans(plot)[0] == pytest.approx(home[0])
    qtbot.keyClick(plot, Qt.Key.Key_Plus)
    qtbot.keyClick(plot, key)
    assert spans(plot) == pytest.approx(home)


def test_linked_plots_show_the_same_compute_in_one_column(loss_plot, size_plot):
    size_plot.setXLink(loss_plot)
    loss_plot.zoom(0.5)
    assert size_plot.view.viewRange()[0] == pytest.approx(loss_plot.view.viewRange()[0], abs=0.02)
    size_plot.reset_view()
    assert loss_plot.view.viewRange()[0] == pytest.approx([14, 19], abs=0.02)
    left = [p.view.mapToScene(QPointF()).x() for p in (loss_plot, size_plot)]
    assert left[0] == left[1]
    assert loss_plot.plot_area().width() == size_plot.plot_area().width()


def test_theme_switch_recolours_at_once(plot):
    corner = QPoint(3, plot.viewport().height() - 3)
    assert pixel(plot, corner) == QColor(LIGHT.card)
    plot.set_theme(DARK)
    assert pixel(plot, corner) == QColor(DARK.card)
    line = plot.view.mapToScene(plot.line.pos() + QPointF(0, plot.plot_area().height() - 5))
    assert pixel(plot, plot.mapFromScene(line)) == QColor(DARK.accent)


def test_focus_ring_shows_for_those_who_come_by_keyboard(plot):
    middle = QPoint(plot.viewport().width() // 2, 1)

    def colour_after(reason):
        QApplication.sendEvent(plot, QFocusEvent(QEvent.Type.FocusIn, reason))
        return pixel(plot, middle)

    assert colour_after(Qt.FocusReason.TabFocusReason) == QColor(LIGHT.accent)
    assert colour_after(Qt.FocusReason.MouseFocusReason) == QColor(LIGHT.card)


def test_axes_are_cached_and_have_labels(plot):
    for axis in (plot.x_axis, plot.y_axis):
        assert axis.cacheMode() == QGraphicsItem.CacheMode.DeviceCoordinateCache
        assert len(axis.tick_texts()) >= 3


def test_screen_readers_hear_a_name(loss_plot, size_plot):
    assert loss_plot.accessibleName() == "Validation loss against compute"
    assert size_plot.accessibleName() == "Optimal model size against compute"


def test_a_plot_thrown_away_is_gone(qtbot, runs):
    plot = LossPlot(LIGHT)
    plot.set_runs(runs)
    alive = weakref.ref(plot)
    plot.deleteLater()
    del plot
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("width", [200, 333, 620, 1200])
@pytest.mark.parametrize("span", [0.05, 0.3, 1.0, 5.0, 9.0])
def test_axis_labels_are_neither_cut_nor_on_each_other(plot, width, span):
    plot.resize(width, 300)
    for start in (14.0, 14.37, 15.99):
        plot.view.setXRange(start, start + span, padding=0)
        plot.grab()
        for axis in (plot.x_axis, plot.y_axis):
            rects = axis.label_rects()
            room = plot.viewport().rect().adjusted(-1, -1, 1, 1)
            for rect in rects:
                assert room.contains(plot.mapFromScene(axis.mapToScene(rect)).boundingRect())
            assert not any(a.intersects(b) for i, a in enumerate(rects) for b in rects[i + 1 :])
