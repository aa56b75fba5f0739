"""Does it fit, and with what batch."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.families.architecture import Recompute
from core.families.counting import Counting
from core.families.library import find_family
from core.hardware.devices import devices, find_device
from core.memory import advise, fewest_gpus, largest_micro_batch, memory_of, warnings_of
from core.training import Setup, Sharding

GPUS = st.sampled_from(["rtx4090", "a100_sxm_40", "h100_sxm", "b200_sxm"]).map(find_device)
LAYOUTS = st.sampled_from([(1, 1, 1, 1), (8, 1, 1, 1), (64, 8, 1, 1), (64, 2, 4, 2)])


@given(
    GPUS,
    LAYOUTS,
    st.sampled_from(list(Recompute)),
    st.sampled_from(list(Sharding)),
    st.sampled_from(["gpt2", "llama"]),
    st.floats(6, 11.5),
    st.sampled_from([512, 2048, 8192]),
)
def test_the_largest_micro_batch_fits_and_one_more_does_not(
    gpu, layout, recompute, sharding, family, decades, seq_len
):
    n_gpus, tp, pp, vp = layout
    setup = Setup(
        gpu, n_gpus, recompute=recompute, sharding=sharding, tp=tp, pp=pp, vp=vp, grad_accum=16
    )
    arch = find_family(family).at_size(10.0**decades, Counting.TIED, seq_len=seq_len)
    most = largest_micro_batch(arch, setup)
    assert isinstance(most, int)
    if most > 0:
        memory = memory_of(arch, replace(setup, micro_batch=most))
        assert memory.fits(gpu)
        assert memory.reserved <= 0.9 * gpu.memory_gib
    assert not memory_of(arch, replace(setup, micro_batch=most + 1)).fits(gpu)


def test_a_thousand_sizes_are_answered_at_once(node):
    family = find_family("llama")
    sizes = np.geomspace(1e7, 1e12, 1000)
    most = largest_micro_batch(family.at_size(sizes, Counting.TIED), node)
    assert most.shape == sizes.shape and most.dtype == np.int64
    assert np.all(np.diff(most) <= 0) and most[-1] == 0 < most[0]
    for index in (0, 500, 999):
        one = family.at_size(float(sizes[index]), Counting.TIED)
        assert largest_micro_batch(one, node) == most[index]


def test_nothing_fits_above_nine_tenths(llama_8b, node):
    memory = memory_of(llama_8b, node)
    for device in devices().values():
        assert bool(memory.fits(device)) == (memory.reserved <= 0.9 * device.memory_gib)
    spare = replace(node.gpu, memory_gb=memory.reserved / 0.899)
    assert memory.fits(spare) and not memory.fits(replace(spare, memory_gb=memory.reserved / 0.901))


def codes(advice):
    return [message.code for message in advice.messages]


def test_what_fits_is_told_its_batch_and_accumulation(llama_8b, node):
    advice = advise(llama_8b, node, global_batch=512)
    assert advice.fits and codes(advice) == []
    assert advice.recompute is None and advice.sharding is None
    assert advice.grad_accum == 512 // (8 * advice.largest_micro_batch)
    assert advice.micro_batch_recomputed > advice.largest_micro_batch
    assert advise(llama_8b, node, global_batch=1).grad_accum == 1


def test_recomputation_is_advised_where_it_is_enough(llama_8b, node):
    advice = advise(llama_8b, replace(node, micro_batch=3), global_batch=512)
    assert not advice.fits and codes(advice) == ["fits_recomputed"]
    assert advice.recompute is Recompute.FULL
    assert advice.micro_batch_recomputed >= 3 > advice.largest_micro_batch
    assert "full recomputation" in str(advice.messages[0])
    milder = advise(llama_8b, replace(node, gpu=find_device("a100_sxm_80"), n_gpus=4))
    assert milder.recompute is Recompute.SELECTIVE


def test_sharding_is_advised_where_it_is_enough(llama_8b, node):
    bare = replace(node, sharding=Sharding.NONE, recompute=Recompute.FULL)
    advice = advise(llama_8b, bare, global_batch=64)
    assert not advice.fits and advice.largest_micro_batch == 0 and advice.grad_accum is None
    assert advice.sharding is Sharding.ZERO1 and advice.micro_batch_sharded >= 1
    assert advice.recompute is None and codes(advice) == ["does_not_fit"]
    needed = float(advice.messages[0].parts["needed"])
    assert needed == pytest.approx(advice.memory.reserved, rel=0.01)


def test_the_fewest_gpus_hold_it_and_half_of_them_do_not(llama_8b, node):
    found = fewest_gpus(llama_8b, node)
    assert found is not None and found.n_gpus == 2 and found.recompute is Recompute.FULL
    assert memory_of(llama_8b, found).fits(node.gpu)
    assert not memory_of(llama_8b, replace(found, n_gpus=1, tp=1)).fits(node.gpu)
    large = find_family("llama").architecture(126, 16_384, 128, 8, 53_248)
    many = fewest_gpus(large, node)
    assert many is not None and 64 <= many.n_gpus <= 256
    assert advise(large, node).fewest == many


def test_tensor_ranks_are_added_where_a_sequence_is_too_long_for_one_gpu(llama_8b, node):
    long = replace(llama_8b, seq_len=131_072)
    found = fewest_gpus(long, node)
    assert found is not None and 1 < found.tp <= 8
    assert fewest_gpus(replace(llama_8b, seq_len=10**9), node) is None


def test_the_layout_that_was_asked_for_is_kept(llama_8b, node):
    found = fewest_gpus(llama_8b, replace(node, n_gpus=64, tp=2, pp=4))
    assert found is not None and found.pp == 4 and found.tp >= 2 and found.n_gpus >= 8


def test_a_crowded_device_is_pointed_out(node):
    arch = find_family("gpt2").architecture(48, 7168, 56, 56, 28_672, 50_368, True, 8192)
    full = replace(node, recompute=Recompute.FULL)
    crowded = warnings_of(memory_of(arch, full), full)
    assert [message.code for message in crowded][-1] == "near_full"
    assert "%" in str(crowded[-1]) and node.gpu.name in str(crowded[-1])
    roomy = replace(full, n_gpus=64)
    assert warnings_of(memory_of(arch, roomy), roomy) == ()
