"""The runs: where they come from, how many, what N counts, and what was wrong with them."""

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from core.errors import InputError, MissingError
from core.runs.points import PARAMS_COUNTED
from gui.translate import translated
from gui.views.fit.state import FitState
from gui.views.fit.work import Data
from gui.widgets.card import Card
from gui.widgets.notice import NoticeList
from gui.widgets.text import text_label


def counted_text(params_counted: str) -> str:
    """What N counts, in words."""
    words = {
        "non-embedding": QCoreApplication.translate("Fit", "without embeddings"),
        "with-head": QCoreApplication.translate("Fit", "without embeddings, with the head"),
        "with-embeddings": QCoreApplication.translate("Fit", "with embeddings"),
    }
    return words.get(params_counted, QCoreApplication.translate("Fit", "nobody says"))


def counted_sentence(params_counted: str) -> str:
    """What N counts, as a sentence."""
    if params_counted not in PARAMS_COUNTED[:-1]:
        return QCoreApplication.translate("Fit", "what N counts is not said")
    sentence = QCoreApplication.translate("Fit", "N counts parameters {0}")
    return sentence.format(counted_text(params_counted))


def refusal_text(error: InputError) -> str:
    """An `InputError` as a sentence."""
    if isinstance(error, MissingError):
        return translated(error.message)
    sentence = QCoreApplication.translate("Fit", '{0} must be {1}, got "{2}"')
    return sentence.format(error.field, translated(error.message), error.value)


def names_text(paths: tuple[Path, ...]) -> str:
    """The files in a few words."""
    if len(paths) == 1:
        return paths[0].name
    return QCoreApplication.translate("Fit", "{0} and {1} more").format(
        paths[0].name, len(paths) - 1
    )


class DataCard(Card):
    """First card of the left column."""

    open_requested = Signal()
    columns_requested = Signal()
    problems_requested = Signal()

    def __init__(self, state: FitState, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.set_title(self.tr("Your runs"))
        self._state = state
        self.open_button = self._button(
            self.tr("Open runs…"),
            "quiet",
            self.tr("Open the logs of your trainings (Ctrl+Shift+O)"),
        )
        self.columns_button = self._button(
            self.tr("Columns…"),
            "link",
            self.tr("Say which column is what, in which units, and what N counts"),
        )
        self._name = text_label("", "strong", wraps=True)
        self._counts = text_label("", "note", wraps=True)
        self.problems_button = self._button(
            "", "link", self.tr("Rows that were left out or need a look, each with its reason")
        )
        self.problems_button.setProperty("ringed", True)
        self._hint = text_label("", "note", wraps=True)
        self.notices = NoticeList()
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.open_button)
        row.addWidget(self.columns_button)
        row.addStretch(1)
        self.body.addLayout(row)
        self.add(self._name, self._counts)
        self.body.addWidget(self.problems_button, 0, Qt.AlignmentFlag.AlignLeft)
        self.add(self._hint, self.notices)
        self._hint.setText(
            self.tr(
                "Or drop files here: CSV, TSV, JSON Lines, trainer_state.json, TensorBoard, Parquet"
            )
        )
        self.open_button.clicked.connect(self.open_requested)
        self.columns_button.clicked.connect(self.columns_requested)
        self.problems_button.clicked.connect(self.problems_requested)
        state.data_changed.connect(self.show_data)
        state.busy_changed.connect(self._on_busy)
        state.refused.connect(self._show_refusal)
        self.show_data()

    def show_data(self) -> None:
        """Show what is open."""
        data = self._state.data
        table = data.table
        self._name.setText(self._title_of(data))
        self._name.setToolTip("\n".join(str(path) for path in data.paths[:20]))
        self._counts.setText(
            self.tr("{0} points · {1} runs\n{2}").format(
                f"{table.n_points:,}", f"{table.n_runs:,}", counted_sentence(table.params_counted)
            )
        )
        self._hint.setVisible(data.is_example)
        self.columns_button.setVisible(not data.is_example)
        count = len(table.problems)
        self.problems_button.setVisible(count > 0)
        left_out = sum(not problem.used for problem in table.problems)
        text = self.tr("Remarks: {0}, left out: {1}…").format(f"{count:,}", f"{left_out:,}")
        self.problems_button.setText(text)
        self.problems_button.setAccessibleName(text)
        self.notices.set_notices([])

    def _title_of(self, data: Data) -> str:
        if data.is_example:
            return self.tr("Example: 28 Transformer-XL runs")
        return names_text(data.paths)

    def _button(self, text: str, role: str, tooltip: str) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("role", role)
        button.setToolTip(tooltip)
        button.setAccessibleName(text.rstrip("…"))
        button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        return button

    def _on_busy(self) -> None:
        if self._state.is_busy:
            self.notices.set_notices([])

    def _show_refusal(self, error: InputError) -> None:
        self.notices.set_notices([("error", refusal_text(error))])
