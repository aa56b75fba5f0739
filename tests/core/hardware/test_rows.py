"""A person's own rows: added, taken out, never lost."""

from dataclasses import replace

import pytest

from core.errors import InputError
from core.folders import FOLDER_VARIABLE
from core.hardware.devices import (
    DEVICE_COLUMNS,
    device_from_row,
    device_problems,
    devices,
    find_device,
    row_of,
)
from core.hardware.prices import Price, prices
from core.hardware.rows import add_device, add_price, problems, remove_device, remove_price

HEADER = "id,name,memory_gb,mem_bw_gb_s,bf16_tflops\n"


def mine(**changes):
    changes = {"id": "mine", "name": "My card", "aliases": ("Nice Card",)} | changes
    return replace(devices()["rtx4090"], **changes)


def test_every_shipped_device_reads_back_as_it_was_written():
    for device in devices().values():
        assert device_from_row(row_of(device)) == device


def test_an_own_device_joins_the_shipped_ones_and_is_found_by_any_name():
    shipped = list(devices())
    added = add_device(mine(memory_gb=48.0))
    assert list(devices()) == [*shipped, "mine"]
    assert added.origin == "yours"
    assert find_device("nice card") == find_device("MINE") == added == devices()["mine"]


def test_an_own_device_is_there_at_once_and_gone_at_once():
    add_device(mine(tdp_w=1.0))
    assert devices()["mine"].tdp_w == 1.0
    add_device(mine(tdp_w=2.0))
    assert devices()["mine"].tdp_w == 2.0
    assert remove_device("mine")
    assert "mine" not in devices()
    assert not remove_device("mine")


def test_an_own_device_stands_in_for_a_shipped_one_until_it_is_taken_out():
    shipped = devices()["h100_sxm"]
    add_device(replace(shipped, tdp_w=350.0))
    assert find_device("h100_sxm").tdp_w == 350.0
    assert find_device("NVIDIA H100 80GB HBM3").tdp_w == 350.0
    remove_device("h100_sxm")
    assert devices()["h100_sxm"] == shipped


def test_the_name_that_a_person_gave_wins_over_a_shipped_alias():
    assert find_device("V100").id == "v100_sxm2_16"
    add_device(mine(aliases=("V100",)))
    assert find_device("V100").id == "mine"


def test_two_own_devices_cannot_share_a_name():
    add_device(mine())
    with pytest.raises(InputError, match="mine is called so"):
        add_device(mine(id="other", aliases=()))
    assert "other" not in devices()


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("memory_gb", {"memory_gb": None}),
        ("memory_gb", {"memory_gb": -1.0}),
        ("mem_bw_gb_s", {"mem_bw_gb_s": float("inf")}),
        ("bf16_tflops", {"bf16_tflops": 0.0}),
        ("id", {"id": " "}),
    ],
)
def test_a_device_that_cannot_be_used_is_refused_with_field_file_and_row(field, changes, folder):
    with pytest.raises(InputError) as refusal:
        add_device(mine(**changes))
    assert refusal.value.field == field
    assert "gpus.csv" in str(refusal.value)
    assert not folder.exists()


def test_a_bad_row_is_reported_with_file_row_and_field_and_the_rest_loads(folder):
    folder.mkdir()
    file = folder / "gpus.csv"
    file.write_text(HEADER + 'one,"two\nlines",24,1000,100\nbad,Bad,much,1000,1\ntwo,Two,8,9,\n')
    assert {"one", "two"} <= set(devices())
    assert "bad" not in devices()
    (problem,) = problems()
    assert (problem.path, problem.row, problem.error.field) == (file, 4, "memory_gb")
    assert str(problem.message).startswith(f"row 4 of {file} is not used: memory_gb must be")


def test_a_row_with_a_comma_too_many_is_reported_rather_than_read_askew(folder):
    folder.mkdir()
    (folder / "gpus.csv").write_text(HEADER + "one,One, or two,24,1000,100\n")
    assert "one" not in devices()
    assert problems()[0].error.field == "row"


def test_rows_that_cannot_be_read_survive_every_change(folder):
    folder.mkdir()
    file = folder / "gpus.csv"
    header = ",".join([*DEVICE_COLUMNS, "colour"])
    bad = "bad,Bad,,,,,much" + "," * (len(DEVICE_COLUMNS) - 7) + ",red"
    file.write_bytes(f"{header}\r\n{bad}\r\n\r\n".encode())
    before = file.read_bytes()
    add_device(mine())
    add_device(mine(tdp_w=9.0))
    assert file.read_bytes().startswith(before)
    assert devices()["mine"].tdp_w == 9.0
    remove_device("mine")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"", b"some,other,table\n1,2,3\n", b'id,memory_gb\n"open,1\n']
)
def test_a_file_that_cannot_be_read_is_reported_and_kept_and_never_written_over(folder, content):
    folder.mkdir()
    file = folder / "gpus.csv"
    file.write_bytes(content)
    assert list(devices()) == [d.id for d in devices().values() if d.origin == "shipped"]
    (problem,) = problems()
    assert (problem.path, problem.row) == (file, None)
    assert str(file) in str(problem.message)
    for change in (lambda: add_device(mine()), lambda: remove_device("mine")):
        with pytest.raises(InputError) as refusal:
            change()
        assert refusal.value.field == "file"
    assert file.read_bytes() == content


def test_a_file_of_a_spreadsheet_with_a_byte_order_mark_is_read(folder):
    folder.mkdir()
    (folder / "gpus.csv").write_text(HEADER + "one,One,24,1000,100\n", encoding="utf-8-sig")
    assert devices()["one"].bf16_tflops == 100
    assert problems() == ()


def test_a_folder_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    blocker = tmp_path / "file"
    blocker.write_text("in the way")
    monkeypatch.setenv(FOLDER_VARIABLE, str(blocker / "below"))
    with pytest.raises(InputError) as refusal:
        add_device(mine())
    assert refusal.value.field == "file"


def test_a_price_of_a_gpu_that_does_not_exist_is_refused():
    row = next(price for price in prices() if price.gpu == "k80")
    with pytest.raises(InputError) as refusal:
        add_price(replace(row, gpu="h1000"))
    assert refusal.value.field == "gpu"


def test_a_price_may_be_of_an_own_gpu():
    add_device(mine())
    row = next(price for price in prices() if price.gpu == "k80")
    added = add_price(replace(row, gpu="mine"))
    assert isinstance(added, Price)
    assert added in prices()
    assert remove_price(added)


def test_the_folder_may_be_given_by_the_caller(tmp_path, folder):
    elsewhere = tmp_path / "elsewhere"
    add_device(mine(), elsewhere)
    assert "mine" in devices(elsewhere)
    assert "mine" not in devices()
    assert not folder.exists()


def test_a_table_of_more_rows_than_anybody_has_is_a_problem_and_stays(tmp_path):
    path = tmp_path / "gpus.csv"
    content = "id,memory_gb,mem_bw_gb_s\n" + "x\n" * 100_001
    path.write_text(content)
    (problem,) = device_problems(tmp_path)
    assert "more than 100,000 rows" in str(problem.message)
    assert path.read_text() == content
