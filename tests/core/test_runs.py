"""The shipped runs, and those of them that a frontier rests on."""

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from core.laws.library import laws
from core.runs.table import Run, best_points, load_runs

TABLE = "transformer_xl_wikitext103.csv"
LAWS = [law for law in laws().values() if law.runs_file]


def points_of(runs):
    owner = np.concatenate([np.full(run.loss.size, place) for place, run in enumerate(runs)])
    compute = np.concatenate([run.compute_neflo for run in runs])
    loss = np.concatenate([run.loss for run in runs])
    return owner, compute, loss


def test_there_are_28_runs_with_518_points_smallest_first():
    runs = load_runs(TABLE)
    sizes = [run.non_embedding_params for run in runs]
    assert len(runs) == 28
    assert len({run.name for run in runs}) == 28
    assert sum(run.loss.size for run in runs) == 518
    assert sizes == sorted(sizes)
    assert (runs[0].name, runs[-1].name) == ("2x64x64", "16x512x2048")


@pytest.mark.parametrize("run", load_runs(TABLE), ids=lambda run: run.name)
def test_a_run_rises_in_compute_within_plausible_losses(run):
    assert run.compute_neflo.shape == run.loss.shape
    assert (np.diff(run.compute_neflo) > 0).all()
    assert (run.loss > 3).all() and (run.loss < 6.5).all()
    assert run.loss[-1] < run.loss[0]


def test_a_point_of_the_table_is_found_where_it_was_written():
    run = next(run for run in load_runs(TABLE) if run.name == "2x64x64")
    assert (run.compute_neflo[0], run.loss[0]) == (1.4678e13, 5.7082)
    assert run.non_embedding_params == 58_563


def test_the_arrays_of_a_run_cannot_be_written():
    run = load_runs(TABLE)[0]
    for column in (run.compute_neflo, run.loss):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


def test_the_first_law_draws_on_its_19_runs_alone():
    first = laws()["txl-wikitext103-first"]
    runs = load_runs(first.runs_file, first.run_names)
    assert len(runs) == 19 == first.n_runs
    assert {run.name for run in runs} == set(first.run_names)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.id)
def test_the_ranges_of_a_law_are_those_of_its_runs(law):
    runs = load_runs(law.runs_file, law.run_names)
    assert len(runs) == law.n_runs
    sizes = [run.non_embedding_params for run in runs]
    assert law.params_range == (min(sizes), max(sizes))
    _, compute, _ = points_of(runs)
    low, high = law.compute_range_neflo
    assert low <= compute.min() and compute.max() <= high
    # the table is read off at 12 points a decade, so its ends lie up to that far inside
    step = 10 ** (1 / 12)
    assert compute.min() / low < step and high / compute.max() < step


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.id)
def test_best_points_belong_to_the_runs_on_the_lower_hull(law):
    runs = load_runs(law.runs_file, law.run_names)
    owner, compute, loss = points_of(runs)
    scaled = np.column_stack([compute / compute.max(), loss])
    hull = ConvexHull(scaled)
    # outward normals with a falling side: facing the origin
    facing = hull.simplices[(hull.equations[:, :2] < 0).all(axis=1)]
    names = {runs[place].name for place in owner[np.unique(facing)]}
    found = best_points(runs, law.loss)
    assert set(found.names) == names
    assert len(found.names) > 5


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.id)
def test_a_best_point_is_where_its_run_beats_the_frontier_by_most(law):
    runs = {run.name: run for run in load_runs(law.runs_file, law.run_names)}
    found = best_points(tuple(runs.values()), law.loss)
    assert list(found.non_embedding_params) == sorted(found.non_embedding_params)
    for name, params, compute, loss in zip(
        found.names, found.non_embedding_params, found.compute_neflo, found.loss, strict=True
    ):
        run = runs[name]
        assert params == run.non_embedding_params
        assert loss == run.loss[run.compute_neflo == compute].item()
        assert law.loss(compute) / loss == (law.loss(run.compute_neflo) / run.loss).max()


def test_a_run_that_never_leads_is_no_best_point():
    def run(name, params, loss):
        return Run(name, params, np.array([1.0, 2.0, 3.0]), np.array(loss))

    leader = run("1x8x8", 100.0, [5.0, 4.0, 3.5])
    follower = run("2x8x8", 200.0, [6.0, 5.0, 4.5])
    found = best_points((leader, follower), lambda compute: 5.0 / compute)
    assert found.names == ("1x8x8",)
    assert (found.compute_neflo[0], found.loss[0]) == (1.0, 5.0)


def test_a_single_run_is_its_own_best_point():
    alone = Run("1x8x8", 100.0, np.array([1.0]), np.array([5.0]))
    assert best_points((alone,), lambda compute: compute).names == ("1x8x8",)


def test_runs_and_points_are_put_in_order(tmp_path, monkeypatch):
    table = tmp_path / "runs.csv"
    table.write_text(
        "run,non_embedding_params,compute_neflo,val_loss\n"
        "large,200,20,4.0\nsmall,100,30,4.5\nlarge,200,10,5.0\nsmall,100,5,5.5\n"
    )
    monkeypatch.setattr("resources.path", lambda name: tmp_path / name.removeprefix("runs/"))
    small, large = load_runs("runs.csv")
    assert (small.name, large.name) == ("small", "large")
    assert small.compute_neflo.tolist() == [5, 30] and small.loss.tolist() == [5.5, 4.5]
    assert large.compute_neflo.tolist() == [10, 20] and large.loss.tolist() == [5.0, 4.0]


def test_a_table_that_is_not_there_is_named():
    with pytest.raises(FileNotFoundError, match=r"runs/nothing\.csv"):
        load_runs("nothing.csv")


def test_a_law_is_used_down_to_a_tenth_of_the_smallest_size_or_to_where_it_levels_out():
    with_negative_f, with_positive_f = LAWS
    least = with_positive_f.params(with_positive_f.floor_compute)
    assert least == pytest.approx(1.001 * with_positive_f.f, rel=1e-9)
    assert with_positive_f.floor_compute < 1e10
    tenth = with_negative_f.params(with_negative_f.floor_compute)
    assert tenth == pytest.approx(5856.3, rel=1e-9)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.id)
def test_laws_invert_themselves(law):
    compute = np.geomspace(law.floor_compute, 1e25, 200)
    np.testing.assert_allclose(law.compute_at_loss(law.loss(compute)), compute, rtol=1e-9)
    back = [np.exp(law.ln_compute_at_params(p)) for p in law.params(compute).tolist()]
    np.testing.assert_allclose(back, compute, rtol=1e-12)
