"""What the time of a token depends on, and that arrays and scalars agree."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.families.architecture import Architecture, Recompute
from core.hardware.devices import devices, find_device
from core.speed.constants import link_bytes_per_s, matmul_flops, peak_flops
from core.speed.pressure import memory_pressure
from core.speed.roofline import gpu_seconds_per_token, time_parts
from core.speed.stacks import find_stack, stacks
from core.training import Setup, Sharding

ARCH = Architecture("llama", 32, 4096, 32, 8, 14336, 3, 128256, False, 8192)
SETUP = Setup(find_device("h100_sxm"), 64, micro_batch=2, grad_accum=4, sharding=Sharding.FSDP)
STACK = find_stack("llm-foundry")


def seconds(arch=ARCH, stack=STACK, **changes):
    return gpu_seconds_per_token(arch, replace(SETUP, **changes), stack)


@given(
    stack=st.sampled_from(list(stacks().values())),
    device=st.sampled_from(list(devices().values())),
    precision=st.sampled_from(["bf16", "fp16", "fp32", "fp8"]),
    recompute=st.sampled_from(Recompute),
    sharding=st.sampled_from(Sharding),
    flash=st.booleans(),
)
def test_parts_are_not_negative_and_add_up_on_every_device(
    stack, device, precision, recompute, sharding, flash
):
    setup = replace(
        SETUP,
        gpu=device,
        precision=precision,
        recompute=recompute,
        sharding=sharding,
        flash_attention=flash,
        tp=2,
        pp=2,
    )
    parts = time_parts(ARCH, setup, stack)
    assert min(parts.values()) >= 0
    total = gpu_seconds_per_token(ARCH, setup, stack)
    assert np.isfinite(total)
    assert sum(parts.values()) == pytest.approx(total)
    assert total > 6 * ARCH.matmul_params / peak_flops(device, precision) * 0.5


def test_arrays_give_what_scalars_give_one_by_one():
    layers = np.array([12.0, 24.0, 48.0])
    widths = np.array([[768.0], [2048.0]])
    micro = np.array([1.0, 4.0, 16.0])
    many = replace(ARCH, n_layers=layers, d_model=widths, d_ff=4 * widths)
    found = gpu_seconds_per_token(many, replace(SETUP, micro_batch=micro), STACK)
    assert found.shape == (2, 3)
    for i in range(2):
        for j in range(3):
            d_model = float(widths[i, 0])
            one = replace(ARCH, n_layers=float(layers[j]), d_model=d_model, d_ff=4 * d_model)
            alone = seconds(one, micro_batch=float(micro[j]))
            assert found[i, j] == pytest.approx(alone, rel=1e-12)


@pytest.mark.parametrize(
    "slower",
    [
        {"recompute": Recompute.FULL},
        {"recompute": Recompute.SELECTIVE},
        {"micro_batch": 1},
        {"tp": 8},
        {"pp": 4},
        {"flash_attention": False},
        {"precision": "fp32"},
        {"n_gpus": 1024},
    ],
)
def test_what_costs_time_makes_a_token_slower(slower):
    assert seconds(**slower) > seconds()


@pytest.mark.parametrize(
    "faster", [{"precision": "fp8"}, {"sharding": Sharding.ZERO2}, {"gpu": find_device("h200_sxm")}]
)
def test_what_saves_time_makes_a_token_faster(faster):
    assert seconds(**faster) < seconds()


def test_virtual_stages_and_more_micro_batches_shrink_the_bubble():
    def bubble(**changes):
        setup = replace(SETUP, pp=4, **changes)
        parts = time_parts(ARCH, setup, STACK)
        work = sum(
            parts[name]
            for name in parts
            if name not in ("pipeline_bubble", "nodes", "gradient_sync")
        )
        return parts["pipeline_bubble"] / work

    assert bubble() == pytest.approx(3 / 4)
    assert bubble(vp=4) == pytest.approx(3 / 16)
    assert bubble(grad_accum=32) == pytest.approx(3 / 32)


def test_full_recomputation_costs_attention_less_than_matrices():
    plain = time_parts(ARCH, SETUP, STACK)
    again = time_parts(ARCH, replace(SETUP, recompute=Recompute.FULL), STACK)
    attention = again["attention"] / plain["attention"]
    matrices = again["matmul"] / plain["matmul"]
    assert 1.1 < attention < matrices <= 4 / 3


def test_only_matrices_and_casts_change_with_fp8():
    plain, small = (time_parts(ARCH, replace(SETUP, precision=p), STACK) for p in ("bf16", "fp8"))
    changed = {name for name in plain if plain[name] != pytest.approx(small[name])}
    assert changed == {"matmul", "layers_memory", "nodes"}


def test_a_stack_with_a_phi_of_another_form_keeps_its_constants():
    stack = find_stack("megatron-core")
    assert (stack.kappa_bytes, stack.gamma_bytes) == (390, 40)
    full = replace(SETUP, recompute=Recompute.FULL)
    plain, again = (time_parts(ARCH, setup, stack) for setup in (SETUP, full))
    assert again["attention"] == pytest.approx(4 / 3 * plain["attention"])
    work = sum(plain.values()) - plain["nodes"]
    assert plain["nodes"] == pytest.approx(0.017 * 3 * work)


def parts(stack=STACK, arch=ARCH, **changes):
    return time_parts(arch, replace(SETUP, **changes), stack)


DDP = {"sharding": Sharding.NONE, "micro_batch": 1, "grad_accum": 1}


def test_exposed_gradients_slow_small_steps_on_many_machines():
    stack = find_stack("internevo")
    many = {**DDP, "n_gpus": 1024}
    few = parts(stack, **many)["gradient_sync"]
    assert few > 0
    again = parts(stack, **{**many, "grad_accum": 16})["gradient_sync"]
    assert again == pytest.approx(few / 16)


def test_gradients_that_fit_under_the_backward_pass_cost_nothing():
    assert parts(**{**DDP, "micro_batch": 4})["gradient_sync"] == 0
    assert parts(**{**DDP, "n_gpus": 1})["gradient_sync"] == 0


@pytest.mark.parametrize("n_gpus", [2, 8])
def test_gradients_of_cards_without_nvlink_do_not_fit(n_gpus):
    card = {**DDP, "gpu": find_device("rtx4090"), "n_gpus": n_gpus}
    short = replace(ARCH, seq_len=256)
    found = parts(arch=short, **card)
    backward = (
        2 / 3 * sum(found[name] for name in ("matmul", "attention", "layers_memory", "logits"))
    )
    link = 16e9 * 0.8  # half of PCIe 4, through the host's memory
    way = 4 * short.params * (1 - 1 / n_gpus) / link / 256
    assert found["gradient_sync"] == pytest.approx(way - backward)
    assert found["gradient_sync"] > 0


def test_a_slow_network_is_slower_than_one_machine():
    card = {**DDP, "gpu": find_device("rtx4090"), "arch": replace(ARCH, seq_len=256)}
    one, many = (parts(**card, n_gpus=n)["gradient_sync"] for n in (8, 4096))
    assert many > one
    share = {**card, "sharding": Sharding.FSDP}
    one, many = (parts(**share, n_gpus=n)["sharding"] for n in (8, 4096))
    assert many > one


def test_copies_of_a_split_model_share_the_network_of_their_machine():
    stack = find_stack("internevo")
    whole = parts(stack, **{**DDP, "n_gpus": 1024})["gradient_sync"]
    split = parts(stack, **{**DDP, "n_gpus": 1024, "tp": 8})["gradient_sync"]
    # each of eight ranks holds an eighth and has an eighth of the network
    assert split == pytest.approx(8 * whole, rel=0.15)


def test_the_optimizer_passes_over_the_parameters_once_a_step():
    alone = {"n_gpus": 1, "sharding": Sharding.NONE}
    one, four = (parts(**alone, grad_accum=n)["optimizer"] for n in (1, 4))
    assert one == pytest.approx(28 * ARCH.params / 3350e9 / (2 * 8192))
    assert four == pytest.approx(one / 4)
    shared = parts(n_gpus=8, grad_accum=1)["optimizer"]
    assert shared == pytest.approx(one / 8)


def test_context_parallelism_pays_for_its_keys_and_values():
    assert parts(cp=1)["context_parallel"] == 0
    two, four = (parts(cp=n)["context_parallel"] for n in (2, 4))
    assert four == pytest.approx(3 * two)
    assert two == pytest.approx(3 * 4 * 32 * 4096 * 8 / 32 / (450e9 * 0.8))
    assert parts(cp=16)["context_parallel"] > 5 * four  # it leaves the machine


def test_a_pipeline_gathers_its_weights_once_a_step():
    flat, deep = ([parts(pp=pp, grad_accum=n)["sharding"] for n in (4, 16)] for pp in (1, 4))
    assert flat[0] == pytest.approx(flat[1])
    assert deep[0] == pytest.approx(4 * deep[1])


@pytest.mark.parametrize("stack", list(stacks().values()), ids=lambda stack: stack.id)
def test_scores_that_are_written_out_cost_time_on_every_stack(stack):
    fused, written = (parts(stack, flash_attention=flash)["attention"] for flash in (True, False))
    assert written > fused or (stack.writes_scores and written == fused)


def test_memory_is_under_pressure_only_where_states_and_fill_are_large():
    big = replace(ARCH, n_layers=40, d_model=5120, d_ff=20480, n_kv_heads=32, vocab=50368)
    full = Setup(
        find_device("a100_sxm_40"),
        8,
        micro_batch=4,
        recompute=Recompute.FULL,
        sharding=Sharding.FSDP,
    )
    big = replace(big, n_mlp_mats=2, seq_len=2048)
    assert memory_pressure(big, full) == pytest.approx(1, abs=0.35)
    assert memory_pressure(big, replace(full, gpu=find_device("a100_sxm_80"))) == 0
    assert memory_pressure(big, replace(full, sharding=Sharding.ZERO1)) == 0


@pytest.mark.parametrize("device", list(devices().values()), ids=lambda device: device.id)
def test_matrices_never_beat_the_peak(device):
    for precision in ("bf16", "fp16", "fp32", "fp8"):
        assert 0.4 * peak_flops(device, precision) < matmul_flops(device, precision)
        assert matmul_flops(device, precision) <= peak_flops(device, precision)


def test_cards_without_16_bit_matrices_use_their_best_rate():
    assert peak_flops(find_device("p4")) == pytest.approx(5.704e12)
    assert peak_flops(find_device("k80"), "fp8") == pytest.approx(4.37e12)
    assert peak_flops(find_device("v100_sxm2_32")) == pytest.approx(125e12)
    assert peak_flops(find_device("v100_sxm2_32"), "fp32") == pytest.approx(15.7e12)


def test_a_bridge_joins_two_cards_and_no_more():
    bridged = find_device("a100_pcie_80")
    assert link_bytes_per_s(bridged, 2) == 300e9
    assert link_bytes_per_s(bridged, 8) == 32e9
    assert link_bytes_per_s(find_device("a100_sxm_80"), 8) == 300e9
