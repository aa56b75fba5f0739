"""Open runs, fit them, read the answer, and be told when there is none."""

import math
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox

from core.errors import InputError
from core.laws.law_file import load_law
from gui.views.fit.problems_dialog import ProblemsDialog


def labels(widget):
    from PySide6.QtWidgets import QLabel

    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def drop(window, target, paths):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, left, none)
    QApplication.sendEvent(target, enter)
    event = QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, left, none)
    QApplication.sendEvent(target, event)
    return enter.isAccepted() and event.isAccepted()


def test_the_tab_begins_with_the_example_and_an_invitation(fit_view):
    assert "Example: 28 Transformer-XL runs" in labels(fit_view.inputs.data)
    assert "518 points · 28 runs" in labels(fit_view.inputs.data)
    assert "Not fitted yet" in labels(fit_view.answer)
    assert "Fit the runs" in fit_view.charts.trust.empty.text()
    assert not fit_view.answer.coefficients.isVisible()


def test_opening_a_file_shows_its_runs(opened):
    text = labels(opened.inputs.data)
    assert "my runs.csv" in text
    assert "80 points · 10 runs" in text
    assert len(opened.state.data.drawn) == 10
    assert not opened.inputs.data.problems_button.isVisible()


def test_the_menu_asks_for_files(window, fit_view, good, settle, hands):
    window._ask_open()
    hands.settle()
    dialog = next(w for w in window.findChildren(QFileDialog) if w.isVisible())
    dialog.filesSelected.emit([str(good)])
    dialog.close()
    settle()
    assert fit_view.state.data.table.n_points == 80


def test_a_fit_gives_numbers_with_intervals(fitted):
    report = fitted.state.report
    for name, true in (("alpha", 0.34), ("beta", 0.28)):
        found = report.coefficients[name].estimate
        assert found.value == pytest.approx(true, abs=0.03)
        assert found.low <= found.value <= found.high
    text = labels(fitted.answer)
    assert "80\u00a0%" in text
    assert "64 of 64 starts agree" in text
    model = fitted.answer.coefficients.model
    assert [model.index(row, 0).data() for row in range(5)] == ["A", "B", "E", "α", "β"]
    assert float(model.index(3, 1).data()) == pytest.approx(0.34, abs=0.03)
    assert "80 points · 10 runs" in text


def test_a_fit_is_drawn_over_the_runs(fitted):
    plot = fitted.charts.fit_plot
    assert not plot.band.is_empty
    compute, loss = plot.plan
    assert compute == pytest.approx(fitted.state.budget)
    assert loss == pytest.approx(fitted.state.report.optimum["loss"].value)
    trust = fitted.charts.trust
    assert trust.residuals.n_points == 80
    assert trust.backtest.n_points == len(fitted.state.backtest.seen)
    assert next(row.label for row in trust.fan.rows) == "as fitted"
    assert len(trust.fan.rows) >= 6


def test_every_plot_has_a_table(fitted, hands):
    trust = fitted.charts.trust
    trust.as_table.setChecked(True)
    for index, rows in ((0, 80), (1, trust.backtest.n_points), (2, len(trust.fan.rows))):
        trust.tabs.setCurrentIndex(index)
        hands.settle()
        assert trust.table.isVisible()
        assert trust.table.model().rowCount() == rows
    header = fitted.charts.points.as_tsv().splitlines()[0]
    assert header.startswith("choice\toptimal parameters")


def test_another_budget_shows_at_once_without_a_new_fit(fitted, hands, settle):
    before = fitted.state.report
    hands.type(fitted.inputs.budget.budget, "1e21")
    after = fitted.state.report
    assert after.target_flops == 1e21
    assert after.optimum["params"].value > before.optimum["params"].value
    assert after.coefficients is before.coefficients
    assert "decades beyond the largest compute" in fitted.answer.notices.texts()[0]
    assert not fitted.state.is_stale
    settle()
    fitted.inputs.budget.budget.reset_requested.emit()
    assert fitted.state.report.optimum == before.optimum


def test_the_blue_line_can_be_dragged(fitted, hands):
    plot = fitted.charts.fit_plot
    start, loss = plot.plan
    hands.drag_line(plot, loss, start, start / 30)
    assert fitted.state.budget == pytest.approx(start / 30, rel=0.1)
    assert plot.plan[0] == pytest.approx(fitted.state.budget)


