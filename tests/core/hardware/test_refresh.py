"""Refreshing the prices: offline, with offers of our own."""

import subprocess
import sys
import types
from dataclasses import replace
from datetime import date

import pytest

from core.errors import CancelledError, InputError
from core.hardware import offers as offers_module
from core.hardware.devices import devices
from core.hardware.offers import PROVIDERS, Offer, device_of, fetch_offers
from core.hardware.prices import REFRESHED_FILE, default_price, prices
from core.hardware.refresh import refresh_prices, save_refresh
from core.hardware.rows import add_price

TODAY = date(2026, 11, 22)


def offer(usd, spot=False, **changes):
    fields = {
        "provider": "aws",
        "region": "us-east-1",
        "instance": "p5.48xlarge",
        "gpu_name": "H100",
        "gpu_memory_gb": 80.0,
        "gpu_count": 8,
        "usd_per_hour": usd * changes.get("gpu_count", 8),
        "spot": spot,
    }
    return Offer(**(fields | changes))


def refreshed(*found, **options):
    return refresh_prices(["aws"], TODAY, lambda name: found, **options)


def reasons(refresh):
    return [dropped.reason.code for dropped in refresh.dropped]


def test_on_demand_and_spot_of_one_machine_become_one_dated_price_by_the_gpu():
    (price,) = refreshed(offer(6.0), offer(2.5, spot=True)).kept
    assert (price.gpu, price.provider, price.instance) == ("h100_sxm", "aws", "p5.48xlarge")
    assert (price.ondemand_usd_per_gpu_h, price.spot_usd_per_gpu_h) == (6.0, 2.5)
    assert (price.as_of, price.origin, price.verified) == ("2026-11-22", "refreshed", False)


@pytest.mark.parametrize("usd", [0.0, -1.0, 100.01, float("nan"), float("inf")])
def test_prices_out_of_range_are_dropped(usd):
    found = refreshed(offer(usd))
    assert found.kept == ()
    assert reasons(found) == ["offer_out_of_range"]


def test_a_hundred_dollars_are_still_a_price():
    assert len(refreshed(offer(100.0)).kept) == 1


def test_a_machine_without_gpus_is_dropped():
    assert reasons(refreshed(offer(1.0, gpu_count=0))) == ["offer_out_of_range"]


def test_on_demand_below_spot_is_dropped():
    found = refreshed(offer(2.0), offer(2.5, spot=True))
    assert reasons(found) == ["offer_crossed"]
    assert len(refreshed(offer(2.5), offer(2.5, spot=True)).kept) == 1


@pytest.mark.parametrize(
    ("usd", "codes"), [(6.1, ["offer_far_off"]), (6.0, []), (0.66, ["offer_far_off"])]
)
def test_prices_beyond_three_times_the_providers_median_are_dropped(usd, codes):
    usual = [offer(2.0, region=f"r{n}") for n in range(4)]
    assert reasons(refreshed(*usual, offer(usd, region="odd"))) == codes


def test_the_median_is_of_the_same_gpu_only():
    t4 = offer(0.3, gpu_name="T4", gpu_memory_gb=16.0, instance="g4dn.xlarge", gpu_count=1)
    assert len(refreshed(offer(6.0), t4).kept) == 2


@pytest.mark.parametrize(
    ("changes", "device"),
    [
        ({"instance": "p4d.24xlarge", "gpu_name": "A100", "gpu_memory_gb": 40.0}, "a100_sxm_40"),
        (
            {
                "provider": "azure",
                "instance": "Standard_NC24ads_A100_v4",
                "gpu_name": "A100",
            },
            "a100_pcie_80",
        ),
        (
            {"provider": "azure", "instance": "Standard_ND96asr_v4", "gpu_name": "A100"},
            "a100_sxm_80",
        ),
        ({"provider": "lambda", "instance": "gpu_1x_h100_pcie"}, "h100_pcie"),
        ({"provider": "gcp", "instance": "a3-highgpu-8g"}, "h100_sxm"),
        ({"provider": "lambda", "instance": "gpu_1x_a100", "gpu_name": "A100"}, None),
        ({"gpu_name": "L4", "gpu_memory_gb": 22.35}, None),
        ({"gpu_name": "L4", "gpu_memory_gb": 24.0}, "l4"),
        ({"gpu_name": "Gaudi2", "gpu_memory_gb": 96.0}, None),
    ],
)
def test_a_card_is_never_taken_for_a_module(changes, device):
    assert device_of(offer(1.0, **changes)) == device


def test_every_device_that_an_offer_can_be_is_in_the_catalogue():
    named = set(offers_module._DEVICES.values())
    named |= {name for pair in offers_module._TWO_FORMS.values() for name in pair}
    assert named <= set(devices())


def test_an_offer_of_an_unknown_gpu_is_dropped_with_the_reason():
    assert reasons(refreshed(offer(1.0, gpu_name="Gaudi2"))) == ["offer_unknown"]


def test_a_change_of_more_than_twice_must_be_confirmed(folder):
    (before,) = [p for p in prices() if p.instance == "p5.48xlarge"]
    was = before.ondemand_usd_per_gpu_h
    assert refreshed(offer(was * 2)).changes == ()
    found = refreshed(offer(was * 2.01))
    (change,) = found.changes
    assert (change.was, change.now, change.spot) == (was, was * 2.01, False)
    assert "h100_sxm at aws, p5.48xlarge us-east-1: 6.88" in str(change.message)
    assert save_refresh(found) == 0
    assert [p for p in prices() if p.key == before.key] == [before]
    assert save_refresh(found, found.changes) == 1
    assert [p for p in prices() if p.key == before.key] == list(found.kept)


