"""A model family: rules that turn a few numbers, or a size alone, into an `Architecture`."""

from dataclasses import dataclass
from functools import lru_cache
from math import isqrt

import numpy as np

from core.errors import InputError
from core.families.architecture import TOKEN_TABLES, WITH_POSITIONS, Architecture, Extras
from core.families.aspect import AspectRule, Role
from core.families.counting import Counting
from core.families.sizing import Wanted, padded_vocab, pair, width_step
from core.families.solving import width_at
from core.ops import Scalar

_LARGEST = 1e12  # a width or a depth beyond it is a slip
_ENDS = (Role.WIDE, Role.NARROW)


@dataclass(frozen=True, slots=True)
class ExtraRule:
    """How a family's norms, biases and positions grow with width.

    Attributes:
        per_width: of a layer, times d_model.
        per_kv_width: of a layer, times the width of keys and values, d_model n_kv / n_heads.
        per_ff: of a layer, times d_ff.
        squares: further matrices of a layer, times d_model^2.
        once_per_width: outside of the layers, times d_model.
        once: outside of the layers, a constant.
        learned_positions: whether there is a table of seq_len positions.
    """

    per_width: int
    per_kv_width: int = 0
    per_ff: int = 0
    squares: int = 0
    once_per_width: int = 0
    once: int = 0
    learned_positions: bool = False

    def extras(self, d_model: Scalar, kv_width: Scalar, d_ff: Scalar, seq_len: Scalar) -> Extras:
        """The parameters of a shape; numbers or arrays."""
        positions = seq_len * d_model if self.learned_positions else 0 * d_model
        return Extras(
            per_layer=self.per_width * d_model + self.per_kv_width * kv_width + self.per_ff * d_ff,
            once=self.once_per_width * d_model + self.once + positions,
            layer_matrices=self.squares * d_model * d_model,
            positions=positions,
        )


