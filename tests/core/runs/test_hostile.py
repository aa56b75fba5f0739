"""Whatever a file holds, the answer is an error in words or a row left out."""

import json
import os
import struct
import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import InputError
from core.runs.formats import READERS
from core.runs.points import Columns
from core.runs.readers import preview, read_runs

GOOD = "run,params,tokens,loss\na,1e6,1e8,4\na,1e6,2e8,3.5\n"


def test_a_line_of_a_gigabyte_is_refused_before_it_fills_the_memory(tmp_path):
    path = tmp_path / "line.csv"
    with path.open("wb") as file:
        file.write(GOOD.encode())
        for _ in range(64):
            file.write(b"1" * 2**20)
        file.truncate(2**30)
    tracemalloc.start()
    with pytest.raises(InputError, match=r"at most 16 MB: line 4 is longer"):
        read_runs([path])
    assert tracemalloc.get_traced_memory()[1] < 150 * 2**20
    tracemalloc.stop()


def test_a_gigabyte_of_nothing_is_no_table(tmp_path):
    path = tmp_path / "hole.csv"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(InputError, match="NUL bytes"):
        read_runs([path])


def test_a_cell_beyond_the_limit_of_csv_is_a_bad_row(read):
    table = read(GOOD + 'b,1e6,3e8,"' + "9" * 200_000 + '"\n')
    assert table.n_points == 2
    assert table.problems[0].line == 4
    assert len(table.problems[0].value) < 100


@pytest.mark.parametrize("name", ["deep.jsonl", "trainer_state.json"])
@pytest.mark.parametrize("sign", ["[", '{"a":'])
def test_json_nested_without_end_is_told(read, name, sign):
    deep = sign * 200_000
    if name.endswith(".jsonl"):
        good = '{"params": 1e6, "tokens": 1e8, "loss": 4}\n'
        (problem,) = [p for p in read(good + deep + "\n", name).problems if not p.used]
        assert problem.line == 2
        assert problem.reason in ("is nested too deeply", "is not JSON")
    else:
        with pytest.raises(InputError, match=r"nested too deeply|not JSON"):
            read(deep, name)


def test_integers_beyond_any_number_are_bad_cells(read):
    for digits in ("1" + "0" * 400, "1" + "0" * 5000):
        line = f'{{"params": 1e6, "tokens": 2e8, "loss": {digits}}}'
        table = read('{"params": 1e6, "tokens": 1e8, "loss": 4}\n' + line, "log.jsonl")
        assert table.n_points == 1
        assert [problem.line for problem in table.problems if not problem.used] == [2]
        assert read(GOOD + f"a,1e6,3e8,{digits}\n").n_points == 2


def test_text_that_is_not_utf_8_is_read_as_windows_1252_and_told(read):
    table = read(GOOD.encode() + "größe,2e6,1e8,3\ngröße,2e6,2e8,2\n".encode("latin-1"))
    assert table.run_names == ("a", "größe")
    assert "is not UTF-8 text: read as Windows-1252" in [p.reason for p in table.problems]


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{}",
        "3",
        "null",
        '{"log_history": 3}',
        '{"log_history": []}',
        '{"log_history": [1]}',
        "{",
    ],
)
def test_json_without_a_log_is_told(read, content):
    with pytest.raises(InputError, match=r"trainer_state|log with entries"):
        read(content, "trainer_state.json")


def test_a_trainer_state_with_odd_totals_is_still_read(read):
    log = [{"eval_loss": 4, "step": "x", "tokens": 5}, {"eval_loss": 3, "tokens": 6}]
    for total in ("many", -1, None, [1], 1e400):
        state = {"log_history": log, "total_flos": total, "global_step": 0}
        assert read(json.dumps(state), "trainer_state.json", params_value=1e6).n_points == 2


