"""One of the shapes that the answer can take, with its code to copy."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from gui.translate import wrapped
from gui.widgets.card import Card
from gui.widgets.choice_field import Choice
from gui.widgets.text import text_label

_COPIED_MS = 1500


class ShapeCard(Card):
    """Layers by width, how many parameters that makes, and a rounder neighbour.

    Args:
        title: translated name of the shape.
        parent: owner.
    """

    copy_requested = Signal(str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._headline = text_label("", "value", wraps=True)
        self._headline.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._params = text_label("", "note", wraps=True)
        self._friendly = text_label("", "note", wraps=True)
        self._friendly.hide()
        self._copy = QPushButton(self.tr("Copy code"))
        self._copy.setProperty("role", "link")
        self._copy.setProperty("ringed", True)
        self._copy.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._copy.setAccessibleName(self.tr("Copy code of the shape {name}").format(name=title))
        self._menu = menu = QMenu(self._copy)
        self._copy.setMenu(menu)
        self._copied_timer = QTimer(self)
        self._copied_timer.setSingleShot(True)
        self._copied_timer.setInterval(_COPIED_MS)
        self.body.setSpacing(4)
        self.add(self._headline, self._params, self._friendly)
        self.body.addStretch(1)
        self.body.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignLeft)
        menu.triggered.connect(self._on_copy_chosen)
        self._copied_timer.timeout.connect(self._show_copy)
        self._languages: list[Choice] = []
        self.set_languages(
            [
                ("transfo_xl", self.tr("Hugging Face TransfoXLConfig")),
                ("generic", self.tr("Generic decoder config")),
            ]
        )

    def set_languages(self, languages: Sequence[Choice]) -> None:
        """What the code can be copied as: (id, translated text) pairs."""
        if list(languages) == self._languages:
            return
        self._languages = list(languages)
        self._menu.clear()
        for identity, text in languages:
            self._menu.addAction(text).setData(identity)

    def set_shape(
        self, headline: str, params_text: str, friendly_text: str = "", tooltip: str = ""
    ) -> None:
        """Show a shape.

        Args:
            headline: layers by width, such as ``7 × 960``.
            params_text: what it comes to.
            friendly_text: a neighbour that suits the hardware better, if there is one.
            tooltip: how the shape was found.
        """
        self._headline.setText(headline)
        self._params.setText(params_text)
        self._friendly.setText(friendly_text)
        self._friendly.setVisible(bool(friendly_text))
        self.setToolTip(wrapped(tooltip))
        parts = (headline, params_text, friendly_text)
        self.setAccessibleDescription(", ".join(part for part in parts if part))

    def show_copied(self) -> None:
        """Confirm a copy on the button for a moment."""
        # The confirmation is shorter in most languages; the button must not shrink under a hand.
        self._copy.setMinimumWidth(self._copy.width())
        self._copy.setText(self.tr("Copied"))
        self._copied_timer.start()

    def _show_copy(self) -> None:
        self._copy.setText(self.tr("Copy code"))
        self._copy.setMinimumWidth(0)

    def _on_copy_chosen(self, action: QAction) -> None:
        self.copy_requested.emit(action.data())