def test_changed_choices_mark_the_answer_as_of_the_fit_before(fitted, hands):
    fitted.inputs.method.objective.chosen.emit("lad")
    hands.settle()
    assert "choices have changed" in labels(fitted.answer)
    fitted.inputs.method.objective.chosen.emit("huber")
    hands.settle()
    assert "choices have changed" not in labels(fitted.answer)


def test_choices_that_are_put_away_are_counted(fit_view, hands):
    method = fit_view.inputs.method
    assert method.more.text() == "More choices"
    method.more.click()
    hands.settle()
    assert method.tied.isVisible()
    method.tied.click()
    method.more.click()
    hands.settle()
    assert not method.tied.isVisible()
    assert method.more.text() == "More choices (1 changed)"
    assert fit_view.state.request.choices.tied


@pytest.mark.parametrize("method", ["frontier", "isoflop"])
def test_other_methods_answer_too_or_say_why_not(opened, settle, method, qtbot):
    refusals = []
    opened.state.refused.connect(refusals.append)
    opened.inputs.method.method.chosen.emit(method)
    opened.state.fit()
    settle()
    if opened.state.report is None:
        assert isinstance(refusals[0], InputError)
        assert opened.inputs.data.notices.texts()
    else:
        assert math.isfinite(opened.state.report.exponent_n.value)


def test_runs_of_one_ratio_are_not_identified(window, fit_view, one_ratio, settle):
    window.open_runs([one_ratio])
    settle()
    fit_view.state.fit()
    settle()
    text = labels(fit_view.answer)
    assert "Not identified" in text
    assert "one D/N ratio" in text
    model = fit_view.answer.coefficients.model
    assert model.index(3, 1).data() == "not identified"
    assert fit_view.charts.fit_plot.plan is None
    assert not fit_view.answer.save.isEnabled()


def test_a_bad_file_is_refused_with_a_reason_and_the_old_runs_stay(
    window, opened, tmp_path, settle
):
    bad = tmp_path / "bad.csv"
    bad.write_text("colour,taste\nred,sweet\n")
    window.open_runs([bad])
    settle()
    assert opened.state.data.table.n_points == 80
    assert len(opened.inputs.data.notices.texts()) == 1
    assert '"' in opened.inputs.data.notices.texts()[0]


def test_a_missing_file_is_refused(window, opened, tmp_path, settle):
    window.open_runs([tmp_path / "nothing.csv"])
    settle()
    assert "nothing.csv" in opened.inputs.data.notices.texts()[0]


def test_files_can_be_dropped_on_the_window_and_on_a_plot(window, fit_view, good, settle):
    window.show_view(0)
    assert drop(window, window, [good])
    settle()
    assert window.header.tabs.currentIndex() == 2
    assert fit_view.state.data.table.n_points == 80


def test_the_problems_are_listed_with_file_line_and_reason(window, fit_view, with_problems, settle):
    window.open_runs([with_problems])
    settle()
    data = fit_view.inputs.data
    assert data.problems_button.isVisible()
    data.problems_button.click()
    dialog = next(w for w in window.findChildren(ProblemsDialog) if w.isVisible())
    model = dialog.model
    rows = [[model.index(r, c).data() for c in range(4)] for r in range(model.rowCount())]
    oops = next(row for row in rows if "oops" in row[2])
    assert oops[:2] == ["problems.csv", "82"]
    assert oops[3] == "left out"
    dialog._copy()
    assert "oops" in QGuiApplication.clipboard().text()
    dialog.close()


def answer_save_dialog(window, hands, path):
    hands.settle()
    dialog = next(w for w in window.findChildren(QFileDialog) if w.isVisible())
    dialog.fileSelected.emit(str(path))
    dialog.close()
    hands.settle()


def test_a_law_can_be_saved_and_read_again(window, fitted, hands, tmp_path):
    path = tmp_path / "mine.isoloss-law"
    fitted.answer.save.click()
    answer_save_dialog(window, hands, path)
    saved = load_law(path)
    assert saved.law.alpha == fitted.state.report.value("alpha")
    assert saved.data_hash == fitted.state.report.data_hash
    assert len(saved.ensemble) == 40
    assert str(path) in window.statusBar().currentMessage()


