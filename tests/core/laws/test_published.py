"""Every printed figure of the published laws comes out of them again."""

import json
import math

import numpy as np
import pytest

import resources
from core.errors import InputError
from core.families.counting import Counting
from core.laws.about import Gives
from core.laws.frontier import FrontierLaw
from core.laws.library import laws
from core.laws.published import law_from_file, law_id, library

GOPHER = 5.76e23
PF_DAY = 8.64e19


def rounds_to(value, printed):
    """Whether ``value``, written with the digits of ``printed``, is ``printed``."""
    mantissa = printed.lower().split("e")[0].lstrip("-").replace(".", "").lstrip("0")
    return float(f"{value:.{len(mantissa) - 1}e}") == float(printed)


@pytest.mark.parametrize(
    ("law", "at_1e21", "at_gopher"),
    [
        ("hoffmann-2022-rounded", "1.82e9", "32.2e9"),
        ("hoffmann-2022", "2.22e9", "40.4e9"),
        ("hoffmann-2022-approach-1", "2.79e9", "67e9"),
        ("besiroglu-2024", "2.78e9", "72.2e9"),
        ("muennighoff-2023", "2.92e9", "70e9"),
        ("porian-2024-refinedweb", "3.24e9", "76.2e9"),
        ("deepseek-2024", "2.93e9", "82e9"),
        ("llama3-2024", "2.95e9", "55.9e9"),
        ("kaplan-2020", "7.77e9", "804e9"),
    ],
)
def test_the_best_size_at_two_budgets_is_the_known_one(law, at_1e21, at_gopher):
    assert rounds_to(library()[law].optimum(1e21).params, at_1e21)
    assert rounds_to(library()[law].optimum(GOPHER).params, at_gopher)


def test_coefficients_are_the_printed_ones():
    hoffmann = library()["hoffmann-2022"]
    assert math.log(hoffmann.A) == pytest.approx(6.0073404)
    assert math.log(hoffmann.B) == pytest.approx(6.0179186)
    assert math.log(hoffmann.E) == pytest.approx(0.5267228)
    assert (hoffmann.alpha, hoffmann.beta) == (0.33917084, 0.2849083)
    rounded = library()["hoffmann-2022-rounded"]
    assert list(rounded.coefficients.values()) == [406.4, 410.7, 1.69, 0.34, 0.28]
    besiroglu = library()["besiroglu-2024"]
    assert list(besiroglu.coefficients.values()) == [482.01, 2085.43, 1.8172, 0.3478, 0.3658]
    assert besiroglu.standard_errors == (124.58, 1293.23, 0.03, 0.02, 0.02)
    repeated = library()["muennighoff-2023"]
    assert rounds_to(repeated.base.A, "520.825") and rounds_to(repeated.base.B, "1487.716")
    assert rounds_to(repeated.base.E, "1.86914") and rounds_to(repeated.base.balance, ".22580")
    assert repeated.base.alpha == repeated.base.beta == 0.3526596
    assert (repeated.r_d_star, repeated.r_n_star) == (15.387756, 5.309743)


TABLE_3 = [
    (400e6, 1.92e19, 8.0e9),
    (1e9, 1.21e20, 20.2e9),
    (10e9, 1.23e22, 205.1e9),
    (67e9, 5.76e23, 1.5e12),
    (175e9, 3.85e24, 3.7e12),
    (280e9, 9.90e24, 5.9e12),
    (520e9, 3.43e25, 11.0e12),
    (1e12, 1.27e26, 21.2e12),
]


def test_table_3_of_hoffmann_comes_back_row_by_row():
    law = library()["hoffmann-2022-table-3"]
    params, compute, tokens = np.array(TABLE_3).T
    found = law.optimum(compute)
    np.testing.assert_allclose(found.params, params, rtol=1e-12)
    np.testing.assert_allclose(found.tokens, tokens, rtol=1e-12)
    assert found.loss is None


def test_between_and_beyond_its_rows_a_table_goes_straight_in_log_log():
    law = library()["hoffmann-2022-table-3"]
    (first, low, _), (second, high, _) = TABLE_3[:2]
    middle = law.optimum(math.sqrt(low * high)).params
    assert middle == pytest.approx(math.sqrt(first * second), rel=1e-12)
    below = law.optimum(low**2 / high).params
    assert below == pytest.approx(first**2 / second, rel=1e-12)
    above = law.optimum(TABLE_3[-1][1] ** 2 / TABLE_3[-2][1]).params
    assert above == pytest.approx(TABLE_3[-1][0] ** 2 / TABLE_3[-2][0], rel=1e-12)


