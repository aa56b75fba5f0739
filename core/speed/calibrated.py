"""The time of a training step on one device, by what was measured on it.

    device = c1 6 T (L n + d V) + c2 6 T L d s + c3 T L (2 d + d_ff) + c4 T V + c5 N + c6 F
    host   = c7 L + c8
    step   = (device^p + host^p)^(1/p)

with T tokens in a micro-batch, n the matrices of a layer, N all parameters, s the context. The
terms are matrix products, causal attention, memory traffic of a layer and of the logits, what
every parameter costs (its gradient, the optimizer), fresh memory, the start of a layer's kernels
and of a step. Small matrices miss the peak in proportion to 1/d and 1/T, which is what c3, c4 and
c5 hold, too. F are the bytes of activations that a step asks the system for anew: on a CPU, the C
library gives what is free at the top of its heap back from 64 MiB on (mallopt(3), twice the
largest M_MMAP_THRESHOLD), and the system clears it again. On a GPU the host runs ahead, and the
larger of the two sides counts: p says how much of the smaller one is hidden. The fit:
`core.calibration.fit`.
"""

from dataclasses import dataclass

import numpy as np

from core.families.architecture import Architecture
from core.hardware.devices import Device
from core.ops import Scalar
from core.training import Setup, Sharding

ON_DEVICE = ("matmul", "attention", "layers_memory", "logits", "parameters", "fresh_memory")
ON_HOST = ("launch", "fixed")
TERMS = ON_DEVICE + ON_HOST
DIMENSIONS = ("d_model", "n_layers", "seq_len", "vocab", "tokens")
_PROPORTIONAL = ("n_layers", "tokens")
# AdamW in fp32 reads four tensors and writes three; the gradient's way takes 12 to 18 bytes more
_OPTIMIZER_SHARE = 28 / (28 + 15)
# fp32 tensors of a layer's width that are kept for the backward pass, and of the logits; roughly
_LAYER_BYTES, _LOGIT_BYTES = 32, 16
_KEPT_BY_THE_HEAP = 64 * 2**20
# times the largest that was measured, and below the smallest; more where time is in proportion
_NEAR, _NEAR_IN_PROPORTION = 1.5, 8.0


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a device takes for a step of one training program in one precision.

    Attributes:
        name: of the profile that it comes from.
        stack: program that was measured, ``decoder`` or ``txl``.
        precision: what was measured, ``tf32`` included.
        seconds: by `TERMS`, each at least 0.
        overlap: p; 1 where host and device take turns.
        error: half width of the 80 % interval in ln(seconds), from held-out errors.
        ranges: what was measured, by `DIMENSIONS`: smallest and largest.
        card: the same device in the catalogue; None where it is not there.
    """

    name: str
    stack: str
    precision: str
    seconds: tuple[float, ...]
    overlap: float
    error: float
    ranges: tuple[tuple[float, float], ...]
    card: Device | None = None

    def step_seconds(self, arch: Architecture, micro_batch: Scalar) -> Scalar:
        """Seconds of a whole step of one micro-batch on one device."""
        counted = counts(arch, micro_batch * arch.seq_len)
        each = dict(zip(TERMS, self.seconds, strict=True))
        device = sum(each[name] * counted[name] for name in ON_DEVICE)
        host = sum(each[name] * counted[name] for name in ON_HOST)
        return joined(device, host, self.overlap)

    def parts(
        self, arch: Architecture, setup: Setup, layers_again: Scalar, attention_again: Scalar
    ) -> dict[str, Scalar]:
        """GPU-seconds a token by term, all ranks of a model copy together, links left out.

        Ranks share the work of the device; each of them starts its own kernels. The optimizer
        works once a step, all other terms once a micro-batch.

        Args:
            arch: the model; its fields may be arrays.
            setup: batch and layout.
            layers_again: work of a layer over that without recomputation.
            attention_again: the same of attention.
        """
        tokens = setup.micro_batch * arch.seq_len
        counted = counts(arch, tokens)
        repeated = (layers_again - 1) * 6 * tokens * arch.layers_matmul_params
        counted["matmul"] = counted["matmul"] + repeated
        counted["attention"] = attention_again * counted["attention"]
        counted["layers_memory"] = layers_again * counted["layers_memory"]
        shards = 1 if setup.sharding is Sharding.NONE else setup.dp
        once = _OPTIMIZER_SHARE / (setup.grad_accum * shards)
        counted["parameters"] = setup.cp * (once + 1 - _OPTIMIZER_SHARE) * counted["parameters"]
        ranks = setup.tp * setup.cp
        counted["launch"] = ranks * layers_again * counted["launch"]
        counted["fixed"] = ranks * setup.pp * counted["fixed"]
        each = dict(zip(TERMS, self.seconds, strict=True))
        took = {name: each[name] * counted[name] for name in TERMS}
        device = sum(took[name] for name in ON_DEVICE)
        host = sum(took[name] for name in ON_HOST)
        hidden = joined(device, host, self.overlap) / (device + host)
        return {name: hidden * part / tokens for name, part in took.items()}

    @property
    def launch_s(self) -> float:
        """Seconds of the host for a layer of a micro-batch, whatever its size."""
        return self.seconds[TERMS.index("launch")]

    def beside_layers(self, params: Scalar, shards: Scalar) -> tuple[Scalar, Scalar]:
        """What a rank does beside its layers: seconds of a micro-batch, and of a step.

        Args:
            params: parameters of the rank.
            shards: ranks that share their optimizer.
        """
        each = dict(zip(TERMS, self.seconds, strict=True))
        all_of_it = each["parameters"] * params
        micro = (1 - _OPTIMIZER_SHARE) * all_of_it + each["fixed"]
        return micro, _OPTIMIZER_SHARE * all_of_it / shards

    def beyond(self, arch: Architecture, setup: Setup) -> dict[str, tuple[float, float, float]]:
        """The `DIMENSIONS` of a training that lie far outside of what was measured.

        More layers and larger batches may go further: time is all but in proportion to them.

        Returns:
            Size, and the smallest and largest that was measured.
        """
        sizes = dimensions(arch, setup.micro_batch)
        return {
            name: (float(size), low, high)
            for name, size, (low, high) in zip(DIMENSIONS, sizes, self.ranges, strict=True)
            if not low / _NEAR <= size <= high * _further(name)
        }


def _further(name: str) -> float:
    return _NEAR_IN_PROPORTION if name in _PROPORTIONAL else _NEAR


def counts(arch: Architecture, tokens: Scalar) -> dict[str, Scalar]:
    """What a step of one micro-batch of ``tokens`` has of each of the `TERMS`."""
    layers = tokens * arch.n_layers * (2 * arch.d_model + arch.d_ff)
    logits = tokens * arch.vocab
    activations = _LAYER_BYTES * layers + _LOGIT_BYTES * logits
    return {
        "matmul": 6 * tokens * arch.matmul_params,
        "attention": 6 * tokens * arch.n_layers * arch.d_model * arch.seq_len,
        "layers_memory": layers,
        "logits": logits,
        "parameters": arch.params,
        "fresh_memory": np.maximum(activations - _KEPT_BY_THE_HEAP, 0.0),
        "launch": arch.n_layers,
        "fixed": 1.0,
    }


def dimensions(arch: Architecture, micro_batch: Scalar) -> tuple[Scalar, ...]:
    """The sizes that a measurement covers, in the order of `DIMENSIONS`."""
    tokens = micro_batch * arch.seq_len
    return arch.d_model, arch.n_layers, arch.seq_len, arch.vocab, tokens


def joined(device: Scalar, host: Scalar, overlap: float) -> Scalar:
    """Seconds of two sides that work at once as far as ``overlap`` says."""
    if overlap == 1:
        return device + host
    return (device**overlap + host**overlap) ** (1 / overlap)
