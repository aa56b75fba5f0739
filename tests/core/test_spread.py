"""Intervals of a plan from the resamples of its law, and the flat optimum."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from core.families.transformer_xl import params_at_width
from core.fits.parametric import Choices
from core.fits.report import FitRequest, fit
from core.fits.resampling import Resampling
from core.fits.saving import as_saved_law
from core.laws.frontier import Surface
from core.laws.law_file import save_law
from core.planner import QUANTITIES, QUANTITY_OF, By, PlanRequest, bands, plan
from core.planner.flat import flat_optimum
from core.runs.points import RunsTable
from core.runs.table import load_runs


@pytest.fixture(scope="module")
def law(tmp_path_factory):
    """A parametric fit of the shipped runs, saved as a person would."""
    runs = load_runs("transformer_xl_wikitext103.csv")
    index = np.concatenate([np.full(run.loss.size, i) for i, run in enumerate(runs)])
    params = np.concatenate([np.full(run.loss.size, run.non_embedding_params) for run in runs])
    compute = np.concatenate([run.compute_neflo for run in runs])
    table = RunsTable(
        tuple(run.name for run in runs),
        index,
        params,
        compute / 6 / params,
        compute,
        np.concatenate([run.loss for run in runs]),
        params_counted="non-embedding",
        source="runs.csv",
    )
    report = fit(table, FitRequest(choices=Choices(resampling=Resampling(200, 1))))
    path = tmp_path_factory.mktemp("law") / "mine.isoloss-law"
    save_law(as_saved_law(report, "mine"), path)
    return str(path)


@pytest.mark.parametrize(
    ("by", "value"),
    [
        (By.HOURS, 6.0),
        (By.USD, 20.0),
        (By.ENERGY_KWH, 1.0),
        (By.CO2_KG, 0.5),
        (By.LOSS, 3.3),
        (By.PARAMS, 2e7),
        (By.COMPUTE_NEFLO, 1e17),
    ],
)
def test_every_quantity_carries_an_interval_around_it_and_the_given_one_is_exact(law, by, value):
    found = plan(PlanRequest(by, value, law=law))
    for name in QUANTITIES:
        estimate = getattr(found, name)
        assert estimate.level == 0.8
        slack = 1e-9 * estimate.value
        assert estimate.low - slack <= estimate.high, name
    given = getattr(found, QUANTITY_OF[by])
    assert (given.low, given.high) == (value, value)
    loss, params = found.loss, found.non_embedding_params
    if by not in (By.LOSS, By.PARAMS):
        assert loss.low < loss.value < loss.high
        assert params.low < params.value < params.high


def test_the_interval_is_that_of_planning_with_every_resample_by_itself(law):
    request = PlanRequest(By.HOURS, 6.0, law=law)
    found = plan(request)
    cloud = found.known.law.cloud
    sizes = []
    for i in range(60):
        one = replace(
            found.known.law, cloud=None, **{k: float(getattr(cloud, k)[i]) for k in "abcde"}
        )

        def hours(u, one=one):
            width = math.exp(u)
            compute = math.exp(one.ln_compute_at_params(params_at_width(width)))
            return compute / found.known.path.speed.neflo_per_s(width) / 3600 - 6.0

        sizes.append(params_at_width(math.exp(brentq(hours, 4, 9, xtol=1e-14))))
    few = replace(cloud, **{k: np.asarray(getattr(cloud, k))[:60] for k in "abcde"})
    known = replace(found.known, law=replace(found.known.law, cloud=few))
    ends = replace(found, known=known).non_embedding_params
    assert (ends.low, ends.high) == pytest.approx(np.quantile(sizes, [0.1, 0.9]), rel=1e-9)


def test_a_law_without_resamples_gives_no_interval():
    for law in ("txl-wikitext103", "besiroglu-2024"):
        assert plan(PlanRequest(law=law)).loss.low is None
        assert bands(PlanRequest(law=law), 1e14, 1e18) is None


def test_the_bands_hold_the_curves_and_widen_beyond_the_runs(law):
    found = bands(PlanRequest(law=law), 1e14, 1e22, 60)
    assert found.level == 0.8
    assert (found.loss_low < found.loss_high).all()
    assert (found.params_low < found.params_high).all()
    width = np.log(found.params_high / found.params_low)
    inside = np.searchsorted(found.compute_neflo, 3e16)
    assert width[-1] > 1.5 * width[inside]


SURFACE = Surface(1.8172, 482.01, 2085.43, 0.3478, 0.3658)


@pytest.mark.parametrize("compute", [1e18, 1e21, 5.76e23])
def test_the_flat_optimum_ends_where_the_loss_has_grown_by_the_tolerance(compute):
    def loss(ln_n):
        n = math.exp(ln_n)
        return SURFACE.loss(n, compute / 6 / n)

    best = minimize_scalar(loss, bounds=(5, 40), method="bounded", options={"xatol": 1e-12})
    found = flat_optimum(SURFACE, math.exp(best.x), compute)
    for end in (found.low, found.high):
        assert loss(math.log(end)) == pytest.approx(1.005 * best.fun, rel=1e-9)
    assert found.low < math.exp(best.x) < found.high
    assert found.half_loss_increase == pytest.approx(loss(best.x - math.log(2)) - best.fun)
    assert found.twice_loss_increase == pytest.approx(loss(best.x + math.log(2)) - best.fun)
    for factor, extra in ((0.5, found.half_extra_compute), (2.0, found.twice_extra_compute)):
        n = factor * math.exp(best.x)
        more = compute * (1 + extra)
        assert SURFACE.loss(n, more / 6 / n) == pytest.approx(best.fun, rel=1e-9)


def test_a_size_too_small_to_ever_reach_the_loss_costs_no_finite_compute():
    steep = Surface(0.0, 1e3, 1e-3, 0.5, 0.5)
    found = flat_optimum(steep, 1e6, 6e12)
    assert found.half_extra_compute is None


def test_only_laws_of_size_and_tokens_have_a_flat_optimum():
    assert plan(PlanRequest()).flat_optimum is None
    assert plan(PlanRequest(law="hoffmann-2022")).flat_optimum is not None
