"""A fitted law as a file: what is saved comes back, and nothing else gets in."""

import json
import math
import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import core
from core.errors import InputError
from core.families.counting import Counting
from core.laws.about import About
from core.laws.law_file import (
    MOST_BYTES,
    SavedLaw,
    Spread,
    law_from_bytes,
    law_to_bytes,
    load_law,
    save_law,
)
from core.laws.library import find_law, laws
from core.laws.parametric import COEFFICIENTS, ParametricLaw
from core.planner import By, PlanRequest, plan, plan_grid

ABOUT = About(
    name="Meine Läufe",
    short_name="mine",
    params_counted="non-embedding",
    counting=Counting.NON_EMBEDDING,
    params_range=(1e6, 1e9),
    tokens_range=(1e8, 1e11),
    compute_range_neflo=(1e15, 1e20),
    n_runs=40,
    vocab_size=32_000,
    tokens_per_step=100_000,
    note="fitted on a Tuesday",
)
PARAMETRIC = ParametricLaw(1.81, 477.8, 2143.4, 0.3473, 0.3671, ABOUT)
SAVED = SavedLaw(
    PARAMETRIC,
    intervals={"A": Spread(300.0, 700.0, 124.5), "alpha": Spread(se=0.0154)},
    level=0.8,
    ensemble=np.random.default_rng(0).normal(PARAMETRIC.alpha, 0.01, (50, 5)),
    choices={"objective": "huber", "delta": 1e-3, "starts": 64, "tied": False, "pinned_e": None},
    data_hash="sha256:abc",
)


def same(first, second):
    assert replace(first, ensemble=None).choices == second.choices
    assert (first.law, first.intervals, first.level) == (second.law, second.intervals, second.level)
    assert (first.data_hash, first.app_version) == (second.data_hash, second.app_version)
    assert (first.ensemble is None) == (second.ensemble is None)
    if first.ensemble is not None:
        np.testing.assert_array_equal(first.ensemble, second.ensemble)


def test_a_parametric_law_comes_back_whole():
    again = law_from_bytes(law_to_bytes(SAVED), "x")
    same(SAVED, again)
    assert again.columns == COEFFICIENTS
    assert again.app_version == core.__version__
    assert not again.ensemble.flags.writeable
    assert law_to_bytes(again) == law_to_bytes(SAVED)


@pytest.mark.parametrize("law", laws().values(), ids=lambda law: law.id)
def test_a_frontier_comes_back_without_its_shipped_runs(law):
    own = replace(law, id="", runs_file=None, run_names=None)
    saved = SavedLaw(law, ensemble=np.ones((3, 6)))
    same(replace(saved, law=own), law_from_bytes(law_to_bytes(saved), "x"))


@given(
    e=st.floats(0, 10),
    a=st.floats(10, 1e5),
    b=st.floats(10, 1e5),
    alpha=st.floats(0.2, 0.8),
    beta=st.floats(0.2, 0.8),
    name=st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=50),
    rows=st.none() | st.integers(1, 5),
)
def test_any_law_that_can_be_planned_with_round_trips(e, a, b, alpha, beta, name, rows):
    about = replace(ABOUT, name=name, short_name=name)
    ensemble = None if rows is None else np.full((rows, 5), 0.1)
    saved = SavedLaw(ParametricLaw(e, a, b, alpha, beta, about), ensemble=ensemble)
    same(saved, law_from_bytes(law_to_bytes(saved), "x"))


def test_a_file_is_a_law_to_plan_with(tmp_path):
    path = tmp_path / "mine.isoloss-law"
    save_law(SAVED, path)
    law = find_law(str(path))
    assert law == replace(PARAMETRIC.frontier(), id=str(path))
    found = plan(PlanRequest(By.COMPUTE_NEFLO, 1e18, law=str(path)))
    assert found.loss.value == pytest.approx(PARAMETRIC.optimum(1e18).loss)
    assert found.steps.value == pytest.approx(found.tokens.value / 100_000)
    assert find_law(str(path)) is law


def test_any_name_will_do_for_a_file_that_is_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_law(SAVED, tmp_path / "law.json")
    assert find_law("law.json").id == "law.json"


