"""A plan for elsewhere: CSV, JSON, text, code."""

import ast
import csv
import io
import json
import math
import re
import sys
import types
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

import core
from core.export.code import generic_code, transfo_xl_code
from core.export.csv_plan import COLUMNS, plan_as_csv
from core.export.json_plan import plan_as_dict
from core.export.labels import LABELS, UNITS, interval_text, value_text
from core.export.text_plan import plan_as_text
from core.planner import QUANTITIES, By, PlanRequest, plan
from core.quantities import Estimate

GOLDEN = Path(__file__).with_name("golden") / "plan_12h_v100.csv"
DAY = date(2026, 1, 31)

# Inside, above, below the tipping point, on the other law, far below anything.
REQUESTS = {
    "12 h": PlanRequest(),
    "wide": PlanRequest(By.PARAMS, 175e9, gpu="K80", precision="O2"),
    "below": PlanRequest(By.HOURS, 0.1),
    "first": PlanRequest(By.USD, 20.0, law="txl-wikitext103-first", price_usd_per_gpu_hour=1.0),
    "tiny": PlanRequest(By.COMPUTE_NEFLO, 1e-5),
    "huge": PlanRequest(By.COMPUTE_NEFLO, 1e59),
}
PLANS = [pytest.param(request, id=name) for name, request in REQUESTS.items()]


@pytest.fixture
def version(monkeypatch):
    monkeypatch.setattr(core, "__version__", "0.1.0")


def shortened(content):
    """With floats to 12 digits: the last ones are the C library's."""
    return re.sub(rb"\d+\.\d+(?:e[+-]\d+)?", lambda found: b"%.12g" % float(found[0]), content)


def read(content):
    return pd.read_csv(io.BytesIO(content))


def section(table, name):
    rows = table[table["section"] == name]
    return dict(zip(rows["quantity"], rows["value"], strict=True))


# CSV


def test_the_csv_file_is_the_one_that_was_reviewed(version):
    reviewed = GOLDEN.read_bytes().replace(b"\n", b"\r\n")  # git keeps it with plain line ends
    assert shortened(plan_as_csv(plan(PlanRequest()), DAY)) == shortened(reviewed)


@pytest.mark.parametrize("request_", PLANS)
def test_the_same_plan_on_the_same_day_gives_the_same_bytes(request_):
    assert plan_as_csv(plan(request_), DAY) == plan_as_csv(plan(request_), DAY)


