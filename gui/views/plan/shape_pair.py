"""The two shapes that the answer can take, each with its code to copy."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QBoxLayout, QWidget

from core.export.code import generic_code, gpt2_code, llama_code, transfo_xl_code
from core.planner import AnyPlan, Plan, ShapeOption
from core.quantities import format_count
from gui.session import Session
from gui.views.plan.wording import dimension_text, signed_percent
from gui.widgets.shape_card import ShapeCard

_STILL_THE_SAME_SIZE = 0.1  # a neighbour that changes the size by more is another model


class ShapePair(QWidget):
    """Wide and narrow, beside each other or under each other."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._row = row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self.wide = ShapeCard(self.tr("Wide"))
        self.narrow = ShapeCard(self.tr("Narrow"))
        self.wide.copy_requested.connect(self._copy_wide)
        self.narrow.copy_requested.connect(self._copy_narrow)
        row.addWidget(self.wide, 1)
        row.addWidget(self.narrow, 1)

    def set_direction(self, direction: QBoxLayout.Direction) -> None:
        """Lay the two out."""
        self._row.setDirection(direction)

    def show_plan(self, plan: AnyPlan) -> None:
        """Show both shapes."""
        languages = self._languages(plan)
        for card in (self.wide, self.narrow):
            card.set_languages(languages)
        if isinstance(plan, Plan):
            for card, option in zip((self.wide, self.narrow), plan.shapes, strict=True):
                self._show_2020(card, option)
            return
        from gui.views.plan.joint_wording import heads_text, pace_text

        for card, shape in zip((self.wide, self.narrow), plan.shapes, strict=True):
            arch = shape.architecture
            card.set_shape(
                f"{dimension_text(int(arch.n_layers))} × {dimension_text(int(arch.d_model))}",
                self.tr("{0} params").format(format_count(shape.shape.non_embedding_params)),
                heads_text(shape),
                self.tr("Layers × d_model of {0}; {1}.").format(
                    plan.known.family.name, pace_text(shape)
                ),
            )

    def _languages(self, plan: AnyPlan) -> list[tuple[str, str]]:
        """What each family can be written as."""
        transfo_xl = ("transfo_xl", self.tr("Hugging Face TransfoXLConfig"))
        generic = ("generic", self.tr("Generic decoder config"))
        if isinstance(plan, Plan):
            return [transfo_xl, generic]
        return {
            "llama": [("llama", self.tr("Hugging Face LlamaConfig"))],
            "gpt2": [("gpt2", self.tr("Hugging Face GPT2Config"))],
        }.get(plan.known.family.id, [transfo_xl, generic])

    def _show_2020(self, card: ShapeCard, option: ShapeOption) -> None:
        shape, friendly = option.shape, option.friendly
        if friendly.d_model == shape.d_model:
            advice = self.tr("a friendly width")
        elif abs(option.friendly_change) > _STILL_THE_SAME_SIZE:
            advice = ""
        else:
            advice = self.tr("friendlier: {0}\u00a0×\u00a0{1} ({2}\u00a0params)").format(
                friendly.n_layers, friendly.d_model, signed_percent(option.friendly_change)
            )
        card.set_shape(
            f"{dimension_text(shape.n_layers)} × {dimension_text(shape.d_model)}",
            self.tr("{0} params").format(format_count(shape.non_embedding_params)),
            advice,
            self.tr(
                "Layers × d_model (with d_inner = d_model), rounded to a multiple of 8. Widths "
                "that are multiples of 64 were measurably faster (T. Le Scao 2020)."
            ),
        )

    def _copy_wide(self, language: str) -> None:
        self._copy(self.wide, language, 0)

    def _copy_narrow(self, language: str) -> None:
        self._copy(self.narrow, language, 1)

    def _copy(self, card: ShapeCard, language: str, which: int) -> None:
        QGuiApplication.clipboard().setText(_code(self._session.plan, language, which))
        card.show_copied()


def _code(plan: AnyPlan, language: str, which: int) -> str:
    of_2020 = {"transfo_xl": transfo_xl_code, "generic": generic_code}
    if isinstance(plan, Plan) or language in of_2020:
        return of_2020[language](plan, plan.shapes[which].shape)
    from gui.views.plan.joint_wording import code_heading

    option = plan.shapes[which]
    write = {"llama": llama_code, "gpt2": gpt2_code}[language]
    return write(option.architecture, code_heading(plan, option))
