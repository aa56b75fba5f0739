"""Everything about the row that is chosen: what speaks against it, where it is from, figures."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui.views.catalogue.table import MARK, NONE, Column, Sheet
from gui.widgets.notice import NoticeList
from gui.widgets.text import restyle, text_label

_LABEL_WIDTH = 138
_WIDEST = 1000
_SHORT = 22  # characters that have room beside their label


class DetailPane(QScrollArea):
    """The chosen row of a sheet, made once and filled anew."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Details of the chosen row"))
        self._card = QFrame()
        self._card.setProperty("role", "card")
        self.title = text_label("", "question", wraps=True)
        self.notices = NoticeList()
        self._source_title = text_label(self.tr("Where it comes from"), "title")
        self._figures_title = text_label(self.tr("Figures"), "title")
        self._source_facts = _Facts()
        self._figures = _Facts()
        layout = QVBoxLayout(self._card)
        layout.setContentsMargins(14, 12, 14, 14)
        layout.setSpacing(8)
        for widget in (
            self.title,
            self.notices,
            self._source_title,
            self._source_facts,
            self._figures_title,
            self._figures,
        ):
            layout.addWidget(widget)
        layout.addStretch(1)
        holder = QWidget()
        self._beside = QVBoxLayout(holder)
        self._beside.setContentsMargins(0, 0, 0, 0)
        self._beside.addWidget(self._card)
        self.setWidget(holder)
        self.verticalScrollBar().rangeChanged.connect(self._keep_width)
        self.show_nothing()

    def show_nothing(self) -> None:
        """No row is chosen."""
        self.title.setText(self.tr("Choose a row to see where it comes from."))
        self.notices.set_notices([])
        self._fill((), None)

    def show_row(self, sheet: Sheet[Any], row: object) -> None:
        """Say everything about ``row``."""
        self.title.setText(sheet.title(row))
        self.notices.set_notices(list(sheet.notices(row)))
        self._fill(sheet.columns, row)
        self.verticalScrollBar().setValue(0)
        self.setAccessibleDescription("\n".join(self.texts()))

    def texts(self) -> list[str]:
        """All that is said, for tests and screen readers."""
        facts = self._source_facts.texts() + self._figures.texts()
        return [self.title.text(), *self.notices.texts(), *facts]

    def _keep_width(self, _least: int, most: int) -> None:
        bar = 0 if most else self.verticalScrollBar().sizeHint().width()
        self._beside.setContentsMargins(0, 0, bar, 0)  # the text stays as wide with the bar

    def _fill(self, columns: tuple[Column[Any], ...], row: object) -> None:
        self._source_title.setVisible(bool(columns))
        self._figures_title.setVisible(bool(columns))
        self._source_facts.show_row([c for c in columns if c.about_source], row)
        figures = [c for c in columns if not c.about_source and c.text(row) != self.title.text()]
        self._figures.show_row(figures, row)


class _Facts(QWidget):
    """Labels with their values; long values stand under their label."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 4)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnMinimumWidth(0, _LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self._labels: list[QLabel] = []
        self._values: list[QLabel] = []

    def texts(self) -> list[str]:
        """``label: value`` of what is on show."""
        pairs = zip(self._labels, self._values, strict=True)
        return [f"{label.text()}: {v.text()}" for label, v in pairs if not label.isHidden()]

    def show_row(self, columns: list[Column[Any]], row: object) -> None:
        """Fill the first of the labels, and hide those that are left."""
        shown = [column for column in columns if column.text(row) != NONE]
        while len(self._labels) < len(shown):
            self._add()
        place = 0
        for label, value, column in zip(self._labels, self._values, shown, strict=False):
            doubt = column.doubt(row)
            text = column.text(row)
            label.setText(column.name)
            label.setToolTip(column.hint)
            value.setText(f"{text} {MARK}" if doubt and column.marked else text)
            value.setToolTip(doubt)
            _dress(value, "caution" if doubt else "detail")
            is_long = len(text) > _SHORT or "\n" in text
            where = (place + 1, 0, 1, 2) if is_long else (place, 1, 1, 1)
            self._grid.addWidget(label, place, 0, 1, 2 if is_long else 1)
            label.setMaximumWidth(_WIDEST if is_long else _LABEL_WIDTH)
            self._grid.addWidget(value, *where)
            label.show()
            value.show()
            place += 2
        for widget in (*self._labels[len(shown) :], *self._values[len(shown) :]):
            widget.hide()

    def _add(self) -> None:
        label = text_label("", "unit", wraps=True)
        value = text_label("", "detail", wraps=True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._labels.append(label)
        self._values.append(value)


def _dress(widget: QWidget, role: str) -> None:
    if widget.property("role") != role:
        widget.setProperty("role", role)
        restyle(widget)
