"""Llama: SwiGLU, grouped queries, RMSNorm, rotary positions, a head of its own.

The defaults are those of Llama 3 8B (Grattafiori et al. 2024, arXiv 2407.21783, table 3):
d_ff = 3.5 d_model, four query heads to one of keys and values. Llama 1 and 2 have about
8/3 d_model (Touvron et al. 2023, arXiv 2302.13971, section 2.2).
"""

from core.families.aspect import fitted
from core.families.family import ExtraRule, Family

_LLAMA_1 = ((32, 4096), (40, 5120), (60, 6656), (80, 8192))  # arXiv 2302.13971, table 2
_LLAMA_2 = ((32, 4096), (40, 5120), (80, 8192))  # arXiv 2307.09288, table 1; published configs
_CODE_LLAMA_34B = ((48, 8192),)  # arXiv 2308.12950; published config
_LLAMA_3 = ((32, 4096), (80, 8192), (126, 16384))  # arXiv 2407.21783, table 3
_LLAMA_3_2 = ((16, 2048), (28, 3072))  # 1B and 3B; published configs
_TINY_LLAMA = ((22, 2048),)  # arXiv 2401.02385; published config

MODEL_FAMILY = Family(
    id="llama",
    name="Llama",
    vocab=128_256,
    seq_len=8_192,
    tied=False,
    head_dim=128,
    queries_per_kv=4,
    ff_ratio=3.5,
    n_mlp_mats=3,
    aspect_rule=fitted(
        _LLAMA_1 + _LLAMA_2 + _CODE_LLAMA_34B + _LLAMA_3 + _LLAMA_3_2 + _TINY_LLAMA,
        "Llama 1, 2, 3 and 3.2, Code Llama 34B, TinyLlama (Touvron et al. 2023; Rozière et al. "
        "2023; Grattafiori et al. 2024, table 3; Zhang et al. 2024)",
    ),
    extra_rule=ExtraRule(per_width=2, once_per_width=1),  # two norms a layer and a final one
    source="Grattafiori et al. 2024 (arXiv 2407.21783), table 3",
)
