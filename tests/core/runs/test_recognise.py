"""Columns are found by the names that people give them."""

import pytest

from core.errors import InputError
from core.runs.points import Columns
from core.runs.recognise import choose, params_in_name


def found(header, **said):
    choice = choose(header, Columns(**said), "runs.csv")
    return {guess.role: guess.column for guess in choice.guesses if guess.column is not None}


@pytest.mark.parametrize(
    ("role", "name"),
    [
        *[("params", name) for name in ("N", "parameters", "n_params", "Num Params", "numParams")],
        *[("params", name) for name in ("non_embedding_params", "model-size", "Params (M)")],
        *[("tokens", name) for name in ("D", "num_tokens", "Tokens Seen", "training_tokens")],
        *[("tokens", name) for name in ("train/num_input_tokens_seen", "num_input_tokens_seen")],
        *[("compute", name) for name in ("FLOPs", "C", "compute_flops", "compute_neflo")],
        *[("compute", name) for name in ("total_flos", "Training FLOP", "Compute (PF-days)")],
        *[("step", name) for name in ("Step", "steps", "global_step", "trainer/global_step")],
        *[("loss", name) for name in ("val_loss", "eval/loss", "Validation Loss", "loss_c4")],
        *[("loss", name) for name in ("validation.loss", "eval_c4_loss", "L")],
        *[("run", name) for name in ("Run", "run_id", "name", "Model")],
        *[("unique_tokens", name) for name in ("unique_tokens", "U")],
    ],
)
def test_a_quantity_is_recognised_by_its_name(role, name):
    assert found(["epoch", name, "learning_rate"])[role] == name


@pytest.mark.parametrize(
    ("header", "loss"),
    [
        (["loss", "eval_loss"], "eval_loss"),
        (["train_loss", "loss"], "loss"),
        (["train/loss", "eval/loss"], "eval/loss"),
        (["eval/loss", "val_loss"], "val_loss"),
        (["train_loss"], "train_loss"),
        (["loss_scale", "final_loss"], "final_loss"),
    ],
)
def test_a_held_out_loss_goes_before_a_training_loss(header, loss):
    assert found(header)["loss"] == loss


def test_what_the_person_says_wins_over_the_names():
    assert found(["loss", "eval_loss"], loss="loss")["loss"] == "loss"
    assert found(["width", "params", "loss"], params="WIDTH")["params"] == "width"


def test_a_column_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(
        InputError, match=r"one of the columns of runs\.csv: params, loss"
    ) as caught:
        found(["params", "loss"], loss="perplexity")
    assert (caught.value.field, caught.value.value) == ("loss", "perplexity")


def test_a_guess_says_which_other_columns_would_do():
    choice = choose(["params", "non_embedding_params", "loss"], Columns(), "runs.csv")
    assert choice.by_role["params"].others == ("non_embedding_params",)
    assert choice.by_role["loss"].reason == 'by its name "loss"'


@pytest.mark.parametrize(
    ("header", "said", "counted"),
    [
        (["non_embedding_params", "loss"], {}, "non-embedding"),
        (["params_with_head", "loss"], {}, "with-head"),
        (["total_params", "loss"], {}, "with-embeddings"),
        (["params", "non_embedding_params"], {}, "with-embeddings"),
        (["params", "loss"], {}, "unknown"),
        (["params", "loss"], {"params_counted": "with-head"}, "with-head"),
        (["total_flos", "num_input_tokens_seen", "eval_loss"], {}, "non-embedding"),
        (["total_flos", "tokens", "loss"], {"params_value": 1e8}, "unknown"),
    ],
)
def test_what_n_counts_follows_from_the_names(header, said, counted):
    assert choose(header, Columns(**said), "runs.csv").params_counted == counted


def test_a_way_of_counting_that_does_not_exist_is_refused():
    with pytest.raises(InputError, match="params_counted must be one of non-embedding"):
        choose(["params"], Columns(params_counted="some"), "runs.csv")


@pytest.mark.parametrize(
    ("name", "scale", "said"),
    [
        ("params (M)", 1e6, {}),
        ("Tokens [B]", 1e9, {}),
        ("compute", 1.0, {}),
        ("compute_pf_days", 8.64e19, {}),
        ("Compute (PF-days)", 8.64e19, {}),
        ("compute", 8.64e19, {"compute_unit": "PF-days"}),
        ("compute_pf_days", 1.0, {"compute_unit": "FLOP"}),
    ],
)
def test_a_unit_in_a_name_scales_its_numbers(name, scale, said):
    choice = choose([name], Columns(**said), "runs.csv")
    assert [guess.scale for guess in choice.guesses if guess.column] == [scale]


def test_a_column_a_run_is_recognised_without_its_extremes():
    header = ["Step", "a - eval/loss", "a - eval/loss__MIN", "a - eval/loss__MAX", "b - eval/loss"]
    choice = choose(header, Columns(), "runs.csv")
    assert choice.wide == (("a - eval/loss", "a"), ("b - eval/loss", "b"))


def test_of_several_metrics_of_runs_the_held_out_loss_is_read_and_the_other_named():
    header = ["Step", "a - train/loss", "a - eval/loss", "a - lr"]
    choice = choose(header, Columns(), "runs.csv")
    assert choice.wide == (("a - eval/loss", "a"),)
    assert choice.ignored == ("train/loss",)
    said = choose(header, Columns(loss="train/loss"), "runs.csv")
    assert said.wide == (("a - train/loss", "a"),)


def test_columns_named_by_sizes_alone_are_runs():
    choice = choose(["tokens", "124M", "1.3B", "note"], Columns(), "runs.csv")
    assert choice.wide == (("124M", "124M"), ("1.3B", "1.3B"))


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("gpt2-124M", 124e6),
        ("pythia-1.4b-deduped", 1.4e9),
        ("lr3e-4 1.3B 20B-tokens", 1.3e9),
        ("N=1.2e8, seed 3", 1.2e8),
        ("70m", 70e6),
        ("run-1", None),
        ("2b855b4b", None),
        ("7B against 13B", None),
    ],
)
def test_a_size_is_read_from_a_runs_name_only_where_there_is_one(name, params):
    assert params_in_name(name) == params