def test_approach_1_and_its_own_table_differ_by_rounding_only():
    approach, table = (library()[f"hoffmann-2022-{name}"] for name in ("approach-1", "table-3"))
    for params, compute, _ in TABLE_3:
        assert approach.optimum(compute).params == pytest.approx(params, rel=0.035)
    assert table.optimum(1e21).params / approach.optimum(1e21).params == pytest.approx(1.0257, 1e-3)


def test_llama_3_says_402_billion_on_16_55_trillion_and_its_label_nearly_so():
    label, text = library()["llama3-2024"], library()["llama3-2024-text"]
    assert label.optimum(3.8e25).tokens == pytest.approx(16.55e12, rel=0.02)
    assert label.optimum(3.8e25).params == pytest.approx(402e9, rel=0.04)
    assert rounds_to(text.optimum(3.8e25).tokens, "10.5e12")
    assert text.about.rounded and "16.55e12" in text.about.note


def test_kaplan_has_the_printed_power_laws_in_pf_days():
    law = library()["kaplan-2020"]
    days = np.array([1.0, 10.0, 1e4])
    params, tokens, loss = law.optimum(days * PF_DAY)
    np.testing.assert_allclose(params, 1.3e9 * days**0.73, rtol=1e-12)
    np.testing.assert_allclose(tokens, 2e10 * days**0.27, rtol=1e-12)
    np.testing.assert_allclose(loss, (3.1e8 / days) ** 0.050, rtol=1e-12)
    np.testing.assert_allclose(law.batch_tokens(days), 2.0e6 * days**0.24, rtol=1e-12)
    np.testing.assert_allclose(law.steps(days), 5.4e3 * days**0.03, rtol=1e-12)
    np.testing.assert_allclose(6 * params * tokens / (days * PF_DAY), 1.8056, rtol=1e-4)


def test_kaplans_frontier_is_what_the_planner_walks_on():
    law, frontier = library()["kaplan-2020"], laws()["kaplan-2020"]
    compute = np.geomspace(1e15, 1e26, 12)
    np.testing.assert_allclose(frontier.loss(compute), law.loss(compute), rtol=1e-12)
    np.testing.assert_allclose(frontier.params(compute), law.optimum(compute).params, rtol=1e-12)


def test_kaplans_losses_of_size_and_data():
    law = library()["kaplan-2020-loss"]
    assert law.loss_at_params(1e9) == pytest.approx((8.8e13 / 1e9) ** 0.076)
    assert law.loss_at_tokens(1e10) == pytest.approx((5.4e13 / 1e10) ** 0.095)
    expected = ((6.4e13 / 1e9) ** (0.076 / 0.103) + 1.8e13 / 1e10) ** 0.103
    assert law.loss(1e9, 1e10) == pytest.approx(expected)
    assert law.gives is Gives.LOSS


def test_deepseek_counts_flop_per_token_and_spends_the_whole_budget():
    law = library()["deepseek-2024"]
    for compute in (1e17, 3e20, GOPHER):
        params, tokens, _ = law.optimum(compute)
        assert params == pytest.approx(0.1715 / 6 * compute**0.5243, rel=1e-12)
        assert tokens == pytest.approx(5.8316 * compute**0.4757, rel=1e-12)
        assert 6 * params * tokens == pytest.approx(compute, rel=2e-4)


def test_porians_two_data_sets():
    web, text = (library()[f"porian-2024-{name}"] for name in ("refinedweb", "openwebtext2"))
    params, tokens, _ = web.optimum(1e20)
    assert params == pytest.approx(0.118927 * 1e20**0.496895, rel=1e-12)
    assert tokens == pytest.approx(1.401426 * 1e20**0.503105, rel=1e-12)
    assert 6 * params * tokens == pytest.approx(1e20, rel=1e-4)
    params, tokens, _ = text.optimum(1e20)
    assert params == pytest.approx(0.04693535 * 1e20**0.518454, rel=1e-12)
    assert 6 * params * tokens == pytest.approx(1e20, rel=1e-12)
    assert web.about.counting is Counting.WITH_HEAD


