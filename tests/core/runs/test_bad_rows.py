"""What is wrong with a row is told with its file, line and reason; the rest is used."""

import json

import numpy as np
import pandas as pd
import pytest

from core.errors import CancelledError, InputError
from core.runs import delimited, text_file
from core.runs.points import Columns
from core.runs.readers import read_runs

HEADER = "run,params,tokens,compute,loss\n"
GOOD = "a,1e6,1e8,6e14,4\na,1e6,2e8,1.2e15,3.5\na,1e6,3e8,1.8e15,3.25\n"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("a,1e6,4e8,,abc", 'line 5, column loss: "abc" is not a number (left out)'),
        ("a,1e6,4e8,,", "line 5, column loss: is empty (left out)"),
        ("a,1e6,4e8,,nan", 'line 5, column loss: "nan" is NaN (left out)'),
        ("a,1e6,4e8,,-inf", 'line 5, column loss: "-inf" is infinite (left out)'),
        ("a,1e6,4e8,,1e999", 'line 5, column loss: "1e999" is too large for a number (left out)'),
        ("a,1e6,4e8,,0", 'line 5, column loss: "0" is not positive (left out)'),
        ("a,-1e6,4e8,,3", 'line 5, column params: "-1e+06" is not positive (left out)'),
        ("a,many,4e8,,3", 'line 5, column params: "many" is not a number (left out)'),
        ("a,1e6,0,,3", 'line 5, column tokens: "0" is not positive (left out)'),
        (
            "a,,4e8,,3",
            "line 5, column params: is missing and does not follow from the other columns"
            " (left out)",
        ),
        (
            "a,1e6,4e8,,3,9",
            'line 5: "a,1e6,4e8,,3,9" has 6 cells where the header has 5 (left out)',
        ),
        ("a,1e6", "line 5, column loss: is empty (left out)"),
        (
            'a,1e6,4e8,,"3',
            'line 5: "a,1e6,4e8,,"3" opens a quote that it does not close (left out)',
        ),
        ("a,1e6,4e8,,3\0", r'line 5: "a,1e6,4e8,,3\x00" holds NUL bytes (left out)'),
        ("a,1e6,3e8,1.8e15,3.25", 'line 5, column loss: "3.25" repeats line 4 (left out)'),
    ],
)
def test_a_bad_row_is_left_out_and_told(read, told, row, problem):
    content = HEADER + GOOD + row + "\n"
    if row.endswith("\0"):
        content = HEADER + GOOD + " " * 70_000 + "\n" + row + "\n"
        problem = problem.replace("line 5", "line 6")
    assert problem in told(content)
    assert read(content).loss.tolist() == [4, 3.5, 3.25]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "a,1e6,4e8,2.6e15,3",
            'line 5, column compute: "2.6e+15" differs by more than 5 % from 6 N D:'
            " it is 1.08 times 6 N D (kept)",
        ),
        (
            "a,1e6,3e8,1.8e15,3.5",
            'line 5, column loss: "3.5" is at the same tokens of the same run as line 4 (kept)',
        ),
        (
            "a,1e6,2.5e8,1.5e15,3.4",
            'line 5, column run: "a" has steps that are not in order from here: sorted (kept)',
        ),
        ("b,1e6,2.5e8,1.5e15,3.4", 'line 5, column run: "b" is a run of one point (kept)'),
        (",1e6,2.5e8,1.5e15,3.4", 'line 5, column run: "(no name)" is a run of one point (kept)'),
        ("a,2e6,2e8,2.4e15,3", 'column run: "a" has 2 sizes: each is taken for a run of its own'),
    ],
)
def test_a_doubtful_row_is_kept_and_told(read, told, row, problem):
    content = HEADER + GOOD + row + "\n"
    assert problem in told(content)
    assert read(content).n_points == 4


def test_a_row_that_agrees_within_5_percent_is_not_told(told):
    assert told(HEADER + GOOD + "a,1e6,4e8,2.5e15,3\n") == []
    assert told(HEADER + GOOD + "a,1e6,4e8,2.29e15,3\n") == []


def test_a_missing_quantity_follows_from_the_other_two_row_by_row(read):
    table = read(HEADER + "a,1e6,1e8,,4\na,1e6,,1.2e15,3\na,,3e8,1.8e15,2\n")
    assert table.problems == ()
    np.testing.assert_allclose(table.params, 1e6)
    np.testing.assert_allclose(table.tokens, [1e8, 2e8, 3e8])
    np.testing.assert_allclose(table.compute_flops, [6e14, 1.2e15, 1.8e15])


def test_points_out_of_order_are_sorted_by_tokens(read):
    table = read(HEADER + "a,1e6,3e8,,3\nb,1e6,1e8,,9\na,1e6,1e8,,4\nb,1e6,2e8,,8\n")
    assert table.run_names == ("a", "b")
    assert table.loss.tolist() == [4, 3, 9, 8]


