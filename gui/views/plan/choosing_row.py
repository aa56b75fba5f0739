"""Under the GPU: how far the search for the best one is, and which one it found."""

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from core.planner import AnyPlan
from core.planner.request import ANY_GPU
from gui.session import Session
from gui.translate import translated, wrapped
from gui.widgets.elided_label import ElidedLabel

_STEPS = 1000


class ChoosingRow(QWidget):
    """Shown while the request leaves the GPU open."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.sentence = ElidedLabel()
        self.bar = QProgressBar()
        self.bar.setRange(0, _STEPS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress of the comparison"))
        self.button = QPushButton()
        self.button.setProperty("role", "link")
        self.button.setToolTip(self.tr("Stop or start comparing every GPU and provider"))
        # nothing moves when a search begins or ends
        policy = self.bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(policy)
        self.button.ensurePolished()
        self.sentence.setMinimumHeight(self.button.sizeHint().height())
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.sentence, 1)
        line.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(line)
        layout.addWidget(self.bar)
        self.button.clicked.connect(self._on_clicked)
        session.choosing_changed.connect(self._on_choosing)
        session.choosing_progressed.connect(self._on_progressed)
        self.hide()

    def show_plan(self, plan: AnyPlan) -> None:
        """Name the GPU that was chosen, and why."""
        open_gpu = self._session.asked.gpu == ANY_GPU
        busy = self._session.is_choosing
        self.setVisible(open_gpu or busy)
        if busy or not open_gpu:
            return
        self.bar.hide()
        comparison = self._session.comparison
        self.button.setVisible(comparison is None)
        self._name_button(self.tr("Compare again"))
        text = self.chosen_text(plan)
        self.sentence.setText(text)
        why = [] if comparison is None else [translated(message) for message in comparison.why]
        self.sentence.setToolTip(wrapped("\n".join((text, *why))))

    def chosen_text(self, plan: AnyPlan) -> str:
        """The GPU and its provider."""
        provider = plan.request.provider
        if provider is None:
            return plan.known.gpu.name
        return self.tr("{0} at {1}").format(plan.known.gpu.name, provider)

    def _on_choosing(self, busy: bool) -> None:
        if not busy:
            self.show_plan(self._session.plan)
            return
        self.show()
        self.sentence.setText(self.tr("Comparing every GPU…"))
        self.sentence.setToolTip("")
        self.bar.setValue(0)
        self.bar.show()
        self._name_button(self.tr("Cancel"))
        self.button.show()

    def _on_progressed(self, fraction: float) -> None:
        self.bar.setValue(round(_STEPS * fraction))

    def _on_clicked(self) -> None:
        if self._session.is_choosing:
            self._session.cancel_choosing()
        else:
            self._session.choose_again()

    def _name_button(self, text: str) -> None:
        self.button.setText(text)
        self.button.setAccessibleName(text)
