"""The task: which law, a shipped one or one's own from a file, and what to know of it."""

from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from core.errors import InputError
from core.laws.frontier import FrontierLaw
from core.laws.law_file import SUFFIX
from core.laws.library import laws
from core.planner import AnyPlan, Plan
from gui.session import Session
from gui.translate import translated, wrapped
from gui.views.plan.law_text import law_details, law_label, law_note
from gui.views.plan.model_rows import ModelRows
from gui.views.plan.wording import value_text
from gui.widgets.card import Card
from gui.widgets.choice_field import ChoiceField
from gui.widgets.fold_button import FoldButton
from gui.widgets.quantity_field import QuantityField
from gui.widgets.tab_order import order_tabs
from gui.widgets.text import text_label

_FROM_FILE = ""  # the choice that asks for a file; no law has this id


class TaskCard(Card):
    """A list of laws with "Open a law file…" at its end; a refusal stands under it."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Task"))
        self._session = session
        self._own: dict[str, str] = {}  # path and name of the law files that were opened
        self._wanted: str | None = None
        documents = QStandardPaths.StandardLocation.DocumentsLocation
        self._folder = QStandardPaths.writableLocation(documents)
        self.law = ChoiceField(
            self.tr("Law"),
            tooltip=self.tr("The loss law: what loss a budget of compute buys, and at which size."),
        )
        self._offer()
        self.error = text_label("", "error", wraps=True)
        self.error.hide()
        self.model = ModelRows(session)
        self.more = FoldButton(self.tr("More"), is_title=False)
        self.more.setToolTip(self.tr("Model family, context length and vocabulary"))
        self.header.addWidget(self.more)
        self.add(self.law, self.error, self.model)
        model = self.model
        order_tabs(self.law, self.more, model.family, model.seq_len, model.vocab)
        self.more.toggled.connect(self._on_more)
        self.law.chosen.connect(self._on_chosen)

    def inputs(self) -> dict[str, QuantityField]:
        """Fields by the name that an `InputError` carries."""
        return self.model.inputs()

    def show_plan(self, plan: AnyPlan) -> None:
        """Show the law that the plan was made with."""
        law = plan.known.law
        of_2020 = isinstance(plan, Plan)
        self.more.setVisible(not of_2020)
        self.model.setVisible(not of_2020 and self.more.isChecked())
        if not isinstance(plan, Plan):
            self.model.show_plan(plan)
        self._remember(law)
        self.law.set_choice(law.id)
        note = law_note(law)
        # the column is longer for today's hardware; the tooltip has the rest
        self.law.set_note(note if of_2020 else note.split("\n")[0])
        self.law.setToolTip(wrapped(law_details(law)))
        self._show_error("")

    def choose_law(self, law: str) -> None:
        """Plan with another law, a shipped one by id or one's own by the path of its file."""
        self._show_error("")
        self._wanted = law
        if law == self._session.request.law:
            self._session.restore(self._session.request)  # the file may be another by now
        else:
            self._session.edit(self.tr("change of law"), law=law)
        self._wanted = None

    def take_refusal(self, error: InputError, name: str) -> bool:
        """Show a refusal here if the law is to blame; whether it is.

        Args:
            error: what was refused.
            name: translated name of the field that the error is about.
        """
        sentence = self.tr('{0} must be {1}, got "{2}"')
        expected = translated(error.message)
        if error.field == "law":
            file = Path(str(error.value)).name
            sentence = sentence.format(self.tr("The law"), expected, file)
        elif self._wanted is not None:  # the number was good until another law was chosen
            sentence = sentence.format(name, expected, value_text(error.value))
            sentence = self.tr("Not by that law: {0}").format(sentence)
        else:
            return False
        self.law.set_choice(self._session.plan.known.law.id)
        self._show_error(sentence)
        return True

    def ask_for_law(self) -> None:
        """Ask for the file of a law."""
        dialog = QFileDialog(
            self.window(),
            self.tr("Open a law"),
            self._folder,
            self.tr("Laws of Isoloss (*{0});;All files (*)").format(SUFFIX),
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._open)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_more(self, is_open: bool) -> None:
        self.more.setText(self.tr("Less") if is_open else self.tr("More"))
        self.more.setAccessibleName(self.more.text())
        self.model.setVisible(is_open)

    def _remember(self, law: FrontierLaw) -> None:
        if law.id not in laws():
            self._own[law.id] = law_label(law)
            self._offer()

    def _offer(self) -> None:
        shipped = [(law.id, law_label(law)) for law in laws().values()]
        ask = (_FROM_FILE, self.tr("Open a law file…"))
        self.law.set_choices([*shipped, *self._own.items(), ask])

    def _on_chosen(self, law: str) -> None:
        if law == _FROM_FILE:
            self.law.set_choice(self._session.plan.known.law.id)
            self.ask_for_law()
        else:
            self.choose_law(law)

    def _open(self, path: str) -> None:
        self._folder = str(Path(path).parent)
        self.choose_law(path)

    def _show_error(self, sentence: str) -> None:
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))
        if sentence:
            alert = QAccessibleEvent(self.error, QAccessible.Event.Alert)
            QAccessible.updateAccessibility(alert)
