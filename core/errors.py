"""What core raises on purpose: bad input, and work that somebody stopped."""

from core.messages import Message

_SHOWN_CHARACTERS = 80


class CancelledError(Exception):
    """Somebody stopped a long job; nothing came of it."""


class InputError(ValueError):
    """A value that a person gave cannot be used.

    Args:
        field: name of the input as the caller knows it (``hours``, ``gpu``...).
        value: what was given, as it was written.
        expected: what would be right, completing "must be ..."; a `Message` where it holds
            numbers, so that the window can translate it.
    """

    def __init__(self, field: str, value: object, expected: "str | Message") -> None:
        self.field = field
        self.value = value
        self.expected = str(expected)
        self._expected = expected
        try:
            text = str(value)
        except (RecursionError, ValueError):  # nested too deeply, a number of too many digits
            text = f"a {type(value).__name__} too long to show"
        start = text[:_SHOWN_CHARACTERS]
        shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in start)
        if len(shown) > _SHOWN_CHARACTERS or len(text) > _SHOWN_CHARACTERS:
            shown = f"{shown[:_SHOWN_CHARACTERS]}…"
        super().__init__(f'{field} must be {expected}, got "{shown}"')

    @property
    def message(self) -> Message:
        """``expected`` as a message."""
        return self._expected if isinstance(self._expected, Message) else Message("", self.expected)

    def renamed(self, field: str) -> "InputError":
        """The same error under the name that the user typed (``--hours``)."""
        return InputError(field, self.value, self._expected)

    def quoting(self, value: object) -> "InputError":
        """The same error about the words that the user typed."""
        return InputError(self.field, value, self._expected)


class MissingError(InputError):
    """Something that nobody gave but that is needed is not there.

    Args:
        field: name of what is missing.
        sentence: a whole one, which says what to do.
    """

    def __init__(self, field: str, sentence: Message) -> None:
        super().__init__(field, "", sentence)

    def __str__(self) -> str:
        return self.expected
