"""Tables of trainings as people write them."""

import pytest

import resources
from core.errors import InputError
from core.families.architecture import Recompute
from core.speed.device_names import counted_device, device_called
from core.speed.table import case_of, read_table
from core.training import Sharding


@pytest.mark.parametrize(
    ("name", "device"),
    [
        ("A100-40GB", "a100_sxm_40"),
        ("A100-80GB", "a100_sxm_80"),
        ("A100-SXM4-80GB", "a100_sxm_80"),
        ("A100", "a100_sxm_80"),
        ("NVIDIA A100 80GB PCIe", "a100_pcie_80"),
        ("H100-80GB", "h100_sxm"),
        ("NVIDIA H100 80GB HBM3", "h100_sxm"),
        ("A100-40G", "a100_sxm_40"),
        ("AMD Instinct MI355X", "mi355x"),
        ("RTX 2080 Ti", "rtx2080ti"),
        ("h100 pcie", "h100_pcie"),
        ("V100-32GB", "v100_sxm2_32"),
        ("GB200", "gb200"),
        ("B200", "b200_sxm"),
        ("H200", "h200_sxm"),
        ("RTX4090", "rtx4090"),
        ("GeForce RTX 4090 24GB", "rtx4090"),
        ("MI300X", "mi300x"),
        ("H800", "h100_sxm"),
        ("A800-80GB", "a100_sxm_80"),
        ("TPU v5p", "tpu_v5p"),
    ],
)
def test_devices_are_found_under_the_names_of_tables(name, device):
    assert device_called(name).id == device


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("L40", "l40s"),
        ("L40G", "l40s"),
        ("RTX 2080", "rtx2080ti"),
        ("RTX 3090 Ti", "rtx3090"),
        ("RTX 4090 Laptop GPU", "rtx4090"),
        ("4090D", "rtx4090"),
        ("GB300", "gb200"),
        ("MI350X", "mi355x"),
        ("MI300A", "mi300x"),
        ("H200 NVL", "h200_sxm"),
        ("A100X", "a100_sxm_80"),
    ],
)
def test_a_product_that_only_sounds_alike_is_refused_and_its_neighbours_are_named(name, near):
    with pytest.raises(InputError) as caught:
        device_called(name)
    assert caught.value.field == "gpu"
    assert near in caught.value.expected.split("near it are ")[1].split(", ")


@pytest.mark.parametrize("name", ["8xH100", "8x H100-80GB", "H100 x8"])
def test_a_name_with_a_number_of_gpus_is_not_one_gpu(name):
    with pytest.raises(InputError, match="say --n-gpus 8"):
        device_called(name)
    assert counted_device(name)[0] == 8


def test_export_versions_have_a_slower_link():
    assert device_called("H800").interconnect_gb_s == 400
    assert device_called("H100-80GB").interconnect_gb_s == 900


def test_every_row_of_the_published_table_can_be_estimated():
    rows = read_table(resources.path("speed/published_training_speed.csv"))
    assert len(rows) == 340
    for row in rows:
        case = case_of(row)
        assert case.measured_tokens_per_s_per_gpu > 0
        assert case.setup.micro_batch >= 1
        assert "stack" not in case.assumed


def test_columns_that_are_missing_take_what_is_usual_and_say_so(row):
    assert case_of(row).assumed == ()
    case = case_of({name: row[name] for name in ("gpu", "n_layers", "d_model", "vocab", "seq_len")})
    assert case.measured_tokens_per_s_per_gpu is None
    assert (case.arch.n_kv_heads, case.arch.n_mlp_mats, case.arch.tied) == (32, 2, False)
    assert (case.setup.tp, case.setup.pp, case.setup.cp, case.setup.vp) == (1, 1, 1, 1)
    assert case.setup.flash_attention
    assert set(case.assumed) == {
        "n_heads",
        "n_kv_heads",
        "n_mlp_mats",
        "d_ff",
        "tied",
        "n_gpus",
        "micro_batch",
        "precision",
        "activation_checkpointing",
        "flash_attention",
        "stack",
    }


