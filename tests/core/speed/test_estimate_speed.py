"""A speed with its interval."""

from dataclasses import replace

import pytest

from core.errors import InputError
from core.families.architecture import Architecture, Recompute
from core.hardware.devices import devices, find_device
from core.planner import estimate as planner
from core.speed.constants import fitted_file
from core.speed.estimate import Confidence, estimate_speed, is_similar, phi_of_run
from core.speed.stacks import default_stack, find_stack
from core.speed.table import case_of
from core.training import Setup, Sharding


@pytest.fixture
def case(row):
    return case_of(row)


def estimate(case, stack=None, **more):
    return estimate_speed(case.arch, case.setup, stack or case.stack, **more)


def codes(found):
    return {message.code for message in found.warnings}


def test_a_published_run_is_inside_of_its_interval(case):
    found = estimate(case)
    speed = found.tokens_per_s_per_gpu
    assert found.confidence is Confidence.FITTED
    assert speed.low < 4641.25 < speed.high
    assert speed.level == 0.8
    # 6 (N_layers + N_head) + 12 L d s over 312 TFLOP/s
    flop = 6 * (32 * 12 * 4096**2 + 4096 * 50368) + 12 * 32 * 4096 * 2048
    assert found.mfu == pytest.approx(flop * speed.value / 312e12)
    assert found.model_tflops_per_gpu == pytest.approx(312 * found.mfu)
    assert found.mfu_causal < found.mfu == found.hfu
    assert found.step_time_s.value == pytest.approx(6 * 2048 / speed.value)
    assert found.step_time_s.low < found.step_time_s.value < found.step_time_s.high


def test_a_step_takes_as_long_whatever_splits_the_model(case):
    split = replace(case.setup, tp=2, n_gpus=16, grad_accum=4)
    found = estimate_speed(case.arch, split, case.stack)
    tokens = 6 * 4 * 8 * 2048
    assert found.step_time_s.value == pytest.approx(
        tokens / (16 * found.tokens_per_s_per_gpu.value)
    )


def test_what_was_measured_is_what_is_estimated(case):
    found = estimate(case, measured_tokens_per_s_per_gpu=3000.0)
    assert found.tokens_per_s_per_gpu.value == pytest.approx(3000)
    assert found.confidence is Confidence.CALIBRATED_SIMILAR
    assert found.phi > 1


def test_one_measured_run_sets_phi_for_another(case):
    phi = phi_of_run(case.arch, case.setup, case.stack, 3000.0)
    longer = replace(case.arch, seq_len=4096)
    usual = estimate_speed(longer, case.setup, case.stack)
    found = estimate_speed(longer, case.setup, case.stack, phi=phi)
    assert found.confidence is Confidence.CALIBRATED
    ratio = usual.tokens_per_s_per_gpu.value / found.tokens_per_s_per_gpu.value
    assert ratio == pytest.approx(phi / usual.phi)
    near = estimate_speed(longer, case.setup, case.stack, phi=phi, similar=True)
    assert near.tokens_per_s_per_gpu.low > found.tokens_per_s_per_gpu.low


def test_runs_are_similar_in_layout_and_within_a_factor_of_two(case):
    setup = case.setup
    assert is_similar(setup, replace(setup, micro_batch=4, n_gpus=16))
    assert not is_similar(setup, replace(setup, micro_batch=1))
    assert not is_similar(setup, replace(setup, n_gpus=64))
    assert not is_similar(setup, replace(setup, tp=2))
    assert not is_similar(setup, replace(setup, gpu=find_device("h100_sxm")))
    assert not is_similar(setup, replace(setup, sharding=Sharding.ZERO1))


def test_a_bare_preset_is_known_to_about_a_quarter(case):
    found = estimate(case, find_stack("torchtitan-compile"))
    speed = found.tokens_per_s_per_gpu
    assert found.confidence is Confidence.PRESET
    assert 0.7 < speed.low / speed.value < 0.85
    assert 1.15 < speed.high / speed.value < 1.4


