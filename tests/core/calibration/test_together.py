"""What several processes reach is said beside one alone, and is no part of a fit."""

import json
from dataclasses import replace

import pytest

from core.calibration.lines import read_line
from core.calibration.messages import CollectiveMeasurement, Parallel
from core.calibration.profile import make_profile
from core.calibration.profile_file import profile_from_bytes, profile_to_bytes
from core.calibration.report import profile_as_dict, profile_as_text
from core.calibration.together import shared_messages, together

LINKS = tuple(
    CollectiveMeasurement(
        **{"operation": operation, "bytes": size, "processes": 8, "backend": "nccl"},
        **{"seconds": 0.01, "spread": 0.0, "repeats": 8, "bytes_per_s": rate},
        bus_bytes_per_s=rate,
    )
    for operation, size, rate in (
        ("all_reduce", 2**20, 4e10),
        ("all_reduce", 2**27, 3.9e11),
        ("all_gather", 2**27, 3.5e11),
    )
)


def shared(step, parallel, share, processes=8):
    """The same step by several, each at a share of the speed that one has alone."""
    return replace(
        step,
        parallel=parallel,
        processes=processes,
        step_time_s=step.step_time_s / share,
        tokens_per_s=processes * share * step.tokens_per_s,
    )


@pytest.fixture
def calibration(machine):
    found = machine().calibration(machine().steps(24, precision="bf16"))
    large = max(found.steps, key=lambda step: step.params)
    small = min(found.steps, key=lambda step: step.params)
    steps = (
        shared(small, Parallel.FSDP, 0.3),
        shared(large, Parallel.FSDP, 0.87),
        shared(large, Parallel.DDP, 0.95),
    )
    return replace(found, measurements=(*found.measurements, *LINKS, *steps))


def test_each_is_compared_with_one_alone(calibration):
    found = together(calibration)
    assert [one.share for one in found] == pytest.approx([0.3, 0.87, 0.95])
    assert found[0].each == pytest.approx(found[0].step.tokens_per_s / 8)


def test_without_one_alone_there_is_no_share(calibration):
    alone = [step for step in calibration.measurements if step not in calibration.steps]
    found = replace(calibration, measurements=tuple(alone))
    assert [one.share for one in together(found)] == [None] * 3
    assert "together_only" in [message.code for message in shared_messages(found)]
    assert "one alone" not in " ".join(map(str, shared_messages(found)))


def test_the_report_says_links_and_the_largest_model_by_way(calibration):
    profile = make_profile(calibration)
    text = profile_as_text(profile)
    assert "all-reduce over 8 processes (nccl): 390 GB/s on the bus" in text
    assert "all-gather over 8 processes (nccl): 350 GB/s on the bus" in text
    assert "FSDP over 8 processes in bf16" in text and "87 % of one alone" in text
    assert "DDP over 8 processes in bf16" in text and "95 % of one alone" in text
    assert "30 % of one alone" not in text
    values = json.loads(json.dumps(profile_as_dict(profile)))["together"]
    assert [value["parallel"] for value in values] == ["fsdp", "fsdp", "ddp"]
    assert values[1]["share_of_one_alone"] == pytest.approx(0.87)


def test_a_profile_of_one_process_says_nothing_of_several(machine):
    profile = make_profile(machine().calibration(machine().steps(12)))
    assert "processes" not in profile_as_text(profile)
    assert profile_as_dict(profile)["together"] == []


def test_they_are_kept_with_the_profile_and_apart_from_its_fit(calibration):
    profile = make_profile(calibration)
    alone = make_profile(replace(calibration, measurements=calibration.steps))
    assert profile.fits == alone.fits
    assert len(profile.steps) == 24
    again = profile_from_bytes(profile_to_bytes(profile), "x")
    assert again.calibration.shared_steps == calibration.shared_steps


def test_a_way_that_nobody_knows_is_garbage(calibration):
    from core.calibration.live import as_object

    entry = as_object(calibration.shared_steps[0])
    assert read_line(json.dumps(entry).encode()) == calibration.shared_steps[0]
    entry["parallel"] = "zero-9"
    assert "ddp, fsdp" in read_line(json.dumps(entry).encode()).reason


def test_an_older_probe_said_nothing_of_the_way(calibration):
    first = replace(calibration.shared_steps[2], parallel=None)
    found = replace(calibration, measurements=(*calibration.steps, first))
    (message,) = shared_messages(found)
    assert str(message).startswith("DDP over 8 processes")
