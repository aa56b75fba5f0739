"""Refreshing the prices: fetched, checked, shown, and saved only as far as somebody agrees."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

from core.errors import CancelledError, InputError
from core.hardware.offers import PROVIDERS, Fetch, Offer, device_of, fetch_offers
from core.hardware.prices import PRICE_COLUMNS, REFRESHED_FILE, Price, prices, row_of
from core.hardware.tables import user_folder, write_table
from core.messages import QT_TRANSLATE_NOOP, Message
from core.quantities import format_number

LARGEST_USD_PER_GPU_HOUR = 100.0
FARTHEST_FROM_MEDIAN = 3.0
LARGEST_CHANGE = 2.0

_UNKNOWN = QT_TRANSLATE_NOOP("core", "which GPU of the catalogue it is, is not said")
_RANGE = QT_TRANSLATE_NOOP("core", "{usd} USD per GPU-hour is not above 0 and at most {largest}")
_CROSSED = QT_TRANSLATE_NOOP("core", "on demand ({ondemand} USD) costs less than spot ({spot} USD)")
_FAR = QT_TRANSLATE_NOOP(
    "core", "{usd} USD per GPU-hour is over {factor} times away from the provider's median, {usual}"
)
_CHANGE = QT_TRANSLATE_NOOP(
    "core", "{gpu} at {provider}, {instance}: {was} USD per GPU-hour becomes {now}"
)


@dataclass(frozen=True, slots=True)
class Dropped:
    """An offer that is not used, and why."""

    provider: str
    region: str
    instance: str
    gpu_name: str
    reason: Message


@dataclass(frozen=True, slots=True)
class Change:
    """A price that moved by more than a factor of 2: to be confirmed before it is saved.

    Attributes:
        price: the new price.
        spot: whether it is the spot price that moved.
        was: USD per GPU-hour until now, of the same offer or, where that is new, the median of
            the provider's for that GPU.
        now: USD per GPU-hour from now on.
    """

    price: Price
    spot: bool
    was: float
    now: float

    @property
    def message(self) -> Message:
        """One sentence for people."""
        parts = {
            "gpu": self.price.gpu,
            "provider": self.price.provider,
            "instance": " ".join(filter(None, (self.price.instance, self.price.region))),
            "was": format_number(self.was),
            "now": format_number(self.now),
        }
        return Message("price_changed", _CHANGE, parts)


@dataclass(frozen=True, slots=True)
class Refresh:
    """What came of asking: nothing of it is saved yet.

    Attributes:
        providers: those with a price that passed the checks, by the catalogue's names.
        kept: prices that passed the checks.
        dropped: offers that did not.
        changes: kept prices that somebody must confirm.
        failed: why a provider did not answer.
    """

    providers: tuple[str, ...]
    kept: tuple[Price, ...]
    dropped: tuple[Dropped, ...]
    changes: tuple[Change, ...]
    failed: tuple[InputError, ...]


def refresh_prices(
    providers: Sequence[str],
    today: date,
    fetch: Fetch = fetch_offers,
    progress: Callable[[float], bool] | None = None,
    folder: Path | None = None,
) -> Refresh:
    """Ask providers for their prices and check the answers.

    Args:
        providers: keys of `offers.PROVIDERS`; at least one, and only named ones are asked.
        today: date that the prices carry.
        fetch: asks one provider; raises `InputError` where it cannot.
        progress: called with the fraction done; returning False cancels.
        folder: where refreshed and own prices live; default `user_folder`.

    Raises:
        InputError: no such provider, or none answered.
        CancelledError: ``progress`` returned False.
    """
    for name in providers:
        if name not in PROVIDERS:
            raise InputError("provider", name, f"one of {', '.join(PROVIDERS)}")
    if not providers:
        raise InputError("provider", "", f"one of {', '.join(PROVIDERS)}")
    asked = tuple(dict.fromkeys(providers))
    offers: list[Offer] = []
    failed: list[InputError] = []
    for number, name in enumerate(asked):
        if progress is not None and not progress(number / len(asked)):
            raise CancelledError
        try:
            offers += fetch(name)
        except InputError as error:
            failed.append(error)
    if len(failed) == len(asked):
        raise failed[0]
    kept, dropped = _checked(offers, today)
    answered = tuple(dict.fromkeys(price.provider for price in kept))
    changes = _changes(kept, [p for p in prices(folder) if p.origin != "yours"])
    return Refresh(answered, tuple(kept), tuple(dropped), tuple(changes), tuple(failed))


def save_refresh(
    refresh: Refresh, accepted: Iterable[Change] = (), folder: Path | None = None
) -> int:
    """Write the refreshed prices beside those of other providers; returns how many were written.

    Args:
        refresh: what `refresh_prices` found.
        accepted: the changes that somebody confirmed; a price with a change that is not among
            them is left out, and what was there stays.
        folder: where refreshed prices live; default `user_folder`.

    Raises:
        InputError: the file cannot be written.
    """
    folder = folder or user_folder()
    agreed = set(accepted)
    refused = {change.price.key for change in refresh.changes if change not in agreed}
    new = [price for price in refresh.kept if price.key not in refused]
    stay = [
        price
        for price in prices(folder)
        if price.origin == "refreshed"
        and (price.provider not in refresh.providers or price.key in refused)
    ]
    write_table(folder / REFRESHED_FILE, PRICE_COLUMNS, map(row_of, [*stay, *new]))
    return len(new)


def _checked(offers: Iterable[Offer], today: date) -> tuple[list[Price], list[Dropped]]:
    dropped: list[Dropped] = []
    groups: dict[tuple[object, ...], list[Offer]] = defaultdict(list)
    for offer in offers:
        device = device_of(offer)
        if device is None:
            dropped.append(_dropped(offer, Message("offer_unknown", _UNKNOWN)))
        elif not 0 < offer.usd_per_gpu_hour <= LARGEST_USD_PER_GPU_HOUR:  # NaN is not, either
            parts = {"usd": f"{offer.usd_per_gpu_hour:g}"}
            parts["largest"] = f"{LARGEST_USD_PER_GPU_HOUR:g}"
            dropped.append(_dropped(offer, Message("offer_out_of_range", _RANGE, parts)))
        else:
            key = (device, offer.provider, offer.region, offer.instance, offer.gpu_count)
            groups[key].append(offer)
    found: list[tuple[Price, Offer]] = []
    for (device_id, *_), same in groups.items():
        price = _price(str(device_id), same, today)
        ondemand, spot = price.ondemand_usd_per_gpu_h, price.spot_usd_per_gpu_h
        if ondemand is not None and spot is not None and ondemand < spot:
            parts = {"ondemand": format_number(ondemand), "spot": format_number(spot)}
            dropped.append(_dropped(same[0], Message("offer_crossed", _CROSSED, parts)))
        else:
            found.append((price, same[0]))
    usual = _medians([price for price, _ in found])
    kept: list[Price] = []
    for price, offer in found:
        far = _far_from(price, usual)
        if far is None:
            kept.append(price)
        else:
            dropped.append(_dropped(offer, far))
    return kept, dropped


def _price(device_id: str, same: list[Offer], today: date) -> Price:
    """The on-demand and spot offers of one machine; the cheapest where one is listed twice."""
    first = same[0]
    ondemand = [offer.usd_per_gpu_hour for offer in same if not offer.spot]
    spot = [offer.usd_per_gpu_hour for offer in same if offer.spot]
    return Price(
        gpu=device_id,
        provider=first.provider,
        region=first.region,
        instance=first.instance,
        gpus_in_instance=first.gpu_count,
        scope="instance",
        ondemand_usd_per_gpu_h=min(ondemand, default=None),
        spot_usd_per_gpu_h=min(spot, default=None),
        as_of=today.isoformat(),
        verified=False,
        confidence="medium",
        notes="",
        source=f"gpuhunt, {first.provider}'s own list",
        source_licence="facts",
        origin="refreshed",
    )


_Medians = dict[tuple[str, str, bool], float]


def _medians(found: Iterable[Price]) -> _Medians:
    """Median by GPU, provider and spot or not."""
    seen: dict[tuple[str, str, bool], list[float]] = defaultdict(list)
    for price in found:
        for spot in (False, True):
            if (usd := price.usd_per_gpu_hour(spot)) is not None:
                seen[price.gpu, price.provider, spot].append(usd)
    return {key: median(values) for key, values in seen.items()}


def _far_from(price: Price, usual: _Medians) -> Message | None:
    for spot in (False, True):
        usd = price.usd_per_gpu_hour(spot)
        if usd is None:
            continue
        middle = usual[price.gpu, price.provider, spot]
        if _apart(usd, middle) > FARTHEST_FROM_MEDIAN:
            parts = {"usd": format_number(usd), "usual": format_number(middle)}
            parts["factor"] = f"{FARTHEST_FROM_MEDIAN:g}"
            return Message("offer_far_off", _FAR, parts)
    return None


def _changes(kept: Iterable[Price], known: list[Price]) -> list[Change]:
    usual = _medians(known)
    by_key = {price.key: price for price in known}
    found: list[Change] = []
    for price in kept:
        before = by_key.get(price.key)
        for spot in (False, True):
            now = price.usd_per_gpu_hour(spot)
            was = before.usd_per_gpu_hour(spot) if before else None
            was = usual.get((price.gpu, price.provider, spot)) if was is None else was
            if now is not None and was is not None and _apart(now, was) > LARGEST_CHANGE:
                found.append(Change(price, spot, was, now))
    return found


def _apart(one: float, other: float) -> float:
    """How many times the larger is the smaller."""
    return max(one / other, other / one)


def _dropped(offer: Offer, reason: Message) -> Dropped:
    return Dropped(offer.provider, offer.region, offer.instance, offer.gpu_name, reason)