@pytest.mark.parametrize(
    ("device", "warning"),
    [("mi300x", "other_vendor"), ("l40s", "assumed_matmul"), ("b200_sxm", "early_figures")],
)
def test_other_hardware_is_less_sure_and_says_why(case, device, warning):
    setup = replace(case.setup, gpu=find_device(device))
    found = estimate_speed(case.arch, setup, find_stack("pytorch-fsdp-compile"))
    assert found.confidence is Confidence.LOW
    assert warning in codes(found)


@pytest.mark.parametrize(
    ("device", "precision", "confidence"),
    [
        ("h100_sxm", "bf16", Confidence.MEASURED),
        ("h100_sxm", "fp8", Confidence.FP8),
        ("a100_sxm_80", "bf16", Confidence.PRESET),
    ],
)
def test_a_measured_stack_is_sure_only_where_it_was_measured(case, device, precision, confidence):
    setup = replace(case.setup, gpu=find_device(device), precision=precision)
    assert estimate_speed(case.arch, setup, find_stack("nemo")).confidence is confidence


def test_a_card_without_the_format_says_so(case):
    setup = replace(case.setup, gpu=find_device("v100_sxm2_32"))
    assert "precision_missing" in codes(estimate_speed(case.arch, setup, case.stack))


def test_nearly_full_memory_warns_with_an_interval_to_the_slow_side(row):
    big = row | {"n_layers": "48", "d_model": "7168", "d_ff": "28672", "n_heads": "56"}
    big |= {"n_kv_heads": "56"}
    case = case_of(big | {"micro_batch": "1", "activation_checkpointing": "full"})
    roomy, full = estimate(case, memory_fill=0.85), estimate(case, memory_fill=0.93)
    assert "near_full_memory" in codes(full)
    assert "near_full_memory" not in codes(roomy)
    speed = full.tokens_per_s_per_gpu
    assert speed.low <= speed.value / 1.25
    assert speed.high - speed.value < speed.value - speed.low
    assert "93 %" in str(full.warnings[-1])


@pytest.mark.parametrize(("phi", "speed"), [(0.0, None), (-1.0, None), (None, 0.0)])
def test_impossible_calibrations_are_refused(case, phi, speed):
    with pytest.raises(InputError):
        estimate(case, phi=phi, measured_tokens_per_s_per_gpu=speed)


def test_every_device_has_a_speed_with_an_interval(case):
    for device in devices().values():
        setup = replace(case.setup, gpu=device)
        speed = estimate_speed(case.arch, setup, default_stack(device)).tokens_per_s_per_gpu
        assert 0 < speed.low < speed.value < speed.high


def test_every_class_has_a_width_made_of_held_out_errors():
    own = {Confidence.CALIBRATED_HERE.value}  # of the device that was calibrated
    assert {confidence.value for confidence in Confidence} - own <= set(fitted_file()["errors"])


@pytest.mark.parametrize(
    ("stack", "device", "n_gpus", "micro_batch", "measured"),
    [
        # karpathy/nanoGPT: transformer_sizing notebook, issue 110, issue 182
        ("nanogpt", "a100_sxm_80", 1, 20, 100 * 1024 / 0.755),
        ("nanogpt", "a100_sxm_40", 8, 12, 5 * 12 * 1024 / 0.5625),
        ("nanogpt", "rtx4090", 1, 12, 0.29 * 312e12 / 0.855e9),
        # KellerJordan/modded-nanogpt: 10 B tokens in 45 minutes
        ("modded-nanogpt", "h100_sxm", 8, 64, 10e9 / 2700 / 8),
    ],
)
def test_published_speeds_of_gpt2_are_inside_of_their_intervals(
    stack, device, n_gpus, micro_batch, measured
):
    arch = Architecture("gpt2", 12, 768, 12, 12, 3072, 2, 50304, tied=True, seq_len=1024)
    accum = 1 if stack == "modded-nanogpt" else 5
    setup = Setup(find_device(device), n_gpus, micro_batch=micro_batch, grad_accum=accum)
    speed = estimate_speed(arch, setup, find_stack(stack)).tokens_per_s_per_gpu
    assert speed.low < measured < speed.high
    assert speed.value == pytest.approx(measured, rel=0.1)


