"""Sentences for people that core writes and the window can translate."""

from dataclasses import dataclass, field


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:  # noqa: N802 - the name lupdate looks for
    """Mark a template for the translators' tool; returns it unchanged."""
    return text


@dataclass(frozen=True, slots=True)
class Message:
    """An English template with the texts that fill it.

    Attributes:
        code: stable name of the kind of message (``tipping_point``).
        template: English sentence with ``{name}`` places, the key for translators.
        parts: what goes into the places, already formatted.
    """

    code: str
    template: str
    parts: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.parts) if self.parts else self.template
