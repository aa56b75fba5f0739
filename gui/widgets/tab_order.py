"""The way of the Tab key where it is not that of construction."""

from itertools import pairwise

from PySide6.QtWidgets import QWidget

from gui.widgets.number_edit import NumberEdit


def order_tabs(*widgets: QWidget) -> None:
    """Let Tab go from each to the next; fields stand for what in them takes the focus.

    Qt ignores a widget that only passes the focus on, so the one behind it is named.
    """
    for one, other in pairwise(widgets):
        first = _focused(one)
        QWidget.setTabOrder(_last(first), _focused(other))


def _focused(widget: QWidget) -> QWidget:
    while (behind := widget.focusProxy()) is not None:
        widget = behind
    return widget


def _last(widget: QWidget) -> QWidget:
    return widget.reset_button if isinstance(widget, NumberEdit) else widget
