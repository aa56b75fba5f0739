"""Shipped runs in the form of a person's own, so that both go the same way."""

import numpy as np

from core.runs.points import RunsTable
from core.runs.table import load_runs

EXAMPLE = "transformer_xl_wikitext103.csv"
_FLOP_PER_PARAM_AND_TOKEN = 6.0  # C = 6 N D: Kaplan et al. 2020 (arXiv 2001.08361), section 2.1


def shipped_table(name: str = EXAMPLE, only: tuple[str, ...] | None = None) -> RunsTable:
    """The shipped runs ``name`` as a table; ``only`` keeps the named ones."""
    runs = load_runs(name, only)
    sizes = [run.loss.size for run in runs]
    params = np.repeat([run.non_embedding_params for run in runs], sizes)
    compute = np.concatenate([run.compute_neflo for run in runs])
    return RunsTable(
        run_names=tuple(run.name for run in runs),
        run_index=np.repeat(np.arange(len(runs), dtype=np.intp), sizes),
        params=params,
        tokens=compute / (_FLOP_PER_PARAM_AND_TOKEN * params),
        compute_flops=compute,
        loss=np.concatenate([run.loss for run in runs]),
        params_counted="non-embedding",
        source=name,
    )
