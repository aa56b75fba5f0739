"""Laws out of JSON: the parts that shipped laws and a person's own files have in common."""

import math

from core.families.counting import Counting
from core.laws.about import DEFAULT_TOKENS_PER_STEP, About
from core.laws.frontier import FrontierLaw
from core.laws.parametric import COEFFICIENTS, ParametricLaw
from core.laws.reading import Fields

_LEAST_SIZE, _MOST_SIZE = 3.0, 1e60  # parameters: a shape needs more than three
_COMPUTE_ENDS = (1e-6, 1e60)  # neFLO that the planner can be asked for
_MOST_VOCAB, _MOST_TOKENS, _MOST_RUNS = 10**9, 10**15, 10**9
_SCALES = (1e-30, 1e60)
_EXPONENTS = (1e-3, 10.0)


def about_from(document: Fields, law_id: str) -> About:
    """Source and ranges.

    Raises:
        InputError: a field that cannot be used.
    """
    blank = About()
    name = document.text("name")
    return About(
        id=law_id,
        name=name,
        short_name=document.text("short_name", name),
        params_counted=document.text("params_counted"),
        counting=_counting(document),
        params_range=document.span("params_range"),
        tokens_range=document.span("tokens_range"),
        compute_range_neflo=document.span("compute_range_neflo"),
        n_runs=document.integer_or_none("n_runs", 1, _MOST_RUNS),
        vocab_size=document.integer_or_none("vocab_size", 2, _MOST_VOCAB),
        vocab_source=document.text("vocab_source", ""),
        tokens_per_step=document.integer_or_none("tokens_per_step", 1, _MOST_TOKENS)
        or DEFAULT_TOKENS_PER_STEP,
        tokens_per_step_source=document.text(
            "tokens_per_step_source", blank.tokens_per_step_source
        ),
        rounded=document.flag("rounded"),
        paper=document.text("paper", ""),
        equation=document.text("equation", ""),
        arxiv=document.text("arxiv", ""),
        licence=document.text("licence", ""),
        note=document.text("note", ""),
    )


def parametric_from(document: Fields, about: About) -> ParametricLaw:
    """The law of ``document.coefficients``; ``ln_A`` stands for A, as papers print it.

    Raises:
        InputError: coefficients out of any use, or that together leave what can be planned.
    """
    part, errors = document.part("coefficients"), document.part("standard_errors")
    law = ParametricLaw(
        E=_scale(part, "E", (0.0, 1e3)),
        A=_scale(part, "A", _SCALES),
        B=_scale(part, "B", _SCALES),
        alpha=part.number("alpha", *_EXPONENTS),
        beta=part.number("beta", *_EXPONENTS),
        about=about,
        standard_errors=tuple(errors.number(name, 0.0) for name in COEFFICIENTS)
        if errors.values
        else None,
    )
    if not _can_be_planned(law):
        document.refuse("coefficients", "a law with an optimum that floating point can hold")
    return law


def frontier_from(
    document: Fields, law_id: str, coefficients: Fields, runs: bool = False
) -> FrontierLaw:
    """A frontier with its size law.

    Args:
        document: its source and ranges.
        law_id: its id.
        coefficients: where a to f and the unit stand.
        runs: whether it may name a shipped table of runs.

    Raises:
        InputError: a field that cannot be used, or coefficients that no plan can follow.
    """
    about = about_from(document, law_id)
    named = document.has("run_names") and runs
    law = FrontierLaw(
        id=law_id,
        name=about.name,
        short_name=about.short_name,
        a=coefficients.number("a", *_SCALES),
        b=coefficients.number("b", *_EXPONENTS),
        c=coefficients.number("c", 0.0, 1e3),
        d=coefficients.number("d", *_SCALES),
        e=coefficients.number("e", *_EXPONENTS),
        f=coefficients.number("f", -_MOST_SIZE, _MOST_SIZE),
        compute_unit_neflo=coefficients.number("compute_unit_neflo", *_SCALES),
        family=document.text("family", "decoder"),
        params_counted=about.params_counted,
        tokens_per_step=about.tokens_per_step,
        vocab_size=about.vocab_size,
        vocab_source=about.vocab_source,
        params_range=about.params_range,
        compute_range_neflo=about.compute_range_neflo,
        n_runs=about.n_runs,
        runs_file=document.text("runs_file") if runs else None,
        run_names=_texts(document, "run_names") if named else None,
        source=document.text("source", about.source),
        licence=about.licence,
        rounded=about.rounded,
        note=about.note,
    )
    if not _can_be_walked(law):
        document.refuse("coefficients", "a size law that floating point can hold")
    return law


def _counting(document: Fields) -> Counting | None:
    if not document.has("counting"):
        return None
    try:
        return Counting(document.text("counting"))
    except ValueError:
        document.refuse("counting", f"one of {', '.join(Counting)}")


def _scale(part: Fields, name: str, limits: tuple[float, float]) -> float:
    if part.has(name) or not part.has(f"ln_{name}"):
        return part.number(name, *limits)
    low, high = limits
    lowest = math.log(low) if low > 0 else -1e3
    return math.exp(part.number(f"ln_{name}", lowest, math.log(high)))


def _texts(document: Fields, name: str) -> tuple[str, ...]:
    found = document.items(name, most=1000)
    if not all(isinstance(text, str) for text in found):
        document.refuse(name, "a list of names")
    return tuple(str(text) for text in found)


def _can_be_planned(law: ParametricLaw) -> bool:
    try:
        return math.isfinite(law.balance) and law.balance > 0 and _can_be_walked(law.frontier())
    except (OverflowError, ZeroDivisionError):
        return False


def _can_be_walked(law: FrontierLaw) -> bool:
    """Whether the planner can follow the law from its floor to the most compute there is."""
    least, most = _COMPUTE_ENDS
    try:
        floor = law.floor_compute
        sizes = (law.params(floor), law.params(most))
        losses = (law.loss(least) - law.c, law.loss(most) - law.c)
    except (OverflowError, ValueError, ZeroDivisionError):
        return False
    return (
        0 < floor < most
        and _LEAST_SIZE < sizes[0] < sizes[1] < _MOST_SIZE
        and all(math.isfinite(loss) for loss in losses)
    )
