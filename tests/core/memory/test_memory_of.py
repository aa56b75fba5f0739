"""What the parts of a run's memory are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InputError
from core.families.architecture import Recompute
from core.families.counting import Counting
from core.families.library import find_family
from core.hardware.devices import find_device
from core.memory import ADAMW_MIXED, RECIPES, memory_of, recipe_for
from core.memory.activations import kept_bytes, layer_bytes
from core.memory.model import stages
from core.training import Setup, Sharding

GIB = 2**30
PLAIN = replace(ADAMW_MIXED, sequence_parallel=False, dropout=True)


@pytest.mark.parametrize(
    ("sharding", "bytes_per_param"),
    [
        (Sharding.NONE, 16),
        (Sharding.ZERO1, 31.4 / 7.5),
        (Sharding.ZERO2, 16.6 / 7.5),
        (Sharding.ZERO3, 1.9 / 7.5),
        (Sharding.FSDP, 1.9 / 7.5),
    ],
)
def test_states_shrink_as_figure_1_of_zero_says(llama_8b, node, sharding, bytes_per_param):
    memory = memory_of(llama_8b, replace(node, n_gpus=64, sharding=sharding))
    found = memory.states * GIB / llama_8b.params
    assert found == pytest.approx(bytes_per_param, rel=0.02)


@pytest.mark.parametrize("tp", [1, 8])
def test_a_layer_keeps_what_korthikanti_et_al_count(gpt3, node, tp):
    setup = replace(node, tp=tp, flash_attention=False)
    s, h, a = gpt3.seq_len, gpt3.d_model, gpt3.n_heads
    eq_2 = h * (10 + 24 / tp + 5 * a * s / (h * tp))
    assert layer_bytes(gpt3, setup, PLAIN) == pytest.approx(eq_2)
    eq_4 = h / tp * (34 + 5 * a * s / h)
    spread = replace(PLAIN, sequence_parallel=True)
    assert layer_bytes(gpt3, setup, spread) == pytest.approx(eq_4)
    selective = replace(setup, recompute=Recompute.SELECTIVE)
    assert kept_bytes(gpt3, selective, spread) == pytest.approx(34 * h / tp)
    assert kept_bytes(gpt3, replace(setup, recompute=Recompute.FULL), PLAIN) == 2 * h


def test_flash_attention_saves_the_scores(gpt3, node):
    written = memory_of(gpt3, replace(node, flash_attention=False)).activations
    kept = memory_of(gpt3, node).activations
    scores = 5 * gpt3.n_heads * gpt3.seq_len**2 * gpt3.n_layers / GIB
    assert written - kept == pytest.approx(scores)


def test_grouped_keys_and_the_gate_count(llama_8b, node):
    d, ff = 4096, 14_336
    assert layer_bytes(llama_8b, node, ADAMW_MIXED) == 2 * (4 * d + 2.5 * d + 3 * ff)
    eager = replace(ADAMW_MIXED, eager=True)
    assert layer_bytes(llama_8b, node, eager) == 2 * (4 * d + 2.5 * d + 4 * ff)


def test_recomputation_orders_activations(llama_8b, node):
    found = [
        memory_of(llama_8b, replace(node, recompute=kind)).activations
        for kind in (Recompute.FULL, Recompute.SELECTIVE, Recompute.NONE)
    ]
    assert found == sorted(found) and found[0] < 0.2 * found[2]


def test_context_and_tensor_ranks_split_the_logits(llama_8b, node):
    whole = memory_of(llama_8b, node).logits
    assert whole == pytest.approx(8 * 128_256 * 8192 / GIB)
    assert memory_of(llama_8b, replace(node, tp=8)).logits == pytest.approx(whole / 8)
    assert memory_of(llama_8b, replace(node, cp=4)).logits == pytest.approx(whole / 4)
    fp16 = memory_of(llama_8b, replace(node, precision="fp16")).logits
    assert fp16 == pytest.approx(whole * 10 / 8)


def test_the_first_stage_holds_a_micro_batch_for_every_stage(llama_8b, node):
    alone = memory_of(llama_8b, node).activations
    deep = replace(node, n_gpus=32, pp=4, grad_accum=64)
    first, second, last = stages(llama_8b, deep)
    assert first.activations == pytest.approx(alone)
    assert second.activations == pytest.approx(alone * 3 / 4)
    assert last.activations == pytest.approx(alone / 4)
    assert first.logits == 0 < last.logits
    interleaved = stages(llama_8b, replace(deep, vp=2))[0].activations
    assert interleaved == pytest.approx(alone * (1 + 3 / (4 * 2)))
    short = stages(llama_8b, replace(deep, grad_accum=2))[0].activations
    assert short == pytest.approx(alone / 2)


def test_embedding_and_head_count_as_layers_where_stages_cannot_be_equal(llama_8b, node):
    deep = replace(node, n_gpus=64, pp=8, grad_accum=1)
    uneven = replace(llama_8b, n_layers=30)
    first, second, last = (stage.activations for stage in stages(uneven, deep))
    assert first == last == pytest.approx(second * 3 / 4)


def test_the_fullest_stage_counts(llama_8b, node):
    deep = replace(node, n_gpus=32, pp=4, grad_accum=64)
    all_stages = stages(llama_8b, deep)
    fullest = max(stage.reserved for stage in all_stages)
    assert memory_of(llama_8b, deep).reserved == fullest
    assert len({stage.reserved for stage in all_stages}) == 3


def test_fsdp_gathers_two_layers_and_a_pipeline_stage_all_of_its_own(llama_8b, node):
    layer = llama_8b.layer_matmul_params + llama_8b.extras.per_layer
    assert memory_of(llama_8b, node).buffers == pytest.approx(2 * 2 * layer / GIB)
    assert memory_of(llama_8b, replace(node, n_gpus=1)).buffers == 0
    deep = stages(llama_8b, replace(node, n_gpus=16, pp=2))[1]
    assert deep.buffers == pytest.approx((2 + 4) * 16 * layer / GIB)


def test_parts_sum_to_what_the_driver_shows_inside_of_the_band(llama_8b, node):
    memory = memory_of(llama_8b, node)
    assert sum(memory.parts().values()) == pytest.approx(memory.reserved)
    assert memory.allocated + memory.context == memory.reserved
    assert memory.low < memory.reserved < memory.high
    assert memory.states == memory.weights + memory.gradients + memory.optimizer


def test_more_machines_reserve_more_and_one_gpu_least(llama_8b, node):
    context = [
        memory_of(llama_8b, replace(node, n_gpus=n, sharding=Sharding.NONE)).context
        for n in (1, 8, 64, 512)
    ]
    assert context == sorted(set(context))


@given(
    st.sampled_from(["gpt2", "llama", "transformer_xl"]),
    st.sampled_from(list(Recompute)),
    st.sampled_from(list(Sharding)),
    st.sampled_from([(8, 1, 1), (64, 8, 1), (64, 2, 4)]),
    st.booleans(),
)
def test_arrays_give_what_one_at_a_time_gives(name, recompute, sharding, layout, flash):
    n_gpus, tp, pp = layout
    family = find_family(name)
    setup = Setup(
        find_device("a100_sxm_80"),
        n_gpus=n_gpus,
        recompute=recompute,
        sharding=sharding,
        tp=tp,
        pp=pp,
        grad_accum=4,
        flash_attention=flash,
    )
    sizes = np.geomspace(1e7, 1e12, 7)
    batches = np.arange(1.0, 8.0)
    many = memory_of(
        family.at_size(sizes, Counting.TIED), replace(setup, micro_batch=batches)
    ).parts()
    for index, (size, batch) in enumerate(zip(sizes, batches, strict=True)):
        one = memory_of(
            family.at_size(float(size), Counting.TIED), replace(setup, micro_batch=float(batch))
        ).parts()
        for part, value in one.items():
            found = np.broadcast_to(many[part], sizes.shape)[index]
            assert found == pytest.approx(value, rel=1e-9), part


def test_a_recipe_is_known_for_every_precision_and_no_other():
    assert recipe_for("bf16") is recipe_for("fp16") is recipe_for("fp8") is ADAMW_MIXED
    assert recipe_for("fp32").bytes_per_param == ADAMW_MIXED.bytes_per_param == 16
    with pytest.raises(InputError, match="precision"):
        recipe_for("int4")
    assert all(name == recipe.id for name, recipe in RECIPES.items())
    assert RECIPES["adamw_8bit_bf16"].bytes_per_param == 6
