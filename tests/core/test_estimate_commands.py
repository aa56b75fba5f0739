"""``isoloss estimate``: one training, or every row of a table."""

import csv
import json
import statistics

import pytest

import resources
from core.cli import main

PUBLISHED = resources.path("speed/published_training_speed.csv")
LLAMA = (
    "--family llama --n-layers 32 --d-model 4096 --n-heads 32 --n-kv-heads 8 --d-ff 14336 "
    "--vocab 128256 --seq-len 8192 --gpu h100_sxm --n-gpus 64 --micro-batch 1"
)


def no_window():
    raise AssertionError("the window was opened")


@pytest.fixture
def run(capsys):
    def call(line, *more):
        status = main(["estimate", *line.split(), *more], no_window)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def answer(run):
    def call(line, *more):
        status, out, err = run(line, *more, "--json")
        assert (status, err) == (0, "")
        return json.loads(out)

    return call


def test_one_training_is_answered_with_speed_memory_and_counts(answer):
    found = answer(LLAMA)
    rate = found["tokens_per_s_per_gpu"]
    assert rate["low"] < rate["value"] < rate["high"]
    assert found["params"] == 8_030_261_248
    assert found["flops_per_token"] == pytest.approx(
        6 * (32 * (2 * 4096**2 * 1.25 + 3 * 4096 * 14336) + 4096 * 128256) + 12 * 32 * 4096 * 8192
    )
    assert found["step_time_s"] == pytest.approx(8192 / rate["value"])
    assert found["mfu"] == pytest.approx(
        found["flops_per_token"] * rate["value"] / 989.4e12, rel=1e-3
    )
    memory = found["memory_gib"]
    assert memory["allocated"] < memory["reserved"] < 80
    assert memory["fits"] is True
    assert sum(memory["parts"].values()) == pytest.approx(memory["reserved"])


def test_recomputation_trades_speed_for_memory(answer):
    kept, again = answer(LLAMA), answer(LLAMA, "--recompute", "full")
    assert again["tokens_per_s_per_gpu"]["value"] < kept["tokens_per_s_per_gpu"]["value"]
    assert again["memory_gib"]["allocated"] < kept["memory_gib"]["allocated"]
    assert again["advice"]["largest_micro_batch"] > kept["advice"]["largest_micro_batch"]


def test_a_model_that_does_not_fit_is_told_what_would(answer):
    found = answer("--n-layers 32 --d-model 4096 --n-heads 32 --gpu rtx4090")
    assert found["memory_gib"]["fits"] is False
    assert found["advice"]["fits"] is False
    assert found["advice"]["fewest_gpus"]["n_gpus"] > 1
    assert any("Does not fit" in warning for warning in found["warnings"])


def test_ones_own_measurement_sets_phi_and_narrows_the_interval(answer):
    guessed = answer(LLAMA)
    measured = answer(LLAMA, "--measured", "6,000")
    rate = measured["tokens_per_s_per_gpu"]
    assert rate["value"] == pytest.approx(6000)
    old = guessed["tokens_per_s_per_gpu"]
    assert rate["high"] / rate["low"] < old["high"] / old["low"]


def test_phi_scales_the_time_of_a_step(answer):
    one, two = answer(LLAMA, "--phi", "1"), answer(LLAMA, "--phi", "2")
    assert two["step_time_s"] == pytest.approx(2 * one["step_time_s"], rel=1e-6)


def test_awkward_shapes_are_named(answer):
    found = answer("--n-layers 4 --d-model 1000 --n-heads 10 --vocab 50257")
    text = " ".join(found["warnings"])
    assert "width of 1,000" in text or "width of 1000" in text
    assert "50,257" in text or "50257" in text


