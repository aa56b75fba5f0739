"""Plans on the published laws: what they lack is left out, what differs is said."""

import csv
import io
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from core.export.code import generic_code, transfo_xl_code
from core.export.csv_plan import plan_as_csv
from core.export.text_plan import plan_as_text
from core.laws.library import laws
from core.planner import By, PlanRequest, plan

PUBLISHED = [law for law in laws().values() if law.runs_file is None]


@pytest.mark.parametrize("law", PUBLISHED, ids=lambda law: law.id)
def test_a_plan_on_a_published_law_is_the_laws_optimum(law):
    found = plan(PlanRequest(By.COMPUTE_NEFLO, 1e21, law=law.id))
    assert found.loss.value == law.loss(1e21)
    assert found.non_embedding_params.value == pytest.approx(law.params(1e21), rel=1e-9)
    assert found.tipping_point is None
    assert law.source in found.loss.source


@pytest.mark.parametrize("law", PUBLISHED, ids=lambda law: law.id)
def test_a_power_law_is_followed_far_below_its_runs(law):
    assert law.params(law.floor_compute) == pytest.approx(1000)
    without = replace(law, params_range=None, compute_range_neflo=None)
    assert without.floor_compute == law.floor_compute


def test_without_ranges_a_law_with_an_offset_ends_where_it_has_a_size():
    law = laws()["txl-wikitext103"]
    bare = replace(law, params_range=None)
    assert bare.params(bare.floor_compute) == pytest.approx(1000)
    raised = replace(bare, f=1e6)
    assert raised.params(raised.floor_compute) == pytest.approx(1.001e6)
    assert np.isfinite(bare.floor_compute)


def test_a_law_that_counts_otherwise_says_so_in_words_and_as_a_warning():
    found = plan(PlanRequest(By.COMPUTE_NEFLO, 1e20, law="besiroglu-2024"))
    assert [message.code for message in found.warnings] == ["counted_otherwise"]
    assert "853 M (with embeddings)" in plan_as_text(found)
    assert plan(PlanRequest(By.COMPUTE_NEFLO, 1e17)).warnings == ()


def test_the_table_leaves_out_a_range_that_nobody_states():
    found = plan(PlanRequest(By.COMPUTE_NEFLO, 1e20, law="muennighoff-2023"))
    rows = list(csv.DictReader(io.StringIO(plan_as_csv(found, date(2026, 1, 1)).decode())))
    ranges = {row["quantity"]: row for row in rows if row["quantity"].endswith(("range", "neflo"))}
    assert float(ranges["params_range"]["low"]) == 7e6
    assert "compute_range_neflo" not in ranges


def test_code_names_the_vocabulary_and_cuts_it_inside():
    found = plan(PlanRequest(By.COMPUTE_NEFLO, 1e20, law="hoffmann-2022"))
    code = transfo_xl_code(found, found.shapes[0].shape)
    assert "vocab_size=32000,\n" in code and "cutoffs=[20000],\n" in code
    unknown = replace(
        found, known=replace(found.known, law=replace(found.known.law, vocab_size=None))
    )
    code = generic_code(unknown, found.shapes[0].shape)
    assert '"vocab_size": 50257,  # GPT-2\'s: the law does not say' in code
    compile(code, "generic", "exec")
