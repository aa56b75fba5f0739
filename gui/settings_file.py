"""A settings file that is broken is set aside and named: never lost, and never in the way."""

import stat
import time
from dataclasses import dataclass
from pathlib import Path

_MOST_BYTES = 1_000_000  # a file of ours has a few thousand
# Qt would build an object of any kind from these; we write none of them
_FOREIGN = ("@Variant(", "@DateTime(")
_MOST_KEPT = 100


@dataclass(frozen=True, slots=True)
class Damage:
    """What happened to a settings file.

    Attributes:
        path: the file.
        kept: its name from now on; None where it had to stay.
    """

    path: Path
    kept: Path | None


def set_aside_if_broken(path: Path) -> Damage | None:
    """Look at a settings file before Qt does; None if it is sound, or not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    if stat.S_ISREG(found.st_mode) and found.st_size <= _MOST_BYTES and _reads(path):
        return None
    return Damage(path, _set_aside(path))


def _reads(path: Path) -> bool:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    if "\0" in text or any(foreign in text for foreign in _FOREIGN):
        return False
    return all(_is_sound(line.strip()) for line in text.split("\n"))


def _is_sound(line: str) -> bool:
    if line.startswith("["):
        return line.endswith("]")
    return not line or line.startswith(";") or "=" in line


def _set_aside(path: Path) -> Path | None:
    stem = f"{path.name}.broken-{time.strftime('%Y-%m-%d')}"
    for number in range(1, _MOST_KEPT):
        kept = path.with_name(stem if number == 1 else f"{stem}-{number}")
        if kept.exists():
            continue
        try:
            path.rename(kept)
        except OSError:
            return None
        return kept
    return None


class Unsaved:
    """Settings that nobody writes down, with the few methods of `QSettings` that are used."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}

    def value(self, key: str, default: object = None) -> object:
        """What was set in this run."""
        return self._values.get(key, default)

    def setValue(self, key: str, value: object) -> None:
        """Remember until the window closes."""
        self._values[key] = value

    def sync(self) -> None:
        """There is nowhere to write to."""