@pytest.mark.parametrize(
    ("cells", "sharding"),
    [
        ({}, Sharding.FSDP),
        ({"stack": "nanoGPT, DDP"}, Sharding.NONE),
        ({"stack": "DeepSpeed ZeRO-1"}, Sharding.ZERO1),
    ],
)
def test_unsaid_sharding_of_several_gpus_is_what_a_plan_assumes(row, cells, sharding):
    case = case_of(row | {"sharding": "", "stack": ""} | cells)
    assert case.setup.sharding is sharding
    assert "sharding" in case.assumed


def test_a_gpu_alone_shares_nothing_and_assumes_nothing(row):
    case = case_of(row | {"sharding": "", "n_gpus": "1", "gpus_per_node": ""})
    assert case.setup.sharding is Sharding.NONE
    assert case.assumed == ()


def test_a_number_of_gpus_in_the_name_fills_the_column_or_agrees_with_it(row):
    assert case_of(row | {"gpu": "8xH100", "n_gpus": ""}).setup.n_gpus == 8
    assert case_of(row | {"gpu": "8x A100-80GB", "n_gpus": "8"}).setup.n_gpus == 8
    with pytest.raises(InputError) as caught:
        case_of(row | {"gpu": "8xH100", "n_gpus": "16"})
    assert (caught.value.field, caught.value.expected) == ("n_gpus", "8, as gpu says")


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("sharding", "striped", "FSDP or HSDP"),
        ("activation_checkpointing", "maybe", "none, selective or full"),
        ("tied", "perhaps", "true or false"),
        ("flash_attention", "v9", "true or false"),
        ("n_heads", "33", "a divisor of d_model = 4096"),
        ("n_kv_heads", "5", "a divisor of n_heads = 32"),
        ("n_layers", "31.5", "a positive whole number"),
        ("n_layers", "1e9", "at most 100,000"),
        ("tp", "1.5", "a positive whole number"),
        ("dp", "4", "n_gpus / (tp x pp x cp) = 8"),
        ("micro_batch", "0,5", "a positive number"),
    ],
)
def test_a_cell_that_is_not_understood_says_what_would_be_right(row, column, cell, expected):
    with pytest.raises(InputError) as caught:
        case_of(row | {column: cell})
    assert caught.value.field == column
    assert expected in caught.value.expected


def test_whole_numbers_stay_whole(row):
    arch = case_of(row | {"vocab": "50257.0", "d_ff": "16,384"}).arch
    assert (str(arch.vocab), str(arch.d_ff)) == ("50257", "16384")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_tables_are_read_whatever_is_between_their_cells_and_however_they_shout(
    tmp_path, delimiter
):
    path = tmp_path / "speeds.csv"
    lines = (("GPU", "N_Layers", " D_model"), ("A100", "12", "768"))
    path.write_text("\n".join(delimiter.join(line) for line in lines), encoding="utf-8")
    assert read_table(path) == [{"gpu": "A100", "n_layers": "12", "d_model": "768"}]


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    path = tmp_path / "speeds.csv"
    path.write_text("gpu,n_layers,d_model,N_LAYERS\nA100,12,768,24\n", encoding="utf-8")
    with pytest.raises(InputError, match="one column n_layers, not two"):
        read_table(path)


def test_an_unknown_stack_is_assumed_and_says_so(row):
    case = case_of(row | {"source": "us", "stack": ""})
    assert case.stack.id == "pytorch-fsdp-compile"
    assert case.assumed == ("stack",)


def test_the_micro_batch_follows_from_the_global_batch(row):
    case = case_of(row | {"micro_batch": "", "global_batch": "96", "grad_accum": "4"})
    assert (case.setup.micro_batch, case.setup.grad_accum) == (3, 4)