def test_steps_become_tokens(read):
    content = "params,step,loss\n1e6,10,4\n1e6,20,3\n"
    assert read(content, tokens_per_step=1000).tokens.tolist() == [1e4, 2e4]


def test_tokens_per_step_wins_over_a_column_that_was_only_recognised(read):
    content = "params,step,tokens,loss\n1e6,10,7,4\n1e6,20,8,3\n"
    assert read(content).tokens.tolist() == [7, 8]
    assert read(content, tokens_per_step=1000).tokens.tolist() == [1e4, 2e4]
    assert read(content, tokens_per_step=1000, tokens="tokens").tokens.tolist() == [7, 8]


def test_pf_days_become_flop(read):
    content = "params,compute,loss\n1e6,1,4\n1e6,2,3\n"
    assert read(content, compute_unit="PF-days").compute_flops.tolist() == [8.64e19, 17.28e19]


def test_without_names_each_size_is_a_run_and_that_is_told(read, told):
    rows = ("1e6,1e8,4", "2e6,1e8,3.5", "1e6,2e8,3", "2e6,2e8,2.5", "1e6,3e8,2.9", "2e6,3e8,2.4")
    content = "\n".join(("params,tokens,loss", *rows, ""))
    table = read(content)
    assert table.run_names == ("N=1e+06", "N=2e+06")
    assert table.run_index.tolist() == [0, 0, 0, 1, 1, 1]
    assert told(content) == ["no column names the runs: each of the 2 sizes is taken for one"]


def test_without_names_sizes_that_hardly_repeat_are_rows_of_their_own(read, told):
    content = "params,tokens,loss\n1e6,1e8,4\n2e6,1e8,3.5\n1e6,2e8,3\n3e6,2e8,2.5\n"
    assert read(content).n_runs == 4
    assert told(content)[0] == "no column names the runs: each of the 4 rows is taken for one"


def test_sizes_that_follow_from_rounded_compute_are_one_run(read):
    content = "tokens,compute,loss\n1e8,6.01e14,4\n2e8,1.199e15,3\n3e8,1.801e15,2.9\n"
    assert read(content).run_names == ("runs",)


def test_a_size_between_two_candidates_says_which_was_read(told):
    content = "run,params,non_embedding_params,tokens,loss\na,2,1,5,4\na,2,1,6,3\n"
    assert told(content) == ["params is read as params; non_embedding_params is not"]


def test_of_many_rows_with_the_same_fault_a_thousand_are_listed_and_the_others_counted(told):
    problems = told(HEADER + GOOD + "a,1e6,1e9,,x\n" * 2500)
    assert len(problems) == 1001
    assert problems[0].startswith("line 5, ")
    assert problems[-1] == "column loss: 1,500 more rows: is not a number (left out)"


def test_problems_come_in_the_order_of_lines(told):
    rows = "a,1e6,1e9,,x\na,1e6,2e9,,-1\na,y,3e9,,3\na,1e6,4e9,,\n"
    assert [text.split(",")[0] for text in told(HEADER + GOOD + rows)] == [
        *("line 5", "line 6", "line 7", "line 8"),
    ]


@pytest.mark.parametrize(
    ("line", "value", "reason"),
    [
        ('{"params": 1e6, "tokens": 2e8, "loss": "abc"}', "abc", "is not a number"),
        ('{"params": 1e6, "tokens": 2e8, "loss": NaN}', "nan", "is NaN"),
        ('{"params": 1e6, "tokens": 2e8, "loss": 1e999}', "inf", "is infinite"),
        ('{"params": 1e6, "tokens": 2e8, "loss": [3]}', "[3]", "is not a number"),
        ('{"params": 1e6, "tokens": 2e8, "loss": true}', "True", "is not a number"),
        (
            '{"params": 1e6, "tokens": 2e8, "loss": 3',
            '{"params": 1e6, "tokens": 2e8, "loss": 3',
            "is not JSON",
        ),
        ("[1, 2]", "[1, 2]", "is no JSON object"),
    ],
)
def test_a_bad_record_of_json_lines_is_left_out_and_told(read, line, value, reason):
    good = '{"params": 1e6, "tokens": 1e8, "loss": 4}\n{"params": 1e6, "tokens": 3e8, "loss": 3}\n'
    table = read(good + "\n" + line + "\n", "log.jsonl")
    (problem,) = table.problems
    assert (problem.line, problem.value, problem.reason, problem.used) == (4, value, reason, False)
    assert table.n_points == 2


def test_a_bad_entry_of_a_trainer_state_is_told_by_its_number(read):
    log = [{"eval_loss": loss, "step": i, "tokens": i} for i, loss in enumerate((4, "x", 3), 1)]
    table = read(json.dumps({"log_history": log}), "trainer_state.json", params_value=1e6)
    (problem,) = table.problems
    assert (problem.line, problem.reason) == (None, "is not a number (entry 2)")


