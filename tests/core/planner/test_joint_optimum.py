"""The joint optimum against a brute-force search that shares nothing with it but the models."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.export.joint import joint_as_text
from core.families.architecture import Recompute
from core.families.counting import Counting
from core.families.library import find_family
from core.hardware.devices import find_device
from core.laws.data_constrained import DataConstrainedLaw
from core.laws.library import find_law
from core.laws.parametric import ParametricLaw
from core.laws.published import library
from core.memory import memory_of
from core.planner import By, PlanRequest, plan
from core.planner.joint.setting import setting_of
from core.planner.joint.sizes import size_table
from core.planner.joint.solve import Options, solve
from core.speed.roofline import gpu_seconds_per_token
from core.training import Setup, Sharding

LAWS = ("besiroglu-2024", "hoffmann-2022", "muennighoff-2023")
GPUS = ("h100_sxm", "a100_sxm_40", "rtx4090", "b200_sxm", "l4")


@pytest.fixture(autouse=True)
def own_folder(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("ISOLOSS_DATA", str(tmp_path_factory.mktemp("data")))


def surface_of(law_id):
    law = find_law(law_id)
    e, a, b, alpha, beta = law.surface
    return ParametricLaw(E=e, A=a, B=b, alpha=alpha, beta=beta)


def repeats_of(law_id):
    known = library()[law_id]
    source = known if isinstance(known, DataConstrainedLaw) else library()["muennighoff-2023"]
    return source.r_d_star, source.r_n_star


def brute_force(request, budget_gpu_hours):
    """The least loss of every size, layout and micro-batch, one by one, then closer."""
    loss, size = least_loss(request, budget_gpu_hours, np.geomspace(1e5, 1e12, 300))
    if not np.isfinite(loss):
        return loss
    closer, _ = least_loss(request, budget_gpu_hours, size * np.geomspace(0.94, 1.06, 121))
    return min(loss, closer)


def least_loss(request, budget_gpu_hours, params):
    law, family, gpu = (
        surface_of(request.law),
        find_family(request.family),
        find_device(request.gpu),
    )
    counting = Counting.TIED if family.tied else Counting.UNTIED
    vocab = find_law(request.law).vocab_size
    stack = setting_of(request).stack
    arch = family.at_size(params, counting, vocab=vocab, seq_len=family.seq_len)
    forward = gpu_seconds_per_token(arch, Setup(gpu), stack) / 3
    best, size = np.inf, None
    batch = max(500_000, family.seq_len * request.n_gpus)
    splits = [(tp, 1) for tp in (1, 2, 4, 8)] + [(1, 2), (1, 4), (1, 8), (8, 2), (8, 4)]
    for tp, pp in splits:
        for sharding in (Sharding.NONE, Sharding.ZERO1, Sharding.FSDP):
            alone = request.n_gpus == 1
            if request.n_gpus % (tp * pp) or alone is not (sharding is Sharding.NONE):
                continue
            if pp > 1 and sharding is Sharding.FSDP:
                continue
            for recompute in Recompute:
                setup = Setup(
                    *(gpu, request.n_gpus, min(8, request.n_gpus)),
                    sharding=sharding,
                    recompute=recompute,
                    tp=tp,
                    pp=pp,
                )
                sequences = max(1, round(batch / (family.seq_len * setup.dp)))
                for micro in sorted({1, 2, 3, 4, 6, 8, 12, 16, 24, 32, sequences}):
                    if micro > sequences:
                        continue
                    each = replace(
                        setup, micro_batch=micro, grad_accum=max(1, round(sequences / micro))
                    )
                    fits = memory_of(arch, each).fits(gpu) & (arch.n_layers >= pp)
                    seconds = gpu_seconds_per_token(arch, each, stack)
                    left = 3600 * budget_gpu_hours - request.inference_tokens * forward
                    tokens = np.maximum(left, 0) * request.goodput / seconds
                    if request.deadline_hours is not None:
                        most = 3600 * request.deadline_hours * request.n_gpus * request.goodput
                        tokens = np.minimum(tokens, most / seconds)
                    good = fits & (tokens > 1)
                    if not good.any():
                        continue
                    if request.unique_tokens is None:
                        loss = law.loss(params[good], tokens[good])
                    else:
                        repeated = DataConstrainedLaw(law, *repeats_of(request.law))
                        loss = repeated.loss(params[good], tokens[good], request.unique_tokens)
                    if loss.min() < best:
                        best, size = float(loss.min()), float(params[good][loss.argmin()])
    return best, size


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    law=st.sampled_from(LAWS),
    gpu=st.sampled_from(GPUS),
    family=st.sampled_from(["llama", "gpt2"]),
    n_gpus=st.sampled_from([1, 4, 8, 32, 64]),
    hours=st.floats(0.5, 3.5).map(lambda exponent: 10**exponent),
    unique=st.none() | st.floats(8, 11).map(lambda exponent: 10**exponent),
    inference=st.just(0.0) | st.floats(8, 10).map(lambda exponent: 10**exponent),
    deadline=st.none() | st.floats(0.1, 0.9),
    goodput=st.sampled_from([1.0, 0.7]),
)
def test_no_size_layout_or_batch_does_better_than_the_joint_optimum(
    law, gpu, family, n_gpus, hours, unique, inference, deadline, goodput
):
    request = PlanRequest(
        by=By.HOURS,
        value=hours,
        law=law,
        gpu=gpu,
        family=family,
        n_gpus=n_gpus,
        unique_tokens=unique,
        inference_tokens=inference,
        deadline_hours=None if deadline is None else deadline * hours,
        goodput=goodput,
    )
    try:
        found = plan(request).loss.value
    except InputError:
        assume(False)
    best = brute_force(request, hours * n_gpus)
    assert found == pytest.approx(best, rel=1e-3)


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("gpu", "n_gpus"), [("h100_sxm", 1), ("a100_sxm_40", 16)])
def test_a_plan_for_the_loss_of_another_plan_costs_what_that_cost(law, gpu, n_gpus):
    by_time = plan(PlanRequest(law=law, gpu=gpu, n_gpus=n_gpus, value=200.0))
    by_loss = plan(replace(by_time.request, by=By.LOSS, value=by_time.loss.value))
    assert by_loss.hours.value == pytest.approx(200, rel=2e-3)
    assert by_loss.loss.value == by_time.loss.value


@pytest.mark.parametrize("hours", [10.0, 1000.0])
def test_a_plan_for_the_size_of_another_plan_is_that_plan(hours):
    by_time = plan(PlanRequest(law="besiroglu-2024", gpu="h100_sxm", n_gpus=8, value=hours))
    size = by_time.non_embedding_params.value
    by_size = plan(replace(by_time.request, by=By.PARAMS, value=size))
    assert by_size.non_embedding_params.value == size
    again = plan(replace(by_time.request, value=by_size.hours.value))
    assert again.non_embedding_params.value == pytest.approx(size, rel=0.1)
    assert again.loss.value == pytest.approx(by_size.loss.value, rel=1e-3)


def test_compute_alone_gives_the_size_that_the_law_gives():
    found = plan(PlanRequest(law="besiroglu-2024", gpu="h100_sxm", by=By.COMPUTE_NEFLO, value=1e21))
    best = surface_of("besiroglu-2024").optimum(1e21)
    assert found.non_embedding_params.value == pytest.approx(float(best.params), rel=0.01)
    assert found.loss.value == pytest.approx(float(best.loss), rel=1e-6)


def test_the_optimum_of_the_clock_lies_above_that_of_the_flop():
    for hours in (5.0, 100.0):
        found = plan(PlanRequest(law="besiroglu-2024", gpu="h100_sxm", value=hours))
        assert found.non_embedding_params.value > found.flop_optimum.params
        assert found.loss.value <= found.flop_optimum.loss


def test_a_target_loss_takes_less_time_than_the_flop_optimum_of_it():
    found = plan(PlanRequest(law="besiroglu-2024", gpu="h100_sxm", by=By.LOSS, value=2.6))
    assert found.gpu_hours <= found.flop_optimum.gpu_hours


@pytest.mark.parametrize(
    ("by", "value", "unit"),
    [(By.HOURS, 100.0, "GPU-hour"), (By.USD, 1000.0, "USD"), (By.CO2_KG, 50.0, "kg")],
)
def test_the_shadow_price_is_what_a_little_more_of_the_budget_buys(by, value, unit):
    request = PlanRequest(law="hoffmann-2022", gpu="h100_sxm", n_gpus=8, by=by, value=value)
    here, more = plan(request), plan(replace(request, value=value * 1.01))
    (binding,) = (found for found in here.bindings if found.name == by.value)
    assert binding.unit == unit
    bought = (here.loss.value - more.loss.value) / (0.01 * value)
    if by is By.HOURS:
        bought /= 8
    assert binding.nats_per_unit == pytest.approx(bought, rel=0.05)


def test_each_limit_that_ends_the_training_is_named():
    request = PlanRequest(law="besiroglu-2024", gpu="h100_sxm", by=By.USD, value=5000.0, n_gpus=8)
    free = plan(request)
    assert free.bindings[0].name == "usd"
    for name, amount in (
        ("deadline_hours", free.hours.value / 3),
        ("cap_kwh", free.energy_kwh.value / 3),
        ("cap_co2_kg", free.co2_kg.value / 3),
        ("cap_usd", 5000 / 3),
    ):
        held = plan(replace(request, **{name: amount}))
        assert held.bindings[0].name == name
        assert held.loss.value > free.loss.value
        assert held.gpu_hours == pytest.approx(free.gpu_hours / 3, rel=1e-6)


def test_a_limit_with_room_left_changes_nothing():
    request = PlanRequest(law="besiroglu-2024", gpu="h100_sxm", by=By.USD, value=500.0)
    free = plan(request)
    roomy = plan(replace(request, deadline_hours=10 * free.hours.value, cap_co2_kg=1e6))
    assert roomy.loss.value == free.loss.value
    assert roomy.bindings[0].name == "usd"


def test_few_unique_tokens_are_repeated_and_named_as_what_binds():
    request = PlanRequest(law="muennighoff-2023", gpu="h100_sxm", n_gpus=64, value=100.0)
    ample, few = plan(request), plan(replace(request, unique_tokens=5e9))
    assert few.loss.value > ample.loss.value
    assert few.epochs > 4
    assert "unique_tokens" in [binding.name for binding in few.bindings]
    assert "many_epochs" in [message.code for message in few.warnings]


def test_inference_demand_makes_the_model_smaller_and_is_paid_by_the_budget():
    request = PlanRequest(law="besiroglu-2024", gpu="h100_sxm", n_gpus=8, by=By.USD, value=1e4)
    once, served = plan(request), plan(replace(request, inference_tokens=1e12))
    assert served.non_embedding_params.value < once.non_embedding_params.value
    assert served.training_hours < once.training_hours
    assert served.usd.value == 1e4
    assert served.use_gpu_hours + served.training_gpu_hours == pytest.approx(served.gpu_hours)


def test_memory_that_binds_is_named_with_what_it_costs():
    request = PlanRequest(law="hoffmann-2022", gpu="rtx4090", value=20_000.0)
    found = plan(request)
    (binding,) = (held for held in found.bindings if held.name == "memory")
    free = solve(setting_of(request), By.HOURS, 20_000.0, Options(ignore_memory=True))
    assert binding.nats_per_unit == pytest.approx(found.loss.value - free.loss)
    assert found.memory.fits(found.known.gpu)


def test_a_frontier_law_spends_its_budget_to_the_last_hour_on_its_own_path():
    found = plan(PlanRequest(gpu="h100_sxm", law="kaplan-2020", value=50.0))
    assert found.hours.value == 50
    assert found.gpu_hours == pytest.approx(50, rel=1e-5)
    law = find_law("kaplan-2020")
    compute = found.compute_neflo.value
    assert found.non_embedding_params.value == pytest.approx(float(law.params(compute)), rel=1e-3)
    assert found.flop_optimum is None
    assert "no_surface" in [message.code for message in found.warnings]


def test_more_goodput_is_as_good_as_more_time():
    request = PlanRequest(law="besiroglu-2024", gpu="h100_sxm", n_gpus=8, value=100.0)
    half = plan(replace(request, goodput=0.5))
    assert half.loss.value == pytest.approx(plan(replace(request, value=50.0)).loss.value)
    assert half.hours.value == 100.0


def test_the_speed_of_a_plan_is_that_of_its_own_layout():
    found = plan(PlanRequest(law="besiroglu-2024", gpu="h100_sxm", n_gpus=16, value=100.0))
    rate = found.speed.tokens_per_s_per_gpu.value
    assert found.tokens.value == pytest.approx(rate * 16 * 3600 * 100, rel=1e-9)
    assert found.memory.fits(found.known.gpu)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"law": "besiroglu-2024", "value": 1e-12}, "hours"),
        ({"law": "besiroglu-2024", "by": By.LOSS, "value": 1.0}, "loss"),
        ({"by": By.USD, "gpu": "mi300x"}, "price_usd_per_gpu_hour"),
        ({"by": By.CO2_KG, "gpu": "tpu_v6e"}, "measured_watts"),
        ({"gpu": "none_such"}, "gpu"),
        ({"family": "mamba"}, "family"),
        ({"stack": "none_such"}, "stack"),
        ({"n_gpus": 0}, "n_gpus"),
        ({"n_gpus": 12, "tp": 8}, "n_gpus"),
        ({"goodput": 0.0}, "goodput"),
        ({"goodput": 1.2}, "goodput"),
        ({"unique_tokens": 10.0}, "unique_tokens"),
        ({"inference_tokens": -1.0}, "inference_tokens"),
        ({"zone": "nowhere"}, "zone"),
        ({"provider": "nobody"}, "provider"),
        ({"precision": "O1"}, "precision"),
        ({"recompute": "some"}, "recompute"),
        ({"sharding": "half"}, "sharding"),
        ({"pue": 0.5}, "pue"),
        ({"batch_tokens": 8192.0, "n_gpus": 64, "tp": 1, "pp": 1}, "batch_tokens"),
        ({"by": By.USD, "value": 1.0, "idle_hours": 1000.0}, "usd"),
        ({"n_gpus": "many"}, "n_gpus"),
        (
            {"law": "besiroglu-2024", "by": By.LOSS, "value": 2.3, "deadline_hours": 1.0},
            "deadline_hours",
        ),
    ],
)
def test_what_cannot_be_planned_is_refused_by_its_field(changes, field):
    usual = {"gpu": "h100_sxm", "value": 100.0}
    with pytest.raises(InputError) as refused:
        plan(PlanRequest(**{**usual, **changes}))
    assert refused.value.field == field


def test_the_same_request_gives_the_same_plan():
    request = PlanRequest(law="besiroglu-2024", gpu="h100_sxm", n_gpus=64, value=77.0)
    first = plan(request)
    size_table.__globals__["_size_table"].cache_clear()
    again = plan(replace(request))
    assert first.estimates() == again.estimates()
    assert first.layout == again.layout


def test_intervals_hold_the_value_and_grow_with_the_stacks_spread():
    found = plan(PlanRequest(law="besiroglu-2024", gpu="h100_sxm", value=100.0))
    for name, estimate in found.estimates().items():
        if name in ("hours", "usd", "energy_kwh", "co2_kg", "car_km", "tree_days"):
            continue
        assert estimate.low < estimate.value < estimate.high, name
        assert estimate.level == 0.8
    assert math.isclose(found.hours.value, 100.0)


# What a review found


def test_a_frontier_law_that_memory_ends_stays_on_its_path_and_leaves_the_rest_unspent():
    found = plan(PlanRequest(gpu="l40s", law="kaplan-2020", by=By.USD, value=1e6))
    law = find_law("kaplan-2020")
    compute = found.compute_neflo.value
    assert found.loss.value == pytest.approx(float(law.loss(compute)), rel=1e-4)
    assert found.non_embedding_params.value == pytest.approx(float(law.params(compute)), rel=1e-3)
    assert found.usd.value < 1e6
    assert [binding.name for binding in found.bindings] == ["memory"]


@pytest.mark.parametrize(("by", "value"), [(By.LOSS, 2.5), (By.PARAMS, 1e9)])
def test_a_cap_that_does_not_pay_for_the_target_of_a_frontier_law_is_refused(by, value):
    request = PlanRequest(gpu="h100_sxm", law="kaplan-2020", by=by, value=value, cap_usd=1.0)
    with pytest.raises(InputError, match=r"takes .* USD at least") as refused:
        plan(request)
    assert refused.value.field == "cap_usd"


def test_a_cap_that_does_not_even_pay_for_the_use_of_a_size_is_refused():
    request = PlanRequest(
        *(By.PARAMS, 1e9),
        gpu="h100_sxm",
        law="besiroglu-2024",
        inference_tokens=1e12,
        cap_usd=30.0,
    )
    with pytest.raises(InputError) as refused:
        plan(request)
    assert refused.value.field == "cap_usd"


@pytest.mark.parametrize("law", ["txl-wikitext103", "txl-wikitext103-first", "kaplan-2020"])
def test_the_shadow_price_of_a_frontier_law_is_what_more_hours_buy(law):
    request = PlanRequest(gpu="h100_sxm", law=law, n_gpus=8, value=3.0)
    here, more = plan(request), plan(replace(request, value=3.3))
    bought = (here.loss.value - more.loss.value) / (8 * 0.3)
    assert here.nats_per_gpu_hour == pytest.approx(bought, rel=0.15)


@given(
    law=st.sampled_from([*LAWS, "kaplan-2020", "txl-wikitext103"]),
    gpu=st.sampled_from(GPUS),
    n_gpus=st.sampled_from([1, 8, 64]),
    hours=st.floats(0.5, 3).map(lambda exponent: 10**exponent),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_more_of_a_budget_never_buys_a_worse_loss(law, gpu, n_gpus, hours):
    request = PlanRequest(law=law, gpu=gpu, n_gpus=n_gpus, value=hours)
    try:
        here, more = plan(request), plan(replace(request, value=1.1 * hours))
    except InputError:
        assume(False)
    assert more.loss.value <= here.loss.value * (1 + 1e-3)


def test_use_after_training_slows_down_with_the_hardware_too():
    request = PlanRequest(
        by=By.USD, value=3000.0, law="besiroglu-2024", gpu="h100_sxm", n_gpus=8,
        inference_tokens=1e12,
    )  # fmt: skip
    found = plan(request)
    rate = found.speed.tokens_per_s_per_gpu
    slower = plan(replace(request, phi=found.speed.phi * rate.value / rate.low))
    assert found.loss.high == pytest.approx(slower.loss.value, rel=2e-3)


def test_an_interval_whose_slow_end_pays_for_nothing_is_not_given():
    request = PlanRequest(
        by=By.USD, value=1.37, law="besiroglu-2024", gpu="h100_sxm", inference_tokens=1e10
    )
    found = plan(request)
    assert found.loss.low is None and found.loss.high is None
    assert found.is_open
    said = joint_as_text(found)
    assert "no intervals: at the slow end of the speed's, this pays for no model" in said
    assert "80 % intervals" not in said
    assert not plan(replace(request, value=1000.0)).is_open


def test_sizes_nearly_as_good_hold_the_plan_and_spend_no_more_than_it():
    for changes in ({}, {"inference_tokens": 1e12}, {"unique_tokens": 3e9}, {"gpu": "l40s"}):
        request = PlanRequest(by=By.USD, value=1000.0, law="besiroglu-2024", gpu="h100_sxm")
        found = plan(replace(request, **changes))
        flat = found.flat_optimum
        assert flat.low <= found.non_embedding_params.value <= flat.high
        for size in (flat.low * 1.02, flat.high * 0.98):
            other = plan(replace(found.request, by=By.PARAMS, value=size, cap_usd=1000.0))
            assert other.loss.value >= found.loss.value * (1 - 1e-3)


def test_the_best_for_flop_is_told_even_where_it_does_not_fit():
    found = plan(PlanRequest(gpu="l40s", law="besiroglu-2024", by=By.USD, value=1e6))
    assert not found.flop_optimum.fits
    assert found.flop_optimum.params > 5 * found.non_embedding_params.value


def test_steps_too_few_or_too_large_for_any_law_are_said():
    crowd = plan(
        PlanRequest(by=By.USD, value=1e3, law="besiroglu-2024", gpu="h100_sxm", n_gpus=10**5)
    )
    said = {message.code for message in crowd.warnings}
    assert {"few_steps", "beyond_critical_batch", "batch_raised"} <= said
    usual = plan(PlanRequest(law="besiroglu-2024", gpu="h100_sxm", n_gpus=8, value=100.0))
    assert not {"few_steps", "beyond_critical_batch"} & {found.code for found in usual.warnings}
