"""Names that columns of runs have, and how well one fits a quantity."""

import re

ROLES = ("run", "params", "tokens", "compute", "loss", "step", "unique_tokens")

# Best first; written as ``plain_name`` leaves them.
_NAMES: dict[str, list[str]] = {
    role: names.split()
    for role, names in {
        "run": """
            run run_id run_name runid experiment experiment_name exp_name name model model_name
            model_id
        """,
        "params": """
            params parameters n_params num_params nparams param_count num_parameters
            n_parameters parameter_count model_params non_embedding_params
            non_embedding_parameters params_non_embedding n_params_non_embedding non_emb_params
            nonembedding_params params_with_head total_params total_parameters
            params_with_embeddings model_size size n
        """,
        "tokens": """
            tokens num_tokens n_tokens ntokens tokens_seen training_tokens train_tokens
            num_input_tokens_seen num_tokens_seen n_tokens_seen total_tokens tokens_trained
            consumed_tokens tokens_processed training_data_tokens train_num_tokens
            train_tokens_seen d
        """,
        "compute": """
            compute_flops compute_flop compute_neflo flops flop training_flops training_flop
            train_flops train_flop total_flops total_flos total_flop compute training_compute
            train_compute compute_pf_days pf_days pfdays compute_pfdays compute_pf_day
            petaflop_days c
        """,
        "loss": """
            val_loss validation_loss eval_loss valid_loss dev_loss heldout_loss held_out_loss
            test_loss eval_nll val_nll loss loss_c4 lm_loss final_loss nll l train_loss
            training_loss
        """,
        "step": """
            step steps global_step trainer_global_step train_step train_global_step
            training_step training_steps n_steps num_steps iteration iterations iter
        """,
        "unique_tokens": """
            unique_tokens n_unique_tokens num_unique_tokens unique_data_tokens dataset_tokens
            unique_data u
        """,
    }.items()
}
_LOGGED = ("tokens", "compute", "step")  # which loggers file under train/
# After the exact names of the losses that are not a training's, before those that are.
_HELD_OUT_LOSS = re.compile(
    r"(^|_)(val|valid|validation|eval|evaluation|test)_(.*_)?(loss|nll)(_|$)"
)
_ANY_LOSS = re.compile(r"(^|_)(loss|nll)(_|$)")
_NOT_A_LOSS = re.compile(r"scale|weight|_min$|_max$|_std$|stderr|runtime")
_IN_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]\s*$")
WIDE = re.compile(r"^(?P<run>.*\S) - (?P<metric>\S.*)$")


def plain_name(name: str) -> str:
    """Lower case, one underscore for whatever is no letter or digit, no unit in brackets."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", _IN_BRACKETS.sub("", name))
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def rank(role: str, name: str) -> int | None:
    """How well a column's name fits ``role``, 0 the best; None if it does not."""
    plain = plain_name(name)
    known = _NAMES[role]
    if role in _LOGGED and plain not in known:
        plain = plain.removeprefix("train_").removeprefix("trainer_")
    if plain in known:
        return known.index(plain)
    if role != "loss" or WIDE.match(name) or _NOT_A_LOSS.search(plain):
        return None
    if _HELD_OUT_LOSS.search(plain):
        return known.index("val_nll")
    is_training = re.search(r"(^|_)train(ing)?(_|$)", plain)
    if _ANY_LOSS.search(plain):
        return len(known) if is_training else known.index("final_loss")
    return None
