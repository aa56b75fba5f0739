"""What ``isoloss gpus`` prints."""

import json
from dataclasses import replace
from datetime import date

import pytest

from core.catalogue_commands import add_gpus_options, list_gpus
from core.command_line import Parser, UsageError
from core.errors import InputError
from core.hardware.catalogue import gpus
from core.hardware.devices import devices
from core.hardware.offers import Offer
from core.hardware.prices import prices_of
from core.hardware.rows import add_device

TODAY = date(2026, 11, 22)


def listed(*argv, fetch=None):
    parser = Parser()
    parser.add_argument("--json", action="store_true")
    add_gpus_options(parser)
    return list_gpus(parser.parse_args(argv), TODAY, *([fetch] if fetch else []))


def row_of(text, name):
    return next(line for line in text.splitlines() if line.startswith(f"{name} "))


def test_the_gpus_of_2020_come_first_as_they_always_were():
    lines = listed().splitlines()
    assert lines[0].split() == ["id", "name", "USD/h", "W"]
    assert lines[1].split() == ["V100", "V100", "16", "GB", "2.005", "119.35"]
    assert lines[len(gpus()) + 2].startswith("Prices: GCP list price of 2020-06, stale.")


def test_every_device_is_listed_with_memory_speed_power_and_a_dated_price():
    text = listed()
    for name in devices():
        assert row_of(text, name)
    assert row_of(text, "t4").split()[:5] == ["t4", "16", "-", "70", "0.526"]
    assert row_of(text, "t4").endswith(
        "aws us-east-1 g4dn.xlarge, price of 2026-07, older than 90 days"
    )
    assert "no price known" in row_of(text, "mi300x")


def test_what_is_not_verified_is_marked_where_it_is_shown():
    text = listed()
    assert row_of(text, "b300_sxm").split()[1:4] == ["270*", "2,250*", "1,100*"]
    assert row_of(text, "rtx6000_ada").split()[2] == "364.2*"
    assert row_of(text, "gb200").split()[4] == "10.5*"
    assert "*" not in row_of(text, "h100_sxm")
    assert "* unverified" in text
    rows = {row["id"]: row for row in json.loads(listed("--json"))}
    assert rows["b200_sxm"]["unverified"] == ["fp32_tflops"]
    assert set(rows["rtx_pro_6000"]["unverified"]) == {
        "tf32_tflops",
        "fp16_tflops",
        "bf16_tflops",
        "fp8_tflops",
    }
    assert rows["h100_sxm"]["unverified"] == []


def test_json_has_the_gpus_of_2020_with_their_keys_and_then_todays():
    rows = json.loads(listed("--json"))
    assert [row["id"] for row in rows if row["group"] == "2020 curve"] == list(gpus())
    assert [row["id"] for row in rows if row["group"] == "today"] == list(devices())
    assert rows[0]["price_usd_per_gpu_hour"] == 2.005
    assert rows[0]["measured_watts"] == 119.35
    h100 = next(row for row in rows if row["id"] == "h100_sxm")
    assert h100["price"]["ondemand_usd_per_gpu_h"] == h100["price_usd_per_gpu_hour"]
    assert h100["price"]["stale"] is True


def test_every_price_of_one_gpu_is_listed_cheapest_first_with_date_and_source():
    text = listed("--prices", "NVIDIA L4")
    found = [line for line in text.splitlines() if ": " in line and "price of" in line]
    assert len(found) == len(prices_of("l4"))
    usd = [float(line.split()[0].rstrip("*")) for line in found]
    assert usd == sorted(usd)
    assert any("GPU only, host extra" in line for line in found)
    assert any(line.split()[0] == "0.49*" and "price of 2026-09-08 " in line for line in found)
    rows = json.loads(listed("--prices", "l4", "--json"))
    assert [row["gpu"] for row in rows] == ["l4"] * len(found)
    assert {row["stale"] for row in rows} == {True, False, None}


def test_a_gpu_without_a_price_and_one_that_does_not_exist_say_so():
    assert listed("--prices", "mi300x") == "No price of Instinct MI300X is known."
    with pytest.raises(InputError) as refusal:
        listed("--prices", "h1000")
    assert refusal.value.field == "--prices"


def test_zones_are_listed_with_year_basis_and_credit():
    text = listed("--grids", "norw")
    assert "NOR" in text
    assert "lifecycle" in text
    assert "Source: Ember (2026); Energy Institute; Our World in Data - CC BY 4.0" in text
    assert "534*" in listed("--grids", "2020calc")
    assert json.loads(listed("--grids", "FRA", "--json"))[0]["gco2e_per_kwh"] == 41.44
    with pytest.raises(InputError):
        listed("--grids", "atlantis")


def fetched(usd):
    def fetch(name):
        return [Offer("aws", "us-east-1", "p5.48xlarge", "H100", 80.0, 8, usd * 8, False)]

    return fetch


def test_a_refresh_saves_what_changed_little_and_asks_before_the_rest():
    assert listed("--refresh", "aws", fetch=fetched(6.0)).splitlines() == ["1 prices saved of aws."]
    text = listed("--refresh", "aws", fetch=fetched(20.0))
    assert "0 prices saved" in text
    assert "not saved without --accept-changes" in text
    assert "6 USD per GPU-hour becomes 20" in text
    text = listed("--refresh", "aws", "--accept-changes", fetch=fetched(20.0))
    assert "1 prices saved" in text
    assert 20.0 in {price.ondemand_usd_per_gpu_h for price in prices_of("h100_sxm")}


def test_a_refresh_says_what_it_dropped():
    assert "1 offers dropped: 200 USD" in listed("--refresh", "aws", fetch=fetched(200.0))
    document = json.loads(listed("--refresh", "aws", "--json", fetch=fetched(200.0)))
    assert document["saved"] == 0
    assert "200 USD" in document["dropped"][0]["reason"]


@pytest.mark.parametrize(
    "argv", [["--accept-changes"], ["--prices", "l4", "--grids", "fra"]], ids=" ".join
)
def test_options_that_do_not_go_together_are_refused(argv):
    with pytest.raises(UsageError):
        listed(*argv)


def test_rows_of_a_person_that_cannot_be_read_are_said_below_the_table(folder):
    add_device(replace(devices()["t4"], id="mine", name="Mine"))
    file = folder / "gpus.csv"
    file.write_text(file.read_text().replace(",16.0,", ",sixteen,"))
    assert listed().splitlines()[-1].startswith(f"row 2 of {file} is not used: memory_gb")