@pytest.mark.parametrize("request_", PLANS)
def test_the_csv_file_is_ascii_with_seven_cells_in_every_row(request_):
    content = plan_as_csv(plan(request_), DAY)
    rows = list(csv.reader(io.StringIO(content.decode("ascii"), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert content.endswith(b"\r\n") and content.count(b"\r\n") == content.count(b"\n") == len(rows)


@pytest.mark.parametrize("request_", PLANS)
def test_no_cell_is_a_formula_to_a_spreadsheet(request_):
    content = plan_as_csv(plan(request_), DAY).decode("ascii")
    for row in csv.reader(io.StringIO(content, newline="")):
        for cell in row:
            if cell.startswith(("=", "+", "-", "@", "\t")):
                assert math.isfinite(float(cell))


@pytest.mark.parametrize("request_", PLANS)
def test_pandas_reads_the_quantities_of_the_plan_back(request_):
    found = plan(request_)
    table = read(plan_as_csv(found, DAY))
    assert tuple(table.columns) == COLUMNS
    rows = table[table["section"] == "plan"]
    assert list(rows["quantity"]) == list(QUANTITIES)
    values = [estimate.value for estimate in found.estimates().values()]
    assert pd.to_numeric(rows["value"]).tolist() == pytest.approx(values, rel=1e-15)
    assert rows["unit"].tolist() == [UNITS[name] for name in QUANTITIES]
    assert rows["low"].isna().all() and rows["high"].isna().all()
    assert rows["source"].tolist() == [e.source for e in found.estimates().values()]


def test_pandas_reads_intervals_as_numbers_and_the_rest_as_text():
    table = read(plan_as_csv(plan(PlanRequest()), DAY))
    for column in ("low", "high"):
        assert pd.api.types.is_float_dtype(table[column])
    for column in ("section", "quantity", "unit", "source"):
        assert pd.api.types.is_string_dtype(table[column].dropna())
    assert not table.duplicated(["section", "quantity"]).any()


def test_the_csv_file_holds_request_shapes_law_date_and_version(version):
    found = plan(REQUESTS["first"])
    table = read(plan_as_csv(found, DAY))
    assert section(table, "about") == {"isoloss_version": "0.1.0", "date": "2026-01-31"}
    asked = section(table, "request")
    assert float(asked["by_usd"]) == 20
    assert float(asked["price_usd_per_gpu_hour"]) == 1
    assert (asked["law"], asked["gpu"]) == ("txl-wikitext103-first", "V100")
    law = found.known.law
    written = section(table, "law")
    assert [float(written[name]) for name in "abcdef"] == [getattr(law, name) for name in "abcdef"]
    ranges = table[table["quantity"] == "compute_range_neflo"][["low", "high"]]
    assert ranges.values.tolist() == [[1.3e13, 5.9e17]]
    for option in found.shapes:
        for shape, suffix in ((option.shape, ""), (option.friendly, "_friendly")):
            cells = section(table, f"shape_{shape.role}{suffix}")
            assert {name: int(cell) for name, cell in cells.items()} == {
                "n_layers": shape.n_layers,
                "d_model": shape.d_model,
                "d_inner": shape.d_inner,
                "non_embedding_params": shape.non_embedding_params,
            }


def test_the_csv_file_has_a_tipping_point_only_where_there_is_one():
    names = {
        name: set(read(plan_as_csv(plan(REQUESTS[name]), DAY))["section"]) for name in REQUESTS
    }
    assert "tipping_point" in names["12 h"]
    assert "tipping_point" not in names["first"]


def test_the_csv_file_ends_with_the_warnings_in_ascii():
    found = plan(REQUESTS["below"])
    rows = read(plan_as_csv(found, DAY))
    warned = rows[rows["section"] == "warning"]
    assert warned["quantity"].tolist() == [message.code for message in found.warnings]
    assert warned["value"].str.startswith("Below the tipping point: 6 min is 4.89 times").any()


# JSON

ESTIMATE_KEYS = {"value", "low", "high", "level", "source"}
SHAPE_KEYS = {"role", "n_layers", "d_model", "d_inner", "non_embedding_params"}


@pytest.mark.parametrize("request_", PLANS)
def test_json_has_the_documented_keys(request_):
    found = plan(request_)
    document = plan_as_dict(found)
    assert set(document) == {
        *("request", "d_model", "tipping_point", "shapes", "flat_optimum", "warnings"),
        *QUANTITIES,
    }
    documented = (
        "loss non_embedding_params compute_neflo tokens steps hours usd energy_kwh co2_kg "
        "speed_neflo_per_s"
    )
    assert set(documented.split()) <= set(QUANTITIES)
    for name in QUANTITIES:
        assert set(document[name]) == ESTIMATE_KEYS
        assert document[name]["value"] == getattr(found, name).value
        assert document[name]["low"] is document[name]["high"] is None
    assert [shape["role"] for shape in document["shapes"]] == ["wide", "narrow"]
    for shape in document["shapes"]:
        assert set(shape) == SHAPE_KEYS | {"friendly"}
        assert set(shape["friendly"]) == SHAPE_KEYS | {"params_change"}
    assert document["warnings"] == [str(message) for message in found.warnings]


def test_json_has_the_tipping_point_or_null():
    tip = plan_as_dict(plan(PlanRequest()))["tipping_point"]
    assert set(tip) == {"hours", "usd", "d_model", "non_embedding_params"}
    assert tip["d_model"] == pytest.approx(109.09, rel=1e-3)
    assert plan_as_dict(plan(REQUESTS["first"]))["tipping_point"] is None


@pytest.mark.parametrize("request_", PLANS)
def test_json_is_strict_and_reads_back(request_):
    document = plan_as_dict(plan(request_))
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_json_shows_the_figures_that_the_request_left_to_the_catalogue():
    asked = plan_as_dict(plan(PlanRequest(gpu="p100", precision="o1")))["request"]
    assert asked == {
        "by": "hours",
        "value": 12.0,
        "gpu": "P100",
        "precision": "O1",
        "law": "txl-wikitext103",
        "price_usd_per_gpu_hour": 1.416,
        "measured_watts": 139.65,
        "carbon_kg_per_kwh": 0.534,
        "flat_tolerance": 0.005,
    }


def test_the_request_in_json_gives_the_same_plan():
    first = plan(REQUESTS["first"])
    asked = plan_as_dict(first)["request"]
    again = plan(PlanRequest(**{**asked, "by": By(asked["by"])}))
    assert {n: e.value for n, e in again.estimates().items()} == {
        n: e.value for n, e in first.estimates().items()
    }


# Text


def test_text_reads_as_a_table():
    text = plan_as_text(plan(PlanRequest()))
    lines = [line.strip() for line in text.splitlines()]
    for line in (
        "Plan for 12 h on V100 16 GB, O0, law txl-wikitext103",
        "Expected loss         3.193 nats per token",
        "Parameters            45.1 M (non-embedding)",
        "Stop after            124,555 steps",
        "Money                 24.06 USD",
        "Energy                1.432 kWh",
        "Wide shape            7 layers x 960, 45.2 M parameters (a friendly width already)",
        "Sensible from         29.3 min, $0.98 (d_model 109.1)",
    ):
        assert line in lines
    assert not text.endswith("\n")


@pytest.mark.parametrize("request_", PLANS)
def test_text_names_every_quantity_and_every_warning(request_):
    found = plan(request_)
    text = plan_as_text(found)
    for label in LABELS.values():
        assert f"  {label} " in text
    for message in found.warnings:
        assert f"  ! {message}" in text
    assert "e+" not in text and "None" not in text


def test_text_says_days_beside_hours_only_where_they_differ():
    assert value_text("hours", 12.0) == "12 h"
    assert value_text("hours", 100.0) == "100 h (4.17 days)"


def test_steps_are_whole_but_for_less_than_one():
    assert value_text("steps", 124_554.96) == "124,555 steps"
    assert value_text("steps", 0.25) == "0.25 steps"


def test_an_interval_is_written_with_its_level_where_there_is_any_doubt():
    assert interval_text("loss", Estimate(3.2, 3.1, 3.3, 0.8)) == "80 %: 3.1 to 3.3"
    assert interval_text("tokens", Estimate(1e9, 9e8, 1.2e9, 0.8)) == "80 %: 900 M to 1.20 B"
    assert interval_text("loss", Estimate(3.2)) == ""
    assert interval_text("hours", Estimate(12.0, 12.0, 12.0, 0.8)) == ""


def test_every_quantity_has_a_label_and_a_unit():
    assert set(LABELS) == set(UNITS) == set(QUANTITIES)


# Code


def shapes_of(found):
    return [shape for option in found.shapes for shape in (option.shape, option.friendly)]


@pytest.mark.parametrize("request_", PLANS[:4])
def test_transformer_xl_code_builds_the_shape(request_, monkeypatch):
    made = []
    transformers = types.ModuleType("transformers")
    transformers.TransfoXLConfig = lambda **options: made.append(options) or options
    transformers.TransfoXLLMHeadModel = lambda config: config
    monkeypatch.setitem(sys.modules, "transformers", transformers)
    found = plan(request_)
    for shape in shapes_of(found):
        made.clear()
        exec(compile(transfo_xl_code(found, shape), "pasted", "exec"), {})
        (options,) = made
        assert options["n_layer"] == shape.n_layers
        assert (options["d_model"], options["d_embed"]) == (shape.d_model, shape.d_model)
        assert options["d_inner"] == shape.d_inner
        assert options["n_head"] * options["d_head"] == shape.d_model
        assert options["vocab_size"] == 267_735
        assert options["cutoffs"] == sorted(options["cutoffs"])
        assert options["cutoffs"][-1] < options["vocab_size"]
        assert options["mem_len"] == 150


@pytest.mark.parametrize("request_", PLANS[:4])
def test_generic_code_is_a_dictionary_of_shape_and_schedule(request_):
    found = plan(request_)
    for shape in shapes_of(found):
        pasted = {}
        exec(compile(generic_code(found, shape), "pasted", "exec"), pasted)
        config = pasted["config"]
        assert (config["n_layers"], config["d_model"]) == (shape.n_layers, shape.d_model)
        assert config["d_ff"] == shape.d_inner
        assert config["n_heads"] * config["d_head"] == config["d_model"]
        assert config["max_steps"] == round(found.steps.value)
        seen = config["max_steps"] * config["tokens_per_step"]
        assert seen == pytest.approx(found.tokens.value, abs=config["tokens_per_step"])
        assert config["tokens_per_step"] % config["seq_len"] == 0


@pytest.mark.parametrize("request_", PLANS[:5])
def test_code_parses_and_says_when_to_stop(request_):
    found = plan(request_)
    for shape in shapes_of(found):
        for code in (transfo_xl_code(found, shape), generic_code(found, shape)):
            assert ast.parse(code).body
            steps = max(1, round(found.steps.value))
            assert f"# stop after {steps:,} steps of 9,000 tokens" in code
            assert f"{shape.role} shape" in code.splitlines()[0]
            assert max(map(len, code.splitlines())) <= 100


def test_warnings_in_the_csv_are_readable_in_ascii():
    text = plan_as_csv(plan(PlanRequest(By.COMPUTE_NEFLO, 1e20)), DAY).decode("ascii")
    assert "\\u" not in text
    assert "\\x" not in text
    assert "1.00e20 neFLO are 169 times above the largest of the runs (1.3e13 to 5.9e17)" in text
