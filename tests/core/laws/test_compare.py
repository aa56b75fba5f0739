"""The laws side by side at one budget."""

import math

import pytest

from core.errors import InputError
from core.families.counting import Counting, Decoder
from core.laws.about import About, Gives
from core.laws.compare import compare, hyperparameters
from core.laws.parametric import ParametricLaw
from core.laws.published import library


def rows(*args, **kwargs):
    return {row.id: row for row in compare(*args, **kwargs)}


def codes(row):
    return [message.code for message in row.flags]


def test_every_law_has_a_row_and_only_allocations_have_a_size():
    found = rows(1e21)
    extras = {n for n in library() if n.endswith(("-hyperparameters", "-batch")) or "step" in n}
    assert set(found) == set(library()) - extras
    for row in found.values():
        allocates = row.gives in (Gives.ALLOCATION, Gives.LOSS_AND_ALLOCATION)
        assert (row.params is not None) == allocates == (row.tokens is not None)
        assert (row.loss is not None) == (row.gives is Gives.LOSS_AND_ALLOCATION)
        assert ("no_allocation" in codes(row)) == (not allocates)
        assert row.source and row.licence and row.params_counted
        if allocates:
            assert row.tokens_per_param == row.tokens / row.params


def test_the_spread_at_gophers_budget_is_shown():
    found = rows(5.76e23)
    assert found["hoffmann-2022"].params == pytest.approx(40.4e9, rel=2e-3)
    assert found["kaplan-2020"].params == pytest.approx(804e9, rel=1e-3)
    assert found["hoffmann-2022"].tokens_per_param == pytest.approx(58.9, rel=1e-3)


def test_rounded_and_extrapolated_laws_say_so():
    found = rows(5.76e23)
    assert codes(found["llama3-2024-text"]) == ["extrapolated", "extrapolated", "rounded"]
    assert found["llama3-2024-text"].rounded and not found["hoffmann-2022"].rounded
    message = str(found["hoffmann-2022"].flags[0])
    assert message.startswith("Extrapolated by 1.6 decades")
    assert codes(rows(1e21)["hoffmann-2022"]) == []


def test_unique_tokens_are_used_by_the_one_law_that_can_and_held_against_the_others():
    found = rows(1e22, 25e9)
    repeated = found["muennighoff-2023"]
    assert f"{repeated.epochs:.2f}" == "9.49"
    assert repeated.params == pytest.approx(7.022e9, rel=1e-3)
    assert "repeats" not in codes(repeated) and "repeats" in codes(found["besiroglu-2024"])
    assert "7.37 times" in str(found["besiroglu-2024"].flags[-1])
    assert all(row.epochs is None for row in compare(1e22))
    ample = rows(1e22, 1e15)
    assert ample["muennighoff-2023"].params == pytest.approx(rows(1e22)["muennighoff-2023"].params)
    assert "repeats" not in codes(ample["besiroglu-2024"])


def test_sizes_are_converted_to_one_definition_on_request():
    plain, converted = rows(1e21), rows(1e21, counting=Counting.NON_EMBEDDING)
    hoffmann = converted["hoffmann-2022"]
    decoder = Decoder(vocab_size=32_000)
    before = plain["hoffmann-2022"].params
    expected = decoder.convert(before, Counting.TIED, Counting.NON_EMBEDDING)
    assert hoffmann.params == expected < before
    assert hoffmann.params_counted == "non-embedding"
    assert hoffmann.tokens_per_param == hoffmann.tokens / hoffmann.params
    assert converted["kaplan-2020"] == plain["kaplan-2020"]
    assert converted["llama3-2024"].params == plain["llama3-2024"].params
    assert "not_converted" in codes(converted["llama3-2024"])
    narrow = rows(1e21, counting=Counting.NON_EMBEDDING, decoder=Decoder(aspect_ratio=32))
    assert narrow["hoffmann-2022"].params > hoffmann.params


def test_ones_own_law_comes_first():
    law = ParametricLaw(1.8, 480.0, 2000.0, 0.35, 0.36, About(id="mine", name="mine"))
    first = compare(1e20, own=[law])[0]
    assert (first.id, first.params) == ("mine", law.optimum(1e20).params)


def test_below_the_floor_of_a_law_with_an_offset_there_is_no_answer():
    row = rows(1e12)["txl-wikitext103"]
    assert row.params is None and row.loss is None
    assert codes(row) == ["below_law"]


@pytest.mark.parametrize("compute", [1e-5, 1.0, 1e30, 1e60])
def test_any_budget_gives_finite_numbers_or_none(compute):
    for row in compare(compute, 1e9):
        for value in (row.params, row.tokens, row.loss, row.epochs, row.tokens_per_param):
            assert value is None or (math.isfinite(value) and value > 0)


@pytest.mark.parametrize("compute", [0.0, -1.0, math.nan, math.inf, 1e61])
def test_a_budget_that_is_none_is_refused(compute):
    with pytest.raises(InputError) as refused:
        compare(compute)
    assert refused.value.field == "compute_flops"
    with pytest.raises(InputError, match="unique_tokens"):
        compare(1e21, 0.0)


def test_learning_rates_and_batches_are_extras():
    found = {row.id: row for row in hyperparameters(1e9, 1e11, 6e20)}
    assert set(found) == {"deepseek-2024-hyperparameters", "kaplan-2020-batch", "steplaw-2025"}
    assert found["kaplan-2020-batch"].learning_rate is None
    assert found["steplaw-2025"].learning_rate == pytest.approx(1.79 * 1e9**-0.713 * 1e11**0.307)
    with pytest.raises(InputError, match="tokens"):
        hyperparameters(1e9, 0.0, 6e20)
