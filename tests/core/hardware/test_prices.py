"""Prices: three layers, a default that can be explained, and how old they are."""

from dataclasses import replace
from datetime import date

import pytest

from core.errors import InputError
from core.hardware.devices import devices
from core.hardware.prices import (
    PRICE_COLUMNS,
    REFRESHED_FILE,
    Price,
    age_text,
    default_price,
    is_stale,
    price_from_row,
    prices,
    prices_of,
    row_of,
)
from core.hardware.rows import add_price, remove_price
from core.hardware.tables import write_table

TODAY = date(2026, 11, 22)


def own(**changes):
    fields = {
        "gpu": "h100_sxm",
        "provider": "me",
        "region": "",
        "instance": "",
        "gpus_in_instance": 8,
        "scope": "instance",
        "ondemand_usd_per_gpu_h": 1.25,
        "spot_usd_per_gpu_h": None,
        "as_of": "2026-11-01",
        "verified": True,
        "confidence": "high",
        "notes": "",
        "source": "my contract",
        "source_licence": "n/a",
    }
    return Price(**(fields | changes))


def test_every_shipped_price_is_of_a_device_and_names_source_and_date():
    known = devices()
    assert len(prices()) == 126
    for price in prices():
        assert price.gpu in known
        assert price.source
        assert price.as_of
        assert price.origin == "shipped"


def test_a_default_price_is_verified_and_whole_where_such_a_price_is_known():
    price = default_price("h100_sxm")
    assert price.verified
    assert not price.leaves_host_out
    verified = [
        other.ondemand_usd_per_gpu_h
        for other in prices_of("h100_sxm")
        if other.verified and other.ondemand_usd_per_gpu_h
    ]
    assert min(verified) < price.ondemand_usd_per_gpu_h < max(verified)


def test_a_default_price_takes_an_unverified_one_where_no_other_is_known():
    assert not default_price("gb200").verified


def test_a_price_without_the_host_is_the_last_resort(folder):
    write_table(
        folder / REFRESHED_FILE,
        PRICE_COLUMNS,
        [
            row_of(own(gpu="mi300x", provider="x", scope="gpu_only", ondemand_usd_per_gpu_h=1.0)),
            row_of(own(gpu="mi300x", provider="y", ondemand_usd_per_gpu_h=9.0)),
        ],
    )
    assert default_price("mi300x").provider == "y"


def test_of_one_offer_at_two_dates_the_newer_is_taken():
    dates = {price.as_of for price in prices_of("a10g") if price.instance == "g5.xlarge"}
    assert dates == {"2026-07", "2023-11"}
    assert default_price("a10g").as_of == "2026-07"


def test_prices_two_years_older_than_the_newest_do_not_set_the_default():
    assert default_price("l4").as_of == "2026-07"
    assert any(price.as_of == "2023-10" for price in prices_of("l4"))


def test_a_gpu_that_nobody_offers_has_no_default_price():
    assert default_price("titan_rtx") is None
    assert default_price("gh200_96", spot=True) is None


def test_a_spot_price_is_never_the_on_demand_one():
    assert default_price("h100_sxm", spot=True).usd_per_gpu_hour(spot=True) == 1.25
    assert default_price("h100_sxm", spot=True).usd_per_gpu_hour() == 2.95


def test_own_prices_stand_beside_shipped_ones_and_come_first():
    before = len(prices_of("h100_sxm"))
    add_price(own())
    assert len(prices_of("h100_sxm")) == before + 1
    assert default_price("h100_sxm") == own(origin="yours")


def test_an_own_price_hides_the_shipped_one_of_the_same_offer_until_it_is_taken_out():
    (shipped,) = [p for p in prices_of("h100_sxm") if p.instance == "p5.48xlarge"]
    mine = add_price(replace(shipped, ondemand_usd_per_gpu_h=1.0))
    assert [p for p in prices() if p.key == shipped.key] == [mine]
    assert remove_price(mine)
    assert [p for p in prices() if p.key == shipped.key] == [shipped]
    assert not remove_price(mine)


def test_refreshed_prices_come_between_shipped_and_own_ones(folder):
    fresh = own(provider="aws", region="r", instance="i", ondemand_usd_per_gpu_h=5.0)
    write_table(folder / REFRESHED_FILE, PRICE_COLUMNS, [row_of(fresh)])
    assert default_price("h100_sxm") == replace(fresh, origin="refreshed")
    add_price(replace(fresh, ondemand_usd_per_gpu_h=4.0))
    found = [p for p in prices() if p.key == fresh.key]
    assert [(p.origin, p.ondemand_usd_per_gpu_h) for p in found] == [("yours", 4.0)]
    kept = (folder / REFRESHED_FILE).read_text()
    assert ",5.0," in kept


def test_a_price_reads_back_as_it_was_written():
    price = own(instance='a "quoted", one', notes="two\nlines", spot_usd_per_gpu_h=0.5)
    assert price_from_row(row_of(price)) == price
    assert add_price(price) == price
    assert price in prices()


@pytest.mark.parametrize(
    ("as_of", "stale"),
    [
        ("2026-11-21", False),
        ("2026-08-24", False),
        ("2026-08-23", True),
        ("2026-09", False),
        ("2026-08", None),
        ("2026-07", True),
        ("2026 (undated snapshot)", None),
        ("2025-H2 (undated snapshot)", True),
        ("2025", True),
        ("", None),
        ("last week", None),
        ("2026-13", None),
    ],
)
def test_a_price_is_stale_after_90_days_and_unknown_where_its_date_does_not_say(as_of, stale):
    assert is_stale(own(as_of=as_of), TODAY) is stale


@pytest.mark.parametrize(
    ("as_of", "text"),
    [
        ("2026-11-21", "price of 2026-11-21"),
        ("2023-10", "price of 2023-10, older than 90 days"),
        (
            "2026 (undated snapshot)",
            "price of 2026 (undated snapshot), may be older than 90 days",
        ),
        ("", "price without a date"),
    ],
)
def test_the_age_of_a_price_is_said(as_of, text):
    assert str(age_text(own(as_of=as_of), TODAY)) == text


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("ondemand_usd_per_gpu_h", {"ondemand_usd_per_gpu_h": "0"}),
        ("ondemand_usd_per_gpu_h", {"ondemand_usd_per_gpu_h": "nan"}),
        ("ondemand_usd_per_gpu_h", {"ondemand_usd_per_gpu_h": "two"}),
        ("ondemand_usd_per_gpu_h", {"ondemand_usd_per_gpu_h": ""}),
        ("spot_usd_per_gpu_h", {"spot_usd_per_gpu_h": "-1"}),
        ("gpus_in_instance", {"gpus_in_instance": "1.5"}),
        ("gpus_in_instance", {"gpus_in_instance": ""}),
        ("provider", {"provider": " "}),
        ("scope", {"scope": "half"}),
        ("currency", {"currency": "EUR"}),
    ],
)
def test_a_price_that_cannot_be_used_names_its_field(field, changes):
    with pytest.raises(InputError) as refusal:
        price_from_row(row_of(own()) | changes)
    assert refusal.value.field == field
