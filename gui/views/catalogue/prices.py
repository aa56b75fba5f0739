"""The sheet of prices."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QCoreApplication

from core.hardware.devices import devices
from core.hardware.prices import Price, default_price, prices
from core.quantities import format_number
from gui.views.catalogue.table import Cell, Column, Sheet
from gui.views.catalogue.wording import (
    age_doubt,
    age_word,
    mark_legend,
    not_verified,
    origin_text,
    verified_text,
)
from gui.widgets.glyphs import NoticeKind

translate = QCoreApplication.translate

Today = Callable[[], date]


def price_sheet(today: Today) -> Sheet[Price]:
    """Prices by GPU and from the cheapest."""
    return Sheet(
        columns=(
            *price_columns(),
            Column(
                translate("Catalogue", "price of"),
                translate("Catalogue", "When the price was read, as precisely as is known."),
                _as_of,
                partial(_age_doubt, today),
                marked=False,
                widest=120,
                about_source=True,
            ),
            Column(
                translate("Catalogue", "age"),
                translate("Catalogue", "Whether the price is older than 90 days."),
                partial(_age, today),
                partial(_age_doubt, today),
                marked=False,
                about_source=True,
            ),
            Column(
                translate("Catalogue", "checked"),
                translate("Catalogue", "Whether it was checked against a second source."),
                _checked,
                _doubt,
                marked=False,
                about_source=True,
            ),
            Column(
                translate("Catalogue", "origin"),
                translate("Catalogue", "Shipped, refreshed over the network, or your own."),
                _origin,
                about_source=True,
            ),
            *offer_columns(),
            Column(
                translate("Catalogue", "covers"),
                translate("Catalogue", "What the price includes beside the GPU."),
                _covers,
                _covers_doubt,
                marked=False,
            ),
            _text(
                "source",
                translate("Catalogue", "source"),
                translate("Catalogue", "Where the price was read."),
            ),
            _text(
                "source_licence",
                translate("Catalogue", "licence"),
                translate("Catalogue", "Under which its source may be used."),
                in_table=False,
            ),
            _text(
                "confidence",
                translate("Catalogue", "confidence"),
                translate("Catalogue", "How sure the price is: high, medium or low."),
                in_table=False,
            ),
            _text("notes", translate("Catalogue", "notes"), "", in_table=False),
        ),
        rows=_rows,
        key=key_of,
        title=_title,
        notices=partial(_notices, today),
        footnote=" ".join(
            (
                mark_legend(),
                translate(
                    "Catalogue",
                    "Your own prices come before refreshed ones and those before shipped ones; "
                    "nothing is ever overwritten. Facts, read through the sources named.",
                ),
            )
        ),
    )


def price_columns() -> tuple[Column[Price], ...]:
    """Which GPU, for how much, and where."""
    return (
        Column(
            translate("Catalogue", "GPU"), translate("Catalogue", "What people call it."), gpu_name
        ),
        Column(
            translate("Catalogue", "on demand"),
            translate("Catalogue", "US dollars per GPU and hour, as long as one likes."),
            partial(_usd, False),
            _doubt,
            usd_text,
            unit=usd_unit(),
        ),
        Column(
            translate("Catalogue", "spot"),
            translate("Catalogue", "US dollars per GPU and hour; it may be taken back."),
            partial(_usd, True),
            _doubt,
            usd_text,
            unit=usd_unit(),
        ),
        Column(translate("Catalogue", "provider"), "", _provider, widest=110),
    )


def offer_columns() -> tuple[Column[Price], ...]:
    """What is rented."""
    return (
        Column(
            translate("Catalogue", "instance"),
            translate("Catalogue", "What is rented, in the provider's words."),
            _instance,
        ),
        Column(translate("Catalogue", "region"), "", _region),
        Column(
            translate("Catalogue", "GPUs"),
            translate("Catalogue", "GPUs in what is rented."),
            _count,
            write=format_number,
        ),
    )


def usd_unit() -> str:
    """What prices are in."""
    return translate("Catalogue", "USD/GPU-h")


def usd_text(usd: float) -> str:
    """Dollars by the GPU-hour, to a tenth of a cent."""
    return f"{usd:,.3f}"


def scope_texts() -> dict[str, str]:
    """What a price covers, by its scope."""
    return {
        "instance": translate("Catalogue", "whole machine"),
        "chip": translate("Catalogue", "whole machine, by the chip"),
        "gpu_only": translate("Catalogue", "GPU only, host extra"),
        "effective": translate("Catalogue", "as the 2020 calculator"),
    }


def key_of(price: Price) -> tuple[object, ...]:
    """A row of a price: two dates of one offer are two rows."""
    return (*price.key, price.as_of, price.origin, price.ondemand_usd_per_gpu_h)


def gpu_name(price: Price) -> str:
    """The GPU's name; its id where no such GPU is known."""
    device = devices().get(price.gpu)
    return device.name if device else price.gpu


def _rows() -> Sequence[Price]:
    places = {name: place for place, name in enumerate(devices())}

    def order(price: Price) -> tuple[int, float]:
        usd = price.ondemand_usd_per_gpu_h or price.spot_usd_per_gpu_h or 0.0
        return places.get(price.gpu, len(places)), usd

    return sorted(prices(), key=order)


def _title(price: Price) -> str:
    return translate("Catalogue", "{0} at {1}").format(gpu_name(price), price.provider)


def _notices(today: Today, price: Price) -> Sequence[tuple[NoticeKind, str]]:
    found: list[tuple[NoticeKind, str]] = []
    if age := age_doubt(price, today()):
        found.append(("warning", f"{age[:1].upper()}{age[1:]}."))
    if not price.verified:
        found.append(("warning", translate("Catalogue", "This price was not verified.")))
    if price.leaves_host_out:
        sentence = translate("Catalogue", "The machine around the GPU costs extra.")
        found.append(("warning", sentence))
    for spot, words in (
        (False, translate("Catalogue", "A plan on this GPU takes this price on demand.")),
        (True, translate("Catalogue", "A plan on this GPU takes this price for spot.")),
    ):
        if default_price(price.gpu, spot) == price:
            found.append(("info", words))
    return found


def _usd(spot: bool, price: Price) -> float | None:
    return price.usd_per_gpu_hour(spot)


def _provider(price: Price) -> str:
    return price.provider


def _instance(price: Price) -> str:
    return price.instance


def _region(price: Price) -> str:
    return price.region


def _count(price: Price) -> float:
    return float(price.gpus_in_instance)


def _covers(price: Price) -> str:
    return scope_texts()[price.scope]


def _covers_doubt(price: Price) -> str:
    if price.leaves_host_out:
        return translate("Catalogue", "The machine around the GPU costs extra.")
    return ""


def _as_of(price: Price) -> str:
    return price.as_of


def _age(today: Today, price: Price) -> str:
    return age_word(price, today())


def _age_doubt(today: Today, price: Price) -> str:
    return age_doubt(price, today())


def _checked(price: Price) -> str:
    return verified_text(price.verified)


def _doubt(price: Price) -> str:
    return "" if price.verified else not_verified()


def _origin(price: Price) -> str:
    return origin_text(price.origin)


def _text(name: str, title: str, hint: str, *, in_table: bool = True) -> Column[Price]:
    return Column(title, hint, partial(_field, name), about_source=True, in_table=in_table)


def _field(name: str, price: Price) -> Cell:
    value: Cell = getattr(price, name)
    return value
