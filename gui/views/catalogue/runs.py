"""The sheet of published trainings that the speed model stands on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from PySide6.QtCore import QCoreApplication

import resources
from core.errors import InputError
from core.quantities import format_number
from core.speed.table import case_of, read_table
from gui.views.catalogue.table import Cell, Column, Sheet
from gui.views.catalogue.wording import mark_legend, origin_text
from gui.widgets.glyphs import NoticeKind

translate = QCoreApplication.translate

_TABLE = "speed/published_training_speed.csv"
_NOT_AS_PRINTED = ("derived", "approx", "assumed")
_GUESSED = {  # what the notes of a row call derived, approximate or assumed
    "tokens_per_s_per_gpu": ("tok/s derived", "approx"),
    "activation_checkpointing": ("checkpointing assumed", "remat policy assumed"),
    "micro_batch": ("micro-batch per paper",),
}


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """A row of the table.

    Attributes:
        number: line of the file, the header being line 1.
        cells: as they were read.
        cited: where it was published; the table's short name where that is all there is.
    """

    number: int
    cells: dict[str, str]
    cited: str


def runs_sheet() -> Sheet[PublishedRun]:
    """Measurements in the table's order."""
    return Sheet(
        columns=(
            _text("model", translate("Catalogue", "model"), ""),
            _text("gpu", translate("Catalogue", "GPU"), ""),
            _number("n_gpus", translate("Catalogue", "GPUs"), ""),
            _number(
                "tokens_per_s_per_gpu",
                translate("Catalogue", "speed"),
                translate("Catalogue", "Tokens a second on each GPU."),
                unit="tokens/s/GPU",
                write=format_number,
            ),
            _number(
                "reported_mfu",
                translate("Catalogue", "MFU"),
                translate("Catalogue", "Share of the GPU's peak that the model's FLOPs take."),
                write=_percent,
                unit=translate("Catalogue", "published"),
            ),
            _number(
                "reported_tflops",
                translate("Catalogue", "TFLOP/s/GPU"),
                translate("Catalogue", "As the source counts them; some count recomputation."),
                unit=translate("Catalogue", "published"),
                write=format_number,
            ),
            _number(
                "step_time_s",
                translate("Catalogue", "step"),
                translate("Catalogue", "Seconds of an optimiser step."),
                unit="s",
                write=format_number,
            ),
            _number(
                "seq_len",
                translate("Catalogue", "sequence"),
                translate("Catalogue", "Tokens of a sequence."),
                unit=translate("Catalogue", "tokens"),
            ),
            _number(
                "micro_batch",
                translate("Catalogue", "micro-batch"),
                translate("Catalogue", "Sequences that one model copy computes at a time."),
                unit=translate("Catalogue", "sequences"),
            ),
            _number(
                "global_batch",
                translate("Catalogue", "batch"),
                translate("Catalogue", "Sequences of an optimiser step."),
                unit=translate("Catalogue", "sequences"),
            ),
            _text("precision", translate("Catalogue", "precision"), ""),
            _text("sharding", translate("Catalogue", "sharding"), ""),
            _text("activation_checkpointing", translate("Catalogue", "recomputation"), ""),
            _text("stack", translate("Catalogue", "software"), "", about_source=True),
            _text("date", translate("Catalogue", "date"), "", about_source=True),
            Column(
                translate("Catalogue", "checked"),
                translate("Catalogue", "Whether all figures stand as they were printed."),
                _standing,
                _standing_doubt,
                marked=False,
                about_source=True,
            ),
            Column(
                translate("Catalogue", "origin"),
                translate("Catalogue", "Shipped with the application."),
                _origin,
                about_source=True,
            ),
            Column(
                translate("Catalogue", "source"),
                translate("Catalogue", "Where it was published."),
                _cited,
                about_source=True,
            ),
            Column(
                translate("Catalogue", "licence"),
                translate("Catalogue", "Under which its source may be used."),
                _licence,
                about_source=True,
                in_table=False,
            ),
            _text("note", translate("Catalogue", "notes"), "", about_source=True, in_table=False),
            *(_number(name, title, "", in_table=False) for name, title in _shape_titles()),
            Column(
                translate("Catalogue", "line of the table"),
                "",
                _line,
                about_source=True,
                in_table=False,
            ),
        ),
        rows=published_runs,
        key=_line,
        title=_title,
        notices=_notices,
        footnote=translate(
            "Catalogue",
            "{0} derived from another printed figure, approximate, or assumed: see the notes of "
            "the row. Figures published by the sources named; the speed model is fitted on them.",
        ).format(mark_legend()[:1]),
    )


