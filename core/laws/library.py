"""The shipped laws, read from ``resources/laws``; a new law is one new file."""

import json
from dataclasses import fields
from functools import cache

import resources
from core.errors import InputError
from core.laws.frontier import FrontierLaw

DEFAULT_LAW = "txl-wikitext103"


@cache
def laws() -> dict[str, FrontierLaw]:
    """Every shipped law by id, the default first."""
    found = [
        _law(json.loads(path.read_text(encoding="utf-8")))
        for path in sorted(resources.path("laws").glob("*.json"))
    ]
    return {law.id: law for law in sorted(found, key=_default_first)}


def find_law(name: str) -> FrontierLaw:
    """The law called ``name``.

    Raises:
        InputError: there is none; the message lists what there is.
    """
    law = laws().get(name)
    if law is None:
        raise InputError("law", name, f"one of {', '.join(laws())}")
    return law


def _default_first(law: FrontierLaw) -> tuple[bool, str]:
    return law.id != DEFAULT_LAW, law.id


def _law(document: dict[str, object]) -> FrontierLaw:
    values = {field.name: document[field.name] for field in fields(FrontierLaw)}
    values = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
    return FrontierLaw(**values)  # type: ignore[arg-type]
