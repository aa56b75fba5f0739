"""A fit as a law that can be saved, loaded and planned with."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from core.errors import InputError
from core.families.counting import Counting
from core.fits.frontier import FrontierFit
from core.fits.parametric import ParametricFit
from core.fits.report import FitReport
from core.fits.resampling import LEVEL
from core.laws.about import About
from core.laws.frontier import FrontierLaw
from core.laws.law_file import MOST_ROWS, Choice, SavedLaw, Spread
from core.laws.parametric import COEFFICIENTS, ParametricLaw, frontier_law
from core.ops import FloatArray

_COUNTED = {"non-embedding": Counting.NON_EMBEDDING, "with-head": Counting.WITH_HEAD}


def can_be_saved(report: FitReport) -> bool:
    """Whether the fit gives both loss and size, all of it identified."""
    detail = report.detail
    if isinstance(detail, ParametricFit):
        return not detail.not_identified
    return isinstance(detail, FrontierFit)


def as_saved_law(report: FitReport, name: str) -> SavedLaw:
    """The law of a report under a name.

    Raises:
        InputError: the fit gives no law (see `can_be_saved`).
    """
    if not can_be_saved(report):
        raise InputError("law", report.request.method, "a fit whose coefficients are identified")
    about = About(
        name=name,
        short_name=name,
        params_counted=report.params_counted,
        counting=_COUNTED.get(report.params_counted),
        params_range=report.params_range,
        compute_range_neflo=report.compute_range,
        n_runs=report.n_runs,
        paper=f"{report.request.method} fit of {report.source or name} by Isoloss",
    )
    law: ParametricLaw | FrontierLaw
    if isinstance(report.detail, FrontierFit):
        fit = report.detail
        law = frontier_law(about, (fit.a, fit.b, fit.c), (fit.d, fit.e), fit.compute_unit)
        if fit.f:
            law = replace(law, f=fit.f)
    else:
        a, b, e, alpha, beta = (report.value(key) for key in COEFFICIENTS)
        law = ParametricLaw(E=e, A=a, B=b, alpha=alpha, beta=beta, about=about)
    return SavedLaw(
        law=law,
        intervals=_spreads(report),
        level=LEVEL if len(report.ensemble) else None,
        ensemble=_usable(report.ensemble),
        choices=_choices(report),
        data_hash=report.data_hash,
        app_version=report.version,
    )


def _spreads(report: FitReport) -> Mapping[str, Spread]:
    found = {}
    for name, coefficient in report.coefficients.items():
        estimate = coefficient.estimate
        if estimate is not None and estimate.low is not None:
            found[name] = Spread(estimate.low, estimate.high, coefficient.se)
    return found


def _usable(ensemble: FloatArray) -> FloatArray | None:
    """Resamples that ran away cannot be written as numbers; None where none is left."""
    kept = ensemble[np.isfinite(ensemble).all(axis=1)][:MOST_ROWS]
    return kept if len(kept) else None


def _choices(report: FitReport) -> dict[str, Choice]:
    request, choices = report.request, report.request.choices
    found: dict[str, Choice] = {"method": request.method}
    if isinstance(report.detail, ParametricFit):
        found |= {
            "objective": choices.objective,
            "delta": choices.delta,
            "tied": choices.tied,
            "pinned_e": choices.pinned_e,
            "drop_highest_loss": choices.drop_highest_loss,
        }
    resampling = choices.resampling
    return found | {
        "resamples": resampling.resamples,
        "seed": resampling.seed,
        "by": resampling.by,
    }
