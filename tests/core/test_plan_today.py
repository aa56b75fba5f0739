"""``isoloss plan`` on today's hardware: options, table, JSON and CSV."""

import csv
import io
import json
from datetime import date

import pytest

from core.cli import main
from core.export.csv_plan import COLUMNS, plan_as_csv
from core.export.text_plan import plan_as_text
from core.planner import By, PlanRequest, plan
from core.planner.request import TODAY_ONLY


def no_window():
    raise AssertionError("the window was opened")


@pytest.fixture
def run(capsys):
    def call(line):
        status = main(["plan", *line.split()], no_window)
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return call


@pytest.fixture
def answer(run):
    def call(line):
        status, out, err = run(f"{line} --json")
        assert (status, err) == (0, "")
        return json.loads(out)

    return call


def test_a_gpu_of_today_is_planned_by_the_roofline_and_the_law_of_today(answer):
    found = answer("--hours 24 --gpu h100_sxm --n-gpus 8")
    assert found["request"]["speed"] == "roofline"
    assert found["request"]["law"] == "besiroglu-2024"
    assert found["request"]["precision"] == "bf16"
    assert found["hours"]["value"] == 24
    assert found["gpu_hours"] == pytest.approx(192)
    rate = found["speed"]["tokens_per_s_per_gpu"]["value"]
    assert found["tokens"]["value"] == pytest.approx(rate * 8 * 24 * 3600)
    assert found["memory_gib"]["fits"] is True
    assert found["flop_optimum"]["params"] < found["non_embedding_params"]["value"]
    assert [shape["role"] for shape in found["shapes"]] == ["wide", "narrow"]
    assert found["bindings"][0]["name"] == "hours"


def test_a_gpu_of_2020_keeps_its_curve_until_more_is_asked_of_it(answer):
    old = answer("--hours 12 --gpu V100")
    assert old["loss"]["value"] == pytest.approx(3.19276, rel=1e-5)
    assert "layout" not in old
    new = answer("--hours 12 --gpu V100 --n-gpus 2")
    assert new["request"]["gpu"] == "v100_sxm2_16"
    assert new["request"]["precision"] == "fp16"


def test_the_curve_of_2020_refuses_what_it_does_not_know(run):
    status, out, err = run("--hours 12 --gpu V100 --speed-model 2020 --n-gpus 2")
    assert (status, out) == (2, "")
    assert err == '--n-gpus must be left out with the 2020 speed curve, got "2"\n'


@pytest.mark.parametrize(
    ("option", "field", "value"),
    [
        ("--family gpt2", "family", "gpt2"),
        ("--n-gpus 4", "n_gpus", 4),
        ("--unique-tokens 20B", "unique_tokens", 20e9),
        ("--inference-tokens 1e9", "inference_tokens", 1e9),
        ("--deadline-hours 2d", "deadline_hours", 48.0),
        ("--cap-usd $500", "cap_usd", 500.0),
        ("--cap-kwh 1MWh", "cap_kwh", 1000.0),
        ("--cap-co2-kg 1t", "cap_co2_kg", 1000.0),
        ("--goodput 0.9", "goodput", 0.9),
        ("--batch-tokens 1M", "batch_tokens", None),
        ("--seq-len 4096", "seq_len", 4096),
        ("--vocab 50304", "vocab", 50304),
        ("--zone FRA", "zone", "FRA"),
        ("--spot", "spot", True),
        ("--pue 1.1", "pue", 1.1),
        ("--provider lambda", "provider", "lambda"),
        ("--recompute full", "recompute", "full"),
    ],
)
def test_every_option_of_today_reaches_the_plan(answer, option, field, value):
    found = answer(f"--hours 100 --gpu h100_sxm {option}")
    if value is not None:
        assert found["request"][field] == value
    usual = answer("--hours 100 --gpu h100_sxm")
    assert found != usual


def test_the_best_gpu_for_a_budget_can_be_left_to_the_planner(answer):
    found = answer("--usd 1000 --gpu any")
    named = found["request"]
    again = answer(f"--usd 1000 --gpu {named['gpu']} --provider {named['provider'].split()[0]}")
    assert found["loss"]["value"] <= again["loss"]["value"] + 1e-9
    assert found["usd"]["value"] == 1000
    for gpu in ("h100_sxm", "a100_sxm_80", "rtx4090", "b200_sxm"):
        assert found["loss"]["value"] <= answer(f"--usd 1000 --gpu {gpu}")["loss"]["value"]


