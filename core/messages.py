"""Sentences for people that core writes and the window can translate."""

from dataclasses import dataclass, field


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
        return self.template.format(**self.parts)
