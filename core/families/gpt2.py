"""GPT-2: learned positions, LayerNorm, biases, GELU, tied head (Radford et al. 2019; GPT-3 too)."""

from core.families.aspect import fitted
from core.families.family import ExtraRule, Family

_GPT_2 = ((12, 768), (24, 1024), (36, 1280), (48, 1600))  # Radford et al. 2019, table 2
_GPT_3 = (  # Brown et al. 2020, arXiv 2005.14165, table 2.1; 5,140 as printed
    (12, 768),
    (24, 1024),
    (24, 1536),
    (24, 2048),
    (32, 2560),
    (32, 4096),
    (40, 5140),
    (96, 12288),
)

MODEL_FAMILY = Family(
    id="gpt2",
    name="GPT-2",
    vocab=50_257,
    seq_len=1_024,
    tied=True,
    head_dim=64,
    queries_per_kv=1,
    ff_ratio=4.0,
    n_mlp_mats=2,
    aspect_rule=fitted(
        _GPT_2 + _GPT_3,
        "GPT-2 (Radford et al. 2019, table 2) and GPT-3 (Brown et al. 2020, table 2.1)",
    ),
    # two norms, biases of query and both output projections; of keys and values; of the inner
    # layer; the final norm
    extra_rule=ExtraRule(
        per_width=7, per_kv_width=2, per_ff=1, once_per_width=2, learned_positions=True
    ),
    source="Radford et al. 2019, section 2.3 and table 2",
)
