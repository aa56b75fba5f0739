"""``isoloss gpus``: the catalogue on the command line, its prices, grids and their refresh."""

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date

from core.calibration.measured import MeasuredGpu, measured_gpus
from core.command_line import Once, Parser, UsageError, as_json
from core.errors import InputError
from core.hardware.catalogue import gpus
from core.hardware.devices import Device, devices, find_device
from core.hardware.grids import Grid, find_grid, search_grids
from core.hardware.offers import PROVIDERS, Fetch, fetch_offers
from core.hardware.prices import Price, age_text, default_price, is_stale, prices_of
from core.hardware.refresh import Refresh, refresh_prices, save_refresh
from core.hardware.rows import problems
from core.quantities import format_number

FIELDS = {"provider": "--refresh", "zone": "--grids"}

_MARK = "*"
_LEGEND = f"{_MARK} unverified"
_SHOWN = ("memory_gb", "bf16_tflops", "tdp_w")


def add_gpus_options(command: Parser) -> None:
    """Give ``isoloss gpus`` its options."""
    command.add_argument(
        "--prices", metavar="GPU", action=Once, help="every price of one GPU, with date and source"
    )
    command.add_argument(
        "--grids",
        metavar="TEXT",
        action=Once,
        help="the carbon of electricity in zones with this in their code or name",
    )
    command.add_argument(
        "--refresh",
        metavar="PROVIDER",
        nargs="+",
        help=f"fetch today's prices over the network: {', '.join(PROVIDERS)}",
    )
    command.add_argument(
        "--accept-changes",
        action="store_true",
        help="with --refresh: also save prices that moved by more than a factor of 2",
    )
    command.epilog = "example: isoloss gpus --prices h100_sxm"


def list_gpus(
    arguments: argparse.Namespace, today: date | None = None, fetch: Fetch = fetch_offers
) -> str:
    """What ``isoloss gpus`` prints: the devices, or the prices, zones or refresh asked for.

    Raises:
        UsageError: options that do not go together.
        InputError: no such GPU, zone or provider, or no provider answered.
    """
    today = today or date.today()
    options = {"--prices": arguments.prices, "--grids": arguments.grids}
    options |= {"--refresh": arguments.refresh}
    given = [option for option, value in options.items() if value is not None]
    if len(given) > 1:
        raise UsageError(
            f"only one of {', '.join(options)} may be given, got {' and '.join(given)}"
        )
    if arguments.accept_changes and arguments.refresh is None:
        raise UsageError("--accept-changes must stand beside --refresh, got it alone")
    if arguments.prices is not None:
        return _prices(arguments.prices, arguments.json, today)
    if arguments.grids is not None:
        return _grids(arguments.grids, arguments.json)
    if arguments.refresh is not None:
        return _refresh(arguments, today, fetch)
    return _devices_as_json(today) if arguments.json else _devices(today)


def _devices(today: date) -> str:
    curves = list(gpus().values())
    lines = [*_measured(), f"{'id':<24}{'name':<34}{'USD/h':>8}{'W':>9}"]
    for gpu in curves:
        usd = format_number(gpu.price_usd_per_gpu_hour)
        watts = format_number(gpu.measured_watts, 5)
        lines.append(f"{gpu.id:<24}{gpu.name:<34}{usd:>8}{watts:>9}")
    lines += ["", f"Prices: {curves[0].dated_price_source}. Power: {curves[0].watts_source}."]
    lines += ["These have a 2020 speed curve. The GPUs of today's speed model:", ""]
    rows: list[tuple[str, ...]] = [("id", "GB", "bf16 TFLOP/s", "TDP W", "USD/h", "price")]
    for device in devices().values():
        price = default_price(device.id)
        cells = [_cell(device, field) for field in _SHOWN]
        usd, said = ("-", "no price known") if price is None else _offer(price, today)
        rows.append((device.id, *cells, usd, said))
    lines += _table(rows, "<>>>><")
    lines += ["", _LEGEND, "Price: the median of those known; --prices GPU lists them all."]
    lines += [str(problem.message) for problem in problems()]
    return "\n".join(lines)


def _measured() -> list[str]:
    """The person's own profiles, with how far each is off on shapes that it has not seen."""
    found = measured_gpus()
    if not found:
        return []
    rows: list[tuple[str, ...]] = [("name", "GB", "off", "at most", "date", "id")]
    for gpu in found:
        errors = (f"{100 * error:.1f} %" for error in (gpu.median_error, gpu.largest_error))
        device = gpu.device
        memory = _cell(device, "memory_gb")
        rows.append((device.name, memory, *errors, gpu.profile.date, device.id))
    about = "Measured by you; off is the error on shapes that the fit has not seen:"
    return [about, "", *_table(rows, "<>>><<"), ""]


def _measured_as_dict(gpu: MeasuredGpu) -> dict[str, object]:
    low, high = gpu.ends
    return {
        **asdict(gpu.device),
        "group": "measured",
        "unverified": list(gpu.device.unverified),
        "price_usd_per_gpu_hour": None,
        "measured_watts": gpu.profile.power_w,
        "price": None,
        "catalogue_gpu": gpu.card.id if gpu.card else None,
        "date": gpu.profile.date,
        "precisions": list(gpu.profile.precisions),
        "held_out_median": gpu.median_error,
        "held_out_largest": gpu.largest_error,
        "speed_low": low,
        "speed_high": high,
    }


