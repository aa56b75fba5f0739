"""The one error that bad input raises."""


class InputError(ValueError):
    """A value that a person gave cannot be used.

    Args:
        field: name of the input as the caller knows it (``hours``, ``gpu``...).
        value: what was given, as it was written.
        expected: what would be right, completing "must be ...".
    """

    def __init__(self, field: str, value: object, expected: str) -> None:
        self.field = field
        self.value = value
        self.expected = expected
        super().__init__(f'{field} must be {expected}, got "{value}"')

    def renamed(self, field: str) -> "InputError":
        """The same error under the name that the user typed (``--hours``)."""
        return InputError(field, self.value, self.expected)