def test_a_file_that_changes_is_read_again(tmp_path):
    path = tmp_path / "mine.isoloss-law"
    save_law(SAVED, path)
    request = PlanRequest(By.COMPUTE_NEFLO, 1e18, law=str(path))
    before = plan(request).loss.value
    save_law(SavedLaw(replace(PARAMETRIC, E=2.81)), path)
    os.utime(path, ns=(1, 1))
    assert plan(request).loss.value == pytest.approx(before + 1)


def test_a_law_without_ranges_or_vocabulary_is_planned_without_those_warnings(tmp_path):
    bare = About(name="bare", short_name="bare", params_counted="who knows")
    path = tmp_path / "bare.isoloss-law"
    save_law(SavedLaw(replace(PARAMETRIC, about=bare)), path)
    request = PlanRequest(By.COMPUTE_NEFLO, 1e30, law=str(path))
    codes = [message.code for message in plan(request).warnings]
    assert "outside_parameters" not in codes and "outside_neFLO" not in codes
    assert "counted_otherwise" in codes
    grid = plan_grid(request, [1e15, 1e30])
    assert not grid.outside_params.any() and not grid.outside_compute.any()


def test_a_law_that_could_not_be_loaded_is_not_saved(tmp_path):
    path = tmp_path / "mine.isoloss-law"
    for law in (replace(PARAMETRIC, A=math.nan), replace(PARAMETRIC, alpha=-1.0)):
        with pytest.raises(InputError):
            save_law(SavedLaw(law), path)
    with pytest.raises(InputError, match=r"rows"):
        save_law(replace(SAVED, ensemble=np.ones((10_001, 5))), path)
    assert not path.exists()


def changed(**changes):
    document = json.loads(law_to_bytes(SAVED))
    for name, value in changes.items():
        place = document
        *way, last = name.split("__")
        for step in way:
            place = place[step]
        place[last] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"format": "isoloss"}, "format"),
        ({"version": 2}, "version"),
        ({"version": "1"}, "version"),
        ({"version": 0}, "version"),
        ({"version": True}, "version"),
        ({"kind": "pickle"}, "kind"),
        ({"kind": ["parametric"]}, "kind"),
        ({"name": 3}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 5000}, "name"),
        ({"coefficients": [1, 2, 3]}, "coefficients"),
        ({"coefficients__A": math.nan}, ""),
        ({"coefficients__A": math.inf}, ""),
        ({"coefficients__A": "482"}, "coefficients.A"),
        ({"coefficients__A": -1}, "coefficients.A"),
        ({"coefficients__A": None}, "coefficients.A"),
        ({"coefficients__A": True}, "coefficients.A"),
        ({"coefficients__A": 10**400}, "coefficients.A"),
        ({"coefficients__alpha": 0}, "coefficients.alpha"),
        ({"coefficients__alpha": 1e300}, "coefficients.alpha"),
        ({"coefficients__E": -0.1}, "coefficients.E"),
        ({"coefficients__alpha": 0.001, "coefficients__beta": 0.001}, "coefficients"),
        ({"params_range": [1e9, 1e6]}, "params_range"),
        ({"params_range": [0, 1]}, "params_range"),
        ({"compute_range_neflo": {"low": 1}}, "compute_range_neflo"),
        ({"vocab_size": 0}, "vocab_size"),
        ({"vocab_size": 1.5}, "vocab_size"),
        ({"tokens_per_step": -5}, "tokens_per_step"),
        ({"n_runs": "40"}, "n_runs"),
        ({"counting": "all"}, "counting"),
        ({"intervals__A__low": 1e9}, "intervals.A.low"),
        ({"intervals__A__se": -1}, "intervals.A.se"),
        ({"intervals__gamma": {}}, "intervals.gamma"),
        ({"level": 80}, "level"),
        ({"ensemble__columns": ["A"]}, "ensemble.columns"),
        ({"ensemble__columns": ["E", "A", "B", "alpha", "beta"]}, "ensemble.columns"),
        ({"ensemble__rows": []}, "ensemble.rows"),
        ({"ensemble__rows": [[1, 2, 3]]}, "ensemble.rows"),
        ({"ensemble__rows": [[1, 2, 3, 4, "5"]]}, "ensemble.rows"),
        ({"ensemble__rows": [[1, 2, 3, 4, [5]]]}, "ensemble.rows"),
        ({"ensemble__rows": [[1, 2, 3, 4, 5]] * 10_001}, "ensemble.rows"),
        ({"choices": {str(n): n for n in range(200)}}, "choices"),
        ({"choices__objective": ["huber"]}, "choices.objective"),
        ({"data_hash": 5}, "data_hash"),
    ],
)
def test_what_is_no_law_is_refused_by_its_field(changes, field):
    with pytest.raises(InputError) as refused:
        law_from_bytes(changed(**changes), "x.isoloss-law")
    assert refused.value.field == (f"{field} in x.isoloss-law" if field else "x.isoloss-law")
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"42",
        b"not json",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"format": "isoloss-law", "format": "isoloss-law"}',
        b'{"format": "isoloss-law", "version": 1, "coefficients": {"A": 1e999}}',
        b'{"format": "isoloss-law", "version": ' + b"9" * 5000 + b"}",
        b'{"format": "isoloss-law", "version": ' + b"9" * 400 + b"}",
        b" " * (MOST_BYTES + 1),
    ],
)
def test_content_that_is_no_law_at_all_is_refused(content):
    with pytest.raises(InputError) as refused:
        law_from_bytes(content, "x")
    assert len(str(refused.value)) < 400


