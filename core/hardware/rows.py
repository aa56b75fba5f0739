"""A person's own GPUs and prices: added, taken out, never lost.

They live in two CSV files with the columns of the shipped tables, in the folder that
`tables.user_folder` says. Whatever else is in those files stays as it was written.
"""

from dataclasses import replace
from pathlib import Path

from core.errors import InputError
from core.hardware import devices as device_table
from core.hardware import prices as price_table
from core.hardware.devices import DEVICE_COLUMNS, Device, device_from_row
from core.hardware.prices import PRICE_COLUMNS, Price, price_from_row
from core.hardware.tables import Problem, put_row, take_row, user_folder
from core.messages import QT_TRANSLATE_NOOP, Message

_REFUSED = QT_TRANSLATE_NOOP("core", "{expected} (row {row} of {file})")
_KEY = ("gpu", "provider", "region", "instance")


def add_device(device: Device, folder: Path | None = None) -> Device:
    """Write a device into the person's table, in place of one of the same id; return it as read.

    Raises:
        InputError: a value cannot be used, or the file cannot be read or written.
    """
    path = (folder or user_folder()) / device_table.OWN_FILE
    row = device_table.row_of(device)
    written = _checked_device(row, path)
    taken = {
        word.casefold(): other.id
        for other in device_table.own_devices(folder).rows
        for word in (other.id, other.name, *other.aliases)
        if other.id != written.id
    }
    for word in (written.id, written.name, *written.aliases):
        if word.casefold() in taken:
            raise InputError("name", word, f"another name; {taken[word.casefold()]} is called so")
    put_row(path, DEVICE_COLUMNS, row, lambda other: other.get("id", "").strip() == written.id)
    return replace(written, origin="yours")


def remove_device(device_id: str, folder: Path | None = None) -> bool:
    """Take a device out of the person's table; whether it was there.

    Raises:
        InputError: the file cannot be read or written.
    """
    path = (folder or user_folder()) / device_table.OWN_FILE
    return take_row(
        path, DEVICE_COLUMNS[:1], lambda other: other.get("id", "").strip() == device_id
    )


def add_price(price: Price, folder: Path | None = None) -> Price:
    """Write a price into the person's table, in place of one of the same `Price.key`.

    Raises:
        InputError: a value cannot be used, no such GPU, or the file cannot be read or written.
    """
    folder = folder or user_folder()
    path = folder / price_table.OWN_FILE
    row = price_table.row_of(price)
    written = _checked_price(row, path)
    if written.gpu not in (known := device_table.devices(folder)):
        raise InputError("gpu", written.gpu, f"one of {', '.join(known)}")
    put_row(path, PRICE_COLUMNS, row, lambda other: _key(other) == written.key)
    return written


def remove_price(price: Price, folder: Path | None = None) -> bool:
    """Take a price out of the person's table; whether it was there.

    Raises:
        InputError: the file cannot be read or written.
    """
    path = (folder or user_folder()) / price_table.OWN_FILE
    return take_row(path, _KEY[:1], lambda other: _key(other) == price.key)


def problems(folder: Path | None = None) -> tuple[Problem, ...]:
    """What of the person's own rows, and of refreshed prices, could not be read."""
    return device_table.device_problems(folder) + price_table.price_problems(folder)


def _key(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row.get(name, "").strip() for name in _KEY)


def _checked_device(row: dict[str, str], path: Path) -> Device:
    try:
        return device_from_row(row)
    except InputError as error:
        raise _placed(error, path, row["id"]) from error


def _checked_price(row: dict[str, str], path: Path) -> Price:
    try:
        return price_from_row(row)
    except InputError as error:
        raise _placed(error, path, row["gpu"]) from error


def _placed(error: InputError, path: Path, name: str) -> InputError:
    """The same error, saying which row of which file it would have been."""
    parts = {"expected": error.expected, "row": name.strip() or "?", "file": path.name}
    expected = Message("refused_row", _REFUSED, parts)
    return InputError(error.field, error.value, expected)
