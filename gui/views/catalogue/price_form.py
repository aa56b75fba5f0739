"""Adding a price, or changing one of the person's own."""

from datetime import date

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from core.errors import InputError
from core.hardware.devices import devices
from core.hardware.prices import Price, own_prices, price_from_row, prices, row_of
from core.hardware.rows import add_price, remove_price
from gui.views.catalogue.fields import Field
from gui.views.catalogue.form import RowForm
from gui.views.catalogue.prices import scope_texts
from gui.views.catalogue.wording import age_doubt

translate = QCoreApplication.translate

_WIDTH = 860
_KEY = ("gpu", "provider", "region", "instance")


class PriceForm(RowForm):
    """Every figure of a price.

    Args:
        price: whose figures to begin with; None for empty fields.
        replaces: whether saving changes ``price``, instead of adding another.
        today: date of a new price, and what its age is counted from.
        parent: owner.
        gpu: id of the GPU to begin with.
    """

    def __init__(
        self, price: Price | None, replaces: bool, today: date, parent: QWidget, gpu: str = ""
    ) -> None:
        left = ((translate("Catalogue", "What is rented"), _offer()),)
        right = ((translate("Catalogue", "What it costs"), _costs()),)
        changes = price is not None and replaces
        title = translate("Catalogue", "Change a price") if changes else ""
        super().__init__(title or translate("Catalogue", "Add a price"), (left, right), parent)
        self.add_wide(translate("Catalogue", "Where it comes from"), _provenance())
        self._before = price if changes else None
        self._today = today
        if price is not None:
            cells = row_of(price)
            if not replaces:
                cells |= {"as_of": today.isoformat(), "verified": "false"}
            self.fill(cells)
        else:
            self.fill(
                {
                    "gpu": gpu,
                    "gpus_in_instance": "1",
                    "scope": "instance",
                    "as_of": today.isoformat(),
                    "confidence": "high",
                }
            )
        self.fit(_WIDTH)
        self.rows["gpu" if price is None else "ondemand_usd_per_gpu_h"].edit.setFocus()

    def write(self, cells: dict[str, str]) -> Price:
        """Write it into the person's table."""
        price = price_from_row(cells)
        before = self._before
        is_another = before is None or before.key != price.key
        if is_another and price.key in {own.key for own in own_prices().rows}:
            expected = translate(
                "Catalogue",
                "another one, or another region or instance: a price of yours is of this offer",
            )
            raise InputError("provider", price.provider, expected)
        written = add_price(price)
        if before is not None and before.key != written.key:
            remove_price(before)
        return written

    def on_edited(self) -> None:
        """Say what the price will hide, and whether it is stale already."""
        super().on_edited()
        cells = self.cells()
        key = tuple(cells[name] for name in _KEY)
        notices = []
        known = [price for price in prices() if price.key == key and price.origin != "yours"]
        if known and self._before is None:
            notices.append(
                translate(
                    "Catalogue",
                    "There is a price of this offer. Yours will stand in for it; it stays as it "
                    "is and comes back when you remove yours.",
                )
            )
        self.notices.set_notices([("info", sentence) for sentence in notices])
        self._say_age(cells["as_of"])

    def _say_age(self, as_of: str) -> None:
        row = self.rows["as_of"]
        dated = {"gpu": "x", "provider": "x", "gpus_in_instance": "1", "as_of": as_of}
        price = price_from_row(dated | {"ondemand_usd_per_gpu_h": "1"})
        row.set_note(age_doubt(price, self._today))


def _offer() -> list[Field]:
    providers = sorted({price.provider for price in prices()})
    return [
        Field(
            "gpu",
            translate("Catalogue", "&GPU"),
            translate("Catalogue", "The GPU that is rented; yours are at the end."),
            "choice",
            choices=[(device.id, device.name) for device in devices().values()],
        ),
        Field(
            "provider",
            translate("Catalogue", "Provider"),
            translate("Catalogue", "Who rents it out; it must be given."),
            choices=[(name, name) for name in providers],
        ),
        Field(
            "instance",
            translate("Catalogue", "Instance"),
            translate("Catalogue", "What is rented, in the provider's words."),
        ),
        Field(
            "region",
            translate("Catalogue", "Region"),
            translate(
                "Catalogue", "Where, in the provider's words; empty where all cost the same."
            ),
        ),
        Field(
            "gpus_in_instance",
            translate("Catalogue", "GPUs"),
            translate("Catalogue", "GPUs in what is rented, a whole number."),
            "number",
            unit=translate("Catalogue", "GPUs"),
        ),
    ]


def _costs() -> list[Field]:
    unit = translate("Catalogue", "USD/GPU-h")
    return [
        Field(
            "ondemand_usd_per_gpu_h",
            translate("Catalogue", "On &demand"),
            translate("Catalogue", "US dollars per GPU and hour, as long as one likes."),
            "number",
            unit,
        ),
        Field(
            "spot_usd_per_gpu_h",
            translate("Catalogue", "S&pot"),
            translate("Catalogue", "US dollars per GPU and hour; it may be taken back."),
            "number",
            unit,
        ),
        Field(
            "scope",
            translate("Catalogue", "Covers"),
            translate("Catalogue", "What the price includes beside the GPU."),
            "choice",
            choices=list(scope_texts().items()),
        ),
        Field(
            "as_of",
            translate("Catalogue", "Price of"),
            translate("Catalogue", "When it was read: 2026-11-22, 2026-11 or 2026."),
        ),
    ]


def _provenance() -> list[Field]:
    levels = (
        ("high", translate("Catalogue", "high")),
        ("medium", translate("Catalogue", "medium")),
        ("low", translate("Catalogue", "low")),
    )
    return [
        Field(
            "source",
            translate("Catalogue", "Source"),
            translate("Catalogue", "Where the price was read: a page, an invoice, an offer."),
        ),
        Field(
            "source_licence",
            translate("Catalogue", "Licence"),
            translate("Catalogue", "Under which its source may be used; facts are free."),
        ),
        Field("notes", translate("Catalogue", "Notes"), translate("Catalogue", "For yourself.")),
        Field(
            "confidence",
            translate("Catalogue", "Confidence"),
            translate("Catalogue", "How sure the price is."),
            "choice",
            choices=levels,
        ),
        Field(
            "verified",
            translate("Catalogue", "Checked against a second source"),
            translate("Catalogue", "Without it the price is shown as not verified."),
            "tick",
        ),
    ]
