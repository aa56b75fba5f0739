"""A person's fitted law as a file: ``.isoloss-law``, JSON with a version, checked on the way in.

    {"format": "isoloss-law", "version": 1, "kind": "parametric" or "frontier",
     "name", "params_counted", ...                      as in the shipped laws
     "coefficients": {"A": 482.0, ...},
     "intervals": {"A": {"low", "high", "se"}, ...}, "level": 0.8,
     "ensemble": {"columns": ["A", ...], "rows": [[...], ...]},
     "choices": {"objective": "huber", ...}, "data_hash", "app_version"}

Only values are read from it: no name in it is opened, imported or run.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np

import core
from core.errors import InputError
from core.files import read_input, write_atomically
from core.laws.documents import about_from, frontier_from, parametric_from
from core.laws.frontier import FrontierLaw
from core.laws.parametric import COEFFICIENTS, ParametricLaw
from core.laws.reading import Fields, finite_row, parse
from core.ops import FloatArray

FORMAT, VERSION, SUFFIX = "isoloss-law", 1, ".isoloss-law"
MOST_BYTES = 20_000_000
MOST_ROWS = 10_000  # of an ensemble: more say nothing that these do not
FRONTIER_COEFFICIENTS = ("a", "b", "c", "d", "e", "f")
_MOST_CHOICES = 100
_FROM_DATA = ("params_range", "compute_range_neflo", "n_runs", "vocab_size", "vocab_source")
_SHARED = ("name", "short_name", "params_counted", *_FROM_DATA, "tokens_per_step", "rounded")
_FROM_ABOUT = ("counting", "tokens_range", "tokens_per_step_source", "paper", "equation", "arxiv")

Choice = str | float | int | bool | None


@dataclass(frozen=True, slots=True)
class Spread:
    """How sure a coefficient is; None for what was not worked out."""

    low: float | None = None
    high: float | None = None
    se: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SavedLaw:
    """A fitted law with how it was fitted.

    Attributes:
        law: what the planner or `compare` uses.
        intervals: by coefficient.
        level: coverage of the intervals; None where there are none.
        ensemble: (resamples, coefficients) of a bootstrap, in the order of `columns`; None
            where there was none.
        choices: what was asked of the fit.
        data_hash: of the table that was fitted.
        app_version: of the Isoloss that fitted it.
    """

    law: ParametricLaw | FrontierLaw
    intervals: Mapping[str, Spread] = field(default_factory=dict)
    level: float | None = None
    ensemble: FloatArray | None = None
    choices: Mapping[str, Choice] = field(default_factory=dict)
    data_hash: str = ""
    app_version: str = field(default_factory=lambda: core.__version__)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the coefficients, in the order of the ensemble's columns."""
        return COEFFICIENTS if isinstance(self.law, ParametricLaw) else FRONTIER_COEFFICIENTS

    def frontier(self) -> FrontierLaw:
        """The law as the planner uses it, with the cloud of its resamples."""
        law = self.law if isinstance(self.law, FrontierLaw) else self.law.frontier()
        if self.ensemble is None or self.level is None:
            return law
        arrays = dict(zip(self.columns, self.ensemble.T, strict=True))
        cloud = (
            replace(law, **arrays)
            if isinstance(self.law, FrontierLaw)
            else replace(self.law, **arrays).frontier()
        )
        return replace(law, cloud=cloud, cloud_level=self.level)


def save_law(saved: SavedLaw, path: Path) -> None:
    """Write the file whole or not at all; the same law gives the same bytes.

    Raises:
        InputError: a law that could not be loaded again (too many resamples, no number).
        OSError: it could not be written; what stood there is untouched.
    """
    content = law_to_bytes(saved)
    law_from_bytes(content, path.name)
    write_atomically(path, content)


def load_law(path: Path) -> SavedLaw:
    """The law of a file; its id is the path as given.

    Raises:
        InputError: it cannot be read, is not such a file, is too big, was written by a newer
            version, or holds what is no law. The field is ``law``, the value the path.
    """
    content = read_input(path, MOST_BYTES, "law", f"a law of Isoloss ({SUFFIX})")
    try:
        return law_from_bytes(content, path.name, str(path))
    except InputError as error:
        raise InputError("law", path, f"a law of Isoloss ({error})") from error


