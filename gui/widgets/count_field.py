"""A quantity field of whole numbers from 1 up."""

from PySide6.QtWidgets import QWidget

from core.errors import InputError
from core.quantities import Kind
from gui.widgets.quantity_field import QuantityField


class CountField(QuantityField):
    """Up and Down count by one, with Shift to the next power of two.

    Args:
        label: translated name.
        unit: translated, behind the number; may be empty.
        tooltip: one translated sentence that says what is counted.
        nothing: translated words for an empty field, where that is an answer.
        parent: owner.
    """

    def __init__(
        self,
        label: str,
        unit: str = "",
        *,
        tooltip: str,
        nothing: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(label, Kind.NUMBER, unit, tooltip=tooltip, nothing=nothing, parent=parent)

    def _steps_text(self) -> str:
        return self.tr("Up and Down change it by one, with Shift to the next power of two.")

    def _wanted(self) -> str:
        return self.tr('{name} must be a whole number from 1 up, got "{text}"')

    def _read(self, text: str) -> float:
        value = super()._read(text)
        if value != int(value):
            raise InputError(self.name, text, "a whole number")
        return value

    def _stepped(self, value: float, direction: int, to_notch: bool) -> float:
        count = int(value)
        if not to_notch:
            return float(max(1, count + direction))
        if direction > 0:
            return float(1 << count.bit_length())
        return float(1 << max(0, (count - 1).bit_length() - 1))