def _devices_as_json(today: date) -> str:
    """Measured ones, the 2020 GPUs with the keys that they always had, then today's."""
    rows = [_measured_as_dict(gpu) for gpu in measured_gpus()]
    rows += [{**asdict(gpu), "group": "2020 curve"} for gpu in gpus().values()]
    for device in devices().values():
        price = default_price(device.id)
        rows.append(
            {
                **asdict(device),
                "group": "today",
                "unverified": list(device.unverified),
                "price_usd_per_gpu_hour": price.usd_per_gpu_hour() if price else None,
                "measured_watts": None,
                "price": _price_as_dict(price, today) if price else None,
            }
        )
    return as_json(rows)


def _prices(name: str, in_json: bool, today: date) -> str:
    try:
        device = find_device(name)
    except InputError as error:
        raise error.renamed("--prices") from error
    found = sorted(prices_of(device.id), key=_by_price)
    if in_json:
        return as_json([_price_as_dict(price, today) for price in found])
    if not found:
        return f"No price of {device.name} is known."
    rows = [("USD/h", "spot", "provider", "region", "instance", "covers", "price", "source")]
    for price in found:
        rows.append(
            (
                _marked(_usd(price), price.verified),
                _marked(_usd(price, spot=True), price.verified),
                price.provider,
                price.region,
                price.instance,
                "GPU only, host extra" if price.leaves_host_out else price.scope,
                str(age_text(price, today)),
                f"{price.origin}: {price.source}",
            )
        )
    chosen = default_price(device.id)
    lines = [device.name, "", *_table(rows, ">><<<<<<"), "", _LEGEND]
    if chosen is not None:
        lines.append(f"A plan takes {' '.join(_offer(chosen, today))} unless told otherwise.")
    return "\n".join(lines)


def _grids(text: str, in_json: bool) -> str:
    found: Sequence[Grid] = search_grids(text) or [find_grid(text)]
    if in_json:
        return as_json([asdict(grid) for grid in found])
    rows = [("zone", "name", "g/kWh", "year and basis")]
    for grid in found:
        figure = _marked(format_number(grid.gco2e_per_kwh), grid.verified)
        rows.append((grid.zone, grid.name, figure, grid.basis_text))
    credits = dict.fromkeys(grid.attribution for grid in found)
    return "\n".join([*_table(rows, "<<><"), "", *(f"Source: {line}" for line in credits)])


def _refresh(arguments: argparse.Namespace, today: date, fetch: Fetch) -> str:
    found = refresh_prices(arguments.refresh, today, fetch)
    saved = save_refresh(found, found.changes if arguments.accept_changes else ())
    if arguments.json:
        return as_json(_refresh_as_dict(found, saved))
    lines = [f"{saved} prices saved of {', '.join(arguments.refresh)}."]
    lines += [f"No answer: {error}" for error in found.failed]
    reasons = Counter(str(dropped.reason) for dropped in found.dropped)
    lines += [f"{count} offers dropped: {reason}" for reason, count in reasons.most_common(10)]
    if found.changes:
        done = "saved" if arguments.accept_changes else "not saved without --accept-changes"
        lines += [f"Moved by more than a factor of 2, {done}:"]
        lines += [f"  {change.message}" for change in found.changes]
    return "\n".join(lines)


def _refresh_as_dict(found: Refresh, saved: int) -> dict[str, object]:
    return {
        "saved": saved,
        "providers": list(found.providers),
        "failed": [str(error) for error in found.failed],
        "changes": [str(change.message) for change in found.changes],
        "dropped": [{**asdict(one), "reason": str(one.reason)} for one in found.dropped],
    }


def _price_as_dict(price: Price, today: date) -> dict[str, object]:
    age = {"stale": is_stale(price, today), "age": str(age_text(price, today))}
    return {**asdict(price), **age, "host_included": not price.leaves_host_out}


def _offer(price: Price, today: date) -> tuple[str, str]:
    """USD per hour, and whose, when and how sure."""
    words = [price.provider, price.region, price.instance]
    if price.leaves_host_out:
        words.append("(GPU only, host extra)")
    said = " ".join(word for word in words if word)
    return _marked(_usd(price), price.verified), f"{said}, {age_text(price, today)}"


def _usd(price: Price, spot: bool = False) -> str:
    value = price.usd_per_gpu_hour(spot)
    return "-" if value is None else format_number(value)


def _by_price(price: Price) -> tuple[bool, float]:
    value = price.usd_per_gpu_hour()
    return value is None, value or price.usd_per_gpu_hour(spot=True) or 0.0


def _cell(device: Device, field: str) -> str:
    value = getattr(device, field)
    return "-" if value is None else _marked(format_number(value), device.is_verified(field))


def _marked(text: str, verified: bool) -> str:
    return text if verified or text == "-" else f"{text}{_MARK}"


def _table(rows: Sequence[Sequence[str]], sides: str) -> Iterable[str]:
    """Columns as wide as their widest cell, aligned as ``sides`` says."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{c:{s}{w}}" for c, s, w in zip(row, sides, widths, strict=True))
        yield "  ".join(cells).rstrip()
