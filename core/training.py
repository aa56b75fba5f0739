"""How a model is trained: on what, how many, and how the work is split."""

from dataclasses import dataclass
from enum import StrEnum

from core.errors import InputError
from core.families.architecture import Recompute
from core.hardware.devices import Device
from core.ops import Scalar


class Sharding(StrEnum):
    """What data-parallel copies share (Rajbhandari et al. 2020, arXiv 1910.02054)."""

    NONE = "none"
    ZERO1 = "zero1"  # optimizer states
    ZERO2 = "zero2"  # and gradients
    ZERO3 = "zero3"  # and weights
    FSDP = "fsdp"  # the same, PyTorch's (Zhao et al. 2023, arXiv 2304.11277)


class NumberFormat(StrEnum):
    """What matrices are multiplied in."""

    BF16 = "bf16"
    FP16 = "fp16"
    FP8 = "fp8"  # matrices only; the rest stays bf16
    FP32 = "fp32"


def formats_of(device: Device) -> tuple[NumberFormat, ...]:
    """The formats that the device has matrices for, the usual one first."""
    rates = {
        NumberFormat.BF16: device.bf16_tflops,
        NumberFormat.FP16: device.fp16_tflops,
        NumberFormat.FP8: device.fp8_tflops,
        NumberFormat.FP32: device.fp32_tflops,
    }
    found = [name for name, rate in rates.items() if rate]
    slow_half = device.bf16_tflops is None and (device.fp16_tflops or 0) < (device.fp32_tflops or 0)
    return tuple(sorted(found, key=lambda name: slow_half and name is NumberFormat.FP16))


def format_called(name: str, device: Device) -> NumberFormat:
    """The format called ``name``, or the device's usual one for ``auto``.

    Raises:
        InputError: the device has no matrices in that format; the message lists what it has.
    """
    can = formats_of(device)
    if name == "auto":
        return can[0]
    if name.lower() not in can:
        raise InputError("precision", name, f"one of {', '.join(can)} on {device.name}")
    return NumberFormat(name.lower())


@dataclass(frozen=True, slots=True)
class Setup:
    """GPUs, batch and layout. ``micro_batch`` may be an array.

    Attributes:
        gpu: device.
        n_gpus: all of them.
        gpus_per_node: of one machine.
        micro_batch: sequences of one forward pass on one model copy.
        grad_accum: micro-batches of a step on one copy.
        precision: ``bf16``, ``fp16``, ``fp32`` or ``fp8`` (its matrices only).
        recompute: activations computed again.
        sharding: what data-parallel copies share.
        tp, pp, cp: tensor-, pipeline- and context-parallel ranks.
        vp: virtual pipeline stages on a rank (interleaved schedule).
        flash_attention: whether scores are never written to memory.
        optimizer: id of what is kept for a parameter (`core.memory.RECIPES`); None for the usual.
    """

    gpu: Device
    n_gpus: int = 1
    gpus_per_node: int = 8
    micro_batch: Scalar = 1
    grad_accum: Scalar = 1
    precision: str = "bf16"
    recompute: Recompute = Recompute.NONE
    sharding: Sharding = Sharding.NONE
    tp: int = 1
    pp: int = 1
    cp: int = 1
    vp: int = 1
    flash_attention: bool = True
    optimizer: str | None = None

    @property
    def dp(self) -> int:
        """Data-parallel copies."""
        return max(1, self.n_gpus // (self.tp * self.pp * self.cp))

    @property
    def nodes(self) -> float:
        """Machines, at least one."""
        return max(1.0, self.n_gpus / self.gpus_per_node)
