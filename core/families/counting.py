"""What a parameter count includes, what a FLOP count includes, and the way between them.

For a plain decoder of L layers, width d, feed-forward 4 d and V tokens, per layer 12 d^2
parameters (Kaplan et al. 2020, arXiv 2001.08361, table 1), biases and norms left out:

    non-embedding            12 L d^2
    non-embedding and head   12 L d^2 + V d
    embeddings, tied         12 L d^2 + V d       one matrix is input and output
    embeddings, untied       12 L d^2 + 2 V d
    M / 6                    12 L d^2 + 2 L d s   (DeepSeek LLM, arXiv 2401.02954, eq. 2)

A count alone does not say the width, so a rule for the aspect ratio d / L is needed: 128 by
default, as in GPT-3 175B (Brown et al. 2020, arXiv 2005.14165, table 2.1: 12,288 / 96) and in
the 2020 sizing. With it each count is an increasing polynomial in d: conversions are unique
and can be undone. Small models are often deeper (ratios of 20 to 60), and there the
embeddings weigh more: say the ratio where it is known.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.errors import InputError
from core.ops import Scalar
from core.quantities import check_positive

PARAMS_PER_LAYER = 12  # times d^2 (Kaplan et al. 2020, table 1)
_NEWTON_STEPS = 100


class Counting(StrEnum):
    """What N includes; the value is how it is written in files and shown to people."""

    NON_EMBEDDING = "non-embedding"
    WITH_HEAD = "non-embedding and head"
    TIED = "with embeddings, tied"
    UNTIED = "with embeddings, untied"
    FLOPS_OVER_SIX = "non-embedding FLOP per token / 6, attention included"


class FlopRule(StrEnum):
    """What the training FLOP of one token include (forward and backward)."""

    SIX_N = "6 N"  # Kaplan et al. 2020, section 2.1
    FULL_ATTENTION = "6 N + 12 L d s"  # Chowdhery et al. 2022 (arXiv 2204.02311), appendix B
    CAUSAL_ATTENTION = "6 N + 6 L d s"  # half of the scores are masked away


_ATTENTION = {FlopRule.SIX_N: 0.0, FlopRule.FULL_ATTENTION: 12.0, FlopRule.CAUSAL_ATTENTION: 6.0}


@dataclass(frozen=True, slots=True)
class Decoder:
    """What has to be known of a decoder, beside its size, to count it another way.

    Attributes:
        vocab_size: V, tokens; 50,257 is GPT-2's (Radford et al. 2019).
        aspect_ratio: d / L.
        seq_len: s, tokens of context, which only attention's FLOP depend on.

    Raises:
        InputError: one of them is not a positive finite number.
    """

    vocab_size: float = 50_257
    aspect_ratio: float = 128.0
    seq_len: float = 2_048

    def __post_init__(self) -> None:
        check_positive(self.vocab_size, "vocab_size")
        check_positive(self.aspect_ratio, "aspect_ratio")
        check_positive(self.seq_len, "seq_len")

    def params_at_width(self, d_model: Scalar, counting: Counting) -> Scalar:
        """N at a real width d, any shape."""
        return _value(self._polynomial(counting), d_model)

    def width_at_params(self, params: Scalar, counting: Counting) -> Scalar:
        """The real width at which N is ``params`` (> 0), any shape.

        Raises:
            InputError: a count that is not positive and finite.
        """
        return _root(self._polynomial(counting), params, "params")

    def convert(self, params: Scalar, given: Counting, wanted: Counting) -> Scalar:
        """``params`` counted as ``given`` in the definition ``wanted``, any shape.

        Raises:
            InputError: a count that is not positive and finite.
        """
        if given is wanted:
            return params
        return self.params_at_width(self.width_at_params(params, given), wanted)

    def flops_per_token(self, params: Scalar, counting: Counting, rule: FlopRule) -> Scalar:
        """Training FLOP of one token for a model of ``params``, any shape.

        DeepSeek's M is ``(NON_EMBEDDING, FULL_ATTENTION)``: 72 L d^2 + 12 L d s.

        Raises:
            InputError: a count that is not positive and finite.
        """
        width = self.width_at_params(params, counting)
        return _value(self._flop_polynomial(counting, rule), width)

    def params_at_flops_per_token(
        self, flops: Scalar, counting: Counting, rule: FlopRule
    ) -> Scalar:
        """Inverse of `flops_per_token`.

        Raises:
            InputError: FLOP that are not positive and finite.
        """
        width = _root(self._flop_polynomial(counting, rule), flops, "flops")
        return self.params_at_width(width, counting)

    def _polynomial(self, counting: Counting) -> tuple[float, float, float]:
        """Coefficients of d^3, d^2 and d in a parameter count with L = d / aspect_ratio."""
        matrices = {Counting.WITH_HEAD: 1, Counting.TIED: 1, Counting.UNTIED: 2}.get(counting, 0)
        attention = 2 * self.seq_len if counting is Counting.FLOPS_OVER_SIX else 0.0
        return (
            PARAMS_PER_LAYER / self.aspect_ratio,
            attention / self.aspect_ratio,
            matrices * self.vocab_size,
        )

    def _flop_polynomial(self, counting: Counting, rule: FlopRule) -> tuple[float, float, float]:
        cube, square, line = self._polynomial(counting)
        attention = _ATTENTION[rule] * self.seq_len / self.aspect_ratio
        return 6 * cube, 6 * square + attention, 6 * line


def _value(polynomial: tuple[float, float, float], width: Scalar) -> Scalar:
    cube, square, line = polynomial
    return ((cube * width + square) * width + line) * width


def _root(polynomial: tuple[float, float, float], target: Scalar, field: str) -> Scalar:
    """The positive root of polynomial(width) = target.

    No coefficient is negative, so the polynomial rises and bends upwards: Newton from the
    right of the root falls onto it without passing it.
    """
    if not np.all(np.isfinite(target) & (np.asarray(target) > 0)):
        raise InputError(field, target, "positive and finite")
    cube, square, line = polynomial
    width = (target / cube) ** (1 / 3)
    for _ in range(_NEWTON_STEPS):
        slope = (3 * cube * width + 2 * square) * width + line
        step = (_value(polynomial, width) - target) / slope
        width = width - step
        if np.all(abs(step) <= 1e-15 * width):
            break
    return width
