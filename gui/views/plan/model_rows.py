"""The model behind the law: its family, its context and its vocabulary."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.session import Session
from gui.widgets.choice_field import ChoiceField
from gui.widgets.count_field import CountField
from gui.widgets.quantity_field import QuantityField

if TYPE_CHECKING:
    from core.planner.joint.plan import JointPlan

_OF_THE_LAW = ""


class ModelRows(QWidget):
    """What shapes, speed and memory are worked out for."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.family = ChoiceField(
            self.tr("Family"),
            tooltip=self.tr("What layers are made of: shapes, FLOP and memory follow from it."),
        )
        self.seq_len = CountField(
            self.tr("Context"), self.tr("tokens"), tooltip=self.tr("Tokens of one sequence.")
        )
        self.vocab = CountField(
            self.tr("Vocabulary"), self.tr("tokens"), tooltip=self.tr("Different tokens.")
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self.family, self.seq_len, self.vocab):
            layout.addWidget(widget)
        self.family.chosen.connect(self._edit_family)
        self.seq_len.edited.connect(self._edit_seq_len)
        self.seq_len.reset_requested.connect(self._reset_seq_len)
        self.vocab.edited.connect(self._edit_vocab)
        self.vocab.reset_requested.connect(self._reset_vocab)

    def inputs(self) -> dict[str, QuantityField]:
        """Fields by the name that an `InputError` carries."""
        return {"seq_len": self.seq_len, "vocab": self.vocab}

    def show_plan(self, plan: "JointPlan") -> None:
        """Show the model that the plan was made with."""
        from core.families.library import families

        request, known = plan.request, plan.known
        usual = self.tr("as the law") if request.family else known.family.name
        names = [(family.id, family.name) for family in families().values()]
        self.family.set_choices([(_OF_THE_LAW, self.tr("usual: {0}").format(usual)), *names])
        self.family.set_choice(request.family or _OF_THE_LAW)
        self.seq_len.set_value(known.seq_len)
        self.seq_len.set_reset(request.seq_len is not None, self.tr("Back to the family's"))
        self.vocab.set_value(known.vocab)
        self.vocab.set_reset(request.vocab is not None, self.tr("Back to the law's or family's"))

    def _edit_family(self, family: str) -> None:
        self._session.edit(self.tr("change of family"), family=family or None)

    def _edit_seq_len(self, tokens: float) -> None:
        self._session.edit(self.tr("change of context"), seq_len=int(tokens))

    def _reset_seq_len(self) -> None:
        self._session.edit(self.tr("reset of context"), seq_len=None)

    def _edit_vocab(self, tokens: float) -> None:
        self._session.edit(self.tr("change of vocabulary"), vocab=int(tokens))

    def _reset_vocab(self) -> None:
        self._session.edit(self.tr("reset of vocabulary"), vocab=None)
