"""What every command shares: a parser whose complaints are one line, and plain JSON."""

import argparse
import json
import os
import shlex
import subprocess
from typing import NoReturn

from core.errors import InputError
from core.quantities import Kind, parse_quantity


class UsageError(Exception):
    """The words of the command are off; the text is the one line to print."""


class Once(argparse.Action):
    """An option whose second value is refused instead of silently winning."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Store the value, or complain of the second."""
        given = namespace.__dict__.setdefault("given", set())
        if self.dest in given:
            before = getattr(namespace, self.dest)
            parser.error(f'{option_string} must be given once, got "{before}" and "{values}"')
        given.add(self.dest)
        setattr(namespace, self.dest, values)


class Parser(argparse.ArgumentParser):
    """Argparse whose complaints become one line that names the option."""

    def error(self, message: str) -> NoReturn:
        """Complain in one line.

        Raises:
            UsageError: always.
        """
        option, _, rest = message.removeprefix("argument ").partition(": ")
        if rest == "expected one argument":
            message = f"{option} must be followed by a value"
        elif option == "unrecognized arguments":
            known = ", ".join(option for option in self.options() if len(option) > 2)
            message = f'options must be among {known}, got "{rest}"'
            if not rest.startswith("-"):
                message = f'only options may follow (such as --hours 12), got "{rest}"'
        elif rest.startswith("ignored explicit argument "):
            message = f"{option} must stand alone, got {rest.rpartition(' ')[2]}"
        raise UsageError(message)

    def options(self) -> list[str]:
        """Every option string, for messages and for negative numbers."""
        return [option for action in self._actions for option in action.option_strings]


def quoted(word: str) -> str:
    """A word as a person types it in a shell of this system, spaces and quotes included."""
    return subprocess.list2cmdline([word]) if os.name == "nt" else shlex.quote(word)


def joined(argv: list[str], options: list[str]) -> list[str]:
    """``--hours -3`` as ``--hours=-3``: argparse would take some negative values for options."""
    words: list[str] = []
    waiting = False
    for word in argv:
        is_option = word.partition("=")[0] in options
        if waiting and word.startswith("-") and not is_option:
            words[-1] += f"={word}"
            waiting = False
        else:
            words.append(word)
            waiting = is_option and "=" not in word and word not in _FLAGS
    return words


_FLAGS = (
    *("--json", "-h", "--help", "--spot", "--tied", "--no-flash-attention", "--accept-changes"),
    *("--compile", "--json-lines", "--list", "--no-wait"),
)


def whole_number(text: str, field: str) -> int:
    """A count as it was typed (also ``20B``).

    Raises:
        InputError: it is not positive and whole.
    """
    value = parse_quantity(text, Kind.PARAMETERS, field)
    if value != int(value):
        raise InputError(field, text, "a positive whole number")
    return int(value)


def as_json(document: object) -> str:
    """Strict JSON, indented; NaN cannot slip through."""
    return json.dumps(document, indent=2, allow_nan=False)
