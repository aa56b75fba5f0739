"""Notices with buttons, between the tabs and the view: said once, in nobody's way."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.widgets.glyphs import NoticeKind
from gui.widgets.notice import Notice


@dataclass(frozen=True)
class Offer:
    """A button of a notice.

    Attributes:
        text: translated.
        run: what it does, a bound method; None to do no more than take the notice away.
        tooltip: translated, what it does.
    """

    text: str
    run: Callable[[], object] | None
    tooltip: str


class NoticeBar(QWidget):
    """Any number of notices, each by the name of what it is about; hidden while there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 0, 16, 8)
        self._column.setSpacing(6)
        self._notices: dict[str, _Offering] = {}
        self.hide()

    def texts(self) -> list[str]:
        """The sentences on show, from the top."""
        return [notice.text() for notice in self._notices.values()]

    def button(self, text: str) -> QPushButton:
        """The button on show that says ``text``."""
        return next(
            button
            for notice in self._notices.values()
            for button in notice.findChildren(QPushButton)
            if button.text() == text
        )

    def say(self, about: str, text: str, kind: NoticeKind, *offers: Offer) -> None:
        """Show a notice, in place of the one about the same.

        Args:
            about: name of what it is about.
            text: translated sentence.
            kind: how serious it is.
            offers: its buttons; each also takes it away.
        """
        self.take_away(about)
        notice = _Offering(text, kind, offers)
        notice.answered.connect(self._on_answered)
        self._notices[about] = notice
        self._column.addWidget(notice)
        self.show()

    def take_away(self, about: str) -> None:
        """Take a notice away, if it is there."""
        notice = self._notices.pop(about, None)
        if notice is not None:
            self._column.removeWidget(notice)
            notice.hide()
            notice.deleteLater()
        self.setVisible(bool(self._notices))

    def _on_answered(self) -> None:
        notice = self.sender()
        about = next((name for name, one in self._notices.items() if one is notice), None)
        if about is not None:
            self.take_away(about)


class _Offering(Notice):
    """A notice with its buttons on the right."""

    answered = Signal()

    def __init__(self, text: str, kind: NoticeKind, offers: tuple[Offer, ...]) -> None:
        super().__init__(text, kind)
        self._offers = offers
        buttons = []
        for offer in offers:
            button = QPushButton(offer.text)
            button.setProperty("role", "link")
            button.setToolTip(offer.tooltip)
            button.setAccessibleDescription(text)
            button.clicked.connect(self._on_clicked)
            buttons.append(button)
        self._buttons = buttons
        self.add_buttons(buttons)

    def _on_clicked(self) -> None:
        place = next(at for at, button in enumerate(self._buttons) if button is self.sender())
        self.answered.emit()
        run = self._offers[place].run
        if run is not None:
            run()
