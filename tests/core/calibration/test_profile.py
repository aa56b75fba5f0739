"""Profiles: saved, loaded, compared, and planned with."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest

from core.calibration import profiles
from core.calibration.hardware import card_of, find_profile, hardware_of, is_profile_file
from core.calibration.messages import (
    BandwidthMeasurement,
    MatmulMeasurement,
    PowerMeasurement,
    Stack,
)
from core.calibration.points import architecture_of
from core.calibration.profile import (
    changes,
    changes_since,
    default_name,
    make_profile,
    refit,
    rename,
)
from core.calibration.profile_file import (
    load_profile,
    profile_from_bytes,
    profile_to_bytes,
    save_profile,
)
from core.calibration.report import profile_as_dict, profile_as_text
from core.calibration.shipped import against_shipped
from core.errors import InputError
from core.hardware.devices import find_device
from core.planner import By, PlanRequest, plan
from core.planner.joint.plan import JointPlan
from core.speed.estimate import Confidence, estimate_speed
from core.training import NumberFormat, Setup

RATES = (
    MatmulMeasurement(
        **{"precision": "fp32", "m": 1024, "n": 1024, "k": 1024, "seconds": 0.01},
        **{"spread": 0.0, "repeats": 9, "flop_per_s": 2.1e11},
    ),
    BandwidthMeasurement(bytes=2**26, seconds=0.003, spread=0.0, repeats=9, bytes_per_s=4e10),
)


@pytest.fixture(scope="module")
def calibration(machine):
    device = machine()
    found = device.calibration(
        device.steps(24, noise=0.03),
        device.steps(16, noise=0.03, stack="txl"),
        device.steps(16, noise=0.03, precision="bf16"),
    )
    return replace(found, measurements=(*RATES, *found.measurements))


@pytest.fixture(scope="module")
def profile(calibration):
    return make_profile(calibration, "This PC: a processor")


@pytest.fixture
def saved(profile, tmp_path):
    path = tmp_path / "mine.json"
    save_profile(profile, path)
    return str(path)


@pytest.fixture(scope="module")
def on_a_card(machine):
    """What an H100 of our making says."""
    device = machine({"matmul": 1.6e-15, "attention": 3e-15, "launch": 1e-4, "parameters": 1e-11})
    found = device.calibration(
        device.steps(20, precision="bf16"),
        kind="cuda",
        name="NVIDIA H100 80GB HBM3",
        memory_bytes=85_000_000_000,
        driver="570.1",
        clock_max_mhz=1980.0,
    )
    step = found.steps[0]
    power = PowerMeasurement(
        **{name: getattr(step, name) for name in ("stack", "n_layers", "d_model", "n_heads")},
        **{name: getattr(step, name) for name in ("d_ff", "vocab", "seq_len", "micro_batch")},
        **{"precision": "bf16", "power_w": 612.0, "seconds": 12.0, "steps": 9, "method": "counter"},
    )
    return make_profile(replace(found, measurements=(*found.measurements, power)))


def test_a_profile_comes_back_whole(profile):
    again = profile_from_bytes(profile_to_bytes(profile), "x")
    assert again == profile
    assert profile_to_bytes(again) == profile_to_bytes(profile)


def test_a_profile_without_a_fit_comes_back_with_the_reason(machine):
    few = make_profile(machine().calibration(machine().steps(3)))
    again = profile_from_bytes(profile_to_bytes(few), "x")
    assert again == few
    assert "Not identified" in str(again.fits[0].roofline.reason)


def test_a_file_that_cannot_be_written_leaves_the_old_one(profile, tmp_path):
    with pytest.raises(InputError, match="file must be a file that can be written"):
        save_profile(profile, tmp_path / "nowhere" / "mine.json")
    path = tmp_path / "mine.json"
    save_profile(profile, path)
    path.chmod(0o600)
    save_profile(rename(profile, "new"), path)
    assert load_profile(path).name == "new"
    assert [found.name for found in tmp_path.iterdir()] == ["mine.json"]


def test_points_are_left_out_and_taken_back(profile):
    without = refit(profile, [3, 1, 3])
    assert without.excluded == (1, 3)
    assert without.fits[0].points == tuple(n for n in range(24) if n not in (1, 3))
    assert profile_from_bytes(profile_to_bytes(without), "x") == without
    assert refit(without, []) == profile
    with pytest.raises(InputError, match="exclude must be from 0 to 55"):
        refit(profile, [56])


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 201, "\x1b[31m"])
def test_a_name_that_is_none_is_refused(profile, name):
    with pytest.raises(InputError, match="name must be"):
        rename(profile, name)


def test_a_profile_is_named_after_device_precision_and_day(calibration, machine):
    assert default_name(calibration) == "A processor, fp32, bf16, 2026-11-22"
    card = machine().calibration(
        machine().steps(8, precision="bf16"), kind="cuda", name="NVIDIA GeForce RTX 4090"
    )
    assert default_name(card, here=True) == "This PC: RTX 4090, bf16, 2026-11-22"
    laptop = replace(card, device=replace(card.device, name="Intel(R) Core(TM) i7 CPU @ 2.80GHz"))
    assert default_name(laptop) == "Intel Core i7, bf16, 2026-11-22"


def test_what_changed_since_is_said(on_a_card):
    now = on_a_card.device
    assert changes(on_a_card, now) == ()
    newer = replace(now, driver="580.9", torch="2.14.0", clock_max_mhz=1500.0)
    said = [str(message) for message in changes(on_a_card, newer)]
    assert said == [
        "The driver was 570.1 and is 580.9.",
        "PyTorch was 2.13.0 and is 2.14.0.",
        "The highest clock was 1,980 MHz and is 1,500.",
    ]
    assert changes(on_a_card, replace(now, driver="", clock_max_mhz=1985.0)) == ()
    (other,) = changes(on_a_card, replace(now, name="NVIDIA A100", torch="9"))
    assert other.code == "other_device"


def test_a_profile_matches_if_one_of_the_devices_of_its_name_does(on_a_card):
    now = on_a_card.device
    newer, other = replace(now, driver="580.9"), replace(now, name="NVIDIA A100")
    assert changes_since(on_a_card, [newer, other, now]) == ()
    assert changes_since(on_a_card, [other]) == ()  # not here: nobody knows
    (changed,) = changes_since(on_a_card, [other, newer])
    assert changed.code == "driver_changed"


def test_kept_profiles_are_listed_newest_first_renamed_and_deleted(profile, tmp_path):
    older = replace(
        profile,
        name="Älter / öfter?",
        calibration=replace(
            profile.calibration, device=replace(profile.device, date="2025-01-01T00:00:00Z")
        ),
    )
    first = profiles.keep_profile(older)
    second = profiles.keep_profile(profile)
    third = profiles.keep_profile(profile)
    assert first.path.parent == profiles.profiles_folder()
    assert len({first.path, second.path, third.path}) == 3
    kept, problems = profiles.kept_profiles()
    assert [found.profile.name for found in kept] == [profile.name, profile.name, older.name]
    assert not problems
    profiles.keep_profile(rename(profile, "Work"), second.path)
    profiles.delete_profile(third.path)
    assert [found.profile.name for found in profiles.kept_profiles()[0]] == ["Work", older.name]
    with pytest.raises(InputError, match="can be removed"):
        profiles.delete_profile(third.path)


def test_a_bad_file_in_the_folder_hides_no_other(profile):
    profiles.keep_profile(profile)
    (profiles.profiles_folder() / "bad.json").write_text("{")
    kept, problems = profiles.kept_profiles()
    assert len(kept) == 1
    assert "bad.json" in str(problems[0].message)


def test_a_profile_of_another_machine_is_imported(saved):
    found = profiles.import_profile(Path(saved))
    assert found.path.parent == profiles.profiles_folder()
    assert load_profile(found.path) == load_profile(Path(saved))


def test_no_kept_profiles_is_an_empty_list():
    assert profiles.kept_profiles() == ((), ())


def test_a_file_is_a_gpu_to_plan_with(saved, profile):
    found = plan(
        PlanRequest(By.HOURS, 12, gpu=saved, law="besiroglu-2024", vocab=8192, seq_len=256)
    )
    assert isinstance(found, JointPlan)
    assert found.known.gpu.id == saved
    assert found.known.gpu.name == profile.name
    assert found.known.precision is NumberFormat.FP32
    assert found.known.price is None
    assert found.known.gpu.memory_gib == 24
    assert found.usd is None
    assert found.hours.value == pytest.approx(12)
    assert profile.name in found.known.stack.name


def test_plans_take_the_interval_of_held_out_errors(saved, profile, machine):
    truth = machine()
    hardware = hardware_of(saved)
    group = profile.fits[0]
    for step in truth.steps(10, seed=77):
        arch = architecture_of(step)
        setup = Setup(hardware.device, micro_batch=step.micro_batch, precision="fp32")
        speed = estimate_speed(arch, setup, hardware.stack)
        rate = speed.tokens_per_s_per_gpu
        assert speed.confidence is Confidence.CALIBRATED_HERE
        width = max(group.roofline.held_out.width, 0.12)  # less was never seen off the grid
        assert rate.high / rate.value == pytest.approx(math.exp(width))
        assert rate.value / rate.low == pytest.approx(math.exp(width))
        assert rate.value == pytest.approx(step.tokens_per_s, rel=0.15)
        assert speed.phi == 1
        assert not speed.warnings


@pytest.mark.parametrize(
    ("changes_", "words"),
    [
        ({"d_model": 4096, "n_heads": 64}, "The width of 4,096"),
        ({"vocab": 200_000}, "The vocabulary of 200,000"),
        ({"seq_len": 8192}, "The context of 8,192"),
    ],
)
def test_far_from_what_was_measured_the_interval_is_wider_and_says_why(
    saved, profile, changes_, words
):
    hardware = hardware_of(saved)
    step = replace(profile.steps[0], **changes_)
    setup = Setup(hardware.device, micro_batch=1, precision="fp32")
    speed = estimate_speed(architecture_of(step), setup, hardware.stack)
    assert speed.confidence is Confidence.CALIBRATED
    assert words in str(speed.warnings[0])
    assert "No measurement says how wide" in str(speed.warnings[-1])
    rate = speed.tokens_per_s_per_gpu
    assert rate.high / rate.value > profile.fits[0].roofline.held_out.ends[1]


def test_links_were_not_measured_so_the_interval_is_wider(saved, profile):
    hardware = hardware_of(saved)
    step = profile.steps[0]
    alone = Setup(hardware.device, micro_batch=step.micro_batch, precision="fp32")
    together = replace(alone, n_gpus=8)
    one = estimate_speed(architecture_of(step), alone, hardware.stack).tokens_per_s_per_gpu
    eight = estimate_speed(architecture_of(step), together, hardware.stack)
    assert eight.confidence is Confidence.CALIBRATED
    assert eight.tokens_per_s_per_gpu.high / eight.tokens_per_s_per_gpu.value > one.high / one.value


def test_an_architecture_that_was_not_measured_is_said(machine, tmp_path):
    only_txl = make_profile(machine().calibration(machine().steps(12, stack="txl")))
    save_profile(only_txl, tmp_path / "p.json")
    hardware = hardware_of(str(tmp_path / "p.json"), family="llama")
    step = machine().steps(1, seq_len=128)[0]
    setup = Setup(hardware.device, micro_batch=step.micro_batch, precision="fp32")
    speed = estimate_speed(architecture_of(step), setup, hardware.stack)
    assert speed.confidence is Confidence.CALIBRATED
    assert speed.warnings[0].code == "other_stack"


def test_precision_and_stack_are_among_those_measured(saved):
    assert hardware_of(saved, "bf16").precision is NumberFormat.BF16
    assert hardware_of(saved, family="transformer_xl").stack.calibrated.stack is Stack.TXL
    assert hardware_of(saved, stack="txl").stack.calibrated.stack is Stack.TXL
    assert hardware_of(saved, stack="pytorch-fsdp-compile").stack.calibrated is None
    with pytest.raises(InputError, match="precision must be one of fp32, bf16, measured"):
        hardware_of(saved, "fp8")
    with pytest.raises(InputError, match="stack must be one of decoder, measured"):
        hardware_of(saved, "bf16", stack="txl")
    with pytest.raises(InputError, match="stack must be one of"):
        hardware_of(saved, stack="nothing")


def test_tf32_is_fp32_to_the_memory(machine, tmp_path):
    device = machine()
    save_profile(
        make_profile(device.calibration(device.steps(12, precision="tf32"))), tmp_path / "p.json"
    )
    found = hardware_of(str(tmp_path / "p.json"))
    assert found.precision is NumberFormat.FP32
    assert found.stack.calibrated.precision == "tf32"


def test_a_profile_without_a_fit_cannot_be_planned_with(machine, tmp_path):
    path = tmp_path / "few.json"
    save_profile(make_profile(machine().calibration(machine().steps(3))), path)
    with pytest.raises(InputError, match=r"gpu must be a profile with a fit .*3 points"):
        plan(PlanRequest(By.HOURS, 1, gpu=str(path)))


def test_a_profile_that_changes_is_read_again(saved, tmp_path, machine):
    request = PlanRequest(By.HOURS, 12, gpu=saved, vocab=8192, seq_len=256)
    before = plan(request).loss.value
    slow = machine({"matmul": 2e-11})
    save_profile(make_profile(slow.calibration(slow.steps(20))), tmp_path / "mine.json")
    assert plan(request).loss.value > before


def test_a_card_of_the_catalogue_keeps_its_price_and_peak(on_a_card, tmp_path):
    path = str(tmp_path / "h100.json")
    save_profile(on_a_card, tmp_path / "h100.json")
    found = plan(PlanRequest(By.USD, 50, gpu=path, law="besiroglu-2024"))
    shipped = plan(PlanRequest(By.USD, 50, gpu="h100_sxm", law="besiroglu-2024"))
    assert found.known.price == shipped.known.price
    assert found.known.gpu.bf16_tflops == shipped.known.gpu.bf16_tflops
    assert found.known.gpu.id == path
    assert found.known.watts == 612
    assert find_profile(path) == on_a_card
    given = plan(PlanRequest(By.USD, 50, gpu=path, law="besiroglu-2024", measured_watts=400.0))
    assert given.known.watts == 400


def test_a_card_of_the_same_name_with_other_memory_is_another_card(on_a_card):
    assert card_of(on_a_card) == find_device("h100_sxm")
    info = replace(on_a_card.device, memory_bytes=40 * 2**30)
    calibration = replace(on_a_card.calibration, device=info)
    assert card_of(replace(on_a_card, calibration=calibration)) is None


def test_a_card_is_compared_with_what_is_shipped(on_a_card, profile):
    found = against_shipped(on_a_card, on_a_card.fits[0])
    assert found.card.id == "h100_sxm"
    assert len(found.ratios) == 20
    low, high = found.ends
    assert low <= found.median <= high
    assert (
        found.median < 1
    )  # tiny models wait for the host, which the shipped model knows nothing of
    assert against_shipped(profile, profile.fits[0]) is None


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("V100", False), ("h100_sxm", False), ("mine.json", True), ("no/such.json", True)],
)
def test_names_of_profiles_end_in_json_or_are_files(name, is_one):
    assert is_profile_file(name) is is_one


def test_a_name_that_no_path_can_have_is_no_profile():
    assert not is_profile_file("a\0b")
    with pytest.raises(InputError, match="gpu must be"):
        find_profile("a\0b.json")


def test_the_report_says_errors_and_points_to_look_at(profile, on_a_card):
    text = profile_as_text(refit(profile, [2]))
    assert "Left out by hand: 2" in text
    assert "the article states 15%" in text
    assert text.count("Unseen shapes") == 3
    values = profile_as_dict(profile)
    assert json.loads(json.dumps(values, allow_nan=False)) is not None
    assert (
        values["fits"][0]["roofline"]["held_out_median"] == profile.fits[0].roofline.held_out.median
    )
    assert profile_as_dict(on_a_card)["fits"][0]["against_shipped"]["gpu"] == "h100_sxm"
    assert "Catalogue" in profile_as_text(on_a_card)
