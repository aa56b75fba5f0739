"""A shape as code to paste: Hugging Face Transformer-XL, GPT-2, Llama, or any decoder."""

from core.errors import InputError
from core.families.architecture import Architecture
from core.families.transformer_xl import SEQ_LEN, Shape
from core.planner import AnyPlan
from core.quantities import format_count

WIKITEXT103_CUTOFFS = (20_000, 40_000, 200_000)  # Dai et al. 2019, the authors' WikiText-103 set-up
PLACEHOLDER_VOCAB = 50_257  # GPT-2's, where the law does not say
PREFERRED_HEAD = 64
LLAMA_3_ROPE_THETA = 500_000.0  # Grattafiori et al. 2024, arXiv 2407.21783, table 3


def head_split(d_model: int) -> tuple[int, int]:
    """Heads and head width whose product is ``d_model``, the width a multiple of 8 near 64."""
    widths = [width for width in range(8, d_model + 1, 8) if d_model % width == 0]
    d_head = min(widths, key=lambda width: (abs(width - PREFERRED_HEAD), width))
    return d_model // d_head, d_head


def transfo_xl_code(plan: AnyPlan, shape: Shape) -> str:
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


def generic_code(plan: AnyPlan, shape: Shape) -> str:
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


def llama_code(shape: Architecture, heading: str = "") -> str:
    """Python that builds a Llama with Hugging Face's classes, and checks its size.

    Args:
        shape: whole numbers.
        heading: lines to put above it as comments.

    Raises:
        InputError: a shape that cannot be built, or of another family.
    """
    numbers = _whole_numbers(shape, "llama")
    return (
        f"{_comment(heading)}"
        "from transformers import LlamaConfig, LlamaForCausalLM\n\n"
        "config = LlamaConfig(\n"
        f"    vocab_size={numbers['vocab']},\n"
        f"    hidden_size={numbers['d_model']},\n"
        f"    intermediate_size={numbers['d_ff']},\n"
        f"    num_hidden_layers={numbers['n_layers']},\n"
        f"    num_attention_heads={numbers['n_heads']},\n"
        f"    num_key_value_heads={numbers['n_kv_heads']},\n"
        f"    max_position_embeddings={numbers['seq_len']},\n"
        "    rms_norm_eps=1e-5,\n"
        f"    rope_theta={LLAMA_3_ROPE_THETA},\n"
        f"    tie_word_embeddings={shape.tied},\n"
        ")\n"
        "model = LlamaForCausalLM(config)\n"
        f"assert model.num_parameters() == {round(shape.params)}\n"
    )


def gpt2_code(shape: Architecture, heading: str = "") -> str:
    """Python that builds a GPT-2 with Hugging Face's classes, and checks its size.

    Args:
        shape: whole numbers, every head with its own keys and values.
        heading: lines to put above it as comments.

    Raises:
        InputError: a shape that cannot be built, or of another family.
    """
    numbers = _whole_numbers(shape, "gpt2")
    if numbers["n_kv_heads"] != numbers["n_heads"]:
        raise InputError("n_kv_heads", shape.n_kv_heads, f"{shape.n_heads}, as many as heads")
    return (
        f"{_comment(heading)}"
        "from transformers import GPT2Config, GPT2LMHeadModel\n\n"
        "config = GPT2Config(\n"
        f"    vocab_size={numbers['vocab']},\n"
        f"    n_positions={numbers['seq_len']},\n"
        f"    n_embd={numbers['d_model']},\n"
        f"    n_layer={numbers['n_layers']},\n"
        f"    n_head={numbers['n_heads']},\n"
        f"    n_inner={numbers['d_ff']},\n"
        f"    tie_word_embeddings={shape.tied},\n"
        ")\n"
        "model = GPT2LMHeadModel(config)\n"
        f"assert model.num_parameters() == {round(shape.params)}\n"
    )


def _whole_numbers(shape: Architecture, family: str) -> dict[str, int]:
    if shape.family != family:
        raise InputError("family", shape.family, family)
    names = ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_ff", "vocab", "seq_len")
    numbers = {name: getattr(shape, name) for name in names}
    for name, number in numbers.items():
        if number != int(number):
            raise InputError(name, number, "a whole number")
    return {name: int(number) for name, number in numbers.items()}


def _comment(heading: str) -> str:
    return "".join(f"# {line}\n" for line in heading.splitlines())


def _vocab_remark(plan: AnyPlan) -> str:
    return "" if plan.known.law.vocab_size else "  # GPT-2's: the law does not say, put yours"


def _heading(plan: AnyPlan, shape: Shape) -> str:
    steps = max(1, round(plan.steps.value))
    size = format_count(shape.non_embedding_params)
    return (
        f"# Isoloss: {shape.role} shape, {size} non-embedding parameters;\n"
        f"# stop after {steps:,} steps of {plan.known.law.tokens_per_step:,} tokens"
        f" (expected loss {plan.loss.value:.3f}, law {plan.known.law.id})\n"
    )
