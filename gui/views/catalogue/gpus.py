"""The sheet of GPUs."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from PySide6.QtCore import QCoreApplication

from core.calibration.measured import ORIGIN as MEASURED
from core.calibration.measured import MeasuredGpu, measured_gpus
from core.hardware.devices import Device, devices
from core.hardware.prices import age_text, default_price
from core.quantities import format_number
from gui.translate import translated
from gui.views.catalogue.table import Cell, Column, Sheet
from gui.views.catalogue.wording import mark_legend, not_verified, origin_text, verified_text
from gui.widgets.glyphs import NoticeKind

translate = QCoreApplication.translate


def number_labels() -> dict[str, tuple[str, str, str]]:
    """Every number of a device: its name, unit and meaning, translated."""
    return {
        "bf16_tflops": (
            translate("Catalogue", "bf16"),
            "TFLOP/s",
            translate(
                "Catalogue", "Dense peak in bf16 by the datasheet, 1e12 operations a second."
            ),
        ),
        "measured_bf16_matmul_tflops": (
            translate("Catalogue", "measured bf16"),
            "TFLOP/s",
            translate("Catalogue", "Best published bf16 matrix product, 1e12 operations a second."),
        ),
        "fp8_tflops": (
            translate("Catalogue", "fp8"),
            "TFLOP/s",
            translate("Catalogue", "Dense peak in fp8, 1e12 operations a second."),
        ),
        "memory_gb": (
            translate("Catalogue", "memory"),
            "GB",
            translate("Catalogue", "GPU memory by the datasheet, whose GB are 2^30 bytes."),
        ),
        "mem_bw_gb_s": (
            translate("Catalogue", "bandwidth"),
            "GB/s",
            translate("Catalogue", "What the memory delivers, 1e9 bytes a second."),
        ),
        "tdp_w": (
            translate("Catalogue", "TDP"),
            "W",
            translate("Catalogue", "The power that its cooling is made for, in watts."),
        ),
        "interconnect_gb_s": (
            translate("Catalogue", "link"),
            "GB/s",
            translate("Catalogue", "To other GPUs, both directions together, 1e9 bytes a second."),
        ),
        "fp16_tflops": (
            translate("Catalogue", "fp16"),
            "TFLOP/s",
            translate("Catalogue", "Dense peak in fp16, 1e12 operations a second."),
        ),
        "tf32_tflops": (
            translate("Catalogue", "tf32"),
            "TFLOP/s",
            translate("Catalogue", "Dense peak in tf32, 1e12 operations a second."),
        ),
        "fp32_tflops": (
            translate("Catalogue", "fp32"),
            "TFLOP/s",
            translate("Catalogue", "Dense peak in fp32, 1e12 operations a second."),
        ),
    }


def gpu_sheet(today: Callable[[], date]) -> Sheet[Device]:
    """The person's profiles, GPUs in the table's order, then the person's own rows."""
    has_measured = bool(measured_gpus())
    return Sheet(
        columns=(
            Column(
                translate("Catalogue", "GPU"),
                translate("Catalogue", "What people call it."),
                _name,
                widest=215,
            ),
            Column(
                translate("Catalogue", "unseen shapes"),
                translate(
                    "Catalogue",
                    "How far the speeds of your own calibration are off on shapes that its fit "
                    "has not seen, in the middle.",
                ),
                _held_out,
                write=_one_digit,
                unit=translate("Catalogue", "% off"),
                in_table=has_measured,
                about_source=True,
            ),
            *(_number_column(name, *words) for name, words in number_labels().items()),
            _text("release", translate("Catalogue", "released"), "", about_source=False),
            Column(
                translate("Catalogue", "checked"),
                translate("Catalogue", "Whether the figures were checked against a second source."),
                _checked,
                _checked_doubt,
                marked=False,
                about_source=True,
            ),
            Column(
                translate("Catalogue", "origin"),
                translate("Catalogue", "Shipped with the application, or your own."),
                _origin,
                about_source=True,
            ),
            _text("vendor", translate("Catalogue", "vendor"), ""),
            _text("form_factor", translate("Catalogue", "form"), ""),
            _text("interconnect", translate("Catalogue", "link type"), ""),
            _text(
                "source",
                translate("Catalogue", "source"),
                translate("Catalogue", "Where the figures were read, and of when."),
                about_source=True,
            ),
            _text("notes", translate("Catalogue", "notes"), "", about_source=True, in_table=False),
            _text("memory_type", translate("Catalogue", "memory type"), "", in_table=False),
            Column(
                translate("Catalogue", "other names"),
                translate("Catalogue", "What drivers and tables call it."),
                _aliases,
                in_table=False,
            ),
            _text(
                "id",
                translate("Catalogue", "id"),
                translate("Catalogue", "Its name on the command line and in files."),
                in_table=False,
            ),
        ),
        rows=_rows,
        key=_id,
        title=_name,
        notices=partial(_notices, today),
        footnote=" ".join(
            (
                mark_legend(),
                translate(
                    "Catalogue",
                    "Facts from datasheets, dense peaks; each row names its sources and their "
                    "licences. A dash is a figure that is not known.",
                ),
            )
        ),
    )


