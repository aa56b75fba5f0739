"""Adding a GPU, or changing one of the person's own."""

import re

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from core.errors import InputError
from core.hardware.devices import Device, device_from_row, devices, own_devices, row_of
from core.hardware.rows import add_device
from gui.views.catalogue.fields import Field
from gui.views.catalogue.form import RowForm
from gui.views.catalogue.gpus import number_labels

translate = QCoreApplication.translate

_WIDTH = 860
_RATES = (
    *("bf16_tflops", "measured_bf16_matmul_tflops", "fp8_tflops", "fp16_tflops"),
    *("tf32_tflops", "fp32_tflops"),
)
_NO_WORD = re.compile(r"[^a-z0-9]+")


class GpuForm(RowForm):
    """Every figure of a GPU.

    Args:
        device: whose figures to begin with; None for empty fields.
        replaces: whether saving changes ``device``, instead of adding another.
        parent: owner.
    """

    def __init__(self, device: Device | None, replaces: bool, parent: QWidget) -> None:
        left = (
            (translate("Catalogue", "What it is"), _identity()),
            (translate("Catalogue", "Power and link"), _power()),
        )
        right = (
            (translate("Catalogue", "Memory"), _memory()),
            (translate("Catalogue", "Dense peaks"), [_number(name) for name in _RATES]),
        )
        changes = device is not None and replaces
        title = translate("Catalogue", "Change {0}") if changes else ""
        super().__init__(
            title.format(device.name if device else "") or translate("Catalogue", "Add a GPU"),
            (left, right),
            parent,
        )
        self.add_wide(translate("Catalogue", "Where it comes from"), _provenance())
        self._changes = changes
        self._id_is_typed = changes
        if device is not None:
            cells = row_of(device)
            cells["aliases"] = ", ".join(device.aliases)
            if not replaces:
                name = translate("Catalogue", "{0}, mine").format(device.name)
                cells |= {"name": name, "id": _as_id(name), "aliases": "", "verified": "false"}
            self.fill(cells)
        if changes:
            self.rows["id"].lock(
                translate("Catalogue", "Prices and plans know it by this id, which so stays")
            )
        self.rows["id"].edited.connect(self._on_id_typed)
        self.rows["name"].edited.connect(self._on_name_typed)
        self.fit(_WIDTH)
        self.rows["name"].edit.setFocus()

    def write(self, cells: dict[str, str]) -> Device:
        """Write it into the person's table."""
        aliases = (alias.strip() for alias in cells["aliases"].split(","))
        cells = cells | {"aliases": "|".join(alias for alias in aliases if alias)}
        device = device_from_row(cells)
        if not self._changes and device.id in {own.id for own in own_devices().rows}:
            expected = translate("Catalogue", "another one: a GPU of yours has it")
            raise InputError("id", device.id, expected)
        return add_device(device)

    def _on_id_typed(self) -> None:
        self._id_is_typed = bool(self.rows["id"].text())
        self._say_what_it_hides()

    def _on_name_typed(self) -> None:
        if not self._id_is_typed:
            self.rows["id"].set_text(_as_id(self.rows["name"].text()))
            self._say_what_it_hides()

    def _say_what_it_hides(self) -> None:
        hidden = devices().get(self.rows["id"].text())
        if hidden is not None and hidden.origin == "shipped" and not self._changes:
            sentence = translate(
                "Catalogue",
                "A shipped GPU has this id: {0}. Yours will stand in for it; the shipped one stays "
                "as it is and comes back when you remove yours.",
            )
            self.notices.set_notices([("info", sentence.format(hidden.name))])


def _as_id(name: str) -> str:
    return _NO_WORD.sub("_", name.casefold()).strip("_")


def _number(name: str) -> Field:
    label, unit, hint = number_labels()[name]
    starts_with_word = label.split()[0].isalpha()
    return Field(
        name, f"{label[:1].upper()}{label[1:]}" if starts_with_word else label, hint, "number", unit
    )


def _identity() -> list[Field]:
    return [
        Field(
            "name", translate("Catalogue", "&Name"), translate("Catalogue", "What people call it.")
        ),
        Field(
            "id",
            translate("Catalogue", "Id"),
            translate("Catalogue", "Its name on the command line and in files; it must be given."),
        ),
        Field(
            "aliases",
            translate("Catalogue", "Other names"),
            translate("Catalogue", "What drivers and tables call it, with commas between."),
        ),
        Field("vendor", translate("Catalogue", "Vendor"), translate("Catalogue", "Who makes it.")),
        Field(
            "release",
            translate("Catalogue", "Released"),
            translate("Catalogue", "Year and month, as 2024-03."),
        ),
        Field(
            "form_factor",
            translate("Catalogue", "Form"),
            translate("Catalogue", "How it is mounted: PCIe, SXM5, OAM…"),
        ),
    ]


def _memory() -> list[Field]:
    return [
        _number("memory_gb"),
        _number("mem_bw_gb_s"),
        Field(
            "memory_type",
            translate("Catalogue", "Memory type"),
            translate("Catalogue", "As HBM3 or GDDR6X."),
        ),
    ]


def _power() -> list[Field]:
    return [
        _number("tdp_w"),
        _number("interconnect_gb_s"),
        Field(
            "interconnect",
            translate("Catalogue", "Link type"),
            translate("Catalogue", "What connects it to other GPUs: NVLink4, PCIe4 x16…"),
        ),
    ]


def _provenance() -> list[Field]:
    figures = [(name, words[0]) for name, words in number_labels().items()]
    return [
        Field(
            "source",
            translate("Catalogue", "Source"),
            translate("Catalogue", "Where the figures were read, and of when."),
        ),
        Field("notes", translate("Catalogue", "Notes"), translate("Catalogue", "For yourself.")),
        Field(
            "unverified_fields",
            translate("Catalogue", "Not verified"),
            translate("Catalogue", "The figures that nobody checked against a second source."),
            "several",
            choices=figures,
        ),
        Field(
            "verified",
            translate("Catalogue", "All others are checked against a second source"),
            translate("Catalogue", "Without it every figure is shown as not verified."),
            "tick",
        ),
    ]