def test_a_newer_file_says_so(tmp_path):
    path = tmp_path / "new.isoloss-law"
    path.write_bytes(changed(version=7))
    with pytest.raises(InputError, match=r"newer Isoloss") as refused:
        find_law(str(path))
    assert (refused.value.field, refused.value.value) == ("law", path)


@pytest.mark.parametrize("name", ["gone.isoloss-law", "a\x00b.isoloss-law", "x" * 5000, "", "."])
def test_a_path_that_is_no_file_is_refused_as_a_law(name):
    with pytest.raises(InputError) as refused:
        find_law(name)
    assert refused.value.field == "law"


def test_a_folder_and_a_pipe_are_refused(tmp_path):
    folder, pipe = tmp_path / "folder.isoloss-law", tmp_path / "pipe.isoloss-law"
    folder.mkdir()
    os.mkfifo(pipe)
    for path in (folder, pipe):
        with pytest.raises(InputError, match="not a folder, a pipe or a device"):
            load_law(path)


def test_a_file_too_big_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "big.isoloss-law"
    with path.open("wb") as file:
        file.truncate(MOST_BYTES * 1000)
    with pytest.raises(InputError, match="20 MB"):
        load_law(path)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([1e999, 10**400, "../../etc/passwd", "__import__('os')"]),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@settings(max_examples=500)
@given(st.data())
def test_any_value_in_any_field_is_read_or_refused(data):
    document = json.loads(law_to_bytes(SAVED))
    place = document
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        if not (isinstance(place[name], dict) and place[name] and data.draw(st.booleans())):
            break
        place = place[name]
    place[name] = data.draw(JSON)
    try:
        saved = law_from_bytes(json.dumps(document).encode(), "x")
    except InputError as error:
        assert len(str(error)) < 500
    else:
        assert math.isfinite(saved.frontier().loss(1e20))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    with pytest.raises(InputError):
        law_from_bytes(content, "x")


@settings(max_examples=60)
@given(
    a=st.floats(-30, 60).map(lambda exponent: 10.0**exponent),
    b=st.floats(-30, 60).map(lambda exponent: 10.0**exponent),
    alpha=st.floats(1e-3, 10),
    beta=st.floats(1e-3, 10),
    e=st.floats(0, 1000),
)
def test_a_law_that_is_accepted_can_be_planned_with(tmp_path_factory, a, b, alpha, beta, e):
    path = tmp_path_factory.mktemp("laws") / "odd.isoloss-law"
    try:
        save_law(SavedLaw(ParametricLaw(e, a, b, alpha, beta, ABOUT)), path)
    except InputError:
        return
    for by, value in ((By.HOURS, 12.0), (By.COMPUTE_NEFLO, 1e21), (By.PARAMS, 1e9)):
        try:
            found = plan(PlanRequest(by, value, law=str(path)))
        except InputError as error:
            assert error.field == by.value  # beyond what such a law reaches
            continue
        assert all(math.isfinite(q.value) for q in found.estimates().values())
        assert found.warnings is not None
