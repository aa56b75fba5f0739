import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from gui.plots.table_model import PointsModel


@pytest.fixture
def model(qapp, runs):
    model = PointsModel()
    tester = QAbstractItemModelTester(model)
    model.set_runs(runs)
    model.set_frontier([1e16, 1e17], [4.0, 3.5], [1e7, 3e7])
    yield model
    tester.deleteLater()


def texts(model, row):
    return [model.index(row, column).data() for column in range(model.columnCount())]


def test_every_point_is_a_row(model):
    assert (model.rowCount(), model.columnCount()) == (3 * 10 + 2, 4)


def test_rows_read_as_on_the_plot(model):
    assert texts(model, 0)[:3] == ["run 0", "100 k", "1.00×10¹⁴"]
    assert texts(model, 31) == ["frontier", "30.0 M", "1.00×10¹⁷", "3.500"]


def test_edit_role_holds_the_bare_number(model):
    assert model.index(31, 2).data(Qt.ItemDataRole.EditRole) == 1e17


def test_headers_name_units(model):
    shown = [model.headerData(i, Qt.Orientation.Horizontal) for i in range(4)]
    assert shown == ["run", "non-embedding parameters", "compute, neFLO", "loss, nats"]


def test_copies_as_tab_separated_text_with_full_numbers(model):
    lines = model.as_tsv().splitlines()
    assert len(lines) == 1 + 32
    assert lines[-1].split("\t") == ["frontier", "3e+07", "1e+17", "3.5"]


def test_new_runs_replace_the_old(model, runs):
    model.set_runs(runs[:1])
    assert model.rowCount() == 10 + 2
