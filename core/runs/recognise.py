"""Which column of a table is what, from its name or because the person said so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from core.errors import InputError
from core.quantities import Kind, parse_quantity
from core.runs.column_names import ROLES, WIDE, plain_name, rank
from core.runs.points import PARAMS_COUNTED, Columns, shown

_SCALE = re.compile(r"[(\[]\s*([kKMBGT])\s*[)\]]\s*$")
_PF_DAY_FLOP = parse_quantity("1 PF-day", Kind.COMPUTE_NEFLO, "compute")


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column was taken for.

    Attributes:
        role: quantity, one of ``ROLES``.
        column: name of the column, None where there is none.
        reason: why, for the person to check.
        scale: what its numbers are multiplied with: 1e6 for ``params (M)``.
        others: columns whose names would do, too.
    """

    role: str
    column: str | None
    reason: str
    scale: float = 1.0
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """How the columns of one file are read.

    Attributes:
        guesses: one for each of ``ROLES``.
        wide: column and run of each column that holds the losses of one run; empty if tidy.
        ignored: columns that might have been meant and are not read.
        params_counted: one of ``PARAMS_COUNTED``.
        counted_reason: why.
    """

    guesses: tuple[Guess, ...]
    wide: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    params_counted: str = "unknown"
    counted_reason: str = ""
    by_role: dict[str, Guess] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_role", {guess.role: guess for guess in self.guesses})

    def column(self, role: str) -> str | None:
        """Name of the column that holds ``role``, None where none does."""
        return self.by_role[role].column


def choose(header: Sequence[str], columns: Columns, file: str) -> Choice:
    """Give each quantity its column.

    Args:
        header: names of the columns.
        columns: what the person said; the rest is recognised by name.
        file: name for errors.

    Raises:
        InputError: the person named a column that is not there, or what is counted is unknown.
    """
    guesses = {role: _guess(role, header, columns, file) for role in ROLES}
    ignored = guesses["loss"].others
    wide: tuple[tuple[str, str], ...] = ()
    if guesses["loss"].column is None:
        wide, guesses["loss"], ignored = _wide(header, columns, guesses)
    if columns.loss is not None and guesses["loss"].column is None and not wide:
        raise _unknown_column("loss", columns.loss, header, file)
    compute = guesses["compute"].column
    counted, reason = _counted(header, columns, guesses["params"].column, compute)
    return Choice(tuple(guesses.values()), wide, ignored, counted, reason)


def params_in_name(name: str) -> float | None:
    """N that a run's name gives (``gpt2-124M``, ``N=1.2e8``); None if it gives none or several."""
    found = re.findall(
        r"(?<![\d.a-zA-Z])(\d+(?:[.]\d+)?[kKmMbB])(?![a-zA-Z0-9]|[-_ ]*tok)", name
    ) + re.findall(r"(?:^|[^a-zA-Z])(?:N|n_?params|params)=([\d.]+(?:e\+?\d+)?)(?![\w.])", name)
    if len(found) != 1:
        return None
    text = found[0]
    suffix = {"m": "M", "b": "B"}.get(text[-1], text[-1])
    try:
        return parse_quantity(text[:-1] + suffix, Kind.PARAMETERS, "params")
    except InputError:
        return None


def _guess(role: str, header: Sequence[str], columns: Columns, file: str) -> Guess:
    said = getattr(columns, role)
    if said is not None:
        matches = [name for name in header if name == said]
        matches += [name for name in header if plain_name(name) == plain_name(said)]
        if matches:
            return Guess(role, matches[0], "as you said", _scale(role, matches[0], columns))
        if role == "loss":
            return Guess(role, None, "")  # perhaps the metric of a wide table
        raise _unknown_column(role, said, header, file)
    ranked = sorted(
        (fit, place) for place, name in enumerate(header) if (fit := rank(role, name)) is not None
    )
    if not ranked:
        return Guess(role, None, "no column has such a name")
    first, *others = (header[place] for _, place in ranked)
    reason = f'by its name "{shown(first)}"'
    return Guess(role, first, reason, _scale(role, first, columns), tuple(others))