@pytest.mark.parametrize(
    "name", ["runs.csv", "events.out.tfevents.1.host", "runs.parquet", "x.jsonl"]
)
def test_a_missing_file_and_a_folder_without_runs_are_told(tmp_path, name):
    with pytest.raises(InputError, match="No such file"):
        read_runs([tmp_path / name])
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="none was found"):
        read_runs([tmp_path / name])
    with pytest.raises(InputError, match="no folder, pipe or device"):
        preview(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(InputError, match="no folder, pipe or device"):
        read_runs([tmp_path / "pipe.csv"])


def test_no_file_at_all_is_told():
    with pytest.raises(InputError, match="at least one file"):
        read_runs([])


def test_an_event_of_absurd_length_is_refused(tmp_path):
    pytest.importorskip("tensorboard")
    path = tmp_path / "events.out.tfevents.1.host"
    path.write_bytes(struct.pack("<QI", 2**62, 0) + b"x" * 100)
    with pytest.raises(InputError, match="event 1 is damaged"):
        read_runs([path])


def test_a_damaged_event_is_told_and_a_cut_one_only_noted(tmp_path, samples):
    pytest.importorskip("tensorboard")
    content = (samples / "tb-124M" / "events.out.tfevents.1700000000.host.1.0").read_bytes()
    path = tmp_path / "cut-124M" / "events.out.tfevents.1.host"
    path.parent.mkdir()
    path.write_bytes(content[:-3])
    table = read_runs([path])
    assert any("ends within an event" in problem.reason for problem in table.problems)
    path.write_bytes(content[:300] + bytes([content[300] ^ 255]) + content[301:])
    with pytest.raises(InputError, match=r"wrong checksum|damaged"):
        read_runs([path])


def test_a_damaged_parquet_file_is_told(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "runs.parquet"
    path.write_bytes(b"PAR1" + b"x" * 100 + b"PAR1")
    with pytest.raises(InputError, match="a whole Parquet file"):
        read_runs([path])


def test_pickles_are_not_opened(tmp_path):
    path = tmp_path / "runs.pkl"
    path.write_bytes(b"\x80\x04\x95\x00cos\nsystem\n.")
    with pytest.raises(InputError):
        read_runs([path])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.binary(max_size=300), st.text(alphabet='ab1e9.,;\t"\n\r\0-N{}[]:', max_size=300)),
    st.sampled_from(["runs.csv", "runs.jsonl", "trainer_state.json", "runs", "e.tfevents.1"]),
    st.sampled_from(["", GOOD, '{"params": 1, "tokens": 2, "loss": 3}\n']),
)
def test_no_content_raises_anything_but_an_input_error(tmp_path, content, name, start):
    path = tmp_path / name
    path.write_bytes(start.encode() + (content if isinstance(content, bytes) else content.encode()))
    for use in (preview, lambda path: read_runs([path], Columns(params_value=1e6))):
        try:
            use(path)
        except InputError as error:
            assert name in str(error) or error.field != "file"


def test_every_reader_has_a_name_of_its_own():
    names = [reader.name for reader in READERS]
    assert len(set(names)) == len(names)


def test_a_cell_nested_as_deep_as_can_be_read_is_a_bad_cell(read):
    good = '{"params": 1e6, "tokens": 1e8, "loss": 4}\n'
    for depth in range(930, 1000, 2):
        nested = "[" * depth + "]" * depth
        bad = f'{{"params": 1e6, "tokens": 2e8, "loss": {nested}}}\n'
        assert read(good + bad, "log.jsonl").n_points == 1


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("wide.csv", ",".join(f"c{i}" for i in range(20_001)) + "\n1\n"),
        ("wide.jsonl", "".join(f'{{"c{i}": 1}}\n' for i in range(20_001))),
    ],
)
def test_a_table_of_more_columns_than_anybody_has_is_refused(read, name, content):
    with pytest.raises(InputError, match="at most 20,000 columns"):
        read(content, name)


def test_a_file_that_grows_while_it_is_read_is_read_to_where_it_ended(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(GOOD)
    told = []

    def grow(fraction):
        told.append(fraction)
        with path.open("a") as file:
            file.write("a,1e6,3e8,3\n")
        return len(told) < 20

    assert read_runs([path], progress=grow).n_points == 2


def test_a_gigabyte_of_empty_events_is_refused_at_the_first(tmp_path):
    pytest.importorskip("tensorboard")
    path = tmp_path / "events.out.tfevents.1.host"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(InputError, match="event 1 is damaged"):
        read_runs([path])


def test_more_points_than_the_memory_holds_are_refused(read, monkeypatch):
    monkeypatch.setattr("core.runs.collect.MOST_POINTS", 1)
    with pytest.raises(InputError, match="at most 1 points"):
        read(GOOD)


def test_a_parquet_file_with_a_column_twice_is_told(tmp_path):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = [pa.array([1.0, 2.0])] * 4
    pq.write_table(pa.table(columns, names=["loss", "loss", "params", "tokens"]), tmp_path / "t")
    with pytest.raises(InputError, match="a whole Parquet file"):
        read_runs([tmp_path / "t"])