def test_a_law_that_cannot_be_written_is_said(window, fitted, hands, tmp_path):
    folder = tmp_path / "x.isoloss-law"
    folder.mkdir()
    fitted.answer.save.click()
    answer_save_dialog(window, hands, folder)
    box = next(w for w in window.findChildren(QMessageBox) if w.isVisible())
    assert "Nothing was lost" in box.text()
    box.close()


def test_use_in_plan_plans_with_the_fit_and_its_intervals(window, fitted, hands):
    fitted.answer.use.click()
    hands.settle()
    answer = window.session.plan
    assert load_law(Path(answer.request.law)).frontier().n_runs == 10
    assert window.plan_view.isVisible()
    assert answer.loss.low < answer.loss.value < answer.loss.high
    assert answer.flat_optimum is not None


def test_shortcuts_go_to_the_tabs(window, hands):
    assert window.header.tabs.currentIndex() == 0
    window._show_fit()
    hands.settle()
    assert window.fit_view.isVisible()
    assert not window.header.export.isVisible()
    window._show_plan()
    hands.settle()
    assert window.plan_view.isVisible()
    assert window.header.export.isVisible()


def test_pictures_and_points_are_those_of_the_tab_on_show(window, fitted, tmp_path):
    window.exporter.copy_points()
    assert len(QGuiApplication.clipboard().text().splitlines()) == 81
    window.exporter._write_svg(tmp_path / "fit.svg")
    assert "</svg>" in (tmp_path / "fit.svg").read_text(encoding="utf-8")
    window.show_view(0)
    window.exporter.copy_points()
    assert "16x512x2048" in QGuiApplication.clipboard().text()


def test_the_theme_reaches_the_fit_plots(window, fitted, hands):
    from gui.theme import DARK

    window._themes.set_mode("dark")
    hands.settle()
    for plot in (fitted.charts.fit_plot, fitted.charts.trust.residuals):
        assert plot.theme is DARK
    window._themes.set_mode("light")


def open_columns(window, view, settle):
    view.inputs.data.columns_button.click()
    settle()
    return next(w for w in window.findChildren(QDialog) if w.isVisible())


def test_columns_are_guessed_with_reasons_and_can_be_chosen(window, fit_view, tmp_path, settle):
    path = tmp_path / "odd.csv"
    path.write_text(
        "who,params,tokens,val_loss,train_loss\n"
        + "".join(
            f"r{i},{10**6 * 2**i},{10**8 * 2**k},{4 - 0.1 * i - 0.1 * k},{3 - 0.1 * i - 0.1 * k}\n"
            for i in range(5)
            for k in range(5)
        )
    )
    window.open_runs([path])
    settle()
    assert fit_view.state.data.table.loss.max() == pytest.approx(4)
    dialog = open_columns(window, fit_view, settle)
    assert "val_loss" in dialog.roles["loss"].itemText(0)
    assert dialog._reasons["loss"].text()
    header = dialog.table.model().headerData(3, Qt.Orientation.Horizontal)
    assert header == "val_loss\n→ loss"
    combo = dialog.roles["loss"]
    combo.setCurrentIndex(combo.findData("train_loss"))
    combo.activated.emit(combo.currentIndex())
    settle()
    assert dialog.table.model().headerData(4, Qt.Orientation.Horizontal).endswith("→ loss")
    dialog.read_button.click()
    settle()
    assert fit_view.state.data.table.loss.max() == pytest.approx(3)
    assert fit_view.state.data.columns.loss == "train_loss"


def test_columns_say_what_is_missing(window, opened, tmp_path, settle):
    path = tmp_path / "steps.csv"
    rows = "".join(f"a,{step},{5 - step / 1000}\n" for step in range(100, 2000, 100))
    path.write_text("run,step,val_loss\n" + rows)
    opened.files._settings.folder = str(tmp_path)
    from core.runs.points import Columns
    from gui.views.fit.columns_dialog import ColumnsDialog

    dialog = ColumnsDialog([path], Columns(), window.jobs, window)
    dialog.open()
    settle()
    assert dialog.notice.isVisible()
    assert not dialog.read_button.isEnabled()
    dialog.tokens_per_step.set_value(1000.0)
    dialog.params_value.set_value(1e6)
    dialog._on_chosen()
    settle()
    assert dialog.read_button.isEnabled()
    dialog.close()
