"""Whatever comes out of a person's Python is read, or named as garbage; nothing raises."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calibration.lines import LONGEST_LINE, MEASUREMENTS, read_line
from core.calibration.messages import (
    DeviceInfo,
    Done,
    Garbage,
    Progress,
    Skipped,
    Stack,
    StepMeasurement,
)

STEP = {
    **{"type": "measurement", "kind": "step", "stack": "decoder", "n_layers": 2, "d_model": 128},
    **{"n_heads": 2, "d_ff": 384, "vocab": 512, "seq_len": 64, "micro_batch": 4},
    **{"precision": "fp32", "compile": False, "processes": 1, "step_time_s": 0.02},
    **{"step_time_spread": 0.0, "repeats": 9, "warmup": 2, "tokens_per_s": 12800},
    **{"params": 557_000, "params_non_embedding": 426_000, "peak_memory_bytes": None},
}


def read(**entry):
    return read_line(json.dumps(entry).encode())


def test_a_step_is_read_with_its_types():
    step = read(**STEP)
    assert isinstance(step, StepMeasurement)
    assert step.stack is Stack.DECODER
    assert step.tokens_per_s == 12800.0 and isinstance(step.tokens_per_s, float)
    assert step.tokens == 256
    assert step.peak_memory_bytes is None


def test_fields_of_a_later_probe_are_left_out():
    assert isinstance(read(**STEP, colour="green"), StepMeasurement)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("step_time_s", 0, "positive"),
        ("step_time_s", -1.0, "positive"),
        ("step_time_s", "0.02", "a number"),
        ("step_time_s", True, "a number"),
        ("step_time_s", 1e300, "finite"),
        ("n_layers", 2.5, "whole"),
        ("n_layers", None, "a number"),
        ("compile", 1, "true or false"),
        ("stack", "mamba", "txl, decoder"),
        ("precision", "x" * 3000, "at most"),
        ("precision", "\ud800", "can be written"),
        ("throttle", "power_cap", "a list"),
        ("kind", "dance", "one of step"),
        ("kind", ["step"], "one of step"),
    ],
)
def test_a_value_that_is_not_what_its_name_says_makes_the_line_garbage(field, value, why):
    found = read(**{**STEP, field: value})
    assert isinstance(found, Garbage)
    assert field in found.reason and why in found.reason


def test_a_missing_field_makes_the_line_garbage():
    found = read(**{name: value for name, value in STEP.items() if name != "repeats"})
    assert isinstance(found, Garbage) and "repeats" in found.reason


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "not JSON"),
        (b"Loading libtorch...", "not JSON"),
        (b'{"type": "done", "status": "comp', "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b'{"type": "progress", "seconds_left": NaN}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, "not JSON"),
        (b"1" * 5_000, "not JSON"),
        (b"[1, 2]", "not an object"),
        (b'{"type": "weather"}', "no known type"),
        (b'{"type": ["done"]}', "no known type"),
        (b"{}", "no known type"),
        (b" " * (LONGEST_LINE + 1), "longer"),
    ],
)
def test_garbage_is_named(line, why):
    found = read_line(line)
    assert isinstance(found, Garbage)
    assert why in found.reason
    assert len(found.text) <= 200


def test_a_probe_of_another_version_is_refused():
    device = {"type": "device", "date": "", "device": "cpu", "kind": "cpu", "name": "x"}
    assert isinstance(read(**device, torch="2.1", schema=1), DeviceInfo)
    assert "schema" in read(**device, torch="2.1", schema=2).reason


def test_the_other_lines_are_read():
    assert read(type="progress", done=0, points=9, seconds_left=0, doing="") == Progress(
        done=0, points=9, seconds_left=0.0, doing=""
    )
    skipped = read(type="skipped", kind="step", reason="time", detail="", n_layers=2, n_heads=3)
    assert skipped == Skipped(kind="step", reason="time", n_layers=2)
    done = read(type="done", status="stopped", reason="SIGTERM", measured=0, skipped=0, elapsed_s=1)
    assert isinstance(done, Done)


@given(st.binary(max_size=300))
def test_no_bytes_raise(line):
    read_line(line)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(MEASUREMENTS)), st.data())
def test_no_value_of_a_measurement_raises_and_what_is_read_is_finite(kind, data):
    made = MEASUREMENTS[kind]
    entry = {
        field.name: data.draw(json_values, label=field.name) for field in dataclasses.fields(made)
    }
    found = read_line(json.dumps({**entry, "type": "measurement", "kind": kind}).encode())
    if not isinstance(found, Garbage):
        for value in dataclasses.asdict(found).values():
            assert not isinstance(value, float) or abs(value) < 1e30
