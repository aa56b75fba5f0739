"""Every quantity fixes every other: properties over the whole input space."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from core.errors import InputError
from core.hardware.catalogue import gpus
from core.laws.library import laws
from core.planner import QUANTITIES, By, PlanRequest, plan
from core.planner.plan import limits
from core.planner.request import resolve
from core.quantities import parse_quantity

NAMES = {
    By.HOURS: "hours",
    By.USD: "usd",
    By.ENERGY_KWH: "energy_kwh",
    By.CO2_KG: "co2_kg",
    By.LOSS: "loss",
    By.PARAMS: "non_embedding_params",
    By.COMPUTE_NEFLO: "compute_neflo",
}


def powers_of_ten(low, high):
    return st.floats(low, high).map(lambda exponent: 10.0**exponent)


SETTINGS = st.builds(
    PlanRequest,
    gpu=st.sampled_from(list(gpus())),
    precision=st.sampled_from(["O0", "O1", "O2"]),
    law=st.sampled_from(list(laws())),
    price_usd_per_gpu_hour=st.none() | powers_of_ten(-5.9, 8.9),
    measured_watts=st.none() | powers_of_ten(-5.9, 8.9),
    carbon_kg_per_kwh=powers_of_ten(-5.9, 8.9),
)
# From 1e-6 neFLO, a millionth of a step, to 1e60, in the log of the budget.
PLACES = st.floats(1e-4, 1 - 1e-4)


def at_place(setting, by, place):
    """The request whose value lies at ``place`` (0 to 1) between the limits of ``by``."""
    setting = replace(setting, by=by)
    low, high = limits(resolve(setting), by)
    base = laws()[setting.law].c if by is By.LOSS else 0.0
    ln_value = (1 - place) * math.log(low - base) + place * math.log(high - base)
    return replace(setting, value=base + math.exp(ln_value))


REQUESTS = st.builds(at_place, SETTINGS, st.sampled_from(By), PLACES)


def values(found):
    return {name: estimate.value for name, estimate in found.estimates().items()}


@given(REQUESTS)
@example(PlanRequest(By.LOSS, 3.193))
@example(PlanRequest(By.PARAMS, 45.05e6))
@example(PlanRequest(By.HOURS, 0.4888977885225646))  # the tipping point, where ln t is flat
@example(PlanRequest(By.HOURS, 0.4888977885225646 * (1 + 1e-12)))
@example(PlanRequest(By.HOURS, 0.4888977885225646 * (1 - 1e-12)))
def test_planning_for_any_quantity_of_a_plan_gives_that_plan_back(request_):
    first = plan(request_)
    for by, name in NAMES.items():
        asked = replace(request_, by=by, value=getattr(first, name).value)
        second = plan(asked)
        assert values(second) == pytest.approx(values(first), rel=1e-6, abs=0), by
        assert second.d_model == pytest.approx(first.d_model, rel=1e-6), by


@given(REQUESTS)
def test_the_given_quantity_is_kept_to_the_last_digit(request_):
    assert getattr(plan(request_), NAMES[request_.by]).value == request_.value


@given(REQUESTS)
def test_every_number_of_every_plan_is_finite_and_positive(request_):
    found = plan(request_)
    for name, value in values(found).items():
        assert math.isfinite(value) and value > 0, name
    assert math.isfinite(found.d_model) and found.d_model > 0
    for option in found.shapes:
        for shape in (option.shape, option.friendly):
            assert min(shape.n_layers, shape.d_model, shape.non_embedding_params) > 0


@given(SETTINGS, st.sampled_from(By), PLACES, PLACES)
def test_more_of_one_quantity_is_more_of_all_and_a_lower_loss(setting, by, place, other):
    place, other = sorted((place, other))
    assume(other - place > 1e-4)
    less, more = (values(plan(at_place(setting, by, where))) for where in (place, other))
    if by is By.LOSS:
        less, more = more, less
    for name in (*NAMES.values(), "speed_neflo_per_s", "car_km", "tree_days"):
        if name == "loss":
            assert more[name] < less[name]
        else:
            assert more[name] > less[name], name


@given(SETTINGS, st.floats(1e-12, 1e-3))
def test_a_plan_does_not_jump_where_it_leaves_the_law(setting, distance):
    known = resolve(setting)
    hours = math.exp(known.path.floor_time) / 3600
    below, above = (
        plan(replace(setting, value=hours * factor)) for factor in (1 - distance, 1 + distance)
    )
    # hours are flat there, so a width differs by the root of their distance
    assert above.d_model / below.d_model - 1 == pytest.approx(0, abs=3 * math.sqrt(distance))
    assert above.compute_neflo.value > below.compute_neflo.value


@pytest.mark.parametrize("law", laws())
@pytest.mark.parametrize("gpu", gpus())
def test_the_solver_needs_no_bracket_narrower_than_the_whole_path(gpu, law):
    path = resolve(PlanRequest(gpu=gpu, law=law)).path
    places = (0, path.widths.index(path.floor), -1)
    coarse = replace(
        path,
        widths=tuple(path.widths[place] for place in places),
        times=tuple(path.times[place] for place in places),
    )
    seconds = np.geomspace(*path.end_seconds, 301)
    fine = [path.at_seconds(second) for second in seconds.tolist()]
    assert [coarse.at_seconds(s) for s in seconds.tolist()] == pytest.approx(fine, abs=1e-9)
    np.testing.assert_allclose(coarse.at_seconds_array(seconds), fine, rtol=0, atol=1e-9)


@given(REQUESTS)
def test_the_same_request_gives_equal_plans(request_):
    first = plan(request_)
    second = plan(replace(request_))
    assert first.estimates() == second.estimates()
    assert first.shapes == second.shapes
    assert first.warnings == second.warnings


def test_a_plan_does_not_depend_on_the_plans_made_before():
    plan(PlanRequest(price_usd_per_gpu_hour=7.0))
    assert repr(plan(PlanRequest(price_usd_per_gpu_hour=7)).known.price) == "7"
    assert repr(plan(PlanRequest(price_usd_per_gpu_hour=7.0)).known.price) == "7.0"


def test_an_estimate_carries_no_interval_that_its_source_does_not_give():
    for name in QUANTITIES:
        estimate = getattr(plan(PlanRequest()), name)
        assert (estimate.low, estimate.high, estimate.level) == (None, None, None)
        assert estimate.source


@given(SETTINGS, st.sampled_from(By), st.sampled_from(["low", "high"]))
def test_a_value_outside_the_limits_is_refused_with_limits_that_are_accepted(setting, by, end):
    low, high = limits(resolve(replace(setting, by=by)), by)
    assume(math.isfinite(high * 1e6))
    outside = low * 0.999 if end == "low" else high * 1.001
    with pytest.raises(InputError) as refused:
        plan(replace(setting, by=by, value=outside))
    assert refused.value.field == by.value
    assert refused.value.value == outside
    stated = refused.value.expected.removeprefix("between ").partition(f" {by.kind.value}")[0]
    for text, limit in zip(stated.split(" and "), (low, high), strict=True):
        value = parse_quantity(text, by.kind, by.value)
        assert value == pytest.approx(limit, rel=1e-4)
        assert plan(replace(setting, by=by, value=value)).hours.value > 0


def test_a_loss_below_the_laws_own_end_is_refused_with_that_end():
    with pytest.raises(InputError, match=r"^loss must be between 1\.\d+ and .* 1\.94724078\)"):
        plan(PlanRequest(By.LOSS, 1.9))


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("value", [0.0, -3.0, math.nan, math.inf, -math.inf])
def test_a_value_that_is_no_positive_number_is_refused_by_its_name(by, value):
    with pytest.raises(InputError, match=f"^{by.value} must be a positive number"):
        plan(PlanRequest(by, value))


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (
            "gpu",
            "A10x",
            "one of V100, V100-no-tensor-cores, P100, P4, K80 (curves of 2020), any, or an id "
            "that isoloss gpus lists, such as a10, a10g",
        ),
        ("precision", "O3", "one of O0, O1, O2"),
        ("law", "chinchilla", f"one of {', '.join(laws())} or a .isoloss-law file"),
        ("price_usd_per_gpu_hour", -1.0, "a number of at least 0"),
        ("price_usd_per_gpu_hour", math.inf, "a number of at least 0"),
        ("price_usd_per_gpu_hour", 1e10, "0 or between 0.000001 and 1,000,000,000"),
        ("measured_watts", 0.0, "a positive number"),
        ("measured_watts", math.nan, "a positive number"),
        ("measured_watts", 1e-300, "between 0.000001 and 1,000,000,000"),
        ("carbon_kg_per_kwh", -0.1, "a number of at least 0"),
        ("carbon_kg_per_kwh", 5e-324, "0 or between 0.000001 and 1,000,000,000"),
    ],
)
def test_a_setting_that_cannot_be_used_is_refused_by_its_name(field, value, expected):
    with pytest.raises(InputError) as refused:
        plan(replace(PlanRequest(), **{field: value}))
    assert (refused.value.field, refused.value.expected) == (field, expected)


@pytest.mark.parametrize(
    ("by", "field"),
    [(By.USD, "price_usd_per_gpu_hour"), (By.CO2_KG, "carbon_kg_per_kwh")],
)
def test_a_budget_that_nothing_is_charged_to_is_refused(by, field):
    with pytest.raises(InputError, match=f"^{field} must be positive to plan for"):
        plan(replace(PlanRequest(by, 5.0), **{field: 0.0}))


def test_a_free_gpu_on_a_clean_grid_costs_and_emits_nothing():
    found = plan(PlanRequest(price_usd_per_gpu_hour=0.0, carbon_kg_per_kwh=0.0))
    assert [found.usd.value, found.co2_kg.value, found.car_km.value] == [0, 0, 0]
    assert found.hours.value == 12


def test_names_are_found_whatever_their_case():
    shouted = plan(PlanRequest(gpu="p100", precision="o1"))
    assert (shouted.known.gpu.id, shouted.known.precision) == ("P100", "O1")


def test_a_request_is_written_as_plain_values():
    written = PlanRequest(By.USD, 20.0, unique_tokens=1e9).as_dict()
    assert written["by"] == "usd" and type(written["by"]) is By
    assert (written["value"], written["gpu"], written["unique_tokens"]) == (20.0, "V100", 1e9)
    assert json.loads(json.dumps(written)) == written
    assert set(written) == set(PlanRequest.__dataclass_fields__)


def test_a_request_that_went_through_json_gives_the_same_plan():
    request = PlanRequest(By.LOSS, 3.5, gpu="K80", price_usd_per_gpu_hour=1)
    again = PlanRequest(**json.loads(json.dumps(request.as_dict())))
    assert again == request
    assert plan(again).estimates() == plan(request).estimates()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("by", "weeks"),
        ("gpu", None),
        ("value", "12"),
        ("measured_watts", "1"),
        ("value", True),
        ("flat_tolerance", "1"),
        ("carbon_kg_per_kwh", True),
    ],
)
def test_a_request_of_wrong_types_is_refused_by_its_field(field, value):
    with pytest.raises(InputError) as caught:
        plan(PlanRequest(**{field: value}))
    assert caught.value.field == ("hours" if field == "value" else field)


@pytest.mark.parametrize("compute", [1e11, 1e12, 1e13])
def test_the_19_run_law_holds_below_its_runs_where_its_formula_does(compute):
    found = plan(PlanRequest(By.COMPUTE_NEFLO, compute, law="txl-wikitext103-first"))
    formula = 1.02160336e-3 * (compute / 86400) ** 0.869282979 + 9.76764496e3
    assert found.non_embedding_params.value == pytest.approx(formula, rel=1e-9)