LLAMA = {
    "7B": (32, 4096, 32, 32, 11008, 3, 32000, False, 4096),
    "13B": (40, 5120, 40, 40, 13824, 3, 32000, False, 4096),
    "70B": (80, 8192, 64, 8, 28672, 3, 32000, False, 4096),
    "3 8B": (32, 4096, 32, 8, 14336, 3, 128256, False, 8192),
    "3 70B": (80, 8192, 64, 8, 28672, 3, 128256, False, 8192),
}


@pytest.mark.parametrize(
    ("stack", "model", "n_gpus", "micro_batch", "recompute", "measured"),
    [
        # foundation-model-stack/fms-fsdp README; pytorch/torchtitan docs/performance, 2024
        ("ibm-fsdp-compile", "7B", 128, 2, Recompute.NONE, 3760),
        ("ibm-fsdp-compile", "13B", 128, 1, Recompute.NONE, 1700),
        ("ibm-fsdp-compile", "70B", 128, 6, Recompute.FULL, 380),
        ("torchtitan-eager", "3 8B", 64, 1, Recompute.SELECTIVE, 2973),
        ("torchtitan-eager", "3 70B", 64, 1, Recompute.FULL, 331),
        ("torchtitan-eager", "13B", 64, 2, Recompute.NONE, 2162),
        ("torchtitan-eager", "70B", 64, 2, Recompute.FULL, 353),
    ],
)
def test_published_speeds_of_llama_are_inside_of_their_intervals(
    stack, model, n_gpus, micro_batch, recompute, measured
):
    setup = Setup(
        find_device("a100_sxm_80"),
        n_gpus,
        micro_batch=micro_batch,
        recompute=recompute,
        sharding=Sharding.FSDP,
    )
    found = estimate_speed(Architecture("llama", *LLAMA[model]), setup, find_stack(stack))
    speed = found.tokens_per_s_per_gpu
    assert speed.low < measured < speed.high
    assert speed.value == pytest.approx(measured, rel=0.12)


@pytest.mark.parametrize(
    ("more", "field", "expected"),
    [
        ({"measured_tokens_per_s_per_gpu": 1e6}, "measured_tokens_per_s_per_gpu", "not of all"),
        ({"measured_tokens_per_s_per_gpu": 1e300}, "measured_tokens_per_s_per_gpu", "not of all"),
        ({"measured_tokens_per_s_per_gpu": 1e-300}, "measured_tokens_per_s_per_gpu", "can do"),
        ({"measured_tokens_per_s_per_gpu": 3e3, "phi": 1.0}, "phi", "left out"),
        ({"phi": 0.29}, "phi", "between 0.3 and 30"),
        ({"phi": 31.0}, "phi", "between 0.3 and 30"),
        ({"phi": 1e-300}, "phi", "between 0.3 and 30"),
        ({"phi": 0.3}, "phi", "faster than the card's peak"),
    ],
)
def test_a_typed_speed_that_no_card_has_is_refused(case, more, field, expected):
    with pytest.raises(InputError) as caught:
        planner.estimate(case.arch, case.setup, case.stack, **more)
    assert caught.value.field == field
    assert expected in caught.value.expected


def test_many_cards_without_nvlink_are_less_sure_than_one(case):
    card = replace(case.setup, gpu=find_device("rtx3090"), n_gpus=1, micro_batch=1)
    stack = find_stack("pytorch-fsdp-compile")
    one = estimate_speed(case.arch, card, stack)
    many = estimate_speed(case.arch, replace(card, n_gpus=64), stack)
    assert many.confidence is Confidence.LOW
    assert "on_pcie" in codes(many) and "on_pcie" not in codes(one)
    wide, narrow = (found.tokens_per_s_per_gpu for found in (many, one))
    assert wide.high / wide.low > 1.5 * narrow.high / narrow.low
