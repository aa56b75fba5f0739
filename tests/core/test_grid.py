"""Plans by the array are the plans one by one."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.hardware.catalogue import gpus
from core.laws.library import DEFAULT_LAW, laws
from core.planner import By, PlanGrid, PlanRequest, curves, plan, plan_grid
from core.planner.plan import limits
from core.planner.request import resolve

COLUMNS = [column.name for column in fields(PlanGrid)]
ESTIMATES = COLUMNS[: COLUMNS.index("d_model")]
SHAPES = [name for name in COLUMNS if name.startswith(("wide", "narrow"))]
FLAGS = {
    "below_floor": {"below_tipping_point", "below_law"},
    "outside_params": {"outside_parameters"},
    "outside_compute": {"outside_neFLO"},
}


def random_values(request, size, seed):
    """Amounts of ``request.by`` all over what can be planned, even in their log."""
    low, high = limits(resolve(request), request.by)
    base = laws()[request.law].c if request.by is By.LOSS else 0.0
    ends = math.log(low - base), math.log(high - base)
    inside = (ends[0] + 1e-9, ends[1] - 1e-9)
    return base + np.exp(np.random.default_rng(seed).uniform(*inside, size))


def assert_row_is_plan(grid, place, found):
    for name in ESTIMATES:
        expected = getattr(found, name).value
        assert getattr(grid, name)[place] == pytest.approx(expected, rel=1e-12, abs=0), name
    assert grid.d_model[place] == pytest.approx(found.d_model, rel=1e-12, abs=0)
    shapes = {
        f"{option.shape.role}_{what}": getattr(option.shape, what)
        for option in found.shapes
        for what in ("n_layers", "d_model")
    }
    # whole numbers, and so equal, but where the widths are beyond any use and have no units digit
    columns = {name: getattr(grid, name)[place] for name in SHAPES}
    assert columns == pytest.approx(shapes, rel=1e-11, abs=0)
    codes = {message.code for message in found.warnings}
    for name, warned in FLAGS.items():
        assert getattr(grid, name)[place] == bool(codes & warned), name


@settings(max_examples=40)
@given(
    by=st.sampled_from(By),
    law=st.sampled_from(list(laws())),
    precision=st.sampled_from(["O0", "O1", "O2"]),
    price=st.none() | st.floats(0.01, 100),
    watts=st.none() | st.floats(10, 2000),
    carbon=st.floats(0.01, 2),
    seed=st.integers(0, 2**32),
)
def test_a_grid_of_gpus_and_budgets_equals_single_plans(
    by, law, precision, price, watts, carbon, seed
):
    request = PlanRequest(by, 1.0, "V100", precision, law, price, watts, carbon)
    budgets = random_values(request, 8, seed)
    # what every GPU can be asked for: their limits differ by a little
    budgets = np.array([b for b in budgets if all(accepts(request, gpu, b) for gpu in gpus())])
    grid = plan_grid(request, budgets, list(gpus()))
    for row, gpu in enumerate(gpus()):
        for column, budget in enumerate(budgets.tolist()):
            found = plan(replace(request, gpu=gpu, value=budget))
            assert_row_is_plan(grid, (row, column), found)


def accepts(request, gpu, value):
    low, high = limits(resolve(replace(request, gpu=gpu)), request.by)
    return low <= value <= high


@pytest.mark.parametrize("by", By)
def test_single_plans_across_the_range_of_the_runs_equal_the_array(by):
    ends = [plan(PlanRequest(By.COMPUTE_NEFLO, c)) for c in (1e13, 1e18)]
    budgets = np.linspace(*(end.quantity(by).value for end in ends), 300)
    grid = plan_grid(PlanRequest(by), budgets)
    for place, budget in enumerate(budgets.tolist()):
        assert_row_is_plan(grid, place, plan(PlanRequest(by, budget)))


def test_the_array_meets_single_plans_at_the_tipping_point_itself():
    hours = plan(PlanRequest()).tipping_point.hours * np.array([1 - 1e-12, 1, 1 + 1e-12])
    grid = plan_grid(PlanRequest(), hours)
    singles = [plan(PlanRequest(value=h)).compute_neflo.value for h in hours.tolist()]
    np.testing.assert_allclose(grid.compute_neflo, singles, rtol=1e-6)


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (2, 3), (2, 0, 4)])
def test_every_column_has_the_shape_of_the_values(by, shape):
    usual = plan(PlanRequest()).quantity(by).value
    grid = plan_grid(PlanRequest(by), np.full(shape, usual))
    assert {name: np.shape(getattr(grid, name)) for name in COLUMNS} == dict.fromkeys(
        COLUMNS, shape
    )
    several = plan_grid(PlanRequest(by), np.full(shape, usual), ["V100", "K80"])
    assert {np.shape(getattr(several, name)) for name in COLUMNS} == {(2, *shape)}


def test_gpus_come_in_the_order_that_they_were_asked_for():
    names = ["K80", "V100", "P4"]
    grid = plan_grid(PlanRequest(), [12.0, 24.0], names)
    expected = [[plan(PlanRequest(value=h, gpu=g)).loss.value for h in (12, 24)] for g in names]
    np.testing.assert_allclose(grid.loss, expected, rtol=1e-12)


def test_lists_and_whole_numbers_are_taken_for_values():
    from_list = plan_grid(PlanRequest(), [12, 24])
    from_array = plan_grid(PlanRequest(), np.array([12.0, 24.0]))
    assert (from_list.loss == from_array.loss).all()


@pytest.mark.parametrize("by", By)
def test_plans_do_not_change_with_the_array_that_they_were_made_from(by):
    values = np.array([plan(PlanRequest()).quantity(by).value])
    grid = plan_grid(PlanRequest(by), values)
    before = {name: float(getattr(grid, name)[0]) for name in COLUMNS}
    values[:] = 0
    assert {name: float(getattr(grid, name)[0]) for name in COLUMNS} == before


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf, 1e300])
@pytest.mark.parametrize("by", By)
def test_one_bad_value_among_many_is_refused_by_its_name(by, bad):
    good = plan(PlanRequest()).quantity(by).value
    with pytest.raises(InputError) as refused:
        plan_grid(PlanRequest(by), [[good, bad], [good, good]])
    assert refused.value.field == by.value
    assert repr(refused.value.value) == repr(bad)
    assert refused.value.expected.startswith("between ")


@pytest.mark.parametrize(
    ("gpu_names", "field"), [([], "gpus"), (["V100", "A100"], "gpu")], ids=["none", "unknown"]
)
def test_gpus_that_cannot_be_planned_for_are_refused(gpu_names, field):
    with pytest.raises(InputError) as refused:
        plan_grid(PlanRequest(), [12.0], gpu_names)
    assert refused.value.field == field


def test_dollars_at_a_price_of_nothing_are_refused():
    with pytest.raises(InputError, match=r"^price_usd_per_gpu_hour must be positive"):
        plan_grid(PlanRequest(By.USD, price_usd_per_gpu_hour=0.0), [12.0])


@pytest.mark.parametrize("law", laws())
def test_curves_run_through_the_plans(law):
    line = curves(PlanRequest(law=law), 1e12, 1e20, points=33)
    assert line.compute_neflo[[0, -1]] == pytest.approx([1e12, 1e20])
    singles = [plan(PlanRequest(By.COMPUTE_NEFLO, c, law=law)) for c in line.compute_neflo.tolist()]
    np.testing.assert_allclose(line.loss, [p.loss.value for p in singles], rtol=1e-12)
    sizes = [p.non_embedding_params.value for p in singles]
    np.testing.assert_allclose(line.non_embedding_params, sizes, rtol=1e-12)


def test_curves_follow_the_law_alone_above_the_tipping_point():
    law = laws()[DEFAULT_LAW]
    line = curves(PlanRequest(), 1e15, 1e18)
    np.testing.assert_allclose(line.non_embedding_params, law.params(line.compute_neflo))
    np.testing.assert_allclose(line.loss, law.loss(line.compute_neflo))
