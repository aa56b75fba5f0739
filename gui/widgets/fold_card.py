"""A card that folds down to its title line, where a summary then stands."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.widgets.card import PADDING, Card
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.fold_button import FoldButton


class FoldCard(Card):
    """Folded or open; a fold that is not offered leaves an ordinary card.

    Args:
        title: translated title.
        parent: owner.

    Attributes:
        fold: the button in place of the title.
    """

    opened = Signal(bool)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        self.fold = FoldButton("", is_title=True)
        super().__init__(title, parent)
        self._summary = ElidedLabel(Qt.AlignmentFlag.AlignRight)
        self._summary_text = ""
        self._content = QWidget()
        self._column = QVBoxLayout(self._content)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(self.body.spacing())
        self.body.addWidget(self._content)
        self.header.insertWidget(0, self.fold, 0, Qt.AlignmentFlag.AlignVCenter)
        self.header.addWidget(self._summary, 1)
        self._foldable = True
        self.fold.toggled.connect(self._on_toggled)
        self._show_fold()

    def set_title(self, title: str) -> None:
        """Change the title."""
        super().set_title(title)
        self.fold.setText(title)
        self.fold.setAccessibleName(title)
        self.fold.setToolTip(self.tr("Show or hide: {name}").format(name=title))

    @property
    def is_open(self) -> bool:
        """Whether the content can be seen."""
        return self.fold.isChecked() or not self._foldable

    def set_open(self, is_open: bool) -> None:
        """Fold or open."""
        self.fold.setChecked(is_open)

    def set_foldable(self, foldable: bool) -> None:
        """Offer the fold, or show the content always."""
        if foldable != self._foldable:
            self._foldable = foldable
            self._show_fold()

    def set_summary(self, text: str) -> None:
        """What to know while it is folded."""
        self._summary_text = text
        self.fold.setAccessibleDescription(text)
        self._show_fold()

    def add(self, *widgets: QWidget) -> None:
        """Put ``widgets`` under what is there, inside the fold."""
        for widget in widgets:
            self._column.addWidget(widget)

    def _on_toggled(self, is_open: bool) -> None:
        self._show_fold()
        self.opened.emit(is_open)

    def _show_fold(self) -> None:
        self._title.setVisible(not self._foldable)
        self.fold.setVisible(self._foldable)
        self._content.setVisible(self.is_open)
        # a title alone needs less room around it
        above, below = (PADDING - 2, PADDING) if self.is_open else (PADDING - 5, PADDING - 4)
        if (layout := self.layout()) is not None:
            layout.setContentsMargins(PADDING, above, PADDING, below)
        self._summary.setVisible(self._foldable)
        self._summary.setText("" if self.is_open else self._summary_text)