def unverified_words(device: Device) -> str:
    """The figures that were not checked, by their names for people."""
    labels = number_labels()
    return ", ".join(labels[name][0] for name in device.unverified)


def _rows() -> Sequence[Device]:
    return (*(gpu.device for gpu in measured_gpus()), *devices().values())


def _measured(device: Device) -> MeasuredGpu | None:
    if device.origin != MEASURED:
        return None
    return next((gpu for gpu in measured_gpus() if gpu.device.id == device.id), None)


def _held_out(device: Device) -> Cell:
    gpu = _measured(device)
    return None if gpu is None else 100 * gpu.median_error


def _one_digit(number: float) -> str:
    return f"{number:.1f}"


def _id(device: Device) -> str:
    return device.id


def _name(device: Device) -> str:
    return device.name


def _origin(device: Device) -> str:
    return origin_text(device.origin)


def _aliases(device: Device) -> str:
    return ", ".join(device.aliases)


def _checked(device: Device) -> str:
    if device.origin == MEASURED:
        return origin_text(MEASURED)
    words = unverified_words(device)
    if device.verified and words:
        return translate("Catalogue", "not {0}").format(words)
    return verified_text(device.verified)


def _checked_doubt(device: Device) -> str:
    return not_verified() if device.unverified or not device.verified else ""


def _notices(today: Callable[[], date], device: Device) -> Sequence[tuple[NoticeKind, str]]:
    found: list[tuple[NoticeKind, str]] = []
    measured = _measured(device)
    if measured is not None:
        low, high = measured.ends
        sentence = translate(
            "Catalogue",
            "Measured by you on {0}. Shapes that the fit had not seen were {1} off in the middle "
            "and {2} at most; plans take its speed as {3} to {4}.",
        )
        errors = (f"{100 * e:.1f} %" for e in (measured.median_error, measured.largest_error))
        ends = (f"{100 * (end - 1):+.0f} %".replace("-", "−") for end in (low, high))
        return [("info", sentence.format(measured.profile.date, *errors, *ends))]
    if not device.verified:
        found.append(("warning", translate("Catalogue", "This row was not verified.")))
    elif device.unverified:
        sentence = translate("Catalogue", "Not verified: {0}.").format(unverified_words(device))
        found.append(("warning", sentence))
    price = default_price(device.id)
    if price is None:
        found.append(("info", translate("Catalogue", "No price of it is known.")))
    else:
        sentence = translate("Catalogue", "A plan takes {0} USD per GPU-hour ({1}, {2}).")
        usd = format_number(price.usd_per_gpu_hour() or 0.0)
        age = translated(age_text(price, today()))
        found.append(("info", sentence.format(usd, price.provider, age)))
    return found


def _number_column(name: str, label: str, unit: str, hint: str) -> Column[Device]:
    return Column(
        label, hint, partial(_field, name), partial(_doubt, name), _five_digits, unit=unit
    )


def _five_digits(number: float) -> str:
    return format_number(number, 5)


def _text(
    name: str, title: str, hint: str, *, about_source: bool = False, in_table: bool = True
) -> Column[Device]:
    return Column(
        title,
        hint,
        partial(_field, name),
        partial(_doubt, name),
        about_source=about_source,
        in_table=in_table,
    )


def _field(name: str, device: Device) -> Cell:
    value: Cell = getattr(device, name)
    return value


def _doubt(name: str, device: Device) -> str:
    if name in _NOT_FIGURES:
        return ""
    return "" if device.is_verified(name) else not_verified()


_NOT_FIGURES = ("id", "source", "notes", "vendor")
