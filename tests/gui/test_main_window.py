"""Menus, export, theme, what is remembered, and what every control must have."""

import csv
import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAccessible, QGuiApplication, QImage, QKeySequence
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QMenu,
    QMessageBox,
    QWidget,
)

from gui.app import make_application, make_window
from gui.settings import Settings
from gui.theme import DARK, LIGHT


def menu_actions(window):
    for menu in window.menuBar().findChildren(QMenu):
        yield from (action for action in menu.actions() if not action.isSeparator())


def action(window, text):
    return next(a for a in menu_actions(window) if a.text().replace("&", "") == text)


def open_dialog(window, kind):
    return next(w for w in window.findChildren(kind) if w.isVisible())


@pytest.fixture
def save(window, hands):
    """Answers the next file dialog with a path."""

    def answer(text, path):
        action(window, text).trigger()
        hands.settle()
        dialog = open_dialog(window, QFileDialog)
        dialog.fileSelected.emit(str(path))
        dialog.close()
        hands.settle()

    return answer


def test_export_writes_every_quantity_of_the_plan_on_show(window, hands, save, tmp_path):
    hands.type(window.plan_view.inputs.hours, "24")
    path = tmp_path / "plan with ünïcode.csv"
    save("Export plan (CSV)…", path)
    with path.open(encoding="ascii", newline="") as file:
        rows = {(row["section"], row["quantity"]): row for row in csv.DictReader(file)}
    assert float(rows["plan", "hours"]["value"]) == 24
    assert float(rows["plan", "loss"]["value"]) == window.session.plan.loss.value
    assert rows["request", "gpu"]["value"] == "V100"
    assert str(path) in window.statusBar().currentMessage()


@pytest.mark.parametrize("name", ["Save plots as PNG…", "Save plots as SVG…"])
def test_plots_are_saved_as_pictures(window, save, tmp_path, name):
    path = tmp_path / ("plots." + name[-4:-1].lower())
    save(name, path)
    if path.suffix == ".png":
        image = QImage(str(path))
        plots = window.plan_view.charts.plots
        legend = window.plan_view.charts.color_bar.sizeHint().height() + 8
        assert image.height() == 3 * (legend + sum(plot.viewport().height() for plot in plots))
    else:
        assert path.read_text(encoding="utf-8").count("<path") > 28


def test_a_file_that_cannot_be_written_is_said_and_the_old_one_stays(window, save, tmp_path):
    target = tmp_path / "folder"
    target.mkdir()
    (target / "kept").write_text("old")
    save("Export plan (CSV)…", target)
    box = open_dialog(window, QMessageBox)
    assert "folder" in box.text()
    assert "Nothing was lost" in box.text()
    box.close()
    assert (target / "kept").read_text() == "old"


def test_the_last_folder_is_where_the_next_file_dialog_opens(window, save, tmp_path, hands):
    save("Export plan (CSV)…", tmp_path / "a.csv")
    action(window, "Export plan (CSV)…").trigger()
    hands.settle()
    dialog = open_dialog(window, QFileDialog)
    assert dialog.directory().absolutePath() == str(tmp_path)
    dialog.close()


def test_copying_the_plan_gives_its_text(window):
    action(window, "Copy plan as text").trigger()
    text = QGuiApplication.clipboard().text()
    assert "3.193 nats per token" in text
    assert "45.1 M" in text


def test_copying_the_points_gives_every_point_as_a_table(window):
    action(window, "Copy points of the plots").trigger()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert len(lines) == 1 + window.plan_view.charts.points.rowCount()
    assert sum(line.startswith("16x512x2048\t") for line in lines) > 5


