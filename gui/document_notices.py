"""What the window says about its plan file: quietly, above the view."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDate, QLocale, QObject

from core.errors import InputError
from core.files import is_file
from core.laws.reading import shown
from core.planner import AnyPlan
from gui.translate import translated
from gui.widgets.notice_bar import NoticeBar, Offer

if TYPE_CHECKING:
    from core.documents.document import PlanDocument
    from core.documents.recovery import Unsaved
    from gui.documents import Documents
    from gui.main_window import MainWindow

_FILE, _DISK, _ANSWERS, _RECOVERY = "file", "disk", "answers", "recovery"


class DocumentNotices(QObject):
    """Words and buttons of the notices; `Documents` does what they offer."""

    def __init__(self, documents: "Documents", window: "MainWindow") -> None:
        super().__init__(documents)
        self._documents = documents
        self._window = window
        self._expected: PlanDocument | None = None
        self._told: Path | None = None

    @property
    def bar(self) -> NoticeBar:
        """Where they stand."""
        return self._window.notice_bar

    def clear(self) -> None:
        """Another document, or another state of it: what was said is no longer so."""
        self._expected = self._told = None
        if self._window.has_notice_bar:
            for about in (_FILE, _DISK, _ANSWERS):
                self.bar.take_away(about)

    def expect(self, document: "PlanDocument") -> None:
        """The plan of this document is being answered: say then what reads otherwise."""
        self._expected = document

    def compare(self, plan: AnyPlan) -> None:
        """Say what has changed since the plan was saved, if that has not been done."""
        document, self._expected = self._expected, None
        if document is None:
            return
        from core.documents.answers import changes

        changed = changes(document.answers, plan)
        if not changed:
            return
        figures = "; ".join(
            self.tr("{0} {1} → {2}").format(
                self._label(change.name),
                self._value(change.name, change.old),
                self._value(change.name, change.new),
            )
            for change in changed
        )
        text = self.tr("Saved with Isoloss {0}, this plan gives other figures today: {1}.")
        self.bar.say(_ANSWERS, text.format(document.saved_with, figures), "info", self._hide())

    def say_gone(self, path: Path) -> None:
        """A file of the list of recent ones is not there."""
        text = self.tr("{0} is not in {1} any more, and no longer in the list.")
        self.bar.say(_FILE, text.format(path.name, path.parent), "warning", self._hide())

    def say_unreadable(self, path: Path, error: InputError) -> None:
        """A file cannot be opened; the version before may."""
        from core.documents.document import NewerError
        from core.documents.store import backup_of

        if error.field == path.name:  # the file as a whole: JSON, size
            text = self.tr('{0} cannot be opened: it must be {1}, but "{2}".')
            text = text.format(path.name, translated(error.message), error.value)
        elif error.field == "plan":  # no file that can be read
            text = self.tr("{0} cannot be opened: it must be {1}.")
            text = text.format(path, translated(error.message))
        else:
            text = self.tr('{0} cannot be opened: {1} must be {2}, got "{3}".')
            field = error.field.removesuffix(f" in {path.name}")
            text = text.format(path.name, field, translated(error.message), shown(error.value))
        offers = [self._hide()]
        backup = backup_of(path)
        if not isinstance(error, NewerError) and backup != path and is_file(backup):
            tip = self.tr("Open {0}, the version before").format(backup.name)
            offers.insert(0, Offer(self.tr("Open the backup"), self._documents.open_backup, tip))
        self.bar.say(_FILE, text, "error", *offers)

    def say_changed(self, path: Path, is_so: bool) -> None:
        """Somebody else has changed the file, or has not; said once."""
        if not is_so:
            if self._told is not None:
                self._told = None
                self.bar.take_away(_DISK)
            return
        if self._told == path:
            return
        self._told = path
        self.bar.say(
            _DISK,
            self.tr("{0} has been changed by another program since it was opened here.").format(
                path.name
            ),
            "warning",
            Offer(
                self.tr("Take theirs"),
                self._documents.revert,
                self.tr("Read the file again; Undo brings your plan back"),
            ),
            Offer(
                self.tr("Keep mine"),
                None,
                self.tr("Go on; you are asked before anything is overwritten"),
            ),
        )

    def offer_recovery(self, unsaved: "Unsaved") -> None:
        """Something was left by an Isoloss that did not close."""
        at = unsaved.at
        when = f"{at:%H:%M}"
        if at.date() != date.today():
            day = QLocale().toString(
                QDate(at.year, at.month, at.day), QLocale.FormatType.ShortFormat
            )
            when = self.tr("{0}, {1}").format(day, when)
        if unsaved.path is None:
            text = self.tr("Isoloss was not closed properly: restore the plan of {0}?").format(when)
        else:
            text = self.tr("Isoloss was not closed properly: restore {1} as of {0}?").format(
                when, unsaved.path.name
            )
        self.bar.say(
            _RECOVERY,
            text,
            "info",
            Offer(
                self.tr("Restore"),
                self._documents.restore,
                self.tr("Show the plan that was not saved; its file stays as it is"),
            ),
            Offer(
                self.tr("Discard"),
                self._documents.discard_recovery,
                self.tr("Delete what was kept of that plan"),
            ),
        )

    def _hide(self) -> Offer:
        return Offer(self.tr("Hide"), None, self.tr("Take this notice away"))

    def _value(self, name: str, value: float | None) -> str:
        from core.documents.answers import change_value_text

        return self.tr("none") if value is None else change_value_text(name, value)

    def _label(self, name: str) -> str:
        names = {
            "loss": self.tr("loss"),
            "non_embedding_params": self.tr("parameters"),
            "tokens": self.tr("tokens"),
            "hours": self.tr("time"),
            "usd": self.tr("money"),
            "energy_kwh": self.tr("energy"),
            "co2_kg": self.tr("CO₂"),
        }
        return names[name]