def test_every_published_row_is_estimated_in_the_tables_order(answer):
    found = answer("--from-csv", str(PUBLISHED))["rows"]
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["model"] for row in found] == [row["model"] for row in rows]
    assert not [row for row in found if "error" in row]
    errors = [
        abs(row["tokens_per_s_per_gpu"]["value"] / float(told["tokens_per_s_per_gpu"]) - 1)
        for row, told in zip(found, rows, strict=True)
    ]
    assert statistics.median(errors) < 0.03
    inside = [
        row["tokens_per_s_per_gpu"]["low"]
        <= float(told["tokens_per_s_per_gpu"])
        <= row["tokens_per_s_per_gpu"]["high"]
        for row, told in zip(found, rows, strict=True)
    ]
    assert 0.75 <= statistics.mean(inside) <= 0.97


def test_a_bad_row_carries_its_reason_and_hides_no_other(answer, tmp_path):
    table = tmp_path / "own table.csv"
    table.write_text(
        "model,gpu,n_layers,d_model,n_heads,n_kv_heads,d_ff,n_mlp_mats,vocab,seq_len\n"
        "good,A100-80GB,24,2048,16,16,8192,2,50368,2048\n"
        "unknown,Abacus,24,2048,16,16,8192,2,50368,2048\n"
        "wide,H100-80GB,24,many,16,16,8192,2,50368,2048\n"
        "last,H100-80GB,24,2048,16,16,8192,2,50368,2048\n"
    )
    good, unknown, wide, last = answer("--from-csv", str(table))["rows"]
    assert [good["model"], good["row"], last["row"]] == ["good", 2, 5]
    assert good["gpu"] == "a100_sxm_80" and last["tokens_per_s_per_gpu"]["value"] > 0
    assert unknown["error"].startswith("gpu must be one of")
    assert wide["error"].startswith("d_model must be") and '"many"' in wide["error"]


def test_the_table_can_be_read_by_people_too(run):
    status, out, _ = run("--from-csv", str(PUBLISHED))
    assert status == 0
    assert len(out.splitlines()) == 341
    assert "measured" in out.splitlines()[0]


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        ("", "--n-layers must be given, or --from-csv FILE, got neither"),
        ("--n-layers 4", "--d-model must be given, or --from-csv FILE, got neither"),
        ("--n-layers 4 --d-model 100 --n-heads 7", "--n-heads must be a divisor of d_model"),
        ("--n-layers 4.5 --d-model 128", '--n-layers must be a positive whole number, got "4.5"'),
        (
            "--n-layers 4 --d-model 512 --tp 3 --n-gpus 4",
            '--n-gpus must be a multiple of tp x pp x cp = 3, got "4"',
        ),
        ("--n-layers 4 --d-model 512 --pp 8 --n-gpus 8", "--pp must be at most n_layers = 4"),
        ("--n-layers 4 --d-model 512 --gpu abacus", "--gpu must be one of"),
        ("--n-layers 4 --d-model 512 --stack none", "--stack must be one of"),
        ("--n-layers 4 --d-model 512 --recompute some", "--recompute must be one of none"),
        ("--n-layers 4 --d-model 512 --sharding some", "--sharding must be one of none"),
        ("--n-layers 4 --d-model 512 --precision int4", "--precision must be one of bf16"),
        ("--n-layers 4 --d-model 512 --family mamba", "--family must be one of gpt2"),
        ("--n-layers 4 --d-model 512 --phi 2x", "--phi must be a positive number without a unit"),
        (
            "--n-layers 4 --d-model 512 --phi 1e-300",
            '--phi must be between 0.3 and 30, got "1e-300"',
        ),
        (
            "--n-layers 4 --d-model 512 --measured 1e300",
            "--measured must be tokens/s per GPU, not of all",
        ),
        ("--n-layers 4 --d-model 512 --phi 1 --measured 9", "--phi must be left out where a speed"),
        ("--n-layers 4 --d-model 512 --vp 2", "--vp must be 1 without a pipeline (pp = 1)"),
        (
            "--n-layers 4 --d-model 512 --n-gpus 2 --pp 2 --vp 3",
            '--vp must be at most n_layers / pp = 4 / 2, got "3"',
        ),
        (
            "--n-layers 4 --d-model 512 --n-gpus 1e7",
            '--n-gpus must be at most 1,000,000, got "1e7"',
        ),
        ("--n-layers 1e6 --d-model 512", '--n-layers must be at most 100,000, got "1e6"'),
        ("--n-layers 4 --d-model 1e12", '--d-model must be at most 10,000,000, got "1e12"'),
        ("--n-layers 4 --d-model 512 --gpu 8xH100", "--gpu must be a GPU without its number"),
        ("--n-layers 4 --d-model 512 --gpu L40", "--gpu must be one of the catalogue's; near it"),
        ("--from-csv /no/such/file", "--from-csv must be a file that can be read"),
    ],
)
def test_bad_input_is_refused_in_one_line(run, argv, line):
    status, out, err = run(argv)
    assert (status, out) == (2, "")
    assert err.startswith(line) and err.count("\n") == 1


