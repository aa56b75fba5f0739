"""What a GPU-hour costs: the shipped prices, refreshed ones, and a person's own."""

import re
from calendar import monthrange
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.errors import InputError
from core.hardware.tables import (
    Problem,
    Stamp,
    Table,
    positive,
    read_table,
    required,
    shipped_rows,
    stamp,
    user_folder,
)
from core.messages import QT_TRANSLATE_NOOP, Message

REFRESHED_FILE = "prices-refreshed.csv"
OWN_FILE = "prices.csv"
STALE_DAYS = 90

_RECENT_DAYS = 731
_ORIGINS = ("shipped", "refreshed", "yours")
_SCOPES = ("instance", "chip", "gpu_only", "effective")
_WHOLE = ("instance", "chip")  # the price of everything that one rents
_REQUIRED = ("gpu", "provider", "gpus_in_instance")
_DATE = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-(?P<day>\d{2}))?|-H(?P<half>[12]))?")

_FRESH = QT_TRANSLATE_NOOP("core", "price of {as_of}")
_STALE = QT_TRANSLATE_NOOP("core", "price of {as_of}, older than {days} days")
_MAYBE = QT_TRANSLATE_NOOP("core", "price of {as_of}, may be older than {days} days")
_UNDATED = QT_TRANSLATE_NOOP("core", "price without a date")


@dataclass(frozen=True, slots=True)
class Price:
    """One offer, per GPU and hour; None where a provider has no such offer.

    Attributes:
        gpu: id of the device.
        instance: what is rented, in the provider's words.
        scope: ``instance`` (the whole machine divided by its GPUs), ``chip`` (the same of a
            TPU), ``gpu_only`` (the machine around it costs extra) or ``effective`` (as the 2020
            calculator had it).
        as_of: when the price was read, as precisely as is known.
        origin: ``shipped``, ``refreshed`` or ``yours``.
    """

    gpu: str
    provider: str
    region: str
    instance: str
    gpus_in_instance: int
    scope: str
    ondemand_usd_per_gpu_h: float | None
    spot_usd_per_gpu_h: float | None
    as_of: str
    verified: bool
    confidence: str
    notes: str
    source: str
    source_licence: str
    origin: str = "yours"

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What two prices of the same offer have in common."""
        return self.gpu, self.provider, self.region, self.instance

    @property
    def leaves_host_out(self) -> bool:
        """Whether the machine around the GPU costs extra."""
        return self.scope == "gpu_only"

    def usd_per_gpu_hour(self, spot: bool = False) -> float | None:
        """USD per GPU-hour, on demand or spot; None where there is no such offer."""
        return self.spot_usd_per_gpu_h if spot else self.ondemand_usd_per_gpu_h


PRICE_COLUMNS = (
    *(field.name for field in fields(Price)[:8]),
    "currency",
    *(field.name for field in fields(Price)[8:-1]),
)


def prices(folder: Path | None = None) -> tuple[Price, ...]:
    """Every price, shipped ones first.

    A refreshed price hides the shipped ones of the same offer (`Price.key`), and a person's own
    hides both; the files themselves are never changed by that.

    Args:
        folder: where refreshed and own prices live; default `user_folder`.
    """
    return _merged(*_layers(folder))


def prices_of(gpu_id: str) -> tuple[Price, ...]:
    """Every price of one device."""
    return _by_gpu(*_layers(None)).get(gpu_id, ())


def price_problems(folder: Path | None = None) -> tuple[Problem, ...]:
    """What of the refreshed and own prices could not be read."""
    folder = folder or user_folder()
    cached = _read(folder / REFRESHED_FILE, stamp(folder / REFRESHED_FILE), "refreshed")
    return cached.problems + own_prices(folder).problems


def own_prices(folder: Path | None = None) -> Table[Price]:
    """The person's own prices."""
    path = (folder or user_folder()) / OWN_FILE
    return _read(path, stamp(path), "yours")