@dataclass(frozen=True, slots=True)
class Family:
    """Defaults and rules of a family.

    Attributes:
        id: name in options and files.
        name: name for people.
        vocab, seq_len: of the family's best-known models.
        tied: whether the head is the embedding.
        head_dim: preferred width of a head.
        queries_per_kv: query heads that share one head of keys and values.
        ff_ratio: d_ff / d_model.
        n_mlp_mats: matrices of the feed-forward layer, 2 (GELU, ReLU) or 3 (SwiGLU).
        aspect_rule: layers for a width.
        extra_rule: norms, biases and positions.
        source: paper and table of the defaults.
    """

    id: str
    name: str
    vocab: int
    seq_len: int
    tied: bool
    head_dim: int
    queries_per_kv: int
    ff_ratio: float
    n_mlp_mats: int
    aspect_rule: AspectRule
    extra_rule: ExtraRule
    source: str

    def architecture(
        self,
        n_layers: Scalar,
        d_model: Scalar,
        n_heads: Scalar | None = None,
        n_kv_heads: Scalar | None = None,
        d_ff: Scalar | None = None,
        vocab: Scalar | None = None,
        tied: bool | None = None,
        seq_len: Scalar | None = None,
    ) -> Architecture:
        """A shape that can be built; what is not given follows the family's rules.

        Every argument may be an array of whole numbers; they broadcast.

        Raises:
            InputError: a number that is not positive and whole, or heads that do not divide.
        """
        n_layers, d_model = _whole(n_layers, "n_layers"), _whole(d_model, "d_model")
        heads = self._heads_for(d_model) if n_heads is None else _whole(n_heads, "n_heads")
        if np.any(d_model % heads):
            raise InputError("n_heads", n_heads, f"a divisor of d_model, {d_model}")
        kv = self._kv_heads_for(heads) if n_kv_heads is None else _whole(n_kv_heads, "n_kv_heads")
        if np.any(heads % kv):
            raise InputError("n_kv_heads", n_kv_heads, f"a divisor of n_heads, {heads}")
        return self._build(
            n_layers,
            d_model,
            heads,
            kv,
            self.d_ff_for(d_model) if d_ff is None else _whole(d_ff, "d_ff"),
            self.vocab if vocab is None else _whole(vocab, "vocab"),
            self.seq_len if seq_len is None else _whole(seq_len, "seq_len"),
            tied,
        )

    def at_size(
        self,
        count: Scalar,
        counting: Counting,
        role: str = Role.TYPICAL,
        vocab: Scalar | None = None,
        seq_len: Scalar | None = None,
        tied: bool | None = None,
    ) -> Architecture:
        """The real-valued shape of a size on one of the family's lines; smooth in ``count``.

        Args:
            count: parameters N (> 3) as ``counting`` counts them, any shape.
            counting: what N includes.
            role: ``wide``, ``typical`` or ``narrow``.
            vocab: V, broadcast with ``count``; the family's own by default.
            seq_len: s, likewise.
            tied: whether the model's head is its embedding, whatever ``counting`` takes in.

        Returns:
            Layers, width, heads and d_ff as real numbers; `Architecture.counted` gives ``count``
            back to about 1e-14. Every field but vocabulary and context grows with ``count``.

        Raises:
            InputError: a count that is not finite or too small for any width; a vocabulary or
                a context that is not positive and finite.
        """
        vocab = self.vocab if vocab is None else _positive(vocab, "vocab")
        seq_len = self.seq_len if seq_len is None else _positive(seq_len, "seq_len")
        line = self.aspect_rule.line(Role(role))
        constant = 0 if counting is Counting.FLOPS_OVER_SIX else self.extra_rule.once
        if not np.all(np.isfinite(count) & (np.asarray(count) > constant)):
            raise InputError("params", count, f"finite and more than {constant}")
        square, linear, once = self._coefficients(counting, vocab, seq_len)
        terms = [(line.scale * square, line.exponent + 2), (line.scale * linear, line.exponent + 1)]
        if once is not None:
            terms.append((once, 1.0))
        width = width_at(terms, count - constant)
        heads = width / self.head_dim
        return self._build(
            line.layers(width),
            width,
            heads,
            heads / self.queries_per_kv,
            self.ff_ratio * width,
            vocab,
            seq_len,
            tied,
        )

    def shapes_for(
        self,
        count: float,
        counting: Counting,
        vocab: int | None = None,
        seq_len: int | None = None,
        tied: bool | None = None,
    ) -> tuple[Architecture, Architecture]:
        """Two shapes that can be built: a wide and shallow one, and a narrow and deep one.

        Widths, heads and vocabulary suit tensor cores. `Architecture.counted` says how near to
        ``count`` they are; below the smallest aligned shape nothing is.

        Args:
            count: parameters N as ``counting`` counts them.
            counting: what N includes.
            vocab: tokens, padded here to a multiple of 128.
            seq_len: context.
            tied: whether the model's head is its embedding, whatever ``counting`` takes in.

        Raises:
            InputError: a count that is not finite and positive, or no vocabulary or context.
        """
        vocab = padded_vocab(_whole(self.vocab if vocab is None else vocab, "vocab"))
        real = [self.at_size(count, counting, role, vocab, seq_len) for role in _ENDS]

        def make(n_layers: Scalar, d_model: Scalar, n_heads: Scalar, d_ff: Scalar) -> Architecture:
            return self.architecture(n_layers, d_model, n_heads, None, d_ff, vocab, tied, seq_len)

        wanted = Wanted(
            count=count,
            counting=counting,
            make=make,
            d_ff_for=self.d_ff_for,
            aspect_rule=self.aspect_rule,
            head_dim=self.head_dim,
            queries_per_kv=self.queries_per_kv,
        )
        return pair(wanted, (real[0].d_model, real[1].d_model))

    def d_ff_for(self, d_model: Scalar) -> Scalar:
        """Whole d_ff of a whole width; a broken ratio goes up to a multiple of 128 or 64."""
        d_ff = self.ff_ratio * d_model
        if not float(self.ff_ratio).is_integer():
            step = width_step(d_model)
            d_ff = step * np.ceil(d_ff / step)
        return d_ff if np.ndim(d_ff) else int(d_ff)

    def _coefficients(
        self, counting: Counting, vocab: Scalar, seq_len: Scalar
    ) -> tuple[Scalar, Scalar, Scalar | None]:
        """Of L d^2, L d and d in a count."""
        rule, share = self.extra_rule, 1 / self.queries_per_kv
        square = 2 * (1 + share) + self.n_mlp_mats * self.ff_ratio + rule.squares
        if counting is Counting.FLOPS_OVER_SIX:
            return square, 2 * seq_len, None
        linear = rule.per_width + rule.per_kv_width * share + rule.per_ff * self.ff_ratio
        once = rule.once_per_width + TOKEN_TABLES.get(counting, 0) * vocab
        if rule.learned_positions and counting in WITH_POSITIONS:
            once = once + seq_len
        return square, linear, once

    def _heads_for(self, d_model: Scalar) -> Scalar:
        return _nearest_divisor(d_model, self.head_dim)

    def _kv_heads_for(self, n_heads: Scalar) -> Scalar:
        return _nearest_divisor(n_heads, self.queries_per_kv)

    def _build(
        self,
        n_layers: Scalar,
        d_model: Scalar,
        n_heads: Scalar,
        n_kv_heads: Scalar,
        d_ff: Scalar,
        vocab: Scalar,
        seq_len: Scalar,
        tied: bool | None,
    ) -> Architecture:
        kv_width = d_model * n_kv_heads / n_heads
        return Architecture(
            family=self.id,
            n_layers=n_layers,
            d_model=d_model,
            n_heads=n_heads,
            n_kv_heads=n_kv_heads,
            d_ff=d_ff,
            n_mlp_mats=self.n_mlp_mats,
            vocab=vocab,
            tied=self.tied if tied is None else tied,
            seq_len=seq_len,
            extras=self.extra_rule.extras(d_model, kv_width, d_ff, seq_len),
        )


def _whole(value: Scalar, field: str) -> Scalar:
    """``value`` as an int, or as an array of whole floats."""
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(field, value, "a positive whole number") from None
    if not np.all((numbers > 0) & (numbers <= _LARGEST) & (numbers == np.floor(numbers))):
        raise InputError(field, value, "a positive whole number")
    return numbers if numbers.ndim else int(numbers)


def _positive(value: Scalar, field: str) -> Scalar:
    if not np.all(np.isfinite(value) & (np.asarray(value) > 0)):
        raise InputError(field, value, "positive and finite")
    return value


def _nearest_divisor(number: Scalar, part: int) -> Scalar:
    """The divisor with the smallest ratio to ``number / part``, the larger of two; any shape."""
    if np.ndim(number):
        each, places = np.unique(number, return_inverse=True)
        return np.array([float(_divisor_near(int(n), part)) for n in each])[places]
    return _divisor_near(number, part)


@lru_cache(maxsize=4096)  # shapes for a size ask for the same hundred numbers again and again
def _divisor_near(number: int, part: int) -> int:
    low = [n for n in range(1, isqrt(number) + 1) if number % n == 0]
    wanted = number / part
    return min({*low, *(number // n for n in low)}, key=lambda n: (max(n / wanted, wanted / n), -n))
