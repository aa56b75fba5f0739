"""Kept profiles among the GPUs: listed first, compared, and never given a price they have not."""

import json
import math
from dataclasses import replace

import pytest

from core.calibration.hardware import hardware_of
from core.calibration.measured import measured_gpus, profiles_stamp
from core.calibration.profile import make_profile
from core.calibration.profiles import delete_profile, keep_profile, profiles_folder
from core.cli import main
from core.hardware.devices import devices
from core.hardware.prices import Price
from core.hardware.rows import add_price
from core.planner import By, PlanRequest, plan
from core.planner.joint.compare import compare
from core.planner.joint.price import OWN_MACHINE

ASKED = PlanRequest(by=By.HOURS, value=24.0, law="besiroglu-2024", gpu="any", speed="roofline")


@pytest.fixture(scope="module")
def h100(machine):
    """A profile of an H100 of our making."""
    device = machine({"matmul": 1.6e-15, "attention": 3e-15, "launch": 1e-4, "parameters": 1e-11})
    about = {"kind": "cuda", "name": "NVIDIA H100 80GB HBM3", "memory_bytes": 85_000_000_000}
    steps = device.steps(20, precision="bf16", noise=0.02)
    return make_profile(device.calibration(steps, **about), "Our H100")


@pytest.fixture(scope="module")
def processor(machine):
    device = machine()
    found = device.calibration(device.steps(20, noise=0.02))
    info = replace(found.device, date="2026-11-23T12:00:00Z")
    return make_profile(replace(found, device=info), "This PC: a processor")


@pytest.fixture
def kept(home, h100):
    return keep_profile(h100)


@pytest.fixture
def cli(capsys):
    def run(*argv):
        status = main(list(argv), lambda: 1)
        printed = capsys.readouterr()
        assert (status, printed.err) == (0, "")
        return printed.out

    return run


def row_of(comparison, path):
    (found,) = [row for row in comparison.rows if row.gpu == str(path)]
    return found


def test_kept_profiles_are_devices_the_newest_first(kept, processor):
    newer = keep_profile(processor)
    first, second = measured_gpus()
    assert (first.device.id, second.device.id) == (str(newer.path), str(kept.path))
    assert first.device.name == "This PC: a processor" and first.card is None
    assert second.card == devices()["h100_sxm"]
    assert {first.device.origin, second.device.origin} == {"measured"}
    held_out = second.profile.fits[0].roofline.held_out
    assert (second.median_error, second.largest_error) == (held_out.median, held_out.largest)


def test_the_interval_of_a_measured_device_is_that_of_its_plans(kept):
    (found,) = measured_gpus()
    error = hardware_of(str(kept.path)).stack.calibrated.error
    assert found.ends == pytest.approx((math.exp(-error), math.exp(error)))


def test_what_has_no_fit_or_is_no_profile_is_no_device(kept, machine):
    device = machine()
    keep_profile(make_profile(device.calibration(device.steps(2)), "too few"))
    (profiles_folder() / "broken.json").write_text("{")
    assert [gpu.device.id for gpu in measured_gpus()] == [str(kept.path)]


def test_a_profile_that_goes_or_comes_is_noticed(kept, processor):
    before = profiles_stamp()
    newer = keep_profile(processor)
    assert profiles_stamp() != before and len(measured_gpus()) == 2
    delete_profile(newer.path)
    assert profiles_stamp() == before and len(measured_gpus()) == 1


def test_gpus_lists_profiles_first_with_their_held_out_errors(kept, cli):
    (found,) = measured_gpus()
    lines = cli("gpus").splitlines()
    row = next(line for line in lines if "Our H100" in line)
    assert f"{100 * found.median_error:.1f} %" in row and str(kept.path) in row
    assert lines.index(row) < next(n for n, line in enumerate(lines) if "V100" in line)
    first = json.loads(cli("gpus", "--json"))[0]
    assert first["group"] == "measured" and first["id"] == str(kept.path)
    assert first["held_out_median"] == found.median_error
    assert first["price_usd_per_gpu_hour"] is None
    assert first["catalogue_gpu"] == "h100_sxm"


def test_without_profiles_gpus_begins_with_2020(home, cli):
    assert cli("gpus").splitlines()[1].startswith("V100")
    assert json.loads(cli("gpus", "--json"))[0]["id"] == "V100"


def test_a_profile_is_a_row_of_the_comparison_without_an_invented_price(kept):
    row = row_of(compare(ASKED), kept.path)
    assert row.name == "Our H100" and row.provider == OWN_MACHINE
    assert row.plan.usd is None and row.offer is None
    assert row.is_measured and row.is_sure
    error = row.plan.known.stack.calibrated.error
    speed = row.plan.speed.tokens_per_s_per_gpu
    assert speed.high / speed.value >= math.exp(error) * (1 - 1e-9)


def test_the_row_of_a_profile_is_the_plan_on_it(kept):
    row = row_of(compare(ASKED), kept.path)
    again = plan(replace(ASKED, gpu=row.gpu, provider=row.provider))
    assert again.loss == row.plan.loss and again.usd is None


def test_money_needs_a_price_and_ones_own_price_is_taken(kept):
    asked = replace(ASKED, by=By.USD, value=500.0)
    without = row_of(compare(asked), kept.path)
    assert without.plan is None and "no price is known" in str(without.reason)
    cells = ("", "", 1, "instance", 1.25, None, "2026-11-01", True, "high", "", "me", "")
    add_price(Price("h100_sxm", "my cluster", *cells))
    priced = row_of(compare(asked), kept.path)
    assert priced.plan.known.price == 1.25
    assert priced.offer.origin == "yours"


def test_a_price_typed_for_a_profile_counts_for_its_row_alone(kept, processor):
    other = keep_profile(processor)
    asked = replace(ASKED, gpu=str(kept.path), price_usd_per_gpu_hour=0.4)
    found = compare(asked)
    assert row_of(found, kept.path).plan.known.price == 0.4
    assert row_of(found, other.path).plan.usd is None


def test_nobody_can_rent_more_of_ones_own_device_under_a_deadline(kept):
    asked = replace(ASKED, by=By.LOSS, value=2.7, deadline_hours=48.0)
    row = row_of(compare(asked), kept.path)
    counts = {found.plan.known.n_gpus for found in compare(asked).rows if found.plan}
    assert max(counts) > 1
    assert row.plan is None or row.plan.known.n_gpus == 1


def test_compare_on_the_command_line_knows_profiles(kept, cli):
    out = cli("compare", "--hours", "24")
    line = next(line for line in out.splitlines() if line.startswith("Our H100"))
    assert "measured by you" in line and "no price known" in line
    rows = json.loads(cli("compare", "--hours", "24", "--json"))["rows"]
    (row,) = [row for row in rows if row["gpu"] == str(kept.path)]
    assert row["usd"] is None and row["provider"] == OWN_MACHINE
    assert any("measured by you" in mark for mark in row["marks"])
    assert row["loss"]["low"] < row["loss"]["value"] < row["loss"]["high"]
