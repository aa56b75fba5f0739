"""The content of a plan file: JSON with a version, checked on the way in.

    {"format": "isoloss-plan", "version": 2, "saved_with": "0.6.0",
     "request": {...}                     every field of a `PlanRequest`, plain values
     "answers": {"loss": 3.193, ...},     key figures when it was saved
     "embedded": {"law": {...}, "gpu": {...}}}     the person's own law and profile, whole

Only values are read from it: no name in it is opened, imported or run. A name that its version
does not have is refused, for it may be one that was meant otherwise.
"""

import json
from dataclasses import dataclass, field, replace

import core
from core.documents.answers import answers_from, in_order
from core.documents.migrations import VERSION, migrated, refuse_unknown
from core.documents.own_files import embedded_from, embedded_of, unpacked
from core.documents.request_fields import EMBEDDED, as_values, request_from
from core.errors import InputError
from core.laws.reading import Fields, parse
from core.planner.request import PlanRequest

FORMAT, SUFFIX = "isoloss-plan", ".isoloss"
MOST_BYTES = 10_000_000  # with an own law of 10,000 resamples it is 2 MB
_DEEPEST = 30  # objects and lists in each other; a profile has 8
_PARTS = ("format", "version", "saved_with", "request", "answers", "embedded")


class NewerError(InputError):
    """A newer Isoloss wrote the file: nothing is wrong with it."""


@dataclass(frozen=True, slots=True)
class PlanDocument:
    """A plan as it is saved.

    Attributes:
        request: the question; an own law or profile is a path of this computer.
        answers: figures when it was saved, in the units of their names.
        saved_with: version of the Isoloss that saved it.
        version: of the file that it was read from.
    """

    request: PlanRequest
    answers: dict[str, float] = field(default_factory=dict)
    saved_with: str = core.__version__
    version: int = VERSION


def document_to_bytes(document: PlanDocument) -> bytes:
    """The content of the file, UTF-8; the same document gives the same bytes.

    Raises:
        InputError: an own law or profile that cannot be read or is too big, or a number that
            is none.
    """
    embedded = embedded_of(document.request)
    request = replace(document.request, **dict.fromkeys(embedded, EMBEDDED))  # type: ignore[arg-type]
    values = {
        "format": FORMAT,
        "version": VERSION,
        "saved_with": document.saved_with,
        "request": as_values(request),
        "answers": in_order(document.answers),
        "embedded": {name: json.loads(content) for name, content in embedded.items()},
    }
    try:
        text = json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise InputError("plan", "NaN or infinity", "made of finite numbers") from error
    content = f"{text}\n".encode("utf-8", "replace")
    if len(content) > MOST_BYTES:
        raise InputError("plan", f"{len(content):,} bytes", f"at most {MOST_BYTES:,} bytes")
    return content


def document_from_bytes(content: bytes, file: str) -> PlanDocument:
    """The plan that the content of a file describes.

    Args:
        content: all of it, from anywhere: nothing in it is trusted.
        file: name of the file, for messages.

    Raises:
        NewerError: a newer version wrote it.
        InputError: it is not such a file; the field is named.
    """
    if len(content) > MOST_BYTES:
        raise too_big(file)
    if not content.strip():
        raise InputError(file, "an empty file", "a plan of Isoloss")
    document = parse(content, file)
    _refuse_depth(document)
    if document.values.get("format") != FORMAT:
        document.refuse("format", f'"{FORMAT}"')
    version = document.integer("version", 1, 10**6)
    if version > VERSION:
        by = document.values.get("saved_with")
        which = f" ({by[:20]})" if isinstance(by, str) and by.isprintable() and by else ""
        raise NewerError(
            f"version in {file}",
            version,
            f"at most {VERSION}: it was made by a newer Isoloss{which}, update yours",
        )
    document = migrated(document, version)
    refuse_unknown(document, _PARTS)
    embedded = document.part("embedded")
    refuse_unknown(embedded, ("law", "gpu"))
    answers = answers_from(document.part("answers"))
    saved_with = document.text("saved_with", "")
    if not document.has("request"):
        document.refuse("request", "an object")
    request = request_from(document.part("request"), unpacked(embedded_from(embedded)))
    return PlanDocument(request, answers, saved_with, version)


def too_big(file: str) -> InputError:
    """The error for a file beyond `MOST_BYTES`."""
    return InputError(file, "more", f"a plan of Isoloss, at most {MOST_BYTES / 1e6:.0f} MB")


def _refuse_depth(document: Fields) -> None:
    level: list[object] = [document.values]
    for _ in range(_DEEPEST):
        level = [
            child
            for value in level
            if isinstance(value, dict | list)
            for child in (value.values() if isinstance(value, dict) else value)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise InputError(document.file, "nested too deeply", "a plan of Isoloss")
