"""A shape as code to paste: Hugging Face Transformer-XL, or any decoder."""

from core.families.transformer_xl import Shape
from core.planner import Plan
from core.quantities import format_count

WIKITEXT103_CUTOFFS = (20_000, 40_000, 200_000)  # Dai et al. 2019, the authors' WikiText-103 set-up
PLACEHOLDER_VOCAB = 50_257  # GPT-2's, where the law does not say
SEQ_LEN = 150  # target and memory length of the 2020 runs
PREFERRED_HEAD = 64


def head_split(d_model: int) -> tuple[int, int]:
    """Heads and head width whose product is ``d_model``, the width a multiple of 8 near 64."""
    widths = [width for width in range(8, d_model + 1, 8) if d_model % width == 0]
    d_head = min(widths, key=lambda width: (abs(width - PREFERRED_HEAD), width))
    return d_model // d_head, d_head


def transfo_xl_code(plan: Plan, shape: Shape) -> str:
    """Python that builds the shape with Hugging Face's TransfoXL classes."""
    n_head, d_head = head_split(shape.d_model)
    vocab_size = plan.known.law.vocab_size or PLACEHOLDER_VOCAB
    return (
        f"{_heading(plan, shape)}"
        "# pip install transformers==4.35.0 (the last release that supports Transformer-XL)\n"
        "from transformers import TransfoXLConfig, TransfoXLLMHeadModel\n\n"
        "config = TransfoXLConfig(\n"
        f"    vocab_size={vocab_size},{_vocab_remark(plan)}\n"
        f"    cutoffs={[end for end in WIKITEXT103_CUTOFFS if end < vocab_size]},\n"
        f"    n_layer={shape.n_layers},\n"
        f"    d_model={shape.d_model},\n"
        f"    d_embed={shape.d_model},\n"
        f"    d_inner={shape.d_inner},\n"
        f"    n_head={n_head},\n"
        f"    d_head={d_head},\n"
        f"    mem_len={SEQ_LEN},\n"
        ")\n"
        "model = TransfoXLLMHeadModel(config)\n"
    )


def generic_code(plan: Plan, shape: Shape) -> str:
    """Python with the shape and the schedule under the field's usual names."""
    n_heads, d_head = head_split(shape.d_model)
    vocab_size = plan.known.law.vocab_size or PLACEHOLDER_VOCAB
    return (
        f"{_heading(plan, shape)}"
        "config = {\n"
        f'    "n_layers": {shape.n_layers},\n'
        f'    "d_model": {shape.d_model},\n'
        f'    "d_ff": {shape.d_inner},\n'
        f'    "n_heads": {n_heads},\n'
        f'    "d_head": {d_head},\n'
        f'    "vocab_size": {vocab_size},{_vocab_remark(plan)}\n'
        f'    "seq_len": {SEQ_LEN},\n'
        f'    "tokens_per_step": {plan.known.law.tokens_per_step},\n'
        f'    "max_steps": {max(1, round(plan.steps.value))},\n'
        "}\n"
    )


def _vocab_remark(plan: Plan) -> str:
    return "" if plan.known.law.vocab_size else "  # GPT-2's: the law does not say, put yours"


def _heading(plan: Plan, shape: Shape) -> str:
    steps = max(1, round(plan.steps.value))
    size = format_count(shape.non_embedding_params)
    return (
        f"# Isoloss: {shape.role} shape, {size} non-embedding parameters;\n"
        f"# stop after {steps:,} steps of {plan.known.law.tokens_per_step:,} tokens"
        f" (expected loss {plan.loss.value:.3f}, law {plan.known.law.id})\n"
    )