def test_a_table_needs_a_name(run):
    status, _, err = run("--from-csv", "")
    assert status == 2
    assert err == '--from-csv must be the name of a file, got ""\n'


def test_gradients_between_cards_without_nvlink_take_time(answer):
    shape = "--n-layers 18 --d-model 2688 --seq-len 2048 --micro-batch 1 --gpu rtx4090"
    layouts = ("", "--n-gpus 8 --sharding zero1", "--n-gpus 4096 --sharding zero1")
    one, eight, many = (
        answer(f"{shape} {layout}")["tokens_per_s_per_gpu"]["value"] for layout in layouts
    )
    assert one > 1.5 * eight > 1.5 * many


def test_written_scores_slow_a_stack_with_published_phi(answer):
    kept, written = answer(LLAMA), answer(LLAMA, "--no-flash-attention")
    assert written["tokens_per_s_per_gpu"]["value"] < kept["tokens_per_s_per_gpu"]["value"]


def test_the_phi_that_was_used_is_the_one_that_is_told(answer):
    assert answer(LLAMA, "--phi", "2")["phi"] == 2
    assert answer(LLAMA, "--measured", "4000")["phi"] > 1


def test_a_table_says_what_it_assumed_and_repeats_estimates_of_equal_rows(answer, tmp_path):
    table = tmp_path / "own.tsv"
    cells = "A100-80GB\t24\t2048\t50257.0\t2048\t8"
    table.write_text(
        f"model\tGPU\tn_layers\td_model\tvocab\tseq_len\tn_gpus\none\t{cells}\ntwo\t{cells}\n"
    )
    one, two = answer("--from-csv", str(table))["rows"]
    assert {"sharding", "precision", "n_heads", "stack"} <= set(one["assumed"])
    assert one["layout"]["sharding"] == "fsdp"
    assert (one.pop("row"), one.pop("model")) == (2, "one")
    assert (two.pop("row"), two.pop("model")) == (3, "two")
    assert one == two
    assert any("50,257" in warning for warning in one["warnings"])
    assert not any("50,257.0" in warning for warning in one["warnings"])


def test_layouts_of_a_table_are_checked_like_those_of_the_command_line(answer, tmp_path):
    table = tmp_path / "layouts.csv"
    shape = "H100,24,2048,50304,2048"
    table.write_text(
        "gpu,n_layers,d_model,vocab,seq_len,n_gpus,pp,vp\n"
        f"{shape},8,1,2\n{shape},8,4,9\n{shape},6,4,1\n{shape},8,4,6\n"
    )
    alone, deep, uneven, good = answer("--from-csv", str(table))["rows"]
    assert alone["error"].startswith("vp must be 1 without a pipeline")
    assert deep["error"].startswith("vp must be at most n_layers / pp")
    assert uneven["error"].startswith("n_gpus must be a multiple of")
    assert "error" not in good


def test_a_file_that_is_no_table_is_refused(run, tmp_path):
    other = tmp_path / "notes.txt"
    other.write_text("nothing,here\n1,2\n")
    status, _, err = run("--from-csv", str(other))
    assert status == 2
    assert err.startswith("--from-csv must be a table with a column gpu")