def test_a_bad_cell_of_a_wide_table_is_told_with_its_line(told, read):
    content = "tokens,a-1M - val_loss,b-2M - val_loss\n1e8,4,\n2e8,x,3\n3e8,3,nan\n"
    assert 'line 3, column loss: "x" is not a number (left out)' in told(content)
    assert read(content).loss.tolist() == [4, 3, 3]


def test_lines_are_counted_across_blocks_and_parts_of_them(read, monkeypatch):
    monkeypatch.setattr(text_file.pieces, "__defaults__", (4096,))
    monkeypatch.setattr("core.runs.delimited_rows._SLOW_BYTES", 256)
    rows = [f"a,1e6,{i}e5,,{4 - i / 1e4}" for i in range(1, 2001)]
    bad = (3, 700, 701, 1500, 1999)
    for line in bad:
        rows[line - 2] = f"a,1e6,{line}e5,,oops {line}"
    rows[1000] = '"a",1e6,1001e5,,3.8999'
    table = read(HEADER + "\n".join(rows))
    assert [(p.line, p.value) for p in table.problems] == [(line, f"oops {line}") for line in bad]
    assert table.n_points == 1995


def test_a_quoted_cell_across_two_blocks_is_one_row(read, monkeypatch):
    monkeypatch.setattr(text_file.pieces, "__defaults__", (64,))
    rows = [f'a,"note\n{i}",1e6,{i}e8,{5 - i / 100}' for i in range(1, 101)]
    table = read("run,note,params,tokens,loss\n" + "\n".join(rows) + "\na,,1e6,1e12,x\n")
    assert table.n_points == 100
    assert [problem.line for problem in table.problems] == [202]


def test_fast_and_slow_rows_give_the_same_numbers(read, monkeypatch):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.lognormal(size=(500, 3)) * 1e6, columns=["params", "tokens", "loss"])
    content = frame.to_csv(index=False)
    fast = read(content)
    monkeypatch.setattr("core.runs.delimited_rows._by_pandas", lambda *_: None)
    assert read(content).data_hash == fast.data_hash


@pytest.mark.parametrize(
    ("content", "field", "needed"),
    [
        ("", "file", "it is empty"),
        ("\n\n", "file", "it is empty"),
        ("params,tokens,loss\n", "file", "at least one row that can be used"),
        (
            "params,tokens,loss\n1,2,x\n",
            "file",
            r'runs\.csv, line 2, column loss: "x" is not a number',
        ),
        ("params,tokens\n1,2\n", "loss", "a column of losses"),
        ("params,loss\n1,2\n", "tokens", "a column of tokens or of compute"),
        ("params,step,loss\n1,2,3\n", "tokens", "tokens_per_step for its step"),
        ("tokens,loss\n1,2\n", "params", "name a column of N"),
        ("1,2,3\n4,5,6\n", "file", "whose first row names its columns"),
    ],
)
def test_a_table_that_cannot_be_used_says_what_it_needs(read, content, field, needed):
    with pytest.raises(InputError, match=needed) as caught:
        read(content)
    assert caught.value.field == field
    assert "runs.csv" in str(caught.value)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"tokens_per_step": 0}, "tokens_per_step"),
        ({"params_value": float("nan")}, "params_value"),
        ({"params_by_run": {"a": -1}}, "params of a"),
    ],
)
def test_a_number_that_the_person_gives_must_be_positive(read, said, field):
    with pytest.raises(InputError, match="a positive number") as caught:
        read(HEADER + GOOD, **said)
    assert caught.value.field == field


def test_reading_stops_when_the_person_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(text_file.pieces, "__defaults__", (1024,))
    path = tmp_path / "long.csv"
    path.write_text(HEADER + GOOD * 1000)
    seen = []
    with pytest.raises(CancelledError):
        read_runs([path], Columns(), lambda fraction: seen.append(fraction) or len(seen) < 3)
    assert len(seen) == 3


def test_progress_rises_to_one_over_all_files(tmp_path, monkeypatch):
    monkeypatch.setattr(text_file.pieces, "__defaults__", (1024,))
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for path in paths:
        path.write_text(HEADER + GOOD * 100)
    seen = []
    read_runs(paths, progress=lambda fraction: seen.append(fraction) or True)
    assert seen == sorted(seen)
    assert len(seen) > 6
    assert 0 < seen[0] < 0.5 and seen[-1] == 1


def test_delimited_reads_what_it_recognises_by_content_alone(tmp_path):
    path = tmp_path / "table"
    path.write_text(HEADER + GOOD)
    assert read_runs([path]).n_points == 3
    assert delimited.READER.recognises(path, b"a\tb")