def test_a_new_offer_is_held_against_the_providers_median_of_that_gpu():
    (change,) = refreshed(offer(1.0, region="mars")).changes
    assert change.was == 6.88


def test_a_refused_change_leaves_what_an_earlier_refresh_saved():
    first = refreshed(offer(6.0))
    save_refresh(first)
    save_refresh(refreshed(offer(13.0), offer(6.0, region="other")))
    found = {p.region: p.ondemand_usd_per_gpu_h for p in prices() if p.origin == "refreshed"}
    assert found == {"us-east-1": 6.0, "other": 6.0}


def test_a_refresh_replaces_its_providers_and_leaves_the_others():
    save_refresh(refreshed(offer(6.0)))
    other = offer(4.0, provider="lambda", instance="gpu_8x_h100_sxm5", region="us")
    save_refresh(refresh_prices(["lambdalabs"], TODAY, lambda name: [other]))
    save_refresh(refreshed(offer(5.0, region="new")))
    found = {(p.provider, p.region) for p in prices() if p.origin == "refreshed"}
    assert found == {("aws", "new"), ("lambda", "us")}


def test_a_provider_whose_prices_are_all_dropped_keeps_what_was_saved():
    save_refresh(refreshed(offer(6.0)))
    assert save_refresh(refreshed(offer(0.0))) == 0
    assert [p.provider for p in prices() if p.origin == "refreshed"] == ["aws"]


def test_a_refresh_never_touches_own_prices(folder):
    (shipped,) = [p for p in prices() if p.instance == "p5.48xlarge"]
    mine = add_price(replace(shipped, ondemand_usd_per_gpu_h=1.0))
    before = (folder / "prices.csv").read_bytes()
    found = refreshed(offer(6.0))
    assert found.changes == ()  # held against the shipped price, not the person's own
    save_refresh(found)
    assert (folder / "prices.csv").read_bytes() == before
    assert default_price("h100_sxm") == mine


def test_only_named_providers_are_asked():
    asked = []
    refresh_prices(["aws", "gcp", "aws"], TODAY, lambda name: asked.append(name) or [])
    assert asked == ["aws", "gcp"]
    for wrong in (["nobody"], []):
        with pytest.raises(InputError) as refusal:
            refresh_prices(wrong, TODAY, lambda name: [])
        assert refusal.value.field == "provider"


def unreachable(name):
    if name == "gcp":
        raise InputError("provider", name, "reachable")
    return [offer(6.0)]


def test_one_provider_that_fails_does_not_lose_the_others():
    found = refresh_prices(["gcp", "aws"], TODAY, unreachable)
    assert [error.value for error in found.failed] == ["gcp"]
    assert found.providers == ("aws",)
    assert len(found.kept) == 1
    with pytest.raises(InputError, match="reachable"):
        refresh_prices(["gcp"], TODAY, unreachable)


def test_a_refresh_can_be_followed_and_stopped(folder):
    seen = []

    def progress(fraction):
        seen.append(fraction)
        return fraction < 0.5

    with pytest.raises(CancelledError):
        refresh_prices(["aws", "gcp"], TODAY, lambda name: [offer(6.0)], progress)
    assert seen == [0.0, 0.5]
    assert not (folder / REFRESHED_FILE).exists()


class FakeItem(types.SimpleNamespace):
    pass


def fake_gpuhunt(monkeypatch, query):
    module = types.ModuleType("gpuhunt")
    module.query = query
    monkeypatch.setitem(sys.modules, "gpuhunt", module)


def test_gpuhunts_items_become_offers_under_the_catalogues_provider_names(monkeypatch):
    item = FakeItem(
        provider="oci",
        location="eu",
        instance_name="BM.GPU.H100.8",
        gpu_name="H100",
        gpu_memory=80.0,
        gpu_count=8,
        price=80.0,
        spot=False,
    )
    asked = []
    fake_gpuhunt(monkeypatch, lambda **filters: asked.append(filters) or [item])
    (found,) = fetch_offers("oci")
    assert asked == [{"provider": "oci", "min_gpu_count": 1}]
    assert (found.provider, found.usd_per_gpu_hour) == (PROVIDERS["oci"], 10.0) == ("oracle", 10.0)


def test_a_network_that_fails_is_a_refusal_that_says_why(monkeypatch):
    def query(**filters):
        raise ConnectionError("no route to host")

    fake_gpuhunt(monkeypatch, query)
    with pytest.raises(InputError, match="no route to host") as refusal:
        fetch_offers("aws")
    assert refusal.value.message.code == "provider_unreachable"


def test_a_catalogue_that_came_empty_is_no_answer(monkeypatch):
    fake_gpuhunt(monkeypatch, lambda **filters: [])
    with pytest.raises(InputError) as refusal:
        fetch_offers("aws")
    assert refusal.value.field == "provider"


def test_tracebacks_that_gpuhunt_logs_stay_off_the_terminal():
    script = (
        "import logging, sys, types\n"
        "from core.hardware.offers import fetch_offers\n"
        "fake = types.ModuleType('gpuhunt')\n"
        "def query(**filters):\n"
        "    logging.getLogger('gpuhunt._internal').warning('Traceback')\n"
        "    raise OSError('offline')\n"
        "fake.query = query\n"
        "sys.modules['gpuhunt'] = fake\n"
        "try:\n"
        "    fetch_offers('aws')\n"
        "except ValueError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "offline" in done.stdout
    assert done.stderr == ""


def test_without_gpuhunt_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "gpuhunt", None)
    with pytest.raises(InputError, match="pip install gpuhunt"):
        fetch_offers("aws")