@cache
def published_runs() -> tuple[PublishedRun, ...]:
    """Every row of the shipped table."""
    rows = read_table(resources.path(_TABLE))
    return tuple(PublishedRun(place + 2, row, _citation(row)) for place, row in enumerate(rows))


def _citation(row: dict[str, str]) -> str:
    try:
        cited = case_of(row).stack.source
    except InputError:  # it cannot be estimated, and stays a row to read
        return row["source"]
    return cited or row["source"]


def _shape_titles() -> Sequence[tuple[str, str]]:
    return (
        ("n_layers", translate("Catalogue", "layers")),
        ("d_model", translate("Catalogue", "width")),
        ("n_heads", translate("Catalogue", "heads")),
        ("n_kv_heads", translate("Catalogue", "KV heads")),
        ("d_ff", translate("Catalogue", "feed-forward width")),
        ("vocab", translate("Catalogue", "vocabulary")),
        ("gpus_per_node", translate("Catalogue", "GPUs a node")),
        ("grad_accum", translate("Catalogue", "accumulation steps")),
        ("tp", translate("Catalogue", "tensor parallel")),
        ("pp", translate("Catalogue", "pipeline parallel")),
        ("cp", translate("Catalogue", "context parallel")),
        ("vp", translate("Catalogue", "virtual stages")),
        ("dp", translate("Catalogue", "data parallel")),
        ("peak_tflops", translate("Catalogue", "peak, TFLOP/s")),
    )


def _title(run: PublishedRun) -> str:
    return translate("Catalogue", "{0} on {1} × {2}").format(
        run.cells["model"], format_number(float(run.cells["n_gpus"])), run.cells["gpu"]
    )


def _notices(run: PublishedRun) -> Sequence[tuple[NoticeKind, str]]:
    return (("warning", run.cells["note"]),) if _standing_doubt(run) else ()


def _standing(run: PublishedRun) -> str:
    if _standing_doubt(run):
        return translate("Catalogue", "in part derived")
    return translate("Catalogue", "as printed")


def _standing_doubt(run: PublishedRun) -> str:
    note = run.cells["note"]
    return note if any(word in note for word in _NOT_AS_PRINTED) else ""


def _cited(run: PublishedRun) -> str:
    return run.cited


def _licence(_run: PublishedRun) -> str:
    return translate("Catalogue", "facts; numbers only")


def _origin(_run: PublishedRun) -> str:
    return origin_text("shipped")


def _line(run: PublishedRun) -> str:
    return str(run.number)


def _text(
    name: str, title: str, hint: str, *, about_source: bool = False, in_table: bool = True
) -> Column[PublishedRun]:
    return Column(
        title,
        hint,
        partial(_cell, name),
        partial(_doubt, name),
        about_source=about_source,
        in_table=in_table,
    )


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", "\u00a0%")


def _whole(number: float) -> str:
    return format_number(number, 9)


def _number(
    name: str,
    title: str,
    hint: str,
    *,
    write: Callable[[float], str] = _whole,
    in_table: bool = True,
    unit: str = "",
) -> Column[PublishedRun]:
    return Column(
        title,
        hint,
        partial(_value, name),
        partial(_doubt, name),
        write,
        in_table=in_table,
        unit=unit,
    )


def _cell(name: str, run: PublishedRun) -> Cell:
    return run.cells[name]


def _value(name: str, run: PublishedRun) -> Cell:
    text = run.cells[name]
    return float(text) if text else None


def _doubt(name: str, run: PublishedRun) -> str:
    note = run.cells["note"]
    return note if any(words in note for words in _GUESSED.get(name, ())) else ""
