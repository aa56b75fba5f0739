"""Labels in the sizes and weights of the theme."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QWidget

LABEL_ALIGNMENT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def tabular(font: QFont) -> QFont:
    """``font`` with figures of one width, so that a changing number does not dance."""
    result = QFont(font)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def text_label(text: str, role: str, *, wraps: bool = False) -> QLabel:
    """A plain-text label that the style sheet dresses by ``role``."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setFont(tabular(label.font()))
    label.setWordWrap(wraps)
    return label


def without_mnemonic(label: str) -> str:
    """``"&Time"`` -> ``"Time"``, for sentences and screen readers."""
    return label.replace("&&", "\0").replace("&", "").replace("\0", "&")


def restyle(widget: QWidget) -> None:
    """Make the style sheet look again at a dynamic property that has just changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
