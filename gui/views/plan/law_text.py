"""What the window says of a law. Its texts may come from a file: nothing here is rich text."""

from PySide6.QtCore import QCoreApplication

from core.families.counting import Counting
from core.laws.frontier import FrontierLaw
from core.quantities import format_count

translate = QCoreApplication.translate

_LONGEST_NAME = 60
_LONGEST_NOTE = 80


def law_label(law: FrontierLaw) -> str:
    """The law in a list."""
    return shortened(law.short_name, _LONGEST_NAME)


def counts_otherwise(law: FrontierLaw) -> bool:
    """Whether N is something else than the non-embedding parameters of the shapes."""
    return law.params_counted != Counting.NON_EMBEDDING


def compute_unit(law: FrontierLaw) -> str:
    """FLOP where 6 N D is reckoned with embeddings, else neFLO."""
    return translate("Law", "FLOP") if counts_otherwise(law) else translate("Law", "neFLO")


def size_title(law: FrontierLaw) -> str:
    """The axis of the optimal size."""
    if not counts_otherwise(law):
        return translate("Law", "optimal parameters")
    counted = shortened(law.params_counted, _LONGEST_NAME)
    return translate("Law", "optimal parameters ({0})").format(counted)


def law_note(law: FrontierLaw) -> str:
    """What to know before trusting the law, in a few lines."""
    lines = [shortened(law.name, _LONGEST_NAME)]
    counted = shortened(law.params_counted, _LONGEST_NAME)
    if law.params_range is not None:
        # a number must not part from its suffix at the end of a line
        low, high = (format_count(n, 2).replace(" ", "\u00a0") for n in law.params_range)
        text = translate("Law", "{0}: {1} to {2} parameters")
        if counts_otherwise(law):
            text = translate("Law", "{0}: {1} to {2} ({3})")
        lines = [text.format(lines[0], low, high, counted)]
    elif counts_otherwise(law):
        lines = [translate("Law", "{0} (N counts: {1})").format(lines[0], counted)]
    doubts = [translate("Law", "Rounded in print.")] if law.rounded else []
    if law.note:
        doubts.append(law.note)
    if doubts:
        lines.append(shortened(" ".join(doubts), _LONGEST_NOTE))
    return "\n".join(lines)


def law_details(law: FrontierLaw) -> str:
    """Everything, for a tooltip."""
    counted = translate("Law", "N counts: {0}").format(law.params_counted)
    rounded = translate("Law", "Its coefficients were rounded in print.") if law.rounded else ""
    return "\n".join(part for part in (law.name, law.source, counted, rounded, law.note) if part)


def law_status(law: FrontierLaw) -> str:
    """One line: name, runs, licence, as far as they are known."""
    runs = "" if law.n_runs is None else translate("Law", "{0} runs").format(f"{law.n_runs:,}")
    parts = (law.name, runs, law.licence)
    return " · ".join(shortened(part, _LONGEST_NOTE) for part in parts if part)


def shortened(text: str, most: int) -> str:
    """``text`` cut between two words."""
    if len(text) <= most:
        return text
    return f"{text[:most].rsplit(' ', 1)[0].rstrip(' .,;:')}…"