def law_to_bytes(saved: SavedLaw) -> bytes:
    """The content of the file, UTF-8.

    Raises:
        InputError: a coefficient that is not finite.
    """
    law = saved.law
    is_frontier = isinstance(law, FrontierLaw)
    source = asdict(law) if isinstance(law, FrontierLaw) else asdict(law.about)
    extra = ("family", "source") if is_frontier else _FROM_ABOUT
    numbers = (*saved.columns, "compute_unit_neflo") if is_frontier else saved.columns
    document: dict[str, object] = {
        "format": FORMAT,
        "version": VERSION,
        "kind": "frontier" if is_frontier else "parametric",
        **{name: source[name] for name in (*_SHARED, *extra, "licence", "note")},
        "coefficients": {name: getattr(law, name) for name in numbers},
        "intervals": {name: asdict(spread) for name, spread in saved.intervals.items()},
        "level": saved.level,
        "choices": dict(saved.choices),
        "data_hash": saved.data_hash,
        "app_version": saved.app_version,
    }
    if isinstance(law, ParametricLaw) and law.standard_errors is not None:
        document["standard_errors"] = dict(zip(COEFFICIENTS, law.standard_errors, strict=True))
    if saved.ensemble is not None:
        document["ensemble"] = {"columns": saved.columns, "rows": saved.ensemble.tolist()}
    try:
        return (json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except ValueError as error:
        raise InputError("law", law_name(law), "made of finite numbers") from error


def law_name(law: ParametricLaw | FrontierLaw) -> str:
    """What people call the law."""
    return law.name if isinstance(law, FrontierLaw) else law.about.name


def law_from_bytes(content: bytes, file: str, law_id: str = "") -> SavedLaw:
    """The law that the content of a file describes.

    Args:
        content: all of it, from anywhere: nothing in it is trusted.
        file: name of the file, for messages.
        law_id: id of the law.

    Raises:
        InputError: it is not such a file; the field is named.
    """
    if len(content) > MOST_BYTES:
        raise InputError(file, "more", f"at most {MOST_BYTES / 1e6:.0f} MB")
    document = parse(content, file)
    if document.values.get("format") != FORMAT:
        document.refuse("format", f'"{FORMAT}"')
    version = document.integer("version", 1, 10**6)
    if version > VERSION:
        document.refuse("version", f"at most {VERSION}: a newer Isoloss wrote this file, update")
    law = _law(document, law_id)
    columns = COEFFICIENTS if isinstance(law, ParametricLaw) else FRONTIER_COEFFICIENTS
    return SavedLaw(
        law,
        _intervals(document, columns),
        document.number("level", 0.0, 1.0) if document.has("level") else None,
        _ensemble(document, columns),
        _choices(document),
        document.text("data_hash", ""),
        document.text("app_version", ""),
    )


def _law(document: Fields, law_id: str) -> ParametricLaw | FrontierLaw:
    match document.text("kind"):
        case "parametric":
            return parametric_from(document, about_from(document, law_id))
        case "frontier":
            return frontier_from(document, law_id, document.part("coefficients"))
        case _:
            document.refuse("kind", "parametric or frontier")


def _intervals(document: Fields, columns: tuple[str, ...]) -> dict[str, Spread]:
    part = document.part("intervals")
    unknown = sorted(set(part.values) - set(columns))
    if unknown:
        part.refuse(unknown[0][:60], f"absent: the coefficients are {', '.join(columns)}")
    found: dict[str, Spread] = {}
    for name in part.values:
        inside = part.part(name)
        low, high = inside.number_or_none("low"), inside.number_or_none("high")
        if low is not None and high is not None and low > high:
            inside.refuse("low", "at most high")
        found[name] = Spread(low, high, inside.number_or_none("se", 0.0))
    return found


def _ensemble(document: Fields, columns: tuple[str, ...]) -> FloatArray | None:
    if not document.has("ensemble"):
        return None
    part = document.part("ensemble")
    if part.items("columns", len(columns)) != list(columns):
        part.refuse("columns", f"the list {', '.join(columns)}")
    rows = [finite_row(row, len(columns)) for row in part.items("rows", MOST_ROWS)]
    if not rows or any(row is None for row in rows):
        part.refuse("rows", f"lists of {len(columns)} finite numbers")
    ensemble: FloatArray = np.array(rows, dtype=np.float64)
    ensemble.setflags(write=False)
    return ensemble


def _choices(document: Fields) -> dict[str, Choice]:
    part = document.part("choices")
    if len(part.values) > _MOST_CHOICES:
        document.refuse("choices", f"an object of at most {_MOST_CHOICES} fields")
    found: dict[str, Choice] = {}
    for name, value in part.values.items():
        if value is None or isinstance(value, bool):
            found[name] = value
        elif isinstance(value, str):
            found[name] = part.text(name)
        else:
            number = part.number(name)
            found[name] = int(value) if isinstance(value, int) else number
    return found