@pytest.mark.parametrize(
    ("name", "e", "a", "b", "eta"),
    [
        ("c4", 1.51, 141, 190, 0.121),
        ("redpajama", 1.84, 212, 367, 0.136),
        ("refinedweb", 1.73, 157, 246, 0.127),
    ],
)
def test_gadre_gives_the_loss_of_over_training_and_no_size(name, e, a, b, eta):
    law = library()[f"gadre-2024-{name}"]
    params, tokens = 1.4e9, 640 * 1.4e9
    compute = 6 * params * tokens
    expected = e + (a * 640**eta + b * 640**-eta) * compute**-eta
    assert law.loss(params, tokens) == pytest.approx(expected, rel=1e-12)
    assert law.loss_at_compute(compute, 640.0) == pytest.approx(expected, rel=1e-12)
    assert law.gives is Gives.OVER_TRAINING and law.about.id not in laws()
    assert not hasattr(law, "optimum")


def test_hyperparameter_rules_are_the_printed_ones():
    step, deepseek, kaplan = (
        library()[name]
        for name in ("steplaw-2025", "deepseek-2024-hyperparameters", "kaplan-2020-batch")
    )
    n, d, c = 1e9, 1e11, 6e20
    assert step.learning_rate(n, d, c) == pytest.approx(1.79 * n**-0.713 * d**0.307)
    assert step.batch_tokens(n, d, c) == pytest.approx(0.58 * d**0.571)
    assert deepseek.learning_rate(n, d, c) == pytest.approx(0.3118 * c**-0.1250)
    assert deepseek.batch_tokens(n, d, c) == pytest.approx(0.2920 * c**0.3271)
    assert kaplan.learning_rate is None
    assert kaplan.batch_tokens(n, d, c) == pytest.approx(2.0e6 * (c / PF_DAY) ** 0.24)


def test_every_law_says_where_it_is_from_and_what_it_counts():
    for name, law in library().items():
        assert law_id(law) == name
        if not isinstance(law, FrontierLaw):
            about = law.about
            assert about.paper and about.equation and about.arxiv and about.licence, name
            assert about.name and about.short_name and about.params_counted and about.note, name
            assert about.arxiv in about.source


def test_laws_that_give_loss_and_size_can_be_planned_with_and_no_others():
    planned = set(laws())
    gives_both = {
        name
        for name, law in library().items()
        if isinstance(law, FrontierLaw) or law.gives is Gives.LOSS_AND_ALLOCATION
    }
    assert planned == gives_both
    assert {"hoffmann-2022", "besiroglu-2024", "muennighoff-2023", "kaplan-2020"} < planned
    assert all(law.tokens_per_step and law.vocab_size for law in laws().values())


def broken(tmp_path, name, change):
    document = json.loads(resources.path(f"laws/{name}.json").read_text(encoding="utf-8"))
    change(document)
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        law_from_file(path)
    return refused.value.field


@pytest.mark.parametrize(
    ("law", "change", "field"),
    [
        ("hoffmann-2022", lambda d: d.pop("name"), "name"),
        ("hoffmann-2022", lambda d: d.update(kind="magic"), "kind"),
        ("hoffmann-2022", lambda d: d["coefficients"].pop("alpha"), "coefficients.alpha"),
        ("hoffmann-2022", lambda d: d["coefficients"].update(ln_A=1e9), "coefficients.ln_A"),
        ("hoffmann-2022", lambda d: d.update(params_range=[2, 1]), "params_range"),
        ("hoffmann-2022", lambda d: d.update(counting="some"), "counting"),
        ("hoffmann-2022", lambda d: d.update(rounded="no"), "rounded"),
        ("besiroglu-2024", lambda d: d["standard_errors"].pop("A"), "standard_errors.A"),
        ("deepseek-2024", lambda d: d.update(coefficients={}), "coefficients"),
        ("hoffmann-2022-table-3", lambda d: d["rows"].reverse(), "rows"),
        ("hoffmann-2022-table-3", lambda d: d.update(rows=d["rows"][:1]), "rows"),
        ("gadre-2024-c4", lambda d: d["coefficients"].update(eta="x"), "coefficients.eta"),
        ("kaplan-2020-loss", lambda d: d.pop("coefficients"), "coefficients.params_scale"),
        (
            "steplaw-2025",
            lambda d: [d.pop("learning_rate"), d.pop("batch_tokens")],
            "learning_rate",
        ),
        ("txl-wikitext103", lambda d: d.pop("runs_file"), "runs_file"),
        ("txl-wikitext103", lambda d: d.update(run_names=[1]), "run_names"),
        ("txl-wikitext103", lambda d: d.update(b=0), "b"),
    ],
)
def test_a_broken_file_is_refused_with_its_name_and_field(tmp_path, law, change, field):
    assert broken(tmp_path, law, change) == f"{field} in broken.json"