def _scale(role: str, name: str, columns: Columns) -> float:
    if role == "compute":
        by_name = re.search(r"(pf|peta_?flop)s?[-_ ]?days?", name, re.IGNORECASE)
        unit = columns.compute_unit or ("PF-days" if by_name else "FLOP")
        return _PF_DAY_FLOP if unit == "PF-days" else 1.0
    if role in ("params", "tokens", "unique_tokens") and (match := _SCALE.search(name)):
        return {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "G": 1e9, "T": 1e12}[match.group(1)]
    return 1.0


def _wide(
    header: Sequence[str], columns: Columns, guesses: dict[str, Guess]
) -> tuple[tuple[tuple[str, str], ...], Guess, tuple[str, ...]]:
    """The columns of a table with a column a run, as Weights & Biases exports it."""
    none = Guess("loss", None, "no column has such a name")
    if not any(guesses[role].column for role in ("step", "tokens", "compute")):
        return (), none, ()
    metrics: dict[str, list[tuple[str, str]]] = {}
    for name in header:
        match = WIDE.match(name)
        if match and not re.search(r"__(MIN|MAX)$", name):
            metrics.setdefault(match["metric"], []).append((name, match["run"]))
    if columns.loss is not None:
        ranked = [metric for metric in metrics if plain_name(metric) == plain_name(columns.loss)]
    else:
        ranks = {metric: rank("loss", metric) for metric in metrics}
        ranked = sorted((m for m in ranks if ranks[m] is not None), key=lambda m: ranks[m] or 0)
    if ranked:
        reason = f'a column a run: "<run> - {shown(ranked[0])}"'
        return tuple(metrics[ranked[0]]), Guess("loss", None, reason), tuple(ranked[1:])
    taken = {guess.column for guess in guesses.values()}
    sized = [
        name
        for name in header
        if name not in taken and (name in columns.params_by_run or params_in_name(name))
    ]
    if columns.loss is None and len(sized) > 1:
        reason = "a column a run, whose name gives its size"
        return tuple((name, name) for name in sized), Guess("loss", None, reason), ()
    return (), none, ()


def _counted(
    header: Sequence[str], columns: Columns, params: str | None, compute: str | None
) -> tuple[str, str]:
    if columns.params_counted is not None:
        if columns.params_counted not in PARAMS_COUNTED:
            raise InputError(
                "params_counted", columns.params_counted, f"one of {', '.join(PARAMS_COUNTED)}"
            )
        return columns.params_counted, "as you said"
    is_given = columns.params_value is not None or bool(columns.params_by_run)
    if is_given and columns.params is None:
        return "unknown", "you gave N without saying what it counts"
    # transformers' floating_point_ops() is 6 x tokens x parameters without embeddings
    if params is None and re.fullmatch(r".*neflo.*|(train_)?total_flos", plain_name(compute or "")):
        return "non-embedding", f'N follows from "{compute}", which counts no embeddings'
    plain = plain_name(params or "")
    if re.search(r"non_?emb", plain):
        return "non-embedding", f'by the name "{params}"'
    if "with_head" in plain:
        return "with-head", f'by the name "{params}"'
    if plain.startswith("total") or re.search(r"with_emb", plain):
        return "with-embeddings", f'by the name "{params}"'
    others = [name for name in header if re.search(r"non_?emb", plain_name(name))]
    if plain and others:
        return "with-embeddings", f'{others[0]} is counted beside "{params}"'
    return "unknown", "no name says what N counts"


def _unknown_column(role: str, said: str, header: Sequence[str], file: str) -> InputError:
    return InputError(role, said, f"one of the columns of {file}: {listed(header)}")


def listed(header: Sequence[str]) -> str:
    """The names of the columns for an error, the first dozen of them."""
    names = ", ".join(shown(name) or '""' for name in header[:12])
    return f"{names}, ... ({len(header)} columns)" if len(header) > 12 else names
