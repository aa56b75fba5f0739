"""``isoloss fit`` and ``isoloss backtest`` as a person calls them."""

import json

import numpy as np
import pytest

import resources
from core import cli
from core.planner import PlanRequest, bands

RUNS = str(resources.path("runs/transformer_xl_wikitext103.csv"))


@pytest.fixture
def run(capsys):
    def call(*argv):
        status = cli.main(list(argv), open_window=lambda: 0)
        out, err = capsys.readouterr()
        return status, out, err

    return call


@pytest.fixture
def table(tmp_path):
    """Points of a known law without noise, under columns of unusual names."""
    rng = np.random.default_rng(3)
    n, d = 10 ** rng.uniform(7, 10, 80), 10 ** rng.uniform(9, 11.5, 80)
    loss = 1.7 + 400 / n**0.34 + 1200 / d**0.33
    path = tmp_path / "my runs.csv"
    rows = [
        f"{a!r},{b!r},{c!r}" for a, b, c in zip(n.tolist(), d.tolist(), loss.tolist(), strict=True)
    ]
    path.write_text("size,seen,final\n" + "\n".join(rows) + "\n")
    return str(path)


COLUMNS = "params=size,tokens=seen,loss=final"


def test_fit_recovers_a_law_and_prints_the_documented_json(run, table):
    status, out, err = run(
        "fit", table, "--columns", COLUMNS, "--bootstrap", "50", "--target-flops", "1e25", "--json"
    )
    assert (status, err) == (0, "")
    found = json.loads(out)
    truth = {"A": 400, "B": 1200, "E": 1.7, "alpha": 0.34, "beta": 0.33}
    for name, value in truth.items():
        assert found["coefficients"][name]["value"] == pytest.approx(value, rel=1e-4)
        assert set(found["coefficients"][name]) >= {"value", "low", "high", "se"}
    assert found["n_points"] == 80
    assert found["starts_agreeing"] == found["starts"] == 64
    assert found["exponent_n"]["value"] == pytest.approx(0.33 / 0.67, rel=1e-4)
    assert set(found["optimum"]) == {"params", "tokens", "loss"}
    assert any("beyond the largest" in warning for warning in found["warnings"])
    assert found["objective"] < 1e-9


def test_a_saved_law_plans_with_intervals(run, tmp_path):
    law = str(tmp_path / "mine.isoloss-law")
    assert run("fit", RUNS, "--bootstrap", "60", "--save", law)[0] == 0
    status, out, _ = run("plan", "--hours", "6", "--law", law, "--json")
    found = json.loads(out)
    assert status == 0
    assert found["loss"]["low"] < found["loss"]["value"] < found["loss"]["high"]
    assert found["flat_optimum"]["low"] < found["non_embedding_params"]["value"]
    text = run("plan", "--hours", "6", "--law", law)[1]
    assert "80 %:" in text
    assert "Nearly as good" in text


@pytest.mark.parametrize("method", ["frontier", "frontier-2020", "isoflop"])
def test_every_method_answers_on_the_shipped_runs(run, method):
    status, out, err = run("fit", RUNS, "--method", method, "--bootstrap", "30", "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert 0.65 < found["exponent_n"]["value"] < 0.9
    assert found["optimum"]["params"]["value"] > 1e7


def test_runs_of_one_ratio_give_reasons_instead_of_numbers(run, tmp_path):
    path = tmp_path / "ratio.csv"
    rows = [f"{n},{20 * n},{2 + 400 / n**0.3}" for n in range(10**7, 10**8, 5 * 10**6)]
    path.write_text("params,tokens,loss\n" + "\n".join(rows))
    found = json.loads(run("fit", str(path), "--bootstrap", "0", "--json")[1])
    assert found["coefficients"]["alpha"]["value"] is None
    assert "one D/N ratio" in found["coefficients"]["alpha"]["reason"]
    assert found["optimum"] == {}
    assert "not identified" in run("fit", str(path), "--bootstrap", "0")[1]


def test_backtest_says_how_far_off_the_forecast_is(run):
    status, out, err = run("backtest", RUNS, "--hide", "0.3", "--json")
    found = json.loads(out)
    assert (status, err) == (0, "")
    assert found["n_hidden"] + found["n_shown"] == 518
    assert 0 < found["median_error"] < found["largest_error"] < 0.1
    assert found["decades"] > 1
    assert len(found["points"]) == found["n_hidden"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fit"], "FILE"),
        (["fit", "nowhere.csv"], 'got "nowhere.csv"'),
        (["fit", RUNS, "--method", "magic"], "--method must be one of parametric"),
        (["fit", RUNS, "--objective", "l2"], "--objective must be one of huber"),
        (["fit", RUNS, "--bootstrap", "-5"], "--bootstrap must be a whole number from 0"),
        (["fit", RUNS, "--seed", "x"], "--seed must be a whole number"),
        (["fit", RUNS, "--delta", "0"], "--delta must be a positive number"),
        (["fit", RUNS, "--columns", "loss"], "--columns must be NAME=COLUMN"),
        (["fit", RUNS, "--columns", "loss=nope"], "nope"),
        (["fit", RUNS, "--drop-highest-loss", "515"], "more than 5 points"),
        (["fit", RUNS, "--method", "data-constrained"], "unique"),
        (["fit", RUNS, "--save", "/nowhere/x.isoloss-law", "--bootstrap", "0"], "--save must be"),
        (["backtest", RUNS, "--hide", "1"], "--hide must be a share between 0 and 1"),
        (
            ["backtest", RUNS, "--hide", "most"],
            '--hide must be a share between 0 and 1, got "most"',
        ),
    ],
)
def test_bad_input_is_refused_in_one_line(run, words, said):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert said in err
    assert "Traceback" not in err


def test_laws_are_compared_at_a_budget(run):
    status, out, err = run("laws", "--at", "5.76e23", "--json")
    rows = {row["id"]: row for row in json.loads(out)}
    assert (status, err) == (0, "")
    for law, billions in (("hoffmann-2022", 40.4), ("besiroglu-2024", 72.2), ("kaplan-2020", 804)):
        assert rows[law]["params"] == pytest.approx(billions * 1e9, rel=6e-3)
    assert rows["gadre-2024-c4"]["params"] is None
    assert rows["gadre-2024-c4"]["gives"] == "over-training only"
    text = run("laws", "--at", "1e21")[1]
    assert "rounded in print" in text
    assert "allocation only" in text


def test_the_flat_tolerance_is_adjustable(run):
    wide, narrow = (
        json.loads(run("plan", "--neflo", "1e21", "--law", "hoffmann-2022", "--json", *more)[1])
        for more in (("--flat-tolerance", "0.02"), ())
    )
    assert wide["flat_optimum"]["high"] > narrow["flat_optimum"]["high"]
    assert run("plan", "--hours", "3", "--flat-tolerance", "2")[2].startswith(
        "--flat-tolerance must be a share between 0 and 1"
    )


def test_a_saved_envelope_plans_with_bands(run, tmp_path):
    law = str(tmp_path / "envelope.isoloss-law")
    assert run("fit", RUNS, "--method", "frontier", "--bootstrap", "60", "--save", law)[0] == 0
    found = bands(PlanRequest(law=law), 1e14, 1e19)
    assert np.isfinite(found.params_high).all()
    assert json.loads(run("plan", "--hours", "6", "--law", law, "--json")[1])["loss"]["low"] > 0
