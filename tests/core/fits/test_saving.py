"""A fit becomes a law that plans as the fit says, or is refused."""

import numpy as np
import pytest

from core.errors import InputError
from core.fits.parametric import Choices
from core.fits.report import FitRequest, fit
from core.fits.resampling import Resampling
from core.fits.saving import as_saved_law, can_be_saved
from core.laws.law_file import load_law, save_law
from core.runs.points import RunsTable
from core.runs.shipped import shipped_table


@pytest.mark.parametrize("method", ["parametric", "frontier", "frontier-2020"])
def test_a_saved_fit_plans_as_the_fit_says(tmp_path, method):
    report = fit(shipped_table(), FitRequest(method, Choices(resampling=Resampling(30))))
    path = tmp_path / "mine.isoloss-law"
    save_law(as_saved_law(report, "mine"), path)
    saved = load_law(path)
    law = saved.frontier()
    assert law.name == "mine"
    assert law.n_runs == 28
    assert law.params(report.target_flops) == pytest.approx(report.optimum["params"].value)
    assert law.loss(report.target_flops) == pytest.approx(report.optimum["loss"].value)
    assert saved.choices["method"] == method
    assert saved.data_hash == report.data_hash
    if method != "frontier-2020":
        assert len(saved.ensemble) == 30


def test_what_is_not_identified_is_no_law():
    params = np.geomspace(1e6, 1e9, 12)
    loss = 1.8 + 406 / params**0.34 + 410 / (20 * params) ** 0.28
    names = tuple(f"r{i}" for i in range(12))
    table = RunsTable(names, np.arange(12), params, 20 * params, 120 * params**2, loss)
    report = fit(table, FitRequest("parametric", Choices(resampling=Resampling(0))))
    assert not can_be_saved(report)
    with pytest.raises(InputError):
        as_saved_law(report, "none")


def test_the_shipped_runs_are_a_table_like_any_other():
    table = shipped_table()
    assert (table.n_points, table.n_runs) == (518, 28)
    assert table.compute_flops == pytest.approx(6 * table.params * table.tokens)
    assert table.params_counted == "non-embedding"