def test_the_theme_menu_changes_every_surface_and_is_remembered(window, settings, hands):
    for name, theme in (("Dark", DARK), ("Light", LIGHT)):
        action(window, name).trigger()
        hands.settle()
        assert QApplication.palette().window().color().name() == theme.background
        image = window.grab().toImage()
        assert image.pixelColor(2, window.height() // 2).name() == theme.background
        plot = window.plan_view.charts.loss_plot
        inside = plot.grab().toImage().pixelColor(plot.width() - 3, 3).name()
        assert inside == theme.card
        assert settings.theme == theme.name


def test_the_legend_can_be_put_away(window, hands):
    charts = window.plan_view.charts
    assert charts.color_bar.isVisible()
    action(window, "Legend").trigger()
    hands.settle()
    assert not charts.color_bar.isVisible()


def test_undo_and_redo_walk_through_edits(window, hands):
    hands.type(window.plan_view.inputs.hours, "24")
    window.plan_view.inputs.gpu.chosen.emit("P100")
    hands.settle()
    undo, redo = window.session.undo_stack.undo, window.session.undo_stack.redo
    undo()
    hands.settle()
    assert window.session.plan.known.gpu.id == "V100"
    undo()
    hands.settle()
    assert window.session.plan.hours.value == 12
    redo()
    redo()
    hands.settle()
    assert (window.session.plan.known.gpu.id, window.session.plan.hours.value) == ("P100", 24)


def test_size_theme_and_legend_come_back_in_the_next_window(qtbot, settings, hands, tmp_path):
    app = make_application()
    first = make_window(app, settings)
    qtbot.addWidget(first)
    first.show()
    first.resize(900, 640)  # the offscreen screen is 800 x 800, and a window is fitted into it
    action(first, "Dark").trigger()
    action(first, "Legend").trigger()
    hands.settle()
    first.close()
    second = make_window(app, Settings(str(tmp_path / "isoloss.ini")))
    qtbot.addWidget(second)
    second.show()
    hands.settle()
    assert second.height() == 640
    assert QApplication.palette().window().color().name() == DARK.background
    assert not second.plan_view.charts.color_bar.isVisible()


def test_a_damaged_settings_file_does_not_keep_the_window_shut(qtbot, tmp_path, hands):
    path = tmp_path / "isoloss.ini"
    path.write_bytes(
        b"[General]\ntheme=purple\ngeometry1=@ByteArray(\x00\xff)\nlegend=[[\n\xff\xfe"
    )
    window = make_window(make_application(), Settings(str(path)))
    qtbot.addWidget(window)
    window.show()
    hands.settle()
    assert window.session.plan.hours.value == 12


def test_help_shows_keys_and_the_sources_of_the_numbers(window, hands):
    action(window, "Keys and sources").trigger()
    hands.settle()
    dialog = open_dialog(window, QDialog)
    page = dialog.findChild(QWidget, "page").toPlainText()
    for text in ("Ctrl+B", "T. Le Scao", "EPA", "0.10858627", "without intervals"):
        assert text in page
    dialog.close()


def test_about_names_version_and_licences(window, hands):
    action(window, "About Isoloss").trigger()
    hands.settle()
    box = open_dialog(window, QMessageBox)
    assert "Apache-2.0" in box.informativeText()
    assert "LGPL" in box.informativeText()
    box.close()


def test_no_two_actions_share_a_shortcut(window):
    shortcuts = [
        key.toString()
        for each in menu_actions(window)
        for key in each.shortcuts()
        if not key.isEmpty()
    ]
    assert len(shortcuts) > 8
    assert len(shortcuts) == len(set(shortcuts))
    assert QKeySequence("Ctrl+E").toString() in shortcuts


def test_no_letter_opens_two_entries_of_a_menu(window):
    for menu in window.menuBar().findChildren(QMenu):
        texts = [action.text().replace("&&", "") for action in menu.actions() if action.text()]
        letters = [text.partition("&")[2][:1].lower() for text in texts]
        assert all(letters)
        assert len(letters) == len(set(letters)), texts


def test_a_shortcut_goes_to_the_budget(window, hands):
    window.plan_view.charts.loss_plot.setFocus()
    action(window, "Go to budget").trigger()
    hands.settle()
    assert QApplication.focusWidget() is window.plan_view.inputs.hours.focusProxy()


def focusable(window):
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.focusProxy() is None
    ]


def test_every_control_has_an_accessible_name(window):
    nameless = []
    for widget in focusable(window):
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface.text(QAccessible.Text.Name):
            nameless.append(widget)
    assert len(focusable(window)) > 15
    assert nameless == []


def test_every_input_has_a_tooltip(window):
    inputs = window.plan_view.inputs
    assert [w for w in focusable(inputs) if not w.toolTip()] == []


def test_tab_reaches_every_control(window, hands):
    start = window.plan_view.inputs.hours.focusProxy()
    start.setFocus()
    reached = {start}
    for _ in range(100):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        reached.add(QApplication.focusWidget())
        if QApplication.focusWidget() is start:
            break
    assert set(focusable(window)) <= reached


def test_tab_follows_the_eye_through_the_inputs(window):
    inputs = window.plan_view.inputs
    budget = [inputs.hours, inputs.usd, inputs.slider, inputs.target.choice, inputs.target.field]
    hardware = [inputs.gpu, inputs.precision, inputs.price]
    order = [*budget, *hardware, inputs.law, inputs.watts, inputs.carbon]
    QTest.keyClick(window.plan_view, Qt.Key.Key_Escape)  # the hint of the first start
    inputs.hours.focusProxy().setFocus()
    for field in order[1:]:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is (field.focusProxy() or field)


def test_a_closed_window_is_garbage(qtbot, settings):
    window = make_window(make_application(), settings)
    window.show()
    QApplication.processEvents()
    alive = weakref.ref(window)
    window.close()
    window.deleteLater()
    del window
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("key", [Qt.Key.Key_E, Qt.Key.Key_Z])
def test_a_number_field_leaves_the_window_its_shortcuts(window, hands, key):
    hours = window.plan_view.inputs.hours
    hands.type(hours, "24")
    QTest.keyClick(hours.focusProxy(), Qt.Key.Key_Return)
    QTest.keyClick(hours.focusProxy(), key, Qt.KeyboardModifier.ControlModifier)
    hands.settle()
    if key == Qt.Key.Key_E:
        open_dialog(window, QFileDialog).close()
    else:
        assert window.session.request.value == 12


@pytest.mark.parametrize("key", [Qt.Key.Key_E, Qt.Key.Key_Z])
def test_a_search_field_leaves_the_window_its_shortcuts(window, hands, key):
    window.session.edit("hours", value=24.0)
    gpu = window.plan_view.inputs.gpu.focusProxy()
    gpu.setFocus()
    QTest.keyClick(gpu, key, Qt.KeyboardModifier.ControlModifier)
    hands.settle()
    if key == Qt.Key.Key_E:
        open_dialog(window, QFileDialog).close()
    else:
        assert window.session.request.value == 12


def test_a_first_window_fits_the_screen(qtbot, settings):
    window = make_window(make_application(), settings)
    qtbot.addWidget(window)
    room = window.screen().availableSize()
    assert window.width() <= max(room.width(), window.minimumWidth())
    assert window.height() <= room.height()


def test_saved_plots_carry_the_colour_bar_and_no_handle(window, save, tmp_path):
    path = tmp_path / "plots.svg"
    save("Save plots as SVG…", path)
    text = path.read_text(encoding="utf-8")
    assert "parameters" in text
    with_legend = QSvgRenderer(str(path)).defaultSize().height()
    plots = window.plan_view.charts.plots
    assert with_legend > sum(plot.viewport().height() for plot in plots)
    assert all(plot.line._has_handle for plot in plots)
