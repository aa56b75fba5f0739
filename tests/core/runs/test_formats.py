"""Each file format gives the points that it was written with."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import resources
from core.errors import InputError
from core.runs.points import Columns
from core.runs.readers import preview, read_runs

SHIPPED = "transformer_xl_wikitext103.csv"
TABLE = "run,params,tokens,loss\na,1e6,1e8,4\na,1e6,2e8,3.5\nb,2e6,1e8,3.75\n"

positive = st.floats(1e-3, 1e15, allow_subnormal=False)
runs_of_points = st.lists(
    st.tuples(
        st.floats(1e3, 1e12),
        st.lists(
            st.tuples(positive, st.floats(0.1, 20)),
            min_size=1,
            max_size=8,
            unique_by=lambda p: p[0],
        ),
    ),
    min_size=1,
    max_size=6,
)


def rows_of(runs):
    return [
        {"run": f"run {i}", "params": params, "tokens": tokens, "loss": loss}
        for i, (params, points) in enumerate(runs)
        for tokens, loss in sorted(points)
    ]


def assert_same(table, rows):
    assert [table.run_names[i] for i in table.run_index] == [row["run"] for row in rows]
    for name in ("params", "tokens", "loss"):
        assert getattr(table, name).tolist() == [row[name] for row in rows], name
    expected = [6 * row["params"] * row["tokens"] for row in rows]
    np.testing.assert_allclose(table.compute_flops, expected, rtol=1e-15)


def test_the_shipped_runs_are_recognised_without_a_word():
    table = read_runs([resources.path(f"runs/{SHIPPED}")])
    assert (table.n_runs, table.n_points, table.params_counted) == (28, 518, "non-embedding")
    assert table.problems == ()
    assert (table.compute_flops[0], table.loss[0], table.params[0]) == (1.4678e13, 5.7082, 58_563)
    np.testing.assert_allclose(table.compute_flops, 6 * table.params * table.tokens, rtol=1e-14)


@given(runs_of_points, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_a_table_written_as_text_reads_back_to_the_last_bit(
    tmp_path_factory, runs, delimiter, line_end, quoted
):
    rows = rows_of(runs)
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    frame, quoting = pd.DataFrame(rows), int(quoted)
    frame.to_csv(path, sep=delimiter, lineterminator=line_end, index=False, quoting=quoting)
    assert_same(read_runs([path]), rows)


@given(runs_of_points)
def test_json_lines_read_back_to_the_last_bit(tmp_path_factory, runs):
    rows = rows_of(runs)
    path = tmp_path_factory.mktemp("jsonl") / "table.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert_same(read_runs([path]), rows)


@given(runs_of_points)
def test_a_wide_table_reads_back_like_the_tidy_one(tmp_path_factory, runs):
    rows = rows_of(runs)
    folder = tmp_path_factory.mktemp("wide")
    pivot = pd.DataFrame(rows).pivot(index="tokens", columns="run", values="loss")
    pivot = pivot[list(dict.fromkeys(row["run"] for row in rows))]
    pivot.columns = [f"{name} - eval/loss" for name in pivot.columns]
    pivot.to_csv(folder / "wide.csv")
    sizes = {row["run"]: row["params"] for row in rows}
    assert_same(read_runs([folder / "wide.csv"], Columns(params_by_run=sizes)), rows)


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode("utf-8-sig"),
        TABLE.encode("utf-16"),
        TABLE.replace("\n", "\r").encode(),
        TABLE.replace("\n", "\r\n").encode(),
        TABLE.replace(",", ";").encode(),
        TABLE.replace(",", "\t").encode(),
        TABLE.replace(",", " , ").encode(),
        ("# exported by hand\n\n" + TABLE).encode(),
        TABLE.replace("\n", "\n\n").encode(),
        TABLE.rstrip("\n").encode(),
        TABLE.replace("a,", '"a",').encode(),
        TABLE.replace("1e6", "1M").replace("2e8", '"200,000,000"').encode(),
        TABLE.replace(",", ";").replace("3.5", "3,5").replace("3.75", "3,75").encode(),
    ],
    ids=[
        *("byte order mark", "utf-16", "CR", "CR LF", "semicolons", "tabs", "spaces", "comment"),
        *("empty lines", "no last line end", "quotes", "suffixes and groups", "decimal commas"),
    ],
)
def test_every_way_of_writing_a_table_gives_the_same_points(read, content):
    table = read(content)
    assert table.run_names == ("a", "b")
    assert table.run_index.tolist() == [0, 0, 1]
    assert table.params.tolist() == [1e6, 1e6, 2e6]
    assert table.tokens.tolist() == [1e8, 2e8, 1e8]
    assert table.loss.tolist() == [4, 3.5, 3.75]


def test_a_quoted_cell_may_have_several_lines(read):
    content = (
        'run,note,params,tokens,loss\na,"two\nlines",1e6,1e8,4\na,,1e6,2e8,bad\na,,1e6,3e8,3\n'
    )
    table = read(content)
    assert table.loss.tolist() == [4, 3]
    assert [problem.line for problem in table.problems] == [4]


def test_weights_and_biases_columns_become_runs_sized_by_their_names(samples):
    table = read_runs([samples / "wandb_wide.csv"], Columns(tokens_per_step=524_288))
    assert table.run_names == ("gpt2-124M", "gpt2-350M")
    assert table.loss.tolist() == [4.25, 3.75, 3.5, 3.5, 3.25]
    assert table.params.tolist() == [124e6] * 3 + [350e6] * 2
    assert (table.tokens / 524_288).tolist() == [1000, 2000, 3000, 2000, 3000]
    assert all("by its name" in problem.reason for problem in table.problems)


def test_sizes_given_by_run_go_before_those_in_names(samples):
    sizes = {"gpt2-124M": 85e6, "gpt2-350M": 302e6}
    said = Columns(tokens_per_step=524_288, params_by_run=sizes, params_counted="non-embedding")
    table = read_runs([samples / "wandb_wide.csv"], said)
    assert table.params.tolist() == [85e6] * 3 + [302e6] * 2
    assert (table.params_counted, table.problems) == ("non-embedding", ())


def test_steps_alone_are_no_tokens(samples):
    with pytest.raises(InputError, match="tokens_per_step for its Step") as caught:
        read_runs([samples / "wandb_wide.csv"])
    assert caught.value.field == "tokens"


def test_evaluations_are_picked_out_of_a_json_log(samples):
    table = read_runs([samples / "log.jsonl"], Columns(params_value=1e8))
    assert table.loss.tolist() == [4.5, 4.0, 3.75]
    assert table.tokens.tolist() == [5e7, 1e8, 1.5e8]
    assert table.run_names == ("log",)
    assert "log.jsonl: 1 of its records have no eval/loss (left out)" in map(str, table.problems)


def test_a_trainer_state_gives_non_embedding_sizes_from_its_flos(samples):
    table = read_runs([samples / "small-gpt" / "checkpoint-300" / "trainer_state.json"])
    assert table.run_names == ("small-gpt",)
    assert table.params_counted == "non-embedding"
    assert table.loss.tolist() == [4.75, 4.25, 3.75]
    assert table.tokens.tolist() == [100 * 524_288, 200 * 524_288, 300 * 524_288]
    np.testing.assert_allclose(table.params, 124_439_808 - 38_597_376, rtol=1e-12)
    assert any("shared out over the steps" in problem.reason for problem in table.problems)


def test_checkpoints_of_one_training_are_one_run(samples, tmp_path):
    state = (samples / "small-gpt" / "checkpoint-300" / "trainer_state.json").read_text()
    paths = []
    for step in (200, 300):
        path = tmp_path / "big" / f"checkpoint-{step}" / "trainer_state.json"
        path.parent.mkdir(parents=True)
        path.write_text(state)
        paths.append(path)
    table = read_runs(paths)
    assert (table.run_names, table.n_points) == (("big",), 3)
    assert sum("repeats" in problem.reason for problem in table.problems) == 3


def test_tensorboard_scalars_are_joined_by_step(samples):
    pytest.importorskip("tensorboard")
    table = read_runs([samples / "tb-124M"])
    assert table.run_names == ("tb-124M",)
    assert table.loss.tolist() == [4.5, 4.0, 3.5]
    assert table.tokens.tolist() == [1e5, 2e5, 3e5]
    assert any("is not positive (step 0)" in problem.reason for problem in table.problems)


def test_a_parquet_table_gives_its_points(samples):
    pytest.importorskip("pyarrow")
    table = read_runs([samples / "points.parquet"])
    assert table.run_names == ("a", "b")
    assert table.params.tolist() == [1e6, 1e6, 1e7]
    assert table.loss.tolist() == [4.0, 3.5, 3.0]


@pytest.mark.parametrize(
    ("package", "file"),
    [
        ("tensorboard", "tb-124M/events.out.tfevents.1700000000.host.1.0"),
        ("pyarrow", "points.parquet"),
    ],
)
def test_an_optional_reader_that_is_missing_is_named(samples, monkeypatch, package, file):
    for name in list(sys.modules):
        if name.split(".")[0] == package:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=f"pip install {package}"):
        read_runs([samples / file])


def test_a_folder_gives_all_runs_in_it(tmp_path):
    for name, loss in (("a", 4), ("b", 3)):
        (tmp_path / f"{name}.csv").write_text(
            f"params,tokens,loss\n1e6,1e8,{loss}\n1e6,2e8,{loss - 1}\n"
        )
    (tmp_path / "notes.md").write_text("nothing")
    table = read_runs([tmp_path])
    assert table.run_names == ("a", "b")
    assert table.source == "a.csv, b.csv"


def test_files_of_one_name_in_two_folders_are_two_runs(tmp_path):
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "log.csv").write_text("params,tokens,loss\n1e6,1e8,4\n1e6,2e8,3\n")
    table = read_runs([tmp_path / "x" / "log.csv", tmp_path / "y" / "log.csv"])
    assert table.run_names == ("x/log", "y/log")


def test_a_preview_shows_the_first_rows_and_what_is_missing(samples):
    seen = preview(samples / "wandb_wide.csv", rows=2)
    assert (seen.format, seen.layout) == ("CSV or TSV", "wide")
    assert seen.wide_runs == ("gpt2-124M", "gpt2-350M")
    assert [row[0] for row in seen.rows] == ["1000", "2000"]
    assert seen.header[0] == "Step"
    assert "tokens_per_step" in seen.missing
    said = preview(samples / "wandb_wide.csv", columns=Columns(tokens_per_step=1e6))
    assert said.missing == ""


@pytest.mark.parametrize(
    "name", ["wandb_wide.csv", "log.jsonl", "small-gpt/checkpoint-300/trainer_state.json"]
)
def test_the_columns_of_a_preview_read_the_file_as_guessed(samples, name):
    path, said = samples / name, Columns(tokens_per_step=1e6, params_value=1e8)
    assert read_runs([path], preview(path, columns=said).columns).n_points > 0
