"""A decoder by its dimensions: parameters, matrices and FLOP, exactly.

Every field may be a float or an array (a size that no whole shape has, or many at once); all
counts then have the broadcast shape. What a family adds to the matrices that every decoder has
(biases, norms, positions) is the family's own: see `Extras`.
"""

from dataclasses import dataclass
from enum import StrEnum

from core.families.counting import Counting, FlopRule
from core.ops import Scalar

# how many tables of tokens a count includes, and which include that of learned positions
TOKEN_TABLES = {Counting.WITH_HEAD: 1, Counting.TIED: 1, Counting.UNTIED: 2}
WITH_POSITIONS = (Counting.TIED, Counting.UNTIED)


class Recompute(StrEnum):
    """Which activations are thrown away and computed again in the backward pass."""

    NONE = "none"
    SELECTIVE = "selective"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Extras:
    """What a family has beside the matrices of attention, feed-forward and head.

    Attributes:
        per_layer: parameters of a layer that no token is multiplied with a matrix for: norms,
            biases.
        once: parameters outside of the layers: final norm, learned positions.
        layer_matrices: further matrices of a layer, parameters (Transformer-XL's relative
            positions).
        positions: the part of ``once`` that is a table of learned positions, an embedding.
    """

    per_layer: Scalar = 0.0
    once: Scalar = 0.0
    layer_matrices: Scalar = 0.0
    positions: Scalar = 0.0


@dataclass(frozen=True, slots=True)
class Architecture:
    """A decoder.

    Attributes:
        family: id of the model family (``gpt2``, ``llama``, ``transformer_xl``).
        n_layers: L.
        d_model: d, width of the residual stream.
        n_heads: query heads.
        n_kv_heads: heads of keys and values; ``n_heads`` without grouping.
        d_ff: width of the feed-forward layer.
        n_mlp_mats: matrices of the feed-forward layer, 2 (GELU) or 3 (SwiGLU).
        vocab: V, rows of the embedding, padding included.
        tied: whether the head is the embedding.
        seq_len: s, tokens of context.
        extras: norms, biases and positions of the family.
    """

    family: str
    n_layers: Scalar
    d_model: Scalar
    n_heads: Scalar
    n_kv_heads: Scalar
    d_ff: Scalar
    n_mlp_mats: int
    vocab: Scalar
    tied: bool
    seq_len: Scalar
    extras: Extras = Extras()

    @property
    def head_dim(self) -> Scalar:
        """Width of one head."""
        return self.d_model / self.n_heads

    @property
    def kv_share(self) -> Scalar:
        """Heads of keys and values to query heads."""
        return self.n_kv_heads / self.n_heads

    @property
    def kv_width(self) -> Scalar:
        """Width of keys, and of values."""
        return self.d_model * self.n_kv_heads / self.n_heads

    @property
    def layer_matmul_params(self) -> Scalar:
        """Parameters of one layer that each token is multiplied with."""
        attention = 2 * self.d_model * (self.d_model + self.kv_width)
        return attention + self.n_mlp_mats * self.d_model * self.d_ff + self.extras.layer_matrices

    @property
    def layers_matmul_params(self) -> Scalar:
        """N_layers: the same of all layers."""
        return self.n_layers * self.layer_matmul_params

    @property
    def head_matmul_params(self) -> Scalar:
        """N_head: d V, tied or not."""
        return self.d_model * self.vocab

    @property
    def matmul_params(self) -> Scalar:
        """Parameters that each token is multiplied with, head included."""
        return self.layers_matmul_params + self.head_matmul_params

    @property
    def embedding_params(self) -> Scalar:
        """Tables of tokens and learned positions, and the head where it has its own."""
        return self.vocab * self.d_model * (1 if self.tied else 2) + self.extras.positions

    @property
    def non_embedding_params(self) -> Scalar:
        """Parameters of layers and final norm (Kaplan et al. 2020, section 2.1)."""
        own = self.extras.once - self.extras.positions
        return self.layers_matmul_params + self.n_layers * self.extras.per_layer + own

    @property
    def params(self) -> Scalar:
        """Every parameter."""
        return self.non_embedding_params + self.embedding_params

    def counted(self, counting: Counting) -> Scalar:
        """Parameters as a law counts them, whether or not this model ties its head.

        `Counting.TIED` takes in one table of tokens and that of learned positions,
        `Counting.UNTIED` one more of tokens; `Counting.FLOPS_OVER_SIX` is a sixth of the layers'
        FLOP with full attention (DeepSeek LLM, arXiv 2401.02954, eq. 2).
        """
        if counting is Counting.FLOPS_OVER_SIX:
            return self.layers_matmul_params + 2 * self.n_layers * self.d_model * self.seq_len
        tables = TOKEN_TABLES.get(counting, 0) * self.head_matmul_params
        positions = self.extras.positions if counting in WITH_POSITIONS else 0
        return self.non_embedding_params + tables + positions

    def flops_per_token(
        self, rule: FlopRule = FlopRule.FULL_ATTENTION, recompute: Recompute = Recompute.NONE
    ) -> Scalar:
        """Training FLOP of a token, forward and backward, in a named convention.

        6 (N_layers + N_head), attention's 12 L d s (Chowdhery et al. 2022, arXiv 2204.02311,
        appendix B) or its causal half; full recomputation adds a forward pass of the layers
        (Narayanan et al. 2021, arXiv 2104.04473, section 5.1), selective that of attention's
        scores (Korthikanti et al. 2022, arXiv 2205.05198, section 5).
        """
        per_pair = {FlopRule.SIX_N: 0, FlopRule.FULL_ATTENTION: 12, FlopRule.CAUSAL_ATTENTION: 6}
        scores = per_pair[rule] * self.n_layers * self.d_model * self.seq_len
        layers = 6 * self.layers_matmul_params
        if recompute is Recompute.FULL:
            layers, scores = layers * 4 / 3, scores * 4 / 3
        elif recompute is Recompute.SELECTIVE:
            scores = scores * 4 / 3
        return layers + scores + 6 * self.head_matmul_params
