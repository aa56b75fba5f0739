"""A calibration is saved and read again, whole, by us and from the probe's own file."""

import json
import os
from pathlib import Path

import pytest

from core.calibration.lines import read_line
from core.calibration.messages import DeviceInfo, PlanInfo, Skipped
from core.calibration.result import (
    Calibration,
    Status,
    calibration_from,
    document_of,
    format_of,
    read_calibration,
    write_calibration,
)
from core.errors import InputError


@pytest.fixture
def calibration():
    step = {
        **{"type": "measurement", "kind": "step", "stack": "txl", "n_layers": 2, "d_model": 128},
        **{"n_heads": 2, "d_ff": 128, "vocab": 512, "seq_len": 150, "micro_batch": 4},
        **{"precision": "fp32", "compile": False, "step_time_s": 0.02, "step_time_spread": 0},
        **{"repeats": 9, "warmup": 2, "tokens_per_s": 12800, "params": 5, "processes": 1},
        **{"params_non_embedding": 4, "throttle": ["power_cap"]},
    }
    matmul = {"kind": "matmul", "precision": "fp32", "m": 2, "n": 2, "k": 2, "seconds": 0.1}
    matmul.update(type="measurement", spread=0, repeats=3, flop_per_s=160)
    entries = (step, {**step, "processes": 2}, matmul)
    return Calibration(
        device=DeviceInfo(
            **{"schema": 1, "date": "2026-11-22T12:00:00Z", "device": "cpu", "kind": "cpu"},
            **{"name": "Prozessor № 1", "torch": "2.13.0", "precisions": ("fp32", "bf16")},
        ),
        plan=PlanInfo(points=3, seconds=60.0, stacks=("txl",), precisions=("fp32",)),
        measurements=tuple(read_line(json.dumps(entry).encode()) for entry in entries),
        skipped=(Skipped(kind="step", reason="out_of_memory", n_layers=3),),
        elapsed_s=12.5,
    )


def test_what_is_saved_is_read_again(calibration, tmp_path):
    path = tmp_path / "Ünï 'code' \"and\" space.json"
    write_calibration(calibration, path)
    assert read_calibration(path) == calibration


def test_a_fit_gets_the_steps_of_one_process(calibration):
    assert [step.processes for step in calibration.steps] == [1]


def test_a_probe_that_was_killed_leaves_a_stopped_calibration(calibration):
    document = {**document_of(calibration), "status": "running"}
    found = calibration_from(document)
    assert found.status is Status.STOPPED and found.reason
    assert found.measurements == calibration.measurements


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"format": "recipe"}, "calibration"),
        ({"schema": 2}, "schema"),
        ({"status": "fine"}, "status"),
        ({"elapsed_s": -1}, "elapsed_s"),
        ({"device": None}, "device"),
        ({"device": {"schema": 1}}, "device.date"),
        ({"measurements": {}}, "measurements"),
        ({"measurements": [7]}, "measurements[0]"),
        ({"measurements": [{"kind": "step"}]}, "measurements[0].stack"),
        ({"skipped": [{"kind": "step"}]}, "skipped[0].reason"),
        ({"plan": {"points": "many", "seconds": 3}}, "plan.points"),
    ],
)
def test_a_bad_document_is_refused_by_the_name_of_the_place(calibration, change, field):
    with pytest.raises(InputError) as refused:
        calibration_from({**document_of(calibration), **change})
    assert refused.value.field == field


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"\x80", b"[" * 100_000, b'{"format": NaN}', b" " * (17 << 20)]
)
def test_a_file_that_is_no_calibration_is_refused(content, tmp_path):
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_calibration(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    path = tmp_path / "pipe.json"
    os.mkfifo(path)
    with pytest.raises(InputError, match="a file, not a folder, a pipe or a device"):
        read_calibration(path)
    assert format_of(path) is None


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no device without an end here")
def test_a_device_without_an_end_is_refused():
    with pytest.raises(InputError, match="a file, not a folder, a pipe or a device"):
        read_calibration(Path("/dev/zero"))


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_calibration(tmp_path / "none.json")


def test_a_full_disk_is_told(calibration):
    with pytest.raises(InputError, match="No space left"):
        write_calibration(calibration, Path("/dev/full"))


@pytest.mark.parametrize("depth", range(930, 1000, 2))
def test_a_value_nested_as_deep_as_can_be_read_is_refused(tmp_path, depth):
    nested = "[" * depth + "]" * depth
    path = tmp_path / "deep.json"
    path.write_text(f'{{"format": "isoloss-calibration", "schema": {nested}}}')
    with pytest.raises(InputError, match=r"schema must be|a JSON file"):
        read_calibration(path)