def test_a_gpu_without_a_price_costs_nothing_known(answer, run):
    found = answer("--hours 100 --gpu mi300x")
    assert found["usd"] is None
    status, _, err = run("--usd 100 --gpu mi300x")
    assert status == 2
    assert err.startswith("--price must be given: no price of Instinct MI300X is known")
    assert answer("--usd 100 --gpu mi300x --price 2")["usd"]["value"] == 100


def test_the_table_names_speed_layout_memory_limits_and_sources(run):
    _, out, _ = run("--usd 2000 --gpu a100_sxm_80 --n-gpus 8 --unique-tokens 3B")
    for label in (
        *("Speed of a GPU", "Layout", "Memory", "Epochs", "Best for FLOP alone", "Held back by"),
        *("Price", "Power", "Grid", "How sure", "Wide shape", "Narrow shape"),
    ):
        assert f"  {label}" in out
    assert "money: one more USD buys" in out
    assert "Ember" in out


def test_an_old_price_says_so_on_the_day_it_is_read():
    found = plan(PlanRequest(gpu="h100_sxm", law="besiroglu-2024", value=10.0))
    assert "older than 90 days" in plan_as_text(found, date(2026, 11, 22))
    assert "older than 90 days" not in plan_as_text(found, date(2025, 11, 20))


def test_the_csv_holds_every_quantity_once_and_opens_in_any_spreadsheet():
    request = PlanRequest(
        gpu="h100_sxm", law="besiroglu-2024", n_gpus=16, by=By.USD, value=5e3, unique_tokens=1e10
    )
    content = plan_as_csv(plan(request), date(2026, 11, 22))
    assert content == plan_as_csv(plan(request), date(2026, 11, 22))
    rows = list(csv.DictReader(io.StringIO(content.decode("ascii"))))
    assert set(rows[0]) == set(COLUMNS)
    keys = [(row["section"], row["quantity"]) for row in rows if row["section"] != "warning"]
    keys = [key for key in keys if key[0] != "held_back_by"]
    assert len(keys) == len(set(keys))
    values = {key: row["value"] for key, row in zip(keys, rows, strict=False)}
    assert {"loss", "hours", "usd", "co2_kg"} <= {name for section, name in keys}
    assert ("speed", "mfu") in keys and ("layout", "tp") in keys and ("memory", "reserved") in keys
    assert values[("about", "date")] == "2026-11-22"


def test_the_fields_of_today_are_all_that_the_curve_of_2020_lacks():
    assert {"family", "n_gpus", "goodput", "unique_tokens", "cap_co2_kg"} <= set(TODAY_ONLY)
    assert not {"by", "value", "gpu", "precision", "law", "speed"} & set(TODAY_ONLY)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--hours 3 --gpu h100_sxm --n-gpus 2.5", "--n-gpus must be a positive whole number"),
        ("--hours 3 --gpu h100_sxm --goodput 2", "--goodput must be"),
        ("--hours 3 --gpu h100_sxm --precision O2", "--precision must be one of bf16"),
        ("--hours 3 --gpu h100_sxm --family mamba", "--family must be one of gpt2"),
        ("--hours 3 --gpu h100_sxm --zone atlantis", "--zone must be"),
        ("--hours 3 --gpu h100_sxm --provider acme", "--provider must be one with a price of"),
        ("--hours 3 --gpu h100_sxm --speed-model magic", "--speed-model must be one of auto"),
        (
            "--loss 2.3 --gpu h100_sxm --deadline-hours 3",
            "--deadline-hours must be more: this takes",
        ),
        ("--loss 1.9 --gpu h100_sxm", "--loss must be between 2.03"),
        ("--hours 3 --gpu h100_sxm --deadline-hours soon", "--deadline-hours must be a positive"),
    ],
)
def test_bad_input_is_refused_in_one_line(run, line, message):
    status, out, err = run(line)
    assert (status, out) == (2, "")
    assert err.startswith(message) and err.count("\n") == 1