def test_a_micro_batch_that_nothing_tells_is_assumed(row):
    case = case_of(row | {"micro_batch": "nan"})
    assert case.setup.micro_batch == 8
    assert case.assumed == ("micro_batch",)
    pipeline = case_of(row | {"micro_batch": "", "pp": "8", "global_batch": "64"})
    assert (pipeline.setup.micro_batch, pipeline.setup.grad_accum) == (1, 64)


@pytest.mark.parametrize(
    ("text", "sharding"),
    [
        ("FULL_SHARD/DEFAULT", Sharding.FSDP),
        ("FULL_SHARD(+DP)", Sharding.FSDP),
        ("HSDP", Sharding.FSDP),
        ("SHARD_GRAD_OP/DEFAULT", Sharding.ZERO2),
        ("ZeRO-3", Sharding.ZERO3),
        ("dist-optimizer", Sharding.ZERO1),
        ("DDP/ZeRO-1", Sharding.ZERO1),
        ("DDP", Sharding.NONE),
        ("none", Sharding.NONE),
        ("NO_SHARD", Sharding.NONE),
    ],
)
def test_sharding_is_understood_as_tables_write_it(row, text, sharding):
    assert case_of(row | {"sharding": text}).setup.sharding is sharding


@pytest.mark.parametrize(
    ("text", "recompute"),
    [
        ("full", Recompute.FULL),
        ("True", Recompute.FULL),
        ("selective", Recompute.SELECTIVE),
        ("selective op", Recompute.SELECTIVE),
        ("none/selective", Recompute.NONE),
        ("unknown", Recompute.NONE),
        ("False", Recompute.NONE),
    ],
)
def test_recomputation_is_understood_as_tables_write_it(row, text, recompute):
    assert case_of(row | {"activation_checkpointing": text}).setup.recompute is recompute


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("amp_bf16", "bf16"),
        ("fp16/bf16", "bf16"),
        ("amp_fp8", "fp8"),
        ("FP16", "fp16"),
        ("", "bf16"),
    ],
)
def test_precision_is_understood_as_tables_write_it(row, text, precision):
    assert case_of(row | {"precision": text}).setup.precision == precision


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("n_layers", ""),
        ("d_model", "wide"),
        ("vocab", "-5"),
        ("seq_len", "inf"),
        ("gpu", "abacus"),
        ("gpu", ""),
        ("precision", "int1"),
        ("tp", "0"),
        ("micro_batch", "some"),
    ],
)
def test_a_row_that_cannot_be_estimated_names_its_column(row, column, cell):
    with pytest.raises(InputError) as caught:
        case_of(row | {column: cell})
    assert caught.value.field == column


@pytest.mark.parametrize("content", [b"\xff\xfe\x00a,b", b""])
def test_a_file_that_is_no_table_is_refused(tmp_path, content):
    path = tmp_path / "speeds.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_table(path)


def test_ragged_lines_are_read(tmp_path):
    path = tmp_path / "speeds.csv"
    path.write_text("gpu,n_layers,d_model\nH100\nA100,12,768,extra\n", encoding="utf-8")
    assert read_table(path) == [
        {"gpu": "H100", "n_layers": "", "d_model": ""},
        {"gpu": "A100", "n_layers": "12", "d_model": "768"},
    ]


@pytest.mark.parametrize("word", ["FA2", "flash-attn", "SDPA", "cuDNN", "xformers", "TE"])
def test_the_name_of_a_fused_kernel_says_that_scores_are_never_written(row, word):
    assert case_of({**row, "flash_attention": word}).setup.flash_attention


@pytest.mark.parametrize("word", ["TP+PP+DP", "3D", "single GPU", "Megatron"])
def test_a_layout_without_a_word_of_sharding_shares_nothing(row, word):
    assert case_of({**row, "sharding": word}).setup.sharding is Sharding.NONE


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (",".join(map(str, range(300))) + "\n1\n", "at most 200 columns"),
        ("gpu,n_layers,d_model\n" + "x\n" * 20_001, "at most 20,000 rows"),
    ],
)
def test_a_table_beyond_reason_is_refused(tmp_path, content, expected):
    path = tmp_path / "big.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=expected):
        read_table(path)
