"""Values out of JSON that nobody has checked yet; what is wrong names its file and field."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

from core.errors import InputError

_LONGEST_SHOWN = 60
_LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of a JSON file; every reader raises `InputError` for what it cannot use.

    Attributes:
        values: name to whatever the file has there.
        file: name of the file, for messages.
        place: names of the objects around it, each with a full stop.
    """

    values: dict[str, object]
    file: str
    place: str = ""

    def refuse(self, name: str, expected: str) -> NoReturn:
        """Say that ``name`` must be ``expected``."""
        raise InputError(
            f"{self.place}{name} in {self.file}", shown(self.values.get(name)), expected
        )

    def has(self, name: str) -> bool:
        """Whether there is a value that is not null."""
        return self.values.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A text without control characters; ``default`` where there is none."""
        value = self.values.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT or not value.isprintable():
            self.refuse(name, f"a line of text of at most {_LONGEST_TEXT} characters")
        return value

    def flag(self, name: str) -> bool:
        """True or false; false where there is none."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, bool):
            self.refuse(name, "true or false")
        return bool(value)

    def number(self, name: str, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number from ``low`` to ``high``."""
        value = finite(self.values.get(name))
        if value is None or not low <= value <= high:
            self.refuse(name, _wanted("a finite number", low, high))
        return value

    def number_or_none(self, name: str, low: float = -math.inf) -> float | None:
        """The same, None where there is none."""
        return self.number(name, low) if self.has(name) else None

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``."""
        value = self.number(name, low, high)
        if value != int(value):
            self.refuse(name, _wanted("a whole number", low, high))
        return int(value)

    def integer_or_none(self, name: str, low: int, high: int) -> int | None:
        """The same, None where there is none."""
        return self.integer(name, low, high) if self.has(name) else None

    def numbers(self, name: str, length: int) -> tuple[float, ...]:
        """A list of so many finite numbers."""
        found = finite_row(self.values.get(name), length)
        if found is None:
            self.refuse(name, f"a list of {length} finite numbers")
        return found

    def span(self, name: str) -> tuple[float, float] | None:
        """A positive range, smallest first; None where there is none."""
        if not self.has(name):
            return None
        low, high = self.numbers(name, 2)
        if not 0 < low <= high:
            self.refuse(name, "two positive numbers, the smaller first")
        return low, high

    def items(self, name: str, most: int) -> Sequence[object]:
        """A list of at most ``most`` things."""
        value = self.values.get(name)
        if not isinstance(value, list) or len(value) > most:
            self.refuse(name, f"a list of at most {most:,}")
        return value

    def part(self, name: str) -> "Fields":
        """The object called ``name``; an empty one where there is none."""
        value = self.values.get(name)
        if value is None:
            value = {}
        if not isinstance(value, dict):
            self.refuse(name, "an object")
        return Fields(value, self.file, f"{self.place}{name}.")


def parse(content: bytes, file: str) -> Fields:
    """The object that a JSON file holds.

    Raises:
        InputError: it is no JSON object, not UTF-8, nested beyond reason, has a field twice,
            or a number that is none (NaN, Infinity).
    """
    try:
        document = json.loads(
            content.decode("utf-8-sig"), object_pairs_hook=_without_twins, parse_constant=_no_number
        )
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        if isinstance(error, UnicodeDecodeError):
            reason = "bytes that are no text"
        raise InputError(file, reason[:200], "a file of JSON") from error
    if not isinstance(document, dict):
        raise InputError(file, shown(document), "a JSON object")
    return Fields(document, file)


def finite(value: object) -> float | None:
    """``value`` as a float if it is a number that has one, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def finite_row(value: object, length: int) -> tuple[float, ...] | None:
    """A list of ``length`` finite numbers, else None."""
    if not isinstance(value, list) or len(value) != length:
        return None
    row = tuple(number for number in map(finite, value) if number is not None)
    return row if len(row) == length else None


def shown(value: object) -> str:
    """A value as an error quotes it: short, whatever it is."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if value is None:
        return "nothing"
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > 10**_LONGEST_SHOWN:
        return "a very large number"
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _wanted(what: str, low: float, high: float) -> str:
    if low == -math.inf:
        return what
    return f"{what} of at least {low:g}" if high == math.inf else f"{what} from {low:g} to {high:g}"


def _without_twins(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands there twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")
