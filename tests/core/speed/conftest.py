import pytest

from core.speed.refit import fit_all, named_cases


@pytest.fixture(scope="session")
def cases():
    """The shipped table's rows with the names of their stacks."""
    return named_cases()


@pytest.fixture(scope="session")
def fit(cases):
    """All constants, fitted anew."""
    return fit_all(cases)


@pytest.fixture
def row():
    """A training of the published table: 7B on eight A100."""
    return {
        "source": "llm-foundry",
        "stack": "PyTorch FSDP + Composer (torch 2.1)",
        "gpu": "A100-80GB",
        "n_gpus": "8",
        "gpus_per_node": "8",
        "precision": "amp_bf16",
        "n_layers": "32",
        "d_model": "4096",
        "n_heads": "32",
        "n_kv_heads": "32",
        "n_mlp_mats": "2",
        "tied": "False",
        "flash_attention": "True",
        "d_ff": "16384",
        "vocab": "50368",
        "seq_len": "2048",
        "micro_batch": "6",
        "sharding": "FULL_SHARD/DEFAULT",
        "activation_checkpointing": "none",
    }
