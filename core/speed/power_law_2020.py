"""The speed curve of the 2020 calculator.

    speed [neFLO/s] = k * k1^O1 * k2^O2 * d_model^a * L/(L + b) * ln(batch + 1)^c

with L = d_model / 128 layers (T. Le Scao 2020; the article prints ln(batch), its program
computes ln(batch + 1), and the constants belong to the program). The article states about
15 % error for it.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.errors import InputError
from core.families.transformer_xl import WIDTH_TO_DEPTH
from core.hardware.catalogue import Gpu
from core.ops import SCALAR, Ops, Scalar


class Precision(StrEnum):
    """NVIDIA Apex levels: O0 is fp32, O1 mixed, O2 almost all fp16."""

    O0 = "O0"
    O1 = "O1"
    O2 = "O2"


def find_precision(name: str) -> Precision:
    """The precision called ``name``, whatever its case.

    Raises:
        InputError: there is none; the message lists what there is.
    """
    try:
        return Precision(name.upper())
    except ValueError:
        raise InputError("precision", name, f"one of {', '.join(Precision)}") from None


@dataclass(frozen=True, slots=True)
class PowerLaw2020:
    """ln(speed) = ln_scale + a ln(d_model) + ln(L / (L + b)), L = d_model / 128."""

    ln_scale: float
    a: float
    b: float

    def ln_speed_at(
        self, ln_d_model: Scalar, d_model: Scalar, ops: Ops = SCALAR
    ) -> tuple[Scalar, Scalar]:
        """ln(neFLO/s) at a real width given with its log, and d ln(speed) / d ln(d_model)."""
        depth = d_model / WIDTH_TO_DEPTH
        saturation = depth + self.b
        ln_speed = self.ln_scale + self.a * ln_d_model + ops.log(depth / saturation)
        return ln_speed, self.a + self.b / saturation

    def neflo_per_s(self, d_model: Scalar, ops: Ops = SCALAR) -> Scalar:
        """Speed at a real width > 0."""
        return ops.exp(self.ln_speed_at(ops.log(d_model), d_model, ops)[0])


def speed_model(gpu: Gpu, precision: Precision) -> PowerLaw2020:
    """The curve of one GPU in one precision at its measured batch."""
    factor = {Precision.O0: 1.0, Precision.O1: gpu.k1_o1, Precision.O2: gpu.k2_o2}[precision]
    batch = math.log(gpu.micro_batch_size + 1) ** gpu.c
    return PowerLaw2020(math.log(gpu.k * factor * batch), gpu.a, gpu.b)