def default_price(gpu_id: str, spot: bool = False) -> Price | None:
    """The price that a plan takes where nobody chose one; None where nobody offers the GPU so.

    The person's own prices come first, then refreshed ones, then shipped ones; among those,
    verified before unverified, and whole machines before prices that leave the host out
    (`Price.leaves_host_out`) and before those of the 2020 calculator. Of what is left, less what
    is over two years older than the newest, the median (the lower of two) is taken: neither the
    cheapest marketplace nor the dearest cloud. The rule knows no calendar, so a plan stays what
    it is tomorrow.
    """
    found = [price for price in prices_of(gpu_id) if price.usd_per_gpu_hour(spot) is not None]
    if not found:
        return None
    best = min(map(_rank, found))
    newest_of_offer = {
        price.key: price
        for price in sorted(found, key=lambda price: price.as_of)
        if _rank(price) == best
    }
    likely = _recent(list(newest_of_offer.values()))
    likely.sort(key=lambda price: (price.usd_per_gpu_hour(spot), price.key))
    return likely[(len(likely) - 1) // 2]


def is_stale(price: Price, today: date) -> bool | None:
    """Whether a price is older than 90 days; None where its date does not say."""
    span = _span(price.as_of)
    if span is None:
        return None
    earliest, latest = span
    if (today - latest).days > STALE_DAYS:
        return True
    return False if (today - earliest).days <= STALE_DAYS else None


def age_text(price: Price, today: date) -> Message:
    """The date of a price for people, and whether it is, or may be, stale."""
    if not price.as_of:
        return Message("price_undated", _UNDATED)
    stale = is_stale(price, today)
    code, template = {
        True: ("price_stale", _STALE),
        False: ("price_fresh", _FRESH),
        None: ("price_maybe_stale", _MAYBE),
    }[stale]
    return Message(code, template, {"as_of": price.as_of, "days": str(STALE_DAYS)})


def price_from_row(row: dict[str, str], origin: str = "yours") -> Price:
    """The price in a row of a table.

    Raises:
        InputError: a cell is not what its column holds.
    """
    values: dict[str, Any] = {
        field.name: row.get(field.name, "").strip() for field in fields(Price)
    }
    price = Price(
        **{
            **values,
            "gpu": required(row, "gpu"),
            "provider": required(row, "provider"),
            "gpus_in_instance": _count(row),
            "scope": values["scope"] or "instance",
            "ondemand_usd_per_gpu_h": positive(row, "ondemand_usd_per_gpu_h"),
            "spot_usd_per_gpu_h": positive(row, "spot_usd_per_gpu_h"),
            "verified": values["verified"].casefold() == "true",
            "origin": origin,
        }
    )
    if row.get("currency", "USD").strip() not in ("", "USD"):
        raise InputError("currency", row["currency"], "USD")
    return checked(price)


def checked(price: Price) -> Price:
    """The price itself, if it says what it costs.

    Raises:
        InputError: it has no price, or a scope that is not known.
    """
    if price.scope not in _SCOPES:
        raise InputError("scope", price.scope, f"one of {', '.join(_SCOPES)}")
    if price.ondemand_usd_per_gpu_h is None and price.spot_usd_per_gpu_h is None:
        raise InputError("ondemand_usd_per_gpu_h", "", "given, or a spot price")
    return price


def row_of(price: Price) -> dict[str, str]:
    """The cells of a price, as `price_from_row` reads them."""
    values = {name: value for name, value in asdict(price).items() if name != "origin"}
    return {name: "" if value is None else str(value) for name, value in values.items()} | {
        "verified": "true" if price.verified else "false",
        "currency": "USD",
    }


@lru_cache(maxsize=1)
def _shipped() -> tuple[Price, ...]:
    return tuple(price_from_row(row, "shipped") for row in shipped_rows("prices.csv"))


@lru_cache(maxsize=8)
def _read(path: Path, stamp: Stamp, origin: str) -> Table[Price]:
    """The prices of a file, read again when ``stamp`` says that it is another."""
    found = read_table(path, _REQUIRED, price_from_row)
    return replace(found, rows=tuple(replace(price, origin=origin) for price in found.rows))


_Layers = tuple[Path, Stamp, Path, Stamp]


def _layers(folder: Path | None) -> _Layers:
    folder = folder or user_folder()
    cached, own = folder / REFRESHED_FILE, folder / OWN_FILE
    return cached, stamp(cached), own, stamp(own)


@lru_cache(maxsize=4)
def _merged(cached: Path, cached_stamp: Stamp, own: Path, own_stamp: Stamp) -> tuple[Price, ...]:
    merged = list(_shipped())
    for layer in (_read(cached, cached_stamp, "refreshed"), _read(own, own_stamp, "yours")):
        hidden = {price.key for price in layer.rows}
        merged = [price for price in merged if price.key not in hidden]
        merged += layer.rows
    return tuple(merged)


@lru_cache(maxsize=4)
def _by_gpu(*layers: *_Layers) -> dict[str, tuple[Price, ...]]:
    found: dict[str, list[Price]] = {}
    for price in _merged(*layers):
        found.setdefault(price.gpu, []).append(price)
    return {gpu: tuple(same) for gpu, same in found.items()}


def _rank(price: Price) -> tuple[int, bool, int]:
    """The smaller, the sooner a plan takes the price."""
    scope = 0 if price.scope in _WHOLE else 1 if price.leaves_host_out else 2
    return -_ORIGINS.index(price.origin), not price.verified, scope


def _recent(found: list[Price]) -> list[Price]:
    """Those whose date is unknown, or at most two years before the newest date."""
    spans = [_span(price.as_of) for price in found]
    newest = max((span[1] for span in spans if span), default=date.min)
    return [
        price
        for price, span in zip(found, spans, strict=True)
        if span is None or (newest - span[1]).days <= _RECENT_DAYS
    ]


def _count(row: dict[str, str]) -> int:
    number = positive(row, "gpus_in_instance")
    if number is None or number != int(number):
        raise InputError("gpus_in_instance", row.get("gpus_in_instance", ""), "a whole number")
    return int(number)


def _span(as_of: str) -> tuple[date, date] | None:
    """First and last day that ``2026-09-08``, ``2026-09``, ``2025-H2...`` or ``2026`` can mean."""
    match = _DATE.match(as_of)
    if match is None:
        return None
    year = int(match["year"])
    try:
        if match["day"]:
            day = date(year, int(match["month"]), int(match["day"]))
            return day, day
        if match["month"]:
            month = int(match["month"])
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        first = 7 if match["half"] == "2" else 1
        last = 6 if match["half"] == "1" else 12
        return date(year, first, 1), date(year, last, monthrange(year, last)[1])
    except ValueError:
        return None
